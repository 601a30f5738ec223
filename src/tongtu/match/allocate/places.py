"""How many places each listing has, and how many of them open cases already take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from tongtu.match import sides
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.solve.market import Ints, Loads, Market

#: what a caller may say of a listing's places: kind, id, and any of least, most, until (when most ends)
LOADS = {"kind": pl.String, "id": pl.String, "least": pl.Int64, "most": pl.Int64, "until": pl.Date}

#: states of a case that hold its places
_HOLDS = ("open", "held")


class Places:
    """Listings of one kind, numbered in the order of their ids.

    `frame`: id, row, title, title_en, least, most, until, taken, left (places not taken).
    """

    def __init__(self, kind: str, frame: pl.DataFrame) -> None:
        self.kind, self.frame = kind, frame

    def rows(self, ids: pl.Series) -> Ints:
        """Row of each id."""
        found = ids.to_frame("id").join(self.frame.select("id", "row"), on="id", how="left", maintain_order="left")
        return found["row"].to_numpy()

    def loads(self) -> Loads:
        """What is still to be given: minima and maxima less what is taken."""
        from tongtu.solve.market import Loads

        least = (pl.col("least") - pl.col("taken")).clip(0, pl.col("left"))
        found = self.frame.select(least=least, most="left")
        return Loads(found["least"].to_numpy(), found["most"].to_numpy())

    def label(self, row: int) -> Label:
        title, english, own = self.frame.select("title", "title_en", "id").row(row)
        return Label(title or own, english or "")


def places(
    registry: Registry, kind: str, ids: pl.Series, loads: pl.DataFrame | None, taken: pl.DataFrame | None
) -> Places:
    """For these ids. A listing's own `capacity` counts where `loads` says no `most`; without either it is 1."""
    known = ids.unique().sort().alias("id").to_frame().join(facts(registry, kind), on="id", how="left")
    said = _said(loads, kind)
    used = _used(taken, kind)
    found = known.sort("id").join(said, on="id", how="left").join(used, on="id", how="left").sort("id")
    most = pl.coalesce("most", "capacity", pl.lit(1, pl.Int64))
    found = found.with_columns(
        pl.col("least").fill_null(0), most.alias("most"), pl.col("taken").fill_null(0).cast(pl.Int64)
    )
    wrong = found.filter((pl.col("least") < 0) | (pl.col("least") > pl.col("most")))
    if wrong.height:
        raise DataRefused(
            Fault(
                Why("match_allocation.load-order", {"id": own, "least": least, "most": most}),
                Why("match_allocation.load-order-repair"),
            )
            for own, least, most in wrong.select("id", "least", "most").iter_rows()
        )
    left = (pl.col("most") - pl.col("taken")).clip(lower_bound=0)
    numbered = found.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64), left=left)
    return Places(kind, numbered.drop("capacity"))


def bound_to_give(loads: pl.DataFrame | None, kind: str) -> pl.Series:
    """Ids with a minimum: they stand among the places even where no pair names them, so that none is ignored."""
    if loads is None or "least" not in loads.columns:
        return pl.Series([], dtype=pl.String)
    return loads.filter((pl.col("kind") == kind) & (pl.col("least") > 0))["id"]


def once(pairs: pl.DataFrame, ask: str, answer: str) -> pl.DataFrame:
    """Each pair once, at its best score, in the order of ids."""
    best = pairs.select(ask, answer, "score").sort(ask, answer, "score", descending=[False, False, True])
    return best.unique([ask, answer], keep="first", maintain_order=True)


def market_of(pairs: pl.DataFrame, asks: Places, offers: Places) -> Market:
    """The pairs as edges, in their order."""
    from tongtu.solve.market import Market

    left, right = asks.rows(pairs[asks.kind]), offers.rows(pairs[offers.kind])
    return Market(left, right, pairs["score"].to_numpy(), asks.loads(), offers.loads())


def facts(registry: Registry, kind: str) -> pl.DataFrame:
    """id, title, title_en, capacity of every listing of a kind; null where its noun has no such column."""
    made = sides.kind_of(kind)
    frame = registry[made.noun]
    columns = []
    for name, type_ in (("title", pl.String), ("title_en", pl.String), ("capacity", pl.Int64)):
        own = made.columns.get(name, name)
        column = pl.col(own) if own in frame.columns else pl.lit(None)
        columns.append(column.cast(type_).alias(name))
    return frame.select(pl.col(made.key).alias("id"), *columns).sort("id")


def open_cases(registry: Registry, states: Sequence[str] = _HOLDS) -> pl.DataFrame:
    """case, need, achievement, platform of the cases that hold places."""
    held = registry["cases"].filter(pl.col("state").is_in(list(states)))
    return held.select("case", "need", "achievement", "platform")


def _said(loads: pl.DataFrame | None, kind: str) -> pl.DataFrame:
    empty = pl.DataFrame(schema=LOADS)
    if loads is None:
        return empty.drop("kind")
    said = pl.concat([empty, loads.select(c for c in LOADS if c in loads.columns)], how="diagonal_relaxed")
    said = said.filter(pl.col("kind") == kind).drop("kind").unique(maintain_order=True)
    twice = said.filter(pl.col("id").is_duplicated())["id"].unique().sort().to_list()
    if twice:
        raise DataRefused(
            Fault(Why("match_allocation.load-twice", {"id": own}), Why("match_allocation.load-twice-repair"))
            for own in twice
        )
    return said


def _used(taken: pl.DataFrame | None, kind: str) -> pl.DataFrame:
    if taken is None or kind not in taken.columns:
        return pl.DataFrame(schema={"id": pl.String, "taken": pl.Int64})
    return taken.select(id=kind).drop_nulls().group_by("id").agg(taken=pl.len().cast(pl.Int64))
