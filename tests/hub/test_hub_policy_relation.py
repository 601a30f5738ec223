"""One word for what somebody is to the owner of a record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.hub.policy import Facts, relate
from tongtu.hub.policy.tables import vocabulary


def pairs(*names: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(n) for n in names)


# g leads a group; p stands below it; a and s are sisters under p; the rest stand alone.
FACTS = Facts(
    parents={"a": "p", "s": "p", "p": "g"},
    groups={"a": "g", "t": "g"},
    rivals=pairs("ar", "gx", "ap"),
    partners=pairs("an", "ar", "am"),
    matches=pairs("am", "ak", "ar"),
    assigned=frozenset({("e", "case"), ("f", "case")}),
    conflicted=frozenset({("f", "case"), ("h", "a")}),
)


@pytest.mark.parametrize(
    ("asking", "owner", "relation"),
    [
        ("a", "a", "own"),
        ("p", "a", "parent"),
        ("g", "a", "parent"),
        ("g", "t", "parent"),
        ("a", "p", "subsidiary"),
        ("t", "g", "subsidiary"),
        ("a", "s", "stranger"),
        ("r", "a", "rival"),
        ("a", "r", "rival"),
        ("n", "a", "partner"),
        ("m", "a", "partner"),
        ("k", "a", "matched"),
        ("z", "a", "stranger"),
        (None, "a", "stranger"),
    ],
)
def test_the_first_that_holds_counts(asking: str | None, owner: str, relation: str) -> None:
    assert relate(asking, owner, FACTS) == relation


@pytest.mark.parametrize(
    ("expert", "employer", "relation"),
    [
        ("e", None, "assigned_expert"),
        ("e", "z", "assigned_expert"),
        ("e", "k", "assigned_expert"),  # being matched once is no interest
        ("f", None, "conflicted_expert"),  # declared for the case, and before the assignment
        ("h", None, "conflicted_expert"),  # declared for the organisation
        ("e", "a", "conflicted_expert"),  # works there
        ("e", "s", "conflicted_expert"),  # works for a sister of the same group
        ("e", "g", "conflicted_expert"),  # works for its parent
        ("e", "r", "conflicted_expert"),  # works for a rival
        ("e", "n", "conflicted_expert"),  # works for a partner
        ("o", None, "stranger"),
    ],
)
def test_an_expert_with_an_interest_never_judges(expert: str, employer: str | None, relation: str) -> None:
    assert relate(employer, "a", FACTS, expert=expert, case="case") == relation


def test_a_loop_of_parents_ends() -> None:
    looped = Facts(parents={"a": "b", "b": "c", "c": "a"})
    assert relate("z", "a", looped) == "stranger"
    assert relate("b", "a", looped) == "parent"


names = st.sampled_from("abcde")
some_pairs = st.frozensets(st.builds(lambda x, y: frozenset((x, y)), names, names), max_size=4)
facts = st.builds(
    Facts, st.dictionaries(names, names, max_size=4), st.dictionaries(names, names, max_size=3), some_pairs, some_pairs,
    some_pairs, st.frozensets(st.tuples(names, names), max_size=3), st.frozensets(st.tuples(names, names), max_size=3),
)  # fmt: skip


@given(st.none() | names, names, facts, st.none() | names, names)
def test_every_pair_has_exactly_one_known_word(
    one: str | None, other: str, known: Facts, expert: str | None, case: str
) -> None:
    found = relate(one, other, known, expert=expert, case=case)
    assert found in vocabulary("relations").rows
    assert (found == "own") == (expert is None and one == other)


@given(names, names, facts)
def test_what_two_are_to_each_other_has_two_sides(one: str, other: str, known: Facts) -> None:
    there, back = relate(one, other, known), relate(other, one, known)
    if there in ("own", "rival", "partner", "matched", "stranger"):
        assert back == there
    if there == "subsidiary":
        assert back == "parent"
