"""A version of a rule as it is drafted: groups of conditions and leaves, each with the place that says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf

from tongtu.brief.proposals.heading import Heading
from tongtu.brief.proposals.meanings import Figure
from tongtu.terms.why import Label, Why

Kind = OneOf["check", "holds", "manual"]
Way = OneOf["all", "any", "none", "at_least"]


@dataclass(frozen=True, slots=True)
class Check:
    """A figure and its bounds, as a rule writes them: `>= 5000万元`; or a condition over a flag, without a figure."""

    bounds: tuple[str, ...]
    figure: Figure | None = None
    each_year: int = 0


@dataclass(slots=True)
class Leaf:
    """One condition. `asked` is a check, kinds of title that must be held, or what a person is asked for."""

    asked: Check | tuple[str, ...] | Label
    start: int
    end: int
    cite: str
    why: Why
    confidence: float | None = None
    path: str = ""
    text: str = ""  # what is asked, as the file has it

    @property
    def kind(self) -> Kind:
        match self.asked:
            case Check():
                return "check"
            case Label():
                return "manual"
        return "holds"


@dataclass(slots=True)
class Group:
    """Conditions that are asked together. `instead` stands in for this group (a waiver)."""

    name: Label
    cite: str
    start: int
    end: int
    way: Way = "all"
    least: int = 0
    parts: list[Group | Leaf] = field(default_factory=list)
    instead: Group | None = None
    path: str = ""

    def leaves(self) -> Iterator[Leaf]:
        for part in self.parts:
            yield from part.leaves() if isinstance(part, Group) else (part,)
        if self.instead is not None:
            yield from self.instead.leaves()


@dataclass(slots=True)
class Tier:
    tier: str
    name: Label
    groups: list[Group] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A version to be, and the scheme it is of; `gates` hold for every tier."""

    scheme: str
    name: Label
    notice: Label
    subject: str
    yearly: str
    holder: str
    currency: str
    jurisdiction: str
    applies: str
    heading: Heading
    gates: list[Group] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=list)

    def groups(self) -> Iterator[tuple[str, Group]]:
        """Every group at the top with the tier it belongs to; '' for all tiers."""
        yield from (("", group) for group in self.gates)
        yield from ((tier.tier, group) for tier in self.tiers for group in tier.groups)
