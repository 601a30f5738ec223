"""Matches of an own listing, one pair with its reasons, and the steps that its sides take."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from pydantic import Field

from tongtu.hub.api.both import both
from tongtu.hub.api.door import sight_of
from tongtu.hub.api.problems import Problem, Wrong, invalid
from tongtu.hub.api.records import answer, present
from tongtu.hub.api.routes import route
from tongtu.hub.api.schemas import Open, Reason, Strict
from tongtu.hub.listings.showing import title_of
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.matches import feedback, interest
from tongtu.hub.matches import pair as pairs
from tongtu.hub.matches.market import asked_of, current
from tongtu.hub.records.permit import require
from tongtu.hub.records.seen import note
from tongtu.hub.records.visible import Shown
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

GROUP = Why("hub_api.group-matches")
STEPS = {
    "interest": (interest.express, "express_interest"),
    "accept": (interest.accept, "accept_nda"),
    "release": (interest.release, "release"),
    "decline": (interest.decline, "decline"),
}


class Part(Open):
    """One contribution to a score: for, against, or open (unknown and not counted)."""

    kind: str = Field(examples=["for"])
    points: float | None
    reason: Reason


class Match(Open):
    """A pair of the market as it was computed last; a refused one has no score but a reason."""

    own: uuid.UUID
    other: uuid.UUID
    noun: str = Field(examples=["achievements"])
    title: str
    owner: str = Field(description=both("field-owner"))
    rank: int
    score: float | None = Field(description=both("field-score"))
    eligible: bool
    parts: list[Part]
    reason: Reason | None
    standing: str = Field(examples=["none"], description="none asked received mutual waiting open ended")


class Matches(Open):
    ranked: list[Match]
    refused: list[Match]
    computed_at: str | None = Field(description=both("field-computed"))


class Pair(Open):
    """Both records as the asker reads them, why they were proposed, and how the pair stands."""

    own: dict[str, Any] = Field(description=both("field-record"))
    other: dict[str, Any] = Field(description=both("field-record"))
    match: Match | None
    closer: list[Part] = Field(description=both("field-closer"))
    standing: str
    judged: int | None


class Standing(Open):
    standing: str = Field(examples=["asked"])


class Rating(Strict):
    useful: int = Field(ge=feedback.SCALE[0], le=feedback.SCALE[-1], examples=[2])
    why: str = Field("", max_length=500)


@route("GET", "/matches/{uuid:uid}", "matches_of", scope=["see_match"], group=GROUP, about=Why("hub_api.op-matches"),
       answers={200: Matches}, problems=["refused"])  # fmt: skip
def of(request: HttpRequest, uid: uuid.UUID, noun: str = "") -> HttpResponse:
    sight = sight_of(request)
    own = pairs.found(sight, uid)
    kinds = asked_of(own.record.noun) if own else []
    if own is None or own.relation != "own" or not kinds:
        raise Http404
    require(sight, "see_match", record=own.record)
    if noun and noun not in kinds:
        raise invalid("noun", "fault-choice")
    ranked, refused = [], []
    for kind in [noun] if noun else kinds:
        good, bad = pairs.rows(sight, own.record, lang(), kind)
        ranked += [_row(uid, row) for row in good]
        refused += [_row(uid, row) for row in bad]
    market = current("teaser")
    computed = market.finished_at.isoformat() if market and market.finished_at else None
    return answer(Matches, {"ranked": ranked, "refused": refused, "computed_at": computed})


@route("GET", "/matches/{uuid:own}/{uuid:other}", "matches_pair", scope=["see_match"], group=GROUP,
       about=Why("hub_api.op-pair"), answers={200: Pair}, problems=["refused"])  # fmt: skip
def pair(request: HttpRequest, own: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    mine, theirs = _sides(request, own, other)
    sight = sight_of(request)
    require(sight, "see_match", record=mine.record)
    standing = interest.standing(mine.record, other)
    match = pairs.match_of(own, other)
    judged = feedback.given(request.asker, mine.record, theirs.record)
    return answer(Pair, {
        "own": _record(request, mine), "other": _record(request, theirs), "standing": standing.state,
        "match": _match(own, match, theirs, standing.state) if match else None,
        "closer": _closer(request, mine, theirs) if theirs.relation == "partner" else [],
        "judged": judged.useful if judged else None,
    })  # fmt: skip


@route("POST", "/matches/{uuid:own}/{uuid:other}/judge", "matches_judge", scope=["rate_match"], group=GROUP,
       about=Why("hub_api.op-judge"), answers={200: Rating})  # fmt: skip
def judge(request: HttpRequest, own: uuid.UUID, other: uuid.UUID, rating: Rating) -> HttpResponse:
    mine, theirs = _sides(request, own, other)
    said = {"useful": str(rating.useful), "why": rating.why.replace("\0", "")}
    kept = _taken(lambda: feedback.judge(request.asker, mine.record, theirs.record, said))
    return answer(Rating, {"useful": kept.useful, "why": kept.why})


def _register(step: str) -> None:
    take, action = STEPS[step]

    @route("POST", f"/matches/{{uuid:own}}/{{uuid:other}}/{step}", f"matches_{step}", scope=[action], group=GROUP,
           about=Why(f"hub_api.op-{step}"), answers={200: Standing}, problems=["wrong-state"])  # fmt: skip
    def taken(request: HttpRequest, own: uuid.UUID, other: uuid.UUID) -> HttpResponse:
        mine, theirs = _sides(request, own, other)
        return answer(Standing, {"standing": _taken(lambda: take(request.asker, mine.record, theirs.record)).state})


for _step in STEPS:
    _register(_step)


def _taken(step: Any) -> Any:
    """A step; one that does not start from where the pair stands is a matter of its state."""
    try:
        return step()
    except UsageFault as fault:
        raise Problem(
            "wrong-state", fault.faults[0].what, [Wrong("/", f.what, f.repair) for f in fault.faults]
        ) from None


def _sides(request: HttpRequest, own: uuid.UUID, other: uuid.UUID) -> tuple[Shown, Shown]:
    both = pairs.sides_of(request.asker, own, other)
    if both is None or both[0].record.pk != own:
        raise Http404
    return both


def _record(request: HttpRequest, side: Shown) -> dict[str, Any]:
    from tongtu.hub.api.schemas import record_of

    (said,) = present(sight_of(request), side.record.noun, [side.record], lang())
    found: dict[str, Any] = record_of(side.record.noun).model_validate(said).model_dump(mode="json", exclude_unset=True)
    return found


def _row(own: uuid.UUID, row: pairs.Row) -> dict[str, Any]:
    return _match(own, row.match, row.other, row.standing.state)


def _match(own: uuid.UUID, match: Any, other: Shown, standing: str) -> dict[str, Any]:
    why = pairs.reason(match)
    return {
        "own": own, "other": other.record.pk, "noun": other.record.noun, "title": title_of(other.values, lang()),
        "owner": pairs.owner(other, lang()), "rank": match.rank, "score": match.score, "eligible": match.eligible,
        "parts": _parts(pairs.parts(why)) if match.eligible else [], "reason": _reason(why), "standing": standing,
    }  # fmt: skip


def _parts(parts: Iterable[pairs.Part]) -> list[dict[str, Any]]:
    return [{"kind": p.kind, "points": p.points, "reason": _reason(p.why)} for p in parts]


def _reason(why: Why) -> dict[str, Any]:
    return {"code": why.code, "said": say(why, lang()), "parts": [_reason(part) for part in why.parts]}


def _closer(request: HttpRequest, mine: Shown, theirs: Shown) -> list[dict[str, Any]]:
    """The restricted comparison; that it was looked at is noted for the other side."""
    note(theirs.record, request.asker, theirs.clearance, "api")
    why = pairs.closer(mine.record, theirs.record, timezone.localdate())
    return _parts(pairs.indicators(why)) if why else []
