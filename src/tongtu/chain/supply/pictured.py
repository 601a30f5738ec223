"""The supply graph beneath an item as a picture: what it is made of, how far each is one's own, the weakest path."""

from __future__ import annotations

from collections import deque

import polars as pl

from tongtu.chain.dossier.charts import Arrow, Box, Flow
from tongtu.chain.dossier.document import Block
from tongtu.chain.report.spoken import Pair
from tongtu.chain.supply.ground import Supply
from tongtu.chain.supply.pieces import BAD, GOOD, chart, label, note, words

#: boxes a picture holds at most; beyond, the weakest inputs of each item stand for the others
_MOST, _EACH = 30, 4


def pictured(ground: Supply) -> list[Block]:
    shown = _shown(ground)
    path = ground.found.path(ground.target)
    lit = dict(zip(path[1:], path, strict=False))
    edges = ground.graph.edges.filter(pl.col("item").is_in(shown), pl.col("component").is_in(shown))
    names: dict[tuple[str, str], list[Pair]] = {}
    kinds: dict[tuple[str, str], str] = {}
    for row in edges.sort("component", "item", "kind", "route").iter_rows(named=True):
        edge = (row["component"], row["item"])
        names.setdefault(edge, []).append([row["route"]] * 2 if row["route"] else words(f"supply.edge-{row['kind']}"))
        kinds[edge] = "part" if "part" in (row["kind"], kinds.get(edge)) else row["kind"]
    arrows = [Arrow(a, b, [", ".join(dict.fromkeys(n[side] for n in said)) for side in (0, 1)], lit.get(a) == b,
                    kinds[a, b] != "part") for (a, b), said in names.items()]  # fmt: skip
    boxes = [_box(ground, item, item in path) for item in shown]
    legend = [(words("supply.legend-own", share=f"{GOOD:.0%}"), "good"),
              (words("supply.legend-part", low=f"{BAD:.0%}", high=f"{GOOD:.0%}"), "warn"),
              (words("supply.legend-others", share=f"{BAD:.0%}"), "bad"),
              (words("supply.legend-unknown"), "soft")]  # fmt: skip
    picture = Flow(boxes, arrows, legend, words("supply.legend-path"), "c0")  # type: ignore[arg-type]
    found: list[Block] = [chart("graph", picture, item=label(ground.name(ground.target)))]
    left = len(ground.cone) - len(shown)
    return [*found, note("not-drawn", n=left)] if left > 0 else found


def _shown(ground: Supply) -> list[str]:
    """The whole of a small cone; of a large one the weakest path and the weakest inputs of what is shown."""
    if len(ground.cone) <= _MOST:
        return sorted(ground.cone)
    figures = {item: (value is None, value or 0.0, item) for item, value in
               ground.figures.select("item", "autonomy").iter_rows()}  # fmt: skip
    inputs: dict[str, list[str]] = {}
    for item, component in (
        ground.graph.edges.select("item", "component").unique().sort("item", "component").iter_rows()
    ):
        inputs.setdefault(item, []).append(component)
    kept = dict.fromkeys(ground.found.path(ground.target)[:_MOST])
    waiting = deque(kept)
    while waiting and len(kept) < _MOST:
        at = waiting.popleft()
        for one in sorted(inputs.get(at, ()), key=figures.__getitem__)[:_EACH]:
            if one not in kept and len(kept) < _MOST:
                kept[one] = None
                waiting.append(one)
    return sorted(kept)


def _box(ground: Supply, item: str, lit: bool) -> Box:
    point, low, high = ground.found.of(item).autonomy
    if point is None:
        return Box(item, ground.name(item), 3, words("supply.box-unknown"), lit)
    kind = 0 if point >= GOOD else 2 if point < BAD else 1
    said = f"{point * 100:.0f}%" if high - low < 0.005 else f"{point * 100:.0f}% ({low * 100:.0f}–{high * 100:.0f})"
    return Box(item, ground.name(item), kind, words("supply.box", value=said), lit)
