"""The tags that speak the one catalogue: `{% t "hub.sign-in" %}`, `{{ why|spoken:lang }}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import translation

from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

register = template.Library()


def lang() -> Lang:
    """The language of this request as the catalogue names it."""
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


@register.simple_tag(name="t")
def t(code: str, **args: Any) -> str:
    """A word or sentence of the catalogue in the reader's language, escaped like any text."""
    return word(code, lang(), **args)


@register.filter
def spoken(why: Why) -> str:
    """A reason as a sentence in the reader's language."""
    return say(why, lang())
