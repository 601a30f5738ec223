"""Pages of what was done lately: newest first, behind a signed cursor that names the last line's time and id."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tongtu.hub.api.records import Page, read_cursor, write_cursor
from tongtu.hub.api.schemas import Paged


def recent(name: str, rows: QuerySet[Any], asked: Paged) -> Page:
    """One page of rows that have `created_at`. Raises Problem for a cursor of another list."""
    said = json.dumps([name, asked.model_dump(exclude={"cursor", "limit"})], sort_keys=True)
    binding = hashlib.sha256(said.encode()).hexdigest()[:16]
    place = read_cursor(asked.cursor, binding)
    if place is not None:
        at, uid = datetime.fromisoformat(place[0]), uuid.UUID(place[1])
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=uid))
    found = list(rows.order_by("-created_at", "-pk")[: asked.limit + 1])
    if len(found) <= asked.limit:
        return Page(found, None)
    last = found[asked.limit - 1]
    return Page(found[: asked.limit], write_cursor([last.created_at.isoformat(), str(last.pk)], binding))
