"""What a sorting consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Label, Why

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
    Raises UsageFault with everything that is wrong.
    """

    criteria: tuple[Criterion, ...]
    categories: tuple[Category, ...]
    profiles: tuple[Profile, ...]
    cutting_level: float

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise UsageFault(faults)

    @property
    def total_weight(self) -> float:
        return sum(c.weight for c in self.criteria)

    def _faults(self) -> Iterator[Fault]:
        if not 0.5 <= self.cutting_level <= 1:
            yield _fault("cutting-level", level=self.cutting_level)
        if any(c.weight < 0 for c in self.criteria) or self.total_weight <= 0:
            yield _fault("weights")
        if [p.category for p in self.profiles] != [c.name for c in self.categories[1:]]:
            yield _fault("profile-per-category")
        for criterion in self.criteria:
            veto = criterion.veto
            if not 0 <= criterion.indifference <= criterion.preference or (veto or 0) < 0:
                yield _fault("thresholds", name=criterion.name)
            if veto is not None and veto <= criterion.preference:
                yield _fault("veto-first", name=criterion.name)
        yield from self._profile_faults()

    def _profile_faults(self) -> Iterator[Fault]:
        names = {c.name for c in self.criteria}
        for profile in self.profiles:
            if set(profile.values) != names:
                yield _fault("profile-criteria", category=profile.category)
                return
        for lower, upper in pairwise(self.profiles):
            for c in self.criteria:
                sign = -1 if c.falling else 1
                if sign * upper.values[c.name] < sign * lower.values[c.name]:
                    yield _fault("profiles-cross", name=c.name, lower=lower.category, upper=upper.category)


def _fault(code: str, /, **args: object) -> Fault:
    return Fault(Why(f"sorting.{code}", args), Why(f"sorting.{code}-repair", args))
