"""What each item loses in each scenario, and the tail of a sum of them.

The matrix is the large thing here (100,000 × 2,000 in float32 is 800 MB), so it is held as it came, in one block
or several, and never copied: sums read the rows or columns they need, some at a time, in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]

#: numbers read at once, in float64: as many as stay in a cache
_AT_ONCE = 1 << 17


class Losses:
    """Items × equally likely scenarios; a loss is positive, a gain negative.

    `blocks` is the matrix, or its rows in consecutive blocks. `row[i]` is the row of item i; -1: item i loses
    nothing in any scenario. By default item i has row i.
    """

    def __init__(self, blocks: Matrix | Sequence[Matrix], row: Ints | None = None) -> None:
        self._blocks: tuple[npt.NDArray[Any], ...] = (
            (blocks,) if isinstance(blocks, np.ndarray) else tuple(blocks)
        )  # fmt: skip
        self._first: Ints = np.cumsum([0, *(len(block) for block in self._blocks)], dtype=np.int64)
        self._row: Ints = np.arange(self._first[-1]) if row is None else np.asarray(row, np.int64)
        self.scenarios: int = self._blocks[0].shape[1]

    def __len__(self) -> int:
        return len(self._row)

    def of(self, item: int) -> Floats:
        """Per scenario, what this item loses."""
        return self.along(np.array([item]), np.ones(1))

    def along(self, item: Ints, share: Floats) -> Floats:
        """Per scenario, the loss of these items in these shares."""
        row = self._row[item]
        share, row = share[row >= 0], row[row >= 0]
        order = np.argsort(row, kind="stable")
        share, row = share[order], row[order]
        total = np.zeros(self.scenarios)
        some = max(1, _AT_ONCE // self.scenarios)
        for begin in range(0, len(row), some):
            part = slice(begin, begin + some)
            total += share[part] @ self._read(row[part], None)
        return total

    def weighed(self, weight: Floats) -> Floats:
        """Per item, the sum over scenarios of weight × loss."""
        columns = np.flatnonzero(weight)
        some = max(1, _AT_ONCE // max(1, len(columns)))
        rows = int(self._first[-1])
        by_row = np.zeros(rows + 1)  # the last is what -1 points to
        for begin in range(0, rows, some):
            part = np.arange(begin, min(begin + some, rows))
            by_row[part] = self._read(part, columns) @ weight[columns]
        return by_row[self._row]

    def _read(self, row: Ints, columns: Ints | None) -> Floats:
        """These rows, ascending, in these columns; how the matrix is cut into blocks leaves no trace in any sum."""
        found = np.empty((len(row), self.scenarios if columns is None else len(columns)))
        for k, block in enumerate(self._blocks):
            begin, end = np.searchsorted(row, self._first[k : k + 2])
            if end > begin:
                inside = row[begin:end] - self._first[k]
                whole = len(inside) == inside[-1] - inside[0] + 1
                read = block[inside[0] : inside[-1] + 1] if whole else block[inside]
                found[begin:end] = read if columns is None else np.take(read, columns, axis=1)
        return found


def worst(loss: Floats, level: float) -> Floats:
    """The weights under which the mean loss is the CVaR: 1/((1 - level) n) on the worst scenarios, the last of
    them in part (Rockafellar and Uryasev 2002). Of equal losses the earlier scenario counts first."""
    mass = max(1.0, (1.0 - level) * len(loss))
    whole = min(floor(mass + 1e-9), len(loss))
    order = np.argsort(-loss, kind="stable")
    weight = np.zeros(len(loss))
    weight[order[:whole]] = 1.0 / mass
    if whole < len(loss):
        weight[order[whole]] = max(0.0, (mass - whole) / mass)
    return weight


def cvar(loss: Floats, level: float) -> float:
    """The mean of the worst (1 - level) of equally likely losses; with fewer than 1 / (1 - level), the worst."""
    return float(worst(loss, level) @ loss)
