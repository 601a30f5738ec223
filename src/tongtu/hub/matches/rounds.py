"""A clearing round: previewed by the secretariat, published as a declared release, open to appeal.

    preview -> published -> closed        an appeal keeps the round open until it is answered

The round stands on one market, so every pair in it, and every one that is not, has the reasons that everybody could
read before. What publication makes known is listed with it (`REVEALS`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.matches.market import current
from tongtu.hub.matches.models import Appeal, Match, Round
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import secrecy
from tongtu.hub.records.permit import may, require
from tongtu.terms.faults import Fault, TongtuError, UsageFault
from tongtu.terms.why import Why

#: what everybody of the round learns from its publication; codes of `hub_matches.reveals-…`
REVEALS = ("pairs", "scores", "unfilled", "solution")
_SIDES = {"need": "ask", "achievement": "answer"}
LEAST = 0.1  # pairs below it take no part, unless the round says otherwise
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Options:
    """How a round is cleared: the lowest score taken, a floor for everybody, or a cap with a published seed."""

    least: float = LEAST
    floor: float | None = None
    cap: float | None = None
    seed: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Options:
        """From a form. Raises UsageFault for what is no share of 1, or a cap without a seed."""
        shares = {name: _share(name, given.get(name, "")) for name in ("least", "floor", "cap")}
        seed = given.get("seed", "").strip()[:64]
        if shares["floor"] is not None and shares["cap"] is not None:
            raise UsageFault.because("match_allocation.floor-and-cap", "match_allocation.floor-and-cap-repair")
        if shares["cap"] is not None and not seed:
            raise UsageFault.because("match_allocation.no-seed", "match_allocation.no-seed-repair")
        least = LEAST if shares["least"] is None else shares["least"]
        return cls(least, shares["floor"], shares["cap"], seed)

    def kept(self) -> dict[str, Any]:
        """As the round keeps it."""
        return {"least": self.least, "floor": self.floor, "cap": self.cap, "seed": self.seed}


def _share(name: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageFault.because("hub_matches.no-share", "hub_matches.no-share-repair", name=name, value=text[:20])
    return value


def visible_to(asker: Asker) -> QuerySet[Round]:
    """Published rounds for members; previews only for whoever runs them."""
    if may(asker, "preview_round", kind="round").allowed:
        return Round.objects.all()
    if not asker.verified:
        return Round.objects.none()
    return Round.objects.exclude(state="preview")


@transaction.atomic
def begin(asker: Asker, name: str, options: Options) -> Round:
    """A new round on the current market. Raises UsageFault where there is none yet."""
    require(asker, "preview_round", kind="round")
    market = current("teaser")
    if market is None:
        raise UsageFault.because("hub_matches.no-market", "hub_matches.no-market-repair")
    found = Round.objects.create(
        name=name.strip()[:200] or str(timezone.localdate()),
        market=market,
        options=options.kept(),
        created_by_id=asker.user,
    )
    log(asker, "preview_round", kind="round", thing=found.pk)
    return found


def clear(found: Round, as_of: date, progress: Any = None) -> dict[str, Any]:
    """Clears the round's market; the result as data. Needs meet achievements; a refused pair never comes back."""
    from tongtu.hub.records.adapt import snapshot
    from tongtu.match import allocate

    chosen = Match.objects.filter(market=found.market, question_noun="needs", answer_noun="achievements", eligible=True)
    registry = snapshot(clearance=found.market.disclosure)
    options = {name: found.options[name] for name in ("least", "floor", "cap")}
    try:
        made = allocate(
            _pairs(chosen), registry, as_of=as_of, progress=progress, seed=found.options["seed"] or None, **options
        )
    except TongtuError as error:
        return {"status": "fault", "faults": [_packed(fault) for fault in error.faults]}
    solution = made.solution
    return {
        "status": solution.status,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "pairs": [_told(row) for row in made.allocation.iter_rows(named=True)],
        "unfilled": [_told(row) for row in made.unfilled.iter_rows(named=True)],
        "notes": [json.loads(note.to_json()) for note in made.notes],
    }


def _pairs(chosen: QuerySet[Match]) -> Any:
    import polars as pl

    rows = [(str(q), str(a), score) for q, a, score in chosen.values_list("question", "answer", "score")]
    schema = {"need": pl.String, "achievement": pl.String, "score": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("need", "achievement")


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the result with the sides called ask and answer, and its reason as data."""
    return {**{_SIDES.get(name, name): value for name, value in row.items()}, "why": json.loads(row["why"])}


def _packed(fault: Fault) -> dict[str, Any]:
    repair = json.loads(fault.repair.to_json()) if fault.repair else None
    return {"what": json.loads(fault.what.to_json()), "repair": repair}


@transaction.atomic
def publish(asker: Asker, found: Round) -> None:
    """Makes the round's result known to the members. Raises UsageFault where it has none, or was published."""
    require(asker, "publish_round", kind="round")
    if found.result.get("status") not in ("optimal", "feasible"):
        raise UsageFault.because("hub_matches.no-result", "hub_matches.no-result-repair")
    values = {"state": "published", "published_at": timezone.now(), "reveals": list(REVEALS)}
    if not Round.objects.filter(pk=found.pk, state="preview").update(**values):
        raise UsageFault.because("hub_matches.is-published", "hub_matches.is-published-repair")
    log(asker, "publish_round", kind="round", thing=found.pk)


@transaction.atomic
def appeal(asker: Asker, found: Round, own: Any, text: str) -> Appeal:
    """An approver contests what a published round decided for an own record."""
    require(asker, "appeal", record=own)
    said = text.strip()
    if not said or len(said) > _LONGEST:
        raise UsageFault.because("hub_matches.no-appeal", "hub_matches.no-appeal-repair", most=_LONGEST)
    secrecy.refuse(said)
    if found.state == "preview":
        raise UsageFault.because("hub_matches.not-published", "hub_matches.not-published-repair")
    made = Appeal.objects.create(
        round=found, record=own.pk, organisation_id=asker.organisation, user_id=asker.user, text=said
    )
    log(asker, "appeal", kind="round", thing=found.pk, tenant=own.tenant_id)
    return made


@transaction.atomic
def answer(asker: Asker, made: Appeal, text: str) -> None:
    """The secretariat's answer to an appeal, once, and by somebody else than who appealed."""
    require(asker, "publish_round", kind="round")
    said = text.strip()[:_LONGEST]
    secrecy.refuse(said)
    if made.user_id == asker.user:
        raise UsageFault.because("hub_matches.own-appeal", "hub_matches.own-appeal-repair")
    if not said or not Appeal.objects.filter(pk=made.pk, answered_at=None).update(
        answer=said, answered_at=timezone.now()
    ):
        raise UsageFault.because("hub_matches.no-answer", "hub_matches.no-answer-repair")
    log(asker, "publish_round", kind="appeal", thing=made.pk, tenant=made.organisation_id)


def appeals(asker: Asker, found: Round) -> QuerySet[Appeal]:
    """Every appeal for whoever answers them; for others those of their own organisation."""
    rows = Appeal.objects.filter(round=found).order_by("at")
    if may(asker, "preview_round", kind="round").allowed:
        return rows
    return rows.filter(organisation=asker.organisation) if asker.organisation else rows.none()


def why(row: dict[str, Any]) -> Why:
    """The stored reason of a result's row."""
    return Why.from_json(json.dumps(row["why"]))
