"""Minimal cut sets of one or two suppliers, or jurisdictions: whose loss ends every way of having the target.

Exact, and without trying all pairs. A supply that ends only when three or more are gone never ends under two, so a pair
that cuts either ends some item's supply together, or each of the two ends some supply alone. The first kind is
listed item by item; the second is tried among the few that stand alone somewhere without cutting the target themselves.
Coherent-system reliability calls these the minimal cuts of order 1 and 2 (Barlow and Proschan, 1975).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import net as nets
from tongtu.appraise.autonomy.asked import one_of, within
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.net import Ints
from tongtu.appraise.autonomy.states import KINDS, By, Flags, Held, held, packed, standing, unpacked
from tongtu.terms.why import Why

_SCHEMA: dict[str, Any] = {
    "target": pl.String, "by": pl.String, "order": pl.Int64, "first": pl.String, "second": pl.String,
    "killed": pl.List(pl.String), "path": pl.List(pl.String), "why": pl.String,
}  # fmt: skip
_EPS = 1e-12
_AT_ONCE, _WORDS = 4096, 512
Pair = tuple[int, int]


def cuts(graph: SupplyGraph, target: str, *, by: By = "supplier", enough: float = 0.0) -> pl.DataFrame:
    """Every minimal cut of one or two holders: target, by, order, first, second, killed, path, why.

    killed: the items whose own supply ends and that between them close every route; path: from the target down to the
    first of them; by order, then first, then second. `enough`: the share of named supply that must remain for an
    item's supply to go on, or all it has where that is less; 0: any one named supplier will do.

    Raises DataRefused for a target the graph does not hold, UsageFault for another `by` or `enough` outside 0..1.
    """
    one_of(KINDS, by=by)
    within(0.0, 1.0, enough=enough)
    top = int(graph.used[graph.position(target)])
    inside = nets.cone(graph.net, [top])
    rows = held(graph)
    families = _Families(rows, by, enough, inside)
    tried = _Tried(graph, inside, top, families)
    alone = sorted(families.single)
    cut_one = [e for (e,) in tried.fatal((e,) for e in alone)]
    fatal = set(cut_one)
    together = (pair for pair in families.pairs if not fatal & set(pair))
    apart = tried.crossing([e for e in alone if e not in fatal])
    found = [(e,) for e in cut_one] + sorted({*tried.fatal(together), *apart})
    proofs = _Proofs(graph, top)
    made = [row for part in _portions(found) for row in _told(part, tried, proofs, rows.ids(by), target, by)]
    return pl.DataFrame(made, schema=_SCHEMA, orient="row")


class _Families:
    """Which holders, alone or in twos, end which items' own supply."""

    def __init__(self, rows: Held, by: By, enough: float, inside: Flags) -> None:
        self.graph = rows.graph
        self.single: dict[int, list[int]] = {}
        self.pairs: dict[Pair, list[int]] = {}
        code = rows.code(by)
        for start, end in zip(rows.first, np.append(rows.first[1:], len(rows.item)), strict=True):
            if inside[rows.item[start]]:
                self._item(int(rows.item[start]), code[start:end], rows.most[start:end], enough)

    def _item(self, item: int, code: Ints, most: Any, enough: float) -> None:
        holders, at = np.unique(code, return_inverse=True)
        share = np.bincount(at, weights=most)
        if enough <= 0:
            if holders[0] >= 0 and len(holders) == 1:
                self.single.setdefault(int(holders[0]), []).append(item)
            if holders[0] >= 0 and len(holders) == 2:
                self.pairs.setdefault((int(holders[0]), int(holders[1])), []).append(item)
            return
        spare = share.sum() - min(enough, share.sum()) + _EPS
        ends = [(int(h), float(s)) for h, s in zip(holders, share, strict=True) if h >= 0]
        for holder, much in ends:
            if much > spare:
                self.single.setdefault(holder, []).append(item)
        small = [(h, s) for h, s in ends if s <= spare]
        for (first, a), (second, b) in combinations(small, 2):
            if a + b > spare:
                self.pairs.setdefault((first, second), []).append(item)

    def ended(self, out: Sequence[int]) -> list[int]:
        """Items whose own supply ends when these are out."""
        found = [item for e in out for item in self.single.get(e, ())]
        return found + self.pairs.get((out[0], out[1]), []) if len(out) == 2 else found


def _portions(sets: Iterable[Any]) -> Iterator[list[Any]]:
    waiting = iter(sets)
    while part := list(islice(waiting, _AT_ONCE)):
        yield part


class _Tried:
    """What the target stands on, tried with some out."""

    def __init__(self, graph: SupplyGraph, inside: Flags, top: int, families: _Families) -> None:
        self.families = families
        self.net, self.nodes, _ = nets.within(graph.net, inside)
        self.size = graph.net.size
        self.items = int((self.nodes < len(graph.items)).sum())
        self.at = np.cumsum(inside) - 1
        self.top = int(self.at[top])

    def alive(self, sets: Sequence[Any]) -> Flags:
        """What stands when each of these sets is out: nodes of the whole graph × sets."""
        found = np.ones((self.size, len(sets)), bool)
        found[self.nodes] = unpacked(standing(self.net, packed(self._own(sets))), len(sets))
        return found

    def fatal(self, sets: Iterable[Any]) -> list[Any]:
        """Those of the sets under which the target cannot be had."""
        found = []
        for part in _portions(sets):
            top = standing(self.net, packed(self._own(part)))[self.top : self.top + 1]
            found += [out for out, lives in zip(part, unpacked(top, len(part))[0], strict=True) if not lives]
        return found

    def crossing(self, alone: Sequence[int]) -> Iterator[Pair]:
        """Pairs of which each ends some supply by itself: one is out throughout, the others in a bit each."""
        others = packed(self._own([(e,) for e in alone]))
        width = others.shape[1]
        step = max(1, _WORDS // max(1, width))
        for low in range(0, len(alone), step):
            part = alone[low : low + step]
            own = np.tile(others, (1, len(part)))
            for k, e in enumerate(part):
                own[self.at[self.families.single[e]], k * width : (k + 1) * width] = 0
            top = standing(self.net, own)[self.top].reshape(len(part), width)
            lost = np.argwhere(~unpacked(top, len(alone)))
            yield from ((part[k], alone[j]) for k, j in lost.tolist() if j > k + low)

    def _own(self, sets: Sequence[Any]) -> Flags:
        own = np.ones((self.items, len(sets)), bool)
        for k, out in enumerate(sets):
            own[self.at[self.families.ended(out)], k] = False
        return own


class _Proofs:
    """Why a node is lost: its own supply ended, or every branch has lost an input."""

    def __init__(self, graph: SupplyGraph, top: int) -> None:
        self.graph, self.top = graph, top

    def of(self, alive: Any, ended: set[int]) -> tuple[list[int], list[int]]:
        """Items whose supply ended that between them close every branch, and the way down to the first."""
        graph, first = self.graph, len(self.graph.items)
        killed: dict[int, None] = {}
        way: list[int] = []
        waiting: list[tuple[int, tuple[int, ...]]] = [(self.top, ())]
        seen: set[int] = set()
        while waiting:
            node, above = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            item = int(graph.stands[node])
            steps = above if above and above[-1] == item else (*above, item)
            if node < first and item in ended:
                way = way or list(steps)
                killed[item] = None
                continue
            lost = [next(int(u) for u in graph.net.of(b) if not alive[u]) for b in graph.branches(node)]
            waiting += [(u, steps) for u in reversed(lost)]
        return list(killed), way


def _told(
    sets: Sequence[Sequence[int]], tried: _Tried, proofs: _Proofs, ids: Sequence[str], target: str, by: By
) -> Iterator[tuple[Any, ...]]:
    graph = proofs.graph
    alive = tried.alive(sets)
    for k, out in enumerate(sets):
        killed, way = proofs.of(alive[:, k], set(tried.families.ended(out)))
        names = [ids[e] for e in out]
        items, path = [graph.items[i] for i in killed], [graph.items[i] for i in way]
        args = {"target": graph.label(target), "path": graph.way(path), "items": tuple(map(graph.label, items))}
        if len(names) == 1:
            why = Why(f"appraise_autonomy.cut-{by}", {**args, "first": names[0]})
        else:
            why = Why(f"appraise_autonomy.cut-{by}s", {**args, "first": names[0], "second": names[1]})
        yield target, by, len(names), names[0], names[1] if len(names) > 1 else None, items, path, why.to_json()
