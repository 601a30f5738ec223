"""What a template is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tongtu.terms.why import Label

#: Whom a position favours.
BETTER_FOR = ("a", "b", "both")
#: What a term is counted in; each has its way of being written out.
UNITS = ("ratio", "number", "days", "months", "years", "money", "date", "text")


@dataclass(frozen=True, slots=True)
class Term:
    """Something a position leaves to be filled in, between `low` and `high` where these are given.

    A ratio is 0..1. `source` and `grade` say where limits come from that are not ours.
    """

    id: str
    label: Label
    unit: str
    low: float | None = None
    high: float | None = None
    source: str = ""
    grade: str = "ours"


@dataclass(frozen=True, slots=True)
class Position:
    """One permitted wording of a clause. `{term}`, `{a}` and `{b}` in its text stand for terms and the parties."""

    id: str
    text: Label
    better_for: str
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """`default` is the position where nobody says otherwise."""

    id: str
    label: Label
    positions: tuple[Position, ...]
    default: str

    def position(self, id: str) -> Position:
        """Raises KeyError for a position that is not permitted."""
        for position in self.positions:
            if position.id == id:
                return position
        raise KeyError(f"clause {self.id} has no position {id}")


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one template; `excludes` are pairs of positions that contradict each other."""

    id: str
    version: str
    label: Label
    kind: str
    a: Label
    b: Label
    notice: Label
    preamble: Label
    clauses: tuple[Clause, ...]
    excludes: tuple[tuple[str, str], ...]
    since: date
    until: date | None
    source: str
    grade: str

    @property
    def key(self) -> str:
        """What an agreement pins: `licence@2026.1`."""
        return f"{self.id}@{self.version}"

    @property
    def defaults(self) -> Mapping[str, str]:
        """Clause → position where nobody says otherwise."""
        return {clause.id: clause.default for clause in self.clauses}

    def clause(self, id: str) -> Clause:
        """Raises KeyError for a clause the template does not have."""
        for clause in self.clauses:
            if clause.id == id:
                return clause
        raise KeyError(f"{self.key} has no clause {id}")
