"""What a member counts, what it holds back, and what an attacker with a linear programme makes of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from share_tables import DAY, PLACES, SMALL, counted, history, outcomes

from tongtu.risk.share import Taxonomy, count, read_taxonomy, standard
from tongtu.risk.share.floor import complemented, held_back
from tongtu.risk.share.taxonomy import CELL, FIGURES, RESULTS
from tongtu.terms.faults import DataRefused, TongtuError


def test_every_result_is_in_one_cell() -> None:
    whole = counted("A", 1, whole=True)
    known = outcomes(history("A", 1, 60)).filter(pl.col("entered") < date(2026, 1, 1))
    assert whole.frame["entered"].sum() == known.height
    assert whole.frame.select(CELL).equals(SMALL.cells)
    assert (whole.frame.select(pl.sum_horizontal(RESULTS)).to_series() == whole.frame["entered"]).all()
    assert (whole.frame["timed"] <= whole.frame["passed"] + whole.frame["failed"]).all()


def test_a_project_counts_once_at_a_stage_with_its_last_result() -> None:
    rows = [
        {"outcome": "o1", "case": "c", "member": "A", "stage": "pilot", "entered": date(2020, 1, 1),
         "left": date(2020, 5, 1), "result": "failed"},
        {"outcome": "o2", "case": "c", "member": "A", "stage": "pilot", "entered": date(2022, 1, 1),
         "left": date(2032, 1, 1), "result": "passed"},
        {"outcome": "o3", "case": "c", "member": "A", "stage": "repeat_order", "entered": date(2022, 1, 1),
         "left": None, "result": "censored"},
        {"outcome": "o4", "case": "d", "member": "A", "stage": "pilot", "entered": date(2009, 1, 1),
         "left": date(2010, 1, 1), "result": "passed"},
        {"outcome": "o5", "case": "d", "member": "B", "stage": "pilot", "entered": date(2019, 1, 1),
         "left": date(2020, 1, 1), "result": "passed"},
    ]  # fmt: skip
    found = count(outcomes(rows), member="A", taxonomy=SMALL, round="2026", as_of=DAY, places=PLACES, whole=True)
    assert found.frame.filter(pl.col("entered") > 0).select("band", "entered", "censored", "days").rows() == [
        ("2021-2025", 1, 1, 0)  # what ends after the day is still open on it
    ]
    assert [why.code for why in found.left_out] == [
        "risk_share.out-stage", "risk_share.out-band", "risk_share.out-again",
    ]  # fmt: skip


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_one_project_changes_the_results_by_at_most_its_stages(seed: int, projects: int) -> None:
    """The sensitivity on which the noise rests: with and without one project, everything else alike."""
    rows = history("A", seed, projects)
    gone = f"A-{seed % projects:04d}"
    fixed = [*rows, {**rows[0], "outcome": "z", "case": "Z"}]
    with_, without = (
        count(outcomes([r for r in fixed if r["case"] != gone or keep]), member="A", taxonomy=SMALL, round="2026",
              as_of=DAY, places=PLACES, whole=True).frame
        for keep in (True, False)
    )  # fmt: skip
    changed = (with_.select(RESULTS) - without.select(RESULTS)).select(pl.all().abs().sum()).sum_horizontal().item()
    assert changed <= SMALL.rows_per_project
    days = (with_["days"] - without["days"]).abs().sum()
    assert days <= SMALL.rows_per_project * SMALL.days_cap


# --------------------------------------------------------------------------------------------------------- the attacker


def attack(n: np.ndarray[Any, Any], shown: np.ndarray[Any, Any], lines: list[np.ndarray[Any, Any]], cell: int) -> float:
    """How wide the attacker leaves a cell: all cells unknown but the shown ones, which it knows exactly."""
    sums = np.zeros((len(lines), len(n)))
    for row, line in zip(sums, lines, strict=True):
        row[line] = 1
    bounds = [(float(v), float(v)) if s else (0, None) for v, s in zip(n, shown, strict=True)]
    aim = np.eye(len(n))[cell]
    ends = [linprog(s * aim, A_eq=sums, b_eq=sums @ n, bounds=bounds, method="highs-ds") for s in (1, -1)]
    return np.inf if ends[1].status == 3 else float(-ends[1].fun - ends[0].fun)


def lines_of(shape: tuple[int, ...]) -> list[np.ndarray[Any, Any]]:
    at = np.arange(int(np.prod(shape))).reshape(shape)
    return [np.moveaxis(at, axis, 0)[k].ravel() for axis in range(len(shape)) for k in range(shape[axis])]


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_held_back_cannot_be_computed_from_what_is_told(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(3, 3), (4, 2), (2, 2, 3), (3, 3, 2)]))
    size, floor = int(np.prod(shape)), data.draw(st.sampled_from([3, 5]))
    values = st.one_of(st.just(0), st.integers(0, 6), st.integers(5, 60))
    n = np.array(data.draw(st.lists(values, min_size=size, max_size=size)), np.int64)
    lines = lines_of(shape)
    blank = complemented(n, lines, floor)
    assert blank[n < floor].all()
    told = [line for line in lines if not 0 < n[line].sum() < floor]
    for cell in np.flatnonzero(blank & (n > 0)):
        width = attack(n, ~blank, told, int(cell))
        alone = attack(n, np.zeros(size, bool), told, int(cell))
        assert width >= min(floor, alone) - 1e-6
        if alone < floor:  # the totals give it away by themselves: nothing that is sent may add to that
            assert width == pytest.approx(alone, abs=1e-6)


def test_without_complement_the_attacker_would_win() -> None:
    """The same attack finds a small cell to the project where only small cells are held back."""
    n = np.array([2, 10, 10, 10, 10, 10, 10, 10, 10])
    lines = lines_of((3, 3))
    assert attack(n, n >= 5, lines, 0) == pytest.approx(0)
    blank = complemented(n, lines, 5)
    assert blank.sum() == 4
    assert attack(n, ~blank, lines, 0) >= 5


def test_blanks_do_not_tell_why_and_days_of_few_stay() -> None:
    found = counted("A", 3, projects=120)
    assert found.frame.columns == [*CELL, *FIGURES]
    sent = found.frame.drop_nulls("entered")
    assert sent["entered"].min() >= SMALL.floor  # type: ignore[operator]
    assert sent.drop_nulls("timed")["timed"].min() >= SMALL.floor  # type: ignore[operator]
    assert (sent["timed"].is_null() == sent["days"].is_null()).all()
    assert found.held.height
    assert sent["entered"].sum() + found.held["entered"].sum() == found.exact["entered"].sum()
    frame, held = held_back(found.exact, SMALL)
    assert frame.equals(found.frame)
    assert held.equals(found.held)


# ------------------------------------------------------------------------------------------------- taxonomies


def test_the_taxonomy_is_frozen_by_its_digest() -> None:
    ours = standard(["raw", "equip"])
    assert read_taxonomy(ours.to_toml()) == ours
    assert read_taxonomy(ours.to_toml()).digest == ours.digest
    assert ours.cells.height == 6 * 3 * 4 * 3
    assert len({ours.digest, replace(ours, floor=6).digest, standard(["raw"]).digest}) == 3
    assert standard(["raw"], ["pilot"]).rows_per_project == 1


WRONG = {
    "no list": ('places = ["a", "other"]', "places = 3"),
    "no other": ('"other"', '"others"'),
    "twice": ('places = ["a", "other"]', 'places = ["a", "a", "other"]'),
    "a stage that is none": ('"pilot"', '"pilots"'),
    "bands that fall": ("[2011,2016,2021,2026]", "[2016,2011]"),
    "an end before the bands": ("end = 2031", "end = 2020"),
    "a floor of one": ("floor = 5", "floor = 1"),
    "a floor that is true": ("floor = 5", "floor = true"),
    "a margin of everything": ('["stage","piloted"]', '["stage","place","band","piloted"]'),
    "a margin that is none": ('["stage","piloted"]', '["stage","colour"]'),
    "no TOML": ("name =", "name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_taxonomy_that_cannot_be_is_refused(name: str) -> None:
    old, new = WRONG[name]
    text = standard(["a"]).to_toml().replace('places = ["a","other"]', 'places = ["a", "other"]')
    assert old in text
    with pytest.raises(DataRefused) as refused:
        read_taxonomy(text.replace(old, new), "t.toml")
    said(refused.value)


@pytest.mark.parametrize("round", ["26", "2026-", "2026-é!", "year", "2026-b-c", "", "２０２６"])
def test_a_round_is_named_after_its_year(round: str) -> None:
    with pytest.raises(DataRefused) as refused:
        counted("A", 1, round=round)
    said(refused.value)


def test_who_has_no_results_is_told() -> None:
    for found in (outcomes(history("A", 1, 3)), outcomes([])):
        with pytest.raises(DataRefused) as refused:
            count(found, member="B", taxonomy=SMALL, round="2026", as_of=DAY, places={})
        said(refused.value)


def test_rows_in_any_order_give_the_same_counts() -> None:
    rows = history("A", 5, 50)
    given = {"member": "A", "taxonomy": SMALL, "round": "2026", "as_of": DAY, "places": PLACES}
    one, other = count(outcomes(rows), **given), count(outcomes(rows[::-1]), **given)
    assert one.frame.equals(other.frame)
    assert one.held.equals(other.held)


def said(error: TongtuError) -> None:
    """Both languages have words for it, with every argument in its place."""
    for fault in error.faults:
        assert fault.repair is not None
        for lang in ("zh", "en"):
            text = fault.say(lang)
            assert "{" not in text
            assert "risk_share" not in text


def test_cells_are_the_taxonomy_s_and_not_the_data_s() -> None:
    many = Taxonomy("t", ("pilot",), ("raw", "other"), (2016, 2026))
    found = count(outcomes(history("A", 1, 5)), member="A", taxonomy=many, round="2026", as_of=DAY, places={})
    assert found.frame.height == many.cells.height == 6
