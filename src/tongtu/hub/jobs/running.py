"""What a task is given: steps that are never repeated, progress, and the news that somebody cancelled it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction

from tongtu.hub.jobs.claiming import renew
from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.queue import stored
from tongtu.terms.faults import Cancelled
from tongtu.terms.why import Why

T = TypeVar("T")


class Lost(Exception):
    """The lease went to another try: nothing of this one may be written any more."""


class Stopped(Exception):
    """The worker was asked to stop; the job goes back to waiting and is resumed at its next step."""


@dataclass
class Running:
    """One try of a job. It is itself a `solve.Progress`: hand it to an engine, and the engine can be cancelled.

    `beating`: a heartbeat thread calls `beat`; otherwise `progress` does so itself once a second.
    """

    job: Job
    stopping: Callable[[], bool] = lambda: False
    beating: bool = False
    _said: dict[str, Any] = field(default_factory=dict)
    _lost: bool = False
    _cancel: bool = False
    _beaten: float = field(default_factory=time.monotonic)

    def step(self, name: str, do: Callable[[], T]) -> T:
        """`do()` in one transaction with the note that it is done, or the result noted by an earlier try.

        The result must be JSON. An effect on the database happens exactly once; an effect elsewhere (a file, a
        letter) may happen again after a crash, so make it one that may.
        """
        if name in self.job.steps:
            return self.job.steps[name]  # type: ignore[no-any-return]
        self.check()
        with transaction.atomic():
            result = do()
            steps = {**self.job.steps, name: result}
            if not renew(self.job, steps=steps):
                raise Lost
        self.job.steps = steps
        return result

    def progress(self, done: int, total: int | None = None, why: Why | None = None) -> None:
        """How far the work is. Raises Cancelled, Stopped or Lost where it must not go on."""
        self._said = {"done": done, "total": total, "message": stored(why)}
        if not self.beating and time.monotonic() - self._beaten >= 1:
            self.beat()
        self.check()

    def __call__(self, done: int, total: int, what: Why | None = None) -> None:
        self.progress(done, total, what)

    def cancelled(self) -> bool:
        """Whether somebody asked for a stop; for work that cannot be left by an exception."""
        return self._cancel

    def check(self) -> None:
        """Raises what ends this try, if anything does."""
        if self._lost:
            raise Lost
        if self._cancel:
            raise Cancelled
        if self.stopping():
            raise Stopped

    def beat(self) -> None:
        """Renews the lease, writes progress, and reads whether somebody cancelled."""
        said, self._said = self._said, {}
        self._beaten = time.monotonic()
        if not renew(self.job, **said):
            self._lost = True
            return
        self._cancel = Job.objects.filter(pk=self.job.pk, cancel=True).exists()

    def flush(self) -> None:
        """Writes the last word of progress before the try ends."""
        if self._said:
            self.beat()
