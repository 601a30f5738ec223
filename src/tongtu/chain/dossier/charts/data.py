"""The figures of a picture as a table, typed: for readers, for keyboards, for spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tongtu.chain.dossier.charts.model import Bars, Flow, Gantt, Heat, Lines, Picture, Scale
from tongtu.chain.dossier.charts.ticks import edges, said
from tongtu.chain.report.spoken import Pair, words

Value = float | date | Pair | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns with their scales (None: texts) and rows of values on them."""

    heads: Sequence[Pair]
    scales: Sequence[Scale | None]
    rows: Sequence[Sequence[Value]]

    def texts(self) -> list[list[Pair]]:
        """The rows as people read them."""
        return [[text(value, scale) for value, scale in zip(row, self.scales, strict=True)] for row in self.rows]


def text(value: Value, scale: Scale | None) -> Pair:
    if value is None:
        return ["", ""]
    if isinstance(value, date):
        return [value.isoformat()] * 2
    if isinstance(value, list):
        return value
    return said(scale or Scale(["", ""]), value)


def grid(picture: Picture) -> Grid:
    """Everything the picture shows."""
    match picture:
        case Lines():
            return _lines(picture)
        case Bars():
            return _bars(picture)
        case Heat():
            return _heat(picture)
        case Gantt():
            return _gantt(picture)
        case Flow():
            return _flow(picture)


def _lines(picture: Lines) -> Grid:
    """A row for each x; beside a series with whiskers or notes stand its ends and what is told."""
    places = sorted({x for one in picture.series for x, _ in one.points})
    heads, scales = [picture.x.title], [picture.x]
    columns: list[dict[float, Value]] = []
    for one in picture.series:
        heads.append(one.name if any(one.name) else picture.y.title)
        scales.append(picture.y)
        columns.append(dict(one.points))
        if one.band:
            for code, side in (("low", 0), ("high", 1)):
                told = words(f"dossier.chart-{code}")
                heads.append([f"{a} {b}".strip() for a, b in zip(one.name, told, strict=True)])
                scales.append(picture.y)
                columns.append({x: pair[side] for (x, _), pair in zip(one.points, one.band, strict=True)})
    rows = [[x, *(column.get(x) for column in columns)] for x in places]
    notes = {x: note for one in picture.series for (x, _), note in zip(one.points, one.notes, strict=False)}
    if notes:
        heads.append(words("dossier.chart-note"))
        rows = [[*row, notes.get(x)] for x, row in zip(places, rows, strict=True)]
    return Grid(heads, [*scales, *([None] if notes else [])], rows)


def _bars(picture: Bars) -> Grid:
    kinds = sorted({s.kind for bar in picture.bars for s in bar.segments})
    single = all(len(bar.segments) <= 1 for bar in picture.bars)
    noted = any(any(bar.note) for bar in picture.bars)
    heads: list[Pair] = [words("dossier.chart-name")]
    scales: list[Scale | None] = [None]
    if single:
        heads += [words("dossier.chart-from"), words("dossier.chart-to")]
        scales += [picture.x] * 2
    else:
        for kind in kinds:
            heads += [_of(picture.legend[kind][0], "from"), _of(picture.legend[kind][0], "to")]
            scales += [picture.x] * 2
    rows: list[list[Value]] = []
    for bar in picture.bars:
        ends = {s.kind: (s.start, s.end) for s in bar.segments}
        known = [next(iter(ends.values()), None)] if single else [ends.get(kind) for kind in kinds]
        row: list[Value] = [bar.name, *(v for pair in known for v in (pair or (None, None)))]
        rows.append([*row, bar.note] if noted else row)
    if noted:
        heads.append(words("dossier.chart-note"))
        scales.append(None)
    return Grid(heads, scales, rows)


def _of(name: Pair, code: str) -> Pair:
    return [f"{a} {b}".strip() for a, b in zip(name, words(f"dossier.chart-{code}"), strict=True)]


def _heat(picture: Heat) -> Grid:
    (across, along), (up, _) = edges(picture.x, picture.x_edges), edges(picture.y, picture.y_edges)
    heads = [[f"{y} \\ {x}" for y, x in zip(picture.y.title, along, strict=True)], *_between(across)]
    count = Scale(list(picture.of))
    rows: list[list[Value]] = [[name, *line] for name, line in zip(_between(up), picture.cells, strict=True)]
    return Grid(heads, [None, *([count] * len(across[1:]))], rows[::-1])


def _between(texts: Sequence[Pair]) -> list[Pair]:
    return [[f"{a} – {b}" for a, b in zip(low, high, strict=True)] for low, high in pairwise(texts)]


def _gantt(picture: Gantt) -> Grid:
    heads = [picture.lane_title, *(words(f"dossier.chart-{name}") for name in ("name", "kind", "from", "to"))]
    rows: list[list[Value]] = [[lane.name, span.name, picture.legend[span.kind][0], span.start, span.end]
            for lane in picture.lanes for span in lane.spans]  # fmt: skip
    return Grid(heads, [None] * 5, rows)


def _flow(picture: Flow) -> Grid:
    """A row for each box: what it is, where it leads, whether it lies on the lit path."""
    names = {box.id: box.name for box in picture.boxes}
    leads: dict[str, list[Pair]] = {box.id: [] for box in picture.boxes}
    for arrow in picture.arrows:
        how = zip(names[arrow.end], arrow.name, ("（{}）", " ({})"), strict=True)
        leads[arrow.start].append([one + (form.format(said) if said else "") for one, said, form in how])
    lit = any(box.lit for box in picture.boxes)
    noted = any(any(box.note) for box in picture.boxes)
    yes = words("terms.yes")
    heads = [*(words(f"dossier.chart-{name}") for name in ("name", "kind")), words("supply.flow-leads")]
    heads += [picture.lit_name if any(picture.lit_name) else words("supply.flow-lit")] if lit else []
    heads += [words("dossier.chart-note")] if noted else []
    rows: list[list[Value]] = []
    for box in picture.boxes:
        row: list[Value] = [box.name, picture.legend[box.kind][0], joined_names(leads[box.id])]
        row += [yes if box.lit else None] if lit else []
        rows.append([*row, *([box.note] if noted else [])])
    return Grid(heads, [None] * len(heads), rows)


def joined_names(names: Sequence[Pair]) -> Pair:
    """Names one after another, as each language does it."""
    return ["、".join(name[0] for name in names), "; ".join(name[1] for name in names)]
