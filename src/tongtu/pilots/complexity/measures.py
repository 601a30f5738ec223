"""The measures of economic complexity on matrices, places in rows and products in columns.

`advantage`  revealed comparative advantage (Balassa 1965): a place's share of a product over the product's share
             of everything.
`posterior`  for counts in few columns, where a ratio is noise: how likely it is that a place truly has more of a
             product than its size gives. Counts are Poisson with mean E·θ, E what the margins give, θ gamma with
             mean 1 and a spread found from the table (moments, after Clayton and Kaldor 1987). Shrinking the ratio
             alone would change nothing: (n + a) / (E + a) is at least one exactly where n / E is.
`proximity`  the least of the two chances of having one product given the other (Hidalgo et al. 2007).
`density`    the share of what is near to a product that a place has (the same).
`eigen`      ECI and PCI (Hidalgo and Hausmann 2009; Mealy, Farmer and Teytelboym 2019): the second singular pair
             of D^-1/2 M U^-1/2, one symmetric problem on the smaller side instead of two general ones. Both are
             standardised by their own mean and deviation with `ddof` 1, as the R package economiccomplexity prints
             them. Sign: ECI rises with diversity; where diversity decides nothing, the first place by id is positive.
`fitness`    Tacchella et al. (2012), extremality 1, both sides from the last round, each divided by its mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.pilots.complexity.table import Floats
from tongtu.terms.why import Why

_SAME = 1e-9  # eigenvalues closer than this are one
DDOF = 1


def advantage(values: Floats, weights: Floats | None = None) -> Floats:
    """Revealed comparative advantage; NaN where the place or the product has nothing.

    With `weights` the world that places are compared with holds each of them so many times.
    """
    world = values if weights is None else values * weights[:, None]
    place, product = values.sum(axis=1, keepdims=True), world.sum(axis=0, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (values / place) / (product / world.sum())
    return np.where((place > 0) & (product > 0), found, np.nan)


def has(ratio: Floats, threshold: float = 1.0) -> Floats:
    """1 where an advantage reaches the threshold, else 0."""
    return (np.nan_to_num(ratio) >= threshold).astype(np.float64)


def spread(counts: Floats) -> float:
    """The variance of θ over cells, by moments; 0 where the table does not vary more than chance does."""
    expected = _expected(counts)
    kept = expected > 0
    places, products = (counts.sum(axis=1) > 0).sum(), (counts.sum(axis=0) > 0).sum()
    chance = max(int(places) - 1, 0) * max(int(products) - 1, 0)
    chi_square = float(((counts[kept] - expected[kept]) ** 2 / expected[kept]).sum())
    return max(0.0, (chi_square - chance) / float(expected.sum())) if chance else 0.0


def posterior(counts: Floats) -> Floats | None:
    """How likely θ > 1 is in each cell; NaN for empty rows and columns, None where `spread` is 0."""
    from scipy.special import gammaincc  # type: ignore[import-untyped]

    variance = spread(counts)
    if variance <= 0.0:
        return None
    expected, shape = _expected(counts), 1.0 / variance
    found = gammaincc(counts + shape, expected + shape)
    return np.where(expected > 0, found, np.nan)


def _expected(counts: Floats) -> Floats:
    total = counts.sum()
    expected: Floats = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / (total if total > 0 else 1.0)
    return expected


def proximity(held: Floats, weights: Floats | None = None) -> Floats:
    """Products × products, 0..1; `held` is 0/1 or a chance, `weights` says how often each place counts.

    A product that nobody has is near to nothing, itself included.
    """
    weighed = held if weights is None else held * weights[:, None]
    ubiquity = np.maximum(weighed.sum(axis=0), np.finfo(float).tiny)
    near: Floats = weighed.T @ held
    near /= np.maximum.outer(ubiquity, ubiquity)
    return near


def density(held: Floats, near: Floats, itself: bool = True) -> Floats:
    """Places × products, 0..1; NaN where a product is near to nothing.

    With `itself` a product counts among what is near to it (proximity 1), as published; without, only others do.
    """
    others = near if itself else near - np.diag(np.diag(near))
    total = others.sum(axis=0)
    found: Floats = held @ others
    found /= np.where(total > 0, total, np.nan)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Eigen:
    """`places` and `products` by row and column of the matrix, NaN for those without any advantage, or all NaN with
    the reason `why`; `value`: the second eigenvalue, 0..1."""

    places: Floats
    products: Floats
    value: float
    why: Why | None = None


def eigen(held: Floats, weights: Floats | None = None, ddof: int = DDOF) -> Eigen:
    """ECI and PCI. With `weights` (how often each place counts) products are found from the weighed places, and every
    place is then the mean of its products, those of weight 0 too."""
    blank = np.full(held.shape[0], np.nan), np.full(held.shape[1], np.nan)
    counted = held if weights is None else held[weights > 0]
    weight = np.ones(len(counted)) if weights is None else weights[weights > 0]
    columns = counted.sum(axis=0) > 0
    rows = counted.sum(axis=1) > 0
    every_one = bool(rows.all() and columns.all())
    core, weight = counted if every_one else counted[np.ix_(rows, columns)], weight[rows]
    pair = _second(core, weight)
    if isinstance(pair, Why):
        return Eigen(*blank, 0.0, pair)
    value, product = pair
    has = held if every_one else held[:, columns]
    diversity = has.sum(axis=1)
    place = np.divide(has @ product, diversity, out=blank[0], where=diversity > 0)
    told = np.isfinite(place)
    sign = _sign(diversity[told], place[told])
    every = blank[1]
    every[columns] = product
    standard = [_standard(sign * one, ddof) for one in (place, every)]
    if standard[0] is None or standard[1] is None:
        return Eigen(np.full_like(place, np.nan), np.full_like(every, np.nan), value, Why("pilots_complexity.flat"))
    return Eigen(standard[0], standard[1], value)


def _second(core: Floats, weight: Floats) -> tuple[float, Floats] | Why:
    """The second eigenvalue and its product vector, of a matrix without empty rows and columns."""
    from scipy.linalg import eigh  # type: ignore[import-untyped]

    if min(core.shape) < 2:
        return Why("pilots_complexity.too-few")
    diversity = core.sum(axis=1)
    ubiquity = (core * weight[:, None]).sum(axis=0)
    scaled = core * np.sqrt(weight / diversity)[:, None] / np.sqrt(ubiquity)
    wide = scaled.shape[0] <= scaled.shape[1]
    square = scaled @ scaled.T if wide else scaled.T @ scaled
    size = len(square)
    values, vectors = eigh(square, subset_by_index=[max(0, size - 3), size - 1])
    if values[-2] > 1.0 - _SAME:  # as often as there are parts
        return Why("pilots_complexity.disconnected", {"n": _parts(core)})
    if values[-2] < _SAME:
        return Why("pilots_complexity.flat")
    if size > 2 and values[-2] - values[-3] < _SAME:
        return Why("pilots_complexity.ambiguous")
    vector = scaled.T @ vectors[:, -2] if wide else vectors[:, -2]
    product: Floats = vector / np.sqrt(ubiquity)
    return float(values[-2]), product


def _parts(core: Floats) -> int:
    """Into how many parts places and products fall that share nothing."""
    from scipy.sparse import bmat, csr_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    links = csr_array(core > 0)
    n, _ = connected_components(bmat([[None, links], [links.T, None]]), directed=False)
    return int(n)


def _sign(diversity: Floats, place: Floats) -> float:
    leaning = float(((diversity - diversity.mean()) * (place - place.mean())).sum())
    scale = float(np.abs(diversity - diversity.mean()).sum() * np.abs(place - place.mean()).max(initial=0.0))
    if abs(leaning) > _SAME * scale:
        return 1.0 if leaning > 0 else -1.0
    return 1.0 if place[0] >= place.mean() else -1.0


def _standard(values: Floats, ddof: int) -> Floats | None:
    told = values[np.isfinite(values)]
    if len(told) <= ddof:
        return None
    deviation = told.std(ddof=ddof)
    return (values - told.mean()) / deviation if deviation > _SAME * np.abs(told).max() else None


@dataclass(frozen=True, slots=True, eq=False)
class Fitness:
    """`places` (fitness) and `products` (complexity), each with mean 1 over those that have anything, NaN else;
    `change` is the largest change of the last round."""

    places: Floats
    products: Floats
    iterations: int
    change: float
    converged: bool


def fitness(held: Floats, iterations: int = 1000, tolerance: float = 1e-9) -> Fitness:
    """Rounds until no value changes by more than `tolerance` (of a mean of 1), at most `iterations`; all NaN for none.

    Where the matrix leaves a triangle empty some values sink towards zero for ever (Pugliese, Zaccaria and Pietronero
    2016); they are given as they stand and `converged` says so.
    """
    from scipy.sparse import csr_array

    every = np.full(held.shape[0], np.nan), np.full(held.shape[1], np.nan)
    if not iterations:
        return Fitness(*every, 0, np.inf, False)
    rows, columns = held.sum(axis=1) > 0, held.sum(axis=0) > 0
    core = csr_array(held[np.ix_(rows, columns)])
    of_product = csr_array(core.T)
    place, product = np.ones(core.shape[0]), np.ones(core.shape[1])
    done, change = 0, np.inf
    while done < iterations and change > tolerance and core.nnz:
        with np.errstate(divide="ignore", over="ignore"):
            next_place = core @ product
            next_product = 1.0 / (of_product @ (1.0 / np.maximum(place, np.finfo(float).tiny)))
        next_place, next_product = next_place / next_place.mean(), next_product / next_product.mean()
        change = float(max(np.abs(next_place - place).max(), np.abs(next_product - product).max()))
        place, product, done = next_place, next_product, done + 1
    if done:
        every[0][rows], every[1][columns] = place, product
    return Fitness(*every, done, change, change <= tolerance)
