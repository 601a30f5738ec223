"""Learning: a known truth comes back, contradictions are named, and as few examples as possible are doubted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from tongtu.sorting import Category, Criterion, Profile, Sorting, assign, learn
from tongtu.sorting.cover import Item, Lift, cover
from tongtu.terms.why import Why
from tongtu.terms.words import say

TRUTH = Sorting(
    (Criterion("a", 0.5), Criterion("b", 0.3, falling=True), Criterion("c", 0.2)),
    (Category("reserve"), Category("key"), Category("national")),
    (Profile("key", {"a": 40, "b": 60, "c": 50}), Profile("national", {"a": 65, "b": 35, "c": 70})),
    0.7,
    gradual_veto=False,
)


def subjects(n, seed):
    rng = np.random.default_rng(seed)
    figures = {c.name: rng.uniform(0, 100, n).round(1) for c in TRUTH.criteria}
    return pl.DataFrame({"id": [f"{i:03d}" for i in range(n)], **figures})


def given(frame):
    return assign(TRUTH, frame).select("id", category="pessimistic")


def test_a_truth_comes_back_from_its_examples():
    frame = subjects(45, 1)
    found = learn(frame, given(frame), TRUTH.criteria, TRUTH.categories)
    assert (found.solution.status, found.solution.value, found.solution.gap) == ("optimal", 45.0, 0.0)
    assert not found.examples["doubted"].any()
    assert found.margin.value > 0
    assert found.margin.bound >= found.margin.value
    new = subjects(2000, 2)
    same = assign(found.model, new)["pessimistic"] == assign(TRUTH, new)["pessimistic"]
    assert same.mean() > 0.9
    again = learn(frame.reverse(), given(frame).reverse(), TRUTH.criteria, TRUTH.categories)
    assert again.model == found.model
    assert again.examples.equals(found.examples)


def test_examples_that_do_not_go_with_the_others_are_named():
    frame = subjects(30, 3)
    said = given(frame)
    best = frame.with_columns(sum=pl.col("a") - pl.col("b") + pl.col("c")).sort("sum")["id"]
    wrong = {best[-1]: "reserve", best[0]: "national"}
    said = said.with_columns(category=pl.col("id").replace_strict(wrong, default=pl.col("category")))
    found = learn(frame, said, TRUTH.criteria, TRUTH.categories)
    assert found.solution.value == 28.0
    assert found.solution.status == "optimal"
    doubted = found.examples.filter("doubted")
    assert set(doubted["id"]) == set(wrong)
    for text in found.examples["why"]:
        assert all("{" not in say(Why.from_json(text), lang) for lang in ("zh", "en"))
    assert any("contradicts" in text for text in doubted["why"])


def test_the_clock_can_stop_it_and_it_says_so():
    frame = subjects(30, 4)
    said = given(frame)
    fifth = pl.int_range(pl.len()) % 5 == 0
    flipped = said.with_columns(category=pl.when(fifth).then(pl.lit("key")).otherwise("category"))
    found = learn(frame, flipped, TRUTH.criteria, TRUTH.categories, seconds=0.0)
    assert found.margin.status == "stopped_by_time"
    assert found.solution.status in ("stopped_by_time", "optimal")
    assert found.solution.bound >= found.solution.value


def test_a_missing_figure_supports_nothing():
    frame = subjects(24, 5).with_columns(a=pl.when(pl.int_range(pl.len()) % 6 == 0).then(None).otherwise("a"))
    found = learn(frame, given(frame), TRUTH.criteria, TRUTH.categories)
    assert found.solution.value == 24.0


@pytest.mark.parametrize("seed", range(12))
def test_the_search_for_sets_finds_the_cheapest_smallest(seed):
    rng = np.random.default_rng(seed)
    items = [
        Item(tuple(Lift(float(rng.uniform(1, 9)), float(rng.uniform(0, 3)), (j, k)) for k in range(rng.integers(1, 3))))
        for j in range(8)
    ]
    need = float(rng.uniform(3, 9))
    found = cover(items, need, lambda lifts: True)
    options = [
        (size, sum(lift.cost for lift in lifts))
        for size in range(1, 9) for some in combinations(items, size) for lifts in _choices(some)
        if sum(lift.gain for lift in lifts) >= need
    ]  # fmt: skip
    if not options:
        assert found is None
        return
    assert found.proven
    assert (len(found.lifts), sum(lift.cost for lift in found.lifts)) == pytest.approx(min(options))


def _choices(items):
    if not items:
        return [()]
    return [(lift, *rest) for lift in items[0].lifts for rest in _choices(items[1:])]
