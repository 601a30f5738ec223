"""Dated control lists as scenarios: which items they name, which cases and needs stand on those, and what remains.

A control is imposed by one jurisdiction against some or all others, on an item or on HS codes, from a day to a day. It
takes that jurisdiction's share of the item's supply away; a list is one scenario, since its rows come together. What is
not in force on the day is told with its dates and takes nothing away, unless the question is `regardless` of dates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.autonomy import Share, SupplyGraph, graph_of
from tongtu.appraise.dependency.scenario import Remaining, stop
from tongtu.registry import Registry
from tongtu.terms.why import Label, Ratio, Why

Row = dict[str, Any]
_ITEMS: Mapping[str, Any] = {
    "control": pl.String, "list": pl.String, "jurisdiction": pl.String, "item": pl.String, "by": pl.String,
    "since": pl.Date, "until": pl.Date, "state": pl.String, "lost": pl.Float64, "lost_low": pl.Float64,
    "lost_high": pl.Float64, "suppliers": pl.List(pl.String), "source": pl.String, "grade": pl.String,
    "why": pl.String,
}  # fmt: skip
_REACHED: Mapping[str, Any] = {
    "list": pl.String, "kind": pl.String, "id": pl.String, "item": pl.String, "hit": pl.String,
    "path": pl.List(pl.String), "after": pl.Float64, "after_low": pl.Float64, "after_high": pl.Float64,
    "why": pl.String,
}  # fmt: skip
_LISTS: Mapping[str, Any] = {
    "list": pl.String, "controls": pl.Int64, "in_force": pl.Int64, "items": pl.Int64, "needs": pl.Int64,
    "cases": pl.Int64, "unmatched": pl.Int64, "why": pl.String,
}  # fmt: skip


_NOBODY: Row = {"lost": 0.0, "lost_low": 0.0, "lost_high": 0.0, "suppliers": []}
_UNKNOWN: Row = {"lost": None, "lost_low": None, "lost_high": None, "suppliers": []}


@dataclass(frozen=True, slots=True)
class Hits:
    """`items`: control, list, jurisdiction, item (null: no item here answers to it), by (item or hs), since, until,
    state (in_force, not_yet, ended, not_against), lost (share of the item's supply that ends; null unknown), lost_low,
    lost_high, suppliers, source, grade, why; by control and item.

    `reached`: list, kind (case, need, item), id, item, hit (the controlled item it stands on), path (from item to hit),
    after (what remains of the item's supply), after_low, after_high, why; worst first. Items are those nothing else is
    made of.

    `lists`: list, controls, in_force, items, needs, cases, unmatched, why. `remaining`: what is left, by list.
    """

    items: pl.DataFrame
    reached: pl.DataFrame
    lists: pl.DataFrame
    remaining: Mapping[str, Remaining]


def hit(
    controls: pl.DataFrame,
    registry: Registry,
    *,
    as_of: date,
    home: str | Collection[str],
    graph: SupplyGraph | None = None,
    regardless: bool = False,
) -> Hits:
    """What control lists hit on a day.

    controls: the noun's columns. home: codes by which one's own jurisdiction goes; controls against others, and those
    it imposes itself, do not hit it. regardless: as if all were in force (a what-if of a list that is announced).
    """
    graph = graph or graph_of(registry, as_of=as_of)
    codes = {home} if isinstance(home, str) else set(home)
    matched = _matched(controls, registry["items"], {code.upper() for code in codes}, as_of, regardless)
    remaining = {name: stop(graph, by_item=_named(rows, graph)) for (name,), rows in matched.partition_by(
        "list", as_dict=True, maintain_order=True).items()}  # fmt: skip
    items = _items(matched, remaining, _names(registry))
    reached = _reached(items, registry, graph, remaining)
    return Hits(items, reached, _lists(items, reached), remaining)


def _matched(
    controls: pl.DataFrame, items: pl.DataFrame, home: Collection[str], as_of: date, regardless: bool
) -> pl.DataFrame:  # fmt: skip
    """A row per control and item that it names, by its id or by the beginning of an HS code; and each one's state."""
    codes = (
        items.select("item", "hs").explode("hs").drop_nulls("hs").with_columns(pl.col("hs").str.replace_all(r"\D", ""))
    )
    known = set(items["item"])
    rows: list[Row] = []
    for control in controls.sort("control").iter_rows(named=True):
        found: dict[str, str] = {}
        for code in control["hs"] or ():
            found |= dict.fromkeys(_under(code, codes), "hs")
        if control["item"] is not None and (control["item"] in known or not known):
            found[control["item"]] = "item"
        state = _state(control, home, as_of, regardless)
        rows += [{**control, "item": item, "by": by, "state": state} for item, by in sorted(found.items())]
        if not found:
            rows.append({**control, "item": None, "by": None, "state": state})
    names = ("control", "list", "jurisdiction", "item", "by", "since", "until", "state", "source", "grade")
    return pl.DataFrame(rows, schema={name: _ITEMS[name] for name in names})


def _under(code: str, codes: pl.DataFrame) -> list[str]:
    """Items whose HS code begins with a control's, or the other way round: a finer control hits part of the item."""
    digits = "".join(c for c in code if c.isdigit())
    if not digits:
        return []
    near = codes.filter(pl.col("hs").str.starts_with(digits) | pl.lit(digits).str.starts_with(pl.col("hs")))
    return near["item"].unique().sort().to_list()


def _state(control: Row, home: Collection[str], as_of: date, regardless: bool) -> str:
    against = {code.strip().upper() for code in control["against"] or ()}
    if (against and not against & set(home)) or (control["jurisdiction"] or "").strip().upper() in home:
        return "not_against"
    if regardless:
        return "in_force"
    if control["since"] is not None and control["since"] > as_of:
        return "not_yet"
    return "ended" if control["until"] is not None and control["until"] < as_of else "in_force"


def _named(rows: pl.DataFrame, graph: SupplyGraph) -> dict[str, list[str]]:
    """Controlled items with the jurisdictions that stop supplying them."""
    live = rows.filter(pl.col("state") == "in_force").drop_nulls("item")
    by_item = live.group_by("item").agg(pl.col("jurisdiction").unique().sort())
    return {item: places for item, places in by_item.iter_rows() if item in graph}


def _items(matched: pl.DataFrame, remaining: Mapping[str, Remaining], names: Mapping[str, Label]) -> pl.DataFrame:
    """Each control with what its own jurisdiction's share of the item is."""
    held = _held(next(iter(remaining.values())).graph) if remaining else {}
    lost: list[Row] = []
    for row in matched.iter_rows(named=True):
        known = row["item"] is not None
        mine = held.get((row["item"], (row["jurisdiction"] or "").strip().upper()), _NOBODY) if known else _UNKNOWN
        lost.append({**row, **mine})
    for row in lost:
        row["why"] = _item_why(row, names).to_json()
    return pl.DataFrame(lost, schema=_ITEMS).sort("control", "item", nulls_last=True)


def _held(graph: SupplyGraph) -> dict[tuple[str, str], Row]:
    """What each jurisdiction supplies of each item: the share that would be lost, its ends, by whom."""
    share, low, high = pl.col("share"), pl.col("share_low"), pl.col("share_high")
    rows = graph.supplies.drop_nulls("jurisdiction").group_by("item", "jurisdiction", maintain_order=True).agg(
        pl.when(share.is_not_null().all()).then(share.sum().clip(0.0, 1.0)).alias("lost"),
        low.fill_null(0.0).sum().clip(0.0, 1.0).alias("lost_low"),
        pl.coalesce(high, share, pl.lit(1.0)).sum().clip(0.0, 1.0).alias("lost_high"),
        pl.col("supplier").unique().sort().alias("suppliers"),
    )  # fmt: skip
    return {(row.pop("item"), row.pop("jurisdiction")): row for row in rows.iter_rows(named=True)}


def _item_why(row: Row, names: Mapping[str, Label]) -> Why:
    args = {"control": row["control"], "list": row["list"], "jurisdiction": row["jurisdiction"]}
    if row["item"] is None:
        return Why("appraise_dependency.control-unmatched", args)
    args |= {"item": names.get(row["item"], Label(row["item"])), "since": row["since"], "until": row["until"]}
    if row["state"] != "in_force":
        return Why(f"appraise_dependency.control-{row['state'].replace('_', '-')}", args)
    if not row["suppliers"]:
        return Why("appraise_dependency.control-no-supply", args)
    if row["lost"] is None:
        return Why("appraise_dependency.control-share-unknown", {**args, "suppliers": tuple(row["suppliers"])})
    return Why("appraise_dependency.control-hits", {
        **args, "lost": Ratio(row["lost"]), "suppliers": tuple(row["suppliers"])})  # fmt: skip


def _reached(
    items: pl.DataFrame, registry: Registry, graph: SupplyGraph, remaining: Mapping[str, Remaining]
) -> pl.DataFrame:  # fmt: skip
    """Cases, needs and end products that stand on a controlled item, by a shortest path."""
    names = _names(registry)
    uses = _uses(graph)
    standing = _standing(registry, graph, uses)
    rows: list[Row] = []
    live = items.filter((pl.col("state") == "in_force") & (pl.col("suppliers").list.len() > 0))
    for (name,), part in live.partition_by("list", as_dict=True, maintain_order=True).items():
        left = remaining[name]
        for item in part["item"].drop_nulls().unique().sort():
            ways = above(item, uses)
            for kind, own, at in standing:
                if at in ways:
                    rows.append(_reached_row(name, kind, own, ways[at], left.of(at), names))
    found = pl.DataFrame(rows, schema=_REACHED)
    order = pl.col("kind").replace_strict({"case": 0, "need": 1, "item": 2}, return_dtype=pl.Int64)
    return found.sort("list", order, "after", "id", "hit", nulls_last=True)


def _reached_row(name: str, kind: str, own: str, path: list[str], left: Share, names: Mapping[str, Label]) -> Row:
    steps = [names.get(step, Label(step)) for step in path]
    args: Row = {"item": steps[0], "hit": steps[-1], "low": Ratio(left.low), "high": Ratio(left.high)}
    args |= {"after": None if left.point is None else Ratio(left.point)}
    chain = Label(" → ".join(s.say("zh") for s in steps), " → ".join(s.say("en") for s in steps))
    why = Why("appraise_dependency.reached", args, (Why("appraise_dependency.path", {"steps": chain}),))
    return {"list": name, "kind": kind, "id": own, "item": path[0], "hit": path[-1], "path": path,
            "after": left.point, "after_low": left.low, "after_high": left.high, "why": why.to_json()}  # fmt: skip


def _names(registry: Registry) -> dict[str, Label]:
    rows = registry["items"].select("item", "name", "name_en").iter_rows()
    return {item: Label(name or item, en or "") for item, name, en in rows}


def _uses(graph: SupplyGraph) -> dict[str, list[str]]:
    """What each item goes into as a required part, on any route."""
    found: dict[str, list[str]] = {}
    needed = graph.edges.filter(pl.col("kind") == "part").select("component", "item").unique().sort("component", "item")
    for component, item in needed.iter_rows():
        found.setdefault(component, []).append(item)
    return found


def above(item: str, uses: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Everything that stands on an item, each with the shortest path from it down to the item."""
    ways = {item: [item]}
    waiting = deque([item])
    while waiting:
        at = waiting.popleft()
        for user in uses.get(at, ()):
            if user not in ways:
                ways[user] = [user, *ways[at]]
                waiting.append(user)
    return ways


def _standing(registry: Registry, graph: SupplyGraph, uses: Mapping[str, list[str]]) -> list[tuple[str, str, str]]:
    """Cases and needs with their items, and end products."""
    needs = registry["needs"].select("need", "item").drop_nulls("item").sort("need")
    cases = (
        registry["cases"].filter(pl.col("closed").is_null()).select("case", "need").join(needs, on="need").sort("case")
    )
    found = [("case", case, item) for case, item in cases.select("case", "item").iter_rows()]
    found += [("need", need, item) for need, item in needs.iter_rows()]
    ends = [item for item in graph.items if not uses.get(item)]
    return [(kind, own, item) for kind, own, item in found if item in graph] + [("item", item, item) for item in ends]


def _lists(items: pl.DataFrame, reached: pl.DataFrame) -> pl.DataFrame:
    rows: list[Row] = []
    for (name,), part in items.partition_by("list", as_dict=True, maintain_order=True).items():
        mine = reached.filter(pl.col("list") == name)
        live = part.filter(pl.col("state") == "in_force")
        row: Row = {
            "list": name, "controls": part["control"].n_unique(), "in_force": live["control"].n_unique(),
            "items": live.filter(pl.col("suppliers").list.len() > 0)["item"].drop_nulls().n_unique(),
            **{f"{kind}s": mine.filter(pl.col("kind") == kind)["id"].n_unique() for kind in ("need", "case")},
            "unmatched": part.filter(pl.col("item").is_null())["control"].n_unique(),
        }  # fmt: skip
        row["why"] = Why("appraise_dependency.control-list", dict(row)).to_json()  # counts by name
        rows.append(row)
    return pl.DataFrame(rows, schema=_LISTS).sort("list")
