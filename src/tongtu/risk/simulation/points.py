"""Where factor space is looked at: scrambled Sobol' points, turned so that the first coordinate matters most.

The first coordinates of Sobol' points are spread best, so the axes are reflected (Householder) until the first runs
along the direction in which the portfolio answers most, the second along what is left of another measure's direction.
Along the first the points are drawn wider than the factor is, with the weight that makes good for it: tails, which
decide value at risk, are seen more often (defensive importance sampling; Owen and Zhou 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.risk.special import sobol_normals

Floats = npt.NDArray[np.float64]

#: How much wider than the factor the first coordinate is drawn. Ours.
WIDER = 1.5


@dataclass(frozen=True)
class Points:
    """`z` (points × factors), `own` (points × further uniform-as-normal coordinates), `weight` (adds up to 1 within
    each of the independent `sets`)."""

    z: Floats
    own: Floats
    weight: Floats
    sets: int

    def each(self) -> list[slice]:
        """The points of every independent scrambling."""
        size = len(self.z) // self.sets
        return [slice(k * size, (k + 1) * size) for k in range(self.sets)]


def points(
    n: int, sets: int, dimensions: int, own: int, seed: int, towards: Sequence[Floats] = (), *, wider: float = WIDER
) -> Points:
    """`sets` independent scramblings of `n` points each (rounded up to a power of 2)."""
    size = 1 << max(0, int(np.ceil(np.log2(max(n, 1)))))
    seeds = np.random.SeedSequence(seed).generate_state(sets, np.uint64)
    if dimensions + own == 0:
        return Points(np.zeros((sets, 0)), np.zeros((sets, 0)), np.ones(sets), sets)
    drawn = np.concatenate([sobol_normals(size, dimensions + own, int(one)) for one in seeds])
    z, rest = np.asfortranarray(drawn[:, :dimensions]), np.asfortranarray(drawn[:, dimensions:])
    weight = np.full(len(z), 1.0)
    mirrors = _mirrors([np.asarray(one) for one in towards if dimensions])
    if mirrors and wider != 1.0:
        first = z[:, 0] * wider
        weight = np.exp(-(first**2) * (1 - 1 / wider**2) / 2)
        z[:, 0] = first
    for mirror in reversed(mirrors):
        z -= 2 * np.outer(z @ mirror, mirror)
    totals = weight.reshape(sets, size).sum(axis=1)
    return Points(z, rest, weight / np.repeat(totals, size), sets)


def _mirrors(towards: list[Floats]) -> list[Floats]:
    """Reflections that take the first axes to these directions, one after the other; directions of no length or that
    lie within the earlier ones are left out."""
    mirrors: list[Floats] = []
    for direction in towards:
        here, axis = direction.astype(np.float64), len(mirrors)
        for mirror in mirrors:
            here = here - 2 * (here @ mirror) * mirror
        here[:axis] = 0.0
        length = float(np.linalg.norm(here))
        if axis >= len(here) or length <= 1e-9 * max(float(np.linalg.norm(direction)), 1e-300):
            continue
        mirror = here / length
        mirror[axis] -= 1.0
        size = float(np.linalg.norm(mirror))
        mirrors.append(mirror / size if size > 1e-12 else np.zeros_like(mirror))
    return mirrors
