"""Pages of clearing rounds: begun and published by the secretariat, read and contested by the members."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.listings.showing import title_of
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.matches import pair, rounds
from tongtu.hub.matches.models import Appeal, Round
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import may, require
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.hub.records.visible import shown
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

MOST = 50


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The rounds that the asker may know of."""
    if not request.asker.verified:
        raise Http404
    context = {
        "rounds": rounds.visible_to(request.asker).order_by("-created_at")[:MOST],
        "may_begin": may(request.asker, "preview_round", kind="round"),
    }
    return render(request, "matches/rounds.html", context)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A new round; the worker clears it, its page shows the preview."""
    try:
        with transaction.atomic():
            options = rounds.Options.read(request.POST)
            found = rounds.begin(request.asker, request.POST.get("name", ""), options)
            enqueue(
                "matches.round",
                {"found": str(found.pk)},
                by=request.asker.user,
                organisation=request.asker.organisation,
            )
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
        return redirect("matches:rounds")
    return redirect("matches:round", found.pk)


@require_GET
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A round: how it was cleared, who meets whom and why, who got nobody and why, and appeals."""
    found = _round(request, pk)
    sight = sight_for(request.asker)
    pairs, unfilled = found.result.get("pairs", []), found.result.get("unfilled", [])
    seen = _named(sight, {r[side] for r in pairs for side in ("ask", "answer")} | {r["ask"] for r in unfilled})
    own = {uid for uid, (_, mine) in seen.items() if mine}
    context = {
        "round": found,
        "pairs": [_row(row, seen) for row in pairs if row["ask"] in seen and row["answer"] in seen],
        "unfilled": [_row(row, seen) for row in unfilled if row["ask"] in seen],
        "notes": [Why.from_json(json.dumps(note)) for note in found.result.get("notes", [])],
        "faults": [Why.from_json(json.dumps(f["what"])) for f in found.result.get("faults", [])],
        "may_publish": may(sight, "publish_round", kind="round"),
        "runs": may(sight, "preview_round", kind="round").allowed,
        "appeals": rounds.appeals(request.asker, found),
        "own": [(uid, seen[uid][0]) for uid in sorted(own)],
        "reveals": [f"hub_matches.reveals-{name}" for name in rounds.REVEALS],
    }
    return render(request, "matches/round.html", context)


@require_POST
def publish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Makes a preview known to the members."""
    return _done(request, pk, lambda found: rounds.publish(request.asker, found))


@require_POST
def appeal(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Contests the round's result for an own record."""

    def contest(found: Round) -> None:
        own = pair.found(sight_for(request.asker), _uuid(request.POST.get("record", "")))
        if own is None or own.relation != "own":
            raise Http404
        rounds.appeal(request.asker, found, own.record, request.POST.get("text", ""))

    return _done(request, pk, contest)


@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answers an appeal."""

    def reply(found: Round) -> None:
        require(request.asker, "publish_round", kind="round")  # before it is looked for: ids tell nothing
        made = get_object_or_404(Appeal, pk=_uuid(request.POST.get("appeal", "")), round=found)
        rounds.answer(request.asker, made, request.POST.get("text", ""))

    return _done(request, pk, reply)


def _done(request: HttpRequest, pk: uuid.UUID, do: Any) -> HttpResponse:
    found = _round(request, pk)
    try:
        do(found)
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("matches:round", pk)


def _round(request: HttpRequest, pk: uuid.UUID) -> Round:
    return get_object_or_404(rounds.visible_to(request.asker), pk=pk)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _named(sight: Sight, uids: set[str]) -> dict[str, tuple[str, bool]]:
    """uid -> what it is called, and whether it is the asker's own; what the asker may not know of is left out."""
    found: dict[str, tuple[str, bool]] = {}
    for noun in ("needs", "achievements"):
        for record in MODELS[noun].objects.visible_to(sight).filter(pk__in=uids):
            seen = shown(sight, record)
            if seen is not None:
                found[str(record.pk)] = title_of(seen.values, lang()), seen.relation == "own"
    return found


def _row(row: dict[str, Any], seen: dict[str, tuple[str, bool]]) -> dict[str, Any]:
    named = {side: seen[value][0] for side, value in row.items() if side in ("ask", "answer")}
    return row | named | {"why": rounds.why(row)}
