"""Texts as unit vectors of weighted terms: Chinese characters and pairs, English stems and pairs of neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.text import canonical, terms

Floats = NDArray[np.float64]


def cut(text: str) -> list[str]:
    """The terms of a text, each as often as it stands there."""
    found = terms(canonical(text))
    pairs = [f"{one} {other}" for one, other in zip(found.latin, found.latin[1:], strict=False)]
    return [*found.han, *found.latin, *pairs]


@dataclass(frozen=True, eq=False)
class Bag:
    """Terms of the examples, in order, with their rarity ln((1 + N) / (1 + n)) + 1."""

    columns: dict[str, int]
    rarity: Floats

    def rows(self, texts: Sequence[str]) -> Any:
        """A sparse unit row for each text, (1 + ln frequency) × rarity; empty where no term is known."""
        from scipy.sparse import csr_array  # type: ignore[import-untyped]

        starts, columns, weights = [0], [], []
        for text in texts:
            counts = Counter(column for term in cut(text) if (column := self.columns.get(term)) is not None)
            at = sorted(counts)
            row = (1 + np.log([counts[column] for column in at])) * self.rarity[at] if at else np.empty(0)
            columns += at
            weights += list(row / (np.linalg.norm(row) or 1.0))
            starts.append(len(columns))
        return csr_array((weights, columns, starts), shape=(len(texts), len(self.columns)))


def bag(texts: Sequence[str]) -> Bag:
    """The bag of some examples; a term of a single example ties it to no other and is left out."""
    spread = Counter(term for text in texts for term in set(cut(text)))
    kept = sorted(term for term, n in spread.items() if n > 1)
    rarity = np.log((1 + len(texts)) / (1 + np.array([spread[term] for term in kept], dtype=float))) + 1
    return Bag({term: column for column, term in enumerate(kept)}, rarity)
