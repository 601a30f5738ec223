"""The log of what happened: appended, never changed; once sealed, each line carries the hash of the one before it."""

from __future__ import annotations

import json
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tongtu.terms.why import Why


class Event(models.Model):
    """Who did what to which thing; `why` holds the reason as data, never a person's business text.

    A line is written in the transaction of what it tells of, and sealed into the chain a moment later
    (`care.chain.seal`): `place` is its number in the chain, `digest` the hash over itself and `previous`.
    """

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
    place = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-at", "-id"]),
            models.Index(fields=["organisation", "-at", "-id"]),
            models.Index(fields=["-at", "-id"]),
            models.Index(fields=["thing"]),
            models.Index(fields=["id"], condition=models.Q(place=None), name="unsealed"),
        ]

    @property
    def reason(self) -> Why | None:
        """The reason, ready to be spoken."""
        return Why.from_json(json.dumps(self.why)) if self.why else None


class Checkpoint(models.Model):
    """The Merkle root (RFC 6962) over the first `size` digests; whoever has noted it down can hold the log to it."""

    at = models.DateTimeField(default=timezone.now)
    size = models.PositiveBigIntegerField(unique=True)
    root = models.CharField(max_length=64)
