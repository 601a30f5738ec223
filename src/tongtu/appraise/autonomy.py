"""Supply-chain autonomy of each case: its item's own supply, gated by the weakest path beneath it.

Concentration is the Herfindahl–Hirschman index; the propagation and the way unknown supply is carried
are ours (see `graph`), and every reason says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.graph import UNKNOWN, Node, Share, path, propagate, routes
from tongtu.appraise.supply import dated, holdings
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

    `weakest` is the item with the smallest own share on the weakest path, `hhi` the concentration of the
    linked item's own suppliers. Raises DataRefused for shares that add up to more than 1.02, bounds that
    contradict a share, and each cycle in the bill of materials; all components are checked, linked or not.
    """
    supplied = {row["item"]: row for row in holdings(registry["supplies"], home, as_of).iter_rows(named=True)}
    own = {item: Share(row["own"], row["own_low"], row["own_high"]) for item, row in supplied.items()}
    by_item = routes(registry["components"])
    found = propagate(own, by_item)
    names = _Names(registry["items"])
    cases = cases.select("case", "need").unique("case", keep="first").sort("case")
    needs = registry["needs"].select("need", "item")
    linked = cases.join(needs, on="need", how="left", maintain_order="left").select("case", "item")
    said: dict[str | None, Row] = {None: {"why": Why("appraise.no-item").to_json()}}
    for item in linked["item"].drop_nulls().unique().sort():
        options = len(by_item.get(item, ()))
        said[item] = _row(item, found, supplied.get(item), options, names)
    return pl.DataFrame(
        [{**said[item], "case": case, "item": item} for case, item in linked.iter_rows()], schema=_AUTONOMY
    )


class _Names(dict[str, Label]):
    """Items by name; one that the table does not hold is called by its id."""

    def __init__(self, items: pl.DataFrame) -> None:
        rows = items.select("item", "name", "name_en").iter_rows()
        super().__init__((item, Label(name or item, en or "")) for item, name, en in rows)

    def __missing__(self, item: str) -> Label:
        return Label(item)


def _row(item: str, found: Mapping[str, Node], supply: Row | None, options: int, names: _Names) -> Row:
    """All columns but `case` and `item`."""
    node = found.get(item, Node(UNKNOWN))
    share = node.autonomy
    hhi = supply["hhi"] if supply else None
    told = _concentration(supply)
    parts = (*told, *_openings(node, supply, options, names))
    if share.point is None:
        bounded = share != UNKNOWN
        code = "appraise.autonomy-bounded" if bounded else "appraise.autonomy-unknown"
        args = {"item": names[item], **(_range(share) if bounded else {})}
        row: Row = {"low": share.low, "high": share.high} if bounded else {}
        return {**row, "hhi": hhi, "why": Why(code, args, parts).to_json()}
    steps = tuple(names[step] for step in path(item, found))
    chain = Why("appraise.path", {"steps": _arrowed(steps)}) if len(steps) > 1 else None
    weakest = names[node.weakest] if node.weakest is not None else None
    args = {"item": names[item], "value": Ratio(share.point), **_range(share)}
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


def _openings(node: Node, supply: Row | None, options: int, names: _Names) -> tuple[Why, ...]:
    parts = []
    if options > 1 and node.route:
        parts.append(Why("appraise.route", {"route": node.route, "n": options}))
    if supply is None and options:
        parts.append(Why("appraise.own-unknown"))
    if node.gaps:
        parts.append(Why("appraise.gaps", {"items": tuple(names[gap] for gap in node.gaps)}))
    return (*parts, Why("appraise.ours-autonomy"))


def _arrowed(steps: tuple[Label, ...]) -> Label:
    return Label(" → ".join(s.say("zh") for s in steps), " → ".join(s.say("en") for s in steps))


def _range(share: Share) -> dict[str, Ratio]:
    return {"low": Ratio(share.low), "high": Ratio(share.high)}
