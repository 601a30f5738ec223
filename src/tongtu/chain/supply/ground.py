"""What every section of the autonomy dossier starts from: the graph, what it carries up, which item is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.network import Network
from tongtu.chain.report.spoken import Pair
from tongtu.registry import noun
from tongtu.terms.faults import UsageFault

if TYPE_CHECKING:
    from tongtu.appraise.autonomy import Autonomy, SupplyGraph
    from tongtu.appraise.dependency import Remaining

#: names a fault offers at most
_NEAR = 5
#: tables of which one at least must have rows
_TABLES = ("supplies", "components")


@dataclass(frozen=True)
class Supply:
    """`home`: codes of one's own jurisdiction; `target`: the item told of in depth (the asked one, or the weakest of
    the end products); `asked`: whether somebody asked for it; `jurisdictions`, `suppliers`: who stops, in `--without`;
    `controls`: lists known, `announced`: lists given for this question, taken as if in force; `enough`: the share of an
    item's supply that must remain for it to go on; `days`: how long those who stop stay away (null: until each item
    recovers)."""

    network: Network
    graph: SupplyGraph
    found: Autonomy
    home: tuple[str, ...]
    target: str
    asked: bool
    jurisdictions: tuple[str, ...]
    suppliers: tuple[str, ...]
    controls: pl.DataFrame
    announced: pl.DataFrame
    enough: float
    days: float | None

    def name(self, item: str | None) -> Pair:
        return self.network.name("items", item)

    def names(self, items: Iterable[str]) -> list[Pair]:
        return [self.name(item) for item in items]

    def one(self, said: str) -> str:
        """An item of the graph by id or name. Raises UsageFault, naming near ones."""
        return _item(self.network, self.graph, said)

    @cached_property
    def figures(self) -> pl.DataFrame:
        """Autonomy of every item, the least first."""
        return self.found.frame().sort("autonomy", "item", nulls_last=True)

    @cached_property
    def cone(self) -> frozenset[str]:
        """All the target stands on, itself included."""
        return frozenset(self.graph.cone(self.target))

    @cached_property
    def alone(self) -> list[tuple[str, Remaining]]:
        """Each foreign jurisdiction that supplies something beneath the target, and what remains when it alone stops;
        the worst first."""
        from tongtu.appraise.dependency import stop

        rows = self.graph.supplies.filter(pl.col("item").is_in(sorted(self.cone)))
        places = [one for one in rows["jurisdiction"].drop_nulls().unique().sort() if one not in self.home]
        found = [(place, stop(self.graph, jurisdictions=[place])) for place in places]
        return sorted(found, key=lambda one: (_point(one[1].of(self.target).point), one[0]))

    @cached_property
    def by_place(self) -> pl.DataFrame:
        from tongtu.appraise.autonomy import concentration

        return concentration(self.graph, by="jurisdiction")

    @cached_property
    def by_supplier(self) -> pl.DataFrame:
        from tongtu.appraise.autonomy import concentration

        return concentration(self.graph, by="supplier")


def _point(value: float | None) -> float:
    return 2.0 if value is None else value


def supply(
    network: Network,
    *,
    home: Sequence[str] = ("CN",),
    item: str | None = None,
    without: Sequence[str] = (),
    rounding: float = 0.0,
    enough: float = 0.0,
    days: float | None = None,
) -> Supply:
    """The ground for `dossier`. `item`: its id or name; `without`: codes of jurisdictions or names of suppliers.

    Raises UsageFault where neither supplies nor components have rows, for an item or a supplier nobody knows (naming
    near ones); DataRefused with all that is wrong with the tables (cycles, shares above one).
    """
    from tongtu.appraise.autonomy import graph_of, propagate

    if not any(name in network.registry for name in _TABLES):
        network.filled(*_TABLES)
    network.tell("supply-graph")
    graph = graph_of(network.registry, as_of=network.as_of, rounding=rounding)
    found = propagate(graph, home)
    own = None if item is None else _item(network, graph, item)
    places, firms = _stopped(graph, without)
    return Supply(
        network, graph, found, tuple(home), own or _weakest(found), own is not None, places, firms,
        network.registry["controls"], noun("controls").empty(), enough, days,
    )  # fmt: skip


def _item(network: Network, graph: SupplyGraph, said: str) -> str:
    """An item of the graph by id or name. Raises UsageFault, naming near ones."""
    if said in graph:
        return said
    titled = [item for item in graph.items if said in network.name("items", item)]
    if len(titled) == 1:
        return titled[0]
    names = {name: item for item in graph.items for name in (item, *network.name("items", item))}
    near = [names[name] for name in get_close_matches(said, sorted(names), _NEAR, 0.3)]
    raise network.not_among("items", said, titled or list(dict.fromkeys(near)) or graph.items)


def ends(graph: SupplyGraph) -> list[str]:
    """Items that go into nothing."""
    used = set(graph.edges.filter(pl.col("kind") == "part")["component"])
    return [item for item in graph.items if item not in used]


def _weakest(found: Autonomy) -> str:
    """The end product with components whose autonomy is least; unknown ones last."""
    graph = found.graph
    made = set(graph.edges.filter(pl.col("kind") == "part")["item"])
    candidates = [item for item in ends(graph) if item in made] or ends(graph) or list(graph.items)
    rows = found.frame().filter(pl.col("item").is_in(candidates)).sort("autonomy", "item", nulls_last=True)
    return str(rows["item"][0])


def _stopped(graph: SupplyGraph, said: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of the names are jurisdictions and which suppliers. Raises UsageFault for what is neither."""
    places = set(graph.supplies["jurisdiction"].drop_nulls())
    firms = set(graph.supplies["supplier"])
    found: tuple[list[str], list[str]] = ([], [])
    for one in said:
        if one.strip().upper() in places:
            found[0].append(one.strip().upper())
        elif one in firms:
            found[1].append(one)
        else:
            near = get_close_matches(one, sorted(places | firms), _NEAR, 0.3) or sorted(places)[:_NEAR]
            told = {"name": one, "near": tuple(near)}
            raise UsageFault.because("supply.no-supplier", "supply.no-supplier-repair", **told)
    return tuple(found[0]), tuple(found[1])
