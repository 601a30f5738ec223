"""The words of matches whose codes are made of names."""

from __future__ import annotations

from django import template

from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import word

register = template.Library()


@register.simple_tag
def state_word(state: str) -> str:
    """How a pair stands, in two words."""
    return word(f"hub_matches.state-{state}", lang())


@register.simple_tag
def state_sentence(state: str) -> str:
    """How a pair stands, and what comes next."""
    return word(f"hub_matches.stands-{state}", lang())


@register.simple_tag
def step_word(step: str, what: str = "") -> str:
    """A step's button, or (`what` = sure) the question before it."""
    return word(f"hub_matches.step-{step}{f'-{what}' if what else ''}", lang())


@register.inclusion_tag("matches/_score.html")
def score(value: float) -> dict[str, object]:
    """A probability as a number that can be compared, and in words."""
    band = "high" if value >= 0.5 else "fair" if value >= 0.2 else "low"
    return {"band": band, "percent": round(100 * value), "said": word(f"hub_matches.score-{band}", lang())}


@register.simple_tag
def link_word(name: str) -> str:
    """A link of the chain."""
    return word(f"chain.link-{name}", lang())


@register.simple_tag
def link_state(status: str) -> str:
    """Whether a link of the chain was done."""
    return word(f"report.status-{status}", lang())
