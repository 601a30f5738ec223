"""Pages of matches: own records with their best answers, one pair with its reasons, and what two sides open."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.listings.showing import title_of
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.matches import feedback, interest
from tongtu.hub.matches import pair as pairs
from tongtu.hub.matches.market import ASKING, asked_of, current
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may, require
from tongtu.hub.records.seen import note
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.hub.records.visible import Shown
from tongtu.registry.columns import noun as noun_of
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import word

#: own records on the first page of matches
MOST = 50

STEPS = {
    "interest": interest.express,
    "accept": interest.accept,
    "release": interest.release,
    "decline": interest.decline,
}


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Own records that ask, each with its best answer."""
    sight = sight_for(request.asker)
    listed = pairs.own_best(sight, ASKING, lang(), MOST)
    context = {"listed": listed, "market": current("teaser"), "compute": may(sight, "run_round", kind="market")}
    return render(request, "matches/mine.html", context)


@require_GET
def of(request: HttpRequest, uid: uuid.UUID, noun: str = "") -> HttpResponse:
    """The best answers for an own record, ranked and explained, and those refused with their reason."""
    sight = sight_for(request.asker)
    own = _own(sight, uid)
    kinds = asked_of(own.record.noun)
    chosen = noun or kinds[0]
    if chosen not in kinds:
        raise Http404
    ranked, refused = pairs.rows(sight, own.record, lang(), chosen)
    context = {
        "own": own,
        "title": title_of(own.values, lang()),
        "kinds": [(kind, noun_of(kind).label(lang())) for kind in kinds],
        "chosen": chosen,
        "ranked": ranked,
        "refused": refused,
        "market": current("teaser"),
    }
    return render(request, "matches/of.html", context)


@require_GET
def pair(request: HttpRequest, own: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """Both records, why they were proposed, what is met and unmet, and the next step."""
    return _pair(request, *_sides(request, own, other))


@require_POST
def act(request: HttpRequest, own: uuid.UUID, other: uuid.UUID, step: str) -> HttpResponse:
    """One step of one side: interest, accept, release, decline, or a judgment of the pair."""
    mine, theirs = _sides(request, own, other)
    try:
        if step == "judge":
            feedback.judge(request.asker, mine.record, theirs.record, request.POST)
        elif step in STEPS:
            STEPS[step](request.asker, mine.record, theirs.record)
        else:
            raise Http404
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("matches:pair", own, other)


@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """Every pair in which a side has shown interest, with what is waited for."""
    sight = sight_for(request.asker)
    listed = []
    for own, other, standing in interest.standings(request.asker):
        mine, theirs = pairs.found(sight, own), pairs.found(sight, other)
        if mine is not None:
            named = title_of(theirs.values, lang()) if theirs else ""
            listed.append(
                {
                    "own": mine,
                    "title": title_of(mine.values, lang()),
                    "other": theirs,
                    "named": named,
                    "standing": standing,
                }
            )
    return render(request, "matches/grants.html", {"listed": listed})


@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Asks the worker for a new market; whoever runs rounds may."""
    require(request.asker, "run_round", kind="market")
    enqueue("matches.compute", {}, by=request.asker.user, organisation=request.asker.organisation)
    return redirect("matches:mine")


def _own(sight: Sight, uid: uuid.UUID) -> Shown:
    """An own record that can ask; 404 for anybody else's."""
    seen = pairs.found(sight, uid)
    if seen is None or seen.relation != "own" or not asked_of(seen.record.noun):
        raise Http404
    require(sight, "see_match", record=seen.record)
    return seen


def _sides(request: HttpRequest, own: uuid.UUID, other: uuid.UUID) -> tuple[Shown, Shown]:
    both = pairs.sides_of(request.asker, own, other)
    if both is None or both[0].record.pk != own:
        raise Http404
    return both


def _pair(request: HttpRequest, mine: Shown, theirs: Shown) -> HttpResponse:
    asker, match = request.asker, pairs.match_of(mine.record.pk, theirs.record.pk)
    standing = interest.standing(mine.record, theirs.record.pk)
    why = pairs.reason(match) if match else None
    closer = _closer(asker, mine, theirs) if theirs.relation == "partner" else None
    context: dict[str, Any] = {
        "mine": mine,
        "theirs": theirs,
        "titles": (title_of(mine.values, lang()), title_of(theirs.values, lang())),
        "owner": pairs.owner(theirs, lang()),
        "steps": _steps(standing.state),
        "scale": [(value, word(f"hub_matches.useful-{value}", lang())) for value in feedback.SCALE],
        "match": match,
        "parts": list(pairs.parts(why)) if why and match and match.eligible else [],
        "why": why,
        "closer": list(pairs.indicators(closer)) if closer else [],
        "standing": standing,
        "judged": feedback.given(asker, mine.record, theirs.record),
        "may": {
            "interest": may(asker, "express_interest", record=theirs.record),
            "accept": may(asker, "accept_nda", record=theirs.record),
            "release": may(asker, "release", record=mine.record),
            "decline": may(asker, "decline", record=mine.record),
            "judge": may(asker, "rate_match", record=mine.record),
        },
    }
    return render(request, "matches/pair.html", context)


def _steps(state: str) -> list[dict[str, Any]]:
    """The way of a pair from no contact to open, and where it stands."""
    way = ("received" if state == "received" else "asked", "mutual", "open")
    reached = {"none": 0, "ended": 0, "asked": 1, "received": 1, "mutual": 2, "waiting": 2, "open": 3}[state]
    named = (word(f"hub_matches.state-{name}", lang()) for name in way)
    return [{"name": name, "done": n < reached, "now": n == reached} for n, name in enumerate(named)]


def _closer(asker: Asker, mine: Shown, theirs: Shown) -> Why | None:
    """The restricted comparison; that it was looked at is noted for the other side."""
    note(theirs.record, asker, theirs.clearance)
    return pairs.closer(mine.record, theirs.record, timezone.localdate())
