"""Putting work into the table and taking it back, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.tasks import the_task
from tongtu.terms.why import Why


def enqueue(
    name: str,
    args: Mapping[str, Any] | None = None,
    *,
    by: Any = None,
    organisation: Any = None,
    key: str | None = None,
    due: datetime | None = None,
) -> Job:
    """Work for the worker: it exists exactly if the transaction around this call commits.

    `by` and `organisation` are a user and an organisation, or their ids: whose job it is, who sees it. With a `key`
    the same work is enqueued once: a second call answers with the job of the first, whatever has become of it.
    Raises ValueError for a task that no app knows.
    """
    task = the_task(name)
    values: dict[str, Any] = {
        "task": name,
        "args": dict(args or {}),
        "by_id": getattr(by, "pk", by),
        "organisation_id": getattr(organisation, "pk", organisation),
        "most_tries": task.most_tries,
        "due_at": due or timezone.now(),
    }
    if key is None:
        return Job.objects.create(**values)
    job, _ = Job.objects.get_or_create(key=key, defaults=values)
    return job


def cancel(job: Job) -> bool:
    """Asks for a stop: a waiting job is cancelled at once, a running one at its next step or report of progress.

    False where it had ended already.
    """
    with transaction.atomic():
        fields = {"state": "cancelled", "ended_at": timezone.now(), "cancel": True, "message": stored(CANCELLED)}
        if Job.objects.filter(pk=job.pk, state="waiting").update(**fields):
            return True
        return bool(Job.objects.filter(pk=job.pk, state="running").update(cancel=True))


def retry(job: Job) -> bool:
    """Sets a failed or cancelled job back to waiting, with as many tries as at first; finished steps stay finished."""
    more = the_task(job.task).most_tries
    found = Job.objects.filter(pk=job.pk, state__in=("failed", "cancelled"), tries=job.tries)
    return bool(
        found.update(
            state="waiting", cancel=False, due_at=timezone.now(), ended_at=None, message={}, most_tries=job.tries + more
        )
    )


CANCELLED = Why("hub_jobs.was-cancelled")


def stored(why: Why | None) -> dict[str, Any]:
    """A reason as the column `message` keeps it."""
    return json.loads(why.to_json()) if why else {}
