"""The portfolio: against brute force written apart, and what must hold of any book."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import alike, cases, drawn, stages
from scipy.stats import norm

from tongtu.risk.book import Book, book
from tongtu.risk.simulation import Factors, hit_counts, scenarios, simulate
from tongtu.terms.faults import Cancelled, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, missing, say

QUIET = {"stress": (), "points": 512, "scramblings": 4}


def brute(one: Book, factors: Factors, worlds: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Loss and value in each world, drawn case by case and stage by stage, a new factor at every stage."""
    rng = np.random.default_rng(seed)
    loss, value = np.zeros((2, worlds))
    market = {s: rng.standard_normal(worlds) for s in range(len(one.stages))}
    sector = {(s, k): rng.standard_normal(worlds) for s in range(len(one.stages)) for k in range(len(one.sectors))}
    item = {(s, k): rng.standard_normal(worlds) for s in range(len(one.stages)) for k in range(len(one.technologies))}
    for i in range(len(one)):
        going, spent = np.ones(worlds, bool), np.zeros(worlds)
        overrun = rng.standard_normal(worlds)
        for row in range(one.start[i], one.start[i + 1]):
            s = int(one.stage[row])
            latent = np.sqrt(factors.market) * market[s] + np.sqrt(factors.sector) * sector[s, int(one.sector[i])]
            left = 1 - factors.market - factors.sector
            if one.technology[i] >= 0:
                latent = latent + np.sqrt(factors.technology) * item[s, int(one.technology[i])]
                left -= factors.technology
            latent = latent + np.sqrt(left) * rng.standard_normal(worlds)
            spent = spent + going * one.cost[row] * np.exp(one.cost_sigma[row] * overrun)
            going = going & (latent < norm.ppf(one.p[row]))
        loss += np.where(going, 0.0, spent)
        value += np.where(going, one.payoff[i], 0.0) - spent
    return loss, value


def distance(curve: pl.DataFrame, measure: str, draws: np.ndarray) -> float:
    """Kolmogorov's, at the points of the curve."""
    mine = curve.filter(pl.col("measure") == measure)
    theirs = 1 - np.searchsorted(np.sort(draws), mine["x"].to_numpy(), side="right") / len(draws)
    return float(np.abs(mine["exceed"].to_numpy() - theirs).max())


@pytest.mark.parametrize(("n", "most"), [(5, 0.012), (25, 0.02), (250, 0.012)])
def test_distribution_of_brute_force(n, most):
    """Five cases are all drawn, twenty-five partly, two hundred and fifty melt into normals."""
    one = drawn(n, 3, spread=0.4)
    factors = Factors(0.1, 0.15, 0.1, by_stage=True)
    found = simulate(one, factors=factors, points=4096, scramblings=4, doubt=False, stress=())
    loss, value = brute(one, factors, 40_000)
    assert distance(found.curve, "loss", loss) < most
    assert distance(found.curve, "value", value) < most
    assert found.figure("loss", "mean") == pytest.approx(loss.mean(), rel=0.01)
    worst = np.sort(loss)[-2000:].mean()
    assert found.figure("loss", "cvar", 0.95) == pytest.approx(worst, rel=0.015)
    assert found.figure("value", "cvar", 0.95) == pytest.approx(np.sort(value)[:2000].mean(), rel=0.05, abs=3e6)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.0, 15.0]), st.sampled_from([0.0, 0.5]))
def test_scenarios_and_conditional_figures_agree(seed, belief, spread):
    one = drawn(60, seed, belief=belief, spread=spread)
    found = simulate(one, **QUIET, seed=seed)
    worlds = scenarios(one, 8192, seed=seed + 1)
    loss, won = worlds.loss.sum(axis=0, dtype=np.float64), worlds.outcome.sum(axis=0)
    assert found.figure("loss", "mean") == pytest.approx(loss.mean(), rel=0.02)
    assert found.figure("loss", "sd") == pytest.approx(loss.std(), rel=0.06)
    assert found.figure("outcome", "mean") == pytest.approx(one.success.sum(), rel=0.01)
    assert won.mean() == pytest.approx(one.success.sum(), rel=0.03)
    counts = found.counts
    assert (counts["count"] * counts["p"]).sum() == pytest.approx(one.success.sum(), rel=0.02)
    assert (won >= 10).mean() == pytest.approx(counts.filter(pl.col("count") >= 10)["p"].sum(), abs=0.03)


def test_the_megafund_pays_as_published():
    one = alike(150, 0.05, 200e6, 2e9 * (1 - 1.1**-10) / 0.1)
    found = simulate(one, factors=Factors.plain(0.0), **QUIET)
    invested = 150 * 200e6
    mean = found.figure("value", "mean") / invested + 1
    sd = found.figure("value", "sd") / invested
    assert mean**0.1 - 1 == pytest.approx(0.1188, abs=1e-4)
    assert sd / np.sqrt(10) == pytest.approx(0.3458, abs=1e-4)
    single = simulate(one.take([0]), factors=Factors.plain(0.0), points=8192, scramblings=4, stress=())
    assert single.figure("value", "sd") / 200e6 / np.sqrt(10) == pytest.approx(4.2349, rel=0.01)
    for rho, five in ((0.05, 0.7261), (0.5, 0.3285)):
        counts = simulate(one, factors=Factors.plain(rho), **QUIET).counts
        assert counts.filter(pl.col("count") == 5)["at_least"][0] == pytest.approx(five, abs=2e-3)


def test_a_single_case_is_exact():
    one = book(cases("A"), stages(("A", 1, "lab", 0.75, 100.0)), currency="CNY")
    found = simulate(one, factors=Factors.plain(0.0), points=4096, scramblings=2, stress=(), levels=(0.5, 0.9))
    assert found.large["case"].to_list() == ["A"]
    assert found.figure("loss", "mean") == pytest.approx(25, abs=0.1)
    assert found.figure("loss", "var", 0.9) == 100
    assert found.figure("loss", "cvar", 0.5) == pytest.approx(50, abs=0.2)  # half of the worst half fails
    assert found.figure("outcome", "var", 0.5) == 1
    counts = dict(found.counts.select("count", "p").iter_rows())
    assert counts[0] == pytest.approx(0.25)


def test_tails_grow_with_correlation_and_the_mean_does_not():
    found = simulate(alike(80, 0.3), factors=Factors.plain(0.15), points=512, scramblings=4).stress
    loss = found.filter(pl.col("rho").is_not_null(), measure="loss").sort("rho")
    mean = loss.filter(figure="mean")["value"].to_numpy()
    np.testing.assert_allclose(mean, 80 * 0.7 * 100, rtol=1e-3)
    for level in (0.95, 0.99):
        tail = loss.filter(pl.col("level") == level, figure="cvar")["value"].to_numpy()
        assert (np.diff(tail) > 0).all()
    assert found.filter(pl.col("rho").is_null()).height == loss.filter(rho=0.0).height * 2  # with the outcome's


def test_contributions_add_up():
    one = drawn(120, 5, belief=20.0, spread=0.3)
    found = simulate(one, **QUIET)
    for measure in ("loss", "outcome", "value"):
        for by in ("sector", "technology"):
            for level in (0.95, 0.99):
                mine = found.contributions.filter(pl.col("level") == level, measure=measure, by=by)
                assert mine["cvar"].sum() == pytest.approx(found.figure(measure, "cvar", level), rel=1e-4)
                assert mine["mean"].sum() == pytest.approx(found.figure(measure, "mean"), rel=1e-4)
                assert mine["share"].sum() == pytest.approx(1)


def test_errors_tell_how_far_another_seed_comes_out():
    one = drawn(100, 1)
    runs = [simulate(one, points=128, scramblings=8, stress=(), seed=seed) for seed in range(6)]
    for figure, level in (("mean", None), ("cvar", 0.95)):
        values = [run.figure("loss", figure, level) for run in runs]
        same = pl.col("level").is_null() if level is None else pl.col("level") == level
        said = np.median([run.figures.filter(same, measure="loss", figure=figure)["se"][0] for run in runs])
        assert 0.3 < np.std(values, ddof=1) / said < 3


def test_same_seed_same_answer_and_row_order_never_matters():
    table = stages(
        ("A", 1, "x", 0.5, 10.0), ("A", 2, "y", 0.4, 20.0), ("B", 1, "x", 0.3, 30.0), ("C", 2, "y", 0.4, 5.0)
    )
    found = []
    for names, order in ((("C", "A", "B"), [0, 1, 2, 3]), (("B", "C", "A"), [3, 1, 0, 2])):
        one = book(cases(*names), table[order], currency="CNY")
        found.append((simulate(one, **QUIET), scenarios(one, 100)))
    (one, worlds), (two, others) = found
    for name in ("figures", "curve", "contributions", "counts", "large"):
        assert getattr(one, name).equals(getattr(two, name))
    np.testing.assert_array_equal(worlds.loss, others.loss)
    different = simulate(drawn(30), **QUIET, seed=1).figures["value"].to_list()
    assert simulate(drawn(30), **QUIET, seed=2).figures["value"].to_list() != different


def test_weights_count_in_the_outcome_and_not_in_the_number():
    ids = [f"C{k}" for k in range(400)]
    one = book(cases(*ids, weight=[float(k % 3) for k in range(400)]),
               stages(*((i, 1, "x", 0.5, 1.0) for i in ids)), currency="CNY")  # fmt: skip
    found = simulate(one, **QUIET)
    assert found.figure("outcome", "mean") == pytest.approx(one.weight.sum() / 2, rel=1e-3)
    assert (found.counts["count"] * found.counts["p"]).sum() == pytest.approx(200, rel=5e-3)


def test_counts_of_a_large_book_are_close_to_exact():
    from scipy.stats import binom

    counts = simulate(alike(5000, 0.01), factors=Factors.plain(0.0), points=16, scramblings=2, stress=()).counts
    expected = binom.pmf(counts["count"].to_numpy(), 5000, 0.01)
    assert np.abs(counts["p"].to_numpy() - expected).max() < 2e-3
    assert counts["p"].sum() == pytest.approx(1)


def test_what_is_unknown_is_said_and_every_word_exists():
    one = drawn(30, payoffs=False, belief=10.0)
    found = simulate(one, **QUIET)
    assert "value" not in found.figures["measure"].to_list()
    said = {note.code.partition(".")[2] for note in found.notes}
    assert {"factors", "factors-ours", "value-unknown", "doubt"} <= said
    whys = [*found.notes, *(Why.from_json(text) for text in found.figures["why"].unique())]
    for why in whys:
        assert missing(why.code) == []
        assert not any("{" in say(why, lang) for lang in LANGUAGES)


def test_settings_that_cannot_be_taken_are_refused_together():
    empty = book(cases("A"), stages(("A", 1, "x", None, 1.0)), currency="CNY")
    with pytest.raises(UsageFault) as error:
        simulate(empty, levels=(1.0,), stress=(1.5,), points=0, seed=-1)
    assert len(error.value.faults) == 5
    for fault in error.value.faults:
        assert fault.repair is not None
        assert missing(fault.what.code) == missing(fault.repair.code) == []


def test_progress_is_told_and_stopping_stops():
    told = []
    simulate(drawn(20), points=64, scramblings=2, progress=lambda done, total, what=None: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert all(a[0] / a[1] <= b[0] / b[1] + 1e-9 for a, b in pairwise(told))

    def stop(done: int, total: int, what: object = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        simulate(drawn(20), progress=stop)
    with pytest.raises(Cancelled):
        scenarios(drawn(20), 10, progress=stop)


def test_scenarios_hold_what_they_say():
    one = drawn(40, 2, spread=0.0)
    payoff = one.payoff.copy()
    payoff[3] = np.nan
    from dataclasses import replace

    worlds = scenarios(replace(one, payoff=payoff), 777, value=True)
    assert worlds.loss.dtype == np.float32
    assert worlds.outcome.dtype == bool
    assert worlds.loss.shape == worlds.outcome.shape == (40, 777)
    assert (worlds.loss[worlds.outcome] == 0).all()
    assert worlds.value is not None
    assert np.isnan(worlds.value[3]).all()
    rest = np.delete(np.arange(40), 3)
    spent = np.bincount(one.case, one.cost)[:, None]
    expected = np.where(worlds.outcome, payoff[:, None] - spent, -worlds.loss)
    np.testing.assert_allclose(worlds.value[rest], expected[rest], rtol=1e-5, atol=20)
    with pytest.raises(UsageFault):
        scenarios(one, 0)


def test_scenarios_of_overruns_have_the_lognormal_mean():
    one = drawn(30, 4, spread=0.6, width=2)
    worlds = scenarios(one, 1 << 14, factors=Factors.plain(0.0), doubt=False)
    whole = simulate(one, factors=Factors.plain(0.0), **QUIET, doubt=False)
    assert worlds.loss.sum(axis=0, dtype=np.float64).mean() == pytest.approx(whole.figure("loss", "mean"), rel=0.01)
    known = scenarios(one, 1 << 14, factors=Factors.plain(0.0), doubt=False, costs=False)
    assert known.loss.sum(axis=0, dtype=np.float64).mean() == pytest.approx(whole.figure("loss", "mean"), rel=0.01)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5])
def test_never_fewer_than_no_case(rho):
    """The few normals below nought are no cases: the worst outcomes average no less than none, and near the truth."""
    found = simulate(alike(60, 0.1), factors=Factors.plain(rho), costs=False, doubt=False, **QUIET)
    worst = [found.figure("outcome", figure, level) for figure in ("var", "cvar") for level in (0.95, 0.99)]
    assert min(worst) >= 0
    chance = hit_counts(60, 0.1, rho)
    tail = np.minimum(np.cumsum(chance), 0.05)
    exact = float(np.diff(tail, prepend=0.0) @ np.arange(61)) / 0.05
    assert found.figure("outcome", "cvar", 0.95) == pytest.approx(exact, abs=0.5)  # normals for whole numbers
