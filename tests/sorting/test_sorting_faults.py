"""Bad input, each named by its fault, in both languages, all at once; never a wrong tier."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tongtu.sorting import (
    Category,
    Criterion,
    Doubt,
    Move,
    Profile,
    Sorting,
    Steady,
    acceptability,
    assign,
    hold,
    learn,
    smallest_change,
    without_dimensions,
)
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import entries, missing

NAMES = ("a", "b")
CATEGORIES = (Category("low"), Category("mid"), Category("top"))
CRITERIA = (Criterion("a", 1, indifference=1, preference=2, veto=9), Criterion("b", 2))
PROFILES = (Profile("mid", {"a": 3, "b": 3}), Profile("top", {"a": 6, "b": 6}))
FRAME = pl.DataFrame({"id": ["x", "y"], "a": [1.0, 7.0], "b": [4.0, None]})


def model(**change):
    given = {"criteria": CRITERIA, "categories": CATEGORIES, "profiles": PROFILES, "cutting_level": 0.6}
    return Sorting(**{**given, **change})


def codes(refused):
    for fault in refused.value.faults:
        for lang in ("zh", "en"):
            text = fault.say(lang)
            assert "{" not in text
            assert fault.repair is not None
    return [fault.what.code.removeprefix("sorting.") for fault in refused.value.faults]


nan, inf = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cutting_level": nan}, ["not-a-number"]),
        ({"cutting_level": "0.7"}, ["not-a-number"]),
        ({"cutting_level": 1.2}, ["cutting-level"]),
        ({"criteria": (Criterion("a", -1), Criterion("b", 2))}, ["weights"]),
        ({"criteria": (Criterion("a", 0), Criterion("b", 0))}, ["weights"]),
        ({"criteria": (Criterion("a", inf), Criterion("b", nan))}, ["not-a-number", "not-a-number"]),
        ({"criteria": (Criterion("a", "much"), Criterion("b", 2))}, ["not-a-number"]),
        ({"criteria": (Criterion("a", 0.5), Criterion("b", 0.4)), "total": 1.0}, ["weights-sum"]),
        ({"criteria": (*CRITERIA, Criterion("a", 1))}, ["criterion-twice"]),
        ({"criteria": ()}, ["no-criteria", "profile-unknown", "profile-unknown"]),
        ({"categories": (*CATEGORIES[:2], Category("mid"))}, ["category-twice", "profile-per-category"]),
        ({"profiles": PROFILES[:1]}, ["profile-per-category"]),
        ({"profiles": PROFILES[::-1]}, ["profile-per-category", "profiles-cross", "profiles-cross"]),
        ({"profiles": (PROFILES[0], Profile("top", {"a": 6, "c": 1}))}, ["profile-criteria", "profile-unknown"]),
        ({"profiles": (PROFILES[0], Profile("top", {"a": 6, "b": inf}))}, ["not-a-number"]),
        ({"profiles": (PROFILES[0], Profile("top", {"a": "six", "b": 1}))}, ["not-a-number", "profiles-cross"]),
        ({"criteria": (Criterion("a", 1, indifference=3, preference=1), Criterion("b", 1, veto=0))},
         ["thresholds", "veto-first"]),
        ({"cutting_level": 0.2, "criteria": (Criterion("a", -1), Criterion("b", 1, veto=-1))},
         ["cutting-level", "weights", "thresholds", "veto-first"]),
    ],
)  # fmt: skip
def test_sortings_that_make_no_sense(change, expected):
    with pytest.raises(UsageFault) as refused:
        model(**change)
    assert codes(refused) == expected


def test_weights_that_add_up_but_for_decimal_fractions_are_fine():
    criteria = tuple(Criterion(f"c{n}", 0.1) for n in range(10))
    values = {c.name: 1 for c in criteria}
    Sorting(criteria, CATEGORIES[:2], (Profile("mid", values),), 0.6, total=1.0)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (pl.DataFrame(), ["no-columns"]),
        (pl.DataFrame({"id": ["x", "x", None], "a": [1, 2, 3], "b": [1, 2, 3]}), ["id-missing", "id-twice"]),
        (pl.DataFrame({"id": ["x"], "a": [1]}), ["criterion-absent"]),
        (pl.DataFrame({"id": ["x"], "a": [1], "b": [1], "c": [1]}), ["column-unknown"]),
        (pl.DataFrame({"id": ["x"], "A": [1], "b": [1]}), ["criterion-absent", "column-unknown"]),
        (pl.DataFrame({"id": ["x"], "a": ["12 h"], "b": [inf]}), ["figure-text", "figure-infinite"]),
        (pl.DataFrame({"id": ["x"], "a": [nan], "b": [date(2026, 1, 1)]}), ["figure-infinite", "figure-text"]),
    ],
)
def test_figures_that_cannot_be_read(frame, expected):
    for ask in (assign, acceptability, smallest_change):
        with pytest.raises(UsageFault) as refused:
            ask(model(), frame)
        assert codes(refused) == expected


def test_nobody_to_sort_is_an_empty_answer():
    for ask in (assign, acceptability, smallest_change):
        full, empty = ask(model(), FRAME), ask(model(), FRAME.clear())
        assert empty.height == 0
        assert empty.schema == full.schema


def test_figures_of_every_kind_of_number_are_read():
    wide = pl.DataFrame({"id": [2, 1], "a": [True, False], "b": pl.Series([None, None], dtype=pl.Null)})
    assert assign(model(), wide)["missing"].to_list() == [1, 1]


def evidence(**change):
    return pl.DataFrame({"id": ["x"], "criterion": ["a"], "low": [0.0], "high": [2.0]} | change)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"draws": 0}, ["draws"]),
        ({"draws": 2.5}, ["draws"]),
        ({"doubt": Doubt(0, (0.9, 0.6), 1.5, {"z": 1, "a": -1})},
         ["concentration", "level-doubt", "thresholds-doubt", "profile-doubt", "criterion-unknown"]),
        ({"evidence": evidence().drop("low")}, ["evidence-columns"]),
        ({"evidence": evidence(low=["0"])}, ["evidence-text"]),
        ({"evidence": evidence(id=[1])}, ["evidence-key"]),
        ({"evidence": evidence(id=["z"], criterion=["q"])}, ["criteria-unknown", "evidence-stranger"]),
        ({"evidence": evidence(low=[5.0])}, ["evidence-interval", "evidence-outside"]),
        ({"evidence": evidence(high=[None])}, ["evidence-interval"]),
        ({"evidence": evidence(high=[0.5])}, ["evidence-outside"]),
        ({"evidence": pl.concat([evidence(), evidence()])}, ["evidence-twice"]),
    ],
)  # fmt: skip
def test_doubts_that_make_no_sense(asked, expected):
    with pytest.raises(UsageFault) as refused:
        acceptability(model(), FRAME, **asked)
    assert codes(refused) == expected


def test_questions_that_make_no_sense():
    with pytest.raises(UsageFault) as refused:
        smallest_change(model(), FRAME, moves={"a": Move(0, step=-1, best=inf), "z": Move(1)})
    assert codes(refused) == ["move-scale", "move-step", "move-best", "criterion-unknown"]
    with pytest.raises(UsageFault) as refused:
        without_dimensions(model(), FRAME, {"a": "one", "z": "two"})
    assert codes(refused) == ["no-dimension", "criteria-unknown"]


def test_pasts_that_make_no_sense():
    past = pl.DataFrame({"id": ["x", "x"], "category": ["key", "low"], "since": ["2026", "2026"]})
    with pytest.raises(UsageFault) as refused:
        hold(model(), FRAME, past, steady=Steady(0.6, 0.7, least_days=-1), as_of=date(2026, 1, 1))
    assert codes(refused) == ["steady-levels", "least-days", "id-twice", "category-unknown", "since-date"]
    with pytest.raises(UsageFault) as refused:
        hold(model(), FRAME, past.drop("since"), steady=Steady(0.7, 0.6), as_of=date(2026, 1, 1))
    assert codes(refused) == ["previous-columns"]


def test_examples_that_make_no_sense():
    given = pl.DataFrame({"id": ["x", "z", "x"], "category": ["low", "low", "best"]})
    with pytest.raises(UsageFault) as refused:
        learn(FRAME, given, CRITERIA, CATEGORIES, level=(0.9, 0.6))
    assert codes(refused) == ["level-range", "id-twice", "category-unknown", "example-stranger"]
    with pytest.raises(UsageFault) as refused:
        learn(FRAME, given[:1], CRITERIA, CATEGORIES)
    assert codes(refused) == ["examples-none"]


def test_every_word_of_the_room_exists_in_both_languages():
    assert [fault for code in entries("sorting") for fault in missing(f"sorting.{code}")] == []


def test_every_code_the_room_speaks_has_its_words():
    from pathlib import Path
    from re import findall

    import tongtu.sorting

    text = "".join(p.read_text() for p in Path(tongtu.sorting.__file__).parent.glob("*.py"))
    spoken = set(findall(r'Why\("sorting\.([a-z-]+)"', text)) | set(findall(r'fault\(\s*"([a-z-]+)"', text))
    known = set(entries("sorting"))
    assert {code for code in spoken if code not in known} == set()
    assert {code for code in set(findall(r'fault\(\s*"([a-z-]+)"', text)) if f"{code}-repair" not in known} == set()
