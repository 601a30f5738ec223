"""Every runner gives the same list; a lost worker's partition is done again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tongtu.solve.runner import Inline, Processes, Runner
from tongtu.terms.faults import Cancelled, TongtuError
from tongtu.terms.why import Why


def square(x: int) -> int:
    return x * x


def fragile(job: tuple[int, str]) -> int:
    """Kills its own worker the first time partition 2 is done."""
    x, marker = job
    if x == 2 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x * x


def deadly(x: int) -> int:
    if x == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def faulty(x: int) -> int:
    if x == 1:
        raise ValueError("partition one")
    return x


@pytest.mark.parametrize("runner", [Inline(), Processes(2)])
def test_answers_come_in_the_order_of_the_partitions(runner: Runner) -> None:
    assert runner.map(square, list(range(5))) == [0, 1, 4, 9, 16]
    assert runner.map(square, []) == []
    with pytest.raises(ValueError, match="partition one"):
        runner.map(faulty, [0, 1, 2])


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    jobs = [(x, str(tmp_path / "died")) for x in range(5)]
    assert Processes(2).map(fragile, jobs) == [0, 1, 4, 9, 16]
    assert (tmp_path / "died").exists()


def test_a_partition_that_always_kills_is_named() -> None:
    with pytest.raises(TongtuError) as caught:
        Processes(2, attempts=2).map(deadly, [0, 1, 2])
    assert caught.value.faults[0].what.args == {"partition": 2, "attempts": 2}
    assert "2" in caught.value.say("en")


@pytest.mark.parametrize("runner", [Inline(), Processes(2)])
def test_progress_counts_up_and_can_cancel(runner: Runner) -> None:
    seen: list[tuple[int, int]] = []

    def watch(done: int, total: int, what: Why | None = None) -> None:
        seen.append((done, total))
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        runner.map(square, [1, 2, 3, 4], watch)
    assert seen == [(1, 4), (2, 4)]
