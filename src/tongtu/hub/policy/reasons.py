"""Why the answer is what it is.

An allowance is explained by its line. A refusal says what is missing and who can give it, found by asking the policy
itself: the first small change of the question that would have been allowed. So a reason is true as long as the policy
is, and nothing has to be kept in step with it.

A reason never tells what the asker may not know: a record they cannot see is `not-here` whatever its state, and a
rival hears what a stranger hears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from tongtu.hub.policy.model import ANONYMOUS, Question
from tongtu.hub.policy.tables import RANK, vocabulary
from tongtu.hub.policy.weighing import allowed, answering, clashing, known, unknown
from tongtu.terms.why import Why

Changes = tuple[tuple[str, dict[str, Any]], ...]
_CIRCUMSTANCES: Changes = (
    ("needs-two-factor", {"two_factor": True}),
    ("needs-verified", {"verified": True}),
    ("needs-mutual", {"mutual": True}),
    ("needs-grant", {"granted": True}),
    ("needs-release", {"granted": True, "released": True}),
    ("needs-mutual", {"verified": True, "mutual": True}),
    ("needs-grant", {"verified": True, "granted": True}),
    ("needs-release", {"verified": True, "granted": True, "released": True}),
)
_PAIRED: Changes = (
    ("needs-match", {"verified": True, "relation": "matched"}),
    ("needs-mutual-match", {"verified": True, "relation": "matched", "mutual": True}),
    ("needs-grant", {"verified": True, "relation": "partner", "granted": True}),
    ("needs-release", {"verified": True, "relation": "partner", "granted": True, "released": True}),
)
_STATEFUL = ("record", "match", "case")
_BUSINESS = ("exchange", "brief", *_STATEFUL)


@lru_cache(maxsize=1 << 14)
def because(asked: Question) -> Why:
    """The reason of the answer to this question."""
    stopped = _stopped(asked)
    if stopped is not None:
        return stopped
    rule = answering(asked)
    if rule is not None:
        return _why(rule.reason, asked._replace(roles=asked.roles & rule.roles))
    return next(reason for step in _STEPS for reason in step(asked))


def name(table: str, word: str) -> Why:
    """The name of a role, action, class, relation or state, as an argument of a reason."""
    return Why(f"hub_policy.{table}-{word.replace('_', '-')}")


def names(table: str, words: Iterable[str]) -> tuple[Why, ...]:
    return tuple(name(table, word) for word in words)


def _stopped(asked: Question) -> Why | None:
    """What stops a question before any rule is read."""
    if not known(asked):
        table, word = unknown(asked)
        return Why(f"hub_policy.unknown-{table}", {"word": word})
    clash = clashing(asked.roles)
    return Why("hub_policy.roles-clash", {"roles": names("role", clash)}) if clash else None


# The steps, in this order: each yields its reason when it is the one that holds.


def _outside(asked: Question) -> Iterator[Why]:
    """核心商密 are kept outside, whoever asks."""
    if asked.disclosure == "core":
        yield _why("kept-outside", asked)


def _unseen(asked: Question) -> Iterator[Why]:
    """A record the asker cannot see at all gives no other answer than one that does not exist."""
    if _about(asked) in _STATEFUL and asked.action != "create" and asked.relation != "own":
        ways = (asked._replace(action=action, disclosure="public") for action in ("see", asked.action))
        if not any(allowed(way) for way in ways):
            yield _why("not-here", asked)


def _unnamed(asked: Question) -> Iterator[Why]:
    """Somebody who has not signed in."""
    if asked.roles == ANONYMOUS:
        yield _why("sign-in", asked)


def _conflicted(asked: Question) -> Iterator[Why]:
    if asked.relation == "conflicted_expert":
        yield _why("conflicted", asked)


def _apart(asked: Question) -> Iterator[Why]:
    """The three administrators and business data."""
    row = vocabulary("roles").rows[min(asked.roles)]
    if row["alone"] and row["where"] == "operator" and (RANK[asked.disclosure] > 0 or _about(asked) in _BUSINESS):
        yield _why("no-business-data", asked)


def _circumstance(asked: Question) -> Iterator[Why]:
    """Everything is right but a circumstance."""
    yield from _changed(asked, _CIRCUMSTANCES)


def _colleague(asked: Question) -> Iterator[Why]:
    """Somebody else in one's organisation may; what they would still need follows in brackets."""
    if not any(vocabulary("roles").rows[role]["where"] == "organisation" for role in asked.roles):
        return
    for code, change in (("", {}), *_CIRCUMSTANCES):
        able = _able(asked._replace(**change), "organisation")
        if able:
            parts = (_why(code, asked),) if code else ()
            yield Why("hub_policy.needs-role", {"roles": names("role", able)}, parts)


def _pair(asked: Question) -> Iterator[Why]:
    """What two organisations open to each other."""
    if asked.relation != "own":
        yield from _changed(asked, _PAIRED)


def _assigned(asked: Question) -> Iterator[Why]:
    if allowed(asked._replace(relation="assigned_expert")):
        yield _why("needs-assignment", asked)


def _state(asked: Question) -> Iterator[Why]:
    states = [s for s in vocabulary("states").rows if allowed(asked._replace(state=s))]
    if states:
        yield Why("hub_policy.wrong-state", {"state": name("state", asked.state), "states": names("state", states)})


def _oneself(asked: Question) -> Iterator[Why]:
    if allowed(asked._replace(self_target=True)):
        yield _why("self-only", asked)


def _owner(asked: Question) -> Iterator[Why]:
    """Somebody in the owner's organisation may."""
    own = asked._replace(relation="own", verified=True, two_factor=True)
    if asked.relation != "own" and _able(own, "organisation"):
        yield _why("owner-only", asked)


def _operator(asked: Question) -> Iterator[Why]:
    """It is the task of one of the operator's roles."""
    able = _able(asked._replace(verified=True, two_factor=True), "operator")
    if able:
        yield Why("hub_policy.needs-operator", {"roles": names("role", able)})


def _otherwise(asked: Question) -> Iterator[Why]:
    yield _why("not-for-you", asked)


_STEPS: tuple[Callable[[Question], Iterator[Why]], ...] = (
    _outside, _unseen, _unnamed, _conflicted, _apart, _circumstance, _colleague, _pair, _assigned, _state, _oneself,
    _owner, _operator, _otherwise,
)  # fmt: skip


def _about(asked: Question) -> str:
    return vocabulary("actions").rows[asked.action]["about"]


def _changed(asked: Question, changes: Changes) -> Iterator[Why]:
    """The reasons whose change of the question would have been allowed, the smallest change first."""
    return (_why(code, asked) for code, change in changes if allowed(asked._replace(**change)))


def _able(asked: Question, where: str) -> list[str]:
    """The people's roles of this place that would be allowed the same; a service account is no person to turn to."""
    rows = vocabulary("roles").rows
    roles = (role for role, row in rows.items() if row["where"] == where and role != "service_account")
    return [role for role in roles if allowed(asked._replace(roles=frozenset({role})))]


def _why(code: str, asked: Question) -> Why:
    """A reason of the catalogue with the words it may use."""
    role = next(role for role in vocabulary("roles").rows if role in asked.roles)
    return Why(f"hub_policy.{code}", {
        "role": name("role", role), "action": name("action", asked.action), "class": name("class", asked.disclosure),
    })  # fmt: skip
