"""The functions that the worker may run, by name. Shaped like `django.tasks`, which may take its place one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Task:
    """`run(running, **args)` returns the job's result (JSON). `every`: the worker enqueues it by itself."""

    name: str
    run: Run
    most_tries: int = 5
    every: timedelta | None = None

    @property
    def label(self) -> str:
        """The code of its name in the catalogue: `exchange.store` is `hub_exchange.task-store`."""
        app, _, rest = self.name.partition(".")
        return f"hub_{app}.task-{rest}"


_tasks: dict[str, Task] = {}


def task(name: str, *, most_tries: int = 5, every: timedelta | None = None) -> Callable[[Run], Run]:
    """Registers a function under `app.what`. A most_tries of 1 is for work that must not be tried twice.

    Of a task with `every`, one job is enqueued in each period, by whichever worker looks first.
    """

    def keep(run: Run) -> Run:
        found = _tasks.setdefault(name, Task(name, run, most_tries, every))
        if found.run is not run:
            raise ValueError(f"two tasks are called {name}")
        return run

    return keep


@cache
def tasks() -> dict[str, Task]:
    """Every task, after each app's module `work` was imported."""
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("work")
    return _tasks


def the_task(name: str) -> Task:
    """Raises ValueError where no app knows the name: a slip of the programmer, found before anything is stored."""
    found = tasks().get(name)
    if found is None:
        raise ValueError(f"no task is called {name}; a task stands in the module `work` of its app")
    return found
