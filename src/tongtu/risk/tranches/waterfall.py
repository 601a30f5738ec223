"""Losses of many worlds run through the layers; to the last unit, what a case loses is borne by somebody."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.tranches.structure import Layer, Structure

Floats = npt.NDArray[np.float64]


def borne(structure: Structure, loss: npt.NDArray[Any]) -> Floats:
    """What each layer bears in each world (layers + 1 × worlds); the last row is `beyond`, what no layer takes.

    `loss` is cases × worlds. The column sums equal the worlds' losses.
    """
    found = np.zeros((len(structure.layers) + 1, loss.shape[1]))
    each = [k for k, layer in enumerate(structure.layers) if layer.each]
    rest = np.array(loss, np.float64) if each else loss
    for k in each:
        found[k] = _of_cases(structure.layers[k], rest)
    left = rest.sum(axis=0, dtype=np.float64)
    for k, layer in enumerate(structure.layers):
        if not layer.each:
            found[k] = np.minimum(left * layer.share, layer.amount)
            left = left - found[k]
    found[-1] = left
    return found


def _of_cases(layer: Layer, rest: Floats) -> Floats:
    """What a cover pays for single cases, taken out of `rest`. Where all together exceed its limit they are paid in
    proportion."""
    mine = rest[layer.cases]
    paid = np.minimum(np.maximum(mine - layer.deductible, 0.0) * layer.share, layer.cap)
    total = paid.sum(axis=0)
    if np.isfinite(layer.amount):
        paid *= np.minimum(1.0, np.divide(layer.amount, total, out=np.ones_like(total), where=total > 0))
        total = paid.sum(axis=0)
    rest[layer.cases] = mine - paid
    return np.asarray(total)
