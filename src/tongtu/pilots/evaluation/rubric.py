"""What a rubric of platform tiers consists of: dimensions, indicators, the tiers' profiles, gates, caps.

Everything here is data of a pack (`pilots/platform_tiers.yaml`) or of a file of one's own; see `reading`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from tongtu.rules import RuleBook
from tongtu.rules.model import Scheme
from tongtu.sorting import Category, Criterion, Doubt, Profile, Sorting
from tongtu.terms.why import Label

#: where the evidence behind a declared value is none
NO_EVIDENCE = "none"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One measured point of a dimension.

    item      `PART.ITEM` of the scheme's score, measured by the rules room
    figure    computed from the ledger over `years`; see `figures.FIGURES`
    declared  a column of the platform's own row: alone, or beside a figure as what it says of itself
    at        tier → the least it asks; empty where the weight is 0 (shown, decides nothing)
    cap       the most a declared value without strong evidence counts, where not the rubric's own rule
    """

    indicator: str
    dimension: str
    label: Label
    unit: str
    weight: float
    item: str = ""
    figure: str = ""
    years: int = 1
    declared: str = ""
    at: Mapping[str, float] = field(default_factory=dict)
    indifference: float = 0.0
    preference: float = 0.0
    veto: float | None = None
    falling: bool = False
    cap: float | None = None
    line: int = field(default=0, compare=False)

    @property
    def scored(self) -> bool:
        return self.weight > 0

    def better(self, a: float, b: float) -> bool:
        """Whether `a` is at least as good as `b`."""
        return a <= b if self.falling else a >= b


@dataclass(frozen=True, slots=True)
class Dimension:
    dimension: str
    label: Label
    weight: float
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class TieBreak:
    """Who comes first among equals: platforms of the listed directions, or of one that is short of platforms.

    `mark` is the scheme's manual criterion by which a statement is accepted or refused; `short_times`: open needs
    per platform over the median of all directions from which a direction counts as short.
    """

    mark: str
    directions: tuple[str, ...]
    source: str
    grade: str
    short_times: float


@dataclass(frozen=True, slots=True)
class Smes:
    """A user is an SME by kind of organisation, or by a valid title."""

    kinds: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Rubric:
    """`tiers` from worst to best; `caps`: grade of evidence → the tier whose profile a declared value counts up to;
    `gates`: tier → criteria of the scheme's tier of that name; `stands_for`: registered tier → tier of this ladder."""

    rubric: str
    version: str
    name: Label
    notice: Label
    since: date
    source: str
    grade: str
    book: RuleBook
    scheme: Scheme
    tiers: tuple[Category, ...]
    stands_for: Mapping[str, str]
    cutting_level: float
    keep_level: float
    doubt: Doubt
    caps: Mapping[str, str]
    sme: Smes
    produced: tuple[str, ...]
    gates: Mapping[str, tuple[str, ...]]
    tie_break: TieBreak
    dimensions: tuple[Dimension, ...]
    file: str = ""

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """All of them, in the order of the file."""
        return tuple(indicator for dimension in self.dimensions for indicator in dimension.indicators)

    @cached_property
    def scored(self) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.indicators if indicator.scored)

    @property
    def currency(self) -> str:
        return self.scheme.currency

    def __getitem__(self, name: str) -> Indicator:
        """Raises KeyError for an indicator the rubric does not have."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def label(self, name: str) -> Label:
        """Of a dimension, an indicator or a tier; its code where there is none."""
        return self._labels.get(name, Label(name))

    @cached_property
    def _by_name(self) -> dict[str, Indicator]:
        return {indicator.indicator: indicator for indicator in self.indicators}

    @cached_property
    def _labels(self) -> dict[str, Label]:
        return dict(self._named())

    def _named(self) -> Iterator[tuple[str, Label]]:
        yield from ((tier.name, tier.label) for tier in self.tiers)
        yield from ((dimension.dimension, dimension.label) for dimension in self.dimensions)
        yield from ((indicator.indicator, indicator.label) for indicator in self.indicators)

    def cap(self, indicator: Indicator, grade: str | None) -> float | None:
        """The most a declared value counts with evidence of this grade; None where it counts in full."""
        tier = self.caps.get(grade or NO_EVIDENCE)
        if tier is None:
            return None
        return indicator.cap if indicator.cap is not None else indicator.at.get(tier)

    @cached_property
    def sorting(self) -> Sorting:
        """The model that the sorting room takes. Raises UsageFault where it does not hold together."""
        criteria = tuple(
            Criterion(i.indicator, i.weight, i.label, i.indifference, i.preference, i.veto, i.falling)
            for i in self.scored
        )
        profiles = tuple(
            Profile(tier.name, {i.indicator: i.at[tier.name] for i in self.scored}) for tier in self.tiers[1:]
        )
        return Sorting(criteria, self.tiers, profiles, self.cutting_level)
