"""What holds a weak public platform back, and the cheapest plan that lifts it (激活一批).

A platform is weak where it has a public-service duty and its open hours are used below the threshold. It is compared
with its nearest better peers; a factor binds where it is well below theirs. The plan is an exact choice among measures
whose effects and costs are data (`measures`), labelled ours: it says what the stated formulas imply, not what will
happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from tongtu.pilots.diagnosis import binding, reasons
from tongtu.pilots.diagnosis.binding import FACTOR_ROWS
from tongtu.pilots.diagnosis.cheapest import Choice, Option, cheapest
from tongtu.pilots.diagnosis.facts import facts
from tongtu.pilots.diagnosis.measures import Activation, activation_of
from tongtu.pilots.diagnosis.near import NEAR, Peers, told
from tongtu.pilots.diagnosis.options import Reach, for_use, reaches
from tongtu.pilots.diagnosis.people import PEOPLE, Candidates
from tongtu.pilots.diagnosis.towards import Towards
from tongtu.pilots.evaluation.reading import rubric_of
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.pilots.evaluation.subjects import check_direction, serving
from tongtu.pilots.lines import offered_platforms
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution, check
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

Target = Literal["idle", "peers", "tier"]
TARGETS: tuple[Target, ...] = ("idle", "peers", "tier")
WEAK: Mapping[str, Any] = {
    "platform": pl.String, "directions": pl.List(pl.String), "area": pl.String, "state": pl.String, "use": pl.Float64,
    "idle": pl.Float64, "used": pl.Float64, "open": pl.Float64, "binds": pl.String, "peers": pl.List(pl.String),
    "target": pl.String, "goal": pl.Float64, "need": pl.Float64, "gain": pl.Float64, "gain_unit": pl.String,
    "status": pl.String,
    "cost": pl.Int64, "currency": pl.String, "after": pl.Float64, "lifts": pl.Boolean, "why": pl.String,
}  # fmt: skip
PLAN: Mapping[str, Any] = {
    "platform": pl.String, "step": pl.Int64, "measure": pl.String, "factor": pl.String, "units": pl.Float64,
    "unit": pl.String, "gain": pl.Float64, "gain_unit": pl.String, "cost": pl.Int64, "currency": pl.String,
    "why": pl.String,
}  # fmt: skip
_TINY = 1e-9
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Diagnosis:
    """Every table is ordered by platform; a `why` stands in each row.

    weak     state `weak`, or `unknown` where a public platform's use cannot be told; what `binds` most (null: none of
             the factors measured); ids of its `peers`; `goal`: the use to reach; the plan's `need` and `gain` in
             `gain_unit` (h a year, or weight for a tier), `status` of the choice, `cost` in minor units (null: a chosen
             measure has no known cost), `after`: use, or weight behind the next tier, if the formulas hold; `lifts`:
             whether that reaches the target
    factors  staff (full-time people per place), equipment (value per place), opening (hours open per place), price (an
             hour), listing (share of services with a fee), demand (open needs per platform): beside the peers' median
    near     the nearest better peers and why they are near
    plan     the measures chosen
    people   whom to ask where staff is part of the plan, or binds
    solutions  of the choice, by platform
    """

    activation: Activation
    weak: pl.DataFrame
    factors: pl.DataFrame
    near: pl.DataFrame
    plan: pl.DataFrame
    people: pl.DataFrame
    solutions: Mapping[str, Solution]


def diagnose(
    registry: Registry,
    pack: Pack,
    as_of: date,
    *,
    rubric: Rubric | None = None,
    activation: Activation | None = None,
    known_at: date | None = None,
    direction: str | None = None,
    target: Target = "idle",
    limit: int | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Weak public platforms with what binds them and the cheapest plan; see `Diagnosis`.

    `target`: `idle` lifts use to the threshold, `peers` to the median use of the nearest better peers, `tier` lifts
    the platform to its next tier by the strict rule of the rubric (gates aside). `limit` keeps the least used so many.
    `direction` keeps the platforms of one direction. Rows recorded after `known_at` (default `as_of`) do not count.
    Raises UsageFault for a direction that is unknown or without platforms, another target, or a limit below one;
    PackRefused for the pack's rubric or measures.
    """
    _check(target, limit)
    rubric, activation = rubric or rubric_of(pack), activation or activation_of(pack)
    known = registry.known(as_of, known_at)
    offered = offered_platforms(known).sort("platform")
    check_direction(direction, offered, pack)
    found = facts(known, rubric, as_of)
    mine = found.filter(serving(offered, direction))
    weak = _weak(mine, activation.idle, limit)
    names = {p: Label(zh, en or "") for p, zh, en in offered.select("platform", "name", "name_en").iter_rows()}
    towards = Towards.of(registry, as_of, known_at, rubric, weak["platform"]) if target == "tier" else None
    work = _Work(
        rubric, activation, Peers(found, activation), Candidates(known, as_of), names,
        pack.vocabularies.get("direction", {}), target, towards,
    )  # fmt: skip
    return work.diagnosis(weak.to_dicts(), check(progress))


def _check(target: str, limit: int | None) -> None:
    if target not in TARGETS:
        raise _refused("no-target", name=target, names=TARGETS)
    if limit is not None and limit < 1:
        raise _refused("limit", limit=limit)


def _refused(code: str, **args: object) -> UsageFault:
    what, repair = (Why(f"pilots_diagnosis.{code}{tail}", args) for tail in ("", "-repair"))
    return UsageFault(Fault(what, repair))


def _weak(found: pl.DataFrame, idle: float, limit: int | None) -> pl.DataFrame:
    """Public platforms used below the threshold, or whose use cannot be told; of many, those used least."""
    use = pl.col("use")
    weak = found.filter(pl.col("is_public").fill_null(False), use.is_null() | (use < idle))
    weak = weak.with_columns(state=pl.when(use.is_null()).then(pl.lit("unknown")).otherwise(pl.lit("weak")))
    if limit is not None:
        weak = weak.sort("use", "platform", nulls_last=True).head(limit)
    return weak.sort("platform")


@dataclass(frozen=True)
class _Case:
    """One weak platform on its way to a plan."""

    weak: Row
    peers: Sequence[tuple[Row, float]]
    reaches: Sequence[Reach]
    options: Sequence[Option]
    goal: float
    need: float
    choice: Choice

    def chosen(self) -> Iterator[tuple[Option, int]]:
        return ((option, n) for option, n in zip(self.options, self.choice.levels, strict=True) if n)


@dataclass(frozen=True)
class _Work:
    rubric: Rubric
    activation: Activation
    better: Peers
    candidates: Candidates
    names: Mapping[str, Label]
    directions: Mapping[str, Label]
    target: Target
    towards: Towards | None

    def diagnosis(self, weak: Sequence[Row], report: Progress) -> Diagnosis:
        rows: dict[str, list[Any]] = {name: [] for name in ("weak", "factors", "near", "plan", "people")}
        solutions: dict[str, Solution] = {}
        cases = []
        for n, one in enumerate(weak):
            report(n, len(weak))
            cases.append(self._case(one))
        lifted = self.towards.lifted({c.weak["platform"]: self._moved(c) for c in cases}) if self.towards else {}
        for case in cases:
            platform = case.weak["platform"]
            solutions[platform] = case.choice.solution
            peers = [peer for peer, _ in case.peers]
            factors = binding.factors(case.weak, peers, self.activation.binds)
            currency = self.rubric.currency
            rows["factors"] += [binding.row(platform, one, currency) for one in factors]
            rows["near"] += told(case.weak, list(case.peers), self.names, self.directions)
            rows["plan"] += self._plan(case)
            rows["people"] += self._people(case, binding.main(factors))
            rows["weak"].append(self._weak(case, binding.main(factors), lifted.get(platform)))
        report(len(weak), len(weak))
        schemas = {"weak": WEAK, "factors": FACTOR_ROWS, "near": NEAR, "plan": PLAN, "people": PEOPLE}
        frames = {name: pl.DataFrame(rows[name], schema=schema) for name, schema in schemas.items()}
        return Diagnosis(self.activation, **frames, solutions=solutions)

    def _case(self, weak: Row) -> _Case:
        peers = self.better.of(weak)
        known = [peer for peer, _ in peers]
        found, goal = reaches(self.activation, weak, known, to_peers=self.towards is None), self._goal(known)
        if self.towards is not None:
            need, options = self.towards.asked(self.activation, found, weak)
            limit, unit = Why("pilots_diagnosis.limit-tier"), "weight"
        else:
            need = missing_hours(weak, goal)
            options, limit, unit = for_use(found, weak, goal), Why("pilots_diagnosis.limit-use"), "h"
        if weak["state"] == "unknown" and self.towards is None:
            options, need = [], 0.0
        choice = cheapest(
            options, need, problem="pilots_diagnosis.plan", unit=self.activation.currency, limit=limit, gain_unit=unit
        )
        return _Case(weak, peers, found, options, goal, need, choice)

    def _goal(self, peers: Sequence[Row]) -> float:
        """The use to reach."""
        return median(peer["use"] for peer in peers) if self.target == "peers" and peers else self.activation.idle

    def _moved(self, case: _Case) -> dict[str, float]:
        """Units chosen, by measure."""
        return {option.measure: option.levels[n - 1].units for option, n in case.chosen()}

    def _plan(self, case: _Case) -> list[dict[str, Any]]:
        measures = {one.measure: one for one in self.activation.measures}
        rows = []
        for step, (option, n) in enumerate(case.chosen(), start=1):
            level, measure = option.levels[n - 1], measures[option.measure]
            rows.append({
                "platform": case.weak["platform"], "step": step, "measure": measure.measure, "factor": measure.factor,
                "units": level.units, "unit": measure.unit or None, "gain": level.gain, "gain_unit": self._unit(),
                "cost": self._minor(level.cost), "currency": self.activation.currency,
                "why": reasons.step(measure, level, self._unit(), self.activation.currency).to_json(),
            })  # fmt: skip
        return rows

    def _people(self, case: _Case, main: binding.Factor | None) -> list[Row]:
        staffed = [case.reaches[n] for n in range(len(case.reaches)) if case.reaches[n].measure.factor == "staff"]
        chosen = self._moved(case)
        asked = [chosen[one.measure.measure] for one in staffed if one.measure.measure in chosen]
        if not asked and (main is None or main.factor != "staff"):
            return []
        wanted = asked[0] if asked else max((one.units for one in staffed), default=1.0)
        return self.candidates.of(case.weak, wanted, self.directions)

    def _weak(self, case: _Case, main: binding.Factor | None, lifts: bool | None) -> Row:
        weak, choice = case.weak, case.choice
        after = self._after(case)
        reached = lifts if self.towards is not None else None if after is None else after >= case.goal - _TINY
        row = {
            **{name: weak[name] for name in ("platform", "directions", "area", "state", "use", "used", "open")},
            "idle": self.activation.idle, "binds": main.factor if main else None,
            "peers": [peer["platform"] for peer, _ in case.peers],
            "target": self.target, "goal": None if self.towards is not None else case.goal,
            "need": case.need, "gain": choice.gain, "gain_unit": self._unit(), "status": choice.solution.status,
            "cost": self._minor(choice.cost), "currency": self.activation.currency, "after": after, "lifts": reached,
        }  # fmt: skip
        if weak["state"] == "unknown" and self.towards is None:
            row |= {"need": None, "gain": None, "status": None, "cost": None, "lifts": None}
        return {**row, "why": reasons.weak(row, main, weak["gap"], self.activation).to_json()}

    def _after(self, case: _Case) -> float | None:
        """Use, or the weight behind the next tier, once the plan has its stated effects."""
        if self.towards is not None:
            return self.towards.support(case.weak["platform"]) + case.choice.gain
        opening = {one.measure for one in self.activation.measures if one.factor == "opening"}
        more = sum(units for measure, units in self._moved(case).items() if measure in opening)
        if case.weak["use"] is None:
            return None
        # what opening gains was counted net of the use it asks for
        hours = case.weak["used"] + case.choice.gain + case.goal * more
        return float(hours / (case.weak["open"] + more))

    def _unit(self) -> str:
        return "h" if self.towards is None else "weight"

    def _minor(self, cost: float | None) -> int | None:
        """Whole major units: what an estimate is worth."""
        return None if cost is None else Money.of(round(cost), self.activation.currency).minor


def missing_hours(weak: Row, idle: float) -> float:
    """Used hours a year that are missing to the threshold."""
    if weak["use"] is None:
        return 0.0
    return max(0.0, float(idle * weak["open"] - weak["used"]))
