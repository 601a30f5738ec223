"""`Runner.map`: one pure function over partitions, here or in several processes.

The function and its partitions must pickle, the function must live in an importable module, and its
answer may depend on its partition alone: then a partition lost with its worker is simply done again,
and every runner returns the same list. Other runners (a cluster, later) are one more class with `map`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tongtu.solve.progress import Progress, check
from tongtu.terms.faults import Fault, TongtuError
from tongtu.terms.why import Why

P = TypeVar("P")
R = TypeVar("R")


class Runner(Protocol):
    def map(self, work: Callable[[P], R], partitions: Sequence[P], progress: Progress | None = None) -> list[R]:
        """`[work(p) for p in partitions]`. Raises what `work` raises, or Cancelled from `progress`."""


class Inline:
    """Here and now, one after the other: the default."""

    def map(self, work: Callable[[P], R], partitions: Sequence[P], progress: Progress | None = None) -> list[R]:
        tell, done = check(progress), []
        for partition in partitions:
            done.append(work(partition))
            tell(len(done), len(partitions))
        return done


@dataclass(frozen=True, slots=True)
class Processes:
    """A pool of fresh processes (never forked: Polars does not survive a fork).

    When a worker dies (killed, out of memory), the pool is rebuilt and the partitions without an answer
    are submitted again. A pool does not say which partition broke it, so after a round that brought no
    answer each is tried in a pool of its own: one that breaks that `attempts` times is named in a
    TongtuError, and no other is.
    """

    workers: int | None = None
    attempts: int = 3

    def map(self, work: Callable[[P], R], partitions: Sequence[P], progress: Progress | None = None) -> list[R]:
        tell, done = check(progress), dict[int, R]()
        while waiting := [k for k in range(len(partitions)) if k not in done]:
            before = len(done)
            self._round(work, partitions, waiting, done, tell)
            if len(done) == before:
                for k in waiting:
                    self._alone(work, partitions, k, done, tell)
        return [done[k] for k in range(len(partitions))]

    def _alone(
        self, work: Callable[[P], R], partitions: Sequence[P], k: int, done: dict[int, R], tell: Progress
    ) -> None:
        """Give partition `k` its own worker, `attempts` times at most. Raises TongtuError naming it."""
        for _ in range(self.attempts):
            self._round(work, partitions, [k], done, tell)
            if k in done:
                return
        raise TongtuError(
            Fault(
                Why("solve.worker-lost", {"partition": k + 1, "attempts": self.attempts}),
                Why("solve.worker-lost-repair"),
            )
        )

    def _round(
        self,
        work: Callable[[P], R],
        partitions: Sequence[P],
        waiting: Sequence[int],
        done: dict[int, R],
        tell: Progress,
    ) -> None:
        """Submit the partitions `waiting`; fill `done` until all are in or a worker is lost."""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
            try:
                running: dict[Future[R], int] = {pool.submit(work, partitions[k]): k for k in waiting}
                for future in as_completed(running):
                    done[running[future]] = future.result()
                    tell(len(done), len(partitions))
            except BrokenProcessPool:
                return
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
