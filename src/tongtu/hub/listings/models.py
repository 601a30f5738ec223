"""What people keep beside their listings: files, saved searches, why a draft came back, and what to index anew."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Attachment(models.Model):
    """A file of a record, stored under the hash of its content; it has a disclosure class of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    noun = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    tenant = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    disclosure = models.CharField(max_length=12, default="restricted")
    added_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["added_at", "id"]


class SavedSearch(models.Model):
    """A search somebody wants to hear about: at most one message a day, with what is new."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="searches")
    organisation = models.ForeignKey("people.Organisation", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    noun = models.CharField(max_length=40)
    words = models.CharField(max_length=400, blank=True)
    facets = models.JSONField(default=dict, blank=True)
    alert = models.BooleanField(default=True)
    told_at = models.DateTimeField(default=timezone.now)
    found = models.JSONField(default=list, blank=True)  # ids of what the last message told of
    feed = models.UUIDField(null=True, blank=True, unique=True)  # names its feed for readers without a session
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["name", "id"]


class Return(models.Model):
    """A draft sent back for correction (整改): what is wrong, by field."""

    noun = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    remarks = models.JSONField(default=dict)  # field -> remark, "" for the whole

    class Meta:
        ordering: ClassVar = ["-at"]


class Revision(models.Model):
    """A new text of a published listing, as its form was sent. `state`: waiting, returned, done, dropped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    noun = models.CharField(max_length=40)
    record = models.UUIDField(db_index=True)
    tenant = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default="waiting")
    author = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    base = models.CharField(max_length=64)  # a mark of the text that it was written against
    typed = models.JSONField(default=dict)
    raised = models.JSONField(default=dict)
    rows = models.JSONField(default=dict)
    remark = models.TextField(blank=True)
    settled_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], condition=models.Q(state__in=("waiting", "returned")), name="one_unsettled_revision"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "sent_at"])]


class Stale(models.Model):
    """A record whose entry in the indexes is out of date; written with the change, taken away once it is indexed."""

    noun = models.CharField(max_length=40)
    record = models.UUIDField()
    since = models.DateTimeField(default=timezone.now)
