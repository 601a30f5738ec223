"""One case after another: judges its gates, dates what is left, names help, collects the rows.

Days are counted as periods usually are in law: the first day is not counted. A stage starts on the
day on which the last stage it waits for was decided; stages that wait for the same one run side by side. On a fast lane
the stage of a waived gate goes on beside those after it, which need not wait: what its gate asks for comes afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pathway.evidence import Findings, Judged
from tongtu.pathway.model import Gate, Lane, Pathway, Stage, StatutoryStep
from tongtu.pathway.services import Directory
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.rules import RuleBook
    from tongtu.terms.calendar import WorkCalendar

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What planning needs to know of a case."""

    id: str
    achievement: str | None
    direction: str | None
    region: str | None
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stage in time: work from `start`, papers by `submit`, the gate's decision by `due`."""

    start: date
    submit: date
    due: date


class Planner:
    """Collects `cases` and `steps` as rows; `holes()` closes the account of missing services."""

    def __init__(
        self,
        cases: pl.DataFrame,
        registry: Registry,
        calendar: WorkCalendar,
        as_of: date,
        book: RuleBook | None = None,
    ) -> None:
        self.cases: list[Row] = []
        self.steps: list[Row] = []
        self._holes: dict[tuple[str, str, str, str | None], tuple[int, Why]] = {}
        self._registry = registry
        self._findings = Findings(cases, registry, as_of, book)
        self._calendar = calendar
        self._begin = calendar.next_working(as_of)
        self._directories: dict[str, Directory] = {}
        self._after: dict[tuple[date, int], date] = {}

    def plan(self, case: Case, pathway: Pathway, chosen: str) -> Row:
        """Adds the case's steps; returns its pathway, dates and reason.

        `chosen` is the stored reason for this pathway.
        """
        lane = next((own for own in pathway.lanes if own.id == case.lane), None)
        ready: dict[str, date] = {}
        planned: dict[str, Span] = {}
        first = len(self.steps)
        for stage in pathway.stages:
            judged = self._judged(case, stage.gate)
            start = max((ready[before] for before in stage.after), default=self._begin)
            if judged.verdict == "met":
                ready[stage.id] = start
                self.steps.append(_met(stage, judged))
                continue
            span = planned[stage.id] = self._span(case, stage, start, lane)
            self.steps.append(self._planned(case, pathway, stage, judged, span, lane))
            ready[stage.id] = start if lane and stage.gate.id in lane.waives else span.due
            for step in _in_force(stage, span.due):
                due = self._working(span.due, step.days)
                self.steps.append(self._by_law(stage, step, span.due, due))
                ready[stage.id] = max(ready[stage.id], due) if step.waits else ready[stage.id]
        for order, row in enumerate(self.steps[first:], start=1):
            row.update(case=case.id, order=order)
        return _summary(pathway, planned, Why.from_json(chosen))

    def holes(self) -> list[Row]:
        names = ("stage", "gate", "service", "direction")
        rows = self._holes.items()
        return [dict(zip(names, key, strict=True), cases=n, why=why.to_json()) for key, (n, why) in rows]

    def _judged(self, case: Case, gate: Gate) -> Judged:
        if case.achievement is None:
            return Judged("unknown", (Why("pathway.achievement-unsaid"),))
        if not self._findings.knows(case.achievement):
            return Judged("unknown", (Why("pathway.no-achievement", {"achievement": case.achievement}),))
        return self._findings.judge(case.id, gate)

    def _span(self, case: Case, stage: Stage, start: date, lane: Lane | None) -> Span:
        """A lane shortens the work; its own deadline counts where it is the shorter one."""
        days, decide = stage.days_at(self._findings.trl(case.id)), stage.gate.decide_within
        if lane is not None:
            days, decide = _shortened(days, lane), min(decide, lane.decide_within or decide)
        submit = self._working(start, days)
        return Span(start, submit, self._working(submit, decide))

    def _planned(
        self, case: Case, pathway: Pathway, stage: Stage, judged: Judged, span: Span, lane: Lane | None
    ) -> Row:
        gate, trl = stage.gate, self._findings.trl(case.id)
        args = {
            "stage": stage.label,
            "gate": gate.label,
            "days": _shortened(stage.days_at(trl), lane),
            "grade": _named("source_grade", pathway.grade),
            "submit": span.submit,
            "due": span.due,
            "owner": Why(f"pathway.role-{gate.owner}"),
        }
        parts = (
            *judged.reasons,
            *([Why("pathway.trl-unknown")] if trl is None else []),
            *_kinds_of(stage),
            *_by_lane(gate, lane, case.lane),
            *self._help(case, pathway, stage),
            _missed(gate),
            *self._provisional(span.start, span.submit, span.due),
        )
        return {
            **_step(stage, gate.id, gate.owner, judged.verdict, Why("pathway.stage-planned", args, parts)),
            "start": span.start,
            "due": span.due,
            "services": list(gate.services),
        }

    def _by_law(self, stage: Stage, step: StatutoryStep, start: date, due: date) -> Row:
        args = {
            "step": step.label,
            "days": step.days,
            "due": due,
            "source": step.source,
            "grade": _named("source_grade", step.grade),
        }
        code = "step-of-ours" if step.grade == "ours" else "statutory"
        why = Why(f"pathway.{code}", args, self._provisional(start, due))
        row = _step(stage, step.id, step.responsible, "manual", why)
        return {**row, "start": start, "due": due, "services": list(step.services)}

    def _help(self, case: Case, pathway: Pathway, stage: Stage) -> Iterator[Why]:
        """Who offers what the gate needs; what nobody offers is entered as a hole."""
        if pathway.key not in self._directories:
            self._directories[pathway.key] = Directory.of(self._registry, pathway.offered_by)
        unknown = []
        for service in stage.gate.services:
            supply, why = self._directories[pathway.key].supply(service, case.direction, case.region)
            if supply == "unknown":
                unknown.append(_named("gate_service", service))
                continue
            if supply == "none":
                key = (stage.id, stage.gate.id, service, case.direction)
                self._holes[key] = (self._holes.get(key, (0, why))[0] + 1, why)
            yield why
        if unknown:
            yield Why("pathway.supply-unknown", {"services": tuple(unknown)})

    def _working(self, day: date, n: int) -> date:
        """The calendar's answer, remembered: cases of one plan share most dates."""
        if (day, n) not in self._after:
            self._after[day, n] = self._calendar.add_working_days(day, n)
        return self._after[day, n]

    def _provisional(self, *days: date) -> tuple[Why, ...]:
        years = sorted({str(day.year) for day in days if self._calendar.provisional(day)})
        return (Why("pathway.provisional", {"years": tuple(years)}),) if years else ()


def _in_force(stage: Stage, day: date) -> list[StatutoryStep]:
    """The steps the law asks for on that day."""
    return [step for step in stage.statutory if (step.since or day) <= day <= (step.until or day)]


def _met(stage: Stage, judged: Judged) -> Row:
    why = Why("pathway.stage-met", {"stage": stage.label}, judged.reasons)
    row = _step(stage, stage.gate.id, stage.gate.owner, "met", why)
    return {**row, "start": None, "due": None, "services": []}


def _step(stage: Stage, gate: str, responsible: str, verdict: str, why: Why) -> Row:
    names = {"stage": stage.id, "phase": stage.phase, "gate": gate, "responsible": responsible}
    return {**names, "verdict": verdict, "why": why.to_json()}


def _summary(pathway: Pathway, planned: dict[str, Span], chosen: Why) -> Row:
    row: Row = {"pathway": pathway.id, "pathway_version": pathway.version, "start": None, "finish": None}
    if not planned:
        return {**row, "why": Why("pathway.case-complete", {}, (chosen,)).to_json()}
    dates = {"start": min(s.start for s in planned.values()), "finish": max(s.due for s in planned.values())}
    args = {"stage": pathway.stage(next(iter(planned))).label, "n": len(planned), **dates}
    return {**row, **dates, "why": Why("pathway.case-planned", args, (chosen,)).to_json()}


def _shortened(days: int, lane: Lane | None) -> int:
    return days if lane is None else max(1, ceil(round(days * lane.days_factor, 6)))


def _kinds_of(stage: Stage) -> Iterator[Why]:
    """What is unlike an ordinary stage: branches side by side, work that may be passed over, roles that sign first."""
    if stage.parallel is not None:
        args = {"most": stage.parallel.most, "partners": stage.parallel.partners, "keep": stage.parallel.keep}
        yield Why("pathway.in-branches", args)
    if stage.optional:
        yield Why("pathway.optional")
    if stage.gate.approvals:
        yield Why("pathway.approvals", {"roles": tuple(Why(f"pathway.role-{role}") for role in stage.gate.approvals)})


def _by_lane(gate: Gate, lane: Lane | None, asked: str | None) -> Iterator[Why]:
    if lane is None:
        if asked:
            yield Why("pathway.no-such-lane", {"lane": asked})
        return
    args = {"lane": lane.label, "owner": Why(f"pathway.role-{lane.risk_owner}")}
    yield Why("pathway.waived" if gate.id in lane.waives else "pathway.on-lane", args)


def _missed(gate: Gate) -> Why:
    args = {"to": Why(f"pathway.role-{gate.missed.to}")} if gate.missed.to else {}
    return Why(f"pathway.missed-{gate.missed.then}", args)


def _named(vocabulary: str, code: str) -> Label:
    return vocabularies()[vocabulary].get(code, Label(code))
