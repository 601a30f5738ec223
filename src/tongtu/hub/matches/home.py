"""What matches bring to the navigation and to the first page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongtu.hub.listings.showing import title_of
from tongtu.hub.look.home import belongs, place, section
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.matches import interest, pair
from tongtu.hub.matches.market import ASKING
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.sight import sight_for

#: pairs on the first page that wait for this side
MOST = 6
_WAITING = ("received", "mutual")


def _verified(asker: Asker) -> bool:
    return belongs(asker) and asker.verified


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """Interest that this organisation has not answered, and terms that it has not accepted."""
    asker = request.asker  # type: ignore[attr-defined]
    if not belongs(asker):
        return None
    sight, found = sight_for(asker), []
    for own, other, standing in interest.standings(asker):
        if standing.state in _WAITING and len(found) < MOST:
            mine, theirs = pair.found(sight, own), pair.found(sight, other)
            if mine is not None and theirs is not None:
                names = title_of(mine.values, lang()), title_of(theirs.values, lang())
                found.append({"own": own, "other": other, "names": names, "standing": standing})
    return {"waiting": found} if found else None


def best(request: HttpRequest) -> dict[str, Any] | None:
    """Own records with their best answers, the likeliest first."""
    asker = request.asker  # type: ignore[attr-defined]
    if not _verified(asker):
        return None
    listed = [one for one in pair.own_best(sight_for(asker), ASKING, lang(), MOST) if one.match]
    listed.sort(key=lambda one: -one.match.score if one.match else 0.0)
    return {"listed": listed[:MOST]} if listed else None


place(30, "matches:mine", "hub_matches.matches", belongs)
place(36, "matches:plan", "hub_matches.nav-plan", _verified)
section(30, "matches/_home.html", waiting)
section(40, "matches/_home_best.html", best)
