"""`visible_to(asker)`: the rows somebody may know of, as one query, and what they read of each row.

The query is derived from `policy.decide` itself: for each relation that the asker has to anybody, the policy says in
which states a record exists for them and up to which class they read it. A row none of whose fields is open to
somebody does not exist for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Context, Thing, clearance, hidden, redact, visible_states
from tongtu.hub.records.sight import Sight
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.why import Why


class RecordSet(models.QuerySet):
    """Rows of one noun."""

    def visible_to(self, asker: Asker | Sight, action: str = "list") -> RecordSet:
        """The rows that exist for this asker. Everything else answers as if it were not there."""
        sight = asker if isinstance(asker, Sight) else Sight(asker)
        return self.filter(visible_rows(sight, self.model.noun, action))

    def own(self, asker: Asker) -> RecordSet:
        """The rows of the asker's own organisation."""
        return self.filter(tenant=asker.organisation) if asker.organisation else self.none()


Records = models.Manager.from_queryset(RecordSet)


def visible_rows(sight: Sight, noun: str, action: str = "list") -> Q:
    """The condition on rows of a noun that exist for an asker."""
    found = Q(pk__in=[])
    for rows, context in sight.groups():
        for classes, states in _open(sight, noun, context, action).items():
            found |= rows & Q(lifecycle__in=states, disclosure__in=classes)
    return found


def _open(sight: Sight, noun: str, context: Context, action: str) -> dict[tuple[str, ...], list[str]]:
    """Disclosure classes -> the states in which records are open up to them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for state in visible_states(sight.subject, context, action):
        top = clearance(sight.subject, Thing(noun, state=state), context, action)
        if top is not None:
            found.setdefault(DISCLOSURE[: DISCLOSURE.index(top) + 1], []).append(state)
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as one asker reads it: the open values, and for each closed column the reason why."""

    record: models.Model
    clearance: str
    relation: str
    values: Mapping[str, Any]
    hidden: Mapping[str, Why]


def shown(sight: Sight, record: Any) -> Shown | None:
    """What this asker reads of a record; None where it does not exist for them."""
    context = sight.context(record.tenant_id, record.pk)
    thing = Thing(record.noun, record.disclosure, record.lifecycle, str(record.tenant_id))
    top = clearance(sight.subject, thing, context)
    if top is None:
        return None
    values = redact(record.row(), record.noun, top, record.raised)
    return Shown(record, top, context.relation, values, hidden(record.noun, top, record.raised))
