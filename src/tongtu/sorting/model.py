"""What a sorting consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongtu.sorting.sound import faults
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label

_UNNAMED = Label("")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One point of view. Differences are in the units of its figures; `falling` means less is better.

    A subject may fall behind a profile by `indifference` without notice and supports it less and less until
    `preference`; behind it by `veto` it blocks it alone, whatever the others say.
    """

    name: str
    weight: float
    label: Label = _UNNAMED
    indifference: float = 0.0
    preference: float = 0.0
    veto: float | None = None
    falling: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    label: Label = _UNNAMED


@dataclass(frozen=True, slots=True)
class Profile:
    """The least of a category: what one just inside it shows on each criterion."""

    category: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sorting:
    """`categories` from worst to best; `profiles` of all but the worst, in the same order.

    A subject reaches a profile when criteria weighing at least `cutting_level` of the whole support it.
    `gradual_veto`: an objection grows from `preference` to `veto` (ELECTRE TRI); otherwise there is none before
    `veto` (MR-Sort). `total` is what the weights must add up to, where whoever made them says so.
    Raises UsageFault with everything that is wrong.
    """

    criteria: tuple[Criterion, ...]
    categories: tuple[Category, ...]
    profiles: tuple[Profile, ...]
    cutting_level: float
    gradual_veto: bool = True
    total: float | None = None

    def __post_init__(self) -> None:
        found = list(faults(self))
        if found:
            raise UsageFault(found)

    @property
    def total_weight(self) -> float:
        return sum(c.weight for c in self.criteria)

    def category(self, name: str) -> Category:
        return next(one for one in self.categories if one.name == name)


def label(thing: Criterion | Category) -> Label:
    """How a reason names it: its label, or its name where it has none."""
    return thing.label if thing.label.zh or thing.label.en else Label(thing.name)
