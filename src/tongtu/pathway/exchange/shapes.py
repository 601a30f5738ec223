"""What a flow chart is made of: shapes and arrows on a plane, in pixels; y grows downwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tongtu.pathway.model import Stage, StatutoryStep

Point = tuple[float, float]
#: sizes as modellers draw them
TASK, SMALL, GATEWAY, EVENT = (120.0, 80.0), (120.0, 60.0), (50.0, 50.0), (36.0, 36.0)
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Shape:
    """`use`: what it is for, and the first part of its id; `kind`: an element of BPMN; `x`, `y`: upper left corner.

    `inside`: the subprocess in which it stands. `role`: who acts. `on`: the task a boundary timer sits on, `after` how
    many working days it rings, `stops` whether it takes the task along. `ends`: an end event that ends everything.
    """

    id: str
    use: str
    kind: str
    x: float
    y: float
    size: Point
    stage: Stage | None = None
    step: StatutoryStep | None = None
    role: str = ""
    inside: str = ""
    on: str = ""
    after: int = 0
    stops: bool = False
    ends: bool = False

    @property
    def middle(self) -> Point:
        return self.x + self.size[0] / 2, self.y + self.size[1] / 2

    def side(self, where: str) -> Point:
        """The middle of a side: left, right, top or bottom."""
        x, y = self.middle
        across, down = self.size[0] / 2, self.size[1] / 2
        return {"left": (x - across, y), "right": (x + across, y), "top": (x, y - down), "bottom": (x, y + down)}[where]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a shape to a shape along points. `taken`: the decision it is taken on, or "skip" past an optional stage."""

    start: str
    end: str
    points: tuple[Point, ...]
    taken: str = ""
    inside: str = ""

    @property
    def id(self) -> str:
        return "_".join(filter(None, ("flow", self.start, self.end, self.taken)))


@dataclass(slots=True)
class Chart:
    shapes: dict[str, Shape] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)

    def add(self, shape: Shape) -> Shape:
        self.shapes[shape.id] = shape
        return shape

    def arrow(self, start: Shape, end: Shape, *points: Point, taken: str = "") -> None:
        self.arrows.append(Arrow(start.id, end.id, points, taken, end.inside))


def named(*parts: str) -> str:
    """An id of XML (NCName) made of ids of any kind; what it cannot hold is written as its number."""
    said = "_".join(_UNNAMEABLE.sub(lambda found: f"-u{ord(found[0]):x}-", part) for part in parts)
    return said if said[:1].isalpha() or said[:1] == "_" else f"_{said}"
