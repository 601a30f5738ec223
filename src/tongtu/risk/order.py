"""The order of a case's stages: as numbered, or as what must come first tells."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import polars as pl

from tongtu.terms.faults import Fault
from tongtu.terms.why import Why


def in_order(rows: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """The rows with `order` filled: as given, and with a column `after` (a stage or a list of them) by what must come
    first, ties by the given order, then by name. Adds a fault for a stage without name or place, and for stages that
    wait for each other, naming the circle."""
    if rows["stage"].null_count():
        faults += _each(rows.filter(pl.col("stage").is_null()), "stage-missing")
    if "after" in rows.columns:
        rows = _sorted(rows, faults)
    alone = pl.len().over("case") == 1
    rows = rows.with_columns(order=pl.when(alone).then(pl.col("order").fill_null(1)).otherwise("order"))
    unplaced = rows.filter(pl.col("order").is_null() & pl.col("stage").is_not_null())
    faults += _each(unplaced, "no-place")
    return rows.with_columns(order=pl.struct("order", "stage").rank("ordinal").over("case").cast(pl.Int64()))


def _sorted(rows: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    kind = rows.schema["after"]
    after = pl.col("after") if isinstance(kind, pl.List) else pl.concat_list("after").list.drop_nulls()
    rows = rows.with_columns(after=after.fill_null(pl.lit([], pl.List(pl.String()))))
    named = pl.col("after").list.len().sum().over("case") > 0
    waits = rows.filter(named | pl.col("order").is_null().any().over("case")).drop_nulls(["case", "stage"])
    placed: list[tuple[str, str, int]] = []
    for (case,), group in waits.group_by("case", maintain_order=True):
        given = {row["stage"]: (row["order"] or 0, row["stage"]) for row in group.rows(named=True)}
        first = {row["stage"]: [s for s in row["after"] if s in given] for row in group.rows(named=True)}
        sorter = TopologicalSorter(first)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = tuple(reversed(error.args[1]))
            where = {"case": case, "circle": circle}
            faults.append(_fault("circle", "after", where))
            placed += [(str(case), stage, k) for k, stage in enumerate(given)]
            continue
        place = 0
        while sorter.is_active():
            for stage in sorted(sorter.get_ready(), key=lambda s: given[s]):
                placed.append((str(case), stage, place))
                sorter.done(stage)
                place += 1
    found = pl.DataFrame(placed, {"case": pl.String(), "stage": pl.String(), "place": pl.Int64()}, orient="row")
    joined = rows.join(found.unique(["case", "stage"]), on=["case", "stage"], how="left")
    return joined.with_columns(order=pl.coalesce("place", "order")).drop("place")


def _each(rows: pl.DataFrame, code: str) -> list[Fault]:
    found = rows.select("case", pl.col("stage").fill_null("")).unique().sort("case", "stage")
    return [_fault(code, "order" if code == "no-place" else "stage", row) for row in found.rows(named=True)]


def _fault(code: str, column: str, args: dict[str, object]) -> Fault:
    code = f"risk_simulation.{code}"
    return Fault(Why(code, args), Why(f"{code}-repair", args), file="stages", column=column)
