"""The chain's table `autonomy`: each case's item, its own supply, gated by the weakest path beneath it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.autonomy.compiled import graph_of
from tongtu.appraise.autonomy.propagation import UNKNOWN, Autonomy, Node, Share, propagate
from tongtu.appraise.autonomy.shares import dated, holdings
from tongtu.registry import Registry
from tongtu.terms.why import Label, Ratio, Why

_AUTONOMY: Mapping[str, Any] = {
    "case": pl.String, "item": pl.String, "autonomy": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "hhi": pl.Float64, "weakest": pl.String, "why": pl.String,
}  # fmt: skip
#: a sum of shares within rounding of one says all there is
_WHOLE = 0.98
Row = dict[str, Any]


def autonomy(cases: pl.DataFrame, registry: Registry, *, home: str, as_of: date) -> pl.DataFrame:
    """The chain's table `autonomy`: a row per case, by case. `cases` needs `case` and `need`.

    `home` is the jurisdiction (ISO 3166-1, two letters) whose supply counts as one's own. The item is the
    need's. An item with suppliers but no components stands on its own supply. One with components but no
    suppliers (it may be the very thing the case is to make) stands on its inputs: its own step counts as
    one in `autonomy`, as anything from zero to one in `low` and `high`. Without either, all is null.
    A qualified substitute counts with its performance, where that serves better.

    `weakest` is the item with the smallest own share on the weakest path, `hhi` the concentration of the
    linked item's own suppliers, as printed. Raises DataRefused as `graph` does, except that an item may be missing
    from the table of items; everything is checked, linked or not.
    """
    graph = graph_of(registry, as_of=as_of, strict=False)
    supplied = {row["item"]: row for row in holdings(graph.supplies, home).iter_rows(named=True)}
    found = propagate(graph, home)
    cases = cases.select("case", "need").unique("case", keep="first").sort("case")
    needs = registry["needs"].select("need", "item")
    linked = cases.join(needs, on="need", how="left", maintain_order="left").select("case", "item")
    said: dict[str | None, Row] = {None: {"why": Why("appraise.no-item").to_json()}}
    for item in linked["item"].drop_nulls().unique().sort():
        said[item] = _row(item, found, supplied.get(item))
    return pl.DataFrame(
        [{**said[item], "case": case, "item": item} for case, item in linked.iter_rows()], schema=_AUTONOMY
    )


def _row(item: str, found: Autonomy, supply: Row | None) -> Row:
    """All columns but `case` and `item`."""
    held, name = item in found.graph, found.graph.label
    node = found.of(item) if held else Node(UNKNOWN)
    share = node.autonomy
    hhi = supply["hhi"] if supply else None
    options = len(found.graph.routes(item)) if held else 0
    parts = (*_concentration(supply), *_openings(node, supply, options, name))
    if share.point is None:
        bounded = share != UNKNOWN
        code = "appraise.autonomy-bounded" if bounded else "appraise.autonomy-unknown"
        args = {"item": name(item), **(_range(share) if bounded else {})}
        row: Row = {"low": share.low, "high": share.high} if bounded else {}
        return {**row, "hhi": hhi, "why": Why(code, args, parts).to_json()}
    steps = found.path(item)
    chain = Why("appraise.path", {"steps": found.graph.way(steps)}) if len(steps) > 1 else None
    weakest = name(node.weakest) if node.weakest is not None else None
    args = {"item": name(item), "value": Ratio(share.point), **_range(share)}
    args |= {"weakest": weakest, "floor": Ratio(node.floor)}
    why = Why("appraise.autonomy", args, ((chain,) if chain else ()) + parts)
    figures = {"autonomy": share.point, "low": share.low, "high": share.high, "hhi": hhi}
    return {**figures, "weakest": node.weakest, "why": why.to_json()}


def _concentration(supply: Row | None) -> tuple[Why, ...]:
    if supply is None:
        return ()
    args = {"n": supply["suppliers"], "year": dated(supply["year"]), "hhi": supply["hhi"]}
    parts = [Why("appraise.concentration", args)]
    if supply["stated"] < _WHOLE:
        parts.append(Why("appraise.unattributed", {"stated": Ratio(supply["stated"])}))
    if supply["undiscounted"]:
        parts.append(Why("appraise.undiscounted", {"n": supply["undiscounted"]}))
    return tuple(parts)


def _openings(node: Node, supply: Row | None, options: int, name: Callable[[str], Label]) -> tuple[Why, ...]:
    parts = []
    if options > 1 and node.route:
        parts.append(Why("appraise.route", {"route": node.route, "n": options}))
    if node.substitute is not None:
        parts.append(Why("appraise_autonomy.stands-in", {"substitute": name(node.substitute)}))
    if supply is None and options:
        parts.append(Why("appraise.own-unknown"))
    if node.gaps:
        parts.append(Why("appraise.gaps", {"items": tuple(name(gap) for gap in node.gaps)}))
    return (*parts, Why("appraise.ours-autonomy"))


def _range(share: Share) -> dict[str, Ratio]:
    return {"low": Ratio(share.low), "high": Ratio(share.high)}
