"""A market as it was computed, its pairs, and the rounds that cleared it.

A market stands for one disclosure class: its texts, statistics and scores come only from fields of that class of
published records, so that whoever may see the class may see every number of it.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Market(models.Model):
    """One computation of all pairs over a snapshot; the newest finished one of a class is what pages show."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    disclosure = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)  # of the snapshot
    as_of = models.DateField()
    options = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)


class Match(models.Model):
    """A pair with its probability of being useful and the reasons, as data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="matches")
    question_noun = models.CharField(max_length=40)
    question = models.UUIDField()
    answer_noun = models.CharField(max_length=40)
    answer = models.UUIDField()
    rank = models.PositiveIntegerField()
    score = models.FloatField(null=True)
    eligible = models.BooleanField(default=True)
    reasons = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["market", "question", "answer"], name="one_pair_a_market")
        ]
        indexes: ClassVar = [models.Index(fields=["question", "rank"]), models.Index(fields=["answer", "rank"])]


class Feedback(models.Model):
    """What a person says of a pair (0 useless … 3 right), for the weights."""

    question = models.UUIDField()
    answer = models.UUIDField()
    useful = models.PositiveSmallIntegerField()
    why = models.TextField(blank=True)
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "answer", "organisation"], name="one_feedback")
        ]


class Plan(models.Model):
    """An industrialisation plan of the chain over what a class may read; its page and workbook lie under `plans/`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    disclosure = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    as_of = models.DateField()
    links = models.JSONField(default=list)  # link, status, rows in, rows out
    created_at = models.DateTimeField(default=timezone.now)


class Round(models.Model):
    """A clearing round. `state`: preview, published, appealed, closed. `reveals` lists what publication makes known."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default="preview")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="rounds")
    options = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    reveals = models.JSONField(default=list)
    created_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)


class Appeal(models.Model):
    """One side contests what a round decided for its record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="appeals")
    record = models.UUIDField()
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
