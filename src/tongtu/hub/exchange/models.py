"""A batch is one import, with what it found and what it did, so that it can be looked at and taken back whole.

Batch ── BatchFault   what is wrong, cell by cell
  │  └── Change       what a record was before this batch changed it, or that the batch made it
Export                a file made for one person, with their mark in it
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

#: actions of the policy that are an import, for one's own organisation and for others
IMPORTS = ("import", "import_for_others")


class OfOwnHouse(models.QuerySet):
    """An organisation's imports: they hold whole workbooks, so only those who may import the like see them."""

    def visible_to(self, asker: Asker) -> OfOwnHouse:
        own = self.filter(organisation=asker.organisation) if asker.organisation else self.none()
        kinds = [others for others, allowed in ((False, own_import(asker)), (True, for_others(asker))) if allowed]
        return own.filter(others__in=kinds)


class OfOneself(models.QuerySet):
    """Rows that concern nobody but the person who asked for them."""

    def visible_to(self, asker: Asker) -> OfOneself:
        found = self.filter(organisation=asker.organisation, user=asker.user)
        return found if asker.user and asker.organisation else self.none()


def may_import(asker: Asker) -> bool:
    """May they import anything for anybody?"""
    return own_import(asker) or for_others(asker)


def own_import(asker: Asker) -> bool:
    """May they import for the organisation they act for?"""
    own = asker.organisation
    return own is not None and may(asker, "import", kind="batch", tenant=own).allowed


def for_others(asker: Asker) -> bool:
    """May they import for organisations that are strangers to their own, as the secretariat does?"""
    return asker.organisation is not None and may(asker, "import_for_others", kind="batch").allowed


class Batch(models.Model):
    """An import. `state`: reading, refused, ready (dry run done), storing, stored, undone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)  # of the file, as the person called it
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField(default=0)
    others = models.BooleanField(default=False)  # brought for a consortium, by whoever may import for others
    state = models.CharField(max_length=12, default="reading")
    partial = models.BooleanField(default=False)  # rows without fault are stored although others have one
    lifecycle = models.CharField(max_length=12, default="draft")  # where new records stand afterwards
    choices = models.JSONField(default=list)  # the states new records may be given
    counts = models.JSONField(default=dict)  # noun -> {new, changed, unchanged, wrong, left}
    errors = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    why = models.JSONField(default=dict, blank=True)  # why it stands where it does, where that needs a reason
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    stored_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(OfOwnHouse)()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        verbose_name_plural = "batches"
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_at"])]

    @property
    def reason(self) -> Why | None:
        return told(self.why)


class BatchFault(models.Model):
    """One fault of a batch; `number` is its place in the order of file, sheet and row."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="faults")
    number = models.PositiveIntegerField()
    severity = models.CharField(max_length=8)
    what = models.JSONField()
    repair = models.JSONField(null=True, blank=True)
    file = models.TextField(blank=True)
    sheet = models.TextField(blank=True)
    row = models.PositiveIntegerField(null=True, blank=True)
    column = models.TextField(blank=True)
    value = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "number"], name="one_fault_a_number")]

    @property
    def fault(self) -> Fault:
        what = told(self.what) or Why("hub_exchange.unknown")
        place = (self.file, self.sheet, self.row, self.column, self.value)
        return Fault(what, told(self.repair), *place, "warning" if self.severity == "warning" else "error")


class Change(models.Model):
    """What a batch did to one record: made it (`before` null), or changed it to `revision`."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="changes")
    noun = models.CharField(max_length=40)
    record = models.UUIDField()
    revision = models.PositiveIntegerField()
    before = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "record"], name="one_change_a_record")]


class Export(models.Model):
    """A file being made, or made, for one person. `state`: making, ready, failed; it is thrown away when it is old."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    nouns = models.JSONField(default=list)
    scope = models.CharField(max_length=8, default="own")  # own, or everything that may be seen
    form = models.CharField(max_length=8, default="xlsx")
    lang = models.CharField(max_length=2, default="zh")
    state = models.CharField(max_length=12, default="making")
    counts = models.JSONField(default=dict)
    name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(default=0)
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(OfOneself)()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]

    @property
    def standing(self) -> str:
        """making, ready or failed: it is not being made any more where the work on it has ended."""
        if self.state == "making" and (self.job is None or self.job.state in ("failed", "cancelled")):
            return "failed"
        return self.state

    @property
    def reason(self) -> Why | None:
        """Why it failed, where that is known."""
        return self.job.why if self.job and self.standing == "failed" else None


def told(kept: Any) -> Why | None:
    """A reason as a JSON column keeps it."""
    import json

    return Why.from_json(json.dumps(kept)) if kept else None
