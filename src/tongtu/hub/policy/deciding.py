"""`decide`, and the questions that faces ask of it again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tongtu.hub.policy.model import ANONYMOUS, Context, Question, Subject, Thing
from tongtu.hub.policy.reasons import because, names
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.policy.weighing import allowed, clashing, known
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.why import Why

STRANGER = Context()
_CLAIMED = Why("hub_policy.not-yours")


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer; `reason` is worked out when somebody reads it, and is spoken with `terms.words.say`."""

    allowed: bool
    asked: Question | Why

    @property
    def reason(self) -> Why:
        return self.asked if isinstance(self.asked, Why) else because(self.asked)

    def __bool__(self) -> bool:
        return self.allowed


def decide(subject: Subject, action: str, thing: Thing, context: Context = STRANGER) -> Decision:
    """May the subject do this? Pure; never raises: an unknown role, action, relation, class or state is a refusal.

    Whoever claims as their own a record of another organisation, or of none, is refused whatever the rules say.
    """
    if context.relation == "own" and not _owns(subject, thing):
        return Decision(False, _CLAIMED)
    return _answer(
        subject.roles, action, context.relation, thing.disclosure, thing.state, subject.verified,
        subject.two_factor, context.mutual, context.granted, context.released, context.self_target,
    )  # fmt: skip


def clearance(subject: Subject, thing: Thing, context: Context = STRANGER, action: str = "see") -> str | None:
    """The highest disclosure class the subject reads of this thing, whatever `thing.disclosure` says.

    None: for them the thing does not exist, and a face answers as it answers for an id that was never given.
    """
    if context.relation == "own" and not _owns(subject, thing):
        return None
    return _highest(
        subject.roles, action, context.relation, DISCLOSURE[0], thing.state, subject.verified,
        subject.two_factor, context.mutual, context.granted, context.released, context.self_target,
    )  # fmt: skip


def visible_states(subject: Subject, context: Context = STRANGER, action: str = "list") -> tuple[str, ...]:
    """The states in which records whose owner stands in this relation are listed: what `visible_to` filters by."""
    owner = subject.organisation if context.relation == "own" else None
    states = vocabulary("states").rows
    return tuple(s for s in states if clearance(subject, Thing("", state=s, owner=owner), context, action) is not None)


def clash(roles: frozenset[str]) -> Why | None:
    """Why one person may not hold these roles together, or None: the administrators of system, security and audit
    hold nothing else (三员分立)."""
    found = clashing(roles)
    return Why("hub_policy.roles-clash", {"roles": names("role", found)}) if found else None


def grantable(roles: frozenset[str]) -> tuple[str, ...]:
    """The roles that a holder of `roles` may give to somebody else, once `decide` allows `grant_role`."""
    return tuple(role for role, row in vocabulary("roles").rows.items() if row["granted_by"] in roles)


def _owns(subject: Subject, thing: Thing) -> bool:
    return thing.owner is not None and thing.owner == subject.organisation


# Both are remembered by the fields as they come: building the question first would cost more than the answer.


@lru_cache(maxsize=1 << 15)
def _answer(roles: frozenset[str], *words_and_facts: Any) -> Decision:
    asked = Question(roles or ANONYMOUS, *words_and_facts)
    return Decision(known(asked) and allowed(asked), asked)


@lru_cache(maxsize=1 << 13)
def _highest(*lowest: Any) -> str | None:
    """The classes below the one found are seen too: no rule names a class without them."""
    asked = Question(*lowest)
    seen = (c for c in reversed(DISCLOSURE) if _answer(*asked._replace(disclosure=c)).allowed)
    return next(seen, None)
