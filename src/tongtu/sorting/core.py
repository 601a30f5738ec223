"""The arithmetic of outranking, on arrays: how far one is supported over another, and who objects.

σ(a, b) is the weight C of what supports "a is at least as good as b", weakened by every objection d that is
greater than C: times (1 − d) / (1 − C). A whole objection (d = 1) blocks, also where its criterion weighs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.sorting.figures import Floats, Ints, sign
from tongtu.sorting.model import Sorting

#: Weights are summed in floating point; a coalition that reaches the level but for rounding reaches it.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Arrays:
    """A sorting as arrays, better always greater. `weights` add up to 1, `veto` is infinite where there is none,
    `limits` are profiles × criteria, `level` is the cutting level less the rounding."""

    weights: Floats
    indifference: Floats
    preference: Floats
    veto: Floats
    limits: Floats
    level: float
    gradual: bool


@dataclass(frozen=True, slots=True)
class Outranking:
    """Of every pair: `support` and `against` per criterion (last axis), `agreed` (C) and `credibility` (σ)."""

    support: Floats
    against: Floats
    agreed: Floats
    credibility: Floats


def arrays(model: Sorting) -> Arrays:
    criteria = model.criteria
    limits = [[sign(c.falling) * float(profile.values[c.name]) for c in criteria] for profile in model.profiles]
    return Arrays(
        np.array([c.weight for c in criteria], float) / model.total_weight,
        np.array([c.indifference for c in criteria], float),
        np.array([c.preference for c in criteria], float),
        np.array([np.inf if c.veto is None else c.veto for c in criteria], float),
        np.array(limits, float).reshape(len(model.profiles), len(criteria)),
        model.cutting_level - ROUNDING,
        model.gradual_veto,
    )


def over(values: Floats, it: Arrays, missing: float = 0.0) -> Outranking:
    """Subjects over profiles. A missing figure supports by `missing` and never objects."""
    return outranking(it.limits[None, :, :] - values[:, None, :], it, missing)


def under(values: Floats, it: Arrays) -> Outranking:
    """Profiles over subjects, subjects first all the same; a missing figure supports no profile over anybody."""
    return outranking(values[:, None, :] - it.limits[None, :, :], it)


def places(values: Floats, it: Arrays, level: float | None = None) -> tuple[Ints, Ints]:
    """Index of each subject's category by the pessimistic and by the optimistic rule.

    Profiles dominate one another, so σ falls from one to the next and how many are reached tells the category.
    """
    level = it.level if level is None else level
    strict = over(values, it).credibility >= level
    lenient = over(values, it, 1.0).credibility >= level if np.isnan(values).any() else strict
    beaten = (under(values, it).credibility >= level) & ~lenient
    return strict.sum(axis=1, dtype=np.int64), (~beaten).sum(axis=1, dtype=np.int64)


def outranking(behind: Floats, it: Arrays, missing: float = 0.0) -> Outranking:
    """From how far one is behind the other on each criterion (last axis); NaN where a figure is missing."""
    unknown = np.isnan(behind)
    support = np.where(unknown, missing, falling(behind, it.indifference, it.preference))
    against = np.where(unknown, 0.0, objection(behind, it))
    agreed = (support * it.weights).sum(axis=-1)  # not a matrix product: its last digit depends on who else is there
    return Outranking(support, against, agreed, weakened(agreed, against))


def objection(behind: Floats, it: Arrays) -> Floats:
    if not it.gradual:
        return (behind >= it.veto).astype(float)
    return 1.0 - falling(behind, it.preference, it.veto)


def weakened(agreed: Floats, against: Floats) -> Floats:
    """σ, from what agrees and, along one more axis, what objects."""
    total = agreed[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(against > total, (1 - against) / (1 - total), 1.0)
    held: Floats = agreed * np.where(against >= 1, 0.0, factors).prod(axis=-1)
    return held


def falling(behind: Floats, start: Floats, end: Floats) -> Floats:
    """1 up to `start`, 0 from `end`, straight between; with both equal, 1 up to and including them."""
    width = np.where(np.isfinite(end), end - start, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(np.isfinite(end), np.clip((end - behind) / width, 0, 1), 1.0)
    return np.where(behind <= start, 1.0, np.where(behind >= end, 0.0, slope))
