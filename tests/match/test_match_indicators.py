"""Demanded against claimed: met, unmet, open, with units and conditions."""

from typing import Any

import pytest
from market import codes, indicator, registry, run

from tongtu.terms.why import Why


def _judged(demand: dict[str, Any], *claims: dict[str, Any], **more: Any) -> str:
    """The word the room finds for one demand."""
    columns = {"must": None, "conditions": None, "quantity_en": None}
    found = run(registry(indicators=[{**columns, **row} for row in (demand, *claims)], **more)).pairs
    (part,) = [p for p in Why.from_json(found["why"][0]).parts if p.code.startswith("match.indicators")]
    (one,) = part.parts
    return one.code.removeprefix("match.indicator-")


@pytest.mark.parametrize(
    ("operator", "value", "claim", "claimed", "word"),
    [
        ("le", 2.0, "eq", 1.5, "met"),
        ("le", 2.0, "eq", 2.0, "met"),
        ("le", 2.0, "eq", 2.1, "unmet"),
        ("le", 2.0, "le", 1.0, "met"),
        ("le", 2.0, "le", 3.0, "unmet"),
        ("le", 2.0, "ge", 1.0, "open"),
        ("le", 2.0, "ge", 3.0, "unmet"),
        ("le", 2.0, "between", (1.0, 2.0), "met"),
        ("le", 2.0, "between", (1.0, 3.0), "open"),
        ("le", 2.0, "approx", 1.0, "met"),
        ("le", 2.0, "approx", 2.0, "open"),
        ("le", 2.0, "has", None, "open"),
        ("ge", 2.0, "ge", 2.0, "met"),
        ("ge", 2.0, "ge", 1.0, "unmet"),
        ("ge", -5.0, "eq", -4.0, "met"),
        ("eq", 2.0, "eq", 2.0, "met"),
        ("eq", 2.0, "eq", 2.01, "unmet"),
        ("eq", 2.0, "between", (1.0, 3.0), "met"),
        ("between", (20.0, 30.0), "between", (10.0, 50.0), "met"),
        ("between", (20.0, 30.0), "between", (22.0, 25.0), "met"),
        ("between", (20.0, 30.0), "between", (25.0, 50.0), "open"),
        ("between", (20.0, 30.0), "between", (40.0, 50.0), "unmet"),
        ("between", (20.0, 30.0), "eq", 25.0, "met"),
        ("approx", 10.0, "eq", 10.9, "met"),
        ("approx", 10.0, "eq", 12.0, "unmet"),
        ("has", None, "eq", 1.0, "met"),
        ("le", None, "eq", 1.0, "open"),
    ],
)
def test_bounds(operator: str, value: Any, claim: str, claimed: Any, word: str) -> None:
    assert _judged(indicator("I1", "N1", operator, value, "GHz"), indicator("I2", "A1", claim, claimed, "GHz")) == word


@pytest.mark.parametrize(
    ("unit", "other", "word"),
    [
        ("MHz", "GHz", "unmet"),
        ("GHz", "MHz", "met"),
        ("GHz", "m", "open"),
        ("GHz", None, "open"),
        ("抛", "抛", "met"),
        ("抛", "跑", "open"),
        ("dB", "dB", "met"),
    ],
)
def test_units(unit: str, other: str | None, word: str) -> None:
    """2 (unit) demanded at most, 1 (other) claimed."""
    assert _judged(indicator("I1", "N1", "le", 2.0, unit), indicator("I2", "A1", "eq", 1.0, other)) == word


@pytest.mark.parametrize(
    ("demanded", "claimed", "word"),
    [
        ("@10 GHz", "@10000 MHz", "met"),
        ("@10 GHz, 25℃", "25 °C；@10GHz", "met"),
        ("@10 GHz", "@20 GHz", "open"),
        ("@10 GHz", None, "open"),
        (None, "@10 GHz", "met"),
        ("湿态", "干态", "open"),
        ("濕態", "湿态", "met"),
    ],
)
def test_conditions(demanded: str | None, claimed: str | None, word: str) -> None:
    demand = indicator("I1", "N1", "le", 2.0, conditions=demanded)
    assert _judged(demand, indicator("I2", "A1", "eq", 1.0, conditions=claimed)) == word


@pytest.mark.parametrize(
    ("name", "name_en", "word"),
    [("损耗角正切", None, "met"), ("tan delta", "Dielectric loss", "met"), ("热导率", None, "unclaimed")],
)
def test_names(name: str, name_en: str | None, word: str) -> None:
    claim = indicator("I2", "A1", "eq", 1.0, quantity=name, quantity_en=name_en)
    assert _judged(indicator("I1", "N1", "le", 2.0), claim) == word


def test_the_claim_that_answers_best_counts() -> None:
    claims = [indicator("I2", "A1", "eq", 9.0), indicator("I3", "A1", "eq", 1.0)]
    assert _judged(indicator("I1", "N1", "le", 2.0), *claims) == "met"


def test_counts_and_the_unknown_half() -> None:
    rows = [
        indicator("I1", "N1", "le", 2.0),
        indicator("I2", "N1", "ge", 5.0, quantity="热导率"),
        indicator("I3", "A1", "eq", 1.0),
    ]
    row = run(registry(indicators=rows)).pairs.row(0, named=True)
    assert [row[f"indicators_{c}"] for c in ("met", "unmet", "unknown")] == [1, 0, 1]
    assert "match.indicators" in codes(row["why"])


def test_what_cannot_be_judged_is_not_counted() -> None:
    assert "match.indicators-unknown" in codes(
        run(registry(indicators=[indicator("I1", "N1", "le", 2.0)])).pairs["why"][0]
    )
