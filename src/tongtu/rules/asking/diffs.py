"""Who gains and who loses, and by which criteria, when the rule or the day changes.

Both judgements are compared as columns of verdict codes. Reasons are made once for each combination of deciding
criteria, and only where a verdict changed, so that a whole nation takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from tongtu.registry import Registry
from tongtu.rules import logic
from tongtu.rules.asking import trees
from tongtu.rules.asking.trees import COVERAGE, VERSION
from tongtu.rules.columns import col, native, polars
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.model import Purpose, RuleBook, Tier
from tongtu.rules.rendering import chosen, filled, hole
from tongtu.rules.tables import tier_code
from tongtu.terms.why import Why

#: What can become of a verdict. `entered` and `left` are subjects only one of the judgements knows.
TRANSITIONS = (
    "gained", "lost", "became_unmet", "became_unknown", "became_manual", "became_not_applicable", "entered", "left",
    "same",
)  # fmt: skip
_BECAME = ("became_unmet", "became_unknown", "became_manual", "gained", "became_not_applicable")
_KNOWN, _BEFORE, _AFTER = "known", "before", "after"


@dataclass(frozen=True)
class Diff:
    """What changed between two judgements of one scheme.

    changes  KEY, scheme, tier, transition, before, after, criteria, why: one row per subject and tier whose verdict
             changed. `criteria` are those that decide: the ones that hold the new verdict, or for `gained` those
             that stood in the way before. `applies` among them says that the scheme does not (or perhaps) cover the
             subject, `version` that no version has the tier.
    summary  scheme, tier, transition, before, after, criterion, subjects: with criterion null how many subjects, the
             unchanged ones included; otherwise on how many of them that criterion decides, alone or with others.
    """

    before: Judgement = field(repr=False)
    after: Judgement = field(repr=False)
    changes: pl.DataFrame
    summary: pl.DataFrame


def compare(
    book: RuleBook,
    scheme: str,
    version_a: str,
    version_b: str,
    registry: Registry,
    as_of: date,
    purpose: Purpose = "new",
    *,
    marks: pl.DataFrame | None = None,
) -> Diff:
    """Two versions of a scheme on the same subjects and the same day, although only one can be in force.

    Raises KeyError for a scheme the book, or a version the scheme, does not have.
    """
    before, after = (
        judge(book, scheme, registry, as_of, purpose, version=version, marks=marks)
        for version in (version_a, version_b)
    )
    return diff(before, after)


def diff(before: Judgement, after: Judgement) -> Diff:
    """Compares two judgements of one scheme: two versions, two days, or two states of the registry.

    Raises ValueError when they are of different schemes.
    """
    if before.scheme.scheme != after.scheme.scheme:
        raise ValueError(f"cannot compare {before.scheme.scheme} with {after.scheme.scheme}")
    sides, key = _aligned(before, after), before.key
    found = [_compared(sides, tier) for tier in _tiers(before, after)]
    changes = pl.concat([pl.DataFrame(schema=_changes_schema(key)), *(changes for changes, _ in found)])
    summary = pl.concat([pl.DataFrame(schema=_SUMMARY), *(summary for _, summary in found)])
    return Diff(before, after, changes.sort(key, maintain_order=True), summary)


_SHARED = dict.fromkeys(("scheme", "tier", "transition", _BEFORE, _AFTER), pl.String())
_SUMMARY = {**_SHARED, "criterion": pl.String(), "subjects": pl.Int64()}


def _changes_schema(key: str) -> dict[str, pl.DataType]:
    return {key: pl.String(), **_SHARED, "criteria": pl.List(pl.String), "why": pl.String()}


def _tiers(before: Judgement, after: Judgement) -> list[str]:
    """Names of the tiers of either version, those of the later one first."""
    found = [t.tier for j in (after, before) if j.version is not None for t in j.version.tiers]
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the judgements, its subjects in the order both share; of those it does not know all codes are null."""

    judgement: Judgement
    codes: pl.DataFrame

    def tier(self, name: str) -> Tier | None:
        version = self.judgement.version
        return next((t for t in version.tiers if t.tier == name), None) if version else None

    def verdicts(self, tier: Tier | None) -> pl.Series:
        code = logic.constant(logic.NOT_APPLICABLE) if tier is None else tier_code(tier)
        return self.codes.select(pl.when(_KNOWN).then(polars(code)).alias("code"))["code"]


def _aligned(before: Judgement, after: Judgement) -> tuple[_Side, _Side]:
    key = before.key
    left, right = (j.codes.with_columns(pl.lit(True).alias(_KNOWN)) for j in (before, after))
    if not left[key].equals(right[key]):
        known = pl.concat([left.select(key), right.select(key)]).unique().sort(key)
        left, right = (known.join(side, on=key, how="left", maintain_order="left") for side in (left, right))
    return _Side(before, left), _Side(after, right)


def _compared(sides: tuple[_Side, _Side], name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One tier's changes and their summary."""
    before, after = sides
    tiers = before.tier(name), after.tier(name)
    key, scheme = before.judgement.key, before.judgement.scheme.scheme
    codes = {_BEFORE: before.verdicts(tiers[0]), _AFTER: after.verdicts(tiers[1])}
    verdicts = pl.DataFrame(codes).with_columns(transition(pl.col(_BEFORE), pl.col(_AFTER)).alias("transition"))
    moved = verdicts["transition"] != "same"
    changed = verdicts.filter(moved)
    deciders = [*_deciders(tiers[0], before=True), *_deciders(tiers[1], before=False)]
    flags = [
        side.codes.filter(moved).hstack(changed).select(
            decider.where.alias(str(i)) for i, decider in enumerate(deciders) if decider.before is (side is before)
        )
        for side in sides
    ]  # fmt: skip
    keys = before.codes.select(key).filter(moved)
    wide = pl.concat([keys, changed, *flags], how="horizontal")
    cases = wide.group_by(wide.columns[1:], maintain_order=True).agg(key, pl.len().cast(pl.Int64).alias("subjects"))
    told = cases.with_columns(_listed(deciders).alias("criteria"), _why(tiers, deciders).alias("why"))
    worded = polars(logic.word(native(pl.col(_BEFORE, _AFTER))))
    words = [pl.lit(scheme).alias("scheme"), pl.lit(name).alias("tier"), worded]
    changes = told.explode(key).with_columns(words).select(list(_changes_schema(key)))
    summary = pl.concat([_totals(verdicts), *_decided(cases, deciders)]).with_columns(words)
    order = (_placed(), pl.col(_BEFORE, _AFTER))
    return changes, summary.select(list(_SUMMARY)).sort(*order, nulls_last=True, maintain_order=True)


def transition(before: pl.Expr, after: pl.Expr) -> pl.Expr:
    """What became of a verdict, from its codes; null where the subject was not judged."""
    became = after.replace_strict(list(range(len(_BECAME))), list(_BECAME), return_dtype=pl.String)
    return (
        pl.when(before == after).then(pl.lit("same"))
        .when(before.is_null()).then(pl.lit("entered"))
        .when(after.is_null()).then(pl.lit("left"))
        .when((before == logic.MET) & (after == logic.UNMET)).then(pl.lit("lost"))
        .otherwise(became)
    )  # fmt: skip


def _placed() -> pl.Expr:
    places = list(range(len(TRANSITIONS)))
    return pl.col("transition").replace_strict(list(TRANSITIONS), places, return_dtype=pl.Int8)


@dataclass(frozen=True, slots=True)
class _Decider:
    """A criterion of one of the two versions, and the changes it decides."""

    before: bool
    path: str
    name: Why
    where: pl.Expr


def _deciders(tier: Tier | None, *, before: bool) -> Iterator[_Decider]:
    """What stood in the way of those who gained, in the version before; what decides the others, in the one after."""
    gained = pl.col("transition") == "gained"
    mine = gained if before else ~gained & pl.col(_AFTER).is_not_null()
    if tier is None:
        yield _Decider(before, VERSION, Why("asking.no-version"), mine)
        return
    covered = pl.col("applies") == logic.MET
    yield _Decider(before, COVERAGE, Why("asking.coverage"), mine & ~covered)
    for criterion, where in trees.deciding(tier):
        named = Why("asking.criterion", {"name": criterion.label, "by": criterion.cite.label()})
        yield _Decider(before, criterion.path, named, mine & covered & where)


def _listed(deciders: list[_Decider]) -> pl.Expr:
    found = [pl.when(pl.col(str(i))).then(pl.lit(decider.path)) for i, decider in enumerate(deciders)]
    return pl.concat_list(found).list.drop_nulls()


def _why(tiers: tuple[Tier | None, Tier | None], deciders: list[_Decider]) -> pl.Expr:
    label = next(t.label for t in reversed(tiers) if t is not None)
    parts = chosen([(col(str(i)), decider.name) for i, decider in enumerate(deciders)])
    found = pl.lit(None, pl.String)
    for transition in TRANSITIONS[:-1]:
        why = Why(f"asking.{transition.replace('_', '-')}", {"name": label, "parts": hole("parts")})
        found = pl.when(pl.col("transition") == transition).then(polars(filled(why, {"parts": parts}))).otherwise(found)
    return found


def _totals(verdicts: pl.DataFrame) -> pl.DataFrame:
    counted = verdicts.group_by(verdicts.columns).agg(pl.len().cast(pl.Int64).alias("subjects"))
    return counted.with_columns(pl.lit(None, pl.String).alias("criterion")).select(_COUNTED)


_COUNTED = ("transition", _BEFORE, _AFTER, "criterion", "subjects")


def _decided(cases: pl.DataFrame, deciders: list[_Decider]) -> Iterator[pl.DataFrame]:
    """How many changes each criterion decides, most first."""
    by = cases.group_by("transition", _BEFORE, _AFTER).agg(
        (pl.col(str(i)) * pl.col("subjects")).sum().alias(str(i)) for i in range(len(deciders))
    )
    long = by.unpivot(index=["transition", _BEFORE, _AFTER], variable_name="i", value_name="subjects")
    paths = pl.DataFrame({"i": [str(i) for i in range(len(deciders))], "criterion": [d.path for d in deciders]})
    placed = long.filter(pl.col("subjects") > 0).join(paths, on="i", how="left")
    yield placed.sort(-pl.col("subjects"), pl.col("i").cast(pl.Int64)).select(_COUNTED).cast({"subjects": pl.Int64})
