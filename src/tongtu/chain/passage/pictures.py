"""One case in pictures: the pathway with where the case stands on it, its days beside the pathway's, whose days."""

from __future__ import annotations

from datetime import timedelta

from tongtu.chain.dossier.charts import (
    Arrow,
    Bar,
    Bars,
    Box,
    Flow,
    Gantt,
    Lane,
    Scale,
    Segment,
    Span,
)
from tongtu.chain.dossier.charts.model import Colour
from tongtu.chain.dossier.document import Chart, same
from tongtu.chain.passage.ahead import Planned
from tongtu.chain.passage.days import Spell
from tongtu.chain.passage.ground import Passage
from tongtu.chain.passage.pieces import told
from tongtu.chain.report.spoken import Pair, pair
from tongtu.pathway.cases import Machine, State, standing

#: states of a stage in the order of the legend, with their colours
_STAGES: tuple[tuple[str, Colour], ...] = (
    ("passed", "good"), ("open", "c0"), ("held", "warn"), ("recycled", "c1"), ("killed", "bad"), ("ahead", "soft"),
)  # fmt: skip
_AT = {code: n for n, (code, _) in enumerate(_STAGES)}
#: what a day was spent on, in the order of the legend; the plan comes last
_DAYS: tuple[tuple[str, Colour], ...] = (
    ("worked", "c0"), ("cured", "c3"), ("submitted", "c1"), ("held", "c4"), ("between", "c2"), ("planned", "soft"),
)  # fmt: skip
#: kinds of spells that the legend calls by one name
_ALSO = {"asked": "cured", "recycled": "cured", "entry": "between", "step": "between", "other": "between"}
#: kinds of days on which somebody was at work
WORKING = ("worked", "cured")


def kind_of(spell: Spell) -> str:
    return _ALSO.get(spell.kind, spell.kind)


def road(passage: Passage, runs: Machine, state: State) -> Chart:
    """The pathway as a flow: each stage in the colour of how it stands; the way taken is lit."""
    open_ = {runs.stages[token.stage].id: standing(runs, state, token) for line in state.lines for token in line.tokens}
    passed = set(runs.ids(_union(state)))
    kinds = {stage.id: _how(stage.id, open_, passed, state) for stage in runs.stages}
    boxes = [Box(stage.id, pair(stage.label), _AT[kinds[stage.id]], _gate(passage, runs, stage.id),
                 lit=kinds[stage.id] in ("open", "held", "recycled", "killed")) for stage in runs.stages]  # fmt: skip
    arrows = [Arrow(before, stage.id, lit=before in passed) for stage in runs.stages for before in stage.after]
    arrows += [Arrow(stage.id, stage.gate.recycle_to, told("sent-back"), dashed=True)
               for stage in runs.stages if stage.gate.recycle_to not in ("", stage.id)]  # fmt: skip
    legend = [(told(f"stage-{code}"), colour) for code, colour in _STAGES]
    picture = Flow(boxes, arrows, legend, told("stands-here"))
    return Chart(told("chart-road"), picture, told("chart-road-shows"))


def _union(state: State) -> int:
    mask = 0
    for line in state.lines:
        mask |= line.passed
    return mask


def _how(stage: str, open_: dict[str, str], passed: set[str], state: State) -> str:
    if stage in open_:
        return open_[stage] if open_[stage] in _AT else "passed"
    return "passed" if stage in passed else "ahead"


def _gate(passage: Passage, runs: Machine, stage: str) -> Pair:
    gate = runs.gates[runs.stage_at[stage]]
    return [" · ".join(side) for side in zip(pair(gate.label), passage.role(gate.owner), strict=True)]


def days(passage: Passage, runs: Machine, found: list[Spell], plans: list[Planned]) -> Chart | None:
    """Each stage with the days it really took, by what was waited for, and below them what the pathway reckons."""
    used = _Used([*(kind_of(spell) for spell in found), *(["planned"] if plans else [])])
    spans: dict[tuple[str, str], list[Span]] = {}
    for spell in found:
        name = passage.who(spell.role, spell.organisation)
        span = Span(spell.start, spell.last, name, used.at(kind_of(spell)), told("n-days", n=spell.days))
        spans.setdefault((spell.branch, spell.stage or ""), []).append(span)
    for plan in plans:
        span = Span(plan.start, plan.end - timedelta(days=1), told("reckoned"), used.at("planned"))
        spans.setdefault((plan.branch, plan.stage), []).append(span)
    lanes = []
    for stage in runs.stages:
        for branch in sorted(branch for branch, own in spans if own == stage.id):
            lanes.append(Lane(passage.branched(pair(stage.label), branch), spans[branch, stage.id]))
    if ("", "") in spans:
        lanes.append(Lane(told("between-stages"), spans["", ""]))
    if not lanes:
        return None
    picture = Gantt(lanes, used.legend, passage.network.as_of, told("stage"))
    return Chart(told("chart-days"), picture, told("chart-days-shows"))


class _Used:
    """The kinds of days that occur, in the order of the legend."""

    def __init__(self, kinds: list[str]) -> None:
        self.kinds = [(code, colour) for code, colour in _DAYS if code in kinds]
        self.legend = [(told(f"days-{code}"), colour) for code, colour in self.kinds]

    def at(self, kind: str) -> int:
        return next(n for n, (code, _) in enumerate(self.kinds) if code == kind)


def whose(passage: Passage, found: list[Spell]) -> Chart | None:
    """How many days were spent on whom, by what was waited for."""
    used = _Used([kind_of(spell) for spell in found])
    sums: dict[str, dict[int, int]] = {}
    for spell in found:
        of = sums.setdefault(spell.role or "", {})
        kind = used.at(kind_of(spell))
        of[kind] = of.get(kind, 0) + spell.days
    bars = []
    for who in sorted(sums, key=lambda who: (-sum(sums[who].values()), who)):
        at, segments = 0.0, []
        for kind, n in sorted(sums[who].items()):
            segments += [Segment(at, at + n, kind)] if n else []
            at += n
        if segments:
            bars.append(Bar(passage.role(who) if who else told("nobody"), segments, same(f"{at:.0f}")))
    if not bars:
        return None
    picture = Bars(Scale(told("days"), low=0.0), bars, used.legend)
    return Chart(told("chart-whose"), picture, told("chart-whose-shows"))
