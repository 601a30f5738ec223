"""The worker: takes a job, runs its task, writes how it ended; a heartbeat beside it keeps the lease.

claim -> run -> done                        the result is noted
             -> TongtuError                 failed at once: the same data would fail again
             -> Cancelled                   cancelled by a person
             -> Stopped                     the worker was asked to stop: waiting, the try does not count
             -> Lost                        another try has the job: nothing is written
             -> anything else               waiting again after a pause that doubles; failed after most_tries
"""

from __future__ import annotations

import logging
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone

from tongtu.hub.care.requests import current
from tongtu.hub.jobs import claiming
from tongtu.hub.jobs.models import Job, Worker
from tongtu.hub.jobs.queue import CANCELLED, enqueue
from tongtu.hub.jobs.running import Lost, Running, Stopped
from tongtu.hub.jobs.tasks import tasks, the_task
from tongtu.terms.faults import Cancelled, TongtuError
from tongtu.terms.why import Why

BEAT = 2.0  # seconds between two heartbeats; a lease lasts fifteen of them
IDLE = 0.4  # seconds between two looks at an empty table
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)

_log = logging.getLogger("tongtu.hub")


def perform(job: Job, running: Running) -> str:
    """Runs one try and writes how it ended; returns the state the job is in now, or `lost`."""
    token = current.set(job.pk.hex)
    started = time.perf_counter()
    try:
        state = _ended(job, running)
    finally:
        current.reset(token)
    fields = {
        "job": str(job.pk),
        "task": job.task,
        "try": job.tries,
        "seconds": round(time.perf_counter() - started, 3),
    }
    _log.info("job", extra={**fields, "state": state})
    return state


def _ended(job: Job, running: Running) -> str:
    try:
        result = the_task(job.task).run(running, **job.args)
        running.flush()
    except Lost:
        return "lost"
    except Stopped:
        return "waiting" if claiming.put_back(job, counts=False) else "lost"
    except Cancelled:
        return "cancelled" if claiming.stop(job, CANCELLED) else "lost"
    except TongtuError as error:
        return "failed" if claiming.fail(job, _refused(error)) else "lost"
    except Exception:
        _log.exception("job", extra={"job": str(job.pk), "task": job.task, "try": job.tries})
        return _again(job)
    return "done" if claiming.finish(job, result) else "lost"


def _refused(error: TongtuError) -> Why:
    first, *others = (fault.what for fault in error.faults)
    return Why("hub_jobs.refused", {"what": first}, tuple(others[:9]))


def _again(job: Job) -> str:
    """After an error nobody foresaw: another try later, or the end. The traceback is in the log under the number."""
    why = Why("hub_jobs.broken", {"number": job.pk.hex, "tries": job.tries})
    if job.tries >= job.most_tries:
        return "failed" if claiming.fail(job, why) else "lost"
    pause = min(FIRST_PAUSE * 2 ** (job.tries - 1), LONGEST_PAUSE)
    return "waiting" if claiming.put_back(job, why, after=pause) else "lost"


def run_due(most: int = 100) -> int:
    """Does what is due in this process and returns how many tries that took; for tests and small errands."""
    for done in range(most):
        job = claiming.claim("here")
        if job is None:
            return done
        perform(job, Running(job))
    return most


class Loop:
    """One worker process: a loop over jobs, a thread that beats, and a way to be asked to stop."""

    def __init__(self, name: str = "", chores: Callable[[], object] = lambda: None) -> None:
        self.name = name or f"{socket.gethostname()}-{os.getpid()}"
        self.chores = chores  # done by the heartbeat between jobs and beside them, such as sealing the log
        self._stop = threading.Event()
        self._running: Running | None = None

    def stop(self, *_: Any) -> None:
        """Takes no more jobs; the one at work goes back to waiting at its next step or report of progress."""
        self._stop.set()

    def run(self) -> None:
        """Until `stop`. A lost database is waited for, with longer and longer pauses."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        tasks()
        claiming.release(self.name)  # whoever had this name before is dead: its work is taken up at once
        beat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        beat.start()
        pause = IDLE
        while not self._stop.is_set():
            try:
                worked, pause = self._one(), IDLE
            except Exception:
                _log.exception("worker", extra={"worker": self.name})
                connection.close()
                worked, pause = False, min(pause * 2, 30.0)
            if not worked:
                self._stop.wait(pause * random.uniform(0.7, 1.3))
        beat.join(BEAT)

    def _one(self) -> bool:
        close_old_connections()
        job = claiming.claim(self.name)
        if job is None:
            return False
        self._running = Running(job, self._stop.is_set, beating=True)
        try:
            perform(job, self._running)
        finally:
            self._running = None
        return True

    def _beat(self) -> None:
        while not self._stop.is_set() or self._running:
            try:
                self._alive()
            except Exception:
                _log.exception("heartbeat", extra={"worker": self.name})
                connection.close()
            time.sleep(BEAT)
        connection.close()

    def _alive(self) -> None:
        running = self._running
        if running is not None:
            running.beat()
        Worker.objects.update_or_create(name=self.name, defaults={"seen_at": timezone.now()})
        enqueue_periodic()
        self.chores()


def enqueue_periodic() -> None:
    """One job for the present period of each task that comes round by itself."""
    now = timezone.now()
    for task in tasks().values():
        if task.every is not None:
            key = f"{task.name}@{int(now.timestamp() // task.every.total_seconds())}"
            if not Job.objects.filter(key=key).exists():
                enqueue(task.name, key=key)
