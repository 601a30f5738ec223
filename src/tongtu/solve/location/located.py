"""The answer of every location solver, and what its arguments have to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
import numpy.typing as npt

from tongtu.solve.location.case import Bools, Floats, Ints
from tongtu.solve.location.tree import Search
from tongtu.solve.progress import Progress, Silent, check
from tongtu.solve.solution import Relax, Solution, Status
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why


@dataclass(frozen=True, slots=True)
class Located:
    """`sites` are open. Row k: site `site[k]` serves the `share[k]` of what client `client[k]` asks for, by client,
    then site. `alternatives` are other choices of sites with the same value."""

    sites: Ints
    client: Ints
    site: Ints
    share: Floats
    solution: Solution
    alternatives: tuple[Ints, ...] = ()


def nothing(solution: Solution) -> Located:
    none = np.zeros(0, np.int64)
    return Located(none, none, none, np.zeros(0), solution)


class Arguments:
    """Checks arguments and gathers what is wrong with them; `end` raises it as one UsageFault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def wrong(self, what: str, **args: object) -> None:
        self.faults.append(Fault(Why(f"solve_location.{what}", args), Why(f"solve_location.{what}-repair", args)))

    def numbers(self, name: str, given: npt.ArrayLike, shape: tuple[int, ...], infinite: bool = False) -> Floats:
        """Numbers of this shape (a length of -1 is free), none negative or unknown; as zeros where they are not."""
        values = np.array(given, np.float64)
        if values.ndim != len(shape) or any(w not in (-1, n) for w, n in zip(shape, values.shape, strict=True)):
            wanted = " × ".join(str(n) if n >= 0 else "?" for n in shape)
            self.wrong("bad-shape", name=name, wanted=wanted, found=" × ".join(map(str, values.shape)))
            return np.zeros([max(n, 0) for n in shape])
        bad = int((~(values >= 0) | (np.isinf(values) & ~infinite)).sum())
        if bad:
            self.wrong("not-finite", name=name, n=bad)
        return values

    def sites(self, name: str, given: Sequence[int], n: int) -> Bools:
        marked = np.zeros(n, bool)
        for site in given:
            if 0 <= site < n:
                marked[site] = True
            else:
                self.wrong("no-site", name=name, site=int(site), n=n)
        return marked

    def apart(self, existing: Bools, forbidden: Bools) -> None:
        for site in np.flatnonzero(existing & forbidden).tolist():
            self.wrong("both-ways", site=site)

    def end(self) -> None:
        if self.faults:
            raise UsageFault(self.faults)


def refused(problem: str, unit: str, limit: str, by: float, **args: object) -> Located:
    """Infeasible: which limit stands in the way, and by how much it would have to give."""
    relax = Relax(Why(f"solve_location.{limit}", args), by)
    return nothing(Solution(problem, "infeasible", unit=unit, maximise=False, relax=(relax,)))


class Watch:
    """Progress as the solvers tell it, and the time they may take."""

    def __init__(self, progress: Progress | None, nodes: int, seconds: float | None) -> None:
        self._tell, self._nodes = check(progress), nodes
        self._end = None if seconds is None else monotonic() + seconds

    @property
    def idle(self) -> bool:
        """Nobody watches, and time does not matter."""
        return self._end is None and isinstance(self._tell, Silent)

    def late(self) -> bool:
        return self._end is not None and monotonic() > self._end

    def teller(self, done: Callable[[], tuple[int, float, float]]) -> Callable[[], None]:
        """Tells nodes seen, value and bound. Raises Cancelled as `progress` does."""

        def tell() -> None:
            seen, value, bound = done()
            what = Why("solve_location.searching", {"value": round(value, 3), "bound": round(bound, 3)})
            self._tell(min(seen, self._nodes), self._nodes, what)

        return tell


def settled(problem: str, unit: str, search: Search, proven: bool, late: bool) -> Solution:
    """What is known of the best answer: proven to the last step or digit, or with the bound the search reached."""
    value, bound = search.value, search.bound
    if proven:
        bound = value if search.case.step else search.cutoff
    status: Status = "optimal" if proven else "stopped_by_time" if late else "feasible"
    return Solution(problem, status, value, bound, unit, maximise=False)
