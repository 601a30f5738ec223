"""The tree form: boosted small trees for signals that matter only together, grown only from many judged questions.

scikit-learn grows them (HistGradientBoostingClassifier, after LightGBM, Ke et al. 2017); they are kept as plain arrays
and applied here. Contributions follow a pair's path (Saabas 2014): each split moves the expected value, and the move
belongs to the signal split on. That adds up exactly and is cheap; Shapley values over all orders of splits (Lundberg
et al. 2020) would spread an interaction more evenly.

Departs from scikit-learn where a signal is unknown. Its own rule, one learnt way, would let a missing entry help or
harm. Here the trees grow on pairs whose gaps are filled by draws from what is known of the signal, so that they cannot
see who left a field empty; and a pair with a gap then goes both ways, in the shares in which the others went.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tongtu.match.learning.judged import Bools, Examples, Floats, Ints

_ROUNDS, _RATE, _LEAVES, _DEPTH, _SMALLEST = 80, 0.1, 8, 3, 20
_DIGITS = 9
_CERTAIN = 6.0  # log-odds where all judged pairs agree


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes in preorder: `signal` split on (−1 = leaf), `limit` (at most this goes left), `left`, `right`,

    `share` of the judged pairs that went left, `value` (expected, in log-odds).
    """

    signal: tuple[int, ...]
    limit: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    share: tuple[float, ...]
    value: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trees:
    """`intercept + Σ trees`; an unknown signal leaves a pair at the mean of both ways and so adds nothing."""

    kind: ClassVar[str] = "trees"
    intercept: float
    signals: tuple[str, ...]
    trees: tuple[Tree, ...]

    @property
    def base(self) -> float:
        """The sum where every signal is unknown."""
        return self.intercept + sum(tree.value[0] for tree in self.trees)

    @property
    def reach(self) -> tuple[float, float]:
        """Bounds of the sum: every tree at its least and at its greatest leaf."""
        leaves = [[v for v, s in zip(t.value, t.signal, strict=True) if s < 0] for t in self.trees]
        return self.intercept + sum(map(min, leaves)), self.intercept + sum(map(max, leaves))

    def parts(self, x: Floats, told: Bools | None = None) -> Floats:
        """What each signal adds to `base`: rows × signals like `x`, 0 where `x` is NaN."""
        found = np.zeros_like(x, order="F")
        for tree in self.trees:
            _walk(tree, x, found)
        return found


def _walk(tree: Tree, x: Floats, found: Floats) -> None:
    """Adds a tree's moves to `found`. The weight of a pair at a node is the share of it that comes there."""
    weight = {0: np.ones(x.shape[0])}
    for node, signal in enumerate(tree.signal):
        here = weight.pop(node)
        if signal < 0:
            continue
        left, right, column = tree.left[node], tree.right[node], x[:, signal]
        known = ~np.isnan(column)
        goes = np.where(known, column <= tree.limit[node], tree.share[node])
        move = np.where(column <= tree.limit[node], tree.value[left], tree.value[right]) - tree.value[node]
        found[:, signal] += np.where(known, here * move, 0.0)
        weight[left], weight[right] = here * goes, here * (1.0 - goes)


def fit(examples: Examples, *, seed: int, free: Collection[str] = ()) -> Trees:
    """Trees grown from judged pairs; more of a signal never lowers the sum unless it is named in `free`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    if examples.y.min() == examples.y.max():
        return Trees(_CERTAIN * (2 * float(examples.y[0]) - 1), examples.signals, ())
    grown = HistGradientBoostingClassifier(
        max_iter=_ROUNDS, learning_rate=_RATE, max_leaf_nodes=_LEAVES, max_depth=_DEPTH, min_samples_leaf=_SMALLEST,
        l2_regularization=1.0, early_stopping=False, random_state=seed,
        monotonic_cst=[0 if s in free else 1 for s in examples.signals],
    ).fit(_filled(examples.x, seed), examples.y, sample_weight=examples.weight)  # fmt: skip
    trees = tuple(_tree(rounds[0].nodes) for rounds in grown._predictors)
    return Trees(round(float(grown._baseline_prediction.ravel()[0]), _DIGITS), examples.signals, trees)


def _filled(x: Floats, seed: int) -> Floats:
    """Gaps filled by draws from the known values of their column; a column without any is level."""
    draw, found = np.random.default_rng(seed), np.array(x, order="C")
    for column in found.T:
        gaps = np.isnan(column)
        column[gaps] = draw.choice(column[~gaps], gaps.sum()) if not gaps.all() else 0.0
    return found


def _tree(nodes: Any) -> Tree:
    """scikit-learn's nodes as plain columns; a node's value is the mean of the leaves below it, by judged pairs."""
    leaf, left, right = nodes["is_leaf"].astype(bool), nodes["left"].astype(int), nodes["right"].astype(int)
    count = nodes["count"].astype(float)
    share = np.where(leaf, 1.0, count[left] / count).round(_DIGITS)
    value = nodes["value"].astype(float).round(_DIGITS)
    for node in np.flatnonzero(~leaf)[::-1]:  # children stand behind their parent
        value[node] = share[node] * value[left[node]] + (1 - share[node]) * value[right[node]]
    return Tree(
        _ints(np.where(leaf, -1, nodes["feature_idx"])), _floats(np.where(leaf, 0.0, nodes["num_threshold"])),
        _ints(np.where(leaf, 0, left)), _ints(np.where(leaf, 0, right)), _floats(share), _floats(value),
    )  # fmt: skip


def _ints(values: Ints) -> tuple[int, ...]:
    return tuple(int(v) for v in values)


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
