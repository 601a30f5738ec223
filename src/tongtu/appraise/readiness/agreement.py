"""How far assessors agree on the same subjects, and which questions part them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.readiness.answers import SAID, SUBJECT, asked, check, current
from tongtu.appraise.readiness.kappa import Weights, krippendorff_alpha, weighted_kappa
from tongtu.appraise.readiness.standing import ladder

_WEIGHTS: tuple[Weights, ...] = ("linear", "quadratic")
_PAIRS: Mapping[str, Any] = {
    "scale": pl.String, "first": pl.String, "second": pl.String, "subjects": pl.Int64, "same": pl.Int64,
    "linear": pl.Float64, "linear_low": pl.Float64, "linear_high": pl.Float64, "quadratic": pl.Float64,
    "quadratic_low": pl.Float64, "quadratic_high": pl.Float64,
}  # fmt: skip
_ALPHA: Mapping[str, Any] = {
    "scale": pl.String, "assessors": pl.Int64, "subjects": pl.Int64, "alpha": pl.Float64, "low": pl.Float64,
    "high": pl.Float64,
}  # fmt: skip
_SPLITS: Mapping[str, Any] = {
    "scale": pl.String, "level": pl.Int64, "question": pl.String, "subjects": pl.Int64, "differing": pl.Int64,
    **dict.fromkeys(SAID, pl.Int64),
}  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """`levels`: subject_kind, subject, scale, assessor, level: what each one's own answers come to.
    `pairs`: scale, first, second, subjects, same (levels alike), linear, quadratic, each with _low and _high.
    `alpha`: scale, assessors, subjects, alpha, low, high (ordinal; all assessors together).
    `splits`: scale, level, question, subjects (with two or more answers), differing, and how often each answer was
    given; what parts them most comes first.

    A measure is null where nothing can be told: too few subjects in common, or everyone at one level.
    """

    levels: pl.DataFrame
    pairs: pl.DataFrame
    alpha: pl.DataFrame
    splits: pl.DataFrame


def agreement(
    answers: pl.DataFrame, checklists: pl.DataFrame, *, as_of: date, known_at: date | None = None, level: float = 0.95,
    seed: int = 0,
) -> Agreement:  # fmt: skip
    """Agreement of the answers that stand on the day; answers without an assessor's name are left out.

    Levels are those claimed. One that is unknown (questions of level 1 open) is left out, which favours agreement:
    `splits` counts every question. Raises DataRefused as `answered` does.
    """
    check(answers, checklists)
    stand = current(answers, checklists, as_of=as_of, known_at=known_at).drop_nulls("assessor")
    questions = asked(checklists, as_of)
    by = [*SUBJECT, "assessor"]
    passing = stand.with_columns(ok=pl.col("said").is_in(["yes", "not_applicable"]))
    levels = ladder(passing, questions, "ok", by).select(*by, "level")
    tops = dict(questions.group_by("scale").agg(pl.col("level").max()).rows())
    scales = [
        (scale[0], rows.drop_nulls("level")) for scale, rows in levels.group_by("scale", maintain_order=True)
    ]  # fmt: skip
    scales.sort(key=lambda pair: str(pair[0]))
    pairs = [row for scale, rows in scales for row in _pairs(str(scale), rows, tops[scale], level)]
    alpha = [_alpha(str(scale), rows, level, seed) for scale, rows in scales]
    return Agreement(
        levels, pl.DataFrame(pairs, _PAIRS, orient="row"), pl.DataFrame(alpha, _ALPHA, orient="row"), _splits(stand)
    )


def _pairs(scale: str, levels: pl.DataFrame, top: int, level: float) -> Iterator[tuple[Any, ...]]:
    of = {name[0]: rows for name, rows in levels.group_by("assessor")}
    for first, second in combinations(sorted(of, key=str), 2):
        both = of[first].join(of[second], on=SUBJECT, suffix="_2")
        if both.is_empty():
            continue
        told = both["level"].to_list(), both["level_2"].to_list()
        measures = [weighted_kappa(*told, categories=range(top + 1), weights=w, level=level)
                    for w in _WEIGHTS]  # fmt: skip
        same = sum(a == b for a, b in zip(*told, strict=True))
        yield scale, first, second, both.height, same, *(x for k in measures for x in (k.value, k.low, k.high))


def _alpha(scale: str, levels: pl.DataFrame, level: float, seed: int) -> tuple[Any, ...]:
    wide = levels.sort(*SUBJECT, "assessor").pivot(on="assessor", index=SUBJECT, values="level")
    raters = wide.drop(SUBJECT)
    if raters.width == 0:
        return scale, 0, 0, None, None, None
    ratings = raters.cast(pl.Float64).fill_null(np.nan).to_numpy().T
    found = krippendorff_alpha(ratings, level=level, seed=seed)
    return scale, found.raters, found.units, found.value, found.low, found.high


def _splits(stand: pl.DataFrame) -> pl.DataFrame:
    counts = [(pl.col("said") == said).sum().cast(pl.Int64).alias(said) for said in SAID]
    each = stand.group_by(*SUBJECT, "level", "question").agg(
        pl.len().alias("n"), pl.col("said").n_unique().alias("kinds"), *counts
    )
    several = each.filter(pl.col("n") > 1).group_by("scale", "level", "question").agg(
        pl.len().cast(pl.Int64).alias("subjects"), (pl.col("kinds") > 1).sum().cast(pl.Int64).alias("differing"),
        *(pl.col(said).sum() for said in SAID),
    )  # fmt: skip
    parted = several.filter(pl.col("differing") > 0)
    return parted.sort("differing", "subjects", "scale", "level", "question", descending=[True, *[False] * 4]).select(
        pl.col(name).cast(kind) for name, kind in _SPLITS.items()
    )
