"""What experts said. That somebody is assigned, or in conflict, stands in `people.Expertise`."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Opinion(models.Model):
    """What an expert says of a listing; one an expert and listing, the secretariat reads it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    noun = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    tenant = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")  # whose listing
    score = models.PositiveSmallIntegerField()
    comment = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "record"], name="one_opinion")]
