"""Need → achievement → platform → enterprise → capital: the whole chain cleared as one flow.

Each pair of neighbouring kinds has its own frame of scored pairs; a frame between kinds further apart lets a chain
pass over what lies between, and says so. Solving the layers one after another would hand out achievements that no
platform can take further; here a need is given the achievement whose way on is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.match import sides
from tongtu.match.allocate.places import Places, bound_to_give, once, places
from tongtu.match.allocate.told import FULL, full_why
from tongtu.registry import Registry, noun
from tongtu.solve import Progress, Relax, Solution
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Ratio, Why

if TYPE_CHECKING:
    from tongtu.solve.layers import Arcs
    from tongtu.solve.layers import Chains as Flow


@dataclass(frozen=True, slots=True)
class Chained:
    """`chains`: chain, a column of ids per kind (null where passed over), score, links, skipped, why. `full`: kind,
    id, capacity, taken, price, until, why: where no place is left and what one more would add. `unfilled`: first
    kind's id, missing, why."""

    chains: pl.DataFrame
    full: pl.DataFrame
    unfilled: pl.DataFrame
    solution: Solution


def chains(
    pairs: Mapping[tuple[str, str], pl.DataFrame], registry: Registry, *, kinds: Sequence[str],
    ends: Collection[str] | None = None, loads: pl.DataFrame | None = None, taken: pl.DataFrame | None = None,
    progress: Progress | None = None,
) -> Chained:  # fmt: skip
    """The chains of greatest total score, nobody beyond its places nor below its minimum on any layer.

    `pairs`: (kind, later kind) → a column named after each, and score. `kinds`: the layers in order. `ends`: where a
    chain may end (default: the last kind alone). `loads` and `taken` as in `allocate`: an open case counts on every
    layer it names. Ids of layers without a `capacity` have one place unless `loads` says more. Where minima cannot
    be met the status is `infeasible`, there is no chain and `relax` names the smallest relaxation. Raises UsageFault
    for pairs between kinds that are not layers in this order, or an end that is none; ValueError for scores below
    zero; DataRefused for loads that contradict themselves; Cancelled from `progress`.
    """
    from tongtu.solve.layers import chains as solve

    stops = {kinds[-1]} if ends is None else set(ends)
    _check(pairs, kinds, stops)
    known = {names: once(frame, *names) for names, frame in sorted(pairs.items(), key=lambda p: _order(p[0], kinds))}
    layers = [_layer(registry, kind, known, loads, taken) for kind in kinds]
    arcs = [_arcs(frame, names, kinds, layers) for names, frame in known.items()]
    limits = [layer.loads() for layer in layers]
    found = solve(
        [limit.most for limit in limits], arcs, least=[limit.least for limit in limits],
        ends={kinds.index(stop) for stop in stops}, problem="chains", progress=progress,
    )  # fmt: skip
    return Chained(
        _rows(found, list(known.values()), list(known), kinds, layers),
        _full(found, layers),
        _unfilled(found, layers[0]),
        replace(found.solution, relax=tuple(_limit(relax, layers) for relax in found.solution.relax)),
    )


def _limit(relax: Relax, layers: Sequence[Places]) -> Relax:
    """The same with names: whose minimum or maximum, how much it is and would have to be."""
    layer, kind = layers[int(relax.limit.args["layer"])], relax.limit.code.removeprefix("solve.layer-")
    row = int(relax.limit.args["node"])
    now = int(layer.frame[kind][row])
    then = now + int(relax.by if kind == "most" else -relax.by)
    return Relax(Why(f"match_allocation.limit-{kind}", {"name": layer.label(row), "now": now, "then": then}), relax.by)


def _check(pairs: Mapping[tuple[str, str], pl.DataFrame], kinds: Sequence[str], ends: set[str]) -> None:
    for source, target in pairs:
        if source not in kinds or target not in kinds or kinds.index(source) >= kinds.index(target):
            raise UsageFault.because(
                "match_allocation.no-layers", "match_allocation.no-layers-repair",
                source=source, target=target, kinds=list(kinds),
            )  # fmt: skip
    for end in sorted(ends):
        if end not in kinds[1:]:
            raise UsageFault.because(
                "match_allocation.no-end", "match_allocation.no-end-repair", end=end, kinds=list(kinds)
            )


def _order(names: tuple[str, str], kinds: Sequence[str]) -> tuple[int, int]:
    return kinds.index(names[0]), kinds.index(names[1])


def _layer(
    registry: Registry, kind: str, known: Mapping[tuple[str, str], pl.DataFrame], loads: pl.DataFrame | None,
    taken: pl.DataFrame | None,
) -> Places:  # fmt: skip
    ids = [frame[kind] for names, frame in known.items() if kind in names]
    ids.append(bound_to_give(loads, kind))
    return places(registry, kind, pl.concat([pl.Series(kind, [], pl.String), *ids]), loads, taken)


def _arcs(frame: pl.DataFrame, names: tuple[str, str], kinds: Sequence[str], layers: Sequence[Places]) -> Arcs:
    from tongtu.solve.layers import Arcs

    source, target = _order(names, kinds)
    tail, head = layers[source].rows(frame[names[0]]), layers[target].rows(frame[names[1]])
    return Arcs(source, target, tail, head, frame["score"].to_numpy())


def _rows(
    found: Flow, frames: Sequence[pl.DataFrame], names: Sequence[tuple[str, str]], kinds: Sequence[str],
    layers: Sequence[Places],
) -> pl.DataFrame:  # fmt: skip
    """One row per chain."""
    schema: dict[str, Any] = {"chain": pl.Int64, **dict.fromkeys(kinds, pl.String), "score": pl.Float64}
    schema |= {"links": pl.Int64, "skipped": pl.List(pl.String), "why": pl.String}
    rows: dict[int, dict[str, Any]] = {}
    parts: dict[int, list[Why]] = {}
    for chain, which, arc in zip(found.chain.tolist(), found.arcs.tolist(), found.arc.tolist(), strict=True):
        source, target = names[which]
        tail, head, score = frames[which].row(arc)
        row = rows.setdefault(chain, {"chain": chain, "score": 0.0, "links": 0, "skipped": []})
        over = list(kinds[kinds.index(source) + 1 : kinds.index(target)])
        row |= {source: tail, target: head, "score": round(row["score"] + score, 9), "links": row["links"] + 1}
        row["skipped"] = row["skipped"] + over
        code = "match_allocation.link-over" if over else "match_allocation.link"
        args = {"source": _label(layers, kinds, source, tail), "target": _label(layers, kinds, target, head)}
        more = {"over": [_called(kind) for kind in over]} if over else {}
        parts.setdefault(chain, []).append(Why(code, {**args, "score": Ratio(score), **more}))
    for chain, row in rows.items():
        args = {"links": row["links"], "score": row["score"]}
        row["why"] = Why("match_allocation.chain", args, tuple(parts[chain])).to_json()
    return pl.DataFrame([rows[chain] for chain in sorted(rows)], schema=schema)


def _called(kind: str) -> Label:
    made = noun(sides.kind_of(kind).noun)
    return Label(made.zh, made.en)


def _label(layers: Sequence[Places], kinds: Sequence[str], kind: str, own: str) -> Label:
    layer = layers[kinds.index(kind)]
    return layer.label(int(layer.rows(pl.Series([own]))[0]))


def _full(found: Flow, layers: Sequence[Places]) -> pl.DataFrame:
    """What is full where; the first layer asks, so being full is what it wants."""
    rows = []
    for layer, load, price in list(zip(layers, found.load, found.price, strict=True))[1:]:
        frame = layer.frame.with_columns(load=pl.Series(load, dtype=pl.Int64), price=pl.Series(price, dtype=pl.Float64))
        for row in frame.filter(pl.col("load") >= pl.col("left")).iter_rows(named=True):
            worth = None if row["price"] != row["price"] else row["price"]  # not sought on very large markets
            why = full_why(layer.label(row["row"]), row["most"], row["until"], worth)
            rows.append((layer.kind, row["id"], row["most"], row["taken"], worth, row["until"], why.to_json()))
    return pl.DataFrame(rows, schema=FULL, orient="row")


def _unfilled(found: Flow, first: Places) -> pl.DataFrame:
    load = pl.Series(found.load[0], dtype=pl.Int64)
    short = first.frame.with_columns(missing=pl.col("left") - load).filter(pl.col("missing") > 0)
    code = "nothing-allocated" if found.solution.status == "infeasible" else "no-way"
    reason = Why(f"match_allocation.{code}").to_json()
    schema = {first.kind: pl.String, "missing": pl.Int64, "why": pl.String}
    rows = [(own, n, reason) for own, n in short.select("id", "missing").iter_rows()]
    return pl.DataFrame(rows, schema=schema, orient="row")
