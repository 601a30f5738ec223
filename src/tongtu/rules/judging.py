"""Judging a population under one scheme on one day.

Verdicts are computed for everybody at once, as small integers, bottom up: leaves from the facts, groups from
their parts. Figures and reasons are rendered from the same facts only when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import logic, reasons, tables
from tongtu.rules.compiling import Compiler
from tongtu.rules.facts import gather, items_below, with_marks
from tongtu.rules.model import (
    Check,
    Criterion,
    Group,
    Holds,
    Manual,
    Ordinal,
    Purpose,
    RuleBook,
    Scheme,
    Tier,
    Total,
    Version,
    Window,
)
from tongtu.rules.scoring import score_columns, stored
from tongtu.terms.why import Why

_APPLIES = "applies"


@dataclass(frozen=True)
class Judgement:
    """What a scheme says about every subject. Frames are rendered when first asked for, and kept.

    `key` is the name of the subject column: `organisation` for firms, `platform` for platforms.
    `version` is None where no version is in force; every subject is then `not_applicable`.
    """

    scheme: Scheme
    version: Version | None
    as_of: date
    purpose: Purpose
    key: str
    facts: pl.DataFrame = field(repr=False)
    codes: pl.DataFrame = field(repr=False)

    @cached_property
    def verdicts(self) -> pl.DataFrame:
        """KEY, scheme, version, tier, verdict, why: one row per subject and tier, in their order."""
        return tables.verdicts(self)

    @cached_property
    def criteria(self) -> pl.DataFrame:
        """KEY, scheme, tier, criterion, verdict, observed, threshold, shortfall, unit, why.

        One row per subject and criterion, groups before their parts; money in major units. Subjects the
        scheme does not apply to have none.
        """
        return self.criteria_of()

    @cached_property
    def scores(self) -> pl.DataFrame:
        """KEY, score, part, item, low, high, points, observed; one row per subject and item, part, total."""
        return tables.scores(self)

    def criteria_of(self, subjects: Iterable[str] | None = None, *, why: bool = True) -> pl.DataFrame:
        """`criteria` of some subjects, or without the reasons when only figures are wanted."""
        return tables.criteria(self if subjects is None else self.only(subjects), why=why)

    def only(self, subjects: Iterable[str]) -> Judgement:
        """The same judgement, of some subjects alone."""
        chosen = self.facts[self.key].is_in(sorted(set(subjects)))
        facts, codes = self.facts.filter(chosen), self.codes.filter(chosen)
        return Judgement(self.scheme, self.version, self.as_of, self.purpose, self.key, facts, codes)

    def why(self, subject: str, tier: str | None = None) -> Why:
        """The verdict of one subject with the reasons of its criteria below it.

        Raises KeyError for a subject that was not judged, or a tier the version does not have.
        """
        return reasons.explain(self, subject, tier)

    @property
    def compiler(self) -> Compiler:
        return Compiler(self.as_of, self.scheme.currency)


def judge(
    book: RuleBook,
    scheme: str,
    registry: Registry,
    as_of: date,
    purpose: Purpose = "new",
    batch: str | None = None,
    *,
    jurisdiction: str | None = None,
    marks: pl.DataFrame | None = None,
) -> Judgement:
    """Judges every row of the scheme's subject noun on a day, for a purpose, by the version then in force.

    `registry` is taken as known: pass `registry.known(as_of, known_at)` to judge as of an earlier record.
    "Last year" is the calendar year before `as_of`. `marks` are reviewers' decisions: `subject`, `path` (of
    an ordinal item, or of a manual criterion with 1 for met and 0 for unmet), `low`, `high`.
    Raises KeyError for a scheme the book does not hold.
    """
    law = book[scheme]
    version = law.in_force(as_of, purpose, batch, jurisdiction)
    key = noun(law.subject).key[0]
    if version is None:
        subjects = registry[law.subject].select(key)
        return Judgement(law, None, as_of, purpose, key, subjects, subjects)
    facts = with_marks(gather(law, version, registry, as_of), _marked(version), marks)
    compiler = Compiler(as_of, law.currency)
    lazy = facts.lazy()
    for score in version.scores:
        for stage in score_columns(score, compiler):
            lazy = lazy.with_columns(stage)
    facts = lazy.collect() if version.scores else facts
    program = _Program(compiler, purpose)
    for tier in version.tiers:
        program.tier(tier)
    applies = pl.lit(True) if law.applies is None else compiler.truth(law.applies)
    return Judgement(law, version, as_of, purpose, key, facts, program.run(facts, key, applies))


def name(tier: Tier, criterion: Criterion) -> str:
    """The column of a criterion's verdicts; `...!` holds those it would have without its waiver."""
    return f"{tier.tier}:{'' if criterion is tier.root else criterion.path}"


def _at(column: str, window: Window, back: int) -> str:
    """The column of one year of several; a criterion asked of one year alone has no other."""
    return column if len(window.years) == 1 else f"{column}@{back}"


def _marked(version: Version) -> list[str]:
    """Paths a reviewer may mark."""
    found = [c.path for _, c, _ in version.criteria() if isinstance(c.body, Manual)]
    for score in version.scores:
        for part in score.parts:
            found += [i.path for i in items_below(part.items) if isinstance(i.scale, Ordinal)]
    return sorted(set(found))


@dataclass(slots=True)
class _Program:
    """Verdict columns in stages; a stage reads only the facts and the stages before it.

    A criterion asked of several years has a column per year, `NAME@1` ..., and one that joins them, `NAME`.
    """

    compiler: Compiler
    purpose: Purpose
    stages: list[list[pl.Expr]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def tier(self, tier: Tier) -> None:
        self._add(tier, tier.root, Window())

    def run(self, facts: pl.DataFrame, key: str, applies: pl.Expr) -> pl.DataFrame:
        lazy = facts.lazy()
        for stage in self.stages:
            lazy = lazy.with_columns(stage)
        return lazy.select(key, logic.code(applies).alias(_APPLIES), *self.shown).collect()

    def _add(self, tier: Tier, criterion: Criterion, outer: Window) -> int:
        """Adds a criterion and all below it; returns the stage it stands in."""
        window, column = criterion.window(outer), name(tier, criterion)
        stage = 1 + max((self._add(tier, part, window) for part in criterion.parts()), default=-1)
        waiver = None if self.purpose in criterion.skip_if else criterion.waiver
        for back in window.years:
            found, yearly = self._body(tier, criterion, window, back), _at(column, window, back)
            if criterion.waiver is not None:
                self._put(stage, found, _at(f"{column}!", window, back))
                found = pl.col(_at(f"{column}!", window, back))
                found = found if waiver is None else logic.some([found, self._part(tier, waiver, window, back)])
            self._put(stage + 1, found, yearly)
        own = [column] if criterion.waiver is None else [column, f"{column}!"]
        if len(window.years) > 1:
            joined = logic.every if window.each else logic.some
            for one in own:
                self._put(stage + 2, joined([pl.col(_at(one, window, back)) for back in window.years]), one)
        self.shown += own
        return stage + 2

    def _put(self, stage: int, found: pl.Expr, column: str) -> None:
        while len(self.stages) <= stage:
            self.stages.append([])
        self.stages[stage].append(found.alias(column))

    def _part(self, tier: Tier, part: Criterion, window: Window, back: int) -> pl.Expr:
        """A part's verdict in a year; one with years of its own has the same in all."""
        column = name(tier, part)
        return pl.col(column if part.years else _at(column, window, back))

    def _body(self, tier: Tier, criterion: Criterion, window: Window, back: int) -> pl.Expr:
        if self.purpose in criterion.skip_if:
            return logic.constant(logic.NOT_APPLICABLE)
        match criterion.body:
            case Check(node):
                return logic.code(self.compiler.truth(node, back))
            case Holds() as title:
                return logic.code(pl.col(title.column))
            case Manual():
                return _decided(criterion.path)
            case Total() as total:
                return _reached(total)
            case Group(parts, least, negated):
                found = [self._part(tier, p, window, back) for p in parts if p.role == "counts"]
                return _combined(found, least, negated)


def _combined(parts: list[pl.Expr], least: int | None, negated: bool) -> pl.Expr:
    if not parts:
        return logic.constant(logic.NOT_APPLICABLE)
    if least is None:
        return logic.every(parts)
    if least == 1:
        return logic.negated(logic.some(parts)) if negated else logic.some(parts)
    return logic.at_least(least, parts)


def _decided(path: str) -> pl.Expr:
    """Manual until reviewers agree: all of them 1 is met, all of them 0 unmet."""
    low, high = pl.col(f"mark.{path}.low"), pl.col(f"mark.{path}.high")
    decided = pl.when(low >= 1).then(logic.constant(logic.MET))
    return decided.when(high <= 0).then(logic.constant(logic.UNMET)).otherwise(logic.constant(logic.MANUAL))


def _reached(total: Total) -> pl.Expr:
    points = stored(total.column)
    return (
        pl.when(points.low >= total.at_least).then(logic.constant(logic.MET))
        .when(points.high < total.at_least).then(logic.constant(logic.UNMET))
        .when(points.lacks).then(logic.constant(logic.UNKNOWN))
        .otherwise(logic.constant(logic.MANUAL))
    )  # fmt: skip
