"""What somebody is to the owner of a record: one word, from few facts, by a stated precedence.

    own                 the same organisation
    conflicted_expert   declared, or found: the expert works for the owner, its group or its partner
    assigned_expert     the expert was assigned to this record, or to the organisation
    rival               either declared the other: it closes whatever was open between the two
    partner             a confidentiality agreement about this record is in force
    matched             both sides of a pair with this record have said that they are interested
    parent, subsidiary  along the chain of parents, or as the lead of the owner group
    stranger            everybody else

The first that holds counts. A conflict comes before an assignment, so nobody judges where they have an interest; a
rivalry comes before a pair, so declaring a rival closes every pair and nothing is to be forgotten. A rivalry does not
hold within the chain of parents. Conflicts and assignments are only looked at for somebody who asks as an expert; one
who works for a rival of the owner is not assigned to it, and is not told so.

`circles` says it once, as sets: `relate` is the first circle that holds, and a query goes through the same circles
(`records.sight`). A rival's records are read with the strangers'.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

Id = Hashable
NOBODY: AbstractSet[Id] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one asker; organisations and records by id.

    `organisation`: the one acted for. `above`, `below`: its chain. `rivals`: declared by either. `partners`, `matches`:
    records of others, each with its owner, that a confidentiality agreement opens, or that wait for one. `assigned`,
    `conflicted`: organisations and records, empty for whoever does not ask as an expert.
    """

    organisation: Id | None = None
    above: AbstractSet[Id] = NOBODY
    below: AbstractSet[Id] = NOBODY
    rivals: AbstractSet[Id] = NOBODY
    partners: Mapping[Id, Id] = field(default_factory=dict)
    matches: Mapping[Id, Id] = field(default_factory=dict)
    assigned: AbstractSet[Id] = NOBODY
    conflicted: AbstractSet[Id] = NOBODY


@dataclass(frozen=True, slots=True)
class Circle:
    """A relation, and whom it holds for: every record of these owners, and these records."""

    relation: str
    owners: AbstractSet[Id] = NOBODY
    records: AbstractSet[Id] = NOBODY

    def holds(self, owner: Id | None, record: Id | None) -> bool:
        return owner in self.owners or record in self.records


def circles(facts: Facts) -> Iterator[Circle]:
    """Every relation but the stranger's, the closest first."""
    own = NOBODY if facts.organisation is None else frozenset({facts.organisation})
    rivals = facts.rivals - facts.above - facts.below - own
    yield Circle("own", own)
    yield Circle("conflicted_expert", facts.conflicted, facts.conflicted)
    yield Circle("assigned_expert", facts.assigned, facts.assigned)
    yield Circle("rival", rivals)
    for word, pairs in (("partner", facts.partners), ("matched", facts.matches)):
        yield Circle(word, NOBODY, frozenset(record for record, owner in pairs.items() if owner not in rivals))
    yield Circle("parent", facts.below)
    yield Circle("subsidiary", facts.above)


def relate(owner: Id | None, record: Id | None, facts: Facts) -> str:
    """What the asker is to the owner of this record; `record` None: to the owner, whatever the record."""
    return next((circle.relation for circle in circles(facts) if circle.holds(owner, record)), "stranger")


def chain(organisation: Id, parents: Mapping[Id, Id], groups: Mapping[Id, Id]) -> tuple[Id, ...]:
    """Everything above an organisation: its parents upward, then the lead of its group; a loop in the data ends it.

    `parents`: organisation → the one above it; `groups`: organisation → lead of its owner group.
    """
    found: dict[Id, None] = {}
    here = parents.get(organisation)
    while here is not None and here != organisation and here not in found:
        found[here] = None
        here = parents.get(here)
    lead = groups.get(organisation)
    if lead is not None and lead != organisation:
        found[lead] = None
    return tuple(found)


def interests(
    employers: Iterable[Id], parents: Mapping[Id, Id], groups: Mapping[Id, Id], others: AbstractSet[Id]
) -> frozenset[Id]:
    """Organisations that somebody who works for `employers` does not judge: these, whoever shares something above
    with them, and `others`, their partners."""
    mine = set(employers)
    for employer in tuple(mine):
        mine.update(chain(employer, parents, groups))
    known = {*parents, *groups}
    return frozenset(mine | others | {one for one in known if mine.intersection(chain(one, parents, groups))})
