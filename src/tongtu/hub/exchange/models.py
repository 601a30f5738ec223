"""A batch: one import, with what it brought, so that it can be looked at and taken back whole."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Batch(models.Model):
    """An import. `state`: reading, refused, ready (dry run done), storing, stored, undone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)  # of the file, as the person called it
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="reading")
    partial = models.BooleanField(default=False)  # rows without fault are stored although others have one
    counts = models.JSONField(default=dict)  # noun -> rows
    faults = models.JSONField(default=list)
    before = models.JSONField(default=dict)  # what undo puts back: records that the batch changed
    created_at = models.DateTimeField(default=timezone.now)
    stored_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name_plural = "batches"
