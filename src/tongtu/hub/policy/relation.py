"""What somebody is to the owner of a record: one word, from few facts, by a stated precedence.

    own                 the same organisation
    conflicted_expert   declared, or found: the expert works for the owner, its group, its rival or its partner
    assigned_expert     the expert was assigned to this case
    parent, subsidiary  along the chain of parents, or as the lead of the owner group
    rival               either declared the other: it closes whatever was open between the two
    partner             a confidentiality agreement of the pair is in force
    matched             a published match names both
    stranger            everybody else

The first that holds counts. A conflict comes before an assignment, so nobody judges where they have an interest; a
rivalry comes before a partnership, so declaring a rival withdraws every grant and nothing is to be forgotten. A rivalry
cannot be declared against the chain of parents. `conflicted` and `assigned` are only looked at for somebody who asks
as an expert.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Organisations, people and cases by id; a `Pair` is the frozenset of two organisations' ids.

    `parents`: organisation → the one above it; `groups`: organisation → lead of its owner group; `rivals`: declared by
    either; `partners`: a confidentiality agreement in force; `matches`: a published match; `assigned`: (expert, case);
    `conflicted`: (expert, organisation or case).
    """

    parents: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    rivals: AbstractSet[Pair] = frozenset()
    partners: AbstractSet[Pair] = frozenset()
    matches: AbstractSet[Pair] = frozenset()
    assigned: AbstractSet[tuple[str, str]] = frozenset()
    conflicted: AbstractSet[tuple[str, str]] = frozenset()


def relate(organisation: str | None, owner: str, facts: Facts, *, expert: str | None = None, case: str = "") -> str:
    """What `organisation` (None: acting for none) is to `owner`, or what the person `expert` is to the `case`.

    Somebody who asks as an expert names themselves in `expert`; `organisation` is then where they work.
    """
    if expert is not None:
        if _conflicted(expert, organisation, owner, facts, case):
            return "conflicted_expert"
        return "assigned_expert" if (expert, case) in facts.assigned else "stranger"
    if organisation is None:
        return "stranger"
    if organisation == owner:
        return "own"
    if _above(organisation, owner, facts):
        return "parent"
    if _above(owner, organisation, facts):
        return "subsidiary"
    pair = frozenset((organisation, owner))
    known = (("rival", facts.rivals), ("partner", facts.partners), ("matched", facts.matches))
    return next((word for word, pairs in known if pair in pairs), "stranger")


def _conflicted(expert: str, employer: str | None, owner: str, facts: Facts, case: str) -> bool:
    """Declared by anybody, or following from where the expert works."""
    if (expert, owner) in facts.conflicted or (expert, case) in facts.conflicted:
        return True
    if employer is None:
        return False
    pair = frozenset((employer, owner))
    return bool(
        employer == owner
        or pair in facts.rivals
        or pair in facts.partners
        or {employer, *_chain(employer, facts)} & {owner, *_chain(owner, facts)}
    )


def _above(upper: str, lower: str, facts: Facts) -> bool:
    return upper != lower and upper in _chain(lower, facts)


def _chain(organisation: str, facts: Facts) -> Iterator[str]:
    """Everything above an organisation: its parents upward, then the lead of its group; a loop in the data ends it."""
    seen = {organisation}
    here = facts.parents.get(organisation)
    while here and here not in seen:
        seen.add(here)
        yield here
        here = facts.parents.get(here)
    lead = facts.groups.get(organisation)
    if lead and lead not in seen:
        yield lead
