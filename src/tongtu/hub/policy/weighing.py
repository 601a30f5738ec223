"""A question laid on the rules: which line answers it."""

from __future__ import annotations

from functools import cache

from tongtu.hub.policy.model import Question
from tongtu.hub.policy.tables import RANK, Rule, indexed, rules, vocabulary

Index = dict[tuple[str, str], tuple[Rule, ...]]


def answering(asked: Question, index: Index | None = None) -> Rule | None:
    """The line that decides: the first that denies, else the first that allows, else None (refused by default).

    One person's roles add up, except that what any of them is denied stays denied. `index` is the policy in force
    unless given.
    """
    policy = _policy() if index is None else index
    speaking = [
        rule
        for role in asked.roles
        for rule in policy.get((role, asked.action), ())
        if asked.relation in rule.relations
        and asked.state in rule.states
        and RANK[asked.disclosure] <= rule.up_to
        and all(getattr(asked, name) for name in rule.conditions)
    ]
    return min(speaking, key=_precedence, default=None)


def allowed(asked: Question) -> bool:
    """Whether roles that may be held together are allowed this by a rule. The words must be known."""
    rule = answering(asked)
    return rule is not None and rule.allows and not clashing(asked.roles)


def known(asked: Question) -> bool:
    """Whether the tables know every word of a question."""
    roles, actions, relations, states = _words()
    return (
        asked.roles <= roles
        and asked.action in actions
        and asked.relation in relations
        and asked.state in states
        and asked.disclosure in RANK
    )


def unknown(asked: Question) -> tuple[str, str]:
    """The first word of a question that no table knows, after its table's name; two empty texts where all are known."""
    tables = ("roles", "actions", "relations", "states", "classes")
    given = (asked.roles, {asked.action}, {asked.relation}, {asked.state}, {asked.disclosure})
    strange = zip(tables, given, (*_words(), RANK.keys()), strict=True)
    return next(((table, min(map(str, words - all_))) for table, words, all_ in strange if words - all_), ("", ""))


@cache
def clashing(roles: frozenset[str]) -> tuple[str, ...]:
    """Roles held together although one of them stands alone, in the order of roles.csv; empty where all is well."""
    rows = vocabulary("roles").rows
    if len(roles) < 2 or not any(rows[role]["alone"] for role in roles if role in rows):
        return ()
    return tuple(role for role in rows if role in roles)


def _precedence(rule: Rule) -> tuple[bool, int]:
    return rule.allows, rule.line


@cache
def _words() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(vocabulary(name).rows) for name in ("roles", "actions", "relations", "states"))


@cache
def _policy() -> Index:
    return indexed(rules())
