"""How figures are drawn: on a threshold more often than not, from worse to better, sometimes missing.

A figure knows which way it is better, so that a strong subject can be drawn and an improvement told from a setback.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

UP, DOWN, EITHER = 1, -1, 0
#: How often a figure is missing, by how well a subject is recorded.
MISSING = {"strong": 0.01, "mixed": 0.06, "sparse": 0.3}


class Figure(NamedTuple):
    """`values` stand from worse to better, the last `good` of them pass every threshold.

    `of` names the figure this one is a percentage of: it is then drawn at `values` percent of that. `others` are drawn
    instead now and then.
    """

    values: tuple
    good: int
    better: int = UP
    of: str = ""
    others: tuple = ()

    def draw(self, rng, row, profile):
        if rng.random() < MISSING[profile]:
            return None
        if self.others and rng.random() < 0.5:
            return self.others[int(rng.random() * len(self.others))].draw(rng, row, profile)
        strong = profile == "strong" and rng.random() < 0.97
        values = self.values[-self.good :] if strong else self.values
        value = values[int(rng.random() * len(values))]
        if not self.of:
            return value
        whole = row.get(self.of)
        return None if whole is None else self._part(rng, whole, value, strong)

    def _part(self, rng, whole, percent, strong):
        exact, rest = divmod(whole * percent, 100)
        if strong:  # on the better side
            return exact + (rest > 0 and self.better > 0)
        return max(exact + int(rng.random() * 4) - 1, 0) if whole else exact


def _around(cuts, step, better):
    near = sorted({v for cut in cuts for v in (cut - step, cut, cut + step)})
    top = max(cuts) * 3 + 10 * step
    values = [0 * step, *[v for v in near if v > 0], top] if min(cuts) >= 0 else [*near, top]
    return tuple(values if better >= 0 else reversed(values))


def money(*cuts, better=UP, more=()):
    """Amounts in fen: at each cut and a fen to either side; `more` are others worth meeting."""
    values = _around(cuts, 1, better)
    return Figure((*more, *values), 3 if better else len(values), better)


def count(*cuts, better=UP):
    values = tuple(v for v in _around(cuts, 1, better) if v >= 0)
    return Figure(values, min(3, len(values)), better)


def number(*cuts, step=0.1, better=UP):
    values = tuple(round(v, 6) for v in _around(cuts, step, better))
    return Figure(values, 3, better)


def ratio(*cuts):
    """A share between nothing and the whole."""
    near = sorted({round(v, 6) for cut in cuts for v in (cut - 0.0001, cut, cut + 0.0001)})
    return Figure((0.0, *near, 1.0), 3)


def part(of, *percents, better=UP, others=()):
    """So many percent of another figure, a unit more or less."""
    values = sorted({*percents, 0, 100 if max(percents) < 100 else 150}, reverse=better < 0)
    return Figure(tuple(values), 2, better, of, others)


def whole(figure, better=DOWN):
    """What others are measured against: less of it is better (or more, of a debt), but it is drawn freely."""
    return figure._replace(good=len(figure.values), better=better)


def flag(better=UP):
    return Figure((False, True)[::better], 1, better)


def code(*worse_to_better, good=1, better=UP):
    return Figure(worse_to_better, good, better)


def since(day, *years):
    """Days at which so many full years have passed, and the days beside them."""
    one, starts = timedelta(days=1), [day.replace(year=day.year - n) for n in sorted(years)]
    found = [near for start in starts for near in (start + one, start, start - one)]
    return Figure((day, *found, day.replace(year=day.year - 30)), 3)
