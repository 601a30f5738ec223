"""The probability that an item can be had, when suppliers and jurisdictions fail independently.

A jurisdiction's outage is common to all its suppliers, so theirs are not independent of each other. Exact by a binary
decision diagram where that stays small; else by drawing, 64 worlds in a word, with the standard error beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl

from tongtu.appraise.autonomy import net as nets
from tongtu.appraise.autonomy.asked import one_of, within
from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.diagram import FALSE, TRUE, Diagram, TooLarge
from tongtu.appraise.autonomy.net import Floats
from tongtu.appraise.autonomy.states import KINDS, By, Flags, Held, chunks, held, standing, supplied, unpacked
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

_SCHEMA = {
    "item": pl.String, "available": pl.Float64, "se": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "method": pl.String, "draws": pl.Int64,
}  # fmt: skip
_LIMIT = 200_000
_Z = 1.959963984540054
_EPS = 1e-12
Method = Literal["auto", "exact", "drawn"]


def reliability(
    graph: SupplyGraph,
    targets: Sequence[str],
    outages: pl.DataFrame,
    *,
    enough: float = 0.0,
    draws: int = 65_536,
    seed: int = 0,
    method: Method = "auto",
) -> pl.DataFrame:
    """By target: item, available, se, low, high (95 %, Wilson), method, draws.

    outages: kind (supplier or jurisdiction), id, probability; who is not listed never fails. `enough` as in `cuts`.
    method "exact" raises DataRefused where the diagram grows beyond its limit; "auto" then draws.

    Raises DataRefused with all faults of `outages` (unknown kinds or holders, probabilities outside 0..1), and for
    targets the graph does not hold; UsageFault for arguments out of their range.
    """
    one_of(("auto", "exact", "drawn"), method=method)
    within(0.0, 1.0, enough=enough)
    within(1, draws=draws)
    tops = {item: int(graph.used[graph.position(item)]) for item in sorted(set(targets))}
    rows = held(graph)
    chance = _chances(rows, outages)
    exact: dict[str, float] = {}
    if method != "drawn":
        exact = _exactly(graph, rows, chance, tops, enough)
        missing = sorted(set(tops) - set(exact))
        if missing and method == "exact":
            raise DataRefused(
                Fault(Why("appraise_autonomy.too-large", {"item": item}), Why("appraise_autonomy.too-large-repair"))
                for item in missing
            )
    rest = {item: top for item, top in tops.items() if item not in exact}
    drawn = _drawn(graph, rows, chance, rest, enough, draws, seed)
    made = [
        (item, exact[item], 0.0, exact[item], exact[item], "exact", None)
        if item in exact
        else (item, *_interval(drawn[item], draws), "drawn", draws)
        for item in tops
    ]
    return pl.DataFrame(made, schema=_SCHEMA, orient="row")


def _chances(rows: Held, outages: pl.DataFrame) -> dict[By, Floats]:
    """Probability of being out, by kind and code."""
    faults = []
    for kind, name, chance in outages.select("kind", "id", "probability").iter_rows():
        if kind not in KINDS:
            faults.append(_fault("unknown-kind", kind, name))
        elif chance is None or not 0.0 <= chance <= 1.0:
            faults.append(_fault("probability", kind, name, chance))
    if faults:
        raise DataRefused(faults)
    found: dict[By, Floats] = {}
    for by in KINDS:
        listed = outages.filter(pl.col("kind") == by).unique("id", keep="first", maintain_order=True)
        found[by] = np.zeros(len(rows.ids(by)))
        found[by][rows.positions(by, listed["id"].to_list())] = listed["probability"].to_numpy()
    return found


def _fault(code: str, kind: str, name: str, chance: float | None = None) -> Fault:
    args = {"kind": kind, "name": name, "chance": chance}
    what = Why(f"appraise_autonomy.{code}", args)
    return Fault(what, Why(f"appraise_autonomy.{code}-repair", args), sheet="outages", value=name)


def _exactly(
    graph: SupplyGraph, rows: Held, chance: dict[By, Floats], tops: dict[str, int], enough: float
) -> dict[str, float]:
    """Targets whose diagram stays within the limit."""
    found = {}
    for item, top in tops.items():
        diagram = Diagram(_LIMIT)
        try:
            ups: list[float] = []
            function = _function(graph, rows, chance, top, enough, diagram, ups)
        except TooLarge:
            continue
        found[item] = diagram.probability(function, ups)
    return found


def _function(
    graph: SupplyGraph,
    rows: Held,
    chance: dict[By, Floats],
    top: int,
    enough: float,
    diagram: Diagram,
    ups: list[float],
) -> int:
    """The diagram of one target; `ups` receives the chance of each variable to be up, jurisdictions first."""
    inside = nets.cone(graph.net, [top])
    mine = inside[rows.item]
    literals: dict[By, dict[int, int]] = {}
    for by in reversed(KINDS):
        literals[by] = {-1: TRUE}
        for code in dict.fromkeys(int(c) for c in rows.code(by)[mine] if c >= 0):
            out = float(chance[by][code])
            literals[by][code] = TRUE if out == 0 else FALSE if out == 1 else diagram.variable(len(ups))
            if 0 < out < 1:
                ups.append(1.0 - out)
    values: dict[int, int] = {int(node): TRUE for node in np.flatnonzero(inside)}
    for start, end in zip(rows.first, np.append(rows.first[1:], len(rows.item)), strict=True):
        if mine[start]:
            up = [
                diagram.all_of((literals["jurisdiction"][int(p)], literals["supplier"][int(s)]))
                for s, p in zip(rows.supplier[start:end], rows.place[start:end], strict=True)
            ]
            values[int(rows.item[start])] = _supply(diagram, up, [float(m) for m in rows.most[start:end]], enough)
    for level in graph.net.levels:
        for node in level.nodes:
            if inside[node]:
                ways = (diagram.all_of(values[int(u)] for u in graph.net.of(b)) for b in graph.branches(int(node)))
                values[int(node)] = diagram.all_of((values[int(node)], diagram.any_of(ways)))
    return values[top]


def _supply(diagram: Diagram, up: list[int], most: list[float], enough: float) -> int:
    """Whether enough of the rows are up: any one, or rows with enough share between them."""
    if enough <= 0:
        return diagram.any_of(up)
    floor = min(enough, sum(most)) - _EPS
    known: dict[tuple[int, float], int] = {}

    def from_row(k: int, have: float) -> int:
        if have >= floor:
            return TRUE
        if have + sum(most[k:]) < floor:
            return FALSE
        key = (k, round(have, 12))
        if key not in known:
            with_it = diagram.all_of((up[k], from_row(k + 1, have + most[k])))
            known[key] = diagram.any_of((with_it, from_row(k + 1, have)))
        return known[key]

    return from_row(0, 0.0)


def _drawn(
    graph: SupplyGraph,
    rows: Held,
    chance: dict[By, Floats],
    tops: dict[str, int],
    enough: float,
    draws: int,
    seed: int,
) -> dict[str, int]:
    """In how many worlds each target can be had."""
    if not tops:
        return {}
    rng = np.random.default_rng(seed)
    nodes = np.array(list(tops.values()))
    count = np.zeros(len(nodes), np.int64)
    for part in chunks(draws, graph.net.size):
        width = part.stop - part.start
        out: dict[By, Flags] = {by: _fallen(chance[by], width, rng) for by in KINDS}
        count += unpacked(standing(graph.net, supplied(rows, out, enough))[nodes], width).sum(axis=1)
    return dict(zip(tops, (int(n) for n in count), strict=True))


def _fallen(chance: Floats, width: int, rng: np.random.Generator) -> Flags:
    out = np.zeros((len(chance), width), bool)
    risky = np.flatnonzero(chance > 0)
    out[risky] = rng.random((len(risky), width)) < chance[risky, None]
    return out


def _interval(up: int, draws: int) -> tuple[float, float, float, float]:
    """Share, standard error, and Wilson's 95 % interval, which stays honest at 0 and 1."""
    share = up / draws
    middle = (share + _Z**2 / (2 * draws)) / (1 + _Z**2 / draws)
    half = _Z / (1 + _Z**2 / draws) * float(np.sqrt(share * (1 - share) / draws + _Z**2 / (4 * draws**2)))
    low, high = max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
    return share, float(np.sqrt(share * (1 - share) / draws)), low, high
