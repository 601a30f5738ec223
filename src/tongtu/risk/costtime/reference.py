"""Reference classes: how far past work left its plans, by readiness and direction, and how errors go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tongtu.risk.costtime.past import multipliers
from tongtu.risk.multipliers import Classes, Floats, Path, Spread, nested
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: Fewer pairs than this fit no correlation.
PAIRS = 20


@dataclass(frozen=True, slots=True)
class Together:
    """Correlations of log multipliers: of cost with time in one stage (`cost_days`, -1 to 1), and of one
    stage with another of the same case (`stages`, 0 to 1). Two stages' cost and time correlate by the product.

    The defaults are ours: overruns share causes, yet not all of them. `said` tells where each comes from.
    """

    cost_days: float = 0.5
    stages: float = 0.3
    said: tuple[Why, ...] = ()

    def __post_init__(self) -> None:
        wrong = []
        for name, value, low in (("cost_days", self.cost_days, -1), ("stages", self.stages, 0)):
            if not low <= value <= 1:
                args = {"name": name, "value": value, "low": low}
                wrong.append(Fault(Why("risk_value.correlation", args), Why("risk_value.correlation-repair", args)))
        if wrong:
            raise UsageFault(wrong)

    def matrix(self, stages: int) -> Floats:
        """Of cost and days of each stage in turn: cost 1, days 1, cost 2, …"""
        across = np.full((stages, stages), self.stages)
        np.fill_diagonal(across, 1.0)
        return np.kron(across, np.array([[1.0, self.cost_days], [self.cost_days, 1.0]]))


@dataclass(frozen=True)
class Reference:
    """What past results say; `cost_of(stage, direction)` and `days_of(...)` give the multiplier of one more
    stage, or None where there is no past to go by."""

    cost: Classes
    days: Classes
    bands: Mapping[str, str]
    together: Together

    def cost_of(self, stage: str | None, direction: str | None) -> Spread | None:
        return self.cost.of(*self._path(stage, direction))

    def days_of(self, stage: str | None, direction: str | None) -> Spread | None:
        return self.days.of(*self._path(stage, direction))

    def _path(self, stage: str | None, direction: str | None) -> Path:
        return _path(self.bands, stage, direction)


def _path(bands: Mapping[str, str], stage: str | None, direction: str | None) -> Path:
    return (bands.get(stage, stage) if stage is not None else None, direction)


def reference(
    outcomes: pl.DataFrame, *, as_of: date, bands: Mapping[str, str] | None = None,
    cost_days: float | None = None, stages: float | None = None,
) -> Reference:  # fmt: skip
    """Fits the classes all work ⊃ band of readiness ⊃ direction within the band from the noun `outcomes`.

    `bands` groups stages by technology readiness (stage → band); a stage without one is its own. A correlation
    that is given holds; else it is fitted from 20 or more pairs of results (of one stage; of two stages of one
    case), else it is the default of `Together`. Raises UsageFault for a correlation out of range.
    """
    bands = dict(bands or {})
    past = multipliers(outcomes, as_of).with_columns(
        band=pl.col("stage").map_elements(lambda s: bands.get(s, s), return_dtype=pl.String)
    )
    known = {name: past.filter(pl.col(name).is_not_null()) for name in ("cost", "days")}
    paths = {name: frame.select("band", "direction").rows() for name, frame in known.items()}
    fitted = {name: nested(frame[name].to_numpy(), paths[name]) for name, frame in known.items()}
    strange = {}
    for name, frame in known.items():
        residual = fitted[name].residual(np.log(frame[name].to_numpy()), paths[name])
        strange[name] = frame.select("outcome", "case", "stage").head(len(residual)).with_columns(x=residual)
    defaults = Together()
    pairs = strange["cost"].join(strange["days"], on="outcome", maintain_order="left")
    within, why_within = _settled("cost-days", cost_days, _correlation(pairs), pairs.height, defaults.cost_days)
    twos = [_of_one_case(frame) for frame in strange.values()]
    many = max(two.height for two in twos) // 2
    found = _correlation(pl.concat(twos), many)
    shared = None if found is None else max(found, 0.0)
    across, why_across = _settled("stages", stages, shared, many, defaults.stages)
    together = Together(within, across, (why_within, why_across))
    return Reference(fitted["cost"], fitted["days"], bands, together)


def _of_one_case(frame: pl.DataFrame) -> pl.DataFrame:
    """Every two stages of one case, each pair both ways, so that neither comes first."""
    named = frame.filter(pl.col("case").is_not_null())
    two = named.join(named, on="case", maintain_order="left_right")
    return two.filter(pl.col("stage") != pl.col("stage_right")).select("x", "x_right")


def _correlation(pairs: pl.DataFrame, many: int | None = None) -> float | None:
    """Of two columns; None from fewer than `PAIRS` (`many` counts them where rows stand for less than one
    each)."""
    if (pairs.height if many is None else many) < PAIRS:
        return None
    both = pairs.select("x", "x_right").to_numpy()
    if not (both.std(axis=0) > 0).all():
        return None
    return float(np.clip(np.corrcoef(both, rowvar=False)[0, 1], -0.99, 0.99))


def _settled(
    name: str, given: float | None, found: float | None, pairs: int, default: float
) -> tuple[float, Why]:  # fmt: skip
    if given is not None:
        return given, Why(f"risk_value.{name}-given", {"rho": given})
    if found is not None:
        return found, Why(f"risk_value.{name}-fitted", {"rho": round(found, 2) + 0.0, "n": pairs})
    return default, Why(f"risk_value.{name}-ours", {"rho": default, "n": pairs})
