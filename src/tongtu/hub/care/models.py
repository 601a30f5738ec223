"""The log of what happened: appended, never changed; each line carries the hash of the one before it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Event(models.Model):
    """Who did what to which thing; `why` holds the reason as data, never a person's business text."""

    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("people.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, blank=True)  # noun or name of the model
    thing = models.CharField(max_length=64, blank=True)
    tenant = models.ForeignKey("people.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    allowed = models.BooleanField(default=True)
    why = models.JSONField(default=dict, blank=True)
    request = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"]), models.Index(fields=["thing"])]
