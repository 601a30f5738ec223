"""What share of the contracts that registers outside know of passed through the system, and how the two groups differ.

The groups were not drawn by lot: who comes to the system may be who would have been fast, or slow, anyway. What is
shown are differences, never effects.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from tongtu.lifetimes import log_rank, survival, wilson
from tongtu.lifetimes.special import two_sided
from tongtu.pathway.progress.grouping import COVERAGE, LEAST, Row, figure, frame, parts, why
from tongtu.terms.why import Ratio

#: how a contract is known to have passed through: its case was named; its parties and achievement are a case's; or not
GIVEN, MATCHED, OUTSIDE = "given", "matched", "outside"
SHARES = {"by": pl.String(), "group": pl.String(), "currency": pl.String(), "n": pl.Int64(), "given": pl.Int64(),
          "matched": pl.Int64(), "through": pl.Int64(), "share": pl.Float64(), "low": pl.Float64(),
          "high": pl.Float64(), "amount": pl.Int64(), "amount_through": pl.Int64(), "amount_share": pl.Float64(),
          "amount_low": pl.Float64(), "amount_high": pl.Float64(), "unpriced": pl.Int64(),
          "why": pl.String()}  # fmt: skip
GROUPS = {"through": pl.Boolean(), "n": pl.Int64(), "timed": pl.Int64(), "median": pl.Float64(), "low": pl.Float64(),
          "high": pl.Float64(), "currency": pl.String(), "priced": pl.Int64(), "amount": pl.Float64(),
          "amount_lower": pl.Float64(), "amount_upper": pl.Float64(), "p": pl.Float64(),
          "why": pl.String()}  # fmt: skip
MIX = {"direction": pl.String(), "through": pl.Int64(), "outside": pl.Int64(), "share_through": pl.Float64(),
       "share_outside": pl.Float64()}  # fmt: skip


def traced(contracts: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, known_at: date | None = None) -> pl.DataFrame:
    """The contracts signed and recorded by then, with `by_case` (the case, or null), `how` and `year`.

    Where no case is named, a case of the same two parties about the same achievement matches; where the contract names
    no achievement or a party is not an organisation we know, nothing is guessed. Of several cases the first by id
    counts. A case opened after the contract was signed does not. The direction stays the register's own: filled in
    from our cases it would be known of those that came through and unknown of the others.
    """
    known = pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= (known_at or as_of))
    rows = contracts.filter((pl.col("signed") <= as_of) & known).sort("contract")
    ours = cases.select(
        "case", "opened", "achievement", seller_organisation=pl.coalesce("holder", "lead"),
        buyer_organisation="demander",
    ).sort("case")  # fmt: skip
    keys = ["achievement", "seller_organisation", "buyer_organisation"]
    pairs = rows.filter(pl.col("case").is_null()).select("contract", "signed", *keys).drop_nulls()
    found = (
        pairs.join(ours.drop_nulls(keys), on=keys, how="inner", maintain_order="left_right")
        .filter(pl.col("opened") <= pl.col("signed"))
        .unique("contract", keep="first", maintain_order=True)
        .select("contract", _matched="case")
    )
    by_case = pl.coalesce("case", "_matched")
    how = pl.when(pl.col("case").is_not_null()).then(pl.lit(GIVEN)).when(pl.col("_matched").is_not_null()).then(
        pl.lit(MATCHED)).otherwise(pl.lit(OUTSIDE))  # fmt: skip
    return (
        rows.join(found, on="contract", how="left", maintain_order="left")
        .with_columns(by_case=by_case, how=how, year=pl.col("signed").dt.year().cast(pl.String))
        .drop("_matched")
    )


def share(found: pl.DataFrame, *, by: str | None = None, coverage: float = COVERAGE) -> pl.DataFrame:
    """`SHARES`: of all contracts the registers hold, the share that passed through the system, by count (Wilson) and,
    for each currency, by money (ratio estimator). `found`: see `traced`; `by`: direction, year, order or kind.

    Registers may not hold everything: the share is of what they hold. Amounts are in minor units.
    """
    rows: list[Row] = []
    keyed = found.with_columns(group=pl.col(by) if by else pl.lit(None, pl.String))
    for group, mine in parts(keyed, by):  # type: ignore[arg-type]
        n, through = mine.height, int((mine["how"] != OUTSIDE).sum())
        low, high = wilson(through, n, coverage)
        enough = n >= LEAST
        counted: Row = {
            "by": by, "group": group, "n": n, "given": int((mine["how"] == GIVEN).sum()),
            "matched": int((mine["how"] == MATCHED).sum()), "through": through,
            "share": through / n if enough else None, "low": figure(low) if enough else None,
            "high": figure(high) if enough else None, "unpriced": int(mine["amount"].null_count()),
            "why": why("bypass-share", n=n, coverage=Ratio(coverage)) if enough else why("too-few", n=n, least=LEAST),
        }  # fmt: skip
        priced = mine.drop_nulls(["amount", "currency"]).sort("currency", maintain_order=True)
        pieces = priced.partition_by("currency", maintain_order=True)
        rows += [counted | _money(piece, coverage) for piece in pieces] or [counted]
    return frame(rows, SHARES)


def _money(piece: pl.DataFrame, coverage: float) -> Row:
    x = np.where((piece["how"] != OUTSIDE).to_numpy(), piece["amount"].to_numpy(), 0).astype(float)
    y, n = piece["amount"].to_numpy().astype(float), piece.height
    made: Row = {"currency": piece["currency"][0], "amount": int(y.sum()), "amount_through": int(x.sum())}
    if n < LEAST or not y.sum():
        return made
    part = x.sum() / y.sum()
    reach = two_sided(coverage) * np.sqrt(((x - part * y) ** 2).sum() * n / (n - 1)) / y.sum()
    return made | {"amount_share": float(part), "amount_low": max(float(part - reach), 0.0),
                   "amount_high": min(float(part + reach), 1.0)}  # fmt: skip


def differences(found: pl.DataFrame, *, coverage: float = COVERAGE) -> pl.DataFrame:
    """`GROUPS`: contracts through the system and outside it: median days from first contact to signature with its
    interval, median amount with quartiles (of the currency most contracts are in), and `p` of the log-rank test.

    Only what was signed is known here: contacts that led to nothing stand in no register, so neither group's days are
    those of all contacts.
    """
    timed = found.drop_nulls(["first_contact", "signed"]).filter(pl.col("first_contact") <= pl.col("signed"))
    days = (timed["signed"] - timed["first_contact"]).dt.total_days().to_numpy()
    inside = (timed["how"] != OUTSIDE).to_numpy()
    group = np.where(inside, 0, 1)
    curves = survival(days, np.ones(len(days)), group=group, groups=2)
    median = curves.median(coverage)
    both = all(curves.counted.entered >= LEAST)
    p = figure(log_rank(days, np.ones(len(days)), group).p) if both else None
    money = found.drop_nulls(["amount", "currency"])
    common = money["currency"].mode().sort().first() if money.height else None
    priced = money.filter(pl.col("currency").eq_missing(pl.lit(common)))
    rows: list[Row] = []
    for i, through in enumerate((True, False)):
        outside = pl.col("how") == OUTSIDE
        mine = found.filter(~outside if through else outside)
        sums = priced.filter(~outside if through else outside)["amount"]
        n = int(curves.counted.entered[i])
        told = n >= LEAST
        rows.append({
            "through": through, "n": mine.height, "timed": n, "median": figure(median.time[i]) if told else None,
            "low": figure(median.low[i]) if told else None, "high": figure(median.high[i]) if told else None,
            "currency": common, "priced": len(sums), "amount": sums.median() if len(sums) >= LEAST else None,
            "amount_lower": sums.quantile(0.25) if len(sums) >= LEAST else None,
            "amount_upper": sums.quantile(0.75) if len(sums) >= LEAST else None, "p": p,
            "why": why("signed-only", n=n, coverage=Ratio(coverage)) if told else why("too-few", n=n, least=LEAST),
        })  # fmt: skip
    return frame(rows, GROUPS)


def mix(found: pl.DataFrame) -> pl.DataFrame:
    """`MIX`: what each group is made of by direction (null: unknown)."""
    outside = pl.col("how") == OUTSIDE
    table = found.group_by("direction").agg(through=(~outside).sum(), outside=outside.sum())
    return (
        table.with_columns(
            share_through=pl.col("through") / pl.col("through").sum(),
            share_outside=pl.col("outside") / pl.col("outside").sum(),
        )
        .with_columns(pl.col("share_through", "share_outside").fill_nan(None))
        .sort("direction", nulls_last=True)
        .select(pl.col(name).cast(kind) for name, kind in MIX.items())
    )
