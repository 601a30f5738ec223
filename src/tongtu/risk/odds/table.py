"""The public table of odds: beliefs with their 80 % range, no point where little is known, and all stages in turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import prod

import polars as pl

from tongtu.risk.odds.beliefs import LEAST, Belief, few, on_paths
from tongtu.risk.special import beta_quantile
from tongtu.terms.why import Why

#: What the intervals cover.
COVERAGE = 0.8

_SCHEMA = {
    "case": pl.String(), "stage": pl.String(), "p": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "n_eff": pl.Float64(), "prior_share": pl.Float64(), "why": pl.String(),
}  # fmt: skip


def odds(
    outcomes: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, reference: pl.DataFrame | None = None,
    stages: Sequence[str] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """One row per case and remaining stage, then one with stage `all`; columns of the table `odds`.

    `outcomes` is the noun; `cases` has `case`, `direction` and `start_stage` (null: from the first stage), and may
    have `member`; `reference` is a labelled prior, one row per stage: `stage`, `p`, `n` (how many cases it is worth)
    and `source`; `stages` are the stages in order (default: the vocabulary's). What is estimated: see `beliefs`.
    Whether a case was piloted is not used: the published rise of success with pilot runs can come from selection
    alone (`pilot_effect`). Where the effective sample is below 20, `p` is null and the 80 % range stands alone;
    where there is neither result nor prior all figures are null. Raises DataRefused for a reference that is no
    probability or has no weight.
    """
    keyed, found = on_paths(outcomes, cases, as_of=as_of, reference=reference, stages=stages)
    ways: dict[tuple[int, bool], list[tuple[object, ...]]] = {}  # cases on one path share one tuple of beliefs
    rows: list[tuple[object, ...]] = []
    for case, along, start in zip(keyed["case"], found, keyed["start_stage"], strict=True):
        way = (id(along), start is not None)
        if way not in ways:
            ways[way] = _rows(along, way[1])
        rows += [(case, *row) for row in ways[way]]
    return pl.DataFrame(rows, _SCHEMA, orient="row")


def _rows(along: tuple[Belief, ...], stated: bool) -> list[tuple[object, ...]]:
    return [_figures(one) for one in (*along, _product(along, stated))]


def _figures(one: Belief) -> tuple[object, ...]:
    if not one.known:
        return one.stage, None, None, None, 0.0, one.prior_share, one.why.to_json()
    tail = (1 - COVERAGE) / 2
    low, high = (float(q) for q in beta_quantile(one.a, one.b, [tail, 1 - tail]))
    p = one.mean if one.n_eff >= LEAST else None
    return one.stage, p, low, high, one.n_eff, one.prior_share, one.why.to_json()


def _product(along: tuple[Belief, ...], stated: bool) -> Belief:
    """All stages in turn, taken as independent given what is known: the Beta with the product's mean and
    variance. The least effective sample and the greatest share of prior are those of the whole."""
    parts = [] if stated else [Why("risk.odds-start")]
    unknown = [one.label for one in along if not one.known]
    if unknown:
        return Belief("all", 0.0, 0.0, 0.0, None, Why("risk.odds-all-none", {"stages": unknown}, tuple(parts)))
    mean = prod(one.mean for one in along)
    square = prod(one.a * (one.a + 1) / ((one.a + one.b) * (one.a + one.b + 1)) for one in along)
    size = max(mean * (1 - mean) / max(square - mean**2, 1e-15) - 1, 1e-6)
    n_eff = min(one.n_eff for one in along)
    if n_eff < LEAST:
        parts.append(few(n_eff))
    why = Why("risk.odds-all", {"stages": [one.label for one in along]}, tuple(parts))
    share = max(one.prior_share or 0.0 for one in along)
    return Belief("all", mean * size, (1 - mean) * size, n_eff, share, why)
