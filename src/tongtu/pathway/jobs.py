"""The pilot runs that planned stages need, read from the tables of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.pathway.model import Pathway

_WANTS: Mapping[str, Any] = {
    "pathway": pl.String, "pathway_version": pl.String, "stage": pl.String, "gate": pl.String,
    "hours": pl.Float64, "categories": pl.List(pl.String),
}  # fmt: skip


def jobs(cases: pl.DataFrame, steps: pl.DataFrame, pathways: Mapping[str, Pathway]) -> pl.DataFrame:
    """What `pilots.schedule` and `pilots.coverage` take, from a layout's `cases` and `steps`.

    Returns case, stage, direction, region, earliest (the stage's start), hours (typical machine hours of
    the pathway, ours), categories (kinds of validation, any of them) and after (the stage of the case that runs on
    lines before it: a case goes through one stage after the other; null for its first), sorted by case and order of
    steps.
    """
    before = pl.col("stage").shift(1).over("case")
    after = pl.when(before.is_not_null()).then(pl.concat_list(before)).otherwise(pl.lit(None, pl.List(pl.String)))
    earliest = pl.col("start").alias("earliest")
    wants = [
        (
            pathway.id,
            pathway.version,
            stage.id,
            stage.gate.id,
            stage.lines.hours,
            list(stage.lines.categories),
        )
        for _, pathway in sorted(pathways.items())
        for stage in pathway.stages
        if stage.lines is not None
    ]
    pinned = cases.select("case", "direction", "region", "pathway", "pathway_version")
    return (
        steps.filter(pl.col("start").is_not_null())
        .sort("case", "order")
        .join(pinned, on="case", maintain_order="left")
        .join(
            pl.DataFrame(wants, schema=_WANTS, orient="row"),
            on=["pathway", "pathway_version", "stage", "gate"],
            maintain_order="left",
        )
        .select("case", "stage", "direction", "region", earliest, "hours", "categories", after=after)
    )
