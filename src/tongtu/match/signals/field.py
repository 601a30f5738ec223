"""Field: how near the fields of two listings are in the taxonomies that name them.

The mean of what is known of four: directions (the same 1, of one area a half), focus areas (one in common),
IPC symbols (the longest prefix they share), and industries, where patents of one side meet keywords or
directions of the other. A listing that states no direction gets none: what its patents suggest is a part
of its own, never a direction.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from tongtu.match.signals import ipc
from tongtu.match.signals.pairs import Known, listed
from tongtu.match.signals.signal import Judged, Measure, Row, Scene, Signal, label, ours, rounded
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

#: what both have in common, the first by code; "" where both say something and nothing is in common
_FACTS = dict.fromkeys(("field_direction", "field_area", "field_focus", "field_ipc", "field_industry"), pl.String)
_LISTS = dict.fromkeys(("directions", "focus", "ipc", "keywords"), pl.List(pl.String))


def _read(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """By row the kinds of its directions, focus areas and industries, and its symbols."""
    lists = listed(listings, **_LISTS)
    told = {"directions": lists, "focus": lists, "industries": ipc.industries(lists, scene.industries)}
    kinds = {name: _known(name, scene).kinds.of(frame) for name, frame in told.items()}
    return pl.DataFrame(kinds).hstack([lists["ipc"]])


def _known(name: str, scene: Scene) -> Known:
    columns, judge = _JUDGES[name]
    return scene.known(name, columns, lambda once: judge(once, scene))


def _between(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    mine, theirs = (side[list(_JUDGES)] for side in (asked, offered))

    def measure(found: pl.DataFrame) -> pl.DataFrame:
        left, right = mine[found["n"]], theirs[found["a"]]
        every = _patents(found, asked["ipc"], offered["ipc"])
        for name in _JUDGES:
            every = every.hstack(_known(name, scene).over(left[name], right[name]))
        return every.select(_result())

    return measure


@cache
def _result() -> list[pl.Expr]:
    parts = ("by_direction", "by_focus", "by_industry", "by_patents")
    return [
        rounded(pl.mean_horizontal(parts)).alias("field"),
        *(pl.col(name).cast(kind) for name, kind in _FACTS.items()),
    ]


def _areas(scene: Scene) -> pl.DataFrame:
    return scene.table("directions").select("direction", "area").drop_nulls()


def _with_areas(once: pl.DataFrame, areas: pl.DataFrame, suffix: str) -> pl.DataFrame:
    """The areas that the directions of one listing of each pair lie in."""
    rows = once.select("pair", direction=f"directions{suffix}").explode("direction", empty_as_null=True)
    within = (
        rows.join(areas, on="direction").group_by("pair").agg(pl.col("area").unique().sort().alias(f"areas{suffix}"))
    )
    return once.join(within, on="pair", how="left", maintain_order="left")


def _directions(once: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    areas = scene.once(_areas)
    once = _with_areas(_with_areas(once, areas, ""), areas, "_a")
    met = once.select("pair", field_direction=_common("directions"), field_area=_common("areas"))
    apart = pl.col("field_direction") == ""
    near = pl.when(_met("field_area")).then(ours("field")["same_area"]).otherwise(0.0)
    return met.with_columns(
        field_area=pl.when(apart).then("field_area"),
        by_direction=pl.when(apart).then(near).otherwise(_met("field_direction").cast(pl.Float64)),
    )


def _focus(once: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    met = once.select("pair", field_focus=_common("focus"))
    return met.with_columns(by_focus=_met("field_focus").cast(pl.Float64))


def _industries(once: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """What one side's patents or keywords say against all the other says; two directions alone are no second proof."""
    there, back = _common("told", "all"), _common("all", "told")
    met = once.select("pair", field_industry=pl.max_horizontal(there, back))  # "" stands before every code
    return met.with_columns(by_industry=_met("field_industry").cast(pl.Float64))


#: name → the lists it looks at, and what compares them
_JUDGES: dict[str, tuple[tuple[str, ...], Judged]] = {
    "directions": (("directions",), _directions),
    "focus": (("focus",), _focus),
    "industries": (("told", "all"), _industries),
}


def _patents(found: pl.DataFrame, asked: pl.Series, offered: pl.Series) -> pl.DataFrame:
    shared = ipc.shared(found, asked, offered)
    if shared is None:
        return pl.DataFrame(schema={"field_ipc": pl.String, "by_patents": pl.Float64}).clear(found.height)
    worth = dict(enumerate([0.0, *ours("field")["ipc_shared"]]))
    value = pl.col("level").replace_strict(worth, return_dtype=pl.Float64)
    return shared.select(field_ipc="prefix", by_patents=value)


def _common(column: str, other: str = "") -> pl.Expr:
    """The first code two lists share; "" where they share none, null where either is not known."""
    mine, theirs = pl.col(column), pl.col(f"{other or column}_a")
    return pl.when(mine.is_not_null() & theirs.is_not_null()).then(
        mine.list.set_intersection(theirs).list.min().fill_null("")
    )


def _met(fact: str) -> pl.Expr:
    return pl.col(fact) != ""


def _why(row: Row, names: Vocabularies) -> Why:
    if row["field"] is None:
        return Why("match_signals.field-unknown")
    parts = []
    if row["field_direction"] == "" and row["field_area"]:
        parts.append(Why("match_signals.field-area", {"area": label(names, "area", row["field_area"])}))
    elif row["field_direction"] is not None:
        parts.append(_part("direction", row, names))
    parts += [_part(name, row, names) for name in ("focus", "ipc", "industry") if row[f"field_{name}"] is not None]
    return Why("match_signals.field", {}, tuple(parts))


def _part(name: str, row: Row, names: Vocabularies) -> Why:
    code = row[f"field_{name}"]
    if not code:
        return Why(f"match_signals.field-{name}-none")
    shown = code if name == "ipc" else label(names, name, code)
    return Why(f"match_signals.field-{name}", {name: shown})


FIELD = Signal("field", _FACTS, _read, _read, _between, _why)
