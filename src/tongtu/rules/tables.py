"""The tables of a judgement: verdicts by tier, verdicts by criterion, points by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from tongtu.rules import logic, reasons, units
from tongtu.rules.columns import Expr, col, lit, polars, when
from tongtu.rules.model import Bands, Criterion, Item, Linear, Purpose, Scheme, Score, Tier, Version, Window
from tongtu.rules.program import name, reader
from tongtu.rules.rendering import filled, hole
from tongtu.rules.rendering import stored as rendered
from tongtu.rules.scoring import stored
from tongtu.terms.why import Label, Why
from tongtu.terms.words import word

if TYPE_CHECKING:
    from tongtu.rules.judging import Judgement

_TEXT, _NUMBER = pl.String(), pl.Float64()


def verdicts(judgement: Judgement) -> pl.DataFrame:
    """One row per subject and tier; see `Judgement.verdicts`."""
    facts = wide(judgement)
    return interleaved(pl.collect_all([chosen(facts, columns) for columns in verdict_columns(judgement)]))


def verdict_columns(judgement: Judgement) -> Iterator[dict[str, Expr]]:
    """The columns of each tier's verdict; of one that says why not, where no version is in force."""
    if judgement.version is None:
        code = logic.constant(logic.NOT_APPLICABLE)
        yield _verdict(judgement, None, code, reasons.not_in_force(judgement))
        return
    for tier in judgement.version.tiers:
        code = tier_code(tier)
        yield _verdict(judgement, tier, code, reasons.of_tier(judgement, tier, code))


def _verdict(judgement: Judgement, tier: Tier | None, code: Expr, why: Expr) -> dict[str, Expr]:
    version = judgement.version
    return {
        judgement.key: col(judgement.key),
        "scheme": lit(judgement.scheme.scheme),
        "version": lit(version.version if version else None, "text"),
        "tier": lit(tier.tier if tier else None, "text"),
        "verdict": logic.word(code),
        "why": why,
    }


def tier_code(tier: Tier) -> Expr:
    """A tier's verdict, for those the scheme applies to."""
    applies, code = col("applies"), col(f"{tier.tier}:")
    return (
        when(applies == logic.UNMET).then(logic.constant(logic.NOT_APPLICABLE))
        .when(applies == logic.UNKNOWN).then(applies)
        .otherwise(code)
    )  # fmt: skip


def criteria(judgement: Judgement, *, why: bool) -> pl.DataFrame:
    """One row per subject and criterion; see `Judgement.criteria`."""
    asked = list(criterion_columns(judgement, why=why))
    if not asked:
        return _no_criteria(judgement.key, why)
    covered = covered_by(judgement)
    return interleaved(pl.collect_all([chosen(covered, columns) for columns in asked]))


def criterion_columns(judgement: Judgement, *, why: bool = True) -> Iterator[dict[str, Expr]]:
    """The columns of each criterion's verdict, groups before their parts."""
    if judgement.version is not None:
        for tier, asked, window in judgement.version.criteria():
            yield _criterion(judgement, tier, asked, window, why=why)


def margins(judgement: Judgement) -> pl.DataFrame:
    """One column per criterion with a number; see `Judgement.margins`."""
    if judgement.version is None:
        return judgement.facts.select(judgement.key)
    columns = _margins(judgement.scheme, judgement.version, judgement.as_of, judgement.purpose)
    return judgement.facts.lazy().select(judgement.key, **columns).collect()


@lru_cache(maxsize=256)
def _margins(scheme: Scheme, version: Version, as_of: date, purpose: Purpose) -> dict[str, pl.Expr]:
    """Margins by column, made once like the program they are read from."""
    compiler, asked = reader(scheme, version, as_of, purpose), version.criteria()
    found = ((name(tier, one), reasons.figures(one, window, compiler)) for tier, one, window in asked)
    return {
        column: polars(figures.margin)
        for column, figures in found
        if figures.op not in ("=", "<>") and figures.threshold is not reasons.NOTHING
    }


def _no_criteria(key: str, why: bool) -> pl.DataFrame:
    texts, numbers = ("scheme", "tier", "criterion", "verdict"), ("observed", "threshold", "shortfall")
    schema = {key: _TEXT, **dict.fromkeys(texts, _TEXT), **dict.fromkeys(numbers, _NUMBER), "unit": _TEXT}
    return pl.DataFrame(schema={**schema, "why": _TEXT} if why else schema)


def _criterion(judgement: Judgement, tier: Tier, asked: Criterion, window: Window, *, why: bool) -> dict[str, Expr]:
    column = name(tier, asked)
    code = col(column)
    own = code if asked.waiver is None else col(f"{column}!")
    found = reasons.figures(asked, window, judgement.compiler)
    missing = when(code == logic.MET).then(lit(0.0)).when(own == logic.UNMET).then(found.short)
    unit = judgement.scheme.currency if found.unit == units.MONEY else found.unit
    columns = {
        judgement.key: col(judgement.key),
        "scheme": lit(judgement.scheme.scheme),
        "tier": lit(tier.tier),
        "criterion": lit(asked.path),
        "verdict": logic.word(code),
        "observed": found.observed.cast("float"),
        "threshold": found.threshold.cast("float"),
        "shortfall": when(found.threshold.is_not_null()).then(missing).cast("float"),
        "unit": lit(unit or None, "text"),
    }
    if why:
        columns["why"] = reasons.of_criterion(judgement, tier, asked, window, found, code, own)
    return columns


def scores(judgement: Judgement) -> pl.DataFrame:
    """One row per subject and item, part (item null) and total (part null too); see `Judgement.scores`."""
    facts = judgement.facts.lazy()
    blocks = [chosen(facts, columns) for columns in _score_columns(judgement)]
    if blocks:
        return interleaved(pl.collect_all(blocks))
    text, number = pl.String, pl.Float64
    return pl.DataFrame(
        schema={judgement.key: text, "score": text, "part": text, "item": text, "low": number, "high": number,
                "points": number, "observed": number}
    )  # fmt: skip


def _score_columns(judgement: Judgement) -> Iterator[dict[str, Expr]]:
    for score in judgement.version.scores if judgement.version else ():
        rows: list[tuple[str | None, Item | None, float]] = [(None, None, score.points)]
        for part in score.parts:
            rows.append((part.part, None, part.points))
            rows += [(part.part, item, item.points) for item in part.items]
        for part_name, item, points in rows:
            path = item.path if item is not None else part_name
            found = stored(f"score.{score.score}" + (f".{path}" if path else ""))
            observed = lit(None, "float")
            if item is not None and isinstance(item.scale, Bands | Linear):
                observed = judgement.compiler.shown(item.scale.of)
            yield {
                judgement.key: col(judgement.key),
                "score": lit(score.score),
                "part": lit(part_name, "text"),
                "item": lit(item.path if item else None, "text"),
                "low": found.low,
                "high": found.high,
                "points": lit(float(points)),
                "observed": observed,
            }


def grades(judgement: Judgement) -> pl.DataFrame:
    """One row per subject and score with grades; see `Judgement.grades`."""
    scores_ = [s for s in judgement.version.scores if s.grades] if judgement.version is not None else []
    blocks = [chosen(judgement.facts.lazy(), _graded(judgement.key, score)) for score in scores_]
    if blocks:
        return interleaved(pl.collect_all(blocks))
    texts, numbers = (judgement.key, "score", "lowest", "highest"), ("low", "high")
    return pl.DataFrame(schema={**dict.fromkeys(texts, _TEXT), **dict.fromkeys(numbers, _NUMBER), "why": _TEXT})


def _graded(key: str, score: Score) -> dict[str, Expr]:
    total = stored(f"score.{score.score}")
    lowest, highest = (_grade(score, side, lambda grade: grade.zh) for side in (total.low, total.high))
    below = Label(word("rules.below-grades", "zh"), word("rules.below-grades", "en"))
    names = {
        end: _grade(score, side, rendered).fill_null(rendered(below))
        for end, side in (("lowest", total.low), ("highest", total.high))
    }
    figures = {end: side.round(4).cast("text") for end, side in (("low", total.low), ("high", total.high))}
    args = {"name": score.label, **{hole_: hole(hole_) for hole_ in ("low", "high", "lowest", "highest")}}
    sure, open_ = (filled(Why(f"rules.{code}", args), {**names, **figures}) for code in ("graded", "graded-between"))
    same = (lowest == highest) | (lowest.is_null() & highest.is_null())
    return {
        key: col(key),
        "score": lit(score.score),
        "lowest": lowest,
        "highest": highest,
        "low": total.low,
        "high": total.high,
        "why": when(same).then(sure).otherwise(open_),
    }


def _grade(score: Score, points: Expr, said: Callable[[Label], str]) -> Expr:
    """The grade of so many points; null below the lowest."""
    found = lit(None, "text")
    for start, grade in reversed(score.grades):
        found = when(points >= start).then(lit(said(grade))).otherwise(found)
    return found


def wide(judgement: Judgement) -> pl.LazyFrame:
    """The facts and the verdict codes side by side."""
    if judgement.version is None:
        return judgement.codes.lazy()
    return judgement.facts.hstack(judgement.codes.drop(judgement.key).get_columns()).lazy()


def covered_by(judgement: Judgement) -> pl.LazyFrame:
    """`wide` of those the scheme applies to, or may apply to."""
    return wide(judgement).filter(pl.col("applies") != logic.UNMET).collect().lazy()


def beside(frame: pl.LazyFrame, columns: dict[str, Expr]) -> pl.LazyFrame:
    """A frame with more columns."""
    return frame.with_columns(**{name: polars(expr) for name, expr in columns.items()})


def chosen(frame: pl.LazyFrame, columns: dict[str, Expr]) -> pl.LazyFrame:
    """A frame of these columns alone."""
    return frame.select(**{name: polars(expr) for name, expr in columns.items()})


def interleaved(blocks: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Blocks with the same subjects in the same order, subject by subject."""
    n, b = blocks[0].height, len(blocks)
    place = pl.int_range(n * b, eager=True)
    order = ((place % b) * n + place // b).cast(pl.UInt32 if n * b < 1 << 32 else pl.UInt64)
    return pl.concat(blocks).lazy().select(pl.all().gather(order)).collect()
