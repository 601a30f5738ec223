"""Judged pairs of a simulated market whose truth is known."""

from datetime import date

import numpy as np
import polars as pl

from tongtu.match.learning import Model
from tongtu.match.learning.calibration import logistic
from tongtu.match.learning.linear import Linear
from tongtu.terms.why import Why

ON = date(2026, 11, 22)
NAMES = ("lexical", "concepts", "field", "readiness")
TRUTH = {"lexical": 2.0, "concepts": 6.0, "field": 3.0, "readiness": 0.5}


def pairs(
    seed: int = 1,
    questions: int = 120,
    answers: int = 20,
    truth: dict[str, float] = TRUTH,
    intercept: float = -6.5,
    unknown: float = 0.0,
    xor: bool = False,
) -> pl.DataFrame:
    """question, answer, useful, `truth` (the probability it was drawn from) and signals, some of them null."""
    draw, rows = np.random.default_rng(seed), questions * answers
    x = draw.random((rows, len(truth)))
    z = intercept + x @ np.array(list(truth.values()))
    if xor:
        z = np.where((x[:, 0] > 0.5) ^ (x[:, 1] > 0.5), 2.5, -2.5)
    p = 1 / (1 + np.exp(-z))
    y = draw.random(rows) < p
    useful = np.where(y, draw.integers(2, 4, rows), draw.integers(0, 2, rows))
    gaps = draw.random(x.shape) < unknown
    signals = {name: pl.Series(np.where(gaps[:, k], np.nan, x[:, k]), nan_to_null=True) for k, name in enumerate(truth)}
    return pl.DataFrame(
        {
            "question": [f"Q{i // answers:04d}" for i in range(rows)],
            "answer": [f"A{i:06d}" for i in range(rows)],
            "useful": useful,
            "truth": p,
            **signals,
        }
    )


def model(weights: dict[str, float], intercept: float = -3.0, name: str = "stated") -> Model:
    """Weights as stated, read as log-odds; every mean is a half."""
    form = Linear(intercept, weights, dict.fromkeys(weights, 0.5))
    return Model(name, "1", ON, Why("match_learning.source-stated"), 0, 0, form, logistic(form.reach))


def flat(names: tuple[str, ...] = NAMES) -> Model:
    return model(dict.fromkeys(names, 1.0))
