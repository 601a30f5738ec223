"""Figures against scikit-learn's and against numbers worked out by hand."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, ndcg_score

from tongtu.match.learning import measures

graded = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.1, 0.5, 0.9])), min_size=2, max_size=25)


@given(st.lists(graded, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_ndcg_agrees_with_scikit_learn_ties_and_all(questions: list) -> None:
    rows = [(str(q), useful, score) for q, answers in enumerate(questions) for useful, score in answers]
    found = measures.ndcg(pl.DataFrame(rows, schema=["question", "useful", "score"], orient="row"))
    wanted = [
        ndcg_score([[u for u, _ in answers]], [[s for _, s in answers]], k=10)
        for answers in questions
        if any(u for u, _ in answers)
    ]
    assert found["ndcg"].to_list() == pytest.approx(wanted)


def test_ndcg_by_hand() -> None:
    """Gains 0, 3, 2 in this order: (3/log₂3 + 2/log₂4) / (3/log₂2 + 2/log₂3)."""
    ranked = pl.DataFrame({"question": ["q"] * 3, "useful": [0, 3, 2], "score": [0.9, 0.5, None]})
    wanted = (3 / np.log2(3) + 2 / 2) / (3 + 2 / np.log2(3))
    assert measures.ndcg(ranked)["ndcg"].item() == pytest.approx(wanted)
    assert measures.ndcg(ranked, at=1)["ndcg"].item() == 0.0


def test_recall_counts_useful_pairs_among_the_first() -> None:
    ranked = pl.DataFrame({"question": ["q"] * 4, "useful": [2, 3, 1, 2], "score": [0.9, 0.1, 0.8, 0.1]})
    assert measures.recall(ranked, at=1)["recall"].item() == pytest.approx(1 / 3)
    assert measures.recall(ranked, at=3)["recall"].item() == pytest.approx(2 / 3)
    assert measures.recall(ranked, at=4)["recall"].item() == 1.0


def test_brier_and_log_loss_agree_with_scikit_learn() -> None:
    draw = np.random.default_rng(1)
    p = draw.random(500).clip(0.01, 0.99)
    y = (draw.random(500) < p).astype(float)
    assert measures.brier(p, y) == pytest.approx(brier_score_loss(y, p))
    assert measures.log_loss(p, y) == pytest.approx(log_loss(y, p))


def test_calibration_error_by_hand() -> None:
    """Two bins of two pairs: |0.1 − 0.5| and |0.8 − 1|."""
    p, y = np.array([0.1, 0.1, 0.8, 0.8]), np.array([0.0, 1.0, 1.0, 1.0])
    assert measures.ece(p, y, bins=2) == pytest.approx((0.4 + 0.2) / 2)
    table = measures.reliability(p, y, bins=2)
    assert table["observed"].to_list() == [0.5, 1.0]
    assert table["pairs"].to_list() == [2, 2]


def test_calibration_error_tells_a_calibrated_score_from_one_that_is_not() -> None:
    draw = np.random.default_rng(2)
    p = draw.random(50_000)
    y = (draw.random(50_000) < p).astype(float)
    assert measures.ece(p, y) < 0.01
    assert measures.ece(p**2, y) > 0.1


def test_intervals_hold_the_figure_and_narrow_with_more_questions() -> None:
    def width(questions: int) -> float:
        draw = np.random.default_rng(3)
        p = draw.random(questions * 10)
        y = (draw.random(p.size) < p).astype(float)
        found = measures.by_pair(np.repeat(np.arange(questions), 10), p, y, seed=1)["brier"]
        assert found.low < found.value < found.high
        return found.high - found.low

    assert width(400) < 0.5 * width(40)
