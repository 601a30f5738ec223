"""How far two vocabularies lie apart: the Jensen–Shannon divergence, corrected for small samples.

    jsd(P, Q) = H((P + Q) / 2) - (H(P) + H(Q)) / 2        in bits, so 0 (the same) to 1 (nothing shared)

P and Q count in how many listings of a side each term stands. The plain figure is too high in small samples: two
halves of one pile already differ. So the same sizes are drawn from the pile of both sides, some twenty times, and

    corrected = (jsd - chance) / (1 - chance)             shown within 0..1

with the mean of those draws as chance, as agreement between clusterings is corrected (Hubert and Arabie, 1985). The
interval is the delete-a-group jackknife's over listings (a bootstrap would repeat listings and so narrow the
vocabularies it compares). Source of the divergence: Lin, IEEE Trans. Inf. Theory 37 (1991).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST = 10  # listings of each side below which nothing is said (ours)
_DRAWS = 20
_GROUPS = 20
_MOST = 4000  # listings of a side that are looked at; more are sampled
_NORMAL = 1.96
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Divergence:
    """`value` and its interval are null where either side has too few listings; `raw` is before correction."""

    value: float | None
    low: float | None
    high: float | None
    raw: float | None
    n: tuple[int, int]


def jsd(p: Sequence[float] | Floats, q: Sequence[float] | Floats) -> float:
    """Jensen–Shannon divergence of two sets of weights (each is brought to sum 1), in bits; NaN where one is empty."""
    one, other = np.asarray(p, float), np.asarray(q, float)
    if not one.sum() or not other.sum():
        return float("nan")
    one, other = one / one.sum(), other / other.sum()
    return float(np.clip(_entropy((one + other) / 2) - (_entropy(one) + _entropy(other)) / 2, 0.0, 1.0))


def compare(asked: Sequence[Collection[str]], offered: Sequence[Collection[str]], seed: int = 0) -> Divergence:
    """Of two sides given as the terms of each listing; listings without any say nothing and do not count."""
    sides = [[terms for terms in side if terms] for side in (asked, offered)]
    n = (len(sides[0]), len(sides[1]))
    if min(n) < LEAST:
        return Divergence(None, None, None, None, n)
    draw = np.random.default_rng(seed)
    kept = [_sampled(side, draw) for side in sides]
    rows = _rows([*kept[0], *kept[1]])
    first = np.arange(rows.shape[0]) < len(kept[0])
    raw, chance = _between(rows, first), _chance(rows, first, draw)
    value = _corrected(raw, chance)
    spread = _NORMAL * _jackknife(rows, first, chance, draw)
    return Divergence(_bounded(value), _bounded(value - spread), _bounded(value + spread), _bounded(raw), n)


def _bounded(x: float) -> float:
    return round(min(max(x, 0.0), 1.0), _DIGITS)


def _entropy(p: Floats) -> float:
    filled = p[p > 0]
    return float(-(filled * np.log2(filled)).sum())


def _corrected(raw: float, chance: float) -> float:
    return (raw - chance) / (1 - chance) if chance < 1 else 0.0


def _sampled(side: list[Collection[str]], draw: np.random.Generator) -> list[Collection[str]]:
    if len(side) <= _MOST:
        return side
    return [side[k] for k in np.sort(draw.choice(len(side), _MOST, replace=False))]


def _rows(listings: Sequence[Collection[str]]) -> Any:
    """Which terms stand in which listing, as a sparse matrix of ones."""
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    columns = {term: k for k, term in enumerate(sorted({term for terms in listings for term in terms}))}
    where = [sorted({columns[term] for term in terms}) for terms in listings]
    ends = np.cumsum([0, *map(len, where)])
    indices = np.array([column for row in where for column in row], np.int64)
    return csr_array((np.ones(len(indices)), indices, ends), shape=(len(where), len(columns)))


def _between(rows: Any, first: Bools, kept: Bools | None = None) -> float:
    """The divergence between the rows marked and the rest, of those kept."""
    kept = np.ones(len(first), bool) if kept is None else kept
    return jsd((first & kept).astype(float) @ rows, (~first & kept).astype(float) @ rows)


def _chance(rows: Any, first: Bools, draw: np.random.Generator) -> float:
    return float(np.mean([_between(rows, draw.permutation(first)) for _ in range(_DRAWS)]))


def _jackknife(rows: Any, first: Bools, chance: float, draw: np.random.Generator) -> float:
    """Standard error, by leaving out one group of listings at a time; groups are dealt within each side."""
    group = np.empty(len(first), np.int64)
    for side in (first, ~first):
        group[side] = draw.permutation(np.arange(int(side.sum())) % _GROUPS)
    without = np.array([_corrected(_between(rows, first, group != g), chance) for g in range(_GROUPS)])
    return float(np.sqrt((_GROUPS - 1) / _GROUPS * ((without - without.mean()) ** 2).sum()))
