"""Scores against closed forms and figures by hand; the published effect of pilot runs."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_tables import spoken

from tongtu.risk import scores
from tongtu.risk.pilot_effect import pilot_effect, selection, sensitivity
from tongtu.terms.faults import DataRefused


def test_figures_by_hand() -> None:
    p, y = [0.9, 0.6, 0.2, 0.4], [1, 0, 0, 1]
    assert scores.brier(p, y) == pytest.approx((0.01 + 0.36 + 0.04 + 0.36) / 4)
    assert scores.log_loss(p, y) == pytest.approx(-(log(0.9) + log(0.4) + log(0.8) + log(0.4)) / 4)
    assert scores.auc(p, y) == 0.75  # three of four pairs are in order
    assert scores.auc([0.5] * 4, y) == 0.5
    assert scores.auc(p, [1, 1, 1, 1]) is None
    assert np.isfinite(scores.log_loss([0.0, 1.0], [1, 0]))


def test_crps_in_closed_form() -> None:
    assert scores.crps_normal(0, 1, 0) == pytest.approx((sqrt(2) - 1) / sqrt(pi), abs=1e-12)
    assert scores.crps_normal(3, 0, 5).item() == 2  # a point: the distance
    draws = np.random.default_rng(0).normal(2, 3, 40_000)
    assert scores.crps_sample(draws, 4.0) == pytest.approx(scores.crps_normal(2, 3, 4.0), abs=0.02)
    two = [1.0, 3.0]  # by hand: mean distance to 2 is 1, half the mean distance of pairs is 1/2
    assert scores.crps_sample(two, 2.0).item() == pytest.approx(0.5)


def test_what_is_calibrated_is_called_so() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(2, 4, 60_000)
    y = (rng.random(len(p)) < p).astype(float)
    found = scores.calibration(p, y)
    assert (found.slope, found.intercept) == (pytest.approx(1, abs=0.03), pytest.approx(0, abs=0.03))
    assert scores.ece(p, y) < 0.01
    bins = scores.reliability(p, y)
    assert bins["n"].sum() == len(p)
    assert bins["n"].to_list() == [6000] * 10
    sharp = 1 / (1 + np.exp(-2 * np.log(p / (1 - p))))
    assert scores.calibration(sharp, y).slope == pytest.approx(0.5, abs=0.02)
    assert scores.calibration([0.3] * 4, [0, 1, 0, 1]).slope is None
    assert scores.calibration([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]).slope is None  # told apart wholly: no end to it


def test_bins_keep_equal_probabilities_together() -> None:
    bins = scores.reliability([0.3] * 50 + [0.6] * 50, [0, 1] * 50, 10)
    assert bins["n"].to_list() == [50, 50]
    assert bins["rate"].to_list() == [0.5, 0.5]
    assert scores.reliability([], []).height == 0
    assert scores.ece([], []) == 0


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(0, 1)), min_size=1, max_size=40))
def test_the_order_of_cases_is_nobodys(pairs: list[tuple[float, int]]) -> None:
    p, y = zip(*pairs, strict=True)
    for score in (scores.brier, scores.log_loss, scores.ece, scores.auc):
        once, again = score(p, y), score(p[::-1], y[::-1])
        assert once == pytest.approx(again)
    assert 0 <= scores.ece(p, y) <= 1


def test_rolling_origins() -> None:
    times = np.array([2001, 2003, 2001, 2002, 2004])
    found = [(past.tolist(), ahead.tolist()) for past, ahead in scores.rolling_origin(times, least=2)]
    assert found == [
        ([True, False, True, True, False], [False, True, False, False, False]),
        ([True, True, True, True, False], [False, False, False, False, True]),
    ]
    assert scores.coverage([0, 0.5], [0.4, 1], [0.4, 0.2]) == 0.5
    assert scores.coverage([], [], []) is None


def test_selection_alone_makes_what_is_published() -> None:
    """Table of the notes: base 0.3, the best 5, 10, 20 % by a signal of correlation .3, .5, .7."""
    found = selection(0.3)
    assert found["p"].round(2).to_list() == [0.54, 0.50, 0.46, 0.72, 0.65, 0.58, 0.89, 0.82, 0.72]
    assert selection(0.3, (0.7,), (0.1,))["p"][0] == pytest.approx(0.820, abs=5e-4)
    assert selection(0.3, (0.0,), (0.1,))["p"][0] == pytest.approx(0.3)
    spoken(found["why"])


def test_the_published_rise_is_a_prior_with_a_causal_share() -> None:
    whole = pilot_effect(0.3, 0.8, causal_share=1.0, source="a report")
    assert (whole.risk_ratio, whole.odds_ratio) == (pytest.approx(2.667, abs=1e-3), pytest.approx(9.333, abs=1e-3))
    assert whole.e_value == pytest.approx(4.77, abs=0.01)
    assert whole.p_with == pytest.approx(0.8)
    assert pilot_effect(0.3, 0.8, causal_share=0.0, source="a report").p_with == 0.3
    table = sensitivity(0.3, 0.8, source="a report")
    assert table["p_with"].is_sorted()
    assert table["uplift"][0] == 0
    assert all("a report" in said for said in spoken(table["why"]))


def test_an_effect_that_is_none_is_refused_with_every_fault() -> None:
    with pytest.raises(DataRefused) as refused:
        pilot_effect(0.0, 1.2, causal_share=-1, source=" ")
    assert len(refused.value.faults) == 4
    with pytest.raises(DataRefused, match="correlation"):
        selection(0.3, (1.0,))


def test_scores_want_one_probability_for_each_result() -> None:
    with pytest.raises(ValueError, match="for each"):
        scores.brier([0.1], [0, 1])
    assert isinstance(scores.reliability([0.1], [1]), pl.DataFrame)
