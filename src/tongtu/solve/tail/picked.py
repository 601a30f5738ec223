"""A 0/1 choice, changed one option at a time, and the first one, rounded from the relaxation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tongtu.solve.tail.losses import Floats, Ints, worst
from tongtu.solve.tail.master import Relaxed
from tongtu.solve.tail.problem import Case

#: Choices tried against the whole tail before filling up ends.
_TRIES = 400


class Picked:
    """`option` per item (-1: not taken), what the rows use of it and what it loses per scenario."""

    def __init__(self, case: Case, option: Ints | None = None) -> None:
        self.case = case
        self.option: Ints = np.full(case.n, -1, np.int64) if option is None else option.copy()
        self.settle()

    def settle(self) -> None:
        """Sum everything anew."""
        self.used = self.case.used(self.share())
        self.loss = self.case.loss(self.share())

    def share(self) -> Floats:
        share = np.zeros(len(self.case.item))
        share[self.option[self.option >= 0]] = 1.0
        return share

    @property
    def value(self) -> float:
        return float(self.case.value[self.option[self.option >= 0]].sum())

    @property
    def tail(self) -> float:
        return self.case.tail(self.loss)

    def keeps(self, cap: float) -> bool:
        return self.case.keeps_rows(self.used) and self.case.keeps_cap(self.tail, cap)

    def add(self, option: int) -> None:
        self._turn(option, 1.0)
        self.option[self.case.item[option]] = option

    def drop(self, item: int) -> None:
        self._turn(int(self.option[item]), -1.0)
        self.option[item] = -1

    def _turn(self, option: int, sign: float) -> None:
        case = self.case
        mine = slice(case.entry[option], case.entry[option + 1])
        self.used[case.row[mine]] += sign * case.amount[mine]
        if case.losses is not None:
            self.loss = self.loss + sign * case.losses.of(int(case.item[option]))

    def fits(self, options: Ints) -> npt.NDArray[np.bool_]:
        """Which of these options break no row, nor a floor that is kept, when added alone."""
        case = self.case
        place = case.entries(options)
        row, amount = case.row[place], case.amount[place]
        after = self.used[row] + amount
        bad = (amount > 0) & (after > case.most[row] + case.give[row])
        bad |= (amount < 0) & (after < case.least[row] - case.give[row])
        whose = np.repeat(np.arange(len(options)), case.entry[options + 1] - case.entry[options])
        free = self.option[case.item[options]] < 0
        return np.asarray(free & (np.bincount(whose, bad, len(options)) == 0))

    def gradient(self) -> Floats:
        """Per item, what it loses in the worst scenarios of this choice: at least what adding it adds to the tail."""
        case = self.case
        return case.losses.weighed(worst(self.loss, case.level)) if case.losses is not None else np.zeros(case.n)

    def affords(self, option: int, cap: float) -> bool:
        """Whether the tail with this option stays within the cap."""
        case = self.case
        if case.losses is None:
            return True
        return case.keeps_cap(case.tail(self.loss + case.losses.of(int(case.item[option]))), cap)


def taken(case: Case, answer: Relaxed) -> Picked:
    """What the relaxation takes wholly."""
    picked = Picked(case)
    whole = np.flatnonzero(answer.share > 1 - 1e-6)
    picked.option[case.item[whole]] = whole
    picked.settle()
    return picked


def rounded(case: Case, answer: Relaxed, cap: float, fill: bool = True) -> Picked:
    """What the relaxation takes wholly, then what serves floors, then what still fits: the option it takes most
    of first, then by margin. It may keep neither floors nor cap, where these are tight."""
    return completed(taken(case, answer), answer, cap, fill)


def completed(picked: Picked, answer: Relaxed, cap: float, fill: bool = True) -> Picked:
    """Floors served, the tail brought under the cap, and (`fill`) the room left filled."""
    order = np.lexsort((np.arange(len(picked.case.item)), -answer.margin, -np.round(answer.share, 6)))
    _serve(picked, order, cap)
    _lighten(picked, cap)
    if fill:
        _fill(picked, order, cap)
    return picked


def lean(picked: Picked, cap: float) -> Picked:
    """Without what has no value and no row would miss, as long as the cap is kept; it must keep its limits."""
    case = picked.case
    while True:
        items = np.flatnonzero(picked.option >= 0)
        items = items[case.value[picked.option[items]] <= 0]
        items = items[spared(picked, items)] if len(items) else items
        for item in items[::-1]:
            option = int(picked.option[item])
            picked.drop(int(item))
            if case.keeps_cap(picked.tail, cap):
                break
            picked.add(option)
        else:
            return picked


def _serve(picked: Picked, order: Ints, cap: float) -> None:
    case = picked.case
    while (short := case.short(picked.used)).any():
        serves = np.bincount(case.option, (case.amount > 0) & (short[case.row] > 0), len(case.item)) > 0
        wanted = order[serves[order]]
        wanted = wanted[picked.fits(wanted)]
        able = next((int(o) for o in wanted[:_TRIES] if picked.affords(int(o), cap)), None)
        if able is None:
            if not len(wanted):
                return
            able = int(wanted[0])  # the cap gives way for now: `_lighten` makes room
        picked.add(able)


def _lighten(picked: Picked, cap: float) -> None:
    """Drop what brings least for the tail it costs, but nothing a floor needs, until the cap is kept."""
    case = picked.case
    while not case.keeps_cap(picked.tail, cap):
        gradient = picked.gradient()
        items = np.flatnonzero((picked.option >= 0) & (gradient > 0))
        items = items[spared(picked, items)]
        if not len(items):
            return
        value = case.value[picked.option[items]]
        picked.drop(int(items[np.argmin(value / gradient[items])]))


def spared(picked: Picked, items: Ints) -> npt.NDArray[np.bool_]:
    """Which of these taken items no row would miss."""
    case, options = picked.case, picked.option[items]
    place = case.entries(options)
    row, amount = case.row[place], case.amount[place]
    after = picked.used[row] - amount
    bad = (amount > 0) & (after < case.least[row] - case.give[row])
    bad |= (amount < 0) & (after > case.most[row] + case.give[row])
    whose = np.repeat(np.arange(len(items)), case.entry[options + 1] - case.entry[options])
    return np.asarray(np.bincount(whose, bad, len(items)) == 0)


def _fill(picked: Picked, order: Ints, cap: float) -> None:
    """Whatever has value and fits. Weights of today's tail bound tomorrow's from below, so most are refused unread."""
    case = picked.case
    waiting = order[(picked.option[case.item[order]] < 0) & (case.value[order] > 0)]
    tries = 0
    while len(waiting) and tries < _TRIES:
        waiting = waiting[picked.fits(waiting)]
        if case.losses is not None:
            least = picked.tail + picked.gradient()[case.item[waiting]]
            waiting = waiting[least <= cap + 1e-9 * max(1.0, abs(cap))]
        for place, option in enumerate(waiting.tolist()):
            tries += 1
            if picked.affords(option, cap):
                picked.add(option)
                waiting = waiting[place + 1 :]
                break
            if tries >= _TRIES:
                return
        else:
            return
