"""Answers kept under the key that a program gave its request, so that asking again does nothing again."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

#: stands for no organisation, so that uniqueness holds for who acts for none
NOBODY = uuid.UUID(int=0)


class Answer(models.Model):
    """`status` is null while the request is being answered. `digest`: of the method, path, body and roles."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    acting_for = models.UUIDField(default=NOBODY)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "acting_for", "key"], name="one_answer_a_key")]
