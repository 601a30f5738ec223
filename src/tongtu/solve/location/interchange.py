"""Interchange: swap an open site for a shut one while that helps (Teitz and Bart 1968).

The change of every swap comes from each client's nearest and second nearest open site (Whitaker 1983); all of them are
computed at once and the good ones are then tried in turn, each measured anew (Schubert and Rousseeuw 2021 do so
for clustering).
"""

from __future__ import annotations

import numpy as np

from tongtu.solve.location.case import Case, Floats, Ints

_BETTER = 1e-9


class Interchange:
    """Improves choices of sites without capacities. `sites` may be open, those at places `kept` always are."""

    def __init__(self, case: Case, kept: Ints) -> None:
        self._cost, self._fixed, self._kept = np.ascontiguousarray(case.cost), case.fixed, kept
        self._scale = _BETTER * max(1.0, float(np.abs(case.cost).max(initial=0.0)))
        self._best = np.inf  # of the choices taken up so far, before they were improved

    def worth(self, open_: Ints, value: float) -> bool:
        """Whether it is better than any taken up before."""
        raw = self.value(open_)
        worth, self._best = raw < self._best, min(raw, self._best)
        return worth

    def value(self, open_: Ints) -> float:
        return float(self._cost[:, open_].min(axis=1).sum() + self._fixed[open_].sum())

    def improve(self, open_: Ints) -> tuple[Ints, float]:
        """The open sites, rising, once no swap helps, and their value."""
        state = _State(self._cost, self._fixed, open_)
        while True:
            change = state.changes()
            change[np.isin(state.open, self._kept), :] = np.inf
            out = change.argmin(axis=0)
            best = change[out, np.arange(change.shape[1])]
            good = np.flatnonzero(best < -self._scale)
            if not len(good):
                break
            good = good[np.argsort(best[good], kind="stable")][: max(20, len(open_))]
            for site in good.tolist():
                if site not in state.open:
                    state.swap(int(out[site]), site, self._scale)
        found = np.sort(state.open)
        return found, self.value(found)


class _State:
    def __init__(self, cost: Floats, fixed: Floats, open_: Ints) -> None:
        self._cost, self._fixed, self.open = cost, fixed, open_.copy()
        clients = len(cost)
        self._near, self._next = np.zeros(clients, np.int64), np.zeros(clients, np.int64)
        self._first, self._second = np.zeros(clients), np.full(clients, np.inf)
        self._look(np.arange(clients))

    def _look(self, clients: Ints) -> None:
        """Their nearest and second nearest open sites, as places in `open`."""
        cost = self._cost[np.ix_(clients, self.open)]
        row = np.arange(len(clients))
        near = cost.argmin(axis=1)
        self._near[clients], self._first[clients] = near, cost[row, near]
        if len(self.open) > 1:
            cost[row, near] = np.inf
            following = cost.argmin(axis=1)
            self._next[clients], self._second[clients] = following, cost[row, following]

    def changes(self) -> Floats:
        """What each swap adds to the value: open sites by place x sites."""
        from scipy.sparse import csr_array  # type: ignore[import-untyped]

        clients = len(self._cost)
        first = self._first[:, None]
        # had it lost its site, a client would go to the newcomer or to its second
        worse = np.clip(self._cost, first, self._second[:, None]) - first
        served = csr_array((np.ones(clients), (self._near, np.arange(clients))), shape=(len(self.open), clients))
        change: Floats = served @ worse
        change += self._fixed - np.maximum(first - self._cost, 0.0).sum(axis=0)
        change -= self._fixed[self.open][:, None]
        change[:, self.open] = np.inf
        return change

    def swap(self, place: int, site: int, least: float) -> None:
        """Open `site` for the one at `place`, if that lowers the value by more than `least`."""
        cost = self._cost[:, site]
        lost = self._near == place
        change = float((np.minimum(cost, np.where(lost, self._second, self._first)) - self._first).sum())
        if change + self._fixed[site] - self._fixed[self.open[place]] >= -least:
            return
        touched = lost | (self._next == place) | (cost < self._second)
        self.open[place] = site
        self._look(np.flatnonzero(touched))
