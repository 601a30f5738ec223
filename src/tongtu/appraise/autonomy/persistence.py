"""A flag that comes and goes with one year's figures says little: it holds once it was true in two of three years.

Of the products that counted as dependent in 2018 one in five did not in 2019 (CEPII Policy Brief 41, 2023); CEPII's
GeoDep therefore asks for two of three years, and so does this.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def persists(
    flags: pl.DataFrame, *, latest: int, years: int = 3, least: int = 2, key: Sequence[str] = ("item",)
) -> pl.DataFrame:
    """By key: key…, holds, true, unknown, over the `years` years that end with `latest`.

    flags: key…, year, flag (null unknown). A year without a row is unknown; of several rows of one year any true one
    counts. holds is null where the unknown years could decide it either way.
    """
    inside = flags.filter(pl.col("year").is_between(latest - years + 1, latest))
    by_year = inside.group_by(*key, "year").agg(
        pl.when(pl.col("flag").any()).then(pl.lit(value=True))
        .when(pl.col("flag").is_null().any()).then(None).otherwise(pl.lit(value=False)).alias("flag")
    )  # fmt: skip
    counted = by_year.group_by(key).agg(
        pl.col("flag").sum().cast(pl.Int64).alias("true"),
        pl.col("flag").is_not_null().sum().cast(pl.Int64).alias("said"),
    )
    found = flags.select(key).unique().join(counted, on=list(key), how="left").with_columns(
        pl.col("true").fill_null(0), (years - pl.col("said").fill_null(0)).alias("unknown")
    )  # fmt: skip
    surely, never = pl.col("true") >= least, pl.col("true") + pl.col("unknown") < least
    holds = pl.when(surely).then(pl.lit(value=True)).when(never).then(pl.lit(value=False))
    return found.select(*key, holds.alias("holds"), "true", "unknown").sort(key)
