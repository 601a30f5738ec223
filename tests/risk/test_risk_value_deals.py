"""Staged terms: they close a gap that one payment cannot, and say what stays where nothing does."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from value_tables import TODAY, cases, flows, stages

from tongtu.risk.value import Deal, Limits, Side, staged_terms, value
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import LANGUAGES, missing, say


def deal(holder: Side, taker: Side, **more: Any) -> Deal:
    laid = more.pop("laid", None)
    return staged_terms(
        "c1", cases(), stages() if laid is None else laid, flows(), holder=holder, taker=taker, as_of=TODAY, **more
    )


def said(found: Deal) -> list[str]:
    assert missing(found.why.code) == []
    return [say(found.why, lang) for lang in LANGUAGES]


def side(found: Deal, name: str) -> dict[str, Any]:
    return found.sides.filter(pl.col("side") == name).row(0, named=True)


def test_equal_views_share_the_surplus_in_halves() -> None:
    found = deal(Side(0.08), Side(0.08))
    rnpv = value(cases(), stages(), flows(), rate=0.08, as_of=TODAY).values["rnpv"].item()
    assert found.sides["gain"].to_list() == pytest.approx([rnpv / 2, rnpv / 2], abs=2)
    assert side(found, "taker")["before"] == pytest.approx(rnpv, abs=1)
    assert found.gap_upfront == 0
    assert found.solution.status == "optimal"
    assert any("one payment would do" in s for s in said(found))


def test_late_and_early_are_both_there_where_it_does_not_matter() -> None:
    late, early = (deal(Side(0.08), Side(0.08), prefer=when) for when in ("late", "early"))
    assert set(late.terms["term"]) <= {"royalty", "deferred"}
    assert early.terms["term"].to_list() == ["entry"]
    assert late.sides["gain"].to_list() == pytest.approx(early.sides["gain"].to_list(), abs=2)
    assert side(late, "holder")["loss_chance"] == 0
    assert side(late, "taker")["worst"] > side(early, "taker")["worst"]  # the taker risks less before it has used it


def test_an_optimistic_holder_is_paid_for_what_it_believes_in() -> None:
    """The holder asks more than the taker bids, yet milestones and royalty that both see differently bring them
    together."""
    holder = Side(0.08, odds={"pilot": 0.8, "scale_up": 0.8, "first_order": 0.9}, alone=25e6)
    found = deal(holder, Side(0.08))
    assert found.gap_upfront is not None
    assert found.gap_upfront > 0
    assert found.gap == 0
    assert (found.sides["gain"] > 0).all()
    assert "entry" not in found.terms["term"].to_list()
    assert (found.terms["holder_value"] > found.terms["taker_value"]).all()
    assert any("分期条款弥合差距" in s for s in said(found))


def test_where_no_terms_exist_the_gap_that_stays_is_told() -> None:
    found = deal(Side(0.08, alone=60e6), Side(0.08))
    assert found.terms.is_empty()
    assert found.gap == found.gap_upfront  # equal views: no term bridges anything
    assert found.solution.status == "infeasible"
    assert found.sides["gain"].null_count() == 2
    closed = deal(Side(0.08, alone=60e6 - float(found.gap or 0) - 10), Side(0.08))
    assert closed.gap == 0
    assert any("remains under the best terms" in s for s in said(found))


def test_outcomes_average_to_what_each_side_expects() -> None:
    found = deal(Side(0.06, odds={"pilot": 0.6}), Side(0.1), holder_pays=0.3)
    for name in ("holder", "taker"):
        own = found.outcomes.filter(pl.col("side") == name)
        assert own["p"].sum() == pytest.approx(1.0)
        mean = float((own["p"] * own["result"]).sum())
        row = side(found, name)
        assert row["after"] == pytest.approx(mean, abs=2)
        assert row["worst"] == own["result"].min()
        assert row["loss_chance"] == pytest.approx(own.filter(pl.col("result") < 0)["p"].sum())
    assert own["failed"].to_list() == ["pilot", "scale_up", "first_order", None]


def test_limits_hold() -> None:
    limits = Limits(
        entry=(1e6, 5e6), milestone=(0, 2e6), royalty=(0.01, 0.05), deferred=(0, 3e6), entry_share=0.4, deferred_year=2
    )
    found = deal(Side(0.08), Side(0.12, factor=1.6), limits=limits)
    terms = found.terms
    entry = terms.filter(pl.col("term") == "entry")
    assert 1e6 <= entry["amount"].item() <= 5e6
    assert entry["taker_value"].item() <= 0.4 * terms["taker_value"].sum() + 2
    assert 0.01 <= terms.filter(pl.col("term") == "royalty")["share"].item() <= 0.05 + 1e-9
    assert (terms.filter(pl.col("term") == "milestone")["amount"] <= 2e6).all()
    clash = deal(
        Side(0.08),
        Side(0.08),
        limits=Limits(entry=(1e6, 2e6), royalty=(0, 0), milestone=(0, 0), deferred=(0, 0), entry_share=0.5),
    )
    assert clash.solution.status == "empty"
    said(clash)


@given(st.floats(0.02, 0.2), st.floats(0.02, 0.2), st.floats(0.2, 1), st.floats(0.2, 1), st.floats(0, 60e6))
@settings(max_examples=30, deadline=None)
def test_a_deal_leaves_both_better_off_or_says_what_is_missing(
    one: float, other: float, p: float, q: float, alone: float
) -> None:
    found = deal(Side(one, odds={"pilot": p}, alone=alone), Side(other, odds={"pilot": q}))
    if found.gap == 0:
        assert (found.sides["gain"] >= -2).all()
    else:
        assert found.terms.is_empty()
        assert found.gap is not None
        assert found.gap_upfront is not None
        assert 0 < found.gap <= found.gap_upfront + 1


def test_the_best_least_gain_beside_brute_force() -> None:
    """Entry fee and royalty alone, on a grid."""
    limits = Limits(royalty=(0, 0.2), milestone=(0, 0), deferred=(0, 0))
    holder, taker = Side(0.05, odds={"pilot": 0.7}), Side(0.1)
    found = deal(holder, taker, limits=limits)
    views = [found.sides.row(k, named=True) for k in (0, 1)]
    with_ = deal(
        holder, taker, limits=Limits(entry=(0, 0), royalty=(0.2, 0.2), milestone=(0, 0), deferred=(0, 0), entry_share=1)
    )
    unit = with_.terms.row(0, named=True)
    entry, royalty = np.meshgrid(np.linspace(0, 40e6, 401), np.linspace(0, 1, 201))
    gains = np.minimum(
        views[0]["before"] + entry + royalty * unit["holder_value"],
        views[1]["before"] - entry - royalty * unit["taker_value"],
    )
    assert found.sides["gain"].min() >= gains.max() - 1
    assert found.sides["gain"].min() == pytest.approx(gains.max(), rel=0.02)


def test_unknown_and_wrong() -> None:
    for laid in (stages(None), stages(cost=None), stages(days=None), stages(price_year=2020), stages().clear()):
        found = deal(Side(0.08), Side(0.08), laid=laid)
        assert found.terms.is_empty()
        assert found.gap is None
        said(found)
    with pytest.raises(UsageFault) as caught:
        deal(
            Side(8, odds={"pilot": 2.0}), Side(0.1, factor=-1),
            limits=Limits(royalty=(0, 2), entry=(5, 1)), holder_pays=1.5,
        )  # fmt: skip
    codes = [fault.what.code.removeprefix("risk_value.") for fault in caught.value.faults]
    assert sorted(codes) == ["limit", "limit", "limit", "rate", "side", "side"]
    assert all("{" not in fault.say(lang) for fault in caught.value.faults for lang in ("zh", "en"))
