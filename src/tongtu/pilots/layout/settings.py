"""What a person may change about a layout, and the unit costs that the pack supplies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

Objective = Literal["coverage", "p-median", "capacitated"]
OBJECTIVES: tuple[Objective, ...] = ("coverage", "p-median", "capacitated")
Fairness = Literal["none", "lexicographic", "weighted"]
FAIRNESS: tuple[Fairness, ...] = ("none", "lexicographic", "weighted")
STRENGTHEN, ACTIVATE, SUPPLEMENT = "strengthen", "activate", "supplement"
#: from so many peers on their median takes the place of the pack's number
PEERS = 3


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `begin` to `end`, both included."""

    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a layout changes over. All ours: pass others to replace them.

    radius_km      a platform covers cells within this distance (coverage)
    far_km         beyond this, hours count as not served (p-median, capacitated)
    duplication    hours served that each hour a year opened must earn, so that nobody builds what nobody needs
    redundancy     suppliers asked for in bottleneck directions; none carries more than its part of a cell
    relatedness    what a density of one adds, per hour opened, to a new platform's worth: a touch, never a gate
    idle           use below which a public platform is weak: only what is used counts, activating adds the rest
    assumed_hours  hours a year of a job that states none; None leaves it out and says so
    candidates     regions per direction where a new platform may stand: those that ask most
    fairness       none | lexicographic (the area worst off first, then the total) | weighted
    fairness_weight  weight of the worst share against the share of all hours (weighted)
    announced      builds only announced count as committed too
    alternatives   other sets of actions to look for; apart: by how many actions at least they differ
    rejected       best actions not taken that are explained
    nodes, gap     limits of the search, deterministic; seconds: a wall clock instead, which marks what it stops
    """

    radius_km: float = 400.0
    far_km: float = 1000.0
    duplication: float = 0.1
    redundancy: int = 2
    relatedness: float = 0.02
    idle: float = 0.3
    assumed_hours: float | None = None
    candidates: int = 30
    fairness: Fairness = "none"
    fairness_weight: float = 1.0
    announced: bool = False
    alternatives: int = 2
    apart: int = 1
    rejected: int = 20
    nodes: int = 2000
    seconds: float | None = None
    gap: float = 1e-4

    def faults(self) -> list[Fault]:
        """What cannot be taken, each with the option's name."""
        low: dict[str, tuple[float, float]] = {
            "radius_km": (0.0, 20_040.0), "far_km": (1e-9, 20_040.0), "duplication": (0.0, 1.0),
            "redundancy": (1, 10), "relatedness": (0.0, 1.0), "idle": (0.0, 1.0), "candidates": (0, 10_000),
            "fairness_weight": (0.0, 1e6), "alternatives": (0, 20), "apart": (1, 100), "rejected": (0, 10_000),
            "nodes": (1, 10**9), "gap": (0.0, 0.5),
        }  # fmt: skip
        found = [
            _out_of_range(name, value, least, most)
            for name, (least, most) in low.items()
            if not least <= (value := getattr(self, name)) <= most
        ]
        if self.fairness not in FAIRNESS:
            found.append(_not_one(self.fairness, FAIRNESS, "fairness"))
        for name in ("seconds", "assumed_hours"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                found.append(_out_of_range(name, value, 0, None))
        return found


def checked(settings: Settings, objective: str) -> None:
    """Raises UsageFault with everything that cannot be taken."""
    faults = settings.faults()
    if objective not in OBJECTIVES:
        faults.append(_not_one(objective, OBJECTIVES, "objective"))
    if faults:
        raise UsageFault(faults)


def _out_of_range(name: str, value: object, low: float, high: float | None) -> Fault:
    what = Why("pilots_layout.out-of-range", {"name": name, "value": value, "low": low, "high": high})
    return Fault(what, Why("pilots_layout.out-of-range-repair", {"name": name, "low": low, "high": high}), column=name)


def _not_one(value: str, known: tuple[str, ...], name: str) -> Fault:
    args = {"value": value, "known": known}
    return Fault(Why("pilots_layout.not-one-of", args), Why("pilots_layout.not-one-of-repair", args), column=name)


@dataclass(frozen=True, slots=True)
class Costs:
    """The pack's sheet `layout`: numbers by name, with a direction's own before the general."""

    rows: dict[tuple[str, str | None], dict[str, Any]]

    @classmethod
    def of(cls, pack: Pack, as_of: date) -> Costs:
        """Rows in force on the day. Raises PackRefused's kin: UsageFault where a number is missing."""
        rows = pack.sheet("layout").iter_rows(named=True)
        found = {
            (row["name"], row["direction"]): row
            for row in rows
            if (row["since"] is None or row["since"] <= as_of) and (row["until"] is None or row["until"] >= as_of)
        }
        costs = cls(found)
        missing = [name for name in NUMBERS if (name, None) not in found]
        if missing:
            args = {"names": tuple(missing), "pack": pack.name}
            what, repair = Why("pilots_layout.no-unit-cost", args), Why("pilots_layout.no-unit-cost-repair", args)
            raise UsageFault(Fault(what, repair, file="layout.csv"))
        return costs

    def number(self, name: str, direction: str | None = None) -> float:
        return float(self._row(name, direction)["value"])

    def money(self, name: str, direction: str | None = None) -> Money:
        row = self._row(name, direction)
        return Money.of(str(row["value"]), row["currency"] or "CNY")

    def _row(self, name: str, direction: str | None) -> dict[str, Any]:
        return self.rows.get((name, direction)) or self.rows[name, None]


NUMBERS = (
    "supplement_investment", "supplement_hours", "strengthen_hours", "strengthen_share", "strengthen_investment",
    "activate_share", "activate_investment", "months_prepare", "months_build", "months_trial", "open_share",
    "sme_share",
)  # fmt: skip
