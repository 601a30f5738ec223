"""Odds: known truth recovered, intervals that cover, refusals where little is known."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from risk_tables import TODAY, spoken, table

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk import odds
from tongtu.risk.pooling import Prior, pool
from tongtu.terms.faults import DataRefused

STAGES = list(vocabularies()["stage"])
SBIR = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "risk"


def results(counts: dict[tuple[str, str | None], tuple[int, int]], **extra: Any) -> pl.DataFrame:
    """Closed results by (stage, direction): (passed, failed)."""
    rows = []
    for (stage, direction), (passed, failed) in counts.items():
        for k in range(passed + failed):
            result = "passed" if k < passed else "failed"
            row = {"outcome": f"{stage}-{direction}-{k:04}", "stage": stage, "direction": direction, "result": result}
            rows.append({**row, "entered": date(2024, 1, 1), "left": date(2025, 1, 1), **extra})
    return table("outcomes", rows)


def case(direction: str | None = "a", start: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"case": ["c1"], "direction": [direction], "start_stage": [start]},
        schema={"case": pl.String, "direction": pl.String, "start_stage": pl.String},
    )


ALL_STAGES = {(stage, d): (30, 10) for stage in STAGES for d in "ab"}


def test_every_remaining_stage_and_all_of_them() -> None:
    found = odds(results(ALL_STAGES), case(start="scale_up"), as_of=TODAY)
    assert found["stage"].to_list() == ["scale_up", "first_order", "repeat_order", "all"]
    *each, whole = found["p"].to_list()
    assert each == pytest.approx([0.75] * 3, abs=0.02)
    assert whole == pytest.approx(np.prod(each))
    assert (found["low"] < found["p"]).all()
    assert (found["p"] < found["high"]).all()
    assert (found["n_eff"] >= 20).all()
    spoken(found["why"])


def test_the_product_of_stages_agrees_with_drawing_it() -> None:
    found = odds(results(ALL_STAGES), case(start="first_order"), as_of=TODAY)
    one = found.row(0, named=True)
    size = one["n_eff"] / (1 - one["prior_share"])
    draws = np.random.default_rng(1).beta(one["p"] * size, (1 - one["p"]) * size, (200_000, 2)).prod(axis=1)
    low, high = found.filter(pl.col("stage") == "all").select("low", "high").row(0)
    assert (low, high) == pytest.approx(tuple(np.quantile(draws, [0.1, 0.9])), abs=0.004)


def test_few_results_give_a_range_and_no_point() -> None:
    found = odds(results({("pilot", "a"): (3, 1)}), case(start="pilot"), as_of=TODAY, stages=["pilot"])
    pilot = found.row(0, named=True)
    assert pilot["p"] is None
    assert 0 < pilot["low"] < pilot["high"] < 1
    assert pilot["n_eff"] < 20
    assert any("effective sample" in s for s in spoken(found["why"]))


def test_nothing_known_is_unknown() -> None:
    found = odds(results({("pilot", "a"): (30, 9)}), case(), as_of=TODAY)
    first = found.filter(pl.col("stage") == "disclosure").row(0, named=True)
    whole = found.filter(pl.col("stage") == "all").row(0, named=True)
    for row in (first, whole):
        assert [row[c] for c in ("p", "low", "high")] == [None] * 3
        assert row["n_eff"] == 0
    assert any("not stated" in s for s in spoken(found["why"]))


def test_a_direction_without_results_borrows_and_is_less_sure() -> None:
    truth = results({("pilot", d): (k, 40 - k) for d, k in {"a": 8, "b": 20, "c": 32, "d": 14, "e": 27}.items()})
    known = odds(truth, case("a"), as_of=TODAY, stages=["pilot"]).row(0, named=True)
    other = odds(truth, case("z"), as_of=TODAY, stages=["pilot"]).row(0, named=True)
    assert other["high"] - other["low"] > known["high"] - known["low"]
    assert 0.2 < known["low"] + known["high"] - 0.2 < other["low"] + other["high"]  # a is worse than most


def test_open_withdrawn_late_and_corrected_results() -> None:
    base = results({("pilot", "a"): (20, 20)})
    more = results({("pilot", "a"): (20, 0)}).with_columns(outcome=pl.lit("x-") + pl.col("outcome"))
    plain = odds(base, case(), as_of=TODAY, stages=["pilot"])
    for never in (
        more.with_columns(result=pl.lit("censored"), left=pl.lit(None, pl.Date)),
        more.with_columns(result=pl.lit("withdrawn")),
        more.with_columns(left=pl.lit(date(2027, 1, 1))),  # closed after the day asked about
        more.with_columns(recorded_at=pl.lit(date(2027, 1, 1))),  # not yet recorded then
    ):
        found = odds(pl.concat([base, never]), case(), as_of=TODAY, stages=["pilot"])
        assert found["p"][0] == plain["p"][0]
    first = base.with_columns(recorded_at=pl.lit(date(2025, 2, 1)))
    corrected = first.with_columns(recorded_at=pl.lit(date(2025, 3, 1)), result=pl.lit("passed"))
    found = odds(pl.concat([corrected, first]), case(), as_of=TODAY, stages=["pilot"])
    assert found["p"][0] > 0.9


def test_the_order_of_rows_never_matters() -> None:
    outcomes = results(ALL_STAGES)
    cases = pl.concat([case(d).with_columns(case=pl.lit(f"c{d}")) for d in "bza"])
    once = odds(outcomes, cases, as_of=TODAY)
    again = odds(outcomes.reverse(), cases.reverse(), as_of=TODAY)
    assert once.equals(again)


def test_a_labelled_prior_counts_with_its_weight() -> None:
    prior = pl.DataFrame({"stage": ["pilot"], "p": [0.9], "n": [40.0], "source": ["a reference class"]})
    few = results({("pilot", "a"): (2, 6)})
    without = odds(few, case(), as_of=TODAY, stages=["pilot"]).row(0, named=True)
    found = odds(few, case(), as_of=TODAY, stages=["pilot"], reference=prior)
    row = found.row(0, named=True)
    assert row["low"] > without["low"]
    assert row["prior_share"] > 0.2 > without["prior_share"]
    assert any("a reference class" in s for s in spoken(found["why"]))
    nothing = odds(few.clear(), case(), as_of=TODAY, stages=["pilot"], reference=prior).row(0, named=True)
    assert nothing["p"] is None  # a prior alone is no result
    assert nothing["low"] is not None


@pytest.mark.parametrize(("p", "n"), [(0.0, 5.0), (1.0, 5.0), (0.5, 0.0), (None, 5.0), (float("nan"), 1.0)])
def test_a_prior_that_is_none_is_refused(p: float | None, n: float) -> None:
    prior = pl.DataFrame({"stage": ["pilot"], "p": [p], "n": [n], "source": ["x"]}, schema_overrides={"p": pl.Float64})
    with pytest.raises(DataRefused, match="pilot"):
        odds(results({}), case(), as_of=TODAY, reference=prior)


def test_known_truth_is_recovered_and_intervals_cover() -> None:
    """80 % intervals hold the true rate of 76–84 % of cells, over consortia of different size and likeness."""
    rng = np.random.default_rng(20)
    inside, error, raw = [], [], []
    for mean, alike, cells, size in [(0.3, 15, 10, 20), (0.6, 8, 15, 15), (0.4, 30, 20, 40), (0.5, 20, 37, 12)]:
        for _ in range(30):
            truth = rng.beta(mean * alike, (1 - mean) * alike, cells)
            closed = rng.poisson(size * rng.lognormal(0, 0.7, cells)).astype(float)
            passed = rng.binomial(closed.astype(int), truth).astype(float)
            rates = pool(passed, closed)
            low, high = rates.interval(0.8)
            inside.append(((low[:-1] <= truth) & (truth <= high[:-1])).mean())
            error.append(np.mean((rates.mean[:-1] - truth) ** 2))
            raw.append(np.mean(((passed + 0.5) / (closed + 1) - truth) ** 2))
    assert 0.76 <= np.mean(inside) <= 0.84
    assert np.mean(error) < 0.8 * np.mean(raw)  # pooling is worth having


def test_one_cell_alone_is_the_textbook_beta() -> None:
    rates = pool(np.array([70.0]), np.array([100.0]), Prior(0.5, 2.0))
    assert rates.mean[0] == pytest.approx(71 / 102, abs=0.01)
    low, high = rates.interval(0.8)
    assert high[0] - low[0] == pytest.approx(2 * 1.2816 * np.sqrt(0.7 * 0.3 / 102), rel=0.1)


@pytest.mark.skipif(not SBIR.exists(), reason=f"no outcome data at {SBIR}")
def test_real_awards_are_predicted_better_than_by_the_base_rate() -> None:
    """Fitted on awards up to 1991, scored on 1992–93; `abslen`, a leak, is never read."""
    awards = pl.concat([pl.read_csv(f, columns=["dept", "y", "split"]) for f in sorted(SBIR.glob("*.csv"))])
    train, test = (awards.filter(pl.col("split") == s) for s in ("train", "valid"))
    cells = train.group_by("dept").agg(k=pl.col("y").sum(), n=pl.len()).sort("dept")
    rates = pool(cells["k"].to_numpy().astype(float), cells["n"].to_numpy().astype(float))
    scored = test.join(cells.with_columns(p=rates.mean[:-1]), on="dept", how="left").fill_null(rates.mean[-1])

    def log_loss(p: Any) -> float:
        y = scored["y"].to_numpy()
        return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))

    assert log_loss(scored["p"].to_numpy()) < log_loss(np.full(len(scored), train["y"].mean()))
