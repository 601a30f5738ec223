"""One version of a scheme, compiled for a day and a purpose: columns in stages, from facts to verdict codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from tongtu.rules import logic
from tongtu.rules.columns import Expr, col, lit, polars, when
from tongtu.rules.compiling import Compiler
from tongtu.rules.model import Check, Criterion, Group, Holds, Manual, Purpose, Scheme, Tier, Total, Version, Window
from tongtu.rules.scoring import score_columns, stored

if TYPE_CHECKING:
    import polars as pl

    FrameStage = dict[str, pl.Expr]

#: One stage: columns by name, each reading only the facts and the stages before it.
Stage = dict[str, Expr]
APPLIES = "applies"


@dataclass(frozen=True)
class Program:
    """Figures, then stages of points, then stages of verdict codes; `shown` are the codes people are told of."""

    values: Stage
    points: tuple[Stage, ...]
    codes: tuple[Stage, ...]
    shown: tuple[str, ...]

    @cached_property
    def over_frames(self) -> tuple[list[FrameStage], list[FrameStage]]:
        """The stages of figures and points, and those of codes, as Polars expressions, made once."""
        first = (self.values, *self.points) if self.values else self.points
        points, codes = ([{n: polars(e) for n, e in stage.items()} for stage in s] for s in (first, self.codes))
        return points, codes


@lru_cache(maxsize=256)
def compiled(scheme: Scheme, version: Version, as_of: date, purpose: Purpose) -> Program:
    """The program of a version. Schemes and versions compare by identity, so a reloaded book compiles anew."""
    values: Stage = {}
    compiler = Compiler(as_of, scheme.currency, values)
    points = [stage for score in version.scores for stage in score_columns(score, compiler)]
    verdicts = _Verdicts(compiler, purpose)
    for tier in version.tiers:
        verdicts.add(tier, tier.root, Window())
    applies = lit(True) if scheme.applies is None else compiler.truth(scheme.applies)
    verdicts.put(0, applies, f"{APPLIES}?")
    verdicts.put(1, logic.code(col(f"{APPLIES}?")), APPLIES)
    return Program(values, tuple(points), tuple(filter(None, verdicts.stages)), (APPLIES, *verdicts.shown))


def reader(scheme: Scheme, version: Version, as_of: date, purpose: Purpose) -> Compiler:
    """Compiles what is shown of a judgement out of the figures its program already has."""
    values = compiled(scheme, version, as_of, purpose).values
    return Compiler(as_of, scheme.currency, values, reading=True)


def name(tier: Tier, criterion: Criterion) -> str:
    """The column of a criterion's verdicts; `...!` holds those it would have without its waiver."""
    return f"{tier.tier}:{'' if criterion is tier.root else criterion.path}"


def _at(column: str, window: Window, back: int) -> str:
    """The column of one year of several; a criterion asked of one year alone has no other."""
    return column if len(window.years) == 1 else f"{column}@{back}"


@dataclass(slots=True)
class _Verdicts:
    """Verdict columns bottom up: leaves from the facts, groups from their parts.

    A criterion asked of several years has a column per year, `NAME@1` ..., and one that joins them, `NAME`.
    What a check finds stands in a column of its own, `NAME?`, since three readings of it cost more than one.
    """

    compiler: Compiler
    purpose: Purpose
    stages: list[Stage] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def add(self, tier: Tier, criterion: Criterion, outer: Window) -> int:
        """Adds a criterion and all below it; returns the stage it stands in."""
        window, column = criterion.window(outer), name(tier, criterion)
        stage = 1 + max((self.add(tier, part, window) for part in criterion.parts()), default=0)
        waiver = None if self.purpose in criterion.skip_if else criterion.waiver
        for back in window.years:
            found, yearly = self._body(tier, criterion, window, back), _at(column, window, back)
            if criterion.waiver is not None:
                self.put(stage, found, _at(f"{column}!", window, back))
                found = col(_at(f"{column}!", window, back))
                found = found if waiver is None else logic.some([found, self._part(tier, waiver, window, back)])
            self.put(stage + 1, found, yearly)
        own = [column] if criterion.waiver is None else [column, f"{column}!"]
        if len(window.years) > 1:
            joined = logic.every if window.each else logic.some
            for one in own:
                self.put(stage + 2, joined([col(_at(one, window, back)) for back in window.years]), one)
        self.shown += own
        return stage + 2

    def put(self, stage: int, found: Expr, column: str) -> None:
        while len(self.stages) <= stage:
            self.stages.append({})
        self.stages[stage][column] = found

    def _part(self, tier: Tier, part: Criterion, window: Window, back: int) -> Expr:
        """A part's verdict in a year; one with years of its own has the same in all."""
        column = name(tier, part)
        return col(column if part.years else _at(column, window, back))

    def _body(self, tier: Tier, criterion: Criterion, window: Window, back: int) -> Expr:
        if self.purpose in criterion.skip_if:
            return logic.constant(logic.NOT_APPLICABLE)
        match criterion.body:
            case Check(node):
                truth = f"{_at(name(tier, criterion), window, back)}?"
                self.put(0, self.compiler.truth(node, back), truth)
                return logic.code(col(truth))
            case Holds() as title:
                return logic.code(col(title.column))
            case Manual():
                return _decided(criterion.path)
            case Total() as total:
                return _reached(total)
            case Group(parts, least, negated):
                found = [self._part(tier, p, window, back) for p in parts if p.role == "counts"]
                return _combined(found, least, negated)


def _combined(parts: list[Expr], least: int | None, negated: bool) -> Expr:
    if not parts:
        return logic.constant(logic.NOT_APPLICABLE)
    if least is None:
        return logic.every(parts)
    if least == 1:
        return logic.negated(logic.some(parts)) if negated else logic.some(parts)
    return logic.at_least(least, parts)


def _decided(path: str) -> Expr:
    """Manual until reviewers agree: all of them 1 is met, all of them 0 unmet."""
    low, high = col(f"mark.{path}.low"), col(f"mark.{path}.high")
    decided = when(low >= 1).then(logic.constant(logic.MET))
    return decided.when(high <= 0).then(logic.constant(logic.UNMET)).otherwise(logic.constant(logic.MANUAL))


def _reached(total: Total) -> Expr:
    points = stored(total.column)
    return (
        when(points.low >= total.at_least).then(logic.constant(logic.MET))
        .when(points.high < total.at_least).then(logic.constant(logic.UNMET))
        .when(points.lacks).then(logic.constant(logic.UNKNOWN))
        .otherwise(logic.constant(logic.MANUAL))
    )  # fmt: skip
