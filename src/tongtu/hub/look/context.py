"""What every page knows: the language, the colours, who asks, and where they may go."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tongtu.hub.look.home import Link, links
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import Lang

#: what stands in a kept header for what is one person's or one request's own
_MARKS = {name: secrets.token_hex(16) for name in ("csrf_token", "here", "person", "email")}
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def theme_of(request: HttpRequest) -> str:
    """The colours this reader chose; `auto` follows the system."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of every page; what needs the database waits until a template asks for it."""
    token = SimpleLazyObject(lambda: get_token(request))  # masked once for all forms of a page
    return {
        "csrf_token": token,
        "header": SimpleLazyObject(lambda: header(request, token)),
        "lang": lang(),
        "theme": theme_of(request),
        "themes": THEMES,
        "asker": getattr(request, "asker", None),
        "number": getattr(request, "number", ""),
        "links": SimpleLazyObject(lambda: links(request)),
        "menu": SimpleLazyObject(lambda: links(request, menu=True)),
        "houses": SimpleLazyObject(lambda: _houses(request)),
    }


class House(NamedTuple):
    """An organisation that somebody can act for; `here`: acts for at present."""

    id: str
    title: str
    here: bool


def _houses(request: HttpRequest) -> list[House]:
    """The organisations this person can act for, by name, the present one marked."""
    from tongtu.hub.people.asking import served

    if not request.user.is_authenticated:
        return []
    asker = request.asker
    held = asker.memo["served"] if asker.memo and "served" in asker.memo else served(request.user.pk)
    named = sorted({(role.called, str(role.house), role.title(lang())) for role in held})
    return [House(house, title, house == str(asker.organisation)) for _, house, title in named]


def header(request: HttpRequest, token: object) -> SafeString:
    """The band above every page.

    It is drawn once for all who see the same places in it; what is one person's or one request's own is put into marks
    that nobody can guess.
    """
    person = request.user if request.asker.signed_in else None
    own = {"csrf_token": str(token), "here": request.get_full_path()}
    own |= {"person": str(person), "email": person.email} if person else {}
    places = tuple(links(request)), tuple(links(request, menu=True)), tuple(_houses(request))
    text = _band(lang(), theme_of(request), person is not None, *places)
    for name, value in own.items():
        text = text.replace(_MARKS[name], escape(value))
    return mark_safe(text)


@lru_cache(maxsize=2_000)
def _band(
    lang: Lang, theme: str, signed_in: bool, links: tuple[Link, ...], menu: tuple[Link, ...], houses: tuple[House, ...]
) -> str:
    said = {"lang": lang, "theme": theme, "themes": THEMES, "links": links, "menu": menu, "houses": houses}
    marks = {**_MARKS, "person": _MARKS["person"] if signed_in else ""}
    return render_to_string("look/header.html", {**said, **marks})
