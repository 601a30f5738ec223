"""The feed of a saved search, for a reader that has no session: its key in the address is all that it brings."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tongtu.hub.listings import saved
from tongtu.hub.listings.models import SavedSearch
from tongtu.hub.listings.views.common import asker_of
from tongtu.hub.look.headers import kept_by_nobody


def feed_address(request: HttpRequest, search: SavedSearch) -> str:
    """Where the feed of a saved search is read; "" where it has none."""
    key = saved.key_of(search)
    return request.build_absolute_uri(reverse("listings:kept_feed", args=[key])) if key else ""


@require_POST
def change(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Opens a feed for one's own saved search, gives it a new address, or takes it away."""
    asker = asker_of(request)
    found = SavedSearch.objects.filter(pk=uid, user=asker.user, organisation=asker.organisation).first()
    if found is None:
        raise Http404
    if request.POST.get("do") == "close":
        saved.close_feed(asker, found)
    else:
        saved.open_feed(asker, found)
    return redirect("listings:saved")


@require_safe
def read(request: HttpRequest, key: str) -> HttpResponse:
    """The feed, to whoever holds its key; kept by nobody on the way."""
    return kept_by_nobody(saved.kept_feed(key, request.build_absolute_uri()))
