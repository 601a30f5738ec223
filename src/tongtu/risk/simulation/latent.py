"""Thresholds and loads of the copula, set so that what the odds say stays true.

A case passes a stage where threshold + factors > rest. The odds of a stage are those *of the cases that enter it*.
With a factor common to all stages, those who enter are already a favourable selection, so a threshold Φ⁻¹(p) would
let too many through; each is lowered until, on average over the factors, exactly p of those who enter pass. Any two
models of dependence then agree on every case's odds and differ only in what happens together.

Doubt about the odds is dependence too: cases of one direction and stage rest on the same belief, and where it is
wrong it is wrong for all of them. The Beta belief is taken as a normal shift of the threshold, with the variance that
gives two cases of the cell the same chance of passing both, E[p²] (mean and variance are the Beta's exactly).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.book import Book
from tongtu.risk.simulation.factors import Factors
from tongtu.risk.simulation.normal import cdf, density, quantile
from tongtu.risk.special import bivariate_normal

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NODES = 64  # of the Gauss-Hermite rule over the common factor
_STRONG, _FINE = 0.6, 401  # above this share the integrand is too steep for it: a fine trapezium rule
_STEPS = 12  # of Newton's method at most
_BISECTIONS = 50


def cells(book: Book) -> Ints:
    """The cell (direction and stage) of every row by stage; rows of one cell rest on one belief."""
    pairs = (book.sector[book.case] + 1) * len(book.stages) + book.stage
    return np.asarray(np.unique(pairs, return_inverse=True)[1], np.int64)


def kinds(table: npt.NDArray[Any]) -> Ints:
    """Equal rows get the same number, from 0. Column by column: sorting whole rows is many times slower."""
    found = np.zeros(len(table), np.int64)
    for column in table.T:
        values, code = np.unique(column, return_inverse=True)
        found = np.unique(found * len(values) + code.ravel(), return_inverse=True)[1].ravel().astype(np.int64)
    return found


def doubts(book: Book) -> Floats:
    """Standard deviation of the shift of each row's threshold. Where beliefs within a cell differ in width the cell
    takes their mean variance; 0 where the odds are taken as known."""
    known = np.isnan(book.a)
    variance = np.zeros_like(book.p)
    if not known.all():
        beliefs = np.c_[book.a[~known], book.b[~known]]
        kind = kinds(beliefs)
        alike = beliefs[np.unique(kind, return_index=True)[1]]
        variance[~known] = _shift(alike[:, 0], alike[:, 1])[kind]
    cell = cells(book)
    mean = np.bincount(cell, variance) / np.maximum(np.bincount(cell), 1) if len(cell) else np.zeros(0)
    return np.asarray(np.sqrt(mean[cell]))


def _shift(a: Floats, b: Floats) -> Floats:
    """Variance s² of a normal shift such that two cases sharing it pass both with chance E[p²] of Beta(a, b)."""
    p = a / (a + b)
    wanted = p * (1 - p) / (a + b + 1)
    h = quantile(p)
    low, high = np.zeros_like(p), np.ones_like(p)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = bivariate_normal(h, h, middle) - p * p < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    together = (low + high) / 2
    return np.asarray(together / np.maximum(1 - together, 1e-12))


def thresholds(book: Book, factors: Factors, doubt: Floats) -> Floats:
    """The threshold of every row by stage. Kinds of case that are alike are solved once."""
    alone = quantile(book.p) * np.sqrt(1 + doubt**2)
    common = factors.common(book)
    if factors.by_stage or not common.any() or not len(book):
        return alone
    width = int(book.count.max())
    inside = np.arange(width) < book.count[:, None]
    table = np.full((len(book), 2 * width + 1), -1.0)
    table[:, :width][inside], table[:, width:-1][inside], table[:, -1] = book.p, doubt, common
    kind = kinds(table)
    first = np.unique(kind, return_index=True)[1]
    solved = _solved(table[first, :width], table[first, width:-1], table[first, -1])
    return np.asarray(solved[kind][inside])


def _solved(p: Floats, doubt: Floats, common: Floats) -> Floats:
    """Thresholds of kinds × stages, stage after stage: Newton's method on the probit scale, where it is all but
    straight. p = -1 stands where a kind has no further stage."""
    nodes, weights = _rule(float(common.max()))
    x = np.sqrt(common)[:, None] * nodes
    alive = np.tile(weights, (len(p), 1))
    found = np.zeros_like(p)
    for k in range(p.shape[1]):
        here = p[:, k] > 0
        target = quantile(np.where(here, p[:, k], 0.5))
        spread = np.sqrt(1 - common + np.where(here, doubt[:, k], 0.0) ** 2)[:, None]
        share = alive / alive.sum(axis=1, keepdims=True)
        h = target * np.sqrt(spread[:, 0] ** 2 + common)
        for _ in range(_STEPS):
            at = (h[:, None] + x) / spread
            reached = np.clip((share * cdf(at)).sum(axis=1), 1e-300, 1 - 1e-16)
            probit = quantile(reached)
            slope = (share * density(at) / spread).sum(axis=1) / np.maximum(density(probit), 1e-300)
            step = (target - probit) / np.maximum(slope, 1e-6)
            h = h + step
            if np.abs(step).max() < 1e-12:
                break
        found[:, k] = h
        alive = np.where(here[:, None], alive * cdf((h[:, None] + x) / spread), alive)
    return found


def _rule(common: float) -> tuple[Floats, Floats]:
    """Nodes and weights (adding up to 1) for a mean over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    if common > _STRONG:
        nodes = np.linspace(-9.0, 9.0, _FINE)
        weights = density(nodes)
    return np.asarray(nodes), np.asarray(weights / weights.sum())
