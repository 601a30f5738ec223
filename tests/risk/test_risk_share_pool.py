"""Rates from noisy counts, own beside pooled, and effects: published numbers, known truth, calibrated intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from share_tables import DAY, SMALL, counted

from tongtu.risk.pooling import Prior, pool
from tongtu.risk.share import add_counts, compare, open_ledger, pool_effects, pool_noisy, release, seeded
from tongtu.risk.share.counting import Counts
from tongtu.terms.faults import DataRefused


def world(seed: int, cells: int = 60, size: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """True rates, passed and failed of cells of uneven size, some of them empty."""
    rng = np.random.default_rng(seed)
    rate = rng.beta(0.4 * 20, 0.6 * 20, cells)
    n = rng.geometric(1 / size, cells) * (rng.random(cells) > 0.3)
    passed = rng.binomial(n, rate)
    return rate, passed, n - passed


def test_without_noise_it_is_the_pooling_of_exact_counts() -> None:
    _, passed, failed = world(1)
    for prior in (None, Prior(0.3, 40.0)):
        exact, ours = pool(passed, passed + failed, prior), pool_noisy(passed, failed, 0.0, prior=prior)
        assert np.abs(exact.mean - ours.mean).max() < 0.005
        assert np.abs(exact.n_eff / ours.n_eff - 1).max() < 0.1
        assert np.abs(exact.prior_share - ours.prior_share).max() < 0.02


@pytest.mark.parametrize("scale", [1.0, 6.0])
def test_intervals_hold_under_noise_where_clipping_breaks(scale: float) -> None:
    """80 % intervals over 1,200 cells: nearly what exact counts give; clipped counts, taken as exact, are too sure."""
    inside: dict[str, list[float]] = {"exact": [], "ours": [], "clipped": []}
    loss: dict[str, list[float]] = {"exact": [], "ours": [], "clipped": []}
    for seed in range(20):
        rate, passed, failed = world(seed)
        noisy = seeded(seed)(np.array([passed, failed]), scale)
        clipped = np.maximum(noisy, 0).astype(float)
        beliefs = {
            "exact": pool(passed, passed + failed), "ours": pool_noisy(noisy[0], noisy[1], scale),
            "clipped": pool(clipped[0], clipped.sum(axis=0)),
        }  # fmt: skip
        for name, rates in beliefs.items():
            low, high = rates.interval()
            p = rates.mean[:-1]
            inside[name].append(((low[:-1] <= rate) & (rate <= high[:-1])).mean())
            loss[name].append(-(rate * np.log(p) + (1 - rate) * np.log(1 - p)).mean())
    covered, lost = ({name: float(np.mean(x)) for name, x in found.items()} for found in (inside, loss))
    assert abs(covered["ours"] - covered["exact"]) < 0.07
    assert lost["exact"] < lost["ours"] < lost["clipped"]
    if scale > 1:
        assert covered["clipped"] < covered["ours"] - 0.1


def test_noise_in_empty_cells_is_not_taken_for_results() -> None:
    noise = seeded(4)(np.zeros((2, 72), np.int64), 6.0)
    assert pool_noisy(noise[0], noise[1], 6.0).n_eff.max() < 5
    assert pool(np.maximum(noise[0], 0), np.maximum(noise, 0).sum(axis=0)).n_eff.max() > 15


def test_what_is_known_for_certain_is_not_lost_in_noise() -> None:
    noisy = pool_noisy([-20, 3], [-20, 1], 6.0, known_passed=[30, 0], known_failed=[10, 0])
    assert noisy.mean[0] == pytest.approx(0.72, abs=0.06)
    assert noisy.n_eff[0] > 15
    assert noisy.n_eff[1] < noisy.n_eff[0]


# ---------------------------------------------------------------------------------------------------- own beside pooled


def members() -> list[Counts]:
    return [counted(m, seed, 300, whole=True) for seed, m in enumerate("ABCDEF")]


def total_of(all_: list[Counts]):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(add_counts([replace(one, whole=False) for one in all_]), whole=True)


def test_a_member_sees_what_the_pool_gives_and_what_it_gives(tmp_path: Path) -> None:
    all_ = members()
    with open_ledger(tmp_path / "l") as book:
        made = release(total_of(all_), SMALL, epsilon=1.0, ledger=book, on=DAY, sampler=seeded(1))
    found = compare(all_[0], made)
    assert found.height == SMALL.cells.height
    mine = found.filter(pl.col("entered") > 0)
    assert (mine["gain"] >= 0).all()
    assert mine["gain"].mean() > 0  # type: ignore[operator]
    assert (mine["high"] - mine["low"]).mean() < (mine["own_high"] - mine["own_low"]).mean()  # type: ignore[operator]
    assert mine["n_eff"].mean() > 2 * mine["own_n_eff"].mean()  # type: ignore[operator]
    assert (found.filter(pl.col("n_eff") < 20)["p"].is_null()).all()
    exact = pl.concat([one.frame for one in all_]).group_by("stage").agg(pl.col("passed").sum(), pl.col("failed").sum())
    rates = {stage: k / (k + f) for stage, k, f in exact.rows()}
    for stage, p in mine.group_by("stage").agg(((pl.col("low") + pl.col("high")) / 2).mean()).rows():
        assert p == pytest.approx(rates[stage], abs=0.06)


def test_own_results_that_stayed_at_home_count_at_home(tmp_path: Path) -> None:
    small = counted("A", 0, 40)
    pooled = [counted(m, seed, 300) for seed, m in enumerate("BCD", start=1)]
    with open_ledger(tmp_path / "l") as book:
        made = release(add_counts([small, *pooled]), SMALL, epsilon=1.0, ledger=book, on=DAY, sampler=seeded(1))
    found = compare(small, made)
    assert small.held.height
    assert found["own_closed"].sum() == (small.exact["passed"] + small.exact["failed"]).sum()
    with pytest.raises(DataRefused) as error:
        compare(counted("A", 0, 40, round="2025"), made)
    assert error.value.faults[0].what.code == "risk_share.round-other"
    outside = compare(counted("A", 0, 40, round="2025"), made, included=False)
    assert outside.height == found.height


# ------------------------------------------------------------------------------------------------------------- effects

#: Thirteen trials of the BCG vaccine (Colditz et al. 1994): cases and others, vaccinated and not.
BCG = np.array([
    [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
    [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600],
    [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825],
])  # fmt: skip


def bcg() -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    a, b, c, d = BCG.T.astype(float)
    return np.log(a / (a + b)) - np.log(c / (c + d)), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_the_bcg_trials_come_out_as_published() -> None:
    """DerSimonian–Laird: τ² 0.3088, log RR −0.7141 (0.1787), Q 152.23; REML as in metafor's manual: 0.3132,
    −0.7145 (0.1798)."""
    found = pool_effects(*bcg(), interval="normal")
    assert (round(found.tau2, 4), round(found.mean, 4), round(found.se, 4)) == (0.3088, -0.7141, 0.1787)
    assert found.q == pytest.approx(152.233, abs=1e-3)
    assert (found.low, found.high) == pytest.approx((-1.0644, -0.3638), abs=1e-4)
    likely = pool_effects(*bcg(), method="reml", interval="normal")
    assert (round(likely.tau2, 4), round(likely.mean, 4), round(likely.se, 4)) == (0.3132, -0.7145, 0.1798)
    wide = pool_effects(*bcg())
    assert wide.high - wide.low > found.high - found.low
    assert wide.next_low < wide.low


def test_members_that_agree_have_no_variance_between_them() -> None:
    found = pool_effects([0.5, 0.5, 0.5], [0.1, 0.2, 0.3])
    assert (found.tau2, found.i2) == (0.0, 0.0)
    assert found.shrunk == pytest.approx([0.5] * 3)


def test_the_interval_of_few_members_keeps_its_coverage() -> None:
    """Five members, τ = 0.3: Hartung and Knapp's interval covers; the normal one is known to fall short."""
    rng, covered = np.random.default_rng(2), {"knapp": 0, "normal": 0}
    for _ in range(600):
        se = rng.uniform(0.05, 0.3, 5)
        y = rng.normal(1.0, np.sqrt(0.3**2 + se**2))
        for name in covered:
            found = pool_effects(y, se, interval=name)  # type: ignore[arg-type]
            covered[name] += found.low <= 1.0 <= found.high
    assert covered["knapp"] / 600 >= 0.93
    assert covered["normal"] < covered["knapp"]


def test_effects_that_cannot_be_are_all_named() -> None:
    with pytest.raises(DataRefused) as error:
        pool_effects([1.0, np.nan, 2.0], [0.1, 0.1, 0.0])
    assert [fault.row for fault in error.value.faults] == [2, 3]
    with pytest.raises(DataRefused):
        pool_effects([1.0], [0.1])
