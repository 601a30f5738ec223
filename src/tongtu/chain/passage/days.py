"""Every day of a case: in which stage it was spent, and who was at work or waited for.

The log is read once more, day by day; a day counts for what the case waited for when it ended. A case with stages side
by side spends a day in each of them, so that its days can add up to more than the calendar's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.chain.passage.ground import Passage
from tongtu.pathway.cases import replay
from tongtu.terms.why import Why

#: what a row of the replayed states waits for, by its reason; the first two are work, the others waiting
KINDS = ("worked", "asked", "submitted", "held", "recycled", "entry", "step", "other")
_CODES = {f"pathway_cases.waits-{kind}": kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Spell:
    """Days from `start` up to `end` (not counted) in one stage with one kind of waiting."""

    branch: str
    stage: str | None
    kind: str
    role: str | None
    organisation: str | None
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)


def spells(passage: Passage, case: str) -> list[Spell]:
    """The case's days without a gap, from its opening to its end or to today, oldest first."""
    log = passage.log(case)
    days = sorted(set(log["on"].to_list()))
    end = passage.network.as_of + timedelta(days=1)
    row = passage.of(passage.network.registry["cases"], case)
    found: list[Spell] = []
    for at, (start, until) in enumerate(zip(days, [*days[1:], end], strict=True)):
        upto = log.filter(pl.col("on") <= start) if at + 1 < len(days) else log
        states = replay(upto, row, passage.pathways, as_of=start, known_at=passage.network.known_at).states
        if states["ended"].drop_nulls().len():
            break
        found += _spells(states, start, until)
    return list(_joined(found))


def _spells(states: pl.DataFrame, start: date, until: date) -> Iterator[Spell]:
    """One for each stage that is open; where none is, one for what lies between two."""
    rows = states.to_dicts()
    staged = [row for row in rows if row["stage"] is not None] or rows[:1]
    for row in staged:
        kind = _CODES.get(Why.from_json(row["why"]).code, "other")
        yield Spell(row["branch"], row["stage"], kind, row["waits_for"], row["waits_on"], start, until)


def _joined(found: list[Spell]) -> Iterator[Spell]:
    """Spells that go on unchanged over several events as one."""
    open_: dict[tuple[Any, ...], Spell] = {}
    done: list[Spell] = []
    for one in found:
        key = (one.branch, one.stage)
        last = open_.get(key)
        if last and last.end == one.start and (last.kind, last.role, last.organisation) == (
            one.kind, one.role, one.organisation):  # fmt: skip
            open_[key] = Spell(one.branch, one.stage, one.kind, one.role, one.organisation, last.start, one.end)
            continue
        if last:
            done.append(last)
        open_[key] = one
    yield from sorted([*done, *open_.values()], key=lambda one: (one.start, one.branch, one.stage or ""))
