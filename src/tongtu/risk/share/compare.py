"""What the pact gives a member, and what the member gives: its own odds beside the pooled ones.

Estimand, as in `odds`: of the projects that entered a stage and are closed as passed or failed, the share that
passed. Three beliefs per cell: from the member's own results alone; from the pool without them (the published counts
less what the member sent); from everything (the published counts, and at home also what the member held back). Projects
that are still open or withdrew are in no belief.

`gain` and `gave` are expected log scores per forecast, in nats: how much better the next result is foretold by the
belief with the pool than by the member's own, and by the pool with the member's results than without them, if the
fuller belief is right (Kullback and Leibler's divergence between the two next results; never below zero).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.odds import COVERAGE, LEAST
from tongtu.risk.pooling import Rates, pool
from tongtu.risk.share.counting import Counts
from tongtu.risk.share.noisy import pool_noisy
from tongtu.risk.share.refusal import refused
from tongtu.risk.share.release import Release
from tongtu.risk.share.taxonomy import CELL
from tongtu.terms.why import Label, Why

Floats = npt.NDArray[np.float64]


def compare(own: Counts, pooled: Release, *, included: bool = True) -> pl.DataFrame:
    """One row per cell: `stage, place, band, piloted`, `entered, own_passed, own_closed` (exact, the member's),
    `own, own_low, own_high, own_n_eff`, `p, low, high, n_eff, prior_share`, `gain, gave`, `why` (JSON).

    `own` and `p` are null below 20 effective results, ranges are 80 %. `included`: the member's counts are in the
    pool. Raises DataRefused where the two are of different taxonomies, or of different rounds and `included`.
    """
    if own.taxonomy.digest != pooled.taxonomy:
        raise refused("risk_share.taxonomy-other", digest=pooled.taxonomy, expected=own.taxonomy.digest)
    if included and own.round != pooled.round:
        raise refused("risk_share.round-other", round=own.round, pooled=pooled.round)
    tables = [_of_stage(stage, own, pooled, included) for stage in own.taxonomy.stages]
    return pl.concat(tables)


def _of_stage(stage: str, own: Counts, pooled: Release, included: bool) -> pl.DataFrame:
    at = own.exact["stage"] == stage
    exact, told = own.exact.filter(at), pooled.frame.filter(at)
    mine = exact.select("passed", "failed").to_numpy().astype(float)
    sent = own.frame.filter(at).select("passed", "failed").fill_null(0).to_numpy() * float(included)
    noisy, scale = told.select("passed", "failed").to_numpy().astype(float), pooled.plan.results
    alone = pool(mine[:, 0], mine.sum(axis=1))
    rest = noisy - sent
    without = pool_noisy(rest[:, 0], rest[:, 1], scale)
    every = rest + mine
    whole = pool_noisy(every[:, 0], every[:, 1], scale, known_passed=mine[:, 0], known_failed=mine[:, 1])
    gain = _divergence(whole.mean, alone.mean)[:-1]
    gave = _divergence(whole.mean, without.mean)[:-1]
    return exact.select(*CELL, "entered").with_columns(
        pl.Series("own_passed", mine[:, 0], pl.Float64).cast(pl.Int64),
        pl.Series("own_closed", mine.sum(axis=1), pl.Float64).cast(pl.Int64),
        *_said(alone, ("own", "own_low", "own_high", "own_n_eff")),
        *_said(whole, ("p", "low", "high", "n_eff")),
        pl.Series("prior_share", whole.prior_share[:-1]),
        pl.Series("gain", gain), pl.Series("gave", gave),
        pl.Series("why", [_why(stage, k, mine, pooled) for k in range(len(mine))], pl.String),
    )  # fmt: skip


def _said(rates: Rates, names: tuple[str, str, str, str]) -> list[pl.Series]:
    """Point (null where the sample is small), range and effective sample of every cell."""
    low, high = rates.interval(COVERAGE)
    point = [mean if n >= LEAST else None for mean, n in zip(rates.mean.tolist(), rates.n_eff.tolist(), strict=True)]
    columns: list[Any] = [point, low, high, rates.n_eff]
    return [pl.Series(name, values[:-1], pl.Float64) for name, values in zip(names, columns, strict=True)]


def _divergence(p: Floats, q: Floats) -> Floats:
    found: Floats = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    return np.maximum(found, 0.0)


def _why(stage: str, row: int, mine: Floats, pooled: Release) -> str:
    told: dict[str, Any] = {
        "stage": vocabularies()["stage"].get(stage, Label(stage)), "members": pooled.members, "round": pooled.round,
        "epsilon": pooled.plan.epsilon, "passed": int(mine[row, 0]), "closed": int(mine[row].sum()),
    }  # fmt: skip
    return Why("risk_share.compared", told).to_json()
