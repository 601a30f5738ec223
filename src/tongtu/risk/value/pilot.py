"""What a pilot run is worth before it is paid for: the value of information (Raiffa and Schlaifer 1961).

A pilot pays by changing a decision. Where the case would be taken on, or left, whatever the pilot shows, it is
worth nothing as information, however good it is. Raising the odds is another matter, which these figures leave
out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.costtime.checks import faults_of, rate_faults, read
from tongtu.risk.multipliers import Floats
from tongtu.risk.special import beta_above, log_beta, log_choose
from tongtu.risk.value.staged import YEAR
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Why

_CASES = {
    "case": pl.String(), "p": pl.Float64(), "a": pl.Float64(), "b": pl.Float64(), "gain": pl.Float64(),
    "stake": pl.Float64(), "pilot_cost": pl.Float64(), "pilot_days": pl.Float64(), "currency": pl.String(),
}  # fmt: skip
_MONEY = {name: pl.Int64() for name in ("without", "evpi", "evsi", "delay", "cost", "net")}
_TEST = {
    "case": pl.String(), "currency": pl.String(), "p": pl.Float64(), "chance_pass": pl.Float64(),
    "p_pass": pl.Float64(), "p_fail": pl.Float64(), **_MONEY, "worth": pl.Boolean(), "why": pl.String(),
}  # fmt: skip
_RUNS = {
    "case": pl.String(), "currency": pl.String(), "p": pl.Float64(), "runs": pl.Int64(), "needed": pl.Int64(),
    "chance_go": pl.Float64(), **_MONEY, "worth": pl.Boolean(), "why": pl.String(),
}  # fmt: skip


def pilot(cases: pl.DataFrame, *, rate: float, sensitivity: float, specificity: float) -> pl.DataFrame:
    """Is one pilot run worth its cost? One row per case.

    `cases`: `p` (odds of success if it goes on), `gain` (what success is worth) and `stake` (what going on
    costs), both as of the decision, `pilot_cost`, `pilot_days` (delay; null: none), `currency`. A case that would
    succeed passes the pilot with `sensitivity`; one that would fail is caught with `specificity`.

    `chance_pass`, `p_pass`, `p_fail`: the result to be expected and the odds after it. `without`: the better of
    going on and leaving it, without a pilot; `evpi`: what knowing for certain would add; `evsi`: what the pilot
    adds; `delay`: what the wait for it costs; `cost`: the pilot's; `net` = evsi - delay - cost, and `worth`
    whether it is above 0. Minor units. Unknown figures leave nulls. Raises DataRefused and UsageFault with all
    faults.
    """
    _usable(rate, {"sensitivity": sensitivity, "specificity": specificity})
    table = _read(cases)
    p, gain, stake, cost, discount = _figures(table, rate)
    chance = p * sensitivity + (1 - p) * (1 - specificity)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_pass, p_fail = p * sensitivity / chance, p * (1 - sensitivity) / (1 - chance)
    p_pass, p_fail = (np.where(np.isfinite(x) | np.isnan(p), x, p) for x in (p_pass, p_fail))
    going, informed = _best(p, gain, stake), chance * _best(p_pass, gain, stake)
    informed = informed + (1 - chance) * _best(p_fail, gain, stake)
    money = _money(going, p * np.maximum(gain - stake, 0.0), informed, discount, cost)
    whys = [_why(row, money, k) for k, row in enumerate(table.rows(named=True))]
    odds = {"p": p, "chance_pass": chance, "p_pass": p_pass, "p_fail": p_fail}
    return _table(table, {**odds, **money}, whys, _TEST)


def pilot_runs(cases: pl.DataFrame, *, rate: float, runs: Sequence[int]) -> pl.DataFrame:
    """How many pilot runs are worth their cost, where the odds themselves are in doubt: one row per case and
    number.

    `cases` as for `pilot`, with the Beta belief `a`, `b` in place of `p`; `pilot_cost` and `pilot_days` are for
    one run, runs following one another. Each run passes with the odds that the case has; the belief after k
    passes of n is Beta(a + k, b + n - k). `needed` is the least number of passes after which going on pays (null:
    none does), `chance_go` how likely that many are.
    """
    _usable(rate, {}, runs)
    table = _read(cases)
    frames = [_of_runs(table, rate, n) for n in sorted(set(runs))]
    return pl.concat(frames).sort("case", "runs") if frames else pl.DataFrame(schema=_RUNS)


def _of_runs(table: pl.DataFrame, rate: float, n: int) -> pl.DataFrame:
    _, gain, stake, cost, discount = _figures(table, rate, n)
    a, b = (table[c].to_numpy().astype(float) for c in ("a", "b"))
    p, k = a / (a + b), np.arange(n + 1)
    chance = np.exp(log_choose(n, k) + log_beta(a[:, None] + k, b[:, None] + n - k) - log_beta(a, b)[:, None])
    after = (a[:, None] + k) / (a + b + n)[:, None]
    gains = _best(after, gain[:, None], stake[:, None])
    informed, pays = (chance * gains).sum(axis=1), gains > 0
    limit = np.divide(stake, gain, out=np.ones_like(gain), where=gain > 0).clip(0, 1)
    certain = gain * (p * beta_above(a + 1, b, limit) - limit * beta_above(a, b, limit))
    money = _money(_best(p, gain, stake), np.maximum(certain, 0.0), informed, discount, cost)
    needed = np.where(pays.any(axis=1), pays.argmax(axis=1), np.nan)
    figures = {"p": p, "runs": np.full(len(a), float(n)), "needed": needed, "chance_go": (chance * pays).sum(axis=1)}
    whys = [_why(row, money, i) for i, row in enumerate(table.rows(named=True))]
    return _table(table, {**figures, **money}, whys, _RUNS)


def _read(cases: pl.DataFrame) -> pl.DataFrame:
    table = read(cases, _CASES).sort("case")
    amounts = ("gain", "stake", "pilot_cost", "pilot_days")
    amount = pl.any_horizontal(pl.col(c).is_not_null() for c in amounts[:3])
    wrong = {
        "pilot-case": pl.col("case").is_null() | pl.col("case").is_duplicated(),
        "pilot-odds": ~pl.col("p").is_between(0, 1),
        "pilot-belief": ~((pl.col("a") > 0) & (pl.col("b") > 0)),
        "pilot-negative": pl.any_horizontal(pl.col(c) < 0 for c in amounts),
        "no-currency": amount & pl.col("currency").is_null(),
    }
    faults = list(faults_of(table, wrong, "case"))
    if faults:
        raise DataRefused(faults)
    return table


def _usable(rate: float, shares: dict[str, float], runs: Iterable[int] = ()) -> None:
    faults = list(rate_faults(rate))
    for name, value in [*shares.items(), *(("runs", n) for n in runs if n < 1 or n > 10_000)]:
        if name == "runs" or not 0 <= value <= 1:
            args = {"name": name, "value": value}
            faults.append(Fault(Why("risk_value.pilot-share", args), Why("risk_value.pilot-share-repair", args)))
    if faults:
        raise UsageFault(faults)


def _figures(table: pl.DataFrame, rate: float, times: int = 1) -> tuple[Floats, ...]:
    p, gain, stake, cost = (table[c].to_numpy().astype(float) for c in ("p", "gain", "stake", "pilot_cost"))
    days = table["pilot_days"].fill_null(0).to_numpy().astype(float) * times
    return p, gain, stake, cost * times, (1 + rate) ** (-days / YEAR)


def _best(p: Floats, gain: Floats, stake: Floats) -> Floats:
    """Going on, or leaving it."""
    return np.asarray(np.maximum(p * gain - stake, 0.0), np.float64)


def _money(without: Floats, certain: Floats, informed: Floats, discount: Floats, cost: Floats) -> dict[str, Floats]:
    evsi = np.maximum(informed - without, 0.0)
    evsi = np.where(evsi < 1e-9 * np.maximum(without, 1.0), 0.0, evsi)  # rounding is no information
    delay = (1 - discount) * informed
    evpi = np.maximum(certain - without, 0.0)
    return {"without": without, "evpi": evpi, "evsi": evsi, "delay": delay, "cost": cost, "net": evsi - delay - cost}


def _why(row: dict[str, Any], money: dict[str, Floats], k: int) -> Why:
    figures = {name: float(x[k]) for name, x in money.items()}
    if not np.isfinite(figures["net"]):
        return Why("risk_value.pilot-unknown")
    said = {name: Money(round(figures[name]), row["currency"] or "") for name in ("evsi", "net", "cost", "delay")}
    if not figures["evsi"]:
        return Why("risk_value.pilot-idle")
    code = "risk_value.pilot-worth" if figures["net"] > 0 else "risk_value.pilot-dear"
    return Why(code, said)


def _table(
    table: pl.DataFrame, figures: dict[str, Floats], whys: list[Why], schema: dict[str, pl.DataType]
) -> pl.DataFrame:  # fmt: skip
    columns = [pl.Series(name, x).fill_nan(None) for name, x in figures.items()]
    worth = pl.Series("worth", figures["net"] > 0)
    found = table.select("case", "currency").with_columns(
        *columns, worth, why=pl.Series([why.to_json() for why in whys], dtype=pl.String)
    )
    known = pl.col("net").is_not_null()
    rounded = [pl.col(name).round() for name in _MONEY]
    return (
        found.with_columns(*rounded, worth=pl.when(known).then("worth"))
        .select(pl.col(name).cast(kind) for name, kind in schema.items())
    )  # fmt: skip
