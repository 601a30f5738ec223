"""Cost and time by stage: nested classes recover what is true, plans are shared out exactly, faults all at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import TODAY, spoken, table

from tongtu.risk.costtime import Together, by_stage, joint, reference
from tongtu.risk.multipliers import nested
from tongtu.terms.faults import DataRefused, UsageFault

STAGES = ("concept", "pilot", "scale_up")


def past(n: int = 240, seed: int = 1, rho: float = 0.6, across: float = 0.4) -> pl.DataFrame:
    """Cases of three stages each: pilots double their cost, and errors of a case go together."""
    rng = np.random.default_rng(seed)
    middle = {"concept": 0.1, "pilot": 0.7, "scale_up": 0.4}
    rows: list[dict[str, Any]] = []
    own = np.array([[1, rho], [rho, 1]])
    matrix = np.kron(np.full((3, 3), across) + (1 - across) * np.eye(3), own)
    for k in range(n // 3):
        errors = rng.multivariate_normal(np.zeros(6), matrix * 0.09)
        for j, stage in enumerate(STAGES):
            entered = date(2020, 1, 1)
            took = round(200 * float(np.exp(0.2 + errors[2 * j + 1])))
            rows.append({
                "outcome": f"o{k:04}{j}", "case": f"k{k:04}", "stage": stage, "entered": entered,
                "left": entered + timedelta(days=took), "result": "passed", "direction": "ab"[k % 2],
                "cost_planned": 10_000_000, "days_planned": 200, "currency": "CNY",
                "cost_actual": round(10_000_000 * float(np.exp(middle[stage] + errors[2 * j]))),
            })  # fmt: skip
    return table("outcomes", rows)


def cases(**change: Any) -> pl.DataFrame:
    row = {"case": "c1", "direction": "a", "planned_cost": 9_000_000, "currency": "CNY", "price_year": 2026}
    return pl.DataFrame([row | change], schema_overrides={"planned_cost": pl.Int64, "price_year": pl.Int64})


def steps(*days: int | None, case: str = "c1") -> pl.DataFrame:
    start, rows = date(2026, 7, 1), []
    for k, d in enumerate(days):
        due = None if d is None else start + timedelta(days=d)
        rows.append({"case": case, "order": k, "stage": STAGES[k], "start": start, "due": due, "verdict": "unknown"})
        start = due or start
    return pl.DataFrame(rows, schema_overrides={"due": pl.Date})


def test_multipliers_are_those_of_the_stage() -> None:
    found = by_stage(reference(past(1200), as_of=TODAY), cases(), steps(100, 200, 300))
    times = [row["cost"] / planned for row, planned in zip(found.rows(named=True), (1.5e6, 3e6, 4.5e6), strict=True)]
    assert times == pytest.approx(np.exp([0.1, 0.7, 0.4]), rel=0.06)
    assert found["cost_high"].to_list()[1] / 3e6 == pytest.approx(np.exp(0.7 + 1.2816 * 0.3), rel=0.08)
    assert found["days"].to_list() == pytest.approx([100 * 1.22, 200 * 1.22, 300 * 1.22], rel=0.06)
    assert (found["cost_low"] < found["cost"]).all()
    assert (found["cost_n_eff"] > 20).all()
    assert found.columns[:5] == ["case", "order", "stage", "currency", "price_year"]
    spoken(found["why"])


def test_correlations_are_recovered_or_stated() -> None:
    fitted = reference(past(900), as_of=TODAY).together
    assert fitted.cost_days == pytest.approx(0.6, abs=0.06)
    assert fitted.stages == pytest.approx(0.4, abs=0.08)
    given_ = reference(past(), as_of=TODAY, cost_days=0.1, stages=0.2).together
    assert (given_.cost_days, given_.stages) == (0.1, 0.2)
    few = reference(past(12), as_of=TODAY).together
    assert (few.cost_days, few.stages) == (0.5, 0.3)
    assert [why.code for why in few.said] == ["risk_value.cost-days-ours", "risk_value.stages-ours"]
    with pytest.raises(UsageFault):
        reference(past(12), as_of=TODAY, cost_days=1.5, stages=-0.1)


def test_bands_put_stages_into_one_class() -> None:
    apart = reference(past(), as_of=TODAY)
    banded = reference(past(), as_of=TODAY, bands={"pilot": "TRL6-7", "scale_up": "TRL6-7"})
    one, other = (banded.cost_of(stage, "a") for stage in ("pilot", "scale_up"))
    assert one == other
    assert apart.cost_of("pilot", "a") != apart.cost_of("scale_up", "a")


def test_an_unseen_direction_has_its_stage_to_go_by() -> None:
    found = reference(past(), as_of=TODAY)
    seen, unseen = found.cost_of("pilot", "a"), found.cost_of("pilot", "z")
    assert seen is not None
    assert unseen is not None
    assert unseen.middle == pytest.approx(0.7, abs=0.06)
    elsewhere = found.cost_of("first_order", "z")
    assert elsewhere is not None
    assert elsewhere.n_eff < unseen.n_eff <= seen.n_eff + 1e-9
    assert elsewhere.scale > unseen.scale


def test_nested_predictions_cover_as_they_say() -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(60):
        bands, cells = rng.normal(0.3, 0.3, 4), rng.normal(0, 0.2, (4, 5))
        key = [(f"b{b}", f"d{d}") for b in range(4) for d in range(5) for _ in range(4)]
        centre = {(f"b{b}", f"d{d}"): bands[b] + cells[b, d] for b in range(4) for d in range(5)}
        classes = nested(np.exp([centre[k] + rng.normal(0, 0.3) for k in key]), key)
        for cell, at in centre.items():
            spread = classes.of(*cell)
            assert spread is not None
            held.append(np.log(spread.at(0.7)) >= at + rng.normal(0, 0.3))
    assert 0.67 <= np.mean(held) <= 0.73


def test_one_level_is_the_textbook_estimate() -> None:
    """Balanced classes: DerSimonian and Laird's estimate is the one of the analysis of variance."""
    log = np.array([0.0, 0.2, 1.0, 1.2, 2.0, 2.2])
    classes = nested(np.exp(log), [(c,) for c in "aabbcc"])
    within, means = 0.02, np.array([0.1, 1.1, 2.1])
    effect = means.var(ddof=1) - within / 2
    assert classes.variance == pytest.approx(within)
    assert classes.effects == pytest.approx((effect,))
    own = effect / (effect + within / 2)
    spread = classes.of("a")
    assert spread is not None
    assert spread.middle == pytest.approx(own * 0.1 + (1 - own) * 1.1)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=3), st.integers(0, 10**11))
@settings(max_examples=40, deadline=None)
def test_the_plan_is_shared_out_whole(days: list[int], planned: int) -> None:
    none = reference(past(0), as_of=TODAY)
    found = by_stage(none, cases(planned_cost=planned), steps(*days))
    assert abs(found["cost"].sum() - planned) <= len(days)
    assert found["days"].to_list() == days
    assert found["cost_low"].null_count() == len(days)


def test_how_the_plan_is_split_is_said() -> None:
    none = reference(past(0), as_of=TODAY)
    shares = pl.DataFrame({"stage": ["concept", "pilot"], "share": [1.0, 3.0]})
    stated = by_stage(none, cases(planned_cost=400), steps(10, 10), shares=shares)
    assert stated["cost"].to_list() == [100, 300]
    assert by_stage(none, cases(planned_cost=400), steps(10, None))["cost"].to_list() == [200, 200]
    own = shares.with_columns(case=pl.lit("c1"), share=pl.Series([3.0, 1.0]))
    both = pl.concat([shares.with_columns(case=pl.lit(None, pl.String)), own], how="diagonal")
    assert by_stage(none, cases(planned_cost=400), steps(10, 10), shares=both)["cost"].to_list() == [300, 100]
    said = spoken(stated["why"])
    assert any("as stated" in s for s in said)
    assert any("没有可比的已完成阶段" in s for s in said)


def test_stages_met_keep_their_share_and_are_gone() -> None:
    none = reference(past(0), as_of=TODAY)
    laid = steps(100, 300).with_columns(verdict=pl.Series(["met", "unknown"]))
    found = by_stage(none, cases(planned_cost=400), laid)
    assert found.select("stage", "cost").rows() == [("pilot", 300)]


def test_gates_of_one_stage_are_one_stage() -> None:
    """From its first start to its last due date; met when all of its gates are."""
    none, gates = reference(past(0), as_of=TODAY), steps(100, 200, 300)
    gates = gates.with_columns(
        stage=pl.Series(["concept", "concept", "pilot"]), verdict=pl.Series(["met", "unmet", None])
    )
    found = by_stage(none, cases(planned_cost=600), gates)
    assert found.select("order", "stage", "days", "cost").rows() == [(0, "concept", 300, 300), (2, "pilot", 300, 300)]
    met = by_stage(none, cases(planned_cost=600), gates.with_columns(verdict=pl.Series(["met", "met", None])))
    assert met["stage"].to_list() == ["pilot"]


def test_a_class_that_says_nothing_is_cut_to_what_the_next_step_takes() -> None:
    wild = past(12).with_columns(cost_actual=pl.Series([10 ** (2 * k % 9 + 3) for k in range(12)]))
    found = by_stage(reference(wild, as_of=TODAY), cases(), steps(1, 36_000))
    assert (found["cost_high"] <= 100 * found["cost"]).all()
    assert not joint(found, together=Together(), as_of=TODAY).is_empty()


def test_nothing_planned_is_unknown() -> None:
    found = by_stage(reference(past(), as_of=TODAY), cases(planned_cost=None), steps(None)).row(0, named=True)
    unknown = ("currency", "cost_low", "cost", "cost_high", "days_low", "days", "days_high")
    assert all(found[c] is None for c in unknown)


def test_the_order_of_rows_never_matters() -> None:
    outcomes, laid = past(), pl.concat([steps(100, 200), steps(50, 70, case="c0")])
    many = pl.concat([cases(), cases(case="c0", direction="b")])
    once = by_stage(reference(outcomes, as_of=TODAY), many, laid)
    again = by_stage(reference(outcomes.reverse(), as_of=TODAY), many.reverse(), laid.reverse())
    assert once.equals(again)


def test_all_faults_come_at_once() -> None:
    wrong = pl.concat([cases(planned_cost=-1), cases(case="c2", currency=None, price_year=None), cases(case="c2")])
    laid = pl.concat([steps(10, 10), steps(5).with_columns(stage=pl.lit(None, pl.String)), steps(-5, case="zz")])
    shares = pl.DataFrame({"stage": ["concept"], "share": [-1.0]})
    with pytest.raises(DataRefused) as caught:
        by_stage(reference(past(0), as_of=TODAY), wrong, laid, shares=shares)
    codes = {fault.what.code for fault in caught.value.faults}
    assert codes == {
        "risk.case-twice", "risk_value.negative-plan", "risk_value.no-currency", "risk_value.no-price-year",
        "risk_value.unknown-case", "risk_value.stage-nameless", "risk_value.due-before-start",
        "risk_value.share-refused",
    }  # fmt: skip
    assert all("{" not in fault.say(lang) for fault in caught.value.faults for lang in ("zh", "en"))
