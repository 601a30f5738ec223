"""The market of one disclosure class, computed: a snapshot in, pairs with their reasons out.

What goes in is what every reader of the class may read, so every score, rank and reason is theirs to see. Restricted
fields are compared only inside a granted pair (`pair.closer`), and never stored here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongtu.hub.matches.models import Market, Match
from tongtu.hub.statements import first

TOP = 10
KEPT = 3  # markets of a class, so that yesterday's ranks can be looked at
_AT_ONCE = 2_000

Progress = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of the engine that asks another, and the nouns they are."""

    ask: str
    answer: str

    @property
    def nouns(self) -> tuple[str, str]:
        return f"{self.ask}s", f"{self.answer}s"


#: the engine answers any pair of kinds, these are the ones that pages show
ASKED = (
    Asked("need", "achievement"),
    Asked("need", "platform"),
    Asked("achievement", "need"),
    Asked("achievement", "scenario"),
    Asked("achievement", "platform"),
)
#: the nouns whose records ask
ASKING = tuple(dict.fromkeys(asked.nouns[0] for asked in ASKED))


def asked_of(noun: str) -> list[str]:
    """The nouns that a noun is matched with."""
    return [one.nouns[1] for one in ASKED if one.nouns[0] == noun]


def compute(disclosure: str, as_of: date, progress: Progress | None = None, pack: str = "cn") -> Market | None:
    """A new market of this class, or None where the newest one stands on the same snapshot and day.

    It is seen by pages only when all of it is stored. Raises Cancelled when `progress` does; then nothing is left.
    """
    from tongtu.hub.records.adapt import snapshot

    registry = snapshot(clearance=disclosure)
    digest = registry.digest()
    newest = current(disclosure)
    if newest is not None and (newest.digest, newest.as_of) == (digest, as_of):
        return None
    from tongtu import packs
    from tongtu.chain.clearing import clearing

    ground = clearing(registry, packs.load(pack), as_of=as_of, see=disclosure, progress=progress)
    options = {"top": TOP, "pack": pack, "weights": ground.model.version}
    market = Market(disclosure=disclosure, digest=digest, as_of=as_of, options=options)
    rows: list[
        Match
    ] = []  # all of them before the first is written: nobody waits for a database that is only computed for
    for asked in _sides(ground):
        found = ground.meet(asked.ask, asked.answer, TOP)
        rows += [*_pairs(market, asked, found.pairs), *_refusals(market, asked, found.refusals)]
        market.summary[f"{asked.ask}-{asked.answer}"] = {"pairs": found.pairs.height, "refused": found.refusals.height}
    with transaction.atomic():
        market.finished_at = timezone.now()
        market.save(force_insert=True)
        Match.objects.bulk_create(rows, batch_size=_AT_ONCE)
        _forget(disclosure)
    return market


def current(disclosure: str) -> Market | None:
    """The newest finished market of a class."""

    def finished() -> QuerySet[Market]:
        return Market.objects.filter(disclosure=disclosure, finished_at__isnull=False).order_by("-finished_at")

    found: Market | None = first(("market", disclosure), (), finished)
    return found


def _sides(ground: Any) -> list[Asked]:
    """The questions that have somebody on both sides."""
    return [a for a in ASKED if not any(ground.listings(kind).is_empty() for kind in (a.ask, a.answer))]


def _pairs(market: Market, asked: Asked, pairs: Any) -> Iterator[Match]:
    shares = [c for c in pairs.columns if c.startswith("by_")]
    for row in pairs.iter_rows(named=True):
        parts = {c.removeprefix("by_"): row[c] for c in shares if row[c] is not None}
        counts = {c: row[f"indicators_{c}"] for c in ("met", "unmet", "unknown")}
        reasons = {"base": row["base"], "by": parts, "indicators": counts, "why": json.loads(row["why"])}
        yield _match(market, asked, row, rank=row["rank"], score=row["score"], reasons=reasons)


def _refusals(market: Market, asked: Asked, refusals: Any) -> Iterator[Match]:
    """Pairs that would stand among the best were they eligible: a reason, never a low score."""
    counted: dict[str, int] = {}
    for row in refusals.iter_rows(named=True):
        rank = counted[row["question"]] = counted.get(row["question"], 0) + 1
        yield _match(market, asked, row, rank=rank, eligible=False, reasons={"why": json.loads(row["why"])})


def _match(market: Market, asked: Asked, row: dict[str, Any], **values: Any) -> Match:
    question, answer = asked.nouns
    return Match(
        market=market, question_noun=question, question=uuid.UUID(row["question"]), answer_noun=answer,
        answer=uuid.UUID(row["answer"]), **values,
    )  # fmt: skip


def _forget(disclosure: str) -> None:
    """Deletes what is older than the markets kept and what no round stands on."""
    finished = Market.objects.filter(disclosure=disclosure, finished_at__isnull=False).order_by("-finished_at")
    old = [m.pk for m in finished[KEPT:] if not m.rounds.exists()]
    Market.objects.filter(pk__in=old).delete()
