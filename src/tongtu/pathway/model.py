"""What a pathway is made of. Every field comes from the pack; nothing here belongs to one country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tongtu.terms.why import Label

#: Who answers for a gate. Named in the catalogue as `pathway.role-<code>`.
ROLES = ("demander", "holder", "secretariat", "platform", "assessor", "provider", "capital")
#: What a missed decision deadline does. `approve` needs a role that carries the risk.
MISSED = ("escalate", "approve", "hold")


@dataclass(frozen=True, slots=True)
class Level:
    """A gate asks a readiness scale to stand at a level, as claimed, supported by evidence, or verified."""

    scale: str
    at_least: int
    status: str = "claimed"

    @property
    def name(self) -> str:
        return f"{self.scale} >= {self.at_least} ({self.status})"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A gate asks for evidence of a dimension or kind, of a grade at least, valid on the day."""

    grade: str
    dimension: str = ""
    kind: str = ""
    independent: bool = False

    @property
    def name(self) -> str:
        what = ":".join(part for part in (self.dimension, self.kind) if part)
        return f"evidence {what} >= {self.grade}{' (independent)' if self.independent else ''}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A gate asks for something that only a person can judge."""

    what: Label

    @property
    def name(self) -> str:
        return f"ask {self.what.en}"


Criterion = Level | Evidence | Ask


@dataclass(frozen=True, slots=True)
class Missed:
    """What happens when nobody decides in time: `then` is one of MISSED, `to` the role it falls on."""

    then: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A decision: what it asks, who takes it, within how many working days, who can help to pass it."""

    id: str
    label: Label
    owner: str
    decide_within: int
    missed: Missed
    criteria: tuple[Criterion, ...]
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatutoryStep:
    """A step the law asks for after a gate; `waits` tells whether the next stage waits for it."""

    id: str
    label: Label
    days: int
    responsible: str
    waits: bool
    services: tuple[str, ...]
    source: str
    grade: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class StageLines:
    """What a stage needs of a pilot line: kinds of validation, and typical machine hours (ours)."""

    categories: tuple[str, ...]
    hours: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of work that ends at a gate. `days` are working days from a TRL on: ((1, 60), (5, 30))."""

    id: str
    after: tuple[str, ...]
    days: tuple[tuple[int, int], ...]
    gate: Gate
    statutory: tuple[StatutoryStep, ...] = ()
    lines: StageLines | None = None

    def days_at(self, trl: int | None) -> int:
        """Typical working days at a TRL; an unknown TRL counts as the lowest."""
        return next(days for start, days in reversed(self.days) if start <= (trl or 1))


@dataclass(frozen=True, slots=True)
class Offered:
    """Which platforms can satisfy a service: by kind of validation of a service, or by kind of platform."""

    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pathway:
    """One version of one pathway; `stages` stand in the order in which they can be worked."""

    id: str
    version: str
    label: Label
    since: date
    until: date | None
    source: str
    grade: str
    default: bool
    cooperation: tuple[str, ...]
    stages: tuple[Stage, ...]
    offered_by: Mapping[str, Offered] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What a case pins: `standard@2026.1`."""
        return f"{self.id}@{self.version}"

    def in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def stage(self, id: str) -> Stage:
        """Raises KeyError where the pathway has no such stage."""
        for stage in self.stages:
            if stage.id == id:
                return stage
        raise KeyError(f"{self.key} has no stage {id}")
