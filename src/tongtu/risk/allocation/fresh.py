"""What the choice is worth on scenarios it was not made on: the optimiser's curse, shown.

Who picks the best of noisy estimates picks, on average, those that flatter (Smith and Winkler 2006). Two remedies:
the same choice on fresh scenarios, which undoes the noise of the scenarios, above all in the tail; and each chance
drawn towards the mean of its comparables by the share of its doubt in their spread, which undoes the noise of the
beliefs themselves. Beliefs that were pooled well need the second no more; it is the cautious reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.risk.allocation.plans import Floats, Ints
from tongtu.risk.book import Book
from tongtu.risk.simulation import Scenarios
from tongtu.solve.tail import Losses, worst

SCHEMA = {
    "measure": pl.String(), "inside": pl.Float64(), "fresh": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "difference": pl.Float64(),
}  # fmt: skip
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of the book that are funded, and what one success of each is worth (weight, after waiting)."""

    row: Ints
    weight: Floats


def fresh(book: Book, chosen: Chosen, inside: Scenarios, other: Scenarios | None, level: float) -> pl.DataFrame:
    """`measure` outcome, loss, tail: as chosen on and on fresh scenarios, with 95 % intervals; outcome again with
    chances `shrunk`, which needs no scenarios."""
    if other is None:
        return pl.DataFrame(schema=SCHEMA)
    rows: list[tuple[object, ...]] = []
    outcomes = [_outcomes(chosen, of) for of in (inside, other)]
    losses = [Losses(of.loss).along(chosen.row, np.ones(len(chosen.row))) for of in (inside, other)]
    for measure, (here, there) in (("outcome", outcomes), ("loss", losses)):
        error = _Z * float(np.std(there)) / np.sqrt(len(there))
        rows.append(_row(measure, float(here.mean()), float(there.mean()), error))
    tails = [_tail(loss, level) for loss in losses]
    rows.append(_row("tail", tails[0][0], tails[1][0], _Z * tails[1][1]))
    planned = float(chosen.weight @ book.success[chosen.row])
    drawn = float(chosen.weight @ shrunk(book)[chosen.row])
    rows.append(("shrunk", planned, drawn, None, None, drawn - planned))
    return pl.DataFrame(rows, SCHEMA, orient="row")


def _row(measure: str, inside: float, fresh: float, error: float) -> tuple[object, ...]:
    return measure, inside, fresh, fresh - error, fresh + error, fresh - inside


def _outcomes(chosen: Chosen, of: Scenarios) -> Floats:
    total = np.zeros(len(of))
    for first in range(0, len(chosen.row), 512):
        some = slice(first, first + 512)
        total += chosen.weight[some] @ of.outcome[chosen.row[some]]
    return total


def _tail(loss: Floats, level: float) -> tuple[float, float]:
    """CVaR and its standard error: that of a mean over the tail, whose edge is itself estimated (Trindade et al.
    2007). Points of a Sobol' net err less, so it is on the safe side."""
    weight = worst(loss, level)
    tail = float(weight @ loss)
    edge = float(loss[weight > 0].min(initial=np.inf))
    excess = np.maximum(loss - edge, 0.0) if np.isfinite(edge) else loss
    return tail, float(np.std(excess)) / ((1 - level) * np.sqrt(len(loss)))


def shrunk(book: Book) -> Floats:
    """Per case, its chance drawn towards the mean of cases with as many stages ahead (method of moments)."""
    chance = book.success
    if not len(chance):
        return chance
    total = book.a + book.b
    doubt = np.where(np.isnan(total), 0.0, book.p * (1 - book.p) / (np.nan_to_num(total) + 1))
    square = np.multiply.reduceat(book.p**2 + doubt, book.start[:-1])
    variance = square - chance**2
    found = np.empty(len(chance))
    for count in np.unique(book.count):
        alike = np.flatnonzero(book.count == count)
        spread = max(0.0, float(np.var(chance[alike]) - variance[alike].mean()))
        whole = spread + variance[alike]
        own = np.where(whole > 0, spread / np.where(whole > 0, whole, 1.0), 1.0)
        found[alike] = chance[alike].mean() + own * (chance[alike] - chance[alike].mean())
    return found
