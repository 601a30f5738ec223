"""What the page of operations says of a problem."""

from __future__ import annotations

from django import template

from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import word

register = template.Library()


@register.simple_tag
def problem(name: str) -> tuple[str, str]:
    """Its title and what to do."""
    return word(f"hub_api.problem-{name}", lang()), word(f"hub_api.problem-{name}-detail", lang())
