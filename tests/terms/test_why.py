"""A reason survives storage, and speaks both languages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio, Why
from tongtu.terms.words import say, show

plain = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
)
typed = (
    st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "USD", "JPY"]))
    | st.builds(Label, st.text(max_size=8), st.text(max_size=8))
    | st.builds(Quantity, st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=4))
    | st.builds(Ratio, st.floats(0, 1))
    | st.dates()
)
args = st.dictionaries(
    st.from_regex(r"[a-z]{1,6}", fullmatch=True),
    plain | typed | st.lists(plain | typed, max_size=3).map(tuple),
    max_size=4,
)
whys = st.recursive(
    st.builds(Why, st.just("terms.unknown"), args),
    lambda inner: st.builds(Why, st.just("terms.yes"), args, st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)


@given(whys)
def test_a_stored_reason_comes_back_equal(why: Why) -> None:
    assert Why.from_json(why.to_json()) == why


@given(whys)
def test_every_reason_can_be_said(why: Why) -> None:
    assert say(why, "zh")
    assert say(why, "en")


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"code": "a.b"}'])
def test_what_is_no_reason_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"reason|JSON|Expecting"):
        Why.from_json(text)


def test_arguments_read_as_people_write_them() -> None:
    assert show(date(2026, 11, 21), "zh") == "2026年11月21日"
    assert show(date(2026, 11, 21), "en") == "2026-11-21"
    assert show(Money.of(3_500_000), "zh") == "350万元"
    assert show(Money.of(3_500_000), "en") == "CNY 3.5 m"
    assert show(Ratio(0.125), "zh") == "12.5%"
    assert show(None, "en") == "unknown"
    assert show((1, "a"), "zh") == "1、a"
    assert show(0.002, "en") == "0.002"


def test_braces_in_data_stay_text() -> None:
    assert "{x}" in say(Why("faults.yaml", {"problem": "{x} {0!r}"}), "zh")
