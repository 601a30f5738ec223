"""What changed between two assessments, and the answers and evidence that moved it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.readiness.answers import SUBJECT, answered, asked, gathered
from tongtu.appraise.readiness.assessed import from_assessments, scale_name
from tongtu.appraise.readiness.standing import STATUSES, level_said, levels
from tongtu.terms.why import Why

_LISTS = ("questions", "answers", "gained", "lost")
_COLUMNS: Mapping[str, Any] = {
    "subject_kind": pl.String, "subject": pl.String, "scale": pl.String, "status": pl.String, "before": pl.Int64,
    "after": pl.Int64, "moved": pl.Int64, **{name: pl.List(pl.String) for name in _LISTS}, "why": pl.String,
}  # fmt: skip


def differences(
    answers: pl.DataFrame, checklists: pl.DataFrame, evidence: pl.DataFrame, *, before: date, after: date,
    known_before: date | None = None, known_after: date | None = None, assessments: pl.DataFrame | None = None,
) -> pl.DataFrame:  # fmt: skip
    """One row per subject, scale and status whose level differs between two days, or whose questions count differently.

    subject_kind, subject, scale, status, before, after, moved (levels up or down; null where either is unknown),
    questions (that began or ceased to count), answers (new ones to these), gained and lost (evidence behind these),
    why. The same day with another `known_…` shows what was recorded late.

    Raises DataRefused as `standing` does.
    """
    found, stand = [], []
    for day, known in ((before, known_before), (after, known_after)):
        questions = asked(checklists, day)
        found.append(answered(answers, checklists, evidence, as_of=day, known_at=known))
        said = from_assessments(assessments, evidence, questions, day, known or day)
        stand.append(levels(found[-1], questions, said))
    moved = pl.concat([_moved(stand[0], stand[1], status) for status in STATUSES])
    causes = pl.concat([_causes(found[0], found[1], status, counts) for status, counts in STATUSES.items()])
    whole = moved.join(causes, on=[*SUBJECT, "status"], how="left").with_columns(
        pl.col(name).fill_null([]) for name in _LISTS
    )
    told = whole.filter(pl.col("before").ne_missing(pl.col("after")) | (pl.col("questions").list.len() > 0))
    order = {status: i for i, status in enumerate(STATUSES)}
    told = told.sort(*SUBJECT, pl.col("status").replace_strict(order, return_dtype=pl.Int64))
    why = [_why(row).to_json() for row in told.iter_rows(named=True)]
    return told.with_columns(pl.Series("why", why, pl.String)).select(
        pl.col(name).cast(kind) for name, kind in _COLUMNS.items()
    )


def _moved(before: pl.DataFrame, after: pl.DataFrame, status: str) -> pl.DataFrame:
    levels = [frame.select(*SUBJECT, pl.col(status).alias(name))
              for frame, name in ((before, "before"), (after, "after"))]  # fmt: skip
    joined = levels[0].join(levels[1], on=SUBJECT, how="full", coalesce=True)
    return joined.with_columns(pl.lit(status).alias("status"), (pl.col("after") - pl.col("before")).alias("moved"))


def _causes(before: pl.DataFrame, after: pl.DataFrame, status: str, counts: str) -> pl.DataFrame:
    """Questions that count on one of the days only, with what is new or gone behind them."""
    key = [*SUBJECT, "question"]
    picked = [frame.select(*key, counts, "answers", "evidence") for frame in (before, after)]
    both = picked[0].join(picked[1], on=key, how="full", coalesce=True, suffix="_2").with_columns(
        pl.col(counts, f"{counts}_2").fill_null(False),
        pl.col("answers", "evidence", "answers_2", "evidence_2").fill_null([]),
    )  # fmt: skip
    changed = both.filter(pl.col(counts) != pl.col(f"{counts}_2")).with_columns(
        answers=pl.col("answers_2").list.set_difference("answers"),
        gained=pl.col("evidence_2").list.set_difference("evidence"),
        lost=pl.col("evidence").list.set_difference("evidence_2"),
    )
    lists = [gathered(name) for name in ("answers", "gained", "lost")]
    return changed.group_by(SUBJECT).agg(pl.col("question").sort().alias("questions"), *lists).with_columns(
        pl.lit(status).alias("status")
    )  # fmt: skip


def _why(row: Mapping[str, Any]) -> Why:
    status = row["status"]
    args = {"scale": scale_name(row["scale"]), "status": Why(f"appraise_readiness.{status}"),
            **{day: level_said(row[day], status) for day in ("before", "after")}}  # fmt: skip
    parts = [
        Why(f"appraise_readiness.moved-{name}", {"n": len(row[name]), "ids": tuple(row[name])})
        for name in _LISTS if row[name]
    ]  # fmt: skip
    same = row["before"] == row["after"]
    return Why(f"appraise_readiness.{'same-level' if same else 'moved'}", args, tuple(parts))
