"""What stands between a subject and a tier, nearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from tongtu.rules.judging import Judgement

from tongtu.rules.intakes import Opening, upcoming
from tongtu.rules.model import Criterion, Group, Role

_COUNTS: Role = "counts"
_SETTLED = ("met", "not_applicable")


def gap(judgement: Judgement, subject: str, tier: str | None = None) -> pl.DataFrame:
    """Leaves of one tier (default: the first) that still keep it from being met, with their reasons.

    Columns of `Judgement.criteria` without the subject; `effort`, the shortfall as a share of the threshold,
    null where it has no number; `next_opens` and `next_closes`, the intake open that day or else the next one, null
    where none is known. Unmet ones come first, nearest to its threshold first, then unknown, then manual. A leaf
    below a part that already holds (the other way of an `any`, a waived one) is no gap.
    Raises KeyError for a tier the version does not have.
    """
    version = judgement.version
    table = judgement.criteria_of([subject])
    if version is None or table.is_empty():
        return _dated(_measured(table.drop(judgement.key)), None)
    chosen = next((t for t in version.tiers if tier in (None, t.tier)), None)
    if chosen is None:
        raise KeyError(f"{judgement.scheme.scheme} {version.version} has no tier {tier}")
    rows = table.filter(pl.col("tier") == chosen.tier)
    verdicts = dict(zip(rows["criterion"], rows["verdict"], strict=True))
    wanted = [path for part in chosen.root.parts() for path in _open(part, verdicts)]
    found = _measured(rows.filter(pl.col("criterion").is_in(wanted)).drop(judgement.key))
    opening = upcoming(judgement.scheme, judgement.as_of, judgement.purpose, version.jurisdiction)
    return _dated(found, opening)


def _open(criterion: Criterion, verdicts: dict[str, str]) -> list[str]:
    if criterion.role != _COUNTS or verdicts[criterion.path] in _SETTLED:
        return []
    if not isinstance(criterion.body, Group) or criterion.body.negated:
        return [criterion.path]
    return [path for part in criterion.body.parts for path in _open(part, verdicts)]


def _measured(rows: pl.DataFrame) -> pl.DataFrame:
    effort = pl.col("shortfall") / pl.col("threshold").abs()
    places = {"unmet": 0, "unknown": 1, "manual": 2}
    order = pl.col("verdict").replace_strict(places, default=3, return_dtype=pl.Int8)
    rows = rows.with_columns(pl.when(effort.is_finite()).then(effort).alias("effort"))
    return rows.sort(order, "effort", nulls_last=True, maintain_order=True)


def _dated(rows: pl.DataFrame, opening: Opening | None) -> pl.DataFrame:
    days = (None, None) if opening is None else (opening.opens, opening.closes)
    ends = zip(("next_opens", "next_closes"), days, strict=True)
    return rows.with_columns(pl.lit(day, pl.Date).alias(name) for name, day in ends)
