"""What a fitted table says of new rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.columns.encoding import Codes, Crossing, Encoder
from tongtu.risk.columns.reading import column
from tongtu.risk.fitting.fit import Fitted, fault
from tongtu.risk.special import beta_quantile
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Ratio, Why

Floats = npt.NDArray[np.float64]

#: the range of a cell's share is told for at least so many new rows: with fewer, chance alone would fill it
LEAST_NEW = 20
COVERAGE = 0.8

_SCHEMA = {name: pl.Float64() for name in ("p", "lower", "upper", "n_eff", "rate_lower", "rate_upper")} | {
    "cell": pl.String(), "why": pl.String(),
}  # fmt: skip


def predict(fitted: Fitted, new: pl.DataFrame) -> pl.DataFrame:
    """One row for each of `new`, in order: p, lower, upper, n_eff, rate_lower, rate_upper, cell, why.

    `p`: the chance that the target is true. `lower`, `upper`: 80 % range of the share that will be true among the new
    rows of this row's cell (of 20, where there are fewer), around `p`: drift and chance included, so that it can be
    held against what happens. `rate_lower`, `rate_upper`: the same for the rate behind the share, without chance.
    `n_eff`: how many results an estimate as sure would need, before drift. Raises DataRefused where a column that was
    used is not there.
    """
    faults = [fault("column-missing", column=name) for name in sorted(_names(fitted)) if name not in new.columns]
    if faults:
        raise DataRefused(faults)
    n, choice, model = new.height, fitted.choice, fitted.model
    codes = [_codes(block, new) for block in fitted.blocks]
    effect = model.effects.effects(codes) - model.middle if codes else np.zeros(n)
    spread = model.effects.variances(codes) if codes else np.zeros(n)
    at, doubt = _levels(fitted, new)
    eta = at + choice.keep * effect
    p = 1 / (1 + np.exp(-eta))
    flat = p * (1 - p)
    own = choice.keep**2 * spread
    size = 1 / (flat * (own + doubt + choice.drift))
    cell = _codes(fitted.cells, new) if fitted.cells is not None else np.zeros(n, np.int64)
    many = np.maximum(np.bincount(cell)[cell] if n else cell, LEAST_NEW)
    chance = 1 / (1 / (size + 1) + (1 - 1 / (size + 1)) / many) - 1
    tail = (1 - COVERAGE) / 2
    rate = [beta_quantile(p * size, (1 - p) * size, chance_) for chance_ in (tail, 1 - tail)]
    share = [beta_quantile(p * chance, (1 - p) * chance, chance_) for chance_ in (tail, 1 - tail)]
    sure = 1 / (flat * (own + 1 / (fitted.rows * fitted.rate * (1 - fitted.rate) + 1)))
    names, whys = _cells(fitted, cell, new)
    return pl.DataFrame(
        [p, np.minimum(share[0], p), np.maximum(share[1], p), sure, np.minimum(rate[0], p), np.maximum(rate[1], p),
         names, whys], _SCHEMA,
    )  # fmt: skip


def _names(fitted: Fitted) -> set[str]:
    found = {fitted.time} if fitted.time is not None else set()
    for block in (*fitted.blocks, *([fitted.cells] if fitted.cells is not None else [])):
        found |= {one.name for one in block.encoders} if isinstance(block, Crossing) else {block.name}
    return {name for name in found if name is not None}


def _codes(block: Encoder | Crossing, table: pl.DataFrame) -> Codes:
    return block.codes(table) if isinstance(block, Crossing) else block.codes(table[block.name])


def _levels(fitted: Fitted, new: pl.DataFrame) -> tuple[Floats, Floats]:
    """Level and its variance for each row: carried on to periods that were not seen, that of its own period else."""
    model, n = fitted.model, new.height
    mean, ahead = np.full(n, model.level.mean), model.level.ahead(np.ones(n))
    if fitted.time is None or len(fitted.periods) < 2:
        return mean, model.level.ahead(np.zeros(n))
    one = column(new[fitted.time])
    if one.values.dtype != pl.Float64:
        return mean, ahead
    values = one.values.fill_null(np.nan).to_numpy() / fitted.unit
    times = np.array(fitted.periods)
    gap = np.nan_to_num(values - model.times[-1], nan=1.0)
    ahead = model.level.ahead(np.maximum(np.floor(gap), 1.0))
    place = np.searchsorted(times, np.nan_to_num(values, nan=np.inf), side="right") - 1
    past = (place >= 0) & (np.nan_to_num(values, nan=np.inf) < times[-1] + 1)
    seen, error = model.seen, model.error
    middle = float(np.average(seen, weights=1 / error))
    spread = max(float(np.average((seen - middle) ** 2, weights=1 / error)), 1e-4)
    posterior = 1 / (1 / error + 1 / spread)
    own = posterior * (seen / error + middle / spread)
    place = place.clip(0)
    return np.where(past, own[place], mean), np.where(past, posterior[place], ahead)


def _cells(fitted: Fitted, cell: Codes, new: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The cell of each row as read, and why: what was counted there."""
    if fitted.cells is None:
        why = Why("risk_fit.row-all", {"n": fitted.rows, "rate": Ratio(fitted.rate)}).to_json()
        return pl.repeat(None, new.height, dtype=pl.String, eager=True), pl.repeat(why, new.height, eager=True)
    parts = [new[one.name].cast(pl.String, strict=False).fill_null("—") for one in fitted.cells.encoders]
    names = pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=" × ")).to_series()
    counts = [*fitted.counts, *[(0, 0)] * (fitted.cells.size + 1 - len(fitted.counts))]
    told = []
    for n, k in counts:
        code = "risk_fit.row" if n else "risk_fit.row-new"
        args = {"cell": fitted.cells.name, "n": n, "k": k} if n else {"cell": fitted.cells.name, "n": fitted.rows}
        told.append(Why(code, args).to_json())
    return names, pl.Series(told, dtype=pl.String).gather(cell.clip(0, len(told) - 1))
