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
from tongtu.rules import grants as unlocked
from tongtu.rules import reasons, tables
from tongtu.rules.compiling import Compiler
from tongtu.rules.facts import gather, marked_paths, with_marks
from tongtu.rules.model import Purpose, RuleBook, Scheme, Version
from tongtu.rules.program import compiled, reader
from tongtu.terms.why import Why


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
    def margins(self) -> pl.DataFrame:
        """KEY, and for each criterion with a number, as `TIER:PATH`, how far the figure is on the right side.

        Negative by what is missing, zero at the threshold, null where the figure is unknown; money in major
        units. Beside `codes` this is what `criteria` says, in one row per subject: the form for a nation.
        """
        return tables.margins(self)

    @cached_property
    def scores(self) -> pl.DataFrame:
        """KEY, score, part, item, low, high, points, observed; one row per subject and item, part, total."""
        return tables.scores(self)

    @cached_property
    def grades(self) -> pl.DataFrame:
        """KEY, score, lowest, highest, low, high, why: the grades (Chinese names) each score can still have.

        One row per subject and score that has grades; null where the points lie below every grade.
        """
        return tables.grades(self)

    @cached_property
    def grants(self) -> pl.DataFrame:
        """KEY, scheme, tier, grant, kind, resource, verdict, amount_low, amount_high, currency, per, reclaimed, quota,
        unit, priority, until, why: what each tier unlocks, one row per subject and grant.

        Amounts are Int64 minor units of `currency`, once or each year (`per`), as they would be if the verdict were
        met. `reclaimed` is the verdict of the claw-back, null where there is none; `until` is the last day of what
        is granted on `as_of`. Subjects the scheme does not apply to have no rows.
        """
        return unlocked.table(self)

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
        """Compiles what is shown of this judgement out of the figures it already has."""
        if self.version is None:
            return Compiler(self.as_of, self.scheme.currency)
        return reader(self.scheme, self.version, self.as_of, self.purpose)


def judge(
    book: RuleBook,
    scheme: str,
    registry: Registry,
    as_of: date,
    purpose: Purpose = "new",
    batch: str | None = None,
    *,
    jurisdiction: str | None = None,
    version: str | None = None,
    marks: pl.DataFrame | None = None,
) -> Judgement:
    """Judges every row of the scheme's subject noun on a day, for a purpose, by the version then in force.

    `registry` is taken as known: pass `registry.known(as_of, known_at)` to judge as of an earlier record.
    "Last year" is the calendar year before `as_of`. `marks` are reviewers' decisions: `subject`, `path` (of
    an item whose points are left to a person, or of a manual criterion with 1 for met and 0 for unmet), `low`,
    `high`.
    `version` asks for one by name, in force that day or not, as a comparison of two versions does.
    Raises KeyError for a scheme the book does not hold, or a version the scheme does not have.
    """
    law = book[scheme]
    text = law.in_force(as_of, purpose, batch, jurisdiction) if version is None else law.version(version, jurisdiction)
    key = noun(law.subject).key[0]
    if text is None:
        subjects = registry[law.subject].select(key)
        return Judgement(law, None, as_of, purpose, key, subjects, subjects)
    facts = with_marks(gather(law, text, registry, as_of), marked_paths(text), marks)
    program = compiled(law, text, as_of, purpose)
    points, verdicts = program.over_frames
    facts = _with(facts.lazy(), points).collect() if points else facts
    codes = _with(facts.lazy(), verdicts).select(key, *program.shown).collect()
    return Judgement(law, text, as_of, purpose, key, facts, codes)


def _with(frame: pl.LazyFrame, stages: list[dict[str, pl.Expr]]) -> pl.LazyFrame:
    for stage in stages:
        frame = frame.with_columns(**stage)
    return frame
