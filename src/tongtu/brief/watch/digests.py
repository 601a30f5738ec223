"""What a reader gets: the briefs about what they follow, the most important first, and never more than they asked for.

The budget counts briefs within a period (a day, a week), whatever is given and however often it is asked: what went
out earlier in the period counts too. A brief goes out once, and again only when its sentences have changed. What is
left out is counted and named, so that nothing is lost in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl

from tongtu.brief.model import Brief
from tongtu.brief.watch.follows import Names, checked, matches, named
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Label, Why

Every = Literal["day", "week"]
PERIODS: Mapping[str, int] = {"day": 1, "week": 7}
BUDGET = 10
#: what a brief's importance is made of: shares of its scores, over those that are known; ours
WEIGHTS: Mapping[str, float] = {"impact": 0.5, "hot": 0.3, "quality": 0.2}

SENT: dict[str, Any] = {
    "reader": pl.String, "brief": pl.String, "event": pl.String, "fingerprint": pl.String, "day": pl.Date,
}  # fmt: skip
ITEMS: dict[str, Any] = {
    "reader": pl.String, "place": pl.Int64, "brief": pl.String, "importance": pl.Float64, "again": pl.Boolean,
    "follows": pl.List(pl.String), "why": pl.String,
}  # fmt: skip
LEFT_OUT: dict[str, Any] = {
    "reader": pl.String, "brief": pl.String, "headline": pl.String, "importance": pl.Float64, "reason": pl.String,
    "why": pl.String,
}  # fmt: skip
READERS: dict[str, Any] = {
    "reader": pl.String, "budget": pl.Int64, "before": pl.Int64, "matched": pl.Int64, "sent": pl.Int64,
    "left_out": pl.Int64, "repeated": pl.Int64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Digest:
    """One round of digests.

    items     reader, place (from 1), brief, importance (0..100; null where no score is known), again (was sent
              before and has changed), follows, why
    left_out  reader, brief, headline (as JSON), importance, reason (budget repeated), why
    readers   reader, budget, before (sent earlier in the period), matched, sent, left_out (for the budget), repeated,
              why: one row for each reader who follows anything
    record    what to keep once the digest has gone out, and to pass as `sent` from then on
    """

    items: pl.DataFrame
    left_out: pl.DataFrame
    readers: pl.DataFrame
    record: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Candidate:
    brief: Brief
    event: str
    fingerprint: str
    importance: float | None
    strength: float
    follows: tuple[str, ...]
    named: tuple[str | Label, ...]

    @property
    def order(self) -> tuple[object, ...]:
        known = self.importance is not None
        return (not known, -(self.importance or 0.0), -self.strength, -self.brief.as_of.toordinal(), self.brief.id)


def fingerprint(brief: Brief) -> str:
    """What a brief says, as 16 hex digits: it changes with any sentence, not with scores or the day."""
    said = "\n".join(sentence.id for sentence in (brief.headline, *brief.sentences))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def importance(brief: Brief, weights: Mapping[str, float] | None = None) -> float | None:
    """The weighted mean of the scores that are known, 0..100; None where none is."""
    shares = WEIGHTS if weights is None else weights
    whole = brief.scores.filter(pl.col("part").is_null() & pl.col("value").is_not_null())
    known = [(value, shares.get(name, 0.0)) for name, value in whole.select("score", "value").iter_rows()]
    total = sum(share for _, share in known)
    return round(sum(value * share for value, share in known) / total, 2) if total > 0 else None


def digest(
    briefs: Sequence[Brief],
    follows: pl.DataFrame,
    *,
    as_of: date,
    every: Every = "day",
    budget: int | Mapping[str, int] = BUDGET,
    sent: pl.DataFrame | None = None,
    since: date | None = None,
    weights: Mapping[str, float] | None = None,
    directions: Names | None = None,
) -> Digest:
    """The digests of all readers who follow something (`follows` as in `matches`).

    Briefs of the period that ends with `as_of` are looked at (`since`: from the day after it, where a round was
    missed). `budget` counts briefs for each period and reader; a reader not named in it has the usual one. `sent`
    holds the records of earlier rounds. A brief counts as sent when its id, or the report it rested on, went out.
    `directions` are their names by code, for the reasons.
    Raises UsageFault for an unknown period or a budget below nothing, DataRefused for follows that say nothing.
    """
    budgets = {} if isinstance(budget, int) else dict(budget)
    _check(every, [budget] if isinstance(budget, int) else budgets.values())
    usual = budget if isinstance(budget, int) else BUDGET
    begin = since if since is not None else as_of - timedelta(days=PERIODS[every])
    looked_at = {b.id: b for b in sorted(briefs, key=_told) if begin < b.as_of <= as_of}
    rows = checked(follows)
    known = {(str(row["reader"]), str(row["follow"])): named(row, directions or {}) for row in rows}
    wanted = _wanted([looked_at[name] for name in sorted(looked_at)], follows, weights, known)
    earlier = sent if sent is not None else pl.DataFrame(schema=SENT)
    first = as_of - timedelta(days=PERIODS[every])
    told = [
        _reader(reader, wanted.get(reader, []), budgets.get(reader, usual), _sent_to(earlier, reader), (first, as_of))
        for reader in dict.fromkeys(str(row["reader"]) for row in rows)
    ]
    return Digest(
        *(pl.DataFrame([row for one in told for row in one[at]], schema=schema, orient="row")
          for at, schema in enumerate((ITEMS, LEFT_OUT, READERS, SENT)))
    )  # fmt: skip


def _told(brief: Brief) -> tuple[str, date, str]:
    """The order in which the last of several briefs of one id counts."""
    return brief.id, brief.as_of, fingerprint(brief)


def _check(every: str, budgets: Iterable[int]) -> None:
    faults = []
    if every not in PERIODS:
        args: dict[str, Any] = {"every": every, "known": tuple(PERIODS)}
        faults.append(Fault(Why("brief_watch.unknown-period", args), Why("brief_watch.unknown-period-repair", args)))
    for budget in budgets:
        if budget < 0:
            args = {"budget": budget}
            faults.append(Fault(Why("brief_watch.bad-budget", args), Why("brief_watch.bad-budget-repair", args)))
    if faults:
        raise UsageFault(faults)


def _wanted(
    briefs: Sequence[Brief],
    follows: pl.DataFrame,
    weights: Mapping[str, float] | None,
    known: Mapping[tuple[str, str], str | Label],
) -> dict[str, list[_Candidate]]:
    """Each reader's briefs, the most important first."""
    found: dict[str, list[_Candidate]] = {}
    for brief in briefs:
        about = matches(brief, follows)
        told = (brief.documents[0].id if brief.documents else brief.id, fingerprint(brief), importance(brief, weights))
        for (reader,), mine in about.group_by("reader", maintain_order=True):
            strength = float(mine["strength"].to_list()[0])
            names = tuple(mine["follow"].to_list())
            said = tuple(known[str(reader), name] for name in names)
            one = _Candidate(brief, *told, strength, names, said)
            found.setdefault(str(reader), []).append(one)
    return {reader: sorted(mine, key=lambda one: one.order) for reader, mine in found.items()}


_Sent = list[dict[str, Any]]


def _sent_to(sent: pl.DataFrame, reader: str) -> _Sent:
    return list(sent.filter(pl.col("reader") == reader).sort("day", maintain_order=True).iter_rows(named=True))


def _reader(
    reader: str, wanted: Sequence[_Candidate], budget: int, sent: _Sent, period: tuple[date, date]
) -> tuple[list[tuple[Any, ...]], ...]:
    """Rows of items, left_out, readers and record for one reader."""
    before = sum(period[0] < row["day"] <= period[1] for row in sent)
    items: list[tuple[Any, ...]] = []
    left: list[tuple[Any, ...]] = []
    record: list[tuple[Any, ...]] = []
    for one in wanted:
        last = _last(one, sent)
        if last is not None and last["fingerprint"] == one.fingerprint:
            why = Why("brief_watch.left-repeated", {"day": last["day"]})
            left.append(_left(reader, one, "repeated", why))
        elif before + len(items) < budget:
            code = "item" if last is None else "item-again"
            args = {"importance": one.importance, "follows": one.named}
            why = Why(f"brief_watch.{code}", args if last is None else {**args, "day": last["day"]})
            items.append((reader, len(items) + 1, one.brief.id, one.importance, last is not None, list(one.follows),
                          why.to_json()))  # fmt: skip
            record.append((reader, one.brief.id, one.event, one.fingerprint, period[1]))
        else:
            left.append(_left(reader, one, "budget", Why("brief_watch.left-budget", {"budget": budget})))
    over = sum(row[4] == "budget" for row in left)
    args = {"sent": len(items), "matched": len(wanted), "budget": budget, "before": before, "left": over}
    why = Why("brief_watch.reader", args)
    counts = (reader, budget, before, len(wanted), len(items), over, len(left) - over, why.to_json())
    return items, left, [counts], record


def _last(one: _Candidate, sent: _Sent) -> dict[str, Any] | None:
    """The last time this event went out: under its id, or resting on a report that it still holds."""
    reports = reports_of(one.brief)
    rows = [row for row in sent if row["brief"] == one.brief.id or row["event"] in reports]
    return rows[-1] if rows else None


def reports_of(brief: Brief) -> set[str]:
    """The documents that tell the event; an earlier version it was compared with is none of them."""
    roles = dict(brief.sources.select("document", "role").iter_rows()) if "role" in brief.sources.columns else {}
    return {document.id for document in brief.documents if roles.get(document.id) != "earlier"}


def _left(reader: str, one: _Candidate, reason: str, why: Why) -> tuple[Any, ...]:
    headline = one.brief.headline.says.to_json()
    return (reader, one.brief.id, headline, one.importance, reason, why.to_json())
