"""What the pages share: who may be here at all, and the brief that an address names."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from tongtu.hub.briefs.models import Brief, may_see
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may


def reader(request: HttpRequest) -> Asker:
    """Whoever reads briefs at all. Raises PermissionDenied with the reason for everybody else."""
    asker: Asker = request.asker  # type: ignore[attr-defined]
    if not may_see(asker):
        raise PermissionDenied(may(asker, "see_brief", kind="brief").reason)
    return asker


def brief_of(request: HttpRequest, pk: uuid.UUID) -> Brief:
    """The brief, where it exists for the asker."""
    rows: Any = Brief.objects.visible_to(request.asker)  # type: ignore[attr-defined]
    return get_object_or_404(rows.select_related("organisation", "reading__user"), pk=pk)  # type: ignore[no-any-return]
