"""One's own desk: one's listings by state, what waits for review, saved searches."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongtu.hub.listings import revising, saved, shelf
from tongtu.hub.listings.kinds import kind, kinds
from tongtu.hub.listings.models import SavedSearch
from tongtu.hub.listings.moves import permitted, reviewable
from tongtu.hub.listings.saving import may_create
from tongtu.hub.listings.showing import organisations, title_of
from tongtu.hub.listings.views.browse import cards, query_of
from tongtu.hub.listings.views.common import asker_of, lang, sight_of
from tongtu.hub.listings.views.feeds import feed_address
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import Shown, shown
from tongtu.terms.why import Why
from tongtu.terms.words import word

_PAGE = 100


def _member(request: HttpRequest) -> None:
    if asker_of(request).organisation is None:
        raise PermissionDenied(Why("hub_policy.sign-in", {}))


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The organisation's own listings, by state."""
    _member(request)
    sight, states = sight_of(request), list(vocabulary("states").rows)
    chosen = request.GET.get("state", "")
    counts = _by_state(sight, states)
    place = shelf.read_cursor(request.GET.get("after", ""))
    records = _changed_last(sight, [chosen] if chosen in states else states, place)
    rows = []
    for record in records[:_PAGE]:
        read = shown(sight, record)
        title = title_of(read.values, lang()) if read else ""
        rows.append((record, kind(record.noun).noun.label(lang()), title or word("hub_listings.untitled", lang())))
    following = shelf.write_cursor(records[_PAGE - 1], "changed_at") if len(records) > _PAGE else ""
    makes = [(name, of.code_new) for name, of in kinds().items() if may_create(sight, of)]
    tabs = [(s, counts[s], Why(f"hub_policy.state-{s}")) for s in states if counts[s]]
    context = {"rows": rows, "states": tabs, "chosen": chosen, "makes": makes, "total": sum(counts.values()),
               "following": following}  # fmt: skip
    return render(request, "listings/mine.html", context)


def _changed_last(sight: Sight, states: Sequence[str], after: tuple[datetime, uuid.UUID] | None) -> list[Any]:
    """The organisation's listings of all kinds, the last changed first, one more than a page."""
    found: list[Any] = []
    for name in kinds():
        if after is None:
            found += sight.fetch_own(("changed", name, *states), partial(_own_by_change, sight, name, states))
        else:
            later = Q(changed_at__lt=after[0]) | Q(changed_at=after[0], pk__lt=after[1])
            found += _own_by_change(sight, name, states, later)
    return sorted(found, key=lambda row: (row.changed_at, row.pk), reverse=True)[: _PAGE + 1]


def _by_state(sight: Sight, states: Sequence[str]) -> dict[str, int]:
    """How many listings of the organisation are in each state."""
    counts = dict.fromkeys(states, 0)
    for name in kinds():
        for state, n in sight.fetch_own(("by state", name), partial(_own_by_state, sight, name)):
            counts[state] += n
    return counts


def _own_by_change(sight: Sight, name: str, states: Sequence[str], later: Q | None = None) -> QuerySet[Any]:
    rows = MODELS[name].objects.own_visible_to(sight).filter(later or Q(), lifecycle__in=states)
    return rows.order_by("-changed_at", "-pk")[: _PAGE + 1]


def _own_by_state(sight: Sight, name: str) -> QuerySet[Any]:
    return MODELS[name].objects.own_visible_to(sight).order_by().values_list("lifecycle").annotate(n=Count("pk"))


@require_safe
def review_queue(request: HttpRequest) -> HttpResponse:
    """What this person can publish or send back, drafts and revisions, longest waiting first."""
    _member(request)
    sight = sight_of(request)
    waiting: list[tuple[datetime, Any, Shown, str]] = []
    for of in kinds().values():
        for record in reviewable(sight, of)[:_PAGE]:
            read = shown(sight, record)
            if read is not None and permitted(sight, "publish", record):
                waiting.append((record.changed_at, record, read, "detail"))
    for revision, record in revising.waiting(sight):
        read = shown(sight, record)
        if read is not None:
            waiting.append((revision.sent_at, record, read, "revision"))
    waiting.sort(key=lambda row: row[0])
    owners = organisations({str(record.tenant_id) for _, record, *_ in waiting}, lang())
    rows = [
        (since, record, kind(record.noun).noun.label(lang()), title_of(read.values, lang()),
         owners.get(str(record.tenant_id), ""), reverse(f"listings:{page}", args=[record.noun, record.pk]), page)
        for since, record, read, page in waiting
    ]  # fmt: skip
    return render(request, "listings/review.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: HttpRequest) -> HttpResponse:
    """Saved searches with what is new in each; POST keeps another."""
    _member(request)
    asker, sight = asker_of(request), sight_of(request)
    if request.method == "POST":
        return _save(request)
    rows = []
    for search in SavedSearch.objects.filter(user=asker.user, organisation=asker.organisation):
        if search.noun not in kinds():
            continue
        of, asked = saved.asked_by(search)
        found = cards(sight, of, saved.fresh(sight, search, saved.watched(), 5), lang())
        rows.append((search, of.noun.label(lang()), found, query_of(asked), feed_address(request, search)))
    return render(request, "listings/saved.html", {"rows": rows})


def _save(request: HttpRequest) -> HttpResponse:
    noun = request.POST.get("noun", "")
    if noun not in kinds():
        raise Http404
    of = kind(noun)
    asked = shelf.question(of, dict(request.POST.lists()))
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())
    name = name or asked.words or of.noun.label(lang())
    kept = saved.save(asker_of(request), of, name, asked)
    if kept is None:
        messages.error(request, word("hub_listings.search-many", lang(), n=saved.MOST_SAVED))
    else:
        messages.success(request, word("hub_listings.search-kept", lang()))
    return redirect("listings:saved")


@require_POST
def forget(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Takes a saved search away, or turns its messages on or off."""
    _member(request)
    found = SavedSearch.objects.filter(pk=uid, user=asker_of(request).user).first()
    if found is None:
        raise Http404
    if "alert" in request.POST:
        SavedSearch.objects.filter(pk=uid).update(alert=request.POST["alert"] == "on")
    else:
        found.delete()
    return redirect(reverse("listings:saved"))
