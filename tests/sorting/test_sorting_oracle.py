"""Sorting beside an oracle in plain Python, and what any fair sorting must keep."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sorting_oracle import cases, rows_of, sigmas, tiers

from tongtu.sorting import (
    Category,
    Criterion,
    Doubt,
    Profile,
    Sorting,
    acceptability,
    assign,
    credibility,
    inversions,
)
from tongtu.sorting.acceptability import wilson
from tongtu.sorting.core import arrays
from tongtu.sorting.doubt import drawn
from tongtu.terms.why import Why
from tongtu.terms.words import say

quick = settings(max_examples=50, deadline=None)


@quick
@given(cases())
def test_both_rules_as_defined(case):
    model, frame = case
    found, names = assign(model, frame), [c.name for c in model.categories]
    over, under = credibility(model, frame)
    for i, row in enumerate(rows_of(frame).values()):
        assert (names.index(found["pessimistic"][i]), names.index(found["optimistic"][i])) == tiers(model, row)
        for h, profile in enumerate(model.profiles):
            strict, _, above = sigmas(model, row, profile)
            assert over[i, h] == pytest.approx(strict, abs=1e-12)
            assert under[i, h] == pytest.approx(above, abs=1e-12)
    for text in found["why"]:
        assert all("{" not in say(Why.from_json(text), lang) for lang in ("zh", "en"))


@settings(max_examples=20, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_nobody_matters_to_anybody(case, random):
    """Not the order of rows, not who else is there; two with the same figures get the same answers."""
    model, frame = case
    rows = list(range(frame.height))
    random.shuffle(rows)
    doubt = Doubt(concentration=50, level=(0.5, 0.9), thresholds=0.3, profiles={"c0": 2})
    twin = pl.concat([frame, frame.with_columns(pl.col("id") + "-twin")])
    for ask in (assign, lambda m, f: acceptability(m, f, doubt=doubt, draws=64)):
        together = ask(model, frame)
        assert ask(model, frame[rows]).equals(together)
        alone = pl.concat([ask(model, frame[i : i + 1]) for i in range(frame.height)])
        assert alone.equals(together)
        double = ask(model, twin)
        again = double.filter(pl.col("id").str.ends_with("-twin"))
        assert again.drop("id").equals(together.drop("id"))


@quick
@given(cases(missing=False), st.integers(0, 3), st.integers(1, 9))
def test_a_better_figure_never_lowers_a_category(case, which, by):
    model, frame = case
    criterion = model.criteria[which]
    better = frame.with_columns(pl.col(criterion.name) + (-by if criterion.falling else by))
    order = {c.name: n for n, c in enumerate(model.categories)}
    before, after = assign(model, frame), assign(model, better)
    for rule in ("pessimistic", "optimistic"):
        assert all(order[a] <= order[b] for a, b in zip(before[rule], after[rule], strict=True))
    assert all(order[a] <= order[b] for a, b in before.select("pessimistic", "optimistic").iter_rows())


@quick
@given(cases(most=12))
def test_nothing_sorted_contradicts_itself(case):
    model, frame = case
    assert inversions(model, frame, assign(model, frame)).height == 0


def test_an_inversion_is_named():
    model = Sorting(
        (Criterion("a", 1), Criterion("b", 1, falling=True)),
        (Category("low"), Category("high")),
        (Profile("high", {"a": 5, "b": 5}),),
        1.0,
    )
    frame = pl.DataFrame({"id": ["x", "y", "z"], "a": [7, 6, 6], "b": [3, 4, 4]})
    given = pl.DataFrame({"id": ["x", "y", "z"], "tier": ["low", "high", "low"]})
    found = inversions(model, frame, given, "tier")
    assert found.select("better", "worse").rows() == [("x", "y"), ("z", "y")]
    assert [Why.from_json(w).code for w in found["why"]] == ["sorting.better-lower", "sorting.same-facts"]


# --- how sure


@quick
@given(cases())
def test_without_doubt_one_category_has_it_all(case):
    model, frame = case
    found, sure = assign(model, frame), acceptability(model, frame, draws=16)
    for rule in ("pessimistic", "optimistic"):
        whole = sure.filter(pl.col(rule) == 1.0)
        assert whole["category"].to_list() == found[rule].to_list()
        assert sure.group_by("id").agg(pl.col(rule).sum())[rule].to_list() == pytest.approx([1.0] * frame.height)


@settings(max_examples=40, deadline=None)
@given(cases(most=3), st.data())
def test_shares_are_those_of_the_oracle_draw_by_draw(case, data):
    model, frame = case
    doubt = Doubt(
        data.draw(st.sampled_from([None, 20])), data.draw(st.sampled_from([None, (0.55, 0.85)])),
        data.draw(st.sampled_from([0.0, 0.5])), data.draw(st.sampled_from([{}, {"c0": 1.5, "c3": 3.0}])),
    )  # fmt: skip
    wide = data.draw(st.sampled_from([0.0, 2.0]))
    evidence = frame.unpivot(index="id", variable_name="criterion", value_name="x").drop_nulls()
    evidence = evidence.select("id", "criterion", low=pl.col("x") - wide, high=pl.col("x") + wide / 2)
    sure = acceptability(model, frame, doubt=doubt, evidence=evidence, draws=32, seed=5)
    counts = _by_oracle(model, frame, doubt, evidence, 32, 5)
    for name, category, strict, lenient in sure.select("id", "category", "pessimistic", "optimistic").iter_rows():
        assert (round(strict * 32), round(lenient * 32)) == tuple(counts[name, category])


def _by_oracle(model, frame, doubt, evidence, draws, seed):
    """Each draw as a sorting of its own, with figures of its own."""
    sample = drawn(model, arrays(model), doubt, draws, seed)
    ends = {(row[0], row[1]): row[2:] for row in evidence.iter_rows()}
    counts = {(i, c.name): [0, 0] for i in frame["id"] for c in model.categories}
    for d in range(draws):
        criteria = tuple(
            Criterion(
                c.name, c.weight, indifference=c.indifference * f, preference=c.preference * f,
                veto=None if c.veto is None else c.veto * f, falling=c.falling,
            )
            for c, f in zip(model.criteria, sample.factor[d], strict=True)
        )  # fmt: skip
        shift = {c.name: (-s if c.falling else s) for c, s in zip(model.criteria, sample.shift[d], strict=True)}
        profiles = tuple(Profile(p.category, {k: v + shift[k] for k, v in p.values.items()}) for p in model.profiles)
        world = Sorting(criteria, model.categories, profiles, model.cutting_level, gradual_veto=model.gradual_veto)
        weights = dict(zip((c.name for c in criteria), sample.weights[d].tolist(), strict=True))
        for i, row in rows_of(frame).items():
            moved = {}
            for j, c in enumerate(criteria):
                low, high = ends.get((i, c.name), (row[c.name], row[c.name]))
                spot = sample.spot[d, j]
                moved[c.name] = (
                    None if low is None else high - (high - low) * spot if c.falling else low + (high - low) * spot
                )
            for k, place in enumerate(tiers(world, moved, sample.level[d] + 1e-9, weights)):
                counts[i, model.categories[place].name][k] += 1
    return counts


def test_weights_scatter_as_stated():
    criteria = tuple(Criterion(f"c{n}", w) for n, w in enumerate((1, 2, 3, 4, 0)))
    model = Sorting(criteria, (Category("a"), Category("b")), (Profile("b", {c.name: 0 for c in criteria}),), 0.6)
    weights = drawn(model, arrays(model), Doubt(concentration=60), 4096, 1).weights
    given = np.array([0.1, 0.2, 0.3, 0.4, 0.0])
    assert weights.sum(axis=1) == pytest.approx(np.ones(4096))
    assert weights.mean(axis=0) == pytest.approx(given, abs=0.002)
    assert weights.var(axis=0) == pytest.approx(given * (1 - given) / 61, rel=0.05)
    assert not weights[:, 4].any()


def test_intervals_cover_the_share_of_very_many_draws():
    rng = np.random.default_rng(3)
    names = [f"c{n}" for n in range(6)]
    model = Sorting(
        tuple(Criterion(n, 1, indifference=3, preference=8) for n in names),
        (Category("a"), Category("b"), Category("c")),
        (Profile("b", dict.fromkeys(names, 45)), Profile("c", dict.fromkeys(names, 60))),
        0.7,
    )
    frame = pl.DataFrame({"id": [f"{i:02d}" for i in range(30)], **{n: rng.uniform(35, 75, 30) for n in names}})
    evidence = frame.unpivot(index="id", variable_name="criterion", value_name="x")
    evidence = evidence.select("id", "criterion", low=pl.col("x") - 8, high=pl.col("x") + 8)
    doubt = Doubt(concentration=30, level=(0.6, 0.8), thresholds=0.2, profiles=dict.fromkeys(names, 3.0))
    ask = {"doubt": doubt, "evidence": evidence}
    truth = acceptability(model, frame, **ask, draws=1 << 15, seed=99)["pessimistic"]
    inside = [
        found["pessimistic_low"].le(truth) & found["pessimistic_high"].ge(truth)
        for found in (acceptability(model, frame, **ask, draws=256, seed=seed) for seed in range(10))
    ]
    assert np.mean(inside) >= 0.95


def test_wilsons_interval_as_published():
    """Newcombe (1998), table I: 81 of 263, and 0 of 20."""
    low, high = wilson(np.array([81]), 263)
    assert (round(low[0], 4), round(high[0], 4)) == (0.2553, 0.3662)
    low, high = wilson(np.array([0]), 20)
    assert (round(low[0], 4), round(high[0], 4)) == (0.0, 0.1611)


def test_the_same_seed_draws_the_same():
    model = Sorting(
        (Criterion("a", 2), Criterion("b", 1)), (Category("x"), Category("y")), (Profile("y", {"a": 1, "b": 1}),), 0.6
    )
    frame = pl.DataFrame({"id": ["p"], "a": [2.0], "b": [0.0]})
    one, same, other = (acceptability(model, frame, doubt=Doubt(concentration=5), draws=100, seed=s) for s in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)
