"""Sorting: the textbook case to its digits, and what any fair sorting must keep."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.sorting import Category, Criterion, Profile, Sorting, credibility, electre_tri, mr_sort
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import entries, missing, say

NAMES = [f"g{i}" for i in range(1, 6)]


def textbook():
    """The example of the ELECTRE TRI 2.0a manual (Mousseau, Słowiński, Zielniewicz 1999)."""
    model = Sorting(
        tuple(Criterion(n, 1, indifference=5, preference=10, veto=30) for n in NAMES),
        (Category("C1"), Category("C2"), Category("C3")),
        (
            Profile("C2", dict(zip(NAMES, (50, 48, 55, 55, 60), strict=True))),
            Profile("C3", dict(zip(NAMES, (70, 75, 80, 75, 85), strict=True))),
        ),
        0.75,
    )
    rows = {"a1": (75, 67, 85, 82, 90), "a2": (28, 35, 70, 90, 95), "a3": (45, 60, 55, 68, 60)}
    frame = pl.DataFrame({"id": list(rows), **{n: [r[i] for r in rows.values()] for i, n in enumerate(NAMES)}})
    return model, frame


def test_the_manuals_credibilities_and_assignments():
    model, frame = textbook()
    over, under = credibility(model, frame)
    assert over[0, 1] == pytest.approx(0.88)
    assert under[0, 1] == pytest.approx(0.92)
    assert over[1].tolist() == pytest.approx([0.60, 0.0])
    assert over[2].tolist() == pytest.approx([1.0, 0.002], abs=5e-4)
    result = electre_tri(model, frame)
    assert result["pessimistic"].to_list() == ["C3", "C1", "C2"]
    assert result["optimistic"].to_list() == ["C3", "C3", "C2"]


def test_one_that_equals_a_profile_is_inside_its_category():
    model, _ = textbook()
    frame = pl.DataFrame({"id": ["x"], **{n: [model.profiles[1].values[n]] for n in NAMES}})
    assert electre_tri(model, frame).select("pessimistic", "optimistic").row(0) == ("C3", "C3")


# --- MR-Sort by its definition -----------------------------------------------------------------------------

scores = st.integers(0, 10)
row = st.lists(st.one_of(scores, st.none()), min_size=4, max_size=4)


def by_definition(values, weights, profiles, level, veto):
    place = 0
    for h, limits in enumerate(profiles, 1):
        weight = sum(w for v, w, b in zip(values, weights, limits, strict=True) if v is not None and v >= b)
        blocked = any(
            t is not None and v is not None and b - v >= t for v, b, t in zip(values, limits, veto, strict=True)
        )
        if weight >= level * sum(weights) - 1e-9 and not blocked:
            place = h
    return place


@settings(max_examples=150, deadline=None)
@given(
    st.lists(row, min_size=1, max_size=6), st.lists(st.integers(1, 5), min_size=4, max_size=4),
    st.lists(scores, min_size=4, max_size=4), st.lists(st.integers(0, 4), min_size=4, max_size=4),
    st.sampled_from([0.5, 0.6, 0.75, 1.0]), st.lists(st.sampled_from([None, 3, 6]), min_size=4, max_size=4),
)  # fmt: skip
def test_mr_sort_is_the_coalition_rule(rows, weights, low, step, level, veto):
    high = [a + b for a, b in zip(low, step, strict=True)]
    names = list("wxyz")
    profiles = [Profile("mid", dict(zip(names, low, strict=True))), Profile("top", dict(zip(names, high, strict=True)))]
    frame = pl.DataFrame(
        {
            "id": [f"s{i}" for i in range(len(rows))],
            **{n: pl.Series([r[k] for r in rows], dtype=pl.Float64) for k, n in enumerate(names)},
        }
    )
    limits = {n: t for n, t in zip(names, veto, strict=True) if t is not None}
    result = mr_sort(frame, dict(zip(names, weights, strict=True)), profiles, level, limits)
    order = ["none", "mid", "top"]
    expected = [order[by_definition(r, weights, [low, high], level, veto)] for r in rows]
    assert result["pessimistic"].to_list() == expected
    for strict, lenient in result.select("pessimistic", "optimistic").iter_rows():
        assert order.index(strict) <= order.index(lenient)
    assert result["missing"].to_list() == [r.count(None) for r in rows]
    better = frame.with_columns(pl.col("w") + 1)
    improved = mr_sort(better, dict(zip(names, weights, strict=True)), profiles, level, limits)
    for before, after in zip(result["pessimistic"], improved["pessimistic"], strict=True):
        assert order.index(after) >= order.index(before)


def test_nobodys_category_depends_on_who_else_applies():
    model, frame = textbook()
    together = electre_tri(model, frame)
    for i in range(frame.height):
        assert electre_tri(model, frame[i : i + 1]).equals(together[i : i + 1])
    assert electre_tri(model, frame.reverse()).equals(together)


def test_less_can_be_better():
    criteria = (Criterion("cost", 1, falling=True), Criterion("gain", 1))
    profiles = (Profile("good", {"cost": 10, "gain": 5}),)
    model = Sorting(criteria, (Category("bad"), Category("good")), profiles, 1.0)
    frame = pl.DataFrame({"id": ["a", "b"], "cost": [9.0, 11.0], "gain": [5.0, 5.0]})
    assert electre_tri(model, frame)["pessimistic"].to_list() == ["good", "bad"]


def test_reasons_name_the_coalition_and_what_is_lacking():
    model, frame = textbook()
    for text in electre_tri(model, frame)["why"]:
        for lang in ("zh", "en"):
            assert "{" not in say(Why.from_json(text), lang)
    first = Why.from_json(mr_sort(frame, dict.fromkeys(NAMES, 1), model.profiles, 0.6)["why"][0])
    assert [label.zh for label in first.args["support"]] == ["g1", "g3", "g4", "g5"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cutting_level": 0.3}, "cutting-level"),
        ({"criteria": (Criterion("g1", -1),)}, "weights"),
        ({"categories": (Category("C1"),)}, "profile-per-category"),
        ({"criteria": (Criterion("g1", 1, indifference=5),)}, "thresholds"),
        ({"criteria": (Criterion("g1", 1, preference=5, veto=4),)}, "veto-first"),
        ({"criteria": (Criterion("g9", 1),)}, "profile-criteria"),
    ],
)
def test_a_sorting_that_makes_no_sense_is_refused(change, code):
    model, _ = textbook()
    parts = {"criteria": model.criteria, "categories": model.categories, "profiles": model.profiles}
    with pytest.raises(UsageFault) as refused:
        Sorting(**{**parts, "cutting_level": 0.75, **change})
    assert f"sorting.{code}" in [f.what.code for f in refused.value.faults]


def test_profiles_that_cross_are_refused():
    model, _ = textbook()
    with pytest.raises(UsageFault) as refused:
        Sorting(
            model.criteria,
            model.categories,
            (Profile("C2", model.profiles[1].values), Profile("C3", model.profiles[0].values)),
            0.75,
        )
    assert len(refused.value.faults) == 5


def test_every_word_of_the_room_exists_in_both_languages():
    assert [fault for code in entries("sorting") for fault in missing(f"sorting.{code}")] == []


def test_a_nation_of_platforms_is_sorted_at_once():
    rng = np.random.default_rng(1)
    model, _ = textbook()
    frame = pl.DataFrame({"id": [f"{i:05d}" for i in range(2400)], **{n: rng.uniform(20, 100, 2400) for n in NAMES}})
    assert set(electre_tri(model, frame)["pessimistic"]) == {"C1", "C2", "C3"}
