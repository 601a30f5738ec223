"""What a pathway is made of. Every field comes from the pack; nothing here belongs to one country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label

#: Who answers for a gate. Named in the catalogue as `pathway.role-<code>`; the same codes as vocabulary `case_role`.
ROLES = ("demander", "holder", "secretariat", "platform", "assessor", "provider", "capital", "regulator")
#: What a missed decision deadline does. `approve` needs a role that carries the risk.
MISSED = ("escalate", "approve", "hold")
#: What a gate may decide.
DECISIONS = ("go", "hold", "recycle", "kill")
#: Whose passage a pathway describes. A case of `buyer` runs beside its seller's; a `call` seeks answers to one need.
SIDES = ("seller", "buyer", "call", "research")
_UNNAMED = Label("")
#: Whom a rule may judge: an organisation of the case, or the project behind it.
JUDGED = ("demander", "holder", "project")


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


@dataclass(frozen=True, slots=True)
class Rule:
    """A gate asks for a verdict of the rules room: a tier of a scheme, met by `of` (one of JUDGED)."""

    scheme: str
    tier: str
    of: str = "holder"

    @property
    def name(self) -> str:
        return f"rule {self.scheme}.{self.tier} ({self.of})"


@dataclass(frozen=True, slots=True)
class Holds:
    """A gate asks for a comparison over the case's own row to hold, written as a rule is: `demander IS NOT NULL`."""

    expression: str
    label: Label

    @property
    def name(self) -> str:
        return f"holds {self.expression}"


Criterion = Level | Evidence | Ask | Rule | Holds


@dataclass(frozen=True, slots=True)
class Missed:
    """What happens when nobody decides in time: `then` is one of MISSED, `to` the role it falls on."""

    then: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A decision: what it asks, who takes it, within how many working days, who can help to pass it.

    approvals      roles that sign before the owner decides: each is one more level of decision
    recycle_to     the stage a case sent back returns to; "" is the gate's own stage
    cure_within    working days to cure after `recycle`; None where the pathway sets no limit
    hold_at_most   working days a case may be held; None where the pathway sets no limit
    """

    id: str
    label: Label
    owner: str
    decide_within: int
    missed: Missed
    criteria: tuple[Criterion, ...]
    services: tuple[str, ...]
    decisions: tuple[str, ...] = DECISIONS
    recycle_to: str = ""
    approvals: tuple[str, ...] = ()
    cure_within: int | None = None
    hold_at_most: int | None = None


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
class Parallel:
    """A stage worked in several branches at once, as in a tournament.

    Between `least` and `most` branches, each one lead with at most `partners` partners; at most `keep` go on
    at the gate.
    """

    least: int
    most: int
    partners: int
    keep: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of work that ends at a gate. `days` are working days from a TRL on: ((1, 60), (5, 30)).

    `phase` is the code of vocabulary `stage` that it is comparable to across pathways: the id where that is one of
    them already. An `optional` stage may be passed over. `label` is the vocabulary's where the pathway writes none.
    """

    id: str
    after: tuple[str, ...]
    days: tuple[tuple[int, int], ...]
    gate: Gate
    statutory: tuple[StatutoryStep, ...] = ()
    lines: StageLines | None = None
    label: Label = _UNNAMED
    phase: str = ""
    parallel: Parallel | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "phase", self.phase or self.id)
        if not self.label.zh:
            object.__setattr__(self, "label", vocabularies()["stage"].get(self.id, Label(self.id)))

    def days_at(self, trl: int | None) -> int:
        """Typical working days at a TRL; an unknown TRL counts as the lowest."""
        return next(days for start, days in reversed(self.days) if start <= (trl or 1))


@dataclass(frozen=True, slots=True)
class Offered:
    """Which platforms can satisfy a service: by kind of validation of a service, or by kind of platform."""

    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A fast lane: gates decided without what they ask, which is brought afterwards, at the risk of `risk_owner`.

    `waives` are ids of gates; `days_factor` (0, 1] shortens the typical days of every stage; `decide_within` replaces
    the gates' own deadline where that is longer; a case enters only where `conditions` are met.
    """

    id: str
    label: Label
    risk_owner: str
    waives: tuple[str, ...] = ()
    days_factor: float = 1.0
    decide_within: int | None = None
    conditions: tuple[Criterion, ...] = ()
    source: str = ""
    grade: str = "ours"


@dataclass(frozen=True, slots=True)
class Pathway:
    """One version of one pathway; `stages` stand in the order in which they can be worked.

    agreements   ids of the templates that may be signed on it
    outcomes     kinds of events that count as outcomes, not as activity
    migrates     from version → old stage → new stage; a stage that is not named keeps its id
    buyer        id of the pathway that the buyer's side runs beside it, "" for none
    """

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
    side: str = "seller"
    track: str = ""
    lanes: tuple[Lane, ...] = ()
    agreements: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    migrates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    buyer: str = ""

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

    def lane(self, id: str) -> Lane:
        """Raises KeyError where the pathway has no such lane."""
        for lane in self.lanes:
            if lane.id == id:
                return lane
        raise KeyError(f"{self.key} has no lane {id}")

    def migrated(self, version: str, stage: str) -> str | None:
        """Where a case of an older version stands on this one: the mapped stage, its own id, or None where neither
        is a stage here."""
        to = self.migrates.get(version, {}).get(stage, stage)
        return to if any(own.id == to for own in self.stages) else None
