"""One table of work: whoever holds a job's lease does it; a lease that runs out is taken by another try."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Job(models.Model):
    """`state`: waiting, running, done, failed, cancelled. `tries` is the fence: a past try writes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="waiting")
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey("people.Organisation", null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, null=True, blank=True, unique=True)  # the same work is not enqueued twice
    tries = models.PositiveIntegerField(default=0)
    most_tries = models.PositiveIntegerField(default=5)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    cancel = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    message = models.JSONField(default=dict, blank=True)  # a Why: where it stands, or why it failed
    steps = models.JSONField(default=dict, blank=True)  # name -> result: a later try does not repeat a finished step
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["organisation", "-created_at"]),
        ]
