"""The tables of a judgement: verdicts by tier, verdicts by criterion, points by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import polars as pl

from tongtu.rules import logic, reasons, units
from tongtu.rules.model import Bands, Criterion, Item, Linear, Tier, Window
from tongtu.rules.scoring import stored

if TYPE_CHECKING:
    from tongtu.rules.judging import Judgement

_TEXT, _NUMBER = pl.String(), pl.Float64()


def verdicts(judgement: Judgement) -> pl.DataFrame:
    """One row per subject and tier; see `Judgement.verdicts`."""
    version = judgement.version
    if version is None:
        code = logic.constant(logic.NOT_APPLICABLE)
        rows = judgement.codes.lazy().select(_verdict(judgement, None, code, reasons.not_in_force(judgement)))
        return _worded(rows.collect())
    wide, blocks = _wide(judgement), []
    for tier in version.tiers:
        code = tier_code(tier)
        blocks.append(wide.select(_verdict(judgement, tier, code, reasons.of_tier(judgement, tier, code))))
    return _worded(_interleaved(pl.collect_all(blocks)))


def _verdict(judgement: Judgement, tier: Tier | None, code: pl.Expr, why: pl.Expr) -> list[pl.Expr]:
    version = judgement.version
    return [
        pl.col(judgement.key),
        pl.lit(judgement.scheme.scheme).alias("scheme"),
        pl.lit(version.version if version else None, _TEXT).alias("version"),
        pl.lit(tier.tier if tier else None, _TEXT).alias("tier"),
        code.alias("verdict"),
        why.alias("why"),
    ]


def tier_code(tier: Tier) -> pl.Expr:
    """A tier's verdict, for those the scheme applies to."""
    applies, code = pl.col("applies"), pl.col(f"{tier.tier}:")
    return (
        pl.when(applies == logic.UNMET).then(logic.constant(logic.NOT_APPLICABLE))
        .when(applies == logic.UNKNOWN).then(applies)
        .otherwise(code)
    )  # fmt: skip


def criteria(judgement: Judgement, *, why: bool) -> pl.DataFrame:
    """One row per subject and criterion; see `Judgement.criteria`."""
    placed = list(judgement.version.criteria()) if judgement.version is not None else []
    if not placed:
        return _no_criteria(judgement.key, why)
    wide = _wide(judgement).filter(pl.col("applies") != logic.UNMET).collect().lazy()
    blocks = [wide.select(_criterion(judgement, *place, why=why)) for place in placed]
    return _worded(_interleaved(pl.collect_all(blocks)))


def _no_criteria(key: str, why: bool) -> pl.DataFrame:
    texts, numbers = ("scheme", "tier", "criterion", "verdict"), ("observed", "threshold", "shortfall")
    schema = {key: _TEXT, **dict.fromkeys(texts, _TEXT), **dict.fromkeys(numbers, _NUMBER), "unit": _TEXT}
    return pl.DataFrame(schema={**schema, "why": _TEXT} if why else schema)


def _criterion(judgement: Judgement, tier: Tier, criterion: Criterion, window: Window, *, why: bool) -> list[pl.Expr]:
    column = f"{tier.tier}:{criterion.path}"
    code = pl.col(column)
    own = code if criterion.waiver is None else pl.col(f"{column}!")
    found = reasons.figures(criterion, window, judgement.compiler)
    missing = pl.when(code == logic.MET).then(pl.lit(0.0)).when(own == logic.UNMET).then(found.short)
    unit = judgement.scheme.currency if found.unit == units.MONEY else found.unit
    columns = [
        pl.col(judgement.key),
        pl.lit(judgement.scheme.scheme).alias("scheme"),
        pl.lit(tier.tier).alias("tier"),
        pl.lit(criterion.path).alias("criterion"),
        code.alias("verdict"),
        found.observed.cast(_NUMBER).alias("observed"),
        found.threshold.cast(_NUMBER).alias("threshold"),
        pl.when(found.threshold.is_not_null()).then(missing).cast(_NUMBER).alias("shortfall"),
        pl.lit(unit or None, _TEXT).alias("unit"),
    ]
    if why:
        reason = reasons.of_criterion(judgement, tier, criterion, window, found, code, own)
        columns.append(reason.alias("why"))
    return columns


def scores(judgement: Judgement) -> pl.DataFrame:
    """One row per subject and item, part (item null) and total (part null too); see `Judgement.scores`."""
    wide = judgement.facts.lazy()
    blocks = [wide.select(columns) for columns in _score_columns(judgement)]
    if blocks:
        return _interleaved(pl.collect_all(blocks))
    text, number = pl.String, pl.Float64
    return pl.DataFrame(
        schema={judgement.key: text, "score": text, "part": text, "item": text, "low": number, "high": number,
                "points": number, "observed": number}
    )  # fmt: skip


def _score_columns(judgement: Judgement) -> Iterator[list[pl.Expr]]:
    for score in judgement.version.scores if judgement.version else ():
        rows: list[tuple[str | None, Item | None, float]] = [(None, None, score.points)]
        for part in score.parts:
            rows.append((part.part, None, part.points))
            rows += [(part.part, item, item.points) for item in part.items]
        for part_name, item, points in rows:
            path = item.path if item is not None else part_name
            found = stored(f"score.{score.score}" + (f".{path}" if path else ""))
            observed = pl.lit(None, _NUMBER)
            if item is not None and isinstance(item.scale, Bands | Linear):
                observed = judgement.compiler.shown(item.scale.of)
            yield [
                pl.col(judgement.key),
                pl.lit(score.score).alias("score"),
                pl.lit(part_name, _TEXT).alias("part"),
                pl.lit(item.path if item else None, _TEXT).alias("item"),
                found.low.alias("low"),
                found.high.alias("high"),
                pl.lit(float(points)).alias("points"),
                observed.alias("observed"),
            ]


def _wide(judgement: Judgement) -> pl.LazyFrame:
    return judgement.facts.hstack(judgement.codes.drop(judgement.key).get_columns()).lazy()


def _worded(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(logic.word(pl.col("verdict")))


def _interleaved(blocks: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Blocks with the same subjects in the same order, subject by subject."""
    n, b = blocks[0].height, len(blocks)
    place = pl.int_range(n * b, eager=True)
    return pl.concat(blocks)[(place % b) * n + place // b]
