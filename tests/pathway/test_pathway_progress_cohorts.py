"""Was the passage compressed? Worlds in which it was, in which it was not, and traps that make it seem so."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tongtu.pathway.progress import compression

AS_OF = date(2026, 6, 30)
FIRST = date(2019, 1, 1)
YEARS = 7


def world(
    seed: int, *, growth: float = 1.0, factor: float = 1.0, stopping: tuple[float, float] = (900.0, 900.0),
    n: int = 200, median: float = 400.0,
) -> pl.DataFrame:  # fmt: skip
    """Cases opened from 2019 on: `growth` times as many each year, each year's days `factor` times the year's before;
    stopped at random after a mean of so many days (early and late)."""
    rng = np.random.default_rng(seed)
    opened, days, way = [], [], []
    for year in range(YEARS):
        count = round(n * growth**year)
        start = np.sort(rng.integers(0, 365, count)) + 365 * year
        life = median * factor**year * rng.lognormal(0, 0.4, count)
        stop = rng.exponential(stopping[0] if year < YEARS / 2 else stopping[1], count)
        seen = (AS_OF - FIRST).days - start
        first = np.minimum(np.minimum(life, stop), seen)
        opened += [FIRST + timedelta(days=int(d)) for d in start[seen >= 0]]
        days += np.floor(first[seen >= 0]).tolist()
        way += np.where(life <= np.minimum(stop, seen), 0, np.where(stop <= seen, 1, -1))[seen >= 0].tolist()
    return pl.DataFrame({"opened": opened, "days": pl.Series(days).cast(pl.Int64), "way": way}).with_columns(
        case=pl.format("K{}", pl.int_range(pl.len()))
    )


@pytest.mark.parametrize("unit", ["year", "halves"])
def test_growing_intake_alone_shows_no_compression(unit: str) -> None:
    """The trap: late cases that are there already are the fast ones, so their plain average falls by itself."""
    shown = 0
    for seed in range(12):
        found = compression(world(seed, growth=1.6, n=60), as_of=AS_OF, unit=unit, coverage=0.95)  # type: ignore[arg-type]
        assert found.yearly_low is not None
        assert found.yearly_high is not None
        shown += not found.yearly_low <= 0 <= found.yearly_high
        naive = found.cohorts.drop_nulls("naive")["naive"].to_list()
        assert naive[-1] < naive[0] * 0.85  # what an average over those there would have told
    assert shown <= 2


def test_stopping_more_cases_does_not_look_like_going_faster() -> None:
    shown = 0
    for seed in range(12):
        found = compression(world(seed, stopping=(1200.0, 400.0)), as_of=AS_OF, coverage=0.95)
        assert found.yearly_low is not None
        assert found.yearly_high is not None
        shown += not found.yearly_low <= 0 <= found.yearly_high
    assert shown <= 2


def test_a_compression_of_thirty_percent_is_recovered() -> None:
    """Within the interval of the medians' ratio in most worlds, and with the right sign in all."""
    inside = 0
    factor = 0.7 ** (1 / 4)  # 30 % over four years
    for seed in range(12):
        found = compression(world(seed, factor=factor), as_of=AS_OF, tau=540, coverage=0.95)
        later = found.cohorts.filter(pl.col("cohort") == "2023").row(0, named=True)
        inside += later["compressed_low"] <= 0.3 <= later["compressed_high"]
        assert later["compressed"] == pytest.approx(0.3, abs=0.12)
        assert later["gained_low"] > 0
        assert found.yearly_low is not None
        assert found.yearly_low > 0
        assert found.p is not None
        assert found.p < 0.01
    assert inside >= 10


def test_a_passage_that_grows_longer_is_told_as_such() -> None:
    found = compression(world(1, factor=1.12), as_of=AS_OF, tau=540)
    assert found.yearly_high is not None
    assert found.yearly_high < 0
    assert '"pathway_progress.stretched-yearly"' in found.why


def test_periods_not_followed_long_enough_are_not_compared() -> None:
    found = compression(world(2), as_of=AS_OF, tau=720)
    told = dict(found.cohorts.select("cohort", "told").rows())
    assert told == {"2019": True, "2020": True, "2021": True, "2022": True, "2023": True, "2024": False, "2025": False}
    late = found.cohorts.filter(pl.col("cohort") == "2025").row(0, named=True)
    assert late["mean"] is None
    assert late["gained"] is None
    assert "not-yet" in late["why"]
    assert "2027-12-21" in late["why"]  # the day from which it can be said


def test_the_window_is_the_same_for_all_and_no_case_is_left_out() -> None:
    past = world(3)
    found = compression(past, as_of=AS_OF)
    assert found.cohorts["n"].sum() == past.height
    rows = found.cohorts
    assert (rows["reached"] + rows["stopped"] + rows["open"] == rows["n"]).all()
    assert (rows["mean"].drop_nulls() <= found.tau).all()


def test_too_few_cases_and_none_at_all_cannot_be_told() -> None:
    few = compression(world(4, n=4), as_of=AS_OF)
    assert not few.cohorts["told"].any()
    assert few.yearly is None
    assert "cannot-be-said-yet" in few.why
    none = compression(world(4).clear(), as_of=AS_OF)
    assert none.cohorts.is_empty()
    assert none.p is None
    one = compression(world(4).head(1), as_of=AS_OF, unit="halves")
    assert one.cohorts.height == 1


def test_order_of_cases_does_not_matter() -> None:
    past = world(5)
    one, two = compression(past, as_of=AS_OF), compression(past.sample(past.height, shuffle=True, seed=1), as_of=AS_OF)
    assert one.cohorts.equals(two.cohorts)
    assert one.yearly == two.yearly


def test_quarters_of_a_year() -> None:
    found = compression(world(6, n=400), as_of=AS_OF, unit="quarter", tau=540)
    assert found.cohorts["cohort"][:5].to_list() == ["2019Q1", "2019Q2", "2019Q3", "2019Q4", "2020Q1"]
    assert (found.cohorts["until"].shift() < found.cohorts["since"]).drop_nulls().all()
