"""The policy against a table kept by hand: every role x action x relation x class x state, in ten situations
(in three for people with two roles).

`expected_policy.csv` was written from the requirements before the policy, in another structure: it names the highest
class per state, later lines override earlier ones, and it has no denials, no groups of the policy's and no conditions.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from tongtu.hub.policy import Context, Subject, Thing, clearance, decide
from tongtu.hub.policy.model import Question
from tongtu.hub.policy.tables import RANK, Rule, indexed, rules, vocabulary
from tongtu.hub.policy.weighing import Index, answering, clashing
from tongtu.registry.columns import DISCLOSURE

TABLE = Path(__file__).with_name("expected_policy.csv")
PEOPLE = ["viewer", "editor", "approver", "organisation_admin", "secrecy_officer"]
STAFF = ["secretariat", "system_admin", "security_admin", "audit_admin", "expert"]
SINGLE = ["anonymous", *PEOPLE, "service_account", *STAFF]
JOINED = [
    "viewer+editor",
    "viewer+expert",
    "secretariat+approver",
    "system_admin+approver",
    "audit_admin+security_admin",
]
RELATIONS = ["own", "parent", "subsidiary", "partner", "matched", "rival", "assigned_expert", "conflicted_expert",
             "stranger"]  # fmt: skip
STATES = ["draft", "review", "returned", "published", "expiring", "expired", "withdrawn"]
ACTIONS = [
    "see", "list", "search", "create", "edit", "submit", "return", "publish", "renew", "withdraw", "delete", "attach",
    "download", "export", "see_history", "see_viewers", "reclassify", "release", "import", "import_for_others",
    "undo_import", "see_match", "rate_match", "express_interest", "accept_nda", "decline", "preview_round", "run_round",
    "publish_round", "appeal", "invite", "remove_member", "grant_role", "see_members", "see_sessions", "end_sessions",
    "create_token", "revoke_token", "register", "verify_organisation", "edit_organisation", "set_parent",
    "declare_rival", "see_jobs", "cancel_job", "retry_job", "see_log", "export_log", "backup", "change_settings",
    "assign_expert", "judge_case", "declare_conflict", "see_opinions", "revise", "approve_revision", "set_openings",
    "see_brief", "propose_correction", "read_in", "decide_correction", "approve_draft_rule",
]  # fmt: skip
# situation: verified, two_factor, mutual, granted, released, self
SITUATIONS = {
    "plain": (True, True, False, False, False, False),
    "granted": (True, True, False, True, False, False),
    "released": (True, True, False, True, True, False),
    "released_only": (True, True, False, False, True, False),
    "mutual": (True, True, True, False, False, False),
    "self": (True, True, False, False, False, True),
    "unverified": (False, True, False, False, False, False),
    "unverified_granted": (False, True, False, True, True, False),
    "unverified_mutual": (False, True, True, False, False, False),
    "one_factor": (True, False, False, False, False, False),
}
FOR_JOINED = ("plain", "self", "mutual")  # two roles differ from their parts by denials alone
SETS = {
    "MEMBERS": PEOPLE,
    "EVERYBODY": SINGLE,
    "SIGNED_IN": SINGLE[1:],
    "READING": ["see", "list", "search", "download"],
    "EVERY_ACTION": ACTIONS,
    "EVERY": RELATIONS,
    "UNCONFLICTED": [r for r in RELATIONS if r != "conflicted_expert"],
    "OTHERS": [r for r in RELATIONS if r not in ("own", "conflicted_expert")],
    "ALWAYS": list(SITUATIONS),
    "VERIFIED": [s for s in SITUATIONS if not s.startswith("unverified")],
    "STRONG": [s for s in SITUATIONS if s != "one_factor"],
}
Block = tuple[str, str, str, str]


def lines() -> Iterator[tuple[list[list[str]], list[str]]]:
    """The table's lines: the four lists a block is the product of, and the seven cells."""
    text = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for row in csv.reader(text[1:]):
        yield [[w for word in cell.split() for w in SETS.get(word, [word])] for cell in row[:4]], row[4:]


def write(found: dict[Block, list[int]], block: Block, cells: list[str]) -> None:
    known = found.setdefault(block, [-1] * len(STATES))
    for place, cell in enumerate(cells):
        if cell:
            known[place] = -1 if cell == "-" else DISCLOSURE.index(cell)


@pytest.fixture(scope="module")
def expected() -> dict[Block, list[int]]:
    """(role, action, relation, situation) → the highest class allowed in each state, -1 for none."""
    found: dict[Block, list[int]] = {}
    later = []
    for lists, cells in lines():
        assert set(lists[0]) <= {*SINGLE, *JOINED}
        for axis, known in zip(lists[1:], (ACTIONS, RELATIONS, list(SITUATIONS)), strict=True):
            assert set(axis) <= set(known)
        for block in product(*lists):
            if "+" in block[0]:
                later.append((block, cells))
            else:
                write(found, block, cells)
    nothing = [-1] * len(STATES)
    for joined, action, relation, situation in product(JOINED, ACTIONS, RELATIONS, SITUATIONS):
        parts = [found.get((role, action, relation, situation), nothing) for role in joined.split("+")]
        found[joined, action, relation, situation] = [max(cells) for cells in zip(*parts, strict=True)]
    for block, cells in later:
        write(found, block, cells)
    return found


def test_the_policy_speaks_of_what_the_table_speaks_of() -> None:
    assert set(vocabulary("roles").rows) == set(SINGLE)
    assert set(vocabulary("actions").rows) == set(ACTIONS)
    assert set(vocabulary("relations").rows) == set(RELATIONS)
    assert list(vocabulary("states").rows) == STATES


def test_every_cell_is_as_the_table_says(expected: dict[Block, list[int]]) -> None:
    things = [[Thing("needs", c, s, "us") for c in DISCLOSURE] for s in STATES]
    cells, differing = 0, []
    for (situation, facts), relation in product(SITUATIONS.items(), RELATIONS):
        verified, two_factor, *rest = facts
        context = Context(relation, *rest)
        for role in (*SINGLE, *(JOINED if situation in FOR_JOINED else [])):
            subject = Subject("us", frozenset(role.split("+")), verified, two_factor)
            for action in ACTIONS:
                highest = expected.get((role, action, relation, situation), [-1] * len(STATES))
                for state, limit in zip(things, highest, strict=True):
                    for rank, thing in enumerate(state):
                        cells += 1
                        if decide(subject, action, thing, context).allowed is not (rank <= limit):
                            differing.append((role, action, relation, situation, thing.state, thing.disclosure))
    print(f"{cells:,} cells, {len(differing)} differ")
    assert differing[:20] == []
    people = len(SINGLE) * len(SITUATIONS) + len(JOINED) * len(FOR_JOINED)
    assert cells == people * len(ACTIONS) * 9 * 5 * 7


def test_clearance_is_the_highest_class_the_table_allows_to_see(expected: dict[Block, list[int]]) -> None:
    for role, relation, (situation, facts), (place, state) in product(
        SINGLE, RELATIONS, SITUATIONS.items(), enumerate(STATES)
    ):
        subject = Subject("us", frozenset({role}), *facts[:2])
        found = clearance(subject, Thing("needs", "core", state, "us"), Context(relation, *facts[2:]))
        limit = expected.get((role, "see", relation, situation), [-1] * 7)[place]
        assert found == (DISCLOSURE[limit] if limit >= 0 else None)


# Mutations: a policy with one thing changed must answer differently somewhere.


def questions(rule: Rule) -> Iterator[Question]:
    """Every cell that a rule speaks of, its highest class first."""
    roles = [r for r in (*SINGLE, *JOINED) if set(r.split("+")) & rule.roles]
    axes = (sorted(rule.actions), sorted(rule.relations), DISCLOSURE[rule.up_to :: -1], sorted(rule.states))
    for role, action, relation, disclosure, state, facts in product(roles, *axes, SITUATIONS.values()):
        yield Question(frozenset(role.split("+")), action, relation, disclosure, state, *facts)


def permits(asked: Question, index: Index) -> bool:
    rule = answering(asked, index)
    return rule is not None and rule.allows and not clashing(asked.roles)


def survives(rule: Rule, changed: Rule | None, touched: Rule) -> bool:
    """True where no cell that the change touches tells the changed policy from the policy."""
    index = indexed([*(r for r in rules() if r is not rule), *([changed] if changed else [])])
    policy = indexed(rules())
    return all(permits(q, policy) == permits(q, index) for q in questions(touched))


def test_every_rule_is_needed_as_it_stands() -> None:
    """Dropping or inverting a rule changes a cell."""
    mutants = [(rule, changed) for rule in rules() for changed in (None, replace(rule, allows=not rule.allows))]
    surviving = [(rule.line, changed) for rule, changed in mutants if survives(rule, changed, rule)]
    print(f"{len(mutants)} mutants of {len(rules())} rules, {len(surviving)} survive")
    assert surviving == []


def finer(rule: Rule) -> Iterator[tuple[Rule, Rule]]:
    """One word less in one cell, one class up or down, one condition less; with what the change touches."""
    for axis in ("roles", "actions", "relations", "states"):
        words: frozenset[str] = getattr(rule, axis)
        for word in sorted(words) if len(words) > 1 else ():
            yield replace(rule, **{axis: words - {word}}), replace(rule, **{axis: frozenset({word})})
    for up_to in (rule.up_to - 1, rule.up_to + 1) if rule.allows else ():
        if 0 <= up_to < len(RANK):
            yield (changed := replace(rule, up_to=up_to)), max(rule, changed, key=lambda r: r.up_to)
    for one in rule.conditions:
        yield replace(rule, conditions=tuple(c for c in rule.conditions if c != one)), rule


def test_every_word_of_every_rule_is_needed() -> None:
    """What survives says twice what is said already: members also read what their own organisation published, and
    nobody at all grants a role to themselves, not even who could not grant one anyway."""
    mutants = [(rule, *change) for rule in rules() for change in finer(rule)]
    surviving = [(m[0].line, m[0].reason, m[1]) for m in mutants if survives(*m)]
    print(f"{len(mutants)} finer mutants, {len(surviving)} survive")
    assert {reason for _, reason, _ in surviving} <= {"summary", "own", "self", "no-self-grant"}
    assert len(surviving) <= 0.02 * len(mutants)
