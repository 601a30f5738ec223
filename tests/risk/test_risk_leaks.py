"""Columns that know the future are found, honest ones left alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from risk_tables import spoken

from tongtu.risk.leaks import scan

AWARDS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "risk"


def drawn(n: int = 600, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-0.7 * x))).astype(np.int64)
    frame = pl.DataFrame({"y": y, "x": x, "sector": rng.choice(list("abcdef"), n), "size": rng.integers(1, 400, n)})
    return frame, y


def test_an_honest_table_has_none() -> None:
    for seed in range(20):
        assert scan(drawn(seed=seed)[0], "y") == []


def test_each_kind_is_found_with_its_figure_and_reason() -> None:
    frame, y = drawn()
    rng = np.random.default_rng(1)
    days = [date(2020, 1, 1) + timedelta(days=int(k)) for k in rng.integers(0, 90, len(y))]
    frame = frame.with_columns(
        rating=pl.Series(y * 2 + rng.integers(0, 3, len(y))),
        closing=pl.when(pl.col("y") == 1).then(pl.lit("told")),
        final_cost=pl.lit(1.0),
        decided=pl.Series(days),
        reviewed=pl.Series(days) + pl.duration(days=30),
        went_on=pl.when((pl.col("y") == 1) | (pl.col("size") > 100)).then(pl.lit("yes")).otherwise(pl.lit("no")),
        spike=pl.when(pl.col("y") == 1).then(pl.lit(7.0)).otherwise(pl.Series(rng.normal(7, 5, len(y)))),
    )
    found = {one.column: one for one in scan(frame, "y", declared=("final_cost",), decided="decided")}
    kinds = {name: one.kind for name, one in found.items()}
    assert kinds == {"rating": "power", "closing": "missing", "final_cost": "declared", "reviewed": "recorded",
                     "went_on": "certain",
                     "spike": "power"}  # fmt: skip
    assert all(0 < one.figure <= 1 for one in found.values() if one.figure is not None)
    said = spoken(pl.Series([one.why.to_json() for one in found.values()]))
    assert any("filled in" in sentence for sentence in said)


def test_the_threshold_is_the_users() -> None:
    frame, y = drawn()
    better = frame.with_columns(hint=pl.Series(y + np.random.default_rng(2).normal(0, 0.9, len(y))))
    assert [one.column for one in scan(better, "y")] == ["hint"]
    assert scan(better, "y", threshold=0.95) == []


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_a_few_rows_tell_nothing(n: int) -> None:
    assert scan(pl.DataFrame({"y": [k % 2 for k in range(n)], "x": [k % 2 for k in range(n)]}), "y") == []


def test_the_order_of_rows_is_nobodys() -> None:
    frame, y = drawn()
    frame = frame.with_columns(hint=pl.Series(y + np.random.default_rng(2).normal(0, 0.9, len(y))))
    assert scan(frame, "y") == scan(frame.reverse(), "y")


@pytest.mark.skipif(not AWARDS.exists(), reason=f"no outcome data at {AWARDS}")
def test_the_planted_leak_in_real_awards_is_caught_and_honest_columns_are_not() -> None:
    awards = pl.concat([pl.read_csv(f, infer_schema=False) for f in sorted(AWARDS.glob("*.csv"))])
    honest = ["dept", "branch", "firm", "firm_id", "title_words", "firm_p1_prior", "firm_p2_prior", "firm_p1_same_year"]
    table = awards.select("y", "year", "abslen", *honest)
    for rows in (table, table.filter(pl.col("year").cast(int) <= 1991)):
        for time in ("year", None):
            assert [one.column for one in scan(rows, "y", time=time)] == ["abslen"]
