"""`python -m bench._crash KILLS`: one hub (TONGTU_HOME, TONGTU_DATABASE) whose processes are killed at random moments.

Two workers and one asker, forked from this process, are killed with SIGKILL and replaced. The asker writes a line of
the log and enqueues a job in one transaction; each job writes one line of the log in each of its steps. Every few
jobs it brings in a workbook of new needs and has it stored. At the end the workers finish what is there, and what
stands in the database is counted: whatever is missing was lost, whatever is there twice was doubled. Prints JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")

STEPS = 4
ROWS = 200  # of one workbook
LEASE = timedelta(seconds=2)
PATIENCE = 240.0


def main(kills: int, seed: int = 1) -> dict[str, Any]:
    import django

    django.setup()
    from tongtu.hub.care.upgrading import upgrade

    upgrade()
    _prepare()
    draw = random.Random(seed)
    children = {name: _fork(run) for name, run in _roles().items()}
    by_role: Counter[str] = Counter()
    began = time.monotonic()
    for _ in range(kills):
        time.sleep(draw.uniform(0.05, 1.0))
        name = draw.choice(["w1", "w2", "w1", "w2", "asker"])
        os.kill(children[name], signal.SIGKILL)
        os.waitpid(children[name], 0)
        by_role[name] += 1
        children[name] = _fork(_roles(draw.random())[name])
    seconds = time.monotonic() - began
    _end(children.pop("asker"))
    _finish()
    for pid in children.values():
        _end(pid, signal.SIGTERM)
    return {"kills": kills, "kills_of_askers": by_role["asker"], "seconds": round(seconds, 1), **count()}


def _roles(chance: float = 0.0) -> dict[str, Callable[[], None]]:
    """A worker that comes back under its old name takes its work up at once; under a new one, when the lease ends."""
    new = "" if chance < 0.5 else f"-{time.monotonic_ns()}"
    return {"w1": lambda: _worker(f"w1{new}"), "w2": lambda: _worker(f"w2{new}"), "asker": _asker}


def _fork(run: Callable[[], None]) -> int:
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if not pid:
        try:
            run()
        finally:
            os._exit(0)
    return pid


def _end(pid: int, number: int = signal.SIGKILL) -> None:
    os.kill(pid, number)
    os.waitpid(pid, 0)


def _prepare() -> None:
    """The task, an organisation, and a person who may import for it."""
    from django.utils import timezone

    from tongtu.hub.jobs import claiming, worker
    from tongtu.hub.jobs.tasks import Task, tasks
    from tongtu.hub.people.models import Organisation, Role, User

    claiming.LEASE, worker.BEAT, worker.IDLE = LEASE, 0.3, 0.05
    tasks()["jobs.crash"] = Task("jobs.crash", _steps, most_tries=10_000)
    for name in ("exchange.read", "exchange.store"):
        if found := tasks().get(name):
            tasks()[name] = Task(name, found.run, most_tries=10_000)
    firm = Organisation.objects.create(name="甲", verified_at=timezone.now())
    user = User.objects.create_user("editor@example.org")
    Role.objects.create(user=user, organisation=firm, name="editor")


def _worker(name: str) -> None:
    from tongtu.hub.care.chain import seal
    from tongtu.hub.jobs.worker import Loop

    Loop(name, chores=seal).run()


def _steps(running: Any, number: int) -> int:
    from tongtu.hub.care.log import record

    for step in range(STEPS):

        def write(step: int = step) -> int:
            record(None, "step", thing=f"{number}/{step}")
            time.sleep(0.03)
            return step

        running.step(f"step {step}", write)
        running.progress(step + 1, STEPS)
    return number


def _asker() -> None:
    """Asks for work until it is killed."""
    from django.db import transaction

    from tongtu.hub.care.log import record
    from tongtu.hub.exchange.models import Batch
    from tongtu.hub.jobs.models import Job
    from tongtu.hub.jobs.queue import enqueue

    while True:
        if Job.objects.filter(task="jobs.crash", state="waiting").count() < 20:
            with transaction.atomic():
                record(None, "asked", thing=os.urandom(8).hex())
                enqueue("jobs.crash", {"number": time.time_ns()})
        if not Batch.objects.exclude(state="stored").exists():
            _bring()
        _store_ready()
        time.sleep(0.01)


def _bring() -> None:
    """A workbook of new needs, as the page of imports takes it."""
    from django.db import transaction

    from tongtu.hub.exchange import files
    from tongtu.hub.exchange.models import Batch
    from tongtu.hub.jobs.queue import enqueue
    from tongtu.hub.people.models import Organisation, User

    mark = os.urandom(6).hex()
    firm = Organisation.objects.get()
    lines = ["need,organisation,title,text"]
    lines += [f"{mark}-{n},{firm.pk},需求 {mark} {n},涂层 {mark} {n}" for n in range(ROWS)]
    digest, size, name = files.keep("needs.csv", ["\n".join(lines).encode()])
    with transaction.atomic():
        found = {"organisation": firm, "user": User.objects.get()}
        batch = Batch.objects.create(name=name, digest=digest, size=size, **found)
        batch.job = enqueue("exchange.read", {"batch": str(batch.pk)}, key=f"read {batch.pk}")
        batch.save()


def _store_ready() -> None:
    """What a person does on the page of a dry run without faults."""
    from django.db import transaction

    from tongtu.hub.exchange.models import Batch
    from tongtu.hub.jobs.queue import enqueue

    for batch in Batch.objects.filter(state="ready"):
        with transaction.atomic():
            if Batch.objects.filter(pk=batch.pk, state="ready").update(state="storing"):
                enqueue("exchange.store", {"batch": str(batch.pk)}, key=f"store {batch.pk}")


def _finish() -> None:
    """Waits until the workers have done all there is."""
    from tongtu.hub.jobs.models import Job

    end = time.monotonic() + PATIENCE
    names = ["jobs.crash", "exchange.read", "exchange.store"]
    while time.monotonic() < end:
        _store_ready()
        if not Job.objects.filter(task__in=names, state__in=["waiting", "running"]).exists():
            return
        time.sleep(0.1)


def count() -> dict[str, Any]:
    """What stands in the database, and what ought to."""
    from tongtu.hub.care import chain
    from tongtu.hub.care.models import Event
    from tongtu.hub.exchange.models import Batch
    from tongtu.hub.jobs.models import Job
    from tongtu.hub.records.models import MODELS

    jobs = Job.objects.filter(task="jobs.crash")
    asked = Event.objects.filter(action="asked").count()
    done = [job.args["number"] for job in jobs if job.state == "done"]
    steps = Counter(Event.objects.filter(action="step").values_list("thing", flat=True))
    wanted = {f"{number}/{step}" for number in done for step in range(STEPS)}
    batches = Batch.objects.all()
    stored = batches.filter(state="stored")
    needs = MODELS["needs"].objects
    rows, brought = needs.count(), [needs.filter(batch=batch).count() for batch in stored]
    stray = set(steps) - {f"{job.args['number']}/{step}" for job in jobs for step in range(STEPS)}
    verdict = chain.verify()
    return {
        "jobs": len(done),
        "tries": sum(job.tries for job in jobs),
        "jobs_lost": abs(asked - jobs.count()) + jobs.exclude(state="done").count(),
        "steps": len(steps),
        "steps_lost": len(wanted - set(steps)),
        "steps_doubled": sum(n - 1 for n in steps.values()) + len(stray),
        "imports": stored.count(),
        "imports_lost": batches.exclude(state="stored").count(),
        "rows": rows,
        "rows_lost_or_doubled": sum(abs(n - ROWS) for n in brought) + abs(rows - sum(brought)),
        "log_lines": verdict.lines,
        "log_broken": 0 if verdict.sound else 1,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
