"""A pilot as information: Bayes by hand, beside simulation, and worthless where it changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import spoken

from tongtu.risk.value import pilot, pilot_runs
from tongtu.terms.faults import DataRefused, UsageFault


def cases(**change: Any) -> pl.DataFrame:
    row = {
        "case": "c1", "p": 0.3, "gain": 100e6, "stake": 40e6, "pilot_cost": 3e6, "pilot_days": None, "currency": "CNY",
    }  # fmt: skip
    return pl.DataFrame(
        [row | change], schema_overrides={"pilot_days": pl.Float64, "p": pl.Float64, "currency": pl.String}
    )


def of(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.row(0, named=True)


def test_bayes_by_hand() -> None:
    found = of(pilot(cases(), rate=0.08, sensitivity=0.8, specificity=0.8))
    assert found["chance_pass"] == pytest.approx(0.38)
    assert found["p_pass"] == pytest.approx(0.24 / 0.38)
    assert found["p_fail"] == pytest.approx(0.06 / 0.62)
    assert (found["without"], found["evpi"]) == (0, 18_000_000)
    assert found["evsi"] == round(0.24 * 100e6 - 0.38 * 40e6)
    assert found["net"] == found["evsi"] - 3_000_000
    assert found["worth"]


def test_waiting_for_it_costs() -> None:
    late = of(pilot(cases(pilot_days=365.25), rate=0.08, sensitivity=0.8, specificity=0.8))
    assert late["delay"] == pytest.approx(8_800_000 * (1 - 1 / 1.08), abs=1)
    assert late["net"] == late["evsi"] - late["delay"] - late["cost"]


@given(st.floats(0, 1), st.floats(0.5, 1), st.floats(0.5, 1), st.floats(1, 200), st.floats(0, 200))
@settings(max_examples=60, deadline=None)
def test_information_never_harms_and_never_beats_certainty(
    p: float, sensitivity: float, specificity: float, gain: float, stake: float
) -> None:
    asked = cases(p=p, gain=gain * 1e6, stake=stake * 1e6)
    found = of(pilot(asked, rate=0.0, sensitivity=sensitivity, specificity=specificity))
    assert 0 <= found["evsi"] <= found["evpi"] + 1
    perfect = of(pilot(asked, rate=0.0, sensitivity=1, specificity=1))
    assert perfect["evsi"] == pytest.approx(perfect["evpi"], abs=1)


def test_a_pilot_that_changes_no_decision_is_worth_nothing() -> None:
    sure = pilot(cases(p=0.95), rate=0.08, sensitivity=0.6, specificity=0.6)
    assert of(sure)["evsi"] == 0
    assert of(sure)["worth"] is False
    assert any("决定都一样" in s for s in spoken(sure["why"]))
    blind = of(pilot(cases(), rate=0.08, sensitivity=0.5, specificity=0.5))
    assert blind["evsi"] == 0
    dear = pilot(cases(pilot_cost=20e6), rate=0.08, sensitivity=0.8, specificity=0.8)
    assert of(dear)["worth"] is False
    assert any("less than its cost" in s for s in spoken(dear["why"]))
    spoken(pilot(cases(), rate=0.08, sensitivity=0.8, specificity=0.8)["why"])


def test_runs_beside_simulation() -> None:
    asked = cases(p=None, a=3.0, b=7.0, pilot_cost=1e5).with_columns(p=pl.lit(None, pl.Float64))
    found = pilot_runs(asked, rate=0.0, runs=[12, 3])
    assert found["runs"].to_list() == [3, 12]
    rng, n = np.random.default_rng(2), 400_000
    p = rng.beta(3, 7, n)
    for runs, needed, evsi, go in found.select("runs", "needed", "evsi", "chance_go").rows():
        passed = rng.binomial(runs, p)
        gains = np.maximum((3 + passed) / (10 + runs) * 100e6 - 40e6, 0)
        assert evsi == pytest.approx(gains.mean(), rel=0.02)
        assert go == pytest.approx((gains > 0).mean(), abs=0.004)
        assert needed == min(k for k in range(runs + 1) if (3 + k) / (10 + runs) > 0.4)
    assert of(found)["evpi"] == pytest.approx(np.maximum(p * 100e6 - 40e6, 0).mean(), rel=0.02)
    assert found["evsi"].is_sorted()


def test_certain_runs_reach_certainty() -> None:
    asked = cases(a=3.0, b=7.0, pilot_cost=0.0)
    many = of(pilot_runs(asked, rate=0.0, runs=[5000]))
    assert many["evsi"] == pytest.approx(many["evpi"], rel=0.01)


def test_unknown_and_wrong() -> None:
    unknown = pilot(cases(gain=None), rate=0.08, sensitivity=0.8, specificity=0.8)
    assert [of(unknown)[c] for c in ("evsi", "net", "worth")] == [None] * 3
    assert any("unknown" in s for s in spoken(unknown["why"]))
    with pytest.raises(UsageFault) as usage:
        pilot(cases(), rate=8, sensitivity=1.2, specificity=-1)
    assert len(usage.value.faults) == 3
    with pytest.raises(UsageFault):
        pilot_runs(cases(a=1.0, b=1.0), rate=0.0, runs=[0])
    wrong = pl.concat([cases(p=1.5, stake=-1.0, currency=None), cases()])
    with pytest.raises(DataRefused) as data:
        pilot(wrong, rate=0.08, sensitivity=0.8, specificity=0.8)
    codes = {fault.what.code.removeprefix("risk_value.") for fault in data.value.faults}
    assert codes == {"pilot-odds", "pilot-negative", "no-currency", "pilot-case"}
    assert all("{" not in fault.say(lang) for fault in data.value.faults for lang in ("zh", "en"))
