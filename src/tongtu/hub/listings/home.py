"""What listings bring to the navigation and to the first page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from tongtu.hub.listings import revising
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.moves import reviewable, reviews
from tongtu.hub.listings.saving import may_create
from tongtu.hub.listings.showing import title_of
from tongtu.hub.look.home import belongs, everybody, place, section
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.hub.records.visible import shown

#: states in which something is to be done by somebody of the organisation, the most urgent first
_OPEN_ENDS = ("returned", "review", "expiring", "expired", "draft")
_SHOWN = 6


def to_do(request: HttpRequest) -> dict[str, Any] | None:
    """What waits for this person: own listings that are not settled, and what they can review."""
    asker: Asker = request.asker  # type: ignore[attr-defined]
    if not belongs(asker):
        return None
    sight, found = sight_for(asker), {}
    for name, of in kinds().items():
        latest = sight.fetch_own(("to do", name), partial(_unsettled, sight, name))
        waiting = reviewable(sight, of)[:_SHOWN] if reviews(sight) else ()
        for record in (*latest, *waiting):
            read = shown(sight, record)
            if read is not None:
                found[record.pk] = (record, of.noun.label(lang()), title_of(read.values, lang()))
    rows = sorted(found.values(), key=lambda row: (_OPEN_ENDS.index(row[0].lifecycle), -row[0].changed_at.timestamp()))
    makes = [(reverse("listings:new", args=[of.name]), of.code_new) for of in kinds().values() if may_create(sight, of)]
    return {"rows": rows[:_SHOWN], "makes": makes[:2], "revisions": len(revising.waiting(sight))}


def _unsettled(sight: Sight, name: str) -> QuerySet[Any]:
    own = MODELS[name].objects.own_visible_to(sight).filter(lifecycle__in=_OPEN_ENDS)
    return own.order_by("-changed_at")[:_SHOWN]


place(10, "listings:home", "hub_listings.nav", everybody)
place(15, "listings:mine", "hub_listings.nav-mine", belongs)
place(16, "listings:review_queue", "hub_listings.nav-review", lambda asker: reviews(sight_for(asker)), menu=True)
place(20, "listings:saved", "hub_listings.saved", belongs, menu=True)
section(20, "listings/_home.html", to_do)
