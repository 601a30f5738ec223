"""A choice improved by exchanging one taken item for one or none that is left out, as long as value rises."""

from __future__ import annotations

import numpy as np

from tongtu.solve.tail.losses import Floats, Ints
from tongtu.solve.tail.master import Relaxed
from tongtu.solve.tail.picked import Picked
from tongtu.solve.tail.problem import Case

#: Items near their price that may leave, options that may enter, pairs looked at in full, exchanges made.
_LEAVE, _ENTER, _LOOKED, _MOVES = 150, 300, 60, 60


def swapped(picked: Picked, answer: Relaxed, cap: float) -> Picked:
    """The same or a better choice; it must keep its limits. Prices say whom to look at, exact sums what is allowed."""
    for _ in range(_MOVES):
        if not _move(picked, answer, cap):
            break
    return picked


def _move(picked: Picked, answer: Relaxed, cap: float) -> bool:
    case = picked.case
    taken = picked.option[picked.option >= 0]
    leave = np.sort(taken[np.argsort(answer.margin[taken], kind="stable")[:_LEAVE]])
    out = np.flatnonzero(picked.option[case.item] < 0)
    enter = np.sort(out[np.argsort(-answer.margin[out], kind="stable")[:_ENTER]])
    if not len(leave) or not len(enter):
        return False
    gain = case.value[enter][None, :] - case.value[leave][:, None]
    allowed = (gain > 1e-12 * max(1.0, abs(picked.value))) & _rows_allow(picked, leave, enter)
    gradient = picked.gradient()
    tail = picked.tail + gradient[case.item[enter]][None, :] - gradient[case.item[leave]][:, None]
    allowed &= tail <= cap + 1e-9 * max(1.0, abs(cap))
    out_of, into = np.nonzero(allowed)
    order = np.lexsort((into, out_of, -gain[out_of, into]))[:_LOOKED]
    for k in order:
        gone, come = int(leave[out_of[k]]), int(enter[into[k]])
        picked.drop(int(case.item[gone]))
        if picked.affords(come, cap):
            picked.add(come)
            return True
        picked.add(gone)
    return False


def _rows_allow(picked: Picked, leave: Ints, enter: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Per pair, whether all rows are kept after the exchange."""
    case = picked.case
    goes, comes = _dense(case, leave), _dense(case, enter)
    allowed = np.ones((len(leave), len(enter)), bool)
    for r in range(len(case.rows)):
        if goes[r].any() or comes[r].any():
            after = picked.used[r] - goes[r][:, None] + comes[r][None, :]
            allowed &= (after <= case.most[r] + case.give[r]) & (after >= case.least[r] - case.give[r])
    return allowed


def _dense(case: Case, options: Ints) -> Floats:
    """Rows × these options."""
    place = case.entries(options)
    whose = np.repeat(np.arange(len(options)), case.entry[options + 1] - case.entry[options])
    table = np.zeros((len(case.rows), len(options)))
    table[case.row[place], whose] = case.amount[place]
    return table
