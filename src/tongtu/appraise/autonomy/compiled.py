"""`graph`: the registry's tables of items, suppliers, components and substitutes, compiled once to arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import net as nets
from tongtu.appraise.autonomy.asked import within
from tongtu.appraise.autonomy.cycles import cycle_faults
from tongtu.appraise.autonomy.net import Floats, Ints, Net
from tongtu.appraise.autonomy.shares import faults as share_faults
from tongtu.appraise.autonomy.shares import in_force
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label, Why

_FACTS = ("name", "name_en", "stock_days", "recovery_days", "substitute_days", "value_share")
_EDGES = ("item", "component", "route", "value_share")


@dataclass(frozen=True, eq=False)
class SupplyGraph:
    """Items, what they are made of, who supplies them, what can stand in for them. Made by `graph`, never changed.

    Node k < len(items) is item k as made; further nodes are items as used, where they have a qualified substitute.
    `used[k]` is the node whoever needs item k looks at, `stands[node]` the item a node is about.
    """

    items: tuple[str, ...]
    net: Net
    stands: Ints
    used: Ints
    #: by branch: name of the route, the substitute's item (−1 for a route or the item itself), performance, days
    names: tuple[str, ...]
    swap: Ints
    performance: Floats
    days: Floats
    #: rows of supply in force (see `shares.in_force`)
    supplies: pl.DataFrame
    #: item, name, name_en, stock_days, recovery_days, substitute_days, value_share: a row per item, in order
    facts: pl.DataFrame
    #: item, component, route, kind (part, optional, substitute), performance, days, qualified, value_share
    edges: pl.DataFrame

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {item: k for k, item in enumerate(self.items)}

    @cached_property
    def _enum(self) -> pl.Enum:
        return pl.Enum(self.facts["item"])

    @cached_property
    def _labels(self) -> dict[str, Label]:
        named = self.facts.filter(pl.col("name").is_not_null() | pl.col("name_en").is_not_null())
        rows = named.select("item", "name", "name_en").iter_rows()
        return {item: Label(name or item, english or "") for item, name, english in rows}

    @cached_property
    def _branches(self) -> tuple[Ints, Ints]:
        return self.net.branches()

    def __contains__(self, item: str) -> bool:
        return item in self._positions

    def position(self, item: str) -> int:
        """Raises DataRefused for an item the graph does not hold."""
        found = self._positions.get(item)
        if found is None:
            raise DataRefused(_unknown("items", item))
        return found

    def branches(self, node: int) -> range:
        low, high = self._branches
        return range(int(low[node]), int(high[node]))

    def routes(self, item: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Routes by name, each with the items it requires."""
        found = self.branches(self.position(item))
        return tuple((self.names[b], tuple(self.items[self.stands[u]] for u in self.net.of(b))) for b in found)

    def substitutes(self, item: str) -> tuple[tuple[str, float | None, float | None], ...]:
        """Qualified substitutes: item, performance, days to switch (null where nobody said)."""
        k = self.position(item)
        if self.used[k] == k:
            return ()
        found = [b for b in self.branches(int(self.used[k])) if self.swap[b] >= 0]
        return tuple((self.items[self.swap[b]], _known(self.performance[b]), _known(self.days[b])) for b in found)

    def cone(self, target: str) -> tuple[str, ...]:
        """Everything the target stands on, on any route or through any substitute; itself included."""
        inside = nets.cone(self.net, [int(self.used[self.position(target)])])
        return tuple(self.items[k] for k in np.unique(self.stands[inside]))

    def label(self, item: str) -> Label:
        """The item by name; one that the table does not hold is called by its id."""
        return self._labels.get(item, Label(item))

    def way(self, items: Iterable[str]) -> Label:
        """Items by name with arrows between, in both languages."""
        steps = [self.label(item) for item in items]
        return Label(" → ".join(step.say("zh") for step in steps), " → ".join(step.say("en") for step in steps))

    def fact(self, name: str) -> Floats:
        """A column of `facts` by position of the item, NaN where unknown."""
        return _floats(self.facts[name])

    def coded(self, items: pl.Series) -> Ints:
        """Positions of items that the graph holds."""
        return _codes(items.cast(self._enum))


def graph_of(registry: Registry, *, as_of: date, rounding: float = 0.0, strict: bool = True) -> SupplyGraph:
    """`graph` of a registry's tables."""
    tables = {name: registry[name] for name in ("substitutes", "items")}
    return graph(registry["supplies"], registry["components"], **tables, as_of=as_of, rounding=rounding, strict=strict)


def graph(
    supplies: pl.DataFrame,
    components: pl.DataFrame,
    *,
    substitutes: pl.DataFrame | None = None,
    items: pl.DataFrame | None = None,
    as_of: date,
    rounding: float = 0.0,
    strict: bool = True,
) -> SupplyGraph:
    """The four tables as a graph, at a date. Columns as in the nouns of these names; absent columns are unknown.

    A component that is not required gates nothing; a blank counts as required. One without a route is needed on every
    route of its item. A qualified substitute is another way of having what it replaces, for whoever uses that; an
    unqualified one is remembered and counts for nothing. `rounding` is the half width within which a share printed
    without bounds lies (0.005 for whole per cents).

    Raises DataRefused with all faults at once: shares of an item above 1.02, bounds that contradict a share, a route
    without any required component, every cycle (an item that goes into itself included), and, where `strict` and
    `items` has rows, every item that table does not hold. UsageFault for a rounding outside 0..0.5.
    """
    within(0.0, 0.5, rounding=rounding)
    rows = in_force(_filled(supplies, "supplies"), as_of, rounding)
    parts, swaps = _filled(components, "components"), _filled(substitutes, "substitutes")
    listed = _filled(items, "items")
    faults = [*share_faults(rows, rounding), *_bare_routes(parts)]
    named = [listed["item"], rows["item"], parts["item"], parts["component"], swaps["item"], swaps["substitute"]]
    ids = pl.concat(named).drop_nulls().unique().sort()
    if strict and 0 < listed["item"].n_unique() < len(ids):
        faults += _strangers(listed["item"], {"supplies": rows, "components": parts, "substitutes": swaps})
    edges = _edges(_coded(parts, "component", ids), _coded(swaps, "substitute", ids))
    made = _compiled(edges, rows, _facts(listed, ids), faults)
    if faults:
        raise DataRefused(faults)
    return made


def _coded(lines: pl.DataFrame, end: str, ids: pl.Series) -> pl.DataFrame:
    """Whole lines in one order, their two items as codes: sorting and joining numbers is quicker than text."""
    known = pl.Enum(ids)
    whole = lines.filter(pl.col("item").is_not_null() & pl.col(end).is_not_null())
    return whole.with_columns(pl.col("item", end).cast(known)).sort("item", end, pl.exclude("item", end))


def _filled(frame: pl.DataFrame | None, noun: str) -> pl.DataFrame:
    """All columns of the noun, in their types; extra columns fall away."""
    from tongtu.registry import noun as defined

    if frame is None:
        return defined(noun).empty()
    have = set(frame.columns)
    return frame.select(
        pl.col(c.name).cast(c.dtype()) if c.name in have else pl.lit(None, c.dtype()).alias(c.name)
        for c in defined(noun).columns
    )


def _edges(parts: pl.DataFrame, swaps: pl.DataFrame) -> pl.DataFrame:
    """Every line of the picture; a common part once for each route of its item, a pair of substitutes once."""
    whole = parts.with_columns(pl.col("route").fill_null(""), pl.col("required").fill_null(value=True))
    needed, optional = whole.filter("required").select(_EDGES), whole.filter(~pl.col("required")).select(_EDGES)
    named = needed.filter(pl.col("route") != "")
    common = needed.filter(pl.col("route") == "")
    by_route = common.drop("route").join(named.select("item", "route").unique(), on="item").select(_EDGES)
    alone = common.join(named, on="item", how="anti")
    once = pl.concat([named, by_route, alone]).unique(["item", "route", "component"], keep="first", maintain_order=True)
    kinds = {"part": once, "optional": optional}
    lines = [frame.with_columns(pl.lit(kind).alias("kind")) for kind, frame in kinds.items()]
    stand_in = _substitutes(swaps).select(
        "item", pl.col("substitute").alias("component"), pl.lit("").alias("route"), pl.lit("substitute").alias("kind"),
        "performance", pl.col("switch_days").alias("days"), "qualified",
    )  # fmt: skip
    return pl.concat([*lines, stand_in], how="diagonal").sort("item", "kind", "route", "component")


def _substitutes(swaps: pl.DataFrame) -> pl.DataFrame:
    """One row per pair: the qualified before the others, the better, then the quicker."""
    best = swaps.with_columns(pl.col("qualified").fill_null(value=False)).sort(
        "item", "substitute", "qualified", "performance", "switch_days",
        descending=[False, False, True, True, False], nulls_last=True,
    )  # fmt: skip
    return best.unique(["item", "substitute"], keep="first", maintain_order=True)


def _facts(listed: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    facts = listed.select("item", *_FACTS).unique("item", keep="first", maintain_order=True)
    return pl.DataFrame({"item": ids}, schema={"item": pl.String}).join(
        facts, on="item", how="left", maintain_order="left"
    )


def _compiled(edges: pl.DataFrame, rows: pl.DataFrame, facts: pl.DataFrame, faults: list[Fault]) -> SupplyGraph:
    """Nodes and branches; cycles are added to `faults`."""
    items = tuple(facts["item"])
    swaps = edges.filter((pl.col("kind") == "substitute") & pl.col("qualified"))
    replaced, stand_in = _codes(swaps["item"]), _codes(swaps["component"])
    doubled = np.unique(replaced)
    used = np.arange(len(items))
    used[doubled] = len(items) + np.arange(len(doubled))
    stands = np.concatenate([np.arange(len(items)), doubled])
    # three kinds of branches, in this order within a node: routes by name; the item itself; its substitutes
    made, counts, inputs, names = _routes(edges.filter(pl.col("kind") == "part"), used)
    node = np.concatenate([made, used[doubled], used[replaced]])
    single = len(doubled) + len(replaced)
    start = np.concatenate([[0], np.cumsum(np.concatenate([counts, np.ones(single, np.int64)]))])
    inputs = np.concatenate([inputs, doubled, stand_in])
    net, order, left = nets.ordered(len(stands), node, start, inputs)
    if len(left):
        faults.extend(cycle_faults(_unfinished(items, stands, node, start, inputs, left)))
    plain = len(made) + len(doubled)
    names += [""] * single
    swap = np.concatenate([np.full(plain, -1), stand_in])
    performance = np.concatenate([np.ones(plain), _floats(swaps["performance"])])
    days = np.concatenate([np.zeros(plain), _floats(swaps["days"])])
    lines = edges.with_columns(pl.col("item", "component").cast(pl.String))
    return SupplyGraph(
        items, net, stands, used, tuple(names[b] for b in order), swap[order], performance[order], days[order],
        rows, facts, lines,
    )  # fmt: skip


def _routes(parts: pl.DataFrame, used: Ints) -> tuple[Ints, Ints, Ints, list[str]]:
    """Item, number of inputs and name of each route in order, and all their inputs one after another."""
    group = parts.select(pl.struct("item", "route").rle_id().alias("group"))["group"].to_numpy().astype(np.int64)
    opening = np.flatnonzero(np.diff(group, prepend=-1))
    counts = np.diff(np.append(opening, len(parts)))
    return (
        _codes(parts["item"])[opening],
        counts,
        used[_codes(parts["component"])],
        parts["route"].gather(opening).to_list(),
    )


def _unfinished(
    items: tuple[str, ...], stands: Ints, node: Ints, start: Ints, inputs: Ints, left: Ints
) -> dict[tuple[str, int], list[tuple[str, int]]]:
    """What is on or above a cycle, by name."""
    names = {int(v): (items[stands[v]], int(v >= len(items))) for v in left}
    found: dict[tuple[str, int], list[tuple[str, int]]] = {place: [] for place in names.values()}
    for branch in np.flatnonzero(np.isin(node, left)):
        below = inputs[start[branch] : start[branch + 1]]
        found[names[int(node[branch])]] += [names[int(u)] for u in below if int(u) in names]
    return {place: list(dict.fromkeys(below)) for place, below in found.items()}


def _codes(items: pl.Series) -> Ints:
    return items.to_physical().to_numpy().astype(np.int64)


def _floats(values: pl.Series) -> Floats:
    """Numbers with NaN for what is unknown."""
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _bare_routes(parts: pl.DataFrame) -> Iterator[Fault]:
    """A named route on which nothing is required would be had for nothing."""
    named = parts.filter((pl.col("route").fill_null("") != "") & pl.col("item").is_not_null())
    needed = (pl.col("required").fill_null(value=True) & pl.col("component").is_not_null()).any().alias("needed")
    for item, route in (
        named.group_by("item", "route")
        .agg(needed)
        .filter(~pl.col("needed"))
        .sort("item", "route")["item", "route"]
        .iter_rows()
    ):
        what = Why("appraise_autonomy.bare-route", {"item": item, "route": route})
        yield Fault(what, Why("appraise_autonomy.bare-route-repair"), sheet="components", value=route)


def _strangers(listed: pl.Series, tables: dict[str, pl.DataFrame]) -> Iterator[Fault]:
    for sheet, frame in tables.items():
        columns = [name for name in ("item", "component", "substitute") if name in frame.columns]
        for column in columns:
            found = frame[column].drop_nulls().unique()
            yield from (_unknown(sheet, item, column) for item in found.filter(~found.is_in(listed.implode())).sort())


def _unknown(sheet: str, item: str, column: str = "item") -> Fault:
    what = Why("appraise_autonomy.unknown-item", {"item": item})
    return Fault(what, Why("appraise_autonomy.unknown-item-repair"), sheet=sheet, column=column, value=item)
