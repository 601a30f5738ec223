"""What a picture says, without a pixel: figures on scales, names in both languages.

Money is in minor units, shares in 0..1, days as ordinals (`date.toordinal`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tongtu.chain.report.spoken import Pair

#: How the points of a series are joined: by a line, a dashed one, by steps to the right, or not at all.
Joint = Literal["line", "dashed", "step", "dots"]
Colour = Literal["c0", "c1", "c2", "c3", "c4", "c5", "good", "warn", "bad", "soft"]
PALETTE: tuple[Colour, ...] = ("c0", "c1", "c2", "c3", "c4", "c5")


def blank() -> Pair:
    """No text."""
    return ["", ""]


@dataclass(frozen=True, slots=True)
class Scale:
    """What an axis measures. `low` and `high` fix its ends; otherwise the figures do."""

    title: Pair
    kind: Literal["number", "money", "share", "day"] = "number"
    currency: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y) in the order they are joined.

    `band`: (low, high) of each point, an area beneath a line and a whisker at a dot. `notes`: what is told of each.
    """

    name: Pair
    points: Sequence[tuple[float, float]]
    joint: Joint = "line"
    colour: Colour | None = None
    band: Sequence[tuple[float, float]] = ()
    notes: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across the picture: a cap, a target, a median."""

    along: Literal["x", "y"]
    value: float
    name: Pair
    colour: Colour = "soft"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point that has a name."""

    x: float
    y: float
    name: Pair
    colour: Colour = "bad"


@dataclass(frozen=True, slots=True)
class Lines:
    """Curves, steps, frontiers, iso-lines, reliability."""

    x: Scale
    y: Scale
    series: Sequence[Series]
    rules: Sequence[Rule] = ()
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar; `kind` is its place in the legend of the picture."""

    start: float
    end: float
    kind: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """A row. Its segments touch one another; `note` stands at its end; `tick` is a point on it."""

    name: Pair
    segments: Sequence[Segment]
    note: Pair = field(default_factory=blank)
    tick: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Rows of bars: tornado, waterfall (`linked`), contributions, shares of a whole.

    `base`: the line that bars are read from. `legend`: a name and colour for each kind of segment.
    """

    x: Scale
    bars: Sequence[Bar]
    legend: Sequence[tuple[Pair, Colour]]
    base: float | None = 0.0
    linked: bool = False
    base_name: Pair | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """One thing on a heat map, where it really lies."""

    x: float
    y: float
    note: Pair


@dataclass(frozen=True, slots=True)
class Heat:
    """Counts or shares between edges; rows from the lowest. The dots are what was counted."""

    x: Scale
    y: Scale
    x_edges: Sequence[float]
    y_edges: Sequence[float]
    cells: Sequence[Sequence[float]]
    dots: Sequence[Dot] = ()
    of: Pair = field(default_factory=blank)


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last, both included."""

    start: date
    end: date
    name: Pair
    kind: int = 0
    note: Pair = field(default_factory=blank)


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of a schedule."""

    name: Pair
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Gantt:
    """Spans over lanes and days. `now`: the day a line is drawn at."""

    lanes: Sequence[Lane]
    legend: Sequence[tuple[Pair, Colour]]
    now: date | None = None
    lane_title: Pair = field(default_factory=blank)


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in a layered graph; `kind` is its place in the legend of the picture, `lit` puts a frame around it."""

    id: str
    name: Pair
    kind: int = 0
    note: Pair = field(default_factory=blank)
    lit: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another. Its name is told in the table and on hovering."""

    start: str
    end: str
    name: Pair = field(default_factory=blank)
    lit: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """Boxes in layers and arrows between them. `lit_name`: what it means that some are lit."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    legend: Sequence[tuple[Pair, Colour]]
    lit_name: Pair = field(default_factory=blank)
    lit_colour: Colour = "c1"


Picture = Lines | Bars | Heat | Gantt | Flow


def coloured(series: Sequence[Series]) -> list[Colour]:
    """A colour for each series: its own, or the next of the palette."""
    return [one.colour or PALETTE[i % len(PALETTE)] for i, one in enumerate(series)]
