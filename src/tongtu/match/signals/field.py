"""Field: how near the fields of two listings are in the taxonomies that name them.

The mean of what is known of four: directions (the same 1, of one area a half), focus areas (one in common),
IPC symbols (the longest prefix they share), and industries, where patents of one side meet keywords or
directions of the other. A listing that states no direction gets none: what its patents suggest is a part
of its own, never a direction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from tongtu.match.signals import ipc
from tongtu.match.signals.pairs import Kinds, listed, over
from tongtu.match.signals.signal import Measure, Row, Scene, Signal, label, ours, result
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

#: what both have in common, the first by code; "" where both say something and nothing is in common
_FACTS = dict.fromkeys(("field_direction", "field_area", "field_focus", "field_ipc", "field_industry"), pl.String)
Judge = Callable[[pl.DataFrame], pl.DataFrame]
_LISTS = dict.fromkeys(("directions", "focus", "ipc", "keywords"), pl.List(pl.String))


def _prepare(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    areas = scene.once(_areas)
    sides = [listed(side, **_LISTS) for side in (asked, offered)]
    known = ipc.symbols(*sides)
    judges: dict[str, tuple[Judge, list[Kinds]]] = {
        "directions": (partial(_directions, areas=areas), [Kinds(side.select("directions")) for side in sides]),
        "focus": (_focus, [Kinds(side.select("focus")) for side in sides]),
        "industries": (_industries, [Kinds(ipc.industries(side, scene.industries)) for side in sides]),
    }

    def measure(found: pl.DataFrame) -> pl.DataFrame:
        pairs = found.select("n", "a")
        judged = [
            over(pairs, left, right, judge, scene.known(name)).drop("n", "a")
            for name, (judge, (left, right)) in judges.items()
        ]
        every = pl.concat([pairs, *judged, _patents(pairs, known)], how="horizontal")
        parts = ("by_direction", "by_focus", "by_industry", "by_patents")
        return result(every.with_columns(field=pl.mean_horizontal(parts)), "field", _FACTS)

    return measure


def _areas(scene: Scene) -> pl.DataFrame:
    return scene.table("directions").select("direction", "area").drop_nulls()


def _with_areas(once: pl.DataFrame, areas: pl.DataFrame, suffix: str) -> pl.DataFrame:
    """The areas that the directions of one listing of each pair lie in."""
    rows = once.select("pair", direction=f"directions{suffix}").explode("direction", empty_as_null=True)
    within = (
        rows.join(areas, on="direction").group_by("pair").agg(pl.col("area").unique().sort().alias(f"areas{suffix}"))
    )
    return once.join(within, on="pair", how="left", maintain_order="left")


def _directions(once: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    once = _with_areas(_with_areas(once, areas, ""), areas, "_a")
    met = once.select("pair", field_direction=_common("directions"), field_area=_common("areas"))
    apart = pl.col("field_direction") == ""
    near = pl.when(_met("field_area")).then(ours("field")["same_area"]).otherwise(0.0)
    return met.with_columns(
        field_area=pl.when(apart).then("field_area"),
        by_direction=pl.when(apart).then(near).otherwise(_met("field_direction").cast(pl.Float64)),
    )


def _focus(once: pl.DataFrame) -> pl.DataFrame:
    met = once.select("pair", field_focus=_common("focus"))
    return met.with_columns(by_focus=_met("field_focus").cast(pl.Float64))


def _industries(once: pl.DataFrame) -> pl.DataFrame:
    """What one side's patents or keywords say against all the other says; two directions alone are no second proof."""
    there, back = _common("told", "all"), _common("all", "told")
    met = once.select("pair", field_industry=pl.max_horizontal(there, back))  # "" stands before every code
    return met.with_columns(by_industry=_met("field_industry").cast(pl.Float64))


def _patents(pairs: pl.DataFrame, known: ipc.Symbols) -> pl.DataFrame:
    worth = dict(enumerate([0.0, *ours("field")["ipc_shared"]]))
    value = pl.col("level").replace_strict(worth, return_dtype=pl.Float64)
    return ipc.shared(pairs, known).select(field_ipc="prefix", by_patents=value)


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


FIELD = Signal("field", _FACTS, _prepare, _why)
