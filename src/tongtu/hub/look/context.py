"""What every page knows: the language, the colours, who asks, and where they may go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tongtu.hub.look.home import links
from tongtu.hub.look.templatetags.tongtu import lang

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def theme_of(request: HttpRequest) -> str:
    """The colours this reader chose; `auto` follows the system."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of every page; what needs the database waits until a template asks for it."""
    return {
        "lang": lang(),
        "theme": theme_of(request),
        "themes": THEMES,
        "asker": getattr(request, "asker", None),
        "number": getattr(request, "number", ""),
        "links": SimpleLazyObject(lambda: links(request)),
        "menu": SimpleLazyObject(lambda: links(request, menu=True)),
        "houses": SimpleLazyObject(lambda: _houses(request)),
    }


def _houses(request: HttpRequest) -> list[dict[str, Any]]:
    """The organisations this person can act for, the present one marked."""
    from tongtu.hub.people.models import Organisation

    if not request.user.is_authenticated:
        return []
    mine = Organisation.objects.filter(roles__user=request.user).distinct()
    present = request.asker.organisation
    return [{"id": str(o.pk), "title": o.title(lang()), "here": o.pk == present} for o in mine]
