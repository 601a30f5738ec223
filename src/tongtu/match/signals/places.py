"""Regions and the regions they lie in."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.match.signals.signal import Scene

LYING: dict[str, pl.DataType | type[pl.DataType]] = {"region": pl.String, "above": pl.String, "steps": pl.Int64}


def lying(regions: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """region, above, steps: every region that holds it, itself at 0 steps.

    A code that ended stands for its successor. A ring of parents is followed once round.
    """
    rows = {row["region"]: row for row in regions.iter_rows(named=True)}
    found = [
        (region, above, steps)
        for region in rows
        for steps, above in enumerate(_upward(_now(region, rows, as_of), rows))
    ]
    return pl.DataFrame(found, schema=LYING, orient="row")


def above(scene: Scene) -> pl.DataFrame:
    """`lying` for the regions of a scene."""
    return lying(scene.table("regions"), scene.as_of)


def everywhere(roofs: pl.DataFrame) -> list[str]:
    """Regions that hold all others, such as the country: lying in one of them joins nothing."""
    held = roofs.select("region").n_unique()
    counts = roofs.group_by("above").agg(held=pl.col("region").n_unique())
    return counts.filter(pl.col("held") == held, held > 1)["above"].sort().to_list()


def _now(region: str, rows: dict[str, dict[str, object]], as_of: date) -> str:
    seen = {region}
    while (row := rows.get(region)) and isinstance(end := row["valid_to"], date) and end < as_of:
        successor = row["successor"]
        if not isinstance(successor, str) or successor in seen:
            break
        seen.add(region := successor)
    return region


def _upward(region: str, rows: dict[str, dict[str, object]]) -> list[str]:
    path = [region]
    while (row := rows.get(path[-1])) and isinstance(parent := row["parent"], str) and parent not in path:
        path.append(parent)
    return path
