"""May this asker do this? The views' one way to the policy; the reason of a refusal reaches the 403 page."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied

from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Decision, Thing, decide
from tongtu.hub.records.sight import Sight, sight_for


def may(
    asker: Asker | Sight, action: str, *, record: Any = None, kind: str = "", tenant: uuid.UUID | None = None,
    self_target: bool = False,
) -> Decision:  # fmt: skip
    """The decision about a record, or about something else (`kind`) of an organisation."""
    sight = asker if isinstance(asker, Sight) else sight_for(asker)
    if record is not None:
        thing = Thing(record.noun, record.disclosure, record.lifecycle, str(record.tenant_id))
        context = sight.context(record.tenant_id, record.pk)
    else:
        thing = Thing(kind, owner=str(tenant) if tenant else None)
        context = sight.context(tenant)
    return decide(sight.subject, action, thing, replace(context, self_target=self_target))


def require(asker: Asker | Sight, action: str, **about: Any) -> Decision:
    """`may`, or PermissionDenied with the reason."""
    decision = may(asker, action, **about)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    return decision
