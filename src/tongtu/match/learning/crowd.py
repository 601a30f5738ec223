"""Market size: the more listings there are, the less a given likeness proves.

A pair that stands out among 240 listings is most often right; among 12,000 there are fifty others like it. Signals do
not say so, and one curve for both would be wrong for either. So a sum is lowered by a learnt number of log-odds for
each e-fold of answers: 1 were every listing an equal rival, 0 were there none.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.match.learning.calibration import sigmoid
from tongtu.match.learning.judged import Examples, Floats

#: e-folds beyond the sizes learnt from that the curve leaves room for
ROOM = 10.0
_MOST = 3.0


def learn(examples: Examples, z: Floats) -> tuple[float, int]:
    """Log-odds lost for each e-fold of answers, and the size at which none is lost: the geometric mean.

    Nothing (0, 1) where the frame has no column `answers` or all sizes are one.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    if "answers" not in examples.frame.columns or examples.frame["answers"].n_unique() < 2:
        return 0.0, 1
    sizes = _log(examples)
    centre = round(float(np.exp(np.average(sizes, weights=examples.weight))))
    beyond = sizes - np.log(centre)
    design = np.column_stack([z, np.ones(z.size), -beyond])

    def loss(theta: Floats) -> tuple[float, Floats]:
        s = design @ theta
        excess = examples.weight * (sigmoid(s) - examples.y)
        return float(examples.weight @ (np.logaddexp(0.0, s) - examples.y * s)), design.T @ excess

    found = minimize(
        loss, np.array([1.0, 0.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.05, 20), (None, None), (0, None)]
    )
    return round(min(float(found.x[2] / found.x[0]), _MOST), 4), centre


def shift(examples: Examples, crowding: float, size: int) -> Floats:
    """What each pair's sum loses to the size of its market."""
    return np.asarray(crowding * (_log(examples) - np.log(size)))


def _log(examples: Examples) -> Floats:
    return np.asarray(np.log(examples.frame["answers"].cast(pl.Float64).clip(1.0).to_numpy()))
