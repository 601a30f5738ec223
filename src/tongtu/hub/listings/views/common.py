"""What the pages share: who asks, which record, and what is said when somebody else was quicker."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from tongtu.hub.listings import detail
from tongtu.hub.listings.kinds import Kind, kind
from tongtu.hub.listings.reading import Given, read
from tongtu.hub.listings.saving import Conflict
from tongtu.hub.look.templatetags.tongtu import lang as language
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Decision
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.terms.words import Lang

View = Callable[..., HttpResponse]


def sight_of(request: HttpRequest) -> Sight:
    """The asker's relations, read once a request."""
    if not hasattr(request, "sight"):
        request.sight = sight_for(asker_of(request))  # type: ignore[attr-defined]
    found: Sight = request.sight  # type: ignore[attr-defined]
    return found


def asker_of(request: HttpRequest) -> Asker:
    found: Asker = request.asker  # type: ignore[attr-defined]
    return found


def lang() -> Lang:
    return language()


def record_or_404(request: HttpRequest, noun: str, uid: uuid.UUID) -> tuple[Kind, Any]:
    """The kind and the record; what the asker may not know of is not there."""
    of = kind(noun)
    found = detail.fetch(sight_of(request), of, uid)
    if found is None:
        raise Http404
    return of, found


def must(decision: Decision) -> None:
    """403 with the reason where it was refused."""
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def sent(request: HttpRequest, of: Kind) -> Given:
    """The form of a listing as it was sent."""
    return read(of, request.POST.dict(), dict(request.POST.lists()))


def revision_of(request: HttpRequest) -> int:
    """The revision that the person had before them; a form without it is too old to be taken."""
    text = request.POST.get("revision", "")
    if not (text.isdecimal() and len(text) < 10):
        raise Conflict
    return int(text)


def heeds_conflict(view: View) -> View:
    """409 with what to do, where somebody else has changed the record since."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except Conflict:
            return render(request, "listings/conflict.html", {"back": request.path, **named}, status=409)

    return answer
