"""Where the boxes of a directed graph stand: layer after layer, with few crossings and short ways.

The steps are those of Sugiyama, Tagawa and Toda (1981): arrows that close a circle are turned, boxes are layered by the
longest path to an end, long arrows bend in every layer they pass, orders within layers follow the mean place of the
neighbours, and places are the least-squares fit to the neighbours' that keeps distances. We depart in one thing: long
arrows that share a target (or a source) share their bends, so that many inputs of one product run as one strand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str]
#: a bend: `in` or `out`, whose strand it is, and its layer
Bend = tuple[str, str, int]
Node = str | Bend
_SWEEPS, _FITS = 6, 8


@dataclass(frozen=True, slots=True)
class Layers:
    """Boxes and bends of each layer in order; the way of every arrow that goes forward; arrows that go back."""

    rows: Sequence[Sequence[Node]]
    ways: Mapping[Edge, Sequence[Node]]
    back: frozenset[Edge]


def layered(ids: Sequence[str], edges: Iterable[Edge], most: int | None = None) -> Layers:
    """Layers of a graph; arrows from a box to itself are left out. `most`: so many boxes in a layer at most."""
    found = list(dict.fromkeys((a, b) for a, b in edges if a != b))
    back = _closing(ids, found)
    forward = [edge for edge in found if edge not in back]
    level = _levels(ids, forward, most)
    ways = _ways(forward, level)
    rows: list[list[Node]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for one in ids:
        rows[level[one]].append(one)
    for way in ways.values():
        for node in way:
            if isinstance(node, tuple) and node not in rows[node[2]]:
                rows[node[2]].append(node)
    links = {link for way in ways.values() for link in pairwise(way)}
    return Layers(_ordered(rows, links), ways, frozenset(back))


def _closing(ids: Sequence[str], edges: Sequence[Edge]) -> set[Edge]:
    """Arrows that lead back to a box they were reached from, searching in the order of the boxes."""
    after: dict[str, list[str]] = defaultdict(list)
    for a, b in edges:
        after[a].append(b)
    done: set[str] = set()
    closing: set[Edge] = set()
    for root in ids:
        stack = [] if root in done else [(root, iter(after[root]))]
        above = {root}
        while stack:
            at, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                above.discard(at)
                done.add(at)
            elif following in above:
                closing.add((at, following))
            elif following not in done:
                above.add(following)
                stack.append((following, iter(after[following])))
    return closing


def _levels(ids: Sequence[str], edges: Sequence[Edge], most: int | None) -> dict[str, int]:
    """The layer of each box: as late as what follows it allows; crowded layers are split."""
    after: dict[str, list[str]] = defaultdict(list)
    for a, b in edges:
        after[a].append(b)
    height: dict[str, int] = {}
    for root in ids:
        stack = [root]
        while stack:
            waiting = [b for b in after[stack[-1]] if b not in height]
            if waiting:
                stack += waiting
                continue
            at = stack.pop()
            height[at] = 1 + max((height[b] for b in after[at]), default=-1)
    groups: list[list[str]] = [[] for _ in range(max(height.values(), default=-1) + 1)]
    for one in ids:
        groups[-1 - height[one]].append(one)
    split = [part for group in groups for part in _parts(group, most or max(len(group), 1))]
    return {one: k for k, part in enumerate(split) for one in part}


def _parts(group: list[str], most: int) -> list[list[str]]:
    """Parts of about one size, none above the most."""
    count = -(-len(group) // most)
    ends = [round(k * len(group) / count) for k in range(count + 1)]
    return [group[a:b] for a, b in pairwise(ends)]


def _ways(edges: Sequence[Edge], level: Mapping[str, int]) -> dict[Edge, list[Node]]:
    """The nodes each arrow passes. It joins the strand of its target, or of its source where more start there."""
    starting: dict[str, int] = defaultdict(int)
    ending: dict[str, int] = defaultdict(int)
    for a, b in edges:
        starting[a] += 1
        ending[b] += 1
    ways: dict[Edge, list[Node]] = {}
    for a, b in edges:
        strand = ("in", b) if ending[b] >= starting[a] else ("out", a)
        ways[a, b] = [a, *((*strand, k) for k in range(level[a] + 1, level[b])), b]
    return ways


def _ordered(rows: list[list[Node]], links: set[tuple[Node, Node]]) -> list[list[Node]]:
    """The rows in the order with the fewest crossings that sweeping down and up finds."""
    above: dict[Node, list[Node]] = defaultdict(list)
    below: dict[Node, list[Node]] = defaultdict(list)
    for a, b in sorted(links, key=repr):
        above[b].append(a)
        below[a].append(b)
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    now = [list(row) for row in rows]
    for sweep in range(_SWEEPS * 2):
        near = below if sweep % 2 else above
        order = range(len(now) - 2, -1, -1) if sweep % 2 else range(1, len(now))
        for k in order:
            place = {node: i for i, node in enumerate(now[k + 1 if sweep % 2 else k - 1])}
            now[k] = [node for _, _, node in sorted(
                ((_mean([place[n] for n in near[node]], i), i, node) for i, node in enumerate(now[k])),
                key=lambda one: one[:2])]  # fmt: skip
        found = _crossings(now, below)
        if found < fewest:
            best, fewest = [list(row) for row in now], found
    return best


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else float(otherwise)


def _crossings(rows: Sequence[Sequence[Node]], below: Mapping[Node, Sequence[Node]]) -> int:
    """How many pairs of arrows between neighbouring layers cross."""
    count = 0
    for upper, lower in pairwise(rows):
        place = {node: i for i, node in enumerate(lower)}
        ends: list[int] = []
        for node in upper:
            mine = [place[n] for n in below.get(node, ())]
            count += sum(end > one for end in ends for one in mine)
            ends += mine
    return count


def places(
    layers: Layers, size: Mapping[Node, float], gap: float, room: tuple[float, float] | None = None
) -> dict[Node, float]:
    """The middle of every node along its layer; `room`: from where to where, if that is bounded."""
    near: dict[Node, list[Node]] = defaultdict(list)
    for way in layers.ways.values():
        for a, b in pairwise(way):
            near[a].append(b)
            near[b].append(a)
    found: dict[Node, float] = {}
    for row in layers.rows:
        found |= dict(zip(row, _offsets(row, size, gap), strict=True))
        shift = (found[row[-1]] + found[row[0]]) / 2 - (sum(room) / 2 if room else 0.0)
        found |= {node: found[node] - shift for node in row}
    for turn in range(_FITS):
        for row in layers.rows if turn % 2 else layers.rows[::-1]:
            wanted = [_mean([found[n] for n in near[node]], 0.0) if near[node] else found[node] for node in row]
            found |= dict(zip(row, _spread(wanted, _offsets(row, size, gap), _bounds(row, size, room)), strict=True))
    return found


def _offsets(row: Sequence[Node], size: Mapping[Node, float], gap: float) -> list[float]:
    """The middles of a row that is packed from nought on."""
    at, found = 0.0, []
    for node in row:
        found.append(at + size[node] / 2)
        at += size[node] + gap
    return found


def _bounds(row: Sequence[Node], size: Mapping[Node, float], room: tuple[float, float] | None) -> tuple[float, float]:
    """Between what the packed row may be shifted."""
    if room is None:
        return float("-inf"), float("inf")
    return room[0] + size[row[0]] / 2, room[1] - size[row[-1]] / 2


def _spread(wanted: Sequence[float], packed: Sequence[float], bounds: tuple[float, float]) -> list[float]:
    """The places nearest to those wanted (least squares) that are no closer than packed: pooled neighbours."""
    step = [p - packed[0] for p in packed]
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, step, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, many = pools.pop()
            total, count = total + before, count + many
        pools.append((total, count))
    low, high = bounds[0], bounds[1] - step[-1]
    flat = [max(low, min(high, total / count)) for total, count in pools for _ in range(count)]
    return [at + offset for at, offset in zip(flat, step, strict=True)]
