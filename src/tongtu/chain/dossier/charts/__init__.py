"""Pictures of figures: lines, bars, heat maps and schedules as accessible SVG, drawn by a few pages of arithmetic.

model   what a picture says: scales, series, bars, cells, spans; no pixels
ticks   round steps of numbers, money and days, and what stands at each
canvas  shapes and texts in both languages, in the page's colours or in fixed ones
lines, bars, heat, gantt, flow   one module for each kind;  layers  where the boxes of a graph stand
data    the same figures as a table, for readers, keyboards and spreadsheets
spark   the same in a terminal;  native  the same as a chart of a workbook

A picture never says what its table does not: both are made of one value.
"""

from tongtu.chain.dossier.charts.drawn import drawn
from tongtu.chain.dossier.charts.model import (
    Arrow,
    Bar,
    Bars,
    Box,
    Dot,
    Flow,
    Gantt,
    Heat,
    Lane,
    Lines,
    Mark,
    Picture,
    Rule,
    Scale,
    Segment,
    Series,
    Span,
)

__all__ = [
    "Arrow", "Bar", "Bars", "Box", "Dot", "Flow", "Gantt", "Heat", "Lane", "Lines", "Mark", "Picture", "Rule", "Scale",
    "Segment", "Series", "Span", "drawn",
]  # fmt: skip
