"""A reader's own: what they follow, the digest, and its feed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tongtu.hub.briefs import desk as desks
from tongtu.hub.briefs import shelf
from tongtu.hub.briefs.models import EVERY, Desk
from tongtu.hub.briefs.pack import directions
from tongtu.hub.briefs.views.common import reader
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.headers import kept_by_nobody
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people.asking import Asker
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import word


def _member(request: HttpRequest) -> Asker:
    asker = reader(request)
    if asker.organisation is None:
        raise PermissionDenied(Why("hub_policy.sign-in"))
    return asker


@require_safe
def digest(request: HttpRequest) -> HttpResponse:
    """What of the last day or week concerns this reader, within their budget; what was left out is named."""
    asker = _member(request)
    desk = desks.known(asker) or Desk(user_id=asker.user, organisation_id=asker.organisation)
    follows = list(desk.follows.all()) if desks.known(asker) else []
    shown = desks.digest(asker, desk, timezone.localdate()) if follows else desks.Shown([], [], None)
    context = {
        "desk": desk, "follows": follows, "items": shown.items, "left": shown.left,
        "every": [(name, f"hub_briefs.every-{name}") for name in EVERY],
        "directions": [(code, label.say(lang())) for code, label in directions().items()],
        "organisations": [value for value, _ in shelf.facets(asker, "organisation")],
        "most": desks.MOST_BUDGET, "address": _address(request, desk if follows or desk.feed else None),
    }  # fmt: skip
    return render(request, "briefs/digest.html", context)


def _address(request: HttpRequest, desk: Desk | None) -> str:
    key = desks.key_of(desk)
    return request.build_absolute_uri(reverse("briefs:feed", args=[key])) if key else ""


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Follow, stop following, rhythm and budget, the feed: one form each, told apart by its button."""
    asker = _member(request)
    desk, given = desks.desk_of(asker), request.POST
    steps: dict[str, Any] = {
        "follow": lambda: desks.follow(desk, given.get("kind", ""), given.get("value", "")),
        "forget": lambda: desk.follows.filter(pk=_number(given.get("follow", ""))).delete(),
        "settle": lambda: desks.settle(desk, given.get("every", ""), given.get("budget", ""), "mail" in given),
        "open": lambda: desks.open_feed(asker, desk),
        "close": lambda: desks.close_feed(asker, desk),
    }
    try:
        steps.get(given.get("do", ""), lambda: None)()
        messages.success(request, word("hub_briefs.kept", lang()))
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("briefs:digest")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The feed, to whoever holds its key; kept by nobody on the way."""
    return kept_by_nobody(desks.feed(key, request.build_absolute_uri))
