"""Branch and cut: the choice proven, or its bound lowered, by deciding fractional options one at a time.

Each node is the relaxation with some options forbidden and some items settled. Cuts on the tail found at one node hold
at all. The node with the highest bound goes first (ties: the earlier), every node is rounded, and the number of
nodes is limited, never the time. Bounds are those of weak duality again, over what the node allows.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tongtu.solve.progress import check
from tongtu.solve.tail.losses import Floats, worst
from tongtu.solve.tail.master import Master, Node, Relaxed
from tongtu.solve.tail.picked import Picked, taken
from tongtu.solve.tail.problem import PROVEN
from tongtu.solve.tail.relax import Running
from tongtu.terms.why import Why

#: Cuts at one node while its answer is fractional.
_CUTS = 1
#: Cuts at one node while its answer is whole but its tail is not yet right; what is left is branched on.
_WHOLE_CUTS = 20
_WHOLE = 1e-6


@dataclass(slots=True)
class Branched:
    """The best choice found, if any keeps all limits, and a value that none exceeds (for the least tail: minus a tail
    that none undercuts)."""

    found: Picked | None
    bound: float


class Branch:
    """`cap` and mode are the master's. `mend` makes a choice that keeps the limits of a relaxation, if it can. A choice
    within `gap` of the bound, relatively, ends the search."""

    def __init__(
        self, master: Master, running: Running, mend: Callable[[Relaxed], Picked], *, nodes: int, gap: float
    ) -> None:  # fmt: skip
        self.master, self.running, self.mend, self.nodes, self.gap = master, running, mend, nodes, gap
        self.case, self.progress = master.case, check(master.progress)
        master.enter(master.outside())

    def search(self, found: Picked | None) -> Branched:
        """From a choice that keeps all limits, or from none."""
        self.best = found
        heap: list[tuple[float, int, Node]] = [(-np.inf, 0, Node())]
        made = closed = 0
        done = -np.inf  # the highest bound of a node given up as good enough
        while heap and closed < self.nodes:
            self.progress(closed, self.nodes, Why("solve_tail.branching", {"nodes": closed}))
            above, _, node = heapq.heappop(heap)
            if self._enough(-above):
                done = max(done, -above)
                break
            closed += 1
            self.master.settle(node)
            answer = self._relaxed(node)
            bound = min(-above, answer.bound) if answer is not None else -np.inf
            if answer is None or self._settled(answer) or self._enough(bound):
                done = max(done, bound)
                continue
            for child in self._children(answer, node):
                made += 1
                heapq.heappush(heap, (-bound, made, child))
        self.master.settle(Node())
        bound = max([done, *(-entry[0] for entry in heap)])
        return Branched(self.best, max(bound, self._score(self.best)) if self.best is not None else bound)

    def _relaxed(self, node: Node) -> Relaxed | None:
        """The relaxation at the node, its tail cut until it is right where whole, once where not; mended."""
        cuts = 0
        while True:
            answer = self.master.solve()
            if answer is None:
                return None
            answer = self.master.within(answer, node)
            if self.case.losses is None:
                break
            loss = self.running.loss(answer.share)
            weight = worst(loss, self.case.level)
            fractional = ((answer.share > _WHOLE) & (answer.share < 1 - _WHOLE)).any()
            if self.master.holds(answer, float(weight @ loss)) or cuts >= (_CUTS if fractional else _WHOLE_CUTS):
                break
            self.master.cut(self.running.gradient(weight))
            cuts += 1
        return answer

    def _settled(self, answer: Relaxed) -> bool:
        """Whether the relaxation is itself a choice that keeps all limits: nothing below it is better."""
        own = taken(self.case, answer)
        self._offer(own)
        self._offer(self.mend(answer))
        whole = float(np.minimum(answer.share, 1 - answer.share).max(initial=0.0)) <= _WHOLE
        return whole and own.keeps(np.inf if self.master.least else self.master.cap)

    def _offer(self, picked: Picked) -> None:
        cap = np.inf if self.master.least else self.master.cap
        if picked.keeps(cap) and (self.best is None or self._score(picked) > self._score(self.best)):
            self.best = picked

    def _score(self, picked: Picked) -> float:
        return -picked.tail if self.master.least else picked.value

    def _enough(self, bound: float) -> bool:
        if self.best is None:
            return False
        score = self._score(self.best)
        return bound - score <= max(self.gap, PROVEN) * max(1.0, abs(score))

    def _children(self, answer: Relaxed, node: Node) -> tuple[Node, ...]:
        """With and without the item that is least clear; where all are, without and with one of its options. A whole
        answer that keeps to the limits by the solver's tolerance only is decided item by item."""
        of_items = np.asarray(np.bincount(self.case.item, answer.share, self.case.n), np.float64)
        item = _least_clear(of_items)
        if item is None:
            option = _least_clear(answer.share)
            if option is not None:
                rest = range(*self.case.start[self.case.item[option] :][:2])
                others = tuple(o for o in rest if o != option)
                return replace(node, shut=(*node.shut, *others)), replace(node, shut=(*node.shut, option))
            item = next((int(i) for i in np.flatnonzero(of_items > 0.5) if i not in node.needed), None)
        if item is None:
            return ()
        return replace(node, needed=(*node.needed, item)), replace(node, without=(*node.without, item))


def _least_clear(share: Floats) -> int | None:
    unclear = np.minimum(share, 1 - share)
    place = int(np.argmax(unclear)) if len(unclear) else 0
    return place if len(unclear) and unclear[place] > _WHOLE else None
