"""Texts that come in both languages.

{{ line.text|side }}            the reader's language of a pair [zh, en]
{% direction "new_materials" %}     a direction of the hub's pack by its name
"""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from tongtu.hub.briefs import pack
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import LANGUAGES

register = template.Library()


@register.filter
def side(pair: Sequence[str]) -> str:
    """The reader's language of a pair."""
    return pair[LANGUAGES.index(lang())]


@register.simple_tag
def direction(code: str) -> str:
    """What a direction is called; one that the pack no longer has is shown as it stands."""
    found = pack.directions().get(code)
    return found.say(lang()) if found else code
