"""Writing into the log of what happened, and who may read which lines of it."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q, QuerySet

from tongtu.hub.care.models import Event
from tongtu.hub.care.requests import current
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Context, Decision, Thing, decide
from tongtu.hub.records.sight import subject_of
from tongtu.terms.why import Why


def record(
    asker: Asker | None,
    action: str,
    *,
    kind: str = "",
    thing: object = "",
    tenant: Any = None,
    allowed: bool = True,
    why: Why | None = None,
    request: str = "",
) -> Event:
    """Appends a line in the caller's transaction: it stands exactly if what it tells of stands.

    `asker` None: the hub itself acted. `tenant`: the organisation (or its id) whose thing it is about, who may read
    the line. `request`: the number of the request, by default of the one being answered. No lock is taken: lines
    are chained after their commit, so that two transactions never wait for each other's log.
    """
    return Event.objects.create(
        user_id=asker.user if asker else None,
        organisation_id=asker.organisation if asker else None,
        action=action,
        kind=kind,
        thing=str(thing),
        tenant_id=getattr(tenant, "pk", tenant),
        allowed=allowed,
        why=json.loads(why.to_json()) if why else {},
        request=request or current.get(),
    )


def readable(asker: Asker) -> Decision:
    """May they read the log at all: their own organisation's, or everybody's?"""
    everything = whole(asker)
    if everything or asker.organisation is None:
        return everything
    own = str(asker.organisation)
    return decide(subject_of(asker), "see_log", Thing("log", "restricted", owner=own), Context("own"))


def visible_to(asker: Asker) -> QuerySet[Event]:
    """The lines an asker may read: those about their own organisation's things or by its people; all of them for audit.

    A line that another organisation's person wrote about a thing of theirs names who it was; the disclosure page
    ("who has seen what") says as much.
    """
    if whole(asker):
        return Event.objects.all()
    if not readable(asker):
        return Event.objects.none()
    return Event.objects.filter(Q(tenant=asker.organisation) | Q(organisation=asker.organisation))


def whole(asker: Asker) -> Decision:
    """May they read everybody's lines?"""
    return decide(subject_of(asker), "see_log", Thing("log"), Context("stranger"))
