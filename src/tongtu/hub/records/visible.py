"""`visible_to(asker)`: the rows somebody may know of, as one query, and what they read of each row.

The query is derived from `policy.decide` itself: for each relation that the asker has to anybody, the policy says in
which states a record exists for them and up to which class they read it. A row none of whose fields is open to
somebody does not exist for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Context, Thing, clearance, hidden, redact, visible_states
from tongtu.hub.records.sight import ANCHORS, Sight, anchor, sight_for
from tongtu.hub.statements import Ids, fetch
from tongtu.registry.columns import DISCLOSURE
from tongtu.registry.columns import noun as definition
from tongtu.terms.why import Why


class RecordSet(models.QuerySet):
    """Rows of one noun."""

    def visible_to(self, asker: Asker | Sight, action: str = "list") -> RecordSet:
        """The rows that exist for this asker. Everything else answers as if it were not there."""
        sight = asker if isinstance(asker, Sight) else sight_for(asker)
        return self.filter(visible_rows(sight, self.model.noun, action))

    def own(self, asker: Asker) -> RecordSet:
        """The rows of the asker's own organisation."""
        return self.filter(tenant=asker.organisation) if asker.organisation else self.none()

    def own_visible_to(self, sight: Sight) -> RecordSet:
        """`visible_to` of the asker's own organisation alone, which is a much shorter question."""
        found = Q(pk__in=[])
        for condition, _ in _open(sight, self.model.noun, Context("own"), "list"):
            found |= condition
        return self.own(sight.asker).filter(found)


STRANGER = Context()

Records = models.Manager.from_queryset(RecordSet)


def visible_rows(sight: Sight, noun: str, action: str = "list") -> Q:
    """The condition on rows of a noun that exist for an asker."""
    found = Q(pk__in=[])
    for rows, _ in visible_parts(sight, noun, action):
        found |= rows
    return found


def visible_parts(sight: Sight, noun: str, action: str = "list") -> Iterator[tuple[Q, str]]:
    """The rows that exist for an asker, apart by the highest class that is read of them; no row is in two parts.

    Whoever filters or counts by a column does it part by part, since a row may have raised that column.
    """
    yield from near_parts(sight, noun, action)
    near = sight.near(noun)
    for rows, top in far_parts(sight, noun, action):
        yield rows & ~near, top


def near_parts(sight: Sight, noun: str, action: str = "list") -> Iterator[tuple[Q, str]]:
    """The parts of those rows whose owners stand in some relation to the asker: few, and different for everybody."""
    for rows, context in sight.near_groups(noun):
        for condition, top in _open(sight, noun, context, action):
            yield rows & condition, top


def far_parts(sight: Sight, noun: str, action: str = "list") -> Iterator[tuple[Q, str]]:
    """What the asker reads of any stranger's rows: the same for all who have these roles, so it may be kept."""
    return _open(sight, noun, STRANGER, action)


def tops(sight: Sight, noun: str, context: Context, action: str = "list") -> dict[str, str]:
    """The highest class the asker reads in each state in which a record exists for them."""
    owner = sight.subject.organisation if context.relation == "own" else None
    found = {
        state: clearance(sight.subject, Thing(noun, state=state, owner=owner), context, action)
        for state in visible_states(sight.subject, context, action)
    }
    return {state: top for state, top in found.items() if top is not None}


def _open(sight: Sight, noun: str, context: Context, action: str) -> Iterator[tuple[Q, str]]:
    """The condition on state and class of the rows that are open to somebody, by the highest class they read."""
    found = tops(sight, noun, context, action)
    for top in dict.fromkeys(found.values()):
        states = [state for state, highest in found.items() if highest == top]
        yield Q(lifecycle__in=states, disclosure__in=DISCLOSURE[: DISCLOSURE.index(top) + 1]), top


def disclosure_of(noun: str, raised: Mapping[str, str] | None = None) -> str:
    """The most open class that any field of a record has: below it the record does not exist.

    Keys and the reference to the record it belongs to say nothing by themselves, so they do not count.
    """
    found = definition(noun)
    counted = [c for c in found.columns if c.name not in found.key and c.name != ANCHORS.get(noun)]
    return min((strictest(c.disclosure, (raised or {}).get(c.name, "")) for c in counted), key=DISCLOSURE.index)


def strictest(own: str, raised: str) -> str:
    """The class of a field whose record has raised it; an unknown word counts as the strictest of all."""
    if not raised:
        return own
    return max(own, raised if raised in DISCLOSURE else DISCLOSURE[-1], key=DISCLOSURE.index)


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as one asker reads it: the open values, and for each closed column the reason why."""

    record: models.Model
    clearance: str
    relation: str
    values: Mapping[str, Any]
    hidden: Mapping[str, Why]


def among(sight: Sight, model: Any, uids: Iterable[Any], action: str = "list") -> list[Any]:
    """Those of a handful of records that exist for the asker, decided one by one: the same as `visible_to`.

    They are fetched by nothing but their keys: beside other conditions SQLite prefers an index on these.
    """
    ids = Ids(uids)
    found = fetch(("among", model.noun), (ids,), lambda: model.objects.filter(pk__among=ids)) if ids else []
    return [record for record in found if reads(sight, record, action) is not None]


def shown(sight: Sight, record: Any) -> Shown | None:
    """What this asker reads of a record; None where it does not exist for them."""
    top = reads(sight, record)
    if top is None:
        return None
    relation = sight.relation(record.tenant_id, anchor(record))
    values = redact(record.row(), record.noun, top, record.raised)
    return Shown(record, top, relation, values, hidden(record.noun, top, record.raised))


def reads(sight: Sight, record: Any, action: str = "see") -> str | None:
    """The highest class this asker reads of a record; None where none of its fields is open to them."""
    context = sight.context(record.tenant_id, anchor(record))
    thing = Thing(record.noun, record.disclosure, record.lifecycle, str(record.tenant_id))
    top = clearance(sight.subject, thing, context, action)
    hidden_whole = top is None or DISCLOSURE.index(record.disclosure) > DISCLOSURE.index(top)
    return None if hidden_whole else top
