"""Points as a rule states them: scores of parts, parts of items, items on a scale.

Where a rule leaves the points to a person within a range, the range stands: `[7, 8]` is never 7.5. Every scale
says its `ends`, the fewest and the most points it can bring, and whether it is `open` to a reviewer's mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tongtu.rules.expressions import Truth, Value
from tongtu.terms.why import Label

#: Lowest and highest points: two ends where a person decides between them, else the same number twice.
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cut:
    """The points from a value on (or up to it, on a falling scale); `strict` leaves the value itself out."""

    at: float
    points: Interval
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Bands:
    """Points by the band a value falls in; at a cut it takes the higher-scoring band unless said otherwise.

    `cuts` stand from the best down: values from a cut on, or for a falling scale (`falling`) up to it.
    """

    of: Value
    cuts: tuple[Cut, ...]
    otherwise: Interval
    falling: bool = False

    @property
    def ends(self) -> Interval:
        """The fewest and the most points a value can bring."""
        given = [self.otherwise, *(cut.points for cut in self.cuts)]
        return min(low for low, _ in given), max(high for _, high in given)

    @property
    def open(self) -> bool:
        """True where a band leaves the points to a person."""
        return any(low < high for low, high in (self.otherwise, *(cut.points for cut in self.cuts)))


@dataclass(frozen=True, slots=True)
class Linear:
    """`start` points at `zero`, `points` at `full`, straight between, flat outside."""

    of: Value
    zero: float
    full: float
    points: Interval
    start: Interval = (0.0, 0.0)

    @property
    def ends(self) -> Interval:
        return min(self.start[0], self.points[0]), max(self.start[1], self.points[1])

    @property
    def open(self) -> bool:
        return self.start[0] < self.start[1] or self.points[0] < self.points[1]


@dataclass(frozen=True, slots=True)
class Level:
    """One answer a reviewer can give, and the points it is worth."""

    level: str
    label: Label
    points: Interval


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A reviewer's mark: anything from nothing to all points, or what its levels allow, until it is given."""

    evidence: Label
    ends: Interval
    levels: tuple[Level, ...] = ()
    open: bool = True


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points when a condition holds, else none; a deduction is a bonus with negative points."""

    node: Truth
    points: Interval

    @property
    def ends(self) -> Interval:
        return min(self.points[0], 0.0), max(self.points[1], 0.0)

    @property
    def open(self) -> bool:
        return self.points[0] < self.points[1]


@dataclass(frozen=True, slots=True)
class BestOf:
    """The best of several alternatives."""

    items: tuple[Item, ...]
    open: bool = False


Scale = Bands | Linear | Ordinal | Bonus | BestOf


@dataclass(frozen=True, slots=True)
class Item:
    """`points` is the most it can bring, or for a deduction the most it can take."""

    path: str
    label: Label
    points: float
    scale: Scale
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """Items summed and capped at `points`."""

    part: str
    label: Label
    points: float
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Parts summed; `grades` are (from, name), highest first."""

    score: str
    label: Label
    parts: tuple[Part, ...]
    grades: tuple[tuple[float, Label], ...] = ()

    @property
    def points(self) -> float:
        return sum(part.points for part in self.parts)
