"""What the evidence at hand says about each gate: met, unmet, unknown, or for a person to judge.

A small join over three tables (`achievements`, `assessments`, `evidence`), and what the rules room says of the
organisations, the project and the case's own row where a gate asks for a rule or a condition. A gate's verdict is
the Kleene conjunction of its criteria, where one unmet criterion decides, then one unknown, then one left to a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from tongtu.pathway import conditions
from tongtu.pathway.model import Ask, Criterion, Evidence, Gate, Holds, Level, Rule
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.rules import RuleBook

#: From the verdict that decides a gate first to the one that decides it last.
PRECEDENCE = ("unmet", "unknown", "manual", "met")
_CLAIMED_COLUMNS = {"trl", "mrl"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its reasons, one for each criterion."""

    verdict: str
    reasons: tuple[Why, ...]


class Findings:
    """What is known about each case on a day, looked up once and asked per gate.

    `cases` holds `case` and `achievement`, and any other columns of the noun `cases` (`demander`, `holder`: whom a
    rule judges; all that a condition names); what it leaves out is taken from the registry's cases. Evidence counts
    when it is filed for the achievement or for the case itself, recorded by `as_of` and valid on it. Without a rule
    `book` what a rule asks for is unknown.
    """

    def __init__(self, cases: pl.DataFrame, registry: Registry, as_of: date, book: RuleBook | None = None) -> None:
        self._cases = cases.select("case", "achievement").sort("case")
        self._given, self._registry, self._as_of, self._book = cases.sort("case"), registry, as_of, book
        self._levels = self._all_levels(registry, as_of)
        self._filed = self._about(registry["evidence"], _valid(as_of))
        self._has_evidence = "evidence" in registry
        self._known_achievements = set(registry["achievements"]["achievement"].to_list())
        self._memo: dict[Criterion, dict[str, tuple[str, Why]]] = {}

    def knows(self, achievement: str | None) -> bool:
        return achievement in self._known_achievements

    def trl(self, case: str) -> int | None:
        """The TRL as it stands, whatever its status."""
        return self._levels.get((case, "trl", "claimed"))

    def judge(self, case: str, gate: Gate) -> Judged:
        answers = [self._answer(case, criterion) for criterion in gate.criteria]
        verdict = min((verdict for verdict, _ in answers), key=PRECEDENCE.index, default="met")
        return Judged(verdict, tuple(why for _, why in answers))

    def _answer(self, case: str, criterion: Criterion) -> tuple[str, Why]:
        match criterion:
            case Level():
                return _level(criterion, *self._stands(case, criterion))
            case Evidence():
                return self._evidence(case, criterion)
            case Ask(what):
                return "manual", Why("pathway.ask", {"what": what})
            case Rule():
                return self._rule(case, criterion)
            case Holds():
                return self._holds(case, criterion)

    def _stands(self, case: str, asked: Level) -> tuple[int | None, int | None]:
        """The level of the status that is asked for, and the level merely claimed."""
        stands, claimed = ((case, asked.scale, status) for status in (asked.status, "claimed"))
        return self._levels.get(stands), self._levels.get(claimed)

    def _evidence(self, case: str, asked: Evidence) -> tuple[str, Why]:
        if asked not in self._memo:
            self._memo[asked] = dict(self._best(asked))
        what = _asked_for(asked)
        return self._memo[asked].get(case) or (
            "unknown",
            Why("pathway.evidence-none" if self._has_evidence else "pathway.evidence-table-absent", what),
        )

    def _holds(self, case: str, asked: Holds) -> tuple[str, Why]:
        if asked not in self._memo:
            found = conditions.judged(asked.expression, asked.label, self._given, self._registry, self._as_of)
            self._memo[asked] = {
                of: (verdict, Why(f"pathway.holds-{verdict}", {"what": asked.label}, (why,)))
                for of, (verdict, why) in found.items()
            }
        return self._memo[asked][case]

    def _rule(self, case: str, asked: Rule) -> tuple[str, Why]:
        if asked not in self._memo:
            self._memo[asked] = dict(self._ruled(asked))
        what: dict[str, object] = {"of": Why(f"pathway.judged-{asked.of}"), "scheme": _scheme(self._book, asked)}
        code = "rule-no-book" if self._book is None else "rule-nobody"
        return self._memo[asked].get(case) or ("unknown", Why(f"pathway.{code}", what))

    def _ruled(self, asked: Rule) -> Iterator[tuple[str, tuple[str, Why]]]:
        """What the rule book says of each case's organisation or project; cases that name none are left out."""
        if self._book is None:
            return
        from tongtu.rules import judge

        judgement = judge(self._book, asked.scheme, self._registry, self._as_of)
        said = judgement.verdicts.filter(pl.col("tier").is_null() | (pl.col("tier") == asked.tier))
        joined = self._judged_of(asked.of).join(said, left_on="_judged", right_on=judgement.key)
        args = {"of": Why(f"pathway.judged-{asked.of}"), "scheme": _scheme(self._book, asked)}
        for case, who, verdict, why in joined.select("case", "_judged", "verdict", "why").iter_rows():
            reason = Why(f"pathway.rule-{verdict}", {**args, "who": who}, (Why.from_json(why),))
            yield case, ("manual" if verdict == "not_applicable" else verdict, reason)

    def _judged_of(self, of: str) -> pl.DataFrame:
        """case, _judged: the id of the organisation of that side, or of the project that names the case."""
        if of == "project":
            projects = self._registry["projects"].filter(pl.col("case").is_not_null()).sort("project")
            first = projects.unique("case", keep="first", maintain_order=True)
            return self._cases.join(first.select("case", _judged="project"), on="case")
        whole = conditions.rows(self._given, self._registry)
        return whole.select("case", _judged=of).drop_nulls()

    def _best(self, asked: Evidence) -> Iterator[tuple[str, tuple[str, Why]]]:
        """The best evidence filed for each case, where there is any of the kind asked for."""
        wanted = pl.lit(True)
        for column, value in (("dimension", asked.dimension), ("kind", asked.kind)):
            wanted = wanted & (pl.col(column) == value) if value else wanted
        if asked.independent:
            wanted = wanted & pl.col("independent").fill_null(False)
        grades = list(vocabularies()["evidence_grade"])
        best = (
            self._filed.filter(wanted)
            .with_columns(pl.col("grade").cast(pl.Enum(grades)))
            .sort("case", pl.col("grade").to_physical(), "evidence", descending=[False, True, False])
            .unique("case", keep="first", maintain_order=True)
        )
        what = _asked_for(asked)
        for case, grade, id in best.select("case", pl.col("grade").cast(pl.String), "evidence").iter_rows():
            verdict = "met" if grades.index(grade) >= grades.index(asked.grade) else "unmet"
            why = Why(f"pathway.evidence-{verdict}", {**what, "grade": _grade(grade), "evidence": id})
            yield case, (verdict, why)

    def _all_levels(self, registry: Registry, as_of: date) -> dict[tuple[str, str, str], int]:
        """(case, scale, status) → the level of that status or better, assessed last.

        A holder's own claim counts only where nobody has assessed the scale.
        """
        found: dict[tuple[str, str, str], int] = {}
        claims = self._cases.join(registry["achievements"], on="achievement", how="left")
        for scale in sorted(_CLAIMED_COLUMNS):
            for case, level in claims.select("case", scale).drop_nulls().iter_rows():
                found[case, scale, "claimed"] = level
        statuses = list(vocabularies()["level_status"])
        assessed = self._about(registry["assessments"], pl.col("on").is_null() | (pl.col("on") <= as_of))
        assessed = assessed.sort("case", "scale", "on", "assessment", nulls_last=False)
        for case, scale, status, level in assessed.select("case", "scale", "status", "level").iter_rows():
            for weaker in statuses[: statuses.index(status) + 1]:
                found[case, scale, weaker] = level
        return found

    def _about(self, table: pl.DataFrame, counted: pl.Expr) -> pl.DataFrame:
        """The rows of a table about a case or its achievement, with the case put in front."""
        table = table.filter(counted)
        kinds = {"achievement": "achievement", "case": "case"}
        found = [
            self._cases.join(
                table.filter(pl.col("subject_kind") == kind), left_on=column, right_on="subject", how="inner"
            ).select("case", *(c for c in table.columns if c not in ("subject", "subject_kind")))
            for kind, column in kinds.items()
        ]
        return pl.concat(found)


def _scheme(book: RuleBook | None, asked: Rule) -> Label:
    """The tier's own name where the book holds the scheme."""
    law = book.schemes.get(asked.scheme) if book is not None else None
    if law is None:
        return Label(asked.scheme)
    named = (tier.label for version in law.versions for tier in version.tiers if tier.tier == asked.tier)
    tier = next(named, Label(asked.tier))
    return Label(f"{law.label.zh}：{tier.zh}", f"{law.label.say('en')}: {tier.say('en')}")


def _valid(day: date) -> pl.Expr:
    since, until, recorded = pl.col("valid_from"), pl.col("valid_to"), pl.col("recorded_at")
    return (
        (since.is_null() | (since <= day))
        & (until.is_null() | (until >= day))
        & (recorded.is_null() | (recorded <= day))
    )


def _level(asked: Level, stands: int | None, claimed: int | None) -> tuple[str, Why]:
    names = vocabularies()
    args = {
        "scale": names["readiness_scale"][asked.scale],
        "least": asked.at_least,
        "status": names["level_status"][asked.status],
    }
    if stands is None and claimed is None:
        return "unknown", Why("pathway.level-unknown", args)
    if stands is None and claimed is not None and claimed >= asked.at_least:
        return "unknown", Why("pathway.level-claimed-only", {**args, "level": claimed})
    level = stands if stands is not None else claimed
    verdict = "met" if level is not None and level >= asked.at_least else "unmet"
    return verdict, Why(f"pathway.level-{verdict}", {**args, "level": level})


def _asked_for(asked: Evidence) -> dict[str, object]:
    names = vocabularies()
    parts = [
        names[vocabulary].get(code, Label(code))
        for vocabulary, code in (("maturity_dimension", asked.dimension), ("evidence_kind", asked.kind))
        if code
    ]
    grade = _grade(asked.grade)
    least = Why("pathway.independent", {"grade": grade}) if asked.independent else grade
    return {"what": tuple(parts), "least": least}


def _grade(code: str) -> Label:
    return vocabularies()["evidence_grade"][code]
