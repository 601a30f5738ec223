"""Odds of passing each stage that lies before a case, and all of them.

Estimand, stored with every row: of the cases of a direction that enter a stage and are closed there as
passed or failed, the share that passes, whenever that is. Results still open and withdrawn cases are left
out of the count and named beside it; where closing slowly goes with failing, the odds are too high, and
the reader sees how many are open. Whether a case was piloted is not used: the published rise of success
with pilot runs can come from selection alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import prod

import numpy as np
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.pooling import Prior, Rates, pool
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label, Ratio, Why

#: Below this effective sample a range is given and no point.
LEAST = 20.0
#: What the intervals cover.
COVERAGE = 0.8

_SCHEMA = {
    "case": pl.String(), "stage": pl.String(), "p": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "n_eff": pl.Float64(), "prior_share": pl.Float64(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Odds:
    """Beta(a, b) of one stage, or nothing known (a = b = 0)."""

    stage: Label
    a: float
    b: float
    n_eff: float
    prior_share: float | None
    why: Why

    @property
    def known(self) -> bool:
        return self.a > 0


def odds(
    outcomes: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, reference: pl.DataFrame | None = None,
    stages: Sequence[str] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """One row per case and remaining stage, then one with stage `all`; columns of the table `odds`.

    `outcomes` is the noun; `cases` has `case`, `direction` and `start_stage` (null: from the first stage);
    `reference` is a labelled prior, one row per stage: `stage`, `p`, `n` (how many cases it is worth) and
    `source`; `stages` are the stages in order (default: the vocabulary's). Direction cells borrow from
    all directions (see `pooling`). Where the effective sample is below 20, `p` is null and the 80 % range
    stands alone; where there is neither result nor prior all figures are null. Raises DataRefused for a
    reference that is no probability or has no weight.
    """
    order = list(stages or vocabularies()["stage"])
    priors = _priors(reference)
    counted = _counts(outcomes, as_of)
    estimates = {stage: _stage(stage, counted, priors.get(stage)) for stage in order}
    starts = pl.col("start_stage") if "start_stage" in cases.columns else pl.lit(None, pl.String)
    keyed = cases.select("case", "direction", starts.alias("start_stage")).sort("case")
    kinds = keyed.select("start_stage", "direction").unique(maintain_order=True)
    rows = [row for start, direction in kinds.rows() for row in _rows(start, direction, order, estimates)]
    columns = ["start_stage", "direction", *list(_SCHEMA)[1:]]
    kinds_schema = {name: _SCHEMA.get(name, pl.String()) for name in columns}
    answers = pl.DataFrame(rows, kinds_schema, orient="row")
    joined = keyed.join(
        answers, on=["start_stage", "direction"], how="left", nulls_equal=True, maintain_order="left_right"
    )
    return joined.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())


def _priors(reference: pl.DataFrame | None) -> dict[str, tuple[Prior, str]]:
    rows = reference.select("stage", "p", "n", "source").rows() if reference is not None else []
    faults = [
        Fault(Why("risk.prior-refused", {"stage": stage}), Why("risk.prior-repair"))
        for stage, p, n, _ in rows
        if p is None or n is None or not 0 < p < 1 or not n > 0
    ]
    if faults:
        raise DataRefused(faults)
    return {stage: (Prior(p, n), source or "") for stage, p, n, source in rows}


def _counts(outcomes: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Per stage and direction: passed, closed, still open and withdrawn, as known on the day."""
    known = outcomes.filter(
        pl.col("entered") <= as_of, pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= as_of)
    )
    known = known.sort("outcome", "recorded_at", nulls_last=False).unique("outcome", keep="last")
    running = pl.col("left") > as_of
    result = pl.when(running).then(pl.lit("censored")).otherwise(pl.col("result"))
    return (
        known.with_columns(result=result)
        .group_by("stage", "direction")
        .agg(
            passed=(pl.col("result") == "passed").sum(),
            closed=pl.col("result").is_in(["passed", "failed"]).sum(),
            open=(pl.col("result") == "censored").sum(),
            withdrawn=(pl.col("result") == "withdrawn").sum(),
        )
        .sort("stage", "direction", nulls_last=True)
    )


def _stage(stage: str, counted: pl.DataFrame, prior: tuple[Prior, str] | None) -> dict[str | None, _Odds]:
    """The odds of every direction that has results at this stage; None stands for any other."""
    label = vocabularies()["stage"].get(stage, Label(stage))
    here = counted.filter(pl.col("stage") == stage)
    total = here.select("passed", "closed", "open", "withdrawn").sum().row(0, named=True)
    if not total["closed"] and prior is None:
        why = Why("risk.odds-none", {"stage": label, "open": total["open"]})
        return {None: _Odds(label, 0.0, 0.0, 0.0, None, why)}
    rates = pool(here["passed"].to_numpy(), here["closed"].to_numpy(), prior[0] if prior else None)
    counts = [*here.rows(named=True), {"direction": None, "passed": 0, "closed": 0}]
    found: dict[str | None, _Odds] = {}
    for k, count in enumerate(counts):
        if count["direction"] is not None or k == here.height:
            facts = {"stage": label, **{name: count[name] for name in ("direction", "passed", "closed")}}
            facts |= {f"all_{name}": number for name, number in total.items()}
            found[count["direction"]] = _estimate(label, rates, k, facts, prior)
    return found


def _estimate(label: Label, rates: Rates, k: int, facts: dict[str, object], prior: tuple[Prior, str] | None) -> _Odds:
    n_eff, share = float(rates.n_eff[k]), float(rates.prior_share[k])
    parts = [_few(n_eff)] if n_eff < LEAST else []
    if prior:
        said = {"source": prior[1], "p": Ratio(prior[0].mean), "n": prior[0].weight, "share": Ratio(share)}
        parts.append(Why("risk.odds-prior", said))
    code = "risk.odds-stage" if facts["direction"] is not None else "risk.odds-elsewhere"
    facts = {name: value for name, value in facts.items() if code == "risk.odds-stage" or name not in _OWN}
    why = Why(code, facts, tuple(parts))
    return _Odds(label, float(rates.a[k]), float(rates.b[k]), n_eff, share, why)


_OWN = ("direction", "passed", "closed")


def _few(n_eff: float) -> Why:
    return Why("risk.odds-few", {"n_eff": round(n_eff, 1), "least": LEAST})


def _rows(
    start: str | None, direction: str | None, order: list[str], estimates: dict[str, dict[str | None, _Odds]]
) -> list[tuple[object, ...]]:
    ahead = order[order.index(start) :] if start in order else order
    along = [estimates[stage].get(direction) or estimates[stage][None] for stage in ahead]
    rows = [(start, direction, stage, *_figures(o)) for stage, o in zip(ahead, along, strict=True)]
    whole = _product(along, stated=start in order)
    return [*rows, (start, direction, "all", *_figures(whole))]


def _figures(o: _Odds) -> tuple[object, ...]:
    if not o.known:
        return None, None, None, 0.0, o.prior_share, o.why.to_json()
    low, high = Rates(np.array([o.a]), np.array([o.b]), np.zeros(1)).interval(COVERAGE)
    p = o.a / (o.a + o.b) if o.n_eff >= LEAST else None
    return p, float(low[0]), float(high[0]), o.n_eff, o.prior_share, o.why.to_json()


def _product(along: list[_Odds], stated: bool) -> _Odds:
    """All stages in turn, taken as independent given what is known: the Beta with the product's mean and
    variance. The least effective sample and the greatest share of prior are those of the whole."""
    label = Label("all")
    parts = [] if stated else [Why("risk.odds-start")]
    unknown = [o.stage for o in along if not o.known]
    if unknown:
        return _Odds(label, 0.0, 0.0, 0.0, None, Why("risk.odds-all-none", {"stages": unknown}, tuple(parts)))
    mean = prod(o.a / (o.a + o.b) for o in along)
    square = prod(o.a * (o.a + 1) / ((o.a + o.b) * (o.a + o.b + 1)) for o in along)
    size = max(mean * (1 - mean) / max(square - mean**2, 1e-15) - 1, 1e-6)
    n_eff = min(o.n_eff for o in along)
    if n_eff < LEAST:
        parts.append(_few(n_eff))
    why = Why("risk.odds-all", {"stages": [o.stage for o in along]}, tuple(parts))
    share = max(o.prior_share or 0.0 for o in along)
    return _Odds(label, mean * size, (1 - mean) * size, n_eff, share, why)
