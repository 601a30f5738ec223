"""The measures against their published figures, plain definitions, known truth; degenerate tables end in nulls."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tongtu.pilots.complexity import backtest, complexity
from tongtu.pilots.complexity.drawn import ranks
from tongtu.pilots.complexity.forecast import auc
from tongtu.pilots.complexity.measures import advantage, density, eigen, fitness, posterior, proximity
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

ROOT = Path(__file__).resolve().parents[2]
TRADE = ROOT.parent / "shared" / "data" / "complexity" / "world_trade_avg_1998_to_2000.rda"


def long(matrix: Any, **more: Any) -> pl.DataFrame:
    rows = [(f"r{i:02}", f"p{j:02}", float(v)) for i, row in enumerate(matrix) for j, v in enumerate(row)]
    return pl.DataFrame(rows, schema=["place", "product", "value"], orient="row")


@pytest.fixture(scope="module")
def trade() -> pl.DataFrame:
    if not TRADE.exists():
        pytest.skip(f"the published trade table is not at {TRADE}")
    sys.path.insert(0, str(ROOT))
    try:
        from bench._rda import read
    finally:
        sys.path.remove(str(ROOT))
    columns = next(iter(read(TRADE).values()))
    return pl.DataFrame({"place": columns["country"], "product": columns["product"], "value": columns["value"]})


def test_the_published_figures_of_world_trade(trade: pl.DataFrame) -> None:
    """What the vignette of the R package economiccomplexity prints for 226 countries and 785 products."""
    found = complexity(trade)
    pci = dict(found.products.select("product", "pci").iter_rows())
    eci = dict(found.places.select("place", "eci").iter_rows())
    printed = {"0011": -0.66657613, "0012": -1.62657599, "0013": -0.08149436, "0014": 0.19917280, "0015": 0.14935653}
    assert {code: round(pci[code], 7) for code in printed} == pytest.approx(printed, abs=5.1e-8)
    printed = {"afg": -0.5764283, "ago": -1.7770752, "aia": 1.4090414, "alb": -0.1732606, "and": 1.0772452}
    assert {code: eci[code] for code in printed} == pytest.approx(printed, abs=5.1e-8)
    near = {(a, b): value for a, b, value in found.proximity().iter_rows()}
    assert near["0011", "0012"] == pytest.approx(0.3658537, abs=5e-8)


def plain_eigen(held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ECI and PCI as the papers define them, by two general eigenproblems."""
    d, u = held.sum(axis=1), held.sum(axis=0)
    vectors = []
    for matrix in ((held / u) @ held.T / d[:, None], (held.T / d) @ held / u[:, None]):
        values, found = np.linalg.eig(matrix)
        vectors.append(np.real(found[:, np.argsort(-np.real(values))[1]]))
    return vectors[0], vectors[1]


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std(ddof=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 12), st.integers(4, 15))
@example(1523, 4, 6)  # all places are equally diverse
def test_one_symmetric_problem_gives_what_two_general_ones_give(seed: int, n: int, m: int) -> None:
    held = (np.random.default_rng(seed).random((n, m)) < 0.5) * 1.0
    found = eigen(held)
    if found.why is not None or (held.sum(axis=1) == 0).any() or (held.sum(axis=0) == 0).any():
        return
    places, products = (standard(one) for one in plain_eigen(held))
    assert abs(abs((found.places * places).sum()) - (n - 1)) < 1e-5, "equal but for the sign"
    assert abs(abs((found.products * products).sum()) - (m - 1)) < 1e-5
    diversity = held.sum(axis=1)
    assert ((diversity - diversity.mean()) * found.places).sum() > -1e-9, "ECI rises with diversity"
    mean = (held @ found.products) / held.sum(axis=1)
    assert np.corrcoef(mean, found.places)[0, 1] == pytest.approx(1.0), "a place is the mean of its products"
    swapped = eigen(held[::-1, ::-1])
    if abs(((diversity - diversity.mean()) * found.places).sum()) > 1e-6:
        assert swapped.places[::-1] == pytest.approx(found.places, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(2, 9))
def test_proximity_density_and_fitness_by_their_definitions(seed: int, n: int, m: int) -> None:
    held = (np.random.default_rng(seed).random((n, m)) < 0.6) * 1.0
    near = proximity(held)
    for i in range(m):
        for j in range(m):
            both, ubiquity = float((held[:, i] * held[:, j]).sum()), max(held[:, i].sum(), held[:, j].sum())
            assert near[i, j] == pytest.approx(both / ubiquity if ubiquity else 0.0)
    dense = density(held, near)
    for r in range(n):
        for d in range(m):
            total = near[:, d].sum()
            if total:
                assert dense[r, d] == pytest.approx(sum(held[r, j] * near[j, d] for j in range(m)) / total)
            else:
                assert np.isnan(dense[r, d])
    assume(held.any())
    rounds = fitness(held, 5, 0.0)
    place, product = np.ones(n), np.ones(m)
    rows, columns = held.sum(axis=1) > 0, held.sum(axis=0) > 0
    place, product = place[rows], product[columns]
    core = held[np.ix_(rows, columns)]
    for _ in range(5):
        place, product = core @ product, 1 / (core.T @ (1 / place))
        place, product = place / place.mean(), product / product.mean()
    assert rounds.places[rows] == pytest.approx(place)
    assert rounds.products[columns] == pytest.approx(product)


def test_a_nested_world_is_put_in_its_order() -> None:
    """Places that have ever more of ever rarer products: the truth is known."""
    nested = np.array([[1.0 if j <= i else 0.0 for j in range(8)] for i in range(8)])
    found = eigen(nested)
    assert (np.diff(found.places) > 0).all()
    assert (np.diff(found.products) > 0).all()
    rounds = fitness(nested, 200)
    assert (np.diff(rounds.places) > 0).all()
    assert np.nanmean(rounds.places) == pytest.approx(1.0)


def test_fitness_says_whether_it_has_settled() -> None:
    square = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    settled = fitness(square)
    assert settled.converged
    assert settled.change <= 1e-9
    assert not fitness(square, 2).converged


DEGENERATE = {
    "one place": [[1.0, 2.0, 3.0]],
    "one product": [[1.0], [2.0]],
    "two worlds": [[3.0, 1.0, 0.0, 0.0], [1.0, 3.0, 0.0, 0.0], [0.0, 0.0, 3.0, 1.0], [0.0, 0.0, 1.0, 3.0]],
    "all alike": [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]],
    "an empty place and an empty product": [[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 0.0]],
    "a square of equals": np.ones((3, 3)) * 0.5 + np.eye(3),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_tables_end_in_nulls_and_reasons_never_nan(name: str) -> None:
    found = complexity(long(DEGENERATE[name]), draws=5)
    for frame in (found.places, found.products, found.pairs, found.proximity()):
        numbers = frame.select(pl.selectors.float())
        assert not any(column.is_nan().any() or column.is_infinite().any() for column in numbers)
    for frame, measure in ((found.places, "eci"), (found.products, "pci")):
        for row in frame.iter_rows(named=True):
            why = Why.from_json(row["why"])
            assert [wrong for part in (why, *why.parts) for wrong in missing(part.code)] == []
            assert "{" not in say(why, "zh") + say(why, "en")
            assert row[measure] is not None or "ranked" not in why.code


def test_two_worlds_that_share_nothing_are_not_ranked() -> None:
    found = complexity(long(DEGENERATE["two worlds"]))
    assert found.places["eci"].null_count() == 4
    assert "2" in say(Why.from_json(found.places["why"][0]), "en")


def test_what_nobody_knows_stays_unknown() -> None:
    frame = long([[5.0, 1.0, 2.0], [1.0, 5.0, 1.0], [2.0, 1.0, 5.0], [1.0, 1.0, 1.0]]).with_columns(
        value=pl.when(pl.col("place") == "r03").then(None).otherwise("value")
    )
    found = complexity(frame)
    last = found.places.row(3, named=True)
    assert (last["value"], last["eci"], last["rank"], last["diversity"]) == (None, None, None, 0)
    assert found.pairs.filter(pl.col("place") == "r03")["advantage"].null_count() == 3
    without = complexity(frame.filter(pl.col("place") != "r03"))
    assert found.places["eci"][:3].to_list() == pytest.approx(without.places["eci"].to_list())


FAULTS = {
    "no-column": pl.DataFrame({"place": ["a"], "product": ["x"]}),
    "negative": pl.DataFrame({"place": ["a", "b"], "product": ["x", "y"], "value": [1.0, -2.0]}),
    "no-number": pl.DataFrame({"place": ["a", "b"], "product": ["x", "y"], "value": ["1", "much"]}),
    "blank": pl.DataFrame({"place": ["a", None], "product": ["x", "y"], "value": [1.0, 2.0]}),
    "nothing": pl.DataFrame({"place": ["a"], "product": ["x"], "value": [0.0]}),
}


@pytest.mark.parametrize("code", FAULTS)
def test_bad_tables_are_refused_by_name(code: str) -> None:
    with pytest.raises(DataRefused) as refused:
        complexity(FAULTS[code])
    assert [fault.what.code for fault in refused.value.faults] == [f"pilots_complexity.{code}"]
    assert all("{" not in fault.say(lang) for fault in refused.value.faults for lang in ("zh", "en"))


def test_bad_options_are_told_all_at_once() -> None:
    with pytest.raises(UsageFault) as refused:
        complexity(long([[0.5, 1.0], [1.0, 2.0]]), threshold=0.0, level=1.0, draws=3, resample="poisson")
    assert len(refused.value.faults) == 3
    assert all("{" not in fault.say("en") for fault in refused.value.faults)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["places", "poisson"]))
def test_order_of_rows_and_seed_decide_nothing_else(seed: int, resample: Any) -> None:
    frame = long(np.random.default_rng(seed).poisson(4.0, (7, 6)))
    first = complexity(frame, draws=12, seed=3, resample=resample)
    again = complexity(frame.sample(fraction=1.0, shuffle=True, seed=seed), draws=12, seed=3, resample=resample)
    for name in ("places", "products", "pairs"):
        assert getattr(first, name).equals(getattr(again, name))


def test_intervals_hold_the_rank_and_narrow_where_the_data_are_plain() -> None:
    random = np.random.default_rng(1)
    strength = np.linspace(0.1, 3.0, 12)
    hard = np.linspace(0.2, 2.5, 10)
    chance = 1 / (1 + np.exp(3 * (hard[None, :] - strength[:, None])))
    few, many = (complexity(long(random.poisson(chance * n)), draws=100, resample="poisson") for n in (3, 3000))
    for found in (few, many):
        told = found.places.drop_nulls("eci_low")
        assert (told["eci_low"] <= told["eci_high"]).all()
        assert (told["rank_low"] <= told["rank_high"]).all()
    width = [(found.places["eci_high"] - found.places["eci_low"]).mean() for found in (few, many)]
    assert width[1] < width[0] / 3  # type: ignore[operator]


def test_ranks_share_the_better_place() -> None:
    assert ranks(np.array([3.0, np.nan, 5.0, 3.0])).tolist()[:1] == [2.0]
    assert ranks(np.array([3.0, 5.0, 3.0, 1.0])).tolist() == [2.0, 1.0, 2.0, 4.0]


def test_a_posterior_knows_chance_from_structure() -> None:
    random = np.random.default_rng(5)
    rates = np.outer(random.gamma(2.0, 2.0, 30), random.gamma(2.0, 2.0, 12))
    assert posterior(rates.round()) is None, "margins explain it all"
    lift = np.where(random.random(rates.shape) < 0.3, 4.0, 0.5)
    found = posterior(random.poisson(rates * lift).astype(float))
    assert found is not None
    assert auc(found.ravel(), lift.ravel() > 1) > 0.9


def test_shrinking_alone_would_not_change_who_has_an_advantage() -> None:
    counts = np.random.default_rng(2).poisson(3.0, (9, 7)).astype(float)
    ratio, expected = advantage(counts), np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    for shape in (0.3, 2.0, 50.0):
        assert ((counts + shape) / (expected + shape) >= 1).tolist() == (ratio >= 1).tolist()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_chance_that_a_hit_stands_above(pairs: list[tuple[int, bool]]) -> None:
    scores, hits = np.array([float(p[0]) for p in pairs]), np.array([p[1] for p in pairs])
    if hits.all() or not hits.any():
        assert np.isnan(auc(scores, hits))
        return
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in scores[hits] for b in scores[~hits]]
    assert auc(scores, hits) == pytest.approx(np.mean(wins))


def test_density_foretells_what_enters_where_entries_follow_it() -> None:
    random = np.random.default_rng(4)
    places, products = random.normal(size=(40, 2)), random.normal(size=(25, 2))
    away = ((places[:, None, :] - products[None, :, :]) ** 2).sum(axis=2)
    before, after = (long(np.exp(-away) * 1000 * (away < reach) + 1) for reach in (0.8, 1.6))
    found = backtest(before, after)
    assert found.entries > 20
    assert found.auc is not None
    assert found.low is not None
    assert found.auc > 0.6
    assert found.low <= found.auc
    nothing = backtest(before, before)
    assert (nothing.auc, nothing.entries) == (None, 0)
    assert "0" in say(nothing.why, "en")
