"""One word for what somebody is to the owner of a record."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.hub.policy import Facts, chain, circles, interests, relate
from tongtu.hub.policy.tables import vocabulary

# a acts: p and g stand above it, b below; x and z are rivals, and so is p, which does not count
A = Facts(
    organisation="a", above=frozenset("pg"), below=frozenset("b"), rivals=frozenset("xzp"),
    partners={"1": "n", "2": "x", "3": "p"}, matches={"4": "m", "5": "z", "6": "b"},
)  # fmt: skip
EXPERT = Facts(organisation="o", assigned=frozenset({"1", "k", "n"}), conflicted=frozenset("c1"))


@pytest.mark.parametrize(
    ("owner", "record", "relation"),
    [
        ("a", "9", "own"),
        ("p", "9", "parent-of-us"),
        ("b", "9", "child-of-us"),
        ("n", "1", "partner"),
        ("n", "9", "stranger"),  # a pair opens its two records and nothing else
        ("x", "2", "rival"),  # a rivalry closes an open pair
        ("z", "5", "rival"),
        ("m", "4", "matched"),
        ("p", "3", "partner"),  # within a group a pair is as good as anywhere, and no rivalry holds
        ("b", "6", "matched"),
        ("p", None, "parent-of-us"),
        ("s", "9", "stranger"),
        (None, None, "stranger"),
    ],
)
def test_the_first_that_holds_counts(owner: str | None, record: str | None, relation: str) -> None:
    word = {"parent-of-us": "subsidiary", "child-of-us": "parent"}.get(relation, relation)
    assert relate(owner, record, A) == word


@pytest.mark.parametrize(
    ("owner", "record", "relation"),
    [
        ("z", "1", "conflicted_expert"),  # the record was declared, and that comes before the assignment
        ("c", "9", "conflicted_expert"),
        ("k", "9", "assigned_expert"),  # to everything of an organisation
        ("z", "2", "stranger"),
        ("o", "9", "own"),
    ],
)
def test_an_expert_judges_what_they_are_assigned_to_and_have_no_interest_in(
    owner: str, record: str, relation: str
) -> None:
    assert relate(owner, record, EXPERT) == relation


PARENTS = {"a": "p", "s": "p", "p": "g", "y": "w"}
GROUPS = {"a": "g", "t": "g"}


@pytest.mark.parametrize(
    ("employer", "others", "judges_not"),
    [
        ("a", "", "aspgt"),  # itself, its sister, what is above, and who shares the lead of its group
        ("p", "", "aspgt"),
        ("g", "", "aspgt"),
        ("y", "", "yw"),
        ("z", "n", "zn"),  # its partner
    ],
)
def test_whoever_works_in_a_group_judges_nobody_of_it(employer: str, others: str, judges_not: str) -> None:
    assert interests([employer], PARENTS, GROUPS, frozenset(others)) == frozenset(judges_not)


def test_a_loop_of_parents_ends() -> None:
    assert chain("a", {"a": "b", "b": "c", "c": "a"}, {}) == ("b", "c")
    assert chain("a", {"a": "a"}, {"a": "a"}) == ()


names = st.sampled_from("abcde")
some = st.frozensets(names, max_size=3)
pairs = st.dictionaries(names, names, max_size=3)
facts = st.builds(Facts, st.none() | names, some, some, some, pairs, pairs, some, some)


@given(st.none() | names, st.none() | names, facts)
def test_everybody_has_exactly_one_known_word(owner: Any, record: Any, known: Facts) -> None:
    found = relate(owner, record, known)
    assert found in vocabulary("relations").rows
    assert (found == "own") == (owner is not None and owner == known.organisation)
    assert found == next((c.relation for c in circles(known) if c.holds(owner, record)), "stranger")


@given(names, names, facts)
def test_no_pair_is_open_between_rivals(owner: str, record: str, known: Facts) -> None:
    if owner in known.rivals - known.above - known.below - {known.organisation}:
        assert known.partners.get(record) != owner or relate(owner, record, known) not in ("partner", "matched")
