"""What a category rests on: one weight, the cutting level, a dimension; and what time and an appeal change."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sorting_oracle import cases, figures, rows_of, sortings, tiers

from tongtu.sorting import (
    Category,
    Criterion,
    Profile,
    Sorting,
    Steady,
    assign,
    differ,
    hold,
    level_interval,
    preferred,
    weight_change,
    without_dimensions,
)
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Why
from tongtu.terms.words import say

quick = settings(max_examples=40, deadline=None)
RULES = ("pessimistic", "optimistic")


def shares(model, name, share):
    """The weights with one criterion's share of the whole set, the others in proportion."""
    rest = sum(c.weight for c in model.criteria if c.name != name)
    return {c.name: share if c.name == name else c.weight / rest * (1 - share) for c in model.criteria}


@settings(max_examples=40, deadline=None)
@given(cases(most=1))
def test_a_weight_changes_the_category_just_there_and_no_nearer(case):
    model, frame = case
    names, subjects = [c.name for c in model.categories], rows_of(frame)
    total = sum(c.weight for c in model.criteria)
    found = weight_change(model, frame, most=9)
    told = {(r["id"], r["rule"], r["criterion"]): r for r in found.iter_rows(named=True)}
    for subject, row in subjects.items():
        here = tiers(model, row)
        for k, rule in enumerate(RULES):
            for c in model.criteria:
                now, change = c.weight / total, told.get((subject, rule, c.name))
                reach = 1.0 if change is None else abs(change["change"]) - 1e-7
                for share in np.linspace(0.001, 0.999, 14):
                    if abs(share - now) < reach:
                        assert tiers(model, row, weights=shares(model, c.name, share))[k] == here[k]
                if change is None:
                    continue
                assert names.index(change["category"]) == here[k]
                beyond = change["to"] + (1e-7 if change["change"] >= 0 else -1e-7)
                if 0 <= beyond < 1:
                    there = tiers(model, row, weights=shares(model, c.name, beyond))[k]
                    assert names[there] == change["becomes"]


@quick
@given(cases(most=4))
def test_a_category_holds_between_its_levels_and_not_beyond(case):
    model, frame = case
    names, subjects = [c.name for c in model.categories], rows_of(frame)
    for row in level_interval(model, frame).iter_rows(named=True):
        k, figure = RULES.index(row["rule"]), subjects[row["id"]]
        for level in np.linspace(0.5, 1.0, 13):
            inside = row["low"] < level <= row["high"] or (row["below"] is None and level <= row["low"])
            near = min(abs(level - row["low"]), abs(level - row["high"])) < 1e-6
            if inside and not near:
                assert names[tiers(model, figure, level)[k]] == row["category"]
        if row["below"]:
            assert names[tiers(model, figure, row["low"] - 1e-7)[k]] == row["below"]
        if row["above"] and row["high"] + 1e-6 < 1:
            assert names[tiers(model, figure, row["high"] + 1e-6)[k]] == row["above"]
        assert row["low"] - 1e-8 <= row["level"] <= row["high"] + 1e-8


@quick
@given(cases(most=4))
def test_without_a_dimension_is_a_sorting_without_it(case):
    model, frame = case
    dimensions = {"c0": "left", "c1": "right", "c2": "left", "c3": "right"}
    found = without_dimensions(model, frame, dimensions, {"left": Label("左", "left side")})
    assert found["dimension"].to_list() == ["left", "right"] * frame.height
    names, subjects = [c.name for c in model.categories], rows_of(frame)
    for row in found.iter_rows(named=True):
        kept = tuple(c for c in model.criteria if dimensions[c.name] != row["dimension"])
        profiles = tuple(Profile(p.category, {c.name: p.values[c.name] for c in kept}) for p in model.profiles)
        less = Sorting(kept, model.categories, profiles, model.cutting_level, model.gradual_veto)
        before, after = tiers(model, subjects[row["id"]]), tiers(less, subjects[row["id"]])
        assert (names.index(row["pessimistic"]), names.index(row["optimistic"])) == after
        assert row["shift"] == after[0] - before[0]


def test_a_dimension_that_is_everything_leaves_nothing_to_say():
    model = Sorting((Criterion("a", 1),), (Category("x"), Category("y")), (Profile("y", {"a": 1}),), 0.6)
    frame = pl.DataFrame({"id": ["p"], "a": [2.0]})
    row = without_dimensions(model, frame, {"a": "all"}).row(0, named=True)
    assert (row["pessimistic"], row["shift"]) == (None, None)
    assert Why.from_json(row["why"]).code == "sorting.only-dimension"


# --- hysteresis

DAY = date(2026, 1, 1)


@quick
@given(st.data(), st.sampled_from([(0.75, 0.65), (0.6, 0.6), (1.0, 0.5)]), st.integers(0, 400))
def test_looking_twice_changes_nothing(data, levels, least):
    """Whatever the past, unchanged figures settle at once: no category ever goes to and fro."""
    model = data.draw(sortings())
    frame = data.draw(figures(model))
    steady = Steady(*levels, least_days=least)
    past = data.draw(st.lists(st.sampled_from(["k0", "k1", "k2", None]), min_size=frame.height, max_size=frame.height))
    previous = pl.DataFrame({"id": frame["id"], "category": past, "since": [None] * frame.height})
    now, day = hold(model, frame, previous, steady=steady, as_of=DAY), DAY
    for _ in range(3):
        day += timedelta(days=200)
        again = hold(model, frame, now.select("id", "category", "since"), steady=steady, as_of=day)
        assert again["category"].equals(now["category"])
        assert set(again["change"]) <= {"kept"}
        assert again["since"].equals(now["since"])


@quick
@given(st.data())
def test_between_the_levels_nothing_moves(data):
    """A subject whose σ stays between the two levels keeps what it has, however its figures tremble."""
    names = [f"c{n}" for n in range(10)]
    model = Sorting(
        tuple(Criterion(n, 1) for n in names), (Category("low"), Category("high")),
        (Profile("high", dict.fromkeys(names, 5)),), 0.7,
    )  # fmt: skip
    had = data.draw(st.sampled_from(["low", "high"]))
    previous = pl.DataFrame({"id": ["p"], "category": [had], "since": [DAY]})
    for step in range(8):
        met = data.draw(st.integers(7, 7))
        frame = pl.DataFrame({"id": ["p"], **{n: [5.0 + step if k < met else 1.0] for k, n in enumerate(names)}})
        found = hold(model, frame, previous, steady=Steady(0.8, 0.7), as_of=DAY + timedelta(days=step))
        assert found["category"][0] == had
        previous = found.select("id", "category", "since")


def test_rising_staying_waiting_falling():
    names = ["a", "b", "c", "d"]
    model = Sorting(
        tuple(Criterion(n, 1) for n in names), (Category("low"), Category("high")),
        (Profile("high", dict.fromkeys(names, 5)),), 0.75,
    )  # fmt: skip
    met = {"new": 4, "rise": 4, "stay": 3, "wait": 1, "fall": 1}
    frame = pl.DataFrame(
        {"id": list(met), **{n: [5 if k < m else 0 for m in met.values()] for k, n in enumerate(names)}}
    )
    previous = pl.DataFrame(
        {
            "id": ["rise", "stay", "wait", "fall", "gone"],
            "category": ["low", "high", "high", "high", "low"],
            "since": [DAY, DAY, DAY - timedelta(days=100), DAY - timedelta(days=500), DAY],
        }
    )
    found = hold(model, frame, previous, steady=Steady(1.0, 0.75, least_days=365), as_of=DAY)
    assert dict(found.select("id", "change").iter_rows()) == {
        "fall": "demoted", "new": "new", "rise": "promoted", "stay": "kept", "wait": "held"
    }  # fmt: skip
    waiting = found.filter(pl.col("id") == "wait").row(0, named=True)
    assert waiting["category"] == "high"
    assert say(Why.from_json(waiting["why"]), "en") == "Held in high: would fall to low, but not before 2026-09-23"
    for text in found["why"]:
        assert all("{" not in say(Why.from_json(text), lang) for lang in ("zh", "en"))


# --- order within a category


def test_between_equals_the_stated_preference_decides():
    frame = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e"],
            "pessimistic": ["key", "key", "reserve", "key", "key"],
            "gap": [False, True, True, True, None],
            "price": [1, 9, 1, 4, 1],
        }
    )
    found = preferred(frame, order=["reserve", "key"], first="gap", then=["-price"])
    assert found.select("id", "place").rows() == [("d", 1), ("b", 2), ("a", 3), ("e", 4), ("c", 1)]
    equal = preferred(frame, order=["reserve", "key"], first="gap")
    assert equal.select("id", "place").rows() == [("b", 1), ("d", 1), ("a", 3), ("e", 4), ("c", 1)]
    assert preferred(frame.reverse(), order=["reserve", "key"], first="gap").equals(equal)
    with pytest.raises(UsageFault):
        preferred(frame, order=["reserve"], first="gaps")


# --- an appeal


@quick
@given(st.data())
def test_a_difference_holds_what_changed_and_nothing_else(data):
    model = data.draw(sortings())
    before, after = data.draw(figures(model, least=3, most=3)), data.draw(figures(model, least=3, most=3))
    found = differ(model, before, after)
    first, second = rows_of(before), rows_of(after)
    changed = {(i, c) for i, row in first.items() for c, x in row.items() if second[i][c] != x}
    assert set(found.figures.select("id", "criterion").iter_rows()) == changed
    a, b = assign(model, before), assign(model, after)
    moved = a.filter((a["pessimistic"] != b["pessimistic"]) | (a["optimistic"] != b["optimistic"]))["id"]
    assert found.categories["id"].equals(moved)
    touched = {i for i, _ in changed}
    assert set(found.support["id"]) | set(found.credibility["id"]) | set(found.categories["id"]) <= touched
    for frame in (found.figures, found.credibility, found.categories):
        for text in frame["why"]:
            assert all("{" not in say(Why.from_json(text), lang) for lang in ("zh", "en"))
    same = differ(model, before, before)
    assert not any(f.height for f in (same.figures, same.support, same.credibility, same.categories))


def test_an_appeal_told():
    model = Sorting(
        (Criterion("hours", 2, unit="h"), Criterion("staff", 1)), (Category("low"), Category("high")),
        (Profile("high", {"hours": 1000, "staff": 20}),), 0.6,
    )  # fmt: skip
    before = pl.DataFrame({"id": ["p", "q"], "hours": [900, 500], "staff": [25, 3]})
    after = pl.DataFrame({"id": ["p", "r"], "hours": [1100, 1500], "staff": [25, 3]})
    found = differ(model, before, after)
    assert say(Why.from_json(found.figures["why"][0]), "en") == "hours is 1,100 h instead of 900 h"
    assert found.categories.select("id", "pessimistic_before", "pessimistic_after").rows() == [
        ("p", "low", "high"), ("q", "low", None), ("r", None, "high")
    ]  # fmt: skip
    assert found.credibility.row(0)[2:4] == pytest.approx((1 / 3, 1.0))
