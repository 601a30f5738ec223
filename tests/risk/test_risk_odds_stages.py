"""Stages with times: competing results, open cases, the graph, and beliefs down to members."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import TODAY, spoken, table

from tongtu.risk.odds import StageGraph, beliefs, hazards, incidence, odds, passage
from tongtu.risk.odds.competing import curve, passing, share_of
from tongtu.terms.faults import DataRefused

START = date(2015, 1, 1)
RESULTS = ("passed", "failed", "withdrawn", "censored")


def records(days: Any, results: Any, **extra: Any) -> pl.DataFrame:
    """Outcomes of stage `pilot`, entered on one day; results by number, 3 being open."""
    rows = []
    for k, (day, result) in enumerate(zip(days, results, strict=True)):
        row = {"outcome": f"o{k:05}", "stage": "pilot", "direction": "a", "entered": START, "result": RESULTS[result]}
        rows.append({**row, "left": START + timedelta(days=int(day))})
    frame = table("outcomes", rows)
    return frame.with_columns(**{name: pl.Series(name, values) for name, values in extra.items()})


def a_case(**more: Any) -> pl.DataFrame:
    return pl.DataFrame({"case": ["c1"], "direction": ["a"], "start_stage": ["pilot"], **more})


# Ten cases: day and result; at day 5 nobody leaves but one is lost from sight. By hand:
#   S(1−) = 1, two of ten pass                 F_pass(1) = .2, S(1) = .8
#   one of eight fails on day 3                F_fail(3) = .1, S(3) = .7
#   one of seven open on day 5
#   two of six pass, one withdraws on day 7    F_pass(7) = .2 + .7·2/6, F_out(7) = .7/6, S(7) = .35
#   one of three fails on day 9                F_fail(9) = .1 + .35/3, S(9) = .35·2/3; two open on day 10
DAYS = [1, 1, 3, 5, 7, 7, 7, 9, 10, 10]
LEFT = [0, 0, 1, 3, 0, 0, 2, 1, 3, 3]


def test_a_worked_example() -> None:
    found = curve(np.array(DAYS, float), np.array(LEFT))
    assert found.at(1).tolist() == pytest.approx([0.2, 0, 0])
    assert found.at(7).tolist() == pytest.approx([0.2 + 0.7 / 3, 0.1, 0.7 / 6])
    assert found.at().tolist() == pytest.approx([0.2 + 0.7 / 3, 0.1 + 0.35 / 3, 0.7 / 6])
    assert found.at(0.5).tolist() == [0, 0, 0]


def test_the_influence_is_the_derivative() -> None:
    """Each case once more with a little weight: the share moves as the influence says."""
    days, left = np.array(DAYS, float), np.array(LEFT)
    found = curve(days, left)
    for day in (None, 3.0, 8.0):
        move = found.influence(day)
        for k in range(len(days)):
            more = 2000
            heavy = curve(np.append(np.repeat(days, more), days[k]), np.append(np.repeat(left, more), left[k]))
            slope = (heavy.at(day) - found.at(day)) * more
            place = int(np.searchsorted(found.days, days[k]))
            assert slope.tolist() == pytest.approx(move[:, left[k], place].tolist(), abs=2e-3)


def test_without_open_cases_it_is_plain_counting() -> None:
    rng = np.random.default_rng(2)
    days, left = rng.integers(1, 300, 200).astype(float), rng.integers(0, 3, 200)
    found = curve(days, left)
    for result in range(3):
        worth = share_of(found, result, 150.0)
        assert worth.share == pytest.approx(((left == result) & (days <= 150)).mean())
        assert worth.closed == pytest.approx(200)  # binomial, exactly
    passed, failed = (left == 0).sum(), (left == 1).sum()
    assert passing(found).share == pytest.approx(passed / (passed + failed))
    assert passing(found).closed == pytest.approx(passed + failed)


def simulated(rng: np.random.Generator, n: int, horizon: float) -> tuple[Any, Any]:
    """Passing at rate 1/400 a day, failing at 1/200, withdrawing at 1/800, followed for up to `horizon` days."""
    times = rng.exponential([400, 200, 800], (n, 3))
    followed = rng.uniform(0, horizon, n)
    left, day = times.argmin(axis=1), times.min(axis=1)
    return np.where(day > followed, followed, day), np.where(day > followed, 3, left)


def test_known_rates_are_recovered_beside_competing_results_and_open_cases() -> None:
    rng = np.random.default_rng(4)
    total = 1 / 400 + 1 / 200 + 1 / 800
    inside, bias = 0, []
    for _ in range(200):
        found = curve(*simulated(rng, 300, 900))
        truth = (1 / 400) / total * (1 - np.exp(-total * 250))
        worth = share_of(found, 0, 250.0)
        assert worth.share is not None
        error = np.sqrt(worth.share * (1 - worth.share) / worth.closed)
        inside += abs(worth.share - truth) < 1.2816 * error
        bias.append(worth.share - truth)
    assert abs(np.mean(bias)) < 0.008
    assert 0.72 <= inside / 200 <= 0.88


def test_slow_failures_do_not_flatter_the_odds() -> None:
    """Half pass after a month, half fail after ten; entered evenly over a year, most failures are still open."""
    n = 400
    entered = [START + timedelta(days=int(k)) for k in np.linspace(0, 364, n)]
    passes = np.arange(n) % 2 == 0
    left = [day + timedelta(days=30 if good else 300) for day, good in zip(entered, passes, strict=True)]
    rows = [{"outcome": f"o{k:04}", "stage": "pilot", "direction": "a", "entered": entered[k], "left": left[k],
             "result": "passed" if passes[k] else "failed"} for k in range(n)]  # fmt: skip
    frame, day = table("outcomes", rows), START + timedelta(days=364)
    closed = frame.filter(pl.col("left") <= day)
    naive = (closed["result"] == "passed").mean()
    found = odds(frame, a_case(), as_of=day, stages=["pilot"]).row(0, named=True)
    assert naive > 0.7
    assert found["p"] == pytest.approx(0.5, abs=0.05)


def test_the_table_of_shares() -> None:
    rng = np.random.default_rng(1)
    frame = records(*simulated(rng, 500, 2000))
    found = incidence(frame, as_of=TODAY, months=(12, 999), stages=["pilot"])
    assert found.columns[:2] == ["direction", "stage"]
    year = found.filter((pl.col("months") == 12) & pl.col("direction").is_null())
    assert year["p"].sum() == pytest.approx(1)  # passed, failed, withdrawn and still there
    assert year["result"].to_list() == ["passed", "failed", "withdrawn", "open"]
    assert ((found["low"] <= found["p"]) & (found["p"] <= found["high"])).drop_nulls().all()
    short = incidence(records(*simulated(rng, 300, 200)), as_of=TODAY, months=(999,), stages=["pilot"])
    later = short.filter(pl.col("months") == 999)
    assert later["low"].null_count() == later.height  # nobody was followed so long
    spoken(short["why"])
    spoken(found["why"])
    few = incidence(frame.head(12), as_of=TODAY, stages=["pilot"])
    assert few["p"].null_count() == few.height
    risk = hazards(frame, as_of=TODAY, stages=["pilot"])
    assert risk.filter(pl.col("month") == 0)["at_risk"].to_list() == [500] * 3
    assert risk["hazard"].drop_nulls().is_between(0, 1).all()


def test_passage_is_the_sum_of_two_exponential_times() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for stage, mean in (("pilot", 200), ("scale_up", 300)):
        for k, day in enumerate(rng.exponential(mean, 4000)):
            left = START + timedelta(days=round(day))
            rows.append({"outcome": f"{stage}{k:05}", "stage": stage, "direction": "a", "entered": START, "left": left,
                         "result": "passed"})  # fmt: skip
    graph = StageGraph.line(["pilot", "scale_up"])
    found = passage(table("outcomes", rows), as_of=date(2040, 1, 1), start="pilot", graph=graph, months=(12, 36))
    by = dict(found.filter(pl.col("stage") == "scale_up").select("months", "p").iter_rows())
    for months, p in by.items():
        t = (months or 10**6) * 365.25 / 12
        truth = 1 - (300 * np.exp(-t / 300) - 200 * np.exp(-t / 200)) / 100
        assert p == pytest.approx(truth, abs=0.02)
    spoken(found["why"])


def test_passage_over_a_fork() -> None:
    rows = [
        {"outcome": f"{stage}{k:03}", "stage": stage, "direction": "a", "entered": START, "left": date(2015, 2, 1),
         "result": "passed" if k < passed else "failed"}
        for stage, passed in (("pilot", 80), ("scale_up", 50), ("first_order", 20)) for k in range(100)
    ]  # fmt: skip
    graph = StageGraph.of([("pilot", "scale_up", 0.75), ("pilot", "first_order", 0.25),
                           ("scale_up", "first_order", None)])  # fmt: skip
    found = passage(table("outcomes", rows), as_of=TODAY, start="pilot", graph=graph, months=(60,))
    ever = dict(found.filter(pl.col("months").is_null()).select("stage", "p").iter_rows())
    assert ever == pytest.approx({"pilot": 0.8, "scale_up": 0.3, "first_order": (0.3 + 0.2) * 0.2})


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ([("a", "b", None), ("b", "c", None), ("c", "a", None)], "circle"),
        ([("a", "b", 0.5), ("a", "c", 0.6)], "add up"),
        ([("a", "b", None), ("a", "c", 0.6)], "not all given"),
        ([("a", "b", None), ("a", "b", None)], "twice"),
        ([("a", "a", None)], "circle"),
    ],
)
def test_graphs_that_are_none(edges: Any, said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        StageGraph.of(edges)


def test_every_fault_of_a_graph_at_once() -> None:
    with pytest.raises(DataRefused) as refused:
        StageGraph.of([("a", "b", None), ("b", "a", None), ("c", "d", 0.2), ("c", "e", 0.2)])
    assert len(refused.value.faults) == 2
    with pytest.raises(DataRefused, match="more than once"):
        StageGraph.line(["a", "b", "a"])
    with pytest.raises(DataRefused, match="no stage"):
        passage(records([], []), as_of=TODAY, start="nowhere")


def members(counts: dict[str, tuple[int, int]], direction: str = "a") -> pl.DataFrame:
    rows = [
        {"outcome": f"{direction}{member}{k:04}", "stage": "pilot", "direction": direction, "member": member,
         "entered": START, "left": date(2016, 1, 1), "result": "passed" if k < passed else "failed"}
        for member, (passed, failed) in counts.items() for k in range(passed + failed)
    ]  # fmt: skip
    return table("outcomes", rows)


def test_a_member_borrows_from_its_cell_and_a_new_one_takes_the_cells() -> None:
    frame = pl.concat([members({"m1": (45, 15), "m2": (30, 30), "m3": (3, 1)}), members({"m1": (10, 50)}, "b")])
    cases = pl.DataFrame({"case": ["1", "2", "3", "4", "5"], "direction": ["a"] * 5,
                          "start_stage": ["pilot"] * 5, "member": ["m1", "m2", "m3", "new", None]})  # fmt: skip
    found = beliefs(frame, cases, as_of=TODAY, stages=["pilot"])
    own = dict(zip(found["case"], found["p"], strict=True))
    assert own["1"] > own["3"] > own["2"]  # 3 of 4 is drawn to the cell
    assert own["2"] < own["4"] < own["1"]
    sure = dict(zip(found["case"], found["n_eff"], strict=True))
    assert sure["1"] > sure["3"]
    assert found["prior_share"].is_between(0, 1).all()
    assert (found["p"] - found["a"] / (found["a"] + found["b"])).abs().max() < 1e-12
    said = spoken(found["why"])
    assert any("borrowed" in sentence for sentence in said)


def test_further_keys_and_months() -> None:
    passes = np.arange(200) % 2 == 0
    frame = records([100] * 200, np.where(passes, 0, 1).tolist(), piloted=passes.tolist())
    cases = a_case(piloted=[True])
    with_key = beliefs(frame, cases, as_of=TODAY, stages=["pilot"], keys=("piloted",))
    plain = beliefs(frame, cases, as_of=TODAY, stages=["pilot"])
    assert plain["p"][0] == pytest.approx(0.5, abs=0.01)
    assert with_key["p"][0] > 0.9
    assert beliefs(frame, cases, as_of=TODAY, stages=["pilot"], months=2)["p"][0] < 0.05
    soon = beliefs(frame, cases, as_of=TODAY, stages=["pilot"], months=6)
    assert soon["p"][0] == pytest.approx(0.5, abs=0.01)
    assert any("within 6 months" in sentence for sentence in spoken(soon["why"]))
    assert plain.columns == ["case", "order", "stage", "p", "a", "b", "n_eff", "prior_share", "why"]


def test_beliefs_give_a_mean_where_the_table_gives_none() -> None:
    few = records([10] * 6, [0, 0, 0, 0, 1, 1])
    assert odds(few, a_case(), as_of=TODAY, stages=["pilot"])["p"][0] is None
    row = beliefs(few, a_case(), as_of=TODAY).row(0, named=True)
    assert row["stage"] == "pilot"
    assert 0.5 < row["p"] < 0.75
    assert row["n_eff"] < 20


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 20))
@settings(max_examples=25, deadline=None)
def test_more_passed_is_never_worse(passed: int, failed: int, more: int) -> None:
    a, b = (members({"m": (passed + extra, failed)}) for extra in (0, more))
    p = [beliefs(frame, a_case(), as_of=TODAY, stages=["pilot"])["p"][0] for frame in (a, b)]
    assert p[1] is not None
    assert p[0] is None or p[1] > p[0]


def test_the_order_of_rows_is_nobodys() -> None:
    frame = pl.concat([members({"m1": (9, 5), "m2": (3, 8)}), members({"m1": (4, 4)}, "b")])
    cases = pl.DataFrame({"case": ["2", "1"], "direction": ["b", "a"], "member": ["m1", "m2"]})
    once = beliefs(frame, cases, as_of=TODAY)
    assert once.equals(beliefs(frame.reverse(), cases.reverse(), as_of=TODAY))
    assert once["case"].is_sorted()


def test_covariates_move_a_case_as_far_as_results_bear_it_out() -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(10, 2, 1500)
    useful = (rng.random(1500) > 1 / (1 + np.exp(-0.5 * (x - 10)))).astype(int)
    cases = pl.DataFrame({"case": ["1", "2", "3"], "direction": ["a"] * 3, "start_stage": ["pilot"] * 3,
                          "x": [8.0, 12.0, None]})  # fmt: skip
    told = records([50] * 1500, useful.tolist(), x=x.tolist())
    found = beliefs(told, cases, as_of=TODAY, stages=["pilot"], covariates=("x",))
    low, high, unknown = found["p"]
    assert (low, high) == (pytest.approx(1 / (1 + np.exp(1)), abs=0.06), pytest.approx(1 / (1 + np.exp(-1)), abs=0.06))
    plain = beliefs(told, cases, as_of=TODAY, stages=["pilot"])
    assert unknown == plain["p"][2]
    assert (found["n_eff"] <= plain["n_eff"]).all()
    spoken(found["why"])
    noise = records([50] * 1500, rng.integers(0, 2, 1500).tolist(), x=x.tolist())
    flat = beliefs(noise, cases, as_of=TODAY, stages=["pilot"], covariates=("x",))
    assert abs(flat["p"][0] - flat["p"][1]) < 0.03
