"""What one asker is to the owners of records, read from the database once a request."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Expertise, Grant, Organisation
from tongtu.hub.policy import Context, Subject

Ids = frozenset[uuid.UUID]

#: nouns whose rows belong to a record of another noun: column that names it. What is opened of the one is of the other
ANCHORS = {
    "indicators": "subject",
    "ownership": "achievement",
    "lines": "platform",
    "services": "platform",
    "equipment": "platform",
}


def anchor(record: Any) -> uuid.UUID | None:
    """The record that a pair, an expert's task or a release is about: this one, or the one it belongs to."""
    column = ANCHORS.get(record.noun)
    if column is None:
        return uuid.UUID(str(record.pk))
    try:
        return uuid.UUID(getattr(record, column) or "")
    except ValueError:
        return None


def subject_of(asker: Asker) -> Subject:
    """The asker as the policy knows it."""
    organisation = str(asker.organisation) if asker.organisation else None
    return Subject(organisation, asker.roles - {"anonymous"}, asker.verified, asker.two_factor)


@dataclass(frozen=True)
class Sight:
    """The relations of one asker. Every set is a handful of ids; strangers are whoever is in none of them."""

    asker: Asker

    @cached_property
    def subject(self) -> Subject:
        return subject_of(self.asker)

    @cached_property
    def below(self) -> Ids:
        """Organisations that this one is the parent of, at any depth."""
        found: set[uuid.UUID] = set()
        layer = {self.asker.organisation} if self.asker.organisation else set()
        while layer:
            layer = set(Organisation.objects.filter(parent__in=layer).values_list("pk", flat=True)) - found
            found |= layer
        return frozenset(found)

    @cached_property
    def above(self) -> Ids:
        """The parents of this organisation, up to the root."""
        found: list[uuid.UUID] = []
        here = self.asker.organisation
        while here and here not in found:
            found.append(here)
            here = Organisation.objects.filter(pk=here).values_list("parent", flat=True).first()
        return frozenset(found[1:])

    @cached_property
    def grants(self) -> dict[uuid.UUID, Grant]:
        """The other side's record -> the grant, where both have expressed interest; of several the most open one."""
        own = self.asker.organisation
        if own is None:
            return {}
        rows = Grant.objects.filter(
            Q(a=own) | Q(b=own), ended_at=None, interest_a__isnull=False, interest_b__isnull=False
        )
        found: dict[uuid.UUID, Grant] = {}
        for grant in sorted(rows, key=lambda g: (g.open, self._released(g), str(g.pk))):
            found[grant.record_b if grant.a_id == own else grant.record_a] = grant
        return found

    @cached_property
    def opened(self) -> Ids:
        return frozenset(record for record, grant in self.grants.items() if grant.open)

    @cached_property
    def expertise(self) -> list[Expertise]:
        if self.asker.user is None:
            return []
        now = timezone.now()
        rows = Expertise.objects.filter(user=self.asker.user)
        return list(rows.filter(Q(until=None) | Q(until__gt=now)))

    @cached_property
    def conflicted(self) -> Ids:
        """Organisations of which this expert sees no more than the public does."""
        return frozenset(e.organisation_id for e in self.expertise if e.conflicted)

    @cached_property
    def assigned(self) -> Ids:
        """Records that this expert judges, and organisations all of whose records it does."""
        rows = (e for e in self.expertise if not e.conflicted and e.organisation_id not in self.conflicted)
        return frozenset(e.record or e.organisation_id for e in rows)

    def context(self, tenant: uuid.UUID | None, record: uuid.UUID | None = None) -> Context:
        """What stands between the asker and a record of `tenant`."""
        grant = self.grants.get(record) if record else None
        opened = grant is not None and grant.open
        return Context(
            relation=self.relation(tenant, record),
            mutual=grant is not None,
            granted=opened,
            released=opened and self._released(grant),
        )

    def relation(self, tenant: uuid.UUID | None, record: uuid.UUID | None) -> str:
        """One of `policy/relations.csv`; the closest that holds, and conflict before everything but the own house."""
        if tenant is not None and tenant == self.asker.organisation:
            return "own"
        if tenant in self.conflicted:
            return "conflicted_expert"
        if {tenant, record} & self.assigned:
            return "assigned_expert"
        if record in self.opened:
            return "partner"
        if record in self.grants:
            return "matched"
        if tenant in self.below:
            return "parent"
        return "subsidiary" if tenant in self.above else "stranger"

    def _released(self, grant: Grant | None) -> bool:
        """True where the other side's secrecy officer has released its commercial fields to this one."""
        if grant is None:
            return False
        return bool(grant.released_b if grant.a_id == self.asker.organisation else grant.released_a)

    def near_groups(self, noun: str = "") -> Iterator[tuple[Q, Context]]:
        """The rows of each relation but the stranger's as a condition, and what the policy is asked of them.

        Every row is in at most one group, the one that `relation` names for it; in none are the strangers'.
        """
        near = Q(pk__in=[])
        for rows, context in self._near(ANCHORS.get(noun, "pk")):
            yield rows & ~near, context
            near |= rows

    def near(self, noun: str = "") -> Q:
        """The rows of all these groups."""
        near = Q(pk__in=[])
        for rows, _ in self._near(ANCHORS.get(noun, "pk")):
            near |= rows
        return near

    def _near(self, record: str) -> Iterator[tuple[Q, Context]]:
        """The rows of each relation but the stranger's, the closest first; `record` is the column of `anchor`."""
        own = self.asker.organisation
        if own is not None:
            yield Q(tenant=own), Context("own")
        if self.conflicted:
            yield Q(tenant__in=self.conflicted), Context("conflicted_expert")
        if self.assigned:
            yield Q(tenant__in=self.assigned) | _among(record, self.assigned), Context("assigned_expert")
        paired: dict[Context, list[uuid.UUID]] = {}
        for other in self.grants:
            paired.setdefault(self._paired(other), []).append(other)
        for context, records in paired.items():
            yield _among(record, records), context
        if self.below:
            yield Q(tenant__in=self.below), Context("parent")
        if self.above:
            yield Q(tenant__in=self.above), Context("subsidiary")

    def _paired(self, record: uuid.UUID) -> Context:
        grant = self.grants[record]
        relation = "partner" if grant.open else "matched"
        return Context(relation, True, grant.open, grant.open and self._released(grant))


def _among(column: str, records: Iterable[uuid.UUID]) -> Q:
    """Rows whose `column` is one of the records; a reference is kept as text."""
    return Q(**{f"{column}__in": list(records) if column == "pk" else [str(r) for r in records]})
