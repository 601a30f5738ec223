"""One table of work: whoever holds a job's lease does it; a lease that runs out is taken by another try."""

from __future__ import annotations

import json
import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tongtu.terms.why import Why

STATES = ("waiting", "running", "done", "failed", "cancelled")


class Job(models.Model):
    """`state`: waiting, running, done, failed, cancelled. `tries` is the fence: a past try writes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(max_length=80)
    args = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, default="waiting")
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey("people.Organisation", null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, null=True, blank=True, unique=True)  # the same work is not enqueued twice
    tries = models.PositiveIntegerField(default=0)
    most_tries = models.PositiveIntegerField(default=5)
    due_at = models.DateTimeField(default=timezone.now)
    holder = models.CharField(max_length=80, blank=True)  # the worker that holds the lease
    leased_until = models.DateTimeField(null=True, blank=True)
    cancel = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    message = models.JSONField(default=dict, blank=True)  # a Why: where it stands, or why it failed
    steps = models.JSONField(default=dict, blank=True)  # name -> result: a later try does not repeat a finished step
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["organisation", "-created_at", "-id"]),
            models.Index(fields=["-created_at", "-id"]),
        ]

    @property
    def why(self) -> Why | None:
        """Where it stands or why it failed, ready to be spoken."""
        return Why.from_json(json.dumps(self.message)) if self.message else None

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class Worker(models.Model):
    """A worker process and when it was last alive; what /health and the list of jobs look at."""

    name = models.CharField(primary_key=True, max_length=80)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
