"""What a case's value depends on: its value as a function of every input, ready for a tornado."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import polars as pl

from tongtu.risk.multipliers import Floats
from tongtu.risk.special import TENTH, beta_quantile
from tongtu.risk.value.reading import accepted
from tongtu.risk.value.staged import YEAR

Figure = Callable[[Mapping[str, Floats]], Floats]

_INPUTS = {
    "name": pl.String(), "what": pl.String(), "stage": pl.String(), "low": pl.Float64(), "middle": pl.Float64(),
    "high": pl.Float64(),
}  # fmt: skip


def drivers(
    case: str, cases: pl.DataFrame, stages: pl.DataFrame, flows: pl.DataFrame, *, rate: float, as_of: date,
    index: Mapping[int, float] | None = None, rates: pl.DataFrame | None = None,
) -> tuple[Figure, pl.DataFrame] | None:  # fmt: skip
    """The risk-adjusted value today of one case as a function of arrays by input name, and the inputs; None where
    the value is not known.

    Inputs: `name` (`odds:pilot`, `cost:pilot`, `days:pilot`, `payoff`), `what`, `stage`, and their 10, 50 and 90
    % points; what has no range stands still. Arguments and faults as for `value`.
    """
    own = stages.filter(pl.col("case") == case)
    table, paid = accepted(
        cases.filter(pl.col("case") == case), own, flows, rate=rate, as_of=as_of, index=index, rates=rates
    )
    known = table.height and paid.height and not table.select("p", "cost", "days").null_count().sum_horizontal().item()
    if not known or paid["payoff"].item() is None:
        return None
    begins = table["start"].min()
    lead = max(0.0, (begins - as_of).days / YEAR) if isinstance(begins, date) else 0.0
    names = table["stage"].to_list()

    def figure(at: Mapping[str, Floats]) -> Floats:
        value = np.asarray(at["payoff"], np.float64)
        for stage in reversed(names):
            passed = at[f"odds:{stage}"] * (1 + rate) ** (-at[f"days:{stage}"] / YEAR)
            value = value * passed - at[f"cost:{stage}"]
        return np.asarray(value * (1 + rate) ** -lead, np.float64)

    prize, spread = paid["payoff"].item(), paid["payoff_sd"].item() or 0.0
    rows = [(f"{what}:{stage}", what, stage, *points) for stage, what, *points in _points(table)]
    rows.append(("payoff", "payoff", None, prize - TENTH * spread, prize, prize + TENTH * spread))
    return figure, pl.DataFrame(rows, _INPUTS, orient="row")


def _points(table: pl.DataFrame) -> list[tuple[str, str, float, float, float]]:
    rows = []
    for row in table.rows(named=True):
        p, a, b = row["p"], row["a"], row["b"]
        low, high = (p, p) if a is None or b is None else (float(beta_quantile(a, b, q)) for q in (0.1, 0.9))
        rows.append((row["stage"], "odds", min(low, p), p, max(high, p)))
        for what in ("cost", "days"):
            low, middle, high = (row[f"{what}{at}"] for at in ("_low", "", "_high"))
            rows.append((row["stage"], what, middle if low is None else low, middle, middle if high is None else high))
    return rows
