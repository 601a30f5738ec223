"""What tables of cases, stages and amounts are held against before anything is worked out from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

#: A stage takes no longer, an amount (minor units) is no larger, and a 10 or 90 % point lies no farther from the
#: middle than so many times it: what goes beyond is a slip of the pen, and would drown every other figure.
LONGEST, LARGEST, FARTHEST = 36_525, 10**15, 100


def read(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The columns of a schema with its types; what is absent or no number is unknown."""
    table = frame.select(
        pl.col(c).cast(kind) if c in frame.columns else pl.lit(None, kind).alias(c) for c, kind in schema.items()
    )
    return table.with_columns(pl.col(c).fill_nan(None) for c, kind in schema.items() if kind == pl.Float64())


def faults_of(rows: pl.DataFrame, wrong: Mapping[str, pl.Expr], *named: str) -> Iterable[Fault]:
    """A fault `risk_value.<code>` for each row in which its test holds; the columns `named` are its arguments."""
    for code, test in wrong.items():
        for row in rows.filter(test).select(named).unique(maintain_order=True).rows(named=True):
            yield Fault(Why(f"risk_value.{code}", row), Why(f"risk_value.{code}-repair", row))


def money_faults(rows: pl.DataFrame, wrong: Mapping[str, pl.Expr], named: str) -> Iterable[Fault]:
    """`faults_of`, and rows whose amounts have no currency or price year."""
    both = {f"{named}-currency": pl.col("currency").is_null(), f"{named}-price-year": pl.col("price_year").is_null()}
    yield from faults_of(rows, {**wrong, **both}, named)


def stage_faults(stages: pl.DataFrame) -> Iterable[Fault]:
    """Stages that stand twice, and points of cost and days that are negative, out of order or out of all measure."""
    wrong = {"stage-twice": pl.struct("case", "stage").is_duplicated() | pl.col("stage").is_null()}
    for what, most in (("cost", LARGEST), ("days", LONGEST)):
        low, middle, high = (pl.col(f"{what}{at}").cast(pl.Float64) for at in ("_low", "", "_high"))
        beyond = pl.any_horizontal(low > most, middle > most, high > most)
        far = (high > middle * FARTHEST) | ((low > 0) & (middle > low * FARTHEST))
        wrong[f"stage-{what}-negative"] = pl.any_horizontal(low < 0, middle < 0, high < 0)
        wrong[f"{what}-order"] = (low > middle) | (middle > high)
        wrong[f"stage-{what}-beyond"] = beyond | (far & (middle > 0))
    yield from faults_of(stages, wrong, "case", "stage")


def rate_faults(rate: float, name: str = "rate") -> Iterable[Fault]:
    """A yearly rate is a share: 0.08, not 8."""
    if not 0 <= rate < 1:
        args = {"name": name, "value": rate}
        yield Fault(Why("risk_value.rate", args), Why("risk_value.rate-repair", args))
