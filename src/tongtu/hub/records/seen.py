"""Who has seen what of whose record, by day: the owner reads it, and nobody can take a line back."""

from __future__ import annotations

from typing import Any, ClassVar

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


def note(record: Any, asker: Any, disclosure: str, way: str = "page") -> None:
    """Writes that an asker has seen a record up to a class; the owner's own people are not written down.

    Somebody who acts for no organisation (an expert) is noted under the record's, since the viewer is named anyway.
    """
    if asker.user is None or asker.organisation == record.tenant_id:
        return
    line = {"record": record.pk, "viewer_id": asker.user, "organisation_id": asker.organisation or record.tenant_id,
            "disclosure": disclosure, "way": way, "day": timezone.localdate()}  # fmt: skip
    _, new = Seen.objects.get_or_create(**line, defaults={"noun": record.noun, "tenant_id": record.tenant_id})
    if not new:
        Seen.objects.filter(**line).update(times=models.F("times") + 1)
