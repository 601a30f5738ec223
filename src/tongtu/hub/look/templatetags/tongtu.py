"""The tags that speak the one catalogue and draw what a class name cannot.

{% t "hub.sign-in" %}   {{ why|spoken }}   {{ money|shown }}      words, reasons, typed values
{% label "stage" row.stage %}                                      a code of a vocabulary in the reader's language
{% part "look/footer.html" %}                                      what is the same for everybody, drawn once
{{ session.user_agent|browser }}                                   which browser that was
{% badge "published" %}                                            state, job state, disclosure class, eligibility
{% bar 0.4 %}                                                      a share of 1 as a bar, without a style attribute
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, show, word

register = template.Library()


def lang() -> Lang:
    """The language of this request as the catalogue names it."""
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


@register.simple_tag(name="t")
def t(code: str, **args: Any) -> str:
    """A word or sentence of the catalogue in the reader's language, escaped like any text."""
    return word(code, lang(), **args) if args else _plain(code, lang())


@cache
def _plain(code: str, lang: Lang) -> SafeString:
    return conditional_escape(word(code, lang))


@register.simple_tag(takes_context=True)
def part(context: Any, name: str) -> SafeString:
    """A template that depends on nothing but the language and the colours, drawn once for everybody."""
    return _part(name, lang(), context.get("theme", ""))


@cache
def _part(name: str, lang: Lang, theme: str) -> SafeString:
    return mark_safe(render_to_string(name, {"lang": lang, "theme": theme}))


@register.filter
def spoken(why: Why) -> str:
    """A reason as a sentence in the reader's language."""
    return say(why, lang())


@register.filter
def shown(value: object) -> str:
    """A value (money, quantity, share, date, None …) as people read it in the reader's language."""
    return show(value, lang())


#: a browser's name and the system it runs on, as they stand in its own account of itself; the first that fits
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
_SYSTEMS = ("HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


@register.filter
def browser(agent: str) -> str:
    """`Chrome 138 · Windows` of a browser's long account of itself; an unknown one is shown as it is, cut short."""
    for mark, name in _BROWSERS:
        if found := re.search(rf"{mark}/(\d+)", agent):
            systems = [system for system in _SYSTEMS if system in agent]
            return " · ".join([f"{name} {found[1]}", *systems[:1]])
    return agent[:40]


@register.simple_tag
def label(vocabulary: str, code: str | None) -> str:
    """What a code of a vocabulary of the columns means; a code that is not in it stands for itself."""
    from tongtu.registry.vocabularies import vocabularies

    if not code:
        return word("terms.unknown", lang())
    known = vocabularies().get(vocabulary, {})
    return known[code].say(lang()) if code in known else code


@register.simple_tag
def badge(code: str, **args: Any) -> SafeString:
    """The word for a state, class or verdict, in its colour; `hub.css` knows the colours by the same codes."""
    return format_html('<span class="badge {}">{}</span>', code, word(f"hub.badge-{code}", lang(), **args))


@register.simple_tag
def bar(share: float | None) -> SafeString:
    """A share of 1 as a bar. It repeats the number beside it, so a screen reader passes over it."""
    width = round(100 * min(max(share or 0.0, 0.0), 1.0), 1)
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"></rect></svg>',
        str(width),
    )
