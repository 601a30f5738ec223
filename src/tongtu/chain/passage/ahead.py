"""Days of the stages to come, by the pathway's typical working days: a reckoning, not a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

import polars as pl

from tongtu.chain.passage.ground import Passage
from tongtu.pathway.cases import Machine
from tongtu.pathway.model import Stage


@dataclass(frozen=True, slots=True)
class Planned:
    """A stage from its first day to the day its gate is to be decided."""

    stage: str
    start: date
    end: date
    branch: str = ""


def reckoned(passage: Passage, case: str) -> list[Planned]:
    """Typical days of each stage: of those begun from the day they were last entered, of the others from today on."""
    runs = passage.told_of(case)
    found = []
    entered: dict[tuple[str, str], date] = {}
    for row in passage.of(passage.told.stays, case).sort("entered").iter_rows(named=True):
        entered[row["branch"], row["stage"]] = row["entered"]
    days = _Days(passage, case)
    for (branch, own), start in entered.items():
        if own in runs.stage_at:
            found.append(Planned(own, start, days.end(start, runs.stages[runs.stage_at[own]]), branch))
    return found + to_come(passage, case)


def as_opened(passage: Passage, case: str) -> date | None:
    """When the pathway's typical days would have ended a case opened when this one was."""
    runs, state = passage.told_of(case), passage.state(case)
    assert state.opened is not None
    first = passage.log(case).filter(pl.col("kind") == "opened")["stage"].drop_nulls().to_list()
    credited = runs.above[runs.stage_at[first[0]]] if first and first[0] in runs.stage_at else 0
    found = _chain(_Days(passage, case), runs, state.opened, dict.fromkeys(runs.ids(credited), state.opened))
    return max((one.end for one in found), default=None)


def to_come(passage: Passage, case: str) -> list[Planned]:
    """The stages not begun yet, after those open end on their stored dates, or today where these are past."""
    runs, state, today = passage.told_of(case), passage.state(case), passage.network.as_of
    if not state.live:
        return []
    done = dict.fromkeys(runs.ids(state.lines[0].passed), today)
    for line in state.lines:
        for token in line.tokens:
            done[runs.stages[token.stage].id] = max(today, token.waited or today)
    return _chain(_Days(passage, case), runs, today, done)


class _Days:
    """Working days of a stage and its gate for one case: at its TRL, on its lane."""

    def __init__(self, passage: Passage, case: str) -> None:
        lanes = passage.told_of(case).pathway.lanes
        self.lane = next((one for one in lanes if one.id == passage.state(case).lane), None)
        self.trl = passage.findings.trl(case)
        self.calendar = passage.network.pack.calendar

    def end(self, start: date, stage: Stage) -> date:
        factor, within = 1.0, stage.gate.decide_within
        if self.lane is not None:
            factor, within = self.lane.days_factor, min(within, self.lane.decide_within or within)
        days = ceil(stage.days_at(self.trl) * factor - 1e-9) + within
        return self.calendar.add_working_days(start, days)


def _chain(days: _Days, runs: Machine, start: date, done: dict[str, date]) -> list[Planned]:
    """Each stage after those it waits for; `done`: when a stage ends that needs no days of its own."""
    ends, found = dict(done), []
    for stage in runs.stages:
        begin = max([start, *(ends[one] for one in stage.after)])
        if stage.id in ends or stage.optional:
            ends.setdefault(stage.id, begin)
            continue
        ends[stage.id] = days.end(begin, stage)
        found.append(Planned(stage.id, begin, ends[stage.id]))
    return found
