"""What every record has beside its noun's columns: whose it is, where it stands, and how often it was changed."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from tongtu.hub.records.columns import field_name, is_lifecycle
from tongtu.hub.records.visible import Records
from tongtu.registry.columns import noun


class Record(models.Model):
    """A row of a noun.

    `uid` is random: an id says nothing of how many there are. The noun's own key is the tenant's number and is unique
    within the tenant. References hold uids. `raised` names fields that the tenant has put into a stricter class.
    """

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    lifecycle = models.CharField(max_length=12, default="draft")
    revision = models.PositiveIntegerField(default=1)
    raised = models.JSONField(default=dict, blank=True)
    disclosure = models.CharField(max_length=12, default="public")  # the most open class that any field of it has
    batch = models.ForeignKey("exchange.Batch", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = Records()

    class Meta:
        abstract = True

    noun: ClassVar[str]

    def row(self) -> dict[str, Any]:
        """The record's values by the names of its noun's columns; the listing's state is its lifecycle."""
        return {name: getattr(self, held) for name, held in _held(self.noun)}


@cache
def _held(name: str) -> tuple[tuple[str, str], ...]:
    """The columns of a noun, each with the field that holds it."""
    return tuple((c.name, "lifecycle" if is_lifecycle(c) else field_name(c)) for c in noun(name).columns)
