"""The next tier up: which one somebody does not hold yet, and what stands between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry
from tongtu.rules.asking.subjects import about
from tongtu.rules.asking.titles import Rung, held, rungs, valid
from tongtu.rules.gaps import gap
from tongtu.rules.intakes import Opening, upcoming
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.model import Holds, Purpose, RuleBook

_TIERS = {
    **dict.fromkeys(("ladder", "scheme", "version", "tier", "verdict"), pl.String()),
    "height": pl.Int64(), "unmet": pl.Int64(), "unknown": pl.Int64(), "manual": pl.Int64(), "effort": pl.Float64(),
    "next_opens": pl.Date(), "next_closes": pl.Date(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class NextTier:
    """What one can rise to.

    tiers  ladder, scheme, version, tier, verdict, height, unmet, unknown, manual, effort, next_opens, next_closes,
           why: the candidates, the one with the least in the way first; `effort` is the largest shortfall as a share
           of its threshold, the counts are of the criteria still in the way
    gap    scheme, tier and the columns of `gap`, for all of them
    """

    tiers: pl.DataFrame
    gap: pl.DataFrame


def next_tier(
    book: RuleBook,
    registry: Registry,
    subject: str,
    as_of: date,
    purpose: Purpose = "new",
    *,
    schemes: Iterable[str] | None = None,
) -> NextTier:
    """The tiers an organisation can rise to next, on every ladder or on those of some schemes.

    The ladders come from the book: a tier that requires a title stands above the tier that awards it, and one whose
    title excludes its holders stands above the tier they are excluded from. Next is what stands right above something
    held, or at a ladder's foot, and below nothing held. A tier for which no title exists is held when it is met.
    Tiers that do not cover the organisation, or of which no version is in force, are left out.
    """
    ladders = {name: rung for name, rung in rungs(book).items() if rung.ladder}
    if schemes is not None:
        named = set(schemes)
        wanted = {rung.ladder for rung in ladders.values() if rung.scheme.scheme in named}
        ladders = {name: rung for name, rung in ladders.items() if rung.ladder in wanted}
    here = about(registry, ["organisations"], subject)
    kinds = set(valid(held(book, registry, subject, as_of), as_of)["kind"])
    climb = _Climb(book, here, subject, as_of, purpose, kinds, _asked(book))
    tiers, gaps = [pl.DataFrame(schema=_TIERS)], []
    for rung in climb.next(ladders):
        judgement = climb.judged(rung.scheme.scheme)
        missing = gap(judgement, subject, rung.tier.tier)
        tiers.append(_row(rung, climb.verdict(rung), missing, _upcoming(judgement)))
        gaps.append(missing)
    table = pl.concat(tiers).sort("unmet", "effort", "unknown", "manual", "scheme", "tier", nulls_last=True)
    return NextTier(table, _ordered(gaps, table))


@dataclass(slots=True)
class _Climb:
    """One organisation before the ladders: judged under each scheme once."""

    book: RuleBook
    registry: Registry
    subject: str
    as_of: date
    purpose: Purpose
    kinds: set[str]
    asked: set[str]
    done: dict[str, Judgement] = field(default_factory=dict)

    def judged(self, scheme: str) -> Judgement:
        if scheme not in self.done:
            judgement = judge(self.book, scheme, self.registry, self.as_of, self.purpose)
            self.done[scheme] = judgement.only([self.subject])
        return self.done[scheme]

    def verdict(self, rung: Rung) -> dict[str, Any]:
        """The row of its verdict; empty where the version in force does not have the tier."""
        rows = self.judged(rung.scheme.scheme).verdicts.filter(pl.col("tier") == rung.tier.tier)
        return rows.row(0, named=True) if rows.height else {}

    def holds(self, rung: Rung) -> bool:
        if self.kinds.intersection(rung.kinds):
            return True
        return not self.asked.intersection(rung.kinds) and self.verdict(rung).get("verdict") == "met"

    def next(self, ladders: Mapping[str, Rung]) -> Iterator[Rung]:
        holding = {name for name, rung in ladders.items() if self.holds(rung)}
        passed = {below for name in holding for below in _under(name, ladders)} | holding
        for name, rung in ladders.items():
            if name in passed or not (holding.intersection(rung.below) or not rung.below):
                continue
            if self.verdict(rung).get("verdict", "not_applicable") != "not_applicable":
                yield rung


def _under(name: str, ladders: Mapping[str, Rung]) -> set[str]:
    """Everything a rung stands above, directly or not."""
    found: set[str] = set()
    queue = [name]
    while queue:
        below = set(ladders[queue.pop()].below) - found
        found |= below
        queue += below
    return found


def _asked(book: RuleBook) -> set[str]:
    """Kinds of title that exist, as far as the rules know: those some rule asks for, and those some tier grants."""
    found = {kind for rung in rungs(book).values() for kind in rung.kinds if kind != rung.tier.tier}
    for name in book:
        for version in book[name].versions:
            for _, criterion, _ in version.criteria():
                found.update(criterion.body.kinds if isinstance(criterion.body, Holds) else ())
    return found


def _upcoming(judgement: Judgement) -> Opening | None:
    version = judgement.version
    if version is None:
        return None
    return upcoming(judgement.scheme, judgement.as_of, judgement.purpose, version.jurisdiction)


def _row(rung: Rung, verdict: Mapping[str, Any], missing: pl.DataFrame, opening: Opening | None) -> pl.DataFrame:
    counts = {value: missing.filter(pl.col("verdict") == value).height for value in ("unmet", "unknown", "manual")}
    opens, closes = (None, None) if opening is None else (opening.opens, opening.closes)
    row = {
        "ladder": rung.ladder, "scheme": rung.scheme.scheme, "version": verdict["version"], "tier": rung.tier.tier,
        "verdict": verdict["verdict"], "height": rung.height, **counts, "effort": missing["effort"].max(),
        "next_opens": opens, "next_closes": closes, "why": verdict["why"],
    }  # fmt: skip
    return pl.DataFrame([row], schema=_TIERS)


def _ordered(gaps: list[pl.DataFrame], tiers: pl.DataFrame) -> pl.DataFrame:
    """The gaps in the order of their tiers."""
    if not gaps:
        return pl.DataFrame()
    place = tiers.select("scheme", "tier").with_row_index("place")
    placed = pl.concat(gaps).join(place, on=["scheme", "tier"], maintain_order="left")
    return placed.sort("place", maintain_order=True).drop("place")
