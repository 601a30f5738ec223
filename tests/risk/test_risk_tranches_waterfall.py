"""Layers: nothing is lost on the way, nobody bears more than agreed, and what cannot stand is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import alike, drawn

from tongtu.risk.simulation import scenarios
from tongtu.risk.tranches import RHOS, structure, tranches
from tongtu.risk.tranches.waterfall import borne
from tongtu.terms.faults import Cancelled, DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, missing, say

PLAIN = [{"name": "E", "kind": "equity", "share": 0.3}, {"name": "M", "kind": "mezzanine", "share": 0.3},
         {"name": "S", "kind": "senior", "share": 0.4, "price": 0.05}]  # fmt: skip
SMALL = {"worlds": 512, "sets": 4}


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def row(found: pl.DataFrame, name: str, rho: float | None = None) -> dict[str, Any]:
    same = pl.col("rho").is_null() if rho is None else pl.col("rho") == rho
    return found.filter(same, pl.col("name") == name).row(0, named=True)


# --- conservation -----------------------------------------------------------------------------------------------------

shares = st.floats(0.01, 1.0)
covers = st.lists(
    st.one_of(
        st.builds(dict, kind=st.just("insurance"), share=shares, deductible=st.floats(0, 2e6), cap=st.floats(0, 4e6),
                  amount=st.one_of(st.none(), st.floats(0, 3e7))),
        st.builds(dict, kind=st.just("guarantee"), basis=st.just("share"), share=shares, cap=st.floats(0, 1e8)),
        st.builds(dict, kind=st.just("guarantee"), basis=st.just("first_loss"), amount=st.floats(0, 5e7)),
        st.builds(dict, kind=st.just("guarantee"), basis=st.just("per_case"), share=shares, cap=st.floats(0, 4e6)),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(covers, st.lists(shares, min_size=1, max_size=4), st.integers(0, 99), st.floats(0.2, 1.5))
def test_every_worlds_loss_is_borne_to_the_last_unit(some, sizes, seed, capital):
    one = drawn(15, seed, spread=0.5)
    kinds = ["equity", "mezzanine", "senior", "senior"]
    layers = [{"kind": kinds[k], "share": s / sum(sizes)} for k, s in enumerate(sizes)]
    rows = [{"name": f"L{k}", "basis": None, "amount": None, "cap": None, "deductible": None, "share": None, **layer}
            for k, layer in enumerate([*some, *layers])]  # fmt: skip
    layered = structure(one, table(*rows), capital=capital * float(one.cost_mean.sum()))
    loss = scenarios(one, 64, seed=seed).loss
    found = borne(layered, loss)
    whole = loss.sum(axis=0, dtype=np.float64)
    np.testing.assert_allclose(found.sum(axis=0), whole, rtol=1e-12)
    assert (found >= -1e-6).all()
    for k, layer in enumerate(layered.layers):
        assert (found[k] <= layer.amount * (1 + 1e-12) + 1e-6).all()
    later = [k for k, layer in enumerate(layered.layers) if layer.kind in ("equity", "mezzanine", "senior")]
    for lower, upper in pairwise(later):
        full = layered.layers[lower].amount
        assert (found[upper][found[lower] < full * (1 - 1e-9) - 1] <= 1e-3).all()


def test_a_waterfall_by_hand():
    one = alike(4, 0.5, 100.0)
    layered = structure(one, table(
        {"name": "first set", "kind": "insurance", "share": 0.5, "deductible": 20.0, "cap": 30.0, "cases": ["C0000"]},
        {"name": "fund", "kind": "guarantee", "basis": "share", "share": 0.2, "cap": 50.0},
        {"name": "E", "kind": "equity", "share": 0.5}, {"name": "S", "kind": "senior", "share": 0.5},
    ))  # fmt: skip
    assert [layer.name for layer in layered.layers] == ["first set", "fund", "E", "S"]
    loss = np.array([[100, 100, 0], [0, 100, 0], [0, 100, 100], [0, 100, 0]], float)
    expected = [[30, 30, 0], [14, 50, 20], [56, 200, 80], [0, 120, 0], [0, 0, 0]]
    np.testing.assert_allclose(borne(layered, loss), expected)


def test_a_limit_for_all_is_paid_in_proportion():
    one = alike(2, 0.5, 100.0)
    rows = table({"name": "I", "kind": "insurance", "amount": 90.0}, {"name": "E", "kind": "equity", "share": 1.0})
    found = borne(structure(one, rows), np.array([[100.0, 50.0], [100.0, 0.0]]))
    np.testing.assert_allclose(found, [[90, 50], [110, 0], [0, 0]])


# --- figures ----------------------------------------------------------------------------------------------------------


def test_all_correlations_are_shown_and_the_upper_layers_feel_them():
    found = tranches(alike(60, 0.4, 1e6), table(*PLAIN), **SMALL, rhos=(0.3, 0.8))
    assert found.figures["rho"].unique().sort().to_list() == [None, *RHOS, 0.8]
    assert found.conservation < 1e-12
    senior = [row(found.figures, "S", rho) for rho in RHOS]
    assert all(a["pd"] <= b["pd"] + 0.02 for a, b in pairwise(senior))
    assert senior[0]["cvar"] < senior[-1]["cvar"]
    whole = [row(found.figures, "portfolio", rho)["el"] for rho in RHOS]
    np.testing.assert_allclose(whole, 60 * 0.6 * 1e6, rtol=0.02)
    for rho in (None, *RHOS):
        parts = sum(row(found.figures, name, rho)["el"] for name in ("E", "M", "S", "beyond"))
        assert parts == pytest.approx(row(found.figures, "portfolio", rho)["el"], rel=1e-12)


def test_figures_of_one_layer_hang_together():
    found = tranches(alike(40, 0.5, 1e6), table(*PLAIN), **SMALL)
    senior = row(found.figures, "M", 0.3)
    assert senior["el"] == pytest.approx(senior["pd"] * senior["lgd"] * senior["amount"], rel=1e-9)
    assert senior["el_share"] == pytest.approx(senior["el"] / senior["amount"])
    assert senior["break_even"] == pytest.approx(senior["el_share"] / (1 - senior["el_share"]))
    priced = row(found.figures, "S", 0.3)
    assert priced["margin"] == pytest.approx(0.05 - priced["break_even"])
    assert found.layers["attach"].to_list() == pytest.approx([0, 0.3, 0.6])
    assert found.layers["detach"].to_list() == pytest.approx([0.3, 0.6, 1.0])


def test_equity_alone_bears_everything_as_simulated():
    one = drawn(30, 1)
    found = tranches(one, table({"name": "E", "kind": "equity", "share": 1.0}), **SMALL)
    np.testing.assert_allclose(row(found.figures, "E")["el"], row(found.figures, "portfolio")["el"])
    curve = found.curve.filter(pl.col("name") == "E", pl.col("rho") == 0.2)["borne"].to_list()
    assert curve == sorted(curve)


def test_a_guarantee_takes_from_those_below_it_in_line():
    one = alike(50, 0.4, 1e6)
    before = tranches(one, table(*PLAIN), **SMALL)
    guarded = [{**layer, "basis": None} for layer in PLAIN]
    after = tranches(
        one, table({"name": "G", "kind": "guarantee", "basis": "first_loss", "share": 0.2}, *guarded), **SMALL
    )
    for rho in RHOS:
        assert row(after.figures, "E", rho)["el"] < row(before.figures, "E", rho)["el"]
        assert row(after.figures, "portfolio", rho)["el"] == row(before.figures, "portfolio", rho)["el"]


def test_what_was_never_hit_is_said_as_a_bound():
    one = alike(50, 0.99, 1e6)
    found = tranches(one, table(*PLAIN), **SMALL)
    senior = row(found.figures, "S", 0.0)
    assert senior["pd"] == 0
    assert Why.from_json(senior["why"]).code == "risk_tranches.never"
    for text in found.figures["why"].unique():
        why = Why.from_json(text)
        assert missing(why.code) == []
        assert not any("{" in say(why, lang) for lang in LANGUAGES)
    for note in found.notes:
        assert missing(note.code) == []


def test_same_seed_same_answer():
    one = drawn(20, 2, belief=10.0)
    first, second = (tranches(one, table(*PLAIN), **SMALL) for _ in range(2))
    assert first.figures.equals(second.figures)
    assert not first.figures.equals(tranches(one, table(*PLAIN), **SMALL, seed=9).figures)


# --- what cannot stand ------------------------------------------------------------------------------------------------

E = {"name": "E", "kind": "equity", "share": 1.0}
UPPER = {"name": "S", "kind": "senior", "attach": 0.3, "detach": 1.0}
ZOO: dict[str, list[dict[str, Any]]] = {
    "column-missing": [{"name": "E", "share": 1.0}],
    "unreadable": [{**E, "cap": "high"}],
    "nameless": [{**E, "name": None}],
    "name-twice": [{**E, "share": 0.5}, {**E, "share": 0.5}],
    "kind-unknown": [E, {"name": "X", "kind": "junior", "share": 0.1}],
    "basis-unknown": [E, {"name": "G", "kind": "guarantee", "share": 0.1}],
    "below-zero": [E, {"name": "I", "kind": "insurance", "share": 0.5, "cap": -1.0}],
    "share-outside": [{**E, "share": 1.4}],
    "size-missing": [{"name": "E", "kind": "equity"}],
    "size-twice": [{**E, "amount": 10.0}],
    "no-first-loss": [{**E, "kind": "senior"}],
    "not-adding-up": [{**E, "share": 0.8}],
    "layer-inverted": [{"name": "E", "kind": "equity", "attach": 0.5, "detach": 0.2}],
    "no-detach": [{**E, "attach": 0.2}],
    "layers-gap": [{"name": "E", "kind": "equity", "detach": 0.2}, UPPER],
    "layers-overlap": [{"name": "E", "kind": "equity", "detach": 0.4}, UPPER],
    "layers-end": [{"name": "E", "kind": "equity", "detach": 0.4}],
    "mixed-sizes": [{"name": "E", "kind": "equity", "detach": 0.4}, {"name": "S", "kind": "senior", "share": 0.6}],
    "first-loss-size": [E, {"name": "G", "kind": "guarantee", "basis": "first_loss"}],
    "guarantee-share": [E, {"name": "G", "kind": "guarantee", "basis": "share"}],
    "case-unknown": [E, {"name": "I", "kind": "insurance", "cases": ["nobody"]}],
    "cases-ignored": [{**E, "cases": ["C0000"]}],
}  # fmt: skip


@pytest.mark.parametrize("code", ZOO)
def test_a_structure_that_cannot_stand_is_refused(code):
    with pytest.raises(DataRefused) as error:
        structure(alike(3, 0.5), table(*ZOO[code]))
    assert f"risk_tranches.{code}" in [fault.what.code for fault in error.value.faults]
    for fault in error.value.faults:
        assert fault.repair is not None
        assert missing(fault.what.code) == missing(fault.repair.code) == []
        assert not any("{" in fault.say(lang) for lang in LANGUAGES)


def test_no_capital_and_no_rows_are_refused():
    with pytest.raises(DataRefused):
        structure(alike(3, 0.5), table(E), capital=0.0)
    with pytest.raises(DataRefused):
        structure(alike(3, 0.5), table(E).head(0))


def test_settings_are_refused_together_and_work_can_be_stopped():
    with pytest.raises(UsageFault) as error:
        tranches(alike(3, 0.5), table(E), rhos=(1.0,), level=0.0, worlds=0)
    assert len(error.value.faults) == 3

    def stop(done: int, total: int, what: object = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        tranches(alike(3, 0.5), table(E), **SMALL, progress=stop)
