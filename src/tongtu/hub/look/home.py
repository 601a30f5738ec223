"""What the rooms bring to the first page and to the navigation.

A room that has something to say there keeps a module `home` in its app:

    from tongtu.hub.look.home import place, section

    place(20, "listings:index", "hub_listings.nav")                      a link of the navigation
    place(60, "care:log", "hub_care.nav", lambda asker: "audit_admin" in asker.roles)
    place(10, "people:organisation", "hub_people.organisation", belongs, menu=True)  in the account's menu instead
    section(20, "listings/_home.html", recent)                           a part of a member's first page

`recent(request)` gives the part's context, or None where there is nothing to show for this person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from tongtu.hub.people.asking import Asker

Context = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A link of the navigation or of the account's menu, for those to whom the page behind it is open."""

    order: int
    url: str
    word: str
    open_to: Callable[[Asker], bool] = field(compare=False)
    menu: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Section:
    """A part of the first page."""

    order: int
    template: str
    context: Callable[[HttpRequest], Context | None] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A place as the page shows it."""

    address: str
    word: str
    here: bool


_places: set[Place] = set()
_sections: set[Section] = set()


def everybody(asker: Asker) -> bool:
    return True


def signed_in(asker: Asker) -> bool:
    return asker.signed_in


def belongs(asker: Asker) -> bool:
    """Acts for an organisation."""
    return asker.organisation is not None


def place(order: int, url: str, word: str, open_to: Callable[[Asker], bool] = signed_in, *, menu: bool = False) -> None:
    """Adds a link to the navigation, or to the account's menu."""
    _places.add(Place(order, url, word, open_to, menu))


def section(order: int, template: str, context: Callable[[HttpRequest], Context | None]) -> None:
    """Adds a part to the first page of whoever is signed in."""
    _sections.add(Section(order, template, context))


def links(request: HttpRequest, *, menu: bool = False) -> list[Link]:
    """The navigation (or the menu) for who asks; where they are is marked by the longest address that fits."""
    asker = request.asker
    found = [(_address(p.url), p.word) for p in sorted(_places) if p.menu is menu and p.open_to(asker)]
    path = request.path
    fitting = [address for address, _ in found if path == address or (len(address) > 1 and path.startswith(address))]
    here = max(fitting, key=len, default="")
    return [Link(address, word, address == here) for address, word in found if address]


def sections(request: HttpRequest) -> list[str]:
    """The parts of the first page, rendered, in their order."""
    parts = ((s.template, s.context(request)) for s in sorted(_sections))
    return [render_to_string(name, context, request) for name, context in parts if context is not None]


@cache
def _address(url: str) -> str:
    try:
        return reverse(url)
    except NoReverseMatch:
        return ""
