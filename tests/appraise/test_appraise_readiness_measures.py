"""Measures of agreement and system readiness against published figures and an independent program."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from tongtu import packs
from tongtu.appraise.readiness import agreement, krippendorff_alpha, srl, srl_level, uniform_srl, weighted_kappa
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused
from tongtu.terms.words import LANGUAGES, say

NAN = np.nan
#: Hout, Duncan and Sobel (1987), as Agresti (1990) and R's vcd print it: 91 couples
COUPLES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
#: Krippendorff's worked example of four observers and twelve units
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]  # fmt: skip
#: Austin and York (2015) as tabled in the DTU wiki, levels 9 to 1
PUBLISHED = [1.000, 0.828, 0.672, 0.530, 0.404, 0.293, 0.197, 0.116, 0.051]


def couples() -> tuple[list[int], list[int]]:
    pairs = [(i, j) for i, row in enumerate(COUPLES) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def test_kappa_and_its_error_as_published() -> None:
    plain, linear = (weighted_kappa(*couples(), weights=w) for w in ("none", "linear"))  # type: ignore[arg-type]
    assert (plain.value, plain.se) == (pytest.approx(0.1293, abs=5e-5), pytest.approx(0.06860, abs=5e-6))
    assert (linear.value, linear.se) == (pytest.approx(0.2374, abs=5e-5), pytest.approx(0.07832, abs=5e-6))
    assert linear.n == 91
    assert (linear.low or 1) < 0.2374 < (linear.high or 0)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40))
def test_kappa_equals_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    for weights in ("linear", "quadratic"):
        ours = weighted_kappa(first, second, categories=range(5), weights=weights)  # type: ignore[arg-type]
        if ours.value is not None:
            theirs = cohen_kappa_score(first, second, labels=list(range(5)), weights=weights)
            assert ours.value == pytest.approx(theirs, abs=1e-12)


def test_kappa_is_unknown_where_nothing_can_differ() -> None:
    assert weighted_kappa([2, 2], [2, 2], categories=range(4)).value is None
    assert weighted_kappa([], []).value is None
    with pytest.raises(ValueError, match="same things"):
        weighted_kappa([1], [1, 2])
    with pytest.raises(ValueError, match="no category"):
        weighted_kappa([9], [1], categories=range(3))


@pytest.mark.parametrize(("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_as_published(metric: Any, value: float) -> None:
    found = krippendorff_alpha(OBSERVERS, metric=metric)
    assert found.value == pytest.approx(value, abs=5e-4)
    assert (found.units, found.raters) == (11, 4)
    assert (found.low or 1) <= value <= (found.high or 0)


def test_alpha_knows_full_agreement_and_nothing_to_compare() -> None:
    assert krippendorff_alpha([[1, 2, 3], [1, 2, 3]]).value == pytest.approx(1.0)
    assert krippendorff_alpha([[1, 1], [1, 1]]).value is None
    assert krippendorff_alpha([[1, NAN], [NAN, 2]]).value is None
    assert krippendorff_alpha(OBSERVERS, seed=3) == krippendorff_alpha(OBSERVERS, seed=3)


def test_agreement_finds_pairs_and_the_question_that_parts_them() -> None:
    lists = packs.load("cn").sheet("checklists").filter(pl.col("scale") == "brl")
    rows = []
    for subject, top in (("A", 1), ("B", 2), ("C", 3), ("D", 4)):
        for who, harsh in (("P1", 0), ("P2", 0), ("P3", 1)):
            for level, question in lists.select("level", "question").rows():
                said = "yes" if level <= top - harsh * (top > 2) else "no"
                rows.append({"answer": f"{subject}-{who}-{question}", "subject_kind": "achievement", "scale": "brl",
                             "subject": subject, "question": question, "said": said, "assessor": who,
                             "on": date(2026, 1, 1)})  # fmt: skip
    found = agreement(Registry({"answers": pl.DataFrame(rows)})["answers"], lists, as_of=date(2026, 2, 1))
    pairs = {(r["first"], r["second"]): r for r in found.pairs.iter_rows(named=True)}
    assert pairs["P1", "P2"]["quadratic"] == pytest.approx(1.0)
    assert (pairs["P1", "P3"]["same"], pairs["P1", "P3"]["subjects"]) == (2, 4)
    expected = cohen_kappa_score([1, 2, 3, 4], [1, 2, 2, 3], labels=list(range(8)), weights="linear")
    assert pairs["P1", "P3"]["linear"] == pytest.approx(expected)
    (alpha,) = found.alpha.iter_rows(named=True)
    assert (alpha["assessors"], alpha["subjects"]) == (3, 4)
    assert 0 < alpha["alpha"] < 1
    parted = found.splits.filter(pl.col("level").is_in([3, 4]))
    assert parted.height == found.splits.height == 4
    assert set(found.splits["differing"]) == {1}


#: nine components whose mean of 1/m is 0.38704, which gives the published table to its three decimals
LINKS = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 5), (1, 6), (2, 7), (3, 8)]


def system(level: int) -> np.ndarray:
    irl = np.zeros((9, 9))
    for a, b in LINKS:
        irl[a, b] = irl[b, a] = level
    return irl


def test_the_published_table_to_three_decimals() -> None:
    assert np.round(uniform_srl(range(9, 0, -1), 0.3865), 3).tolist() == PUBLISHED
    levels = np.arange(9, 0, -1)
    found = srl(np.repeat(levels[:, None], 9, 1), np.stack([system(level) for level in levels]))
    assert np.round(found.composite, 3).tolist() == PUBLISHED, "a real architecture gives it as well"
    assert found.q == pytest.approx(0.38704, abs=1e-5)
    assert srl_level(found.composite).tolist() == levels.tolist()


@settings(max_examples=30)
@given(st.integers(2, 6), st.randoms(use_true_random=False))
def test_srl_is_the_double_sum_of_the_paper(n: int, draw: Any) -> None:
    trl = [draw.randint(1, 9) for _ in range(n)]
    irl = np.zeros((n, n), int)
    for i in range(n):
        for j in range(i):
            irl[i, j] = irl[j, i] = draw.randint(1, 9) if j == i - 1 else draw.choice([0, draw.randint(1, 9)])
    found = srl(trl, irl)
    own = []
    for i in range(n):
        joined = [j for j in range(n) if j == i or irl[i, j]]
        own.append(sum((9 if i == j else irl[i, j]) / 9 * trl[j] / 9 for j in joined) / len(joined))
    assert found.components == pytest.approx(own)
    assert float(found.composite) == pytest.approx(np.mean(own))
    assert float(found.lowest) == pytest.approx(min(own))
    assert own[int(found.weakest)] == pytest.approx(min(own))


def test_a_mean_hides_a_weak_component_which_is_told() -> None:
    found = srl([9, 9, 9, 2], [[9, 9, 9, 1], [9, 9, 9, 0], [9, 9, 9, 0], [1, 0, 0, 9]], names=["a", "b", "c", "d"])
    assert float(found.composite) > 0.7
    assert float(found.lowest) < 0.2
    assert found.link.tolist() == [3, 0]
    for lang in LANGUAGES:
        assert "d" in say(found.why(), lang)


@pytest.mark.parametrize(
    ("trl", "irl", "told"),
    [
        ([10, 2], [[9, 1], [1, 9]], ["laser", "10"]),
        ([3, 2.5], [[9, 1], [1, 9]], ["stage", "2.5"]),
        ([3, 2], [[9, 1], [4, 9]], ["laser", "stage", "1", "4"]),
        ([3, 2], [[9, 12], [12, 9]], ["laser", "stage", "12"]),
        ([3, 2], [[9, 0], [0, 9]], ["laser"]),
        ([3, 2, 1], [[9, 1], [1, 9]], ["(3,)"]),
    ],
)  # fmt: skip
def test_bad_systems_name_their_components(trl: list[float], irl: list[list[float]], told: list[str]) -> None:
    with pytest.raises(DataRefused) as refused:
        srl(trl, irl, names=["laser", "stage"])
    for lang in LANGUAGES:
        assert all(part in refused.value.say(lang) for part in told)
