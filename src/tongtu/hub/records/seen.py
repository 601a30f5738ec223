"""Who has seen what of whose record, by day: the owner reads it, and nobody can take a line back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Seen(models.Model):
    """A viewing beyond the teaser, or any by an operator; one line a person, record, class and day."""

    noun = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    tenant = models.ForeignKey("people.Organisation", on_delete=models.CASCADE, related_name="+")  # whose record
    viewer = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")  # acting for
    disclosure = models.CharField(max_length=12)
    way = models.CharField(max_length=12, default="page")  # page, export, api, attachment
    day = models.DateField(default=timezone.localdate)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "records"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "viewer", "organisation", "disclosure", "way", "day"], name="one_line_a_day"
            )
        ]
