"""What is not certain in a sorting, and points drawn from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from tongtu.sorting.core import ROUNDING, Arrays
from tongtu.sorting.figures import Floats
from tongtu.sorting.model import Sorting
from tongtu.sorting.sound import fault, number
from tongtu.terms.faults import Fault, UsageFault


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far the rules of a sorting are doubted; what is not named is taken as certain.

    `concentration`  of the Dirichlet distribution around the given weights: a weight w (of a whole of 1) varies
                     with variance w (1 − w) / (concentration + 1); a criterion without weight stays without
    `level`          the cutting level is uniform between the two
    `thresholds`     a criterion's indifference, preference and veto together, by up to this share either way
    `profiles`       a criterion's profiles together, by up to so many of its units either way

    What moves together keeps its order, so every draw is a sound sorting.
    """

    concentration: float | None = None
    level: tuple[float, float] | None = None
    thresholds: float = 0.0
    profiles: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draws:
    """One row per draw. `level` (less the rounding) alone; of each criterion `weights`, the `factor` of its
    thresholds, the `shift` of its profiles, and `spot`: where in its interval (0..1) a figure stands."""

    level: Floats
    weights: Floats
    factor: Floats
    shift: Floats
    spot: Floats


def drawn(model: Sorting, it: Arrays, doubt: Doubt, draws: int, seed: int) -> Draws:
    """Points of a scrambled Sobol' sequence; every subject meets the same ones. Raises UsageFault.

    So nobody's figures depend on who else is there, and two with the same figures get the same answer.
    """
    found = list(_faults(model, doubt, draws))
    if found:
        raise UsageFault(found)
    m = len(model.criteria)
    points = _points(draws, 4 * m + 1, seed)
    level, weights, factor, shift, spot = np.split(points, [1, 1 + m, 1 + 2 * m, 1 + 3 * m], axis=1)
    low, high = doubt.level or (model.cutting_level, model.cutting_level)
    wide = np.array([float(doubt.profiles.get(c.name, 0.0)) for c in model.criteria])
    return Draws(
        low + (high - low) * level[:, 0] - ROUNDING,
        _weights(it.weights, doubt.concentration, weights),
        1.0 + doubt.thresholds * (2 * factor - 1),
        wide * (2 * shift - 1),
        spot,
    )


def _points(draws: int, dimensions: int, seed: int) -> Floats:
    from scipy.stats import qmc  # type: ignore[import-untyped]

    rounds = max(1, (draws - 1).bit_length())
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    points: Floats = sequence.random_base2(rounds)[:draws]
    return points


def _weights(given: Floats, concentration: float | None, points: Floats) -> Floats:
    """A Dirichlet draw per row: independent gammas, by their inverse distribution, over their sum."""
    if concentration is None:
        return np.broadcast_to(given, points.shape)
    from scipy.special import gammaincinv  # type: ignore[import-untyped]

    used = given > 0
    gammas = np.zeros_like(points)
    gammas[:, used] = gammaincinv(concentration * given[used], np.clip(points[:, used], 1e-12, 1 - 1e-12))
    sums = gammas.sum(axis=1, keepdims=True)
    return np.where(sums > 0, gammas / np.where(sums > 0, sums, 1.0), given)


def _faults(model: Sorting, doubt: Doubt, draws: int) -> Iterator[Fault]:
    if not number(draws) or int(draws) != draws or draws < 1:
        yield fault("draws", draws=str(draws))
    if doubt.concentration is not None and not (number(doubt.concentration) and doubt.concentration > 0):
        yield fault("concentration", value=str(doubt.concentration))
    if doubt.level is not None:
        low, high = doubt.level
        if not (number(low) and number(high) and 0.5 <= low <= high <= 1):
            yield fault("level-doubt", low=str(low), high=str(high))
    if not (number(doubt.thresholds) and 0 <= doubt.thresholds < 1):
        yield fault("thresholds-doubt", value=str(doubt.thresholds))
    names = {c.name for c in model.criteria}
    for name, width in sorted(doubt.profiles.items()):
        if name not in names:
            yield fault("criterion-unknown", name=name)
        elif not (number(width) and width >= 0):
            yield fault("profile-doubt", name=name, value=str(width))
