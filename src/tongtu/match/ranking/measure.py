"""How good a ranking is by people's judgments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2


def ndcg(ranked: Sequence[str], judged: Mapping[str, float], depth: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) with the judgment itself as gain.

    `judged`: document → relevance, 0 and absent alike. 0 where nothing is relevant.
    """
    gained = sum(judged.get(one, 0.0) / log2(n + 2) for n, one in enumerate(ranked[:depth]))
    best = sum(gain / log2(n + 2) for n, gain in enumerate(sorted(judged.values(), reverse=True)[:depth]))
    return gained / best if best > 0 else 0.0


def recall(ranked: Sequence[str], judged: Mapping[str, float], depth: int = 100) -> float:
    """The share of relevant documents among the first `depth`; 0 where none is relevant."""
    relevant = {one for one, gain in judged.items() if gain > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0
