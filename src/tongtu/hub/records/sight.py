"""What one asker is to the owners of records, read from the database once a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Expertise, Grant, Organisation, Rivalry, Role
from tongtu.hub.policy import Circle, Context, Facts, Subject, circles, interests, relate
from tongtu.hub.statements import One, fetch

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


def sight_for(asker: Asker) -> Sight:
    """The sight of an asker: read once in a request that only reads, anew each time where something may change."""
    if asker.memo is None:
        return Sight(asker)
    found: Sight = asker.memo.setdefault("sight", Sight(asker))
    return found


@dataclass(frozen=True)
class Sight:
    """The relations of one asker: gathers the facts, from which `policy.relate` decides.

    Every set is a handful of ids; strangers are whoever is in none of them.
    """

    asker: Asker

    @cached_property
    def subject(self) -> Subject:
        return subject_of(self.asker)

    @cached_property
    def facts(self) -> Facts:
        """What the relation to anybody follows from."""
        others = {record: self._other_side(grant) for record, grant in self.grants.items()}
        return Facts(
            self.asker.organisation, self.above, self.below, self.rivals,
            {record: owner for record, owner in others.items() if record in self.opened},
            {record: owner for record, owner in others.items() if record not in self.opened},
            self.assigned, self.conflicted,
        )  # fmt: skip

    @cached_property
    def form(self) -> Hashable:
        """What the form of a statement on records visible to the asker depends on; `ids` fill it."""
        subject = self.subject
        near = tuple(
            (c.relation, len(c.owners), tuple(self._paired(r) if c.relation in _PAIRED else None for r in _ordered(c)))
            for c in circles(self.facts)
        )
        return self.asker.organisation is None, subject.roles, subject.verified, subject.two_factor, near

    @cached_property
    def ids(self) -> tuple[uuid.UUID, ...]:
        """Everybody and every record near to the asker, in the order of `form`."""
        return tuple(i for c in circles(self.facts) for i in (*sorted(c.owners), *_ordered(c)))  # type: ignore[misc, type-var]

    def fetch(self, key: Hashable, build: Callable[[], QuerySet[Any]], *given: One) -> list[Any]:
        """Rows of records visible to the asker: a queryset that depends on `key`, on `given` and on this sight."""
        return fetch((key, self.form), (*self.ids, *given), build)

    def fetch_own(self, key: Hashable, build: Callable[[], QuerySet[Any]]) -> list[Any]:
        """Rows of the own organisation, which depend on nobody near; none for whoever acts for none."""
        own, subject = self.asker.organisation, self.subject
        form = subject.roles, subject.verified, subject.two_factor
        return fetch((key, form), (own,), build) if own else []

    @cached_property
    def below(self) -> Ids:
        """Organisations that this one is the parent of, at any depth, or whose group it leads."""
        own = self.asker.organisation
        found = {pk for pk, _, _ in self._kin}
        layer = {pk for pk, parent, _ in self._kin if parent == own} - {own}
        while layer:
            layer = set(Organisation.objects.filter(parent__in=layer).values_list("pk", flat=True)) - found
            found |= layer
        return frozenset(found - {own})

    @cached_property
    def above(self) -> Ids:
        """The parents of this organisation, up to the root, and the lead of its group."""
        own = self.asker.organisation
        here, lead = next(((parent, lead) for pk, parent, lead in self._kin if pk == own), (None, None))
        found = set()
        while here and here not in found:
            found.add(here)
            here = Organisation.objects.filter(pk=here).values_list("parent", flat=True).get()
        every: set[Any] = {*found, lead} - {own, None}
        return frozenset(every)

    @cached_property
    def _kin(self) -> list[tuple[uuid.UUID, uuid.UUID | None, uuid.UUID | None]]:
        """This organisation and those that name it, each with its parent and the lead of its group."""
        own = self.asker.organisation

        def asked() -> QuerySet[Organisation]:
            rows = Organisation.objects.filter(Q(pk=own) | Q(parent=own) | Q(owner_group=own)).order_by()
            return rows.values_list("pk", "parent", "owner_group")

        return fetch(("kin",), (own,), asked) if own else []

    @cached_property
    def rivals(self) -> Ids:
        """Organisations that this one has declared rivals, or that have declared it one, which no page ever says."""
        return _rivals({self.asker.organisation}) if self.asker.organisation else frozenset()

    @cached_property
    def grants(self) -> dict[uuid.UUID, Grant]:
        """The other side's record -> the grant, where both have expressed interest; of several the most open one."""
        own = self.asker.organisation
        if own is None:
            return {}
        found: dict[uuid.UUID, Grant] = {}
        for grant in sorted(
            fetch(("mutual",), (own,), lambda: _mutual({own})), key=lambda g: (g.open, self._released(g), str(g.pk))
        ):
            found[grant.record_b if grant.a_id == own else grant.record_a] = grant
        return found

    @cached_property
    def opened(self) -> Ids:
        return frozenset(record for record, grant in self.grants.items() if grant.open)

    @cached_property
    def expertise(self) -> list[Expertise]:
        """What this person was assigned to, and their declared conflicts, where they ask as an expert."""
        if "expert" not in self.asker.roles:
            return []
        now = timezone.now()
        rows = Expertise.objects.filter(user=self.asker.user)
        return list(rows.filter(Q(until=None) | Q(until__gt=now)))

    @cached_property
    def conflicted(self) -> Ids:
        """Organisations of which this expert sees no more than the public does: declared, or found."""
        declared = frozenset(e.organisation_id for e in self.expertise if e.conflicted)
        return declared | conflicts(self.asker.user) if self.expertise else declared

    @cached_property
    def shut(self) -> Ids:
        """Organisations that this expert is not assigned to, whatever was written down.

        Rivals of where they work are among them and not among the conflicts: of those they would read a reason.
        """
        return self.conflicted | _rivals(employers(self.asker.user)) if self.expertise else self.conflicted

    @cached_property
    def assigned(self) -> Ids:
        """Records that this expert judges, and organisations all of whose records it does."""
        rows = (e for e in self.expertise if not e.conflicted and e.organisation_id not in self.shut)
        return frozenset(e.record or e.organisation_id for e in rows)

    def context(self, tenant: uuid.UUID | None, record: uuid.UUID | None = None) -> Context:
        """What stands between the asker and a record of `tenant`."""
        relation = self.relation(tenant, record)
        return self._paired(record) if relation in _PAIRED and record else Context(relation)

    def relation(self, tenant: uuid.UUID | None, record: uuid.UUID | None) -> str:
        """One of `policy/relations.csv`."""
        return "stranger" if self.is_far(tenant, record) else relate(tenant, record, self.facts)

    def is_far(self, tenant: uuid.UUID | None, record: uuid.UUID | None) -> bool:
        """Whether nothing at all is known between the asker and this record and its owner."""
        return tenant not in self._known and record not in self._known

    @cached_property
    def _known(self) -> frozenset[Any]:
        """Everybody and everything that is not a stranger's."""
        return frozenset(one for circle in circles(self.facts) for one in (*circle.owners, *circle.records))

    def _released(self, grant: Grant) -> bool:
        """True where the other side's secrecy officer has released its commercial fields to this one."""
        return bool(grant.released_b if grant.a_id == self.asker.organisation else grant.released_a)

    def _other_side(self, grant: Grant) -> uuid.UUID:
        return grant.b_id if grant.a_id == self.asker.organisation else grant.a_id

    def near_groups(self, noun: str = "") -> Iterator[tuple[Q, Context]]:
        """The rows of each relation but the stranger's as a condition, and what the policy is asked of them.

        Every row is in at most one group, the one that `relation` names for it; in none are the strangers', and the
        rivals', who are read as strangers are, so that nothing that is kept or counted for strangers tells of them.
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

    def _near(self, column: str) -> Iterator[tuple[Q, Context]]:
        """The rows of each circle, the closest first, pairs apart by what they have opened."""
        for circle in circles(self.facts):
            if circle.relation in _PAIRED:
                yield from self._pairs(circle, column)
            elif circle.relation != "rival" and (circle.owners or circle.records):
                yield _rows(circle, column), Context(circle.relation)

    def _pairs(self, circle: Circle, column: str) -> Iterator[tuple[Q, Context]]:
        apart: dict[Context, list[Any]] = {}
        for record in circle.records:
            apart.setdefault(self._paired(record), []).append(record)
        for context, records in apart.items():
            yield _among(column, records), context

    def _paired(self, record: Any) -> Context:
        grant = self.grants[record]
        relation = "partner" if grant.open else "matched"
        return Context(relation, True, grant.open, grant.open and self._released(grant))


_PAIRED = ("partner", "matched")


def _ordered(circle: Circle) -> list[Any]:
    return sorted(circle.records)  # type: ignore[type-var]


def employers(person: uuid.UUID | None) -> set[uuid.UUID]:
    """Where somebody works; that they serve the hub's operator as an expert is no employment."""
    return set(Role.objects.filter(user=person, organisation__is_operator=False).values_list("organisation", flat=True))


def conflicts(expert: uuid.UUID | None) -> Ids:
    """Organisations that this person does not judge because of where they work: their own, those above, below and
    beside it in its group, and its partners."""
    houses = employers(expert)
    if not houses:
        return frozenset()
    tree = Organisation.objects.exclude(parent=None, owner_group=None).values_list("pk", "parent", "owner_group")
    parents = {pk: parent for pk, parent, _ in tree if parent}
    groups = {pk: lead for pk, _, lead in tree if lead}
    partners = frozenset(side for g in _mutual(houses) if g.open for side in (g.a_id, g.b_id))
    return interests(houses, parents, groups, partners)  # type: ignore[return-value]


def unfit(expert: uuid.UUID, owner: uuid.UUID) -> bool:
    """Whether this expert cannot be assigned to the records of an organisation; the reason is not for telling."""
    declared = Expertise.objects.filter(user=expert, organisation=owner, conflicted=True)
    return owner in conflicts(expert) | _rivals(employers(expert)) or declared.exists()


def _mutual(houses: set[uuid.UUID]) -> QuerySet[Grant]:
    """The grants of these organisations in which both sides are interested."""
    sides = Q(a__in=houses) | Q(b__in=houses)
    return Grant.objects.filter(sides, ended_at=None, interest_a__isnull=False, interest_b__isnull=False)


def _rivals(houses: set[uuid.UUID]) -> Ids:
    """Those who have named one of these organisations a rival, or whom one of these has."""

    def asked() -> QuerySet[Rivalry]:
        rows = Rivalry.objects.filter(Q(organisation__in=houses) | Q(rival__in=houses))
        return rows.values_list("organisation", "rival")

    pairs = fetch(("rivals",), sorted(houses), asked)
    both = {side for pair in pairs for side in pair}
    return frozenset(both - houses)


def _rows(circle: Circle, column: str) -> Q:
    """The rows that a circle holds."""
    owners = Q(tenant__in=circle.owners)
    return owners | _among(column, circle.records) if circle.records else owners


def _among(column: str, records: Iterable[Any]) -> Q:
    """Rows whose `column` is one of the records; a reference is kept as text."""
    return Q(**{f"{column}__in": list(records) if column == "pk" else [str(r) for r in records]})
