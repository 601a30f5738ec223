"""Demanded against claimed: met, unmet, open, with units and conditions."""

from math import inf
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market import GLOSSARY, indicator, registry, run

from tongtu.match.indicators import Sheet, Spoken, compare, counts, miss, sheet, why
from tongtu.registry import Registry, concepts
from tongtu.registry.written.conditions import answer, canonical
from tongtu.terms.why import Ratio, Why
from tongtu.terms.words import entries, say
from tongtu.terms.words.catalogue import missing


def _sheets(*rows: dict[str, Any]) -> tuple[Sheet, Sheet]:
    """What needs demand and achievements claim, each kind's subjects numbered in the order of their ids."""
    columns = {"must": None, "conditions": None, "quantity_en": None, "method": None}
    both = Registry({"indicators": pl.DataFrame([{**columns, **row} for row in rows], infer_schema_length=None)})
    glossary = concepts.read(GLOSSARY)
    found = []
    for kind in ("need", "achievement"):
        subjects = sorted({row["subject"] for row in rows if row["subject_kind"] == kind})
        numbered = pl.DataFrame({"subject": subjects, "row": range(len(subjects))}, {"subject": str, "row": int})
        found.append(sheet(both, kind, numbered, glossary, {}))
    return found[0], found[1]


def _one(demand: dict[str, Any], *claims: dict[str, Any]) -> Why:
    """What the room says of one demand."""
    demanded, claimed = _sheets(demand, *claims)
    compared = compare(pl.DataFrame({"n": [0], "a": [0]}), demanded, claimed)
    ((_, _, i, j, status, _),) = compared.iter_rows()
    return why(Spoken(demanded), i, Spoken(claimed), j, status)


def _judged(demand: dict[str, Any], *claims: dict[str, Any]) -> str:
    """The word the room finds for one demand."""
    return _one(demand, *claims).code.removeprefix("match.indicator-")


@pytest.mark.parametrize(
    ("operator", "value", "claim", "claimed", "word"),
    [
        ("le", 2.0, "eq", 1.5, "met"),
        ("le", 2.0, "eq", 2.0, "met"),
        ("le", 2.0, "eq", 2.1, "nearly"),
        ("le", 2.0, "eq", 2.2, "nearly"),
        ("le", 2.0, "eq", 2.3, "unmet"),
        ("le", 2.0, "le", 2.1, "nearly"),
        ("le", 2.0, "between", (2.1, 9.0), "nearly"),
        ("le", 2.0, "ge", 2.1, "nearly"),
        ("le", 2.0, "le", 1.0, "met"),
        ("le", 2.0, "le", 3.0, "unmet"),
        ("le", 2.0, "ge", 1.0, "open-bound"),
        ("le", 2.0, "ge", 3.0, "unmet"),
        ("le", 2.0, "between", (1.0, 2.0), "met"),
        ("le", 2.0, "between", (1.0, 3.0), "open-bound"),
        ("le", 2.0, "approx", 1.0, "met"),
        ("le", 2.0, "approx", 2.0, "open-bound"),
        ("le", 2.0, "has", None, "open-value"),
        ("ge", 2.0, "ge", 2.0, "met"),
        ("ge", 2.0, "ge", 1.0, "unmet"),
        ("ge", 2.0, "ge", 1.8, "nearly"),
        ("ge", 2.0, "between", (0.0, 1.9), "nearly"),
        ("ge", -5.0, "eq", -5.5, "nearly"),
        ("ge", 0.0, "eq", -0.001, "unmet"),
        ("ge", -5.0, "eq", -4.0, "met"),
        ("eq", 2.0, "eq", 2.0, "met"),
        ("eq", 2.0, "eq", 2.01, "nearly"),
        ("eq", 2.0, "eq", 2.3, "unmet"),
        ("eq", 2.0, "between", (1.0, 3.0), "met"),
        ("between", (20.0, 30.0), "between", (10.0, 50.0), "met"),
        ("between", (20.0, 30.0), "between", (22.0, 25.0), "met"),
        ("between", (20.0, 30.0), "between", (25.0, 50.0), "open-bound"),
        ("between", (20.0, 30.0), "between", (32.0, 50.0), "nearly"),
        ("between", (20.0, 30.0), "eq", 18.0, "nearly"),
        ("between", (20.0, 30.0), "between", (40.0, 50.0), "unmet"),
        ("between", (20.0, 30.0), "eq", 25.0, "met"),
        ("approx", 10.0, "eq", 10.9, "met"),
        ("approx", 10.0, "eq", 11.5, "unmet"),
        ("has", None, "eq", 1.0, "met"),
        ("le", None, "eq", 1.0, "open-value"),
    ],
)
def test_bounds(operator: str, value: Any, claim: str, claimed: Any, word: str) -> None:
    assert _judged(indicator("I1", "N1", operator, value, "GHz"), indicator("I2", "A1", claim, claimed, "GHz")) == word


@pytest.mark.parametrize(
    ("unit", "other", "word"),
    [
        ("MHz", "GHz", "unmet"),
        ("GHz", "MHz", "met"),
        ("GHz", "m", "open-dimension"),
        ("GHz", None, "open-dimension"),
        ("抛", "抛", "met"),
        ("抛", "跑", "open-dimension"),
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
        ("@10 GHz", "@20 GHz", "open-conditions"),
        ("@10 GHz", None, "open-conditions"),
        (None, "@10 GHz", "met"),
        ("湿态", "干态", "open-conditions"),
        ("濕態", "湿态", "met"),
        ("@10 GHz", "@10 GHz, 25 ℃", "met"),
        ("@10 GHz, 25 ℃", "@10 GHz", "open-conditions"),
        ("@10 GHz", "@8–12 GHz", "met"),
        ("@10 GHz", "@8000 MHz~0.012 THz", "met"),
        ("@8–12 GHz", "@10 GHz", "open-conditions"),
        ("@8–12 GHz", "5至20GHz", "met"),
        ("25±5 ℃", "22 ℃", "met"),
        ("25±5 ℃", "35 ℃", "open-conditions"),
        ("-40~85℃", "-55–125 ℃", "met"),
        ("-40~85℃", "0–70 ℃", "open-conditions"),
        ("温度 ≤ 85 ℃", "温度 ≤ 125 ℃", "met"),
        ("温度 ≥ 300 K", "温度 10 ℃", "open-conditions"),
        ("湿度 85%, 1000 h", "1000小时；湿度 85 %", "open-conditions"),  # 小时 is a name only a pack knows
        ("电压 5 V", "偏压 5 V", "open-conditions"),
        ("电压 5 V", "@5000 mV", "met"),
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


def test_a_near_one_counts_as_unmet_and_pulls_less() -> None:
    rows = [
        indicator("I1", "N1", "ge", 100.0),
        indicator("I2", "A1", "eq", 95.0),
    ]
    row = run(registry(indicators=rows)).pairs.row(0, named=True)
    assert [row[f"indicators_{c}"] for c in ("met", "unmet", "unknown")] == [0, 1, 0]
    one = _one(*rows)
    assert (one.code, one.args["miss"]) == ("match.indicator-nearly", Ratio(0.05))
    assert say(one, "zh") == "介电损耗接近满足，差 5%：要求≥ 100，声明= 95"


def test_the_signal_of_each_answer() -> None:
    words = ["met", "nearly", "unmet", "open", "unclaimed"]
    compared = pl.DataFrame({"n": 0, "a": [0, 1, 1, 2, 2], "i": range(5), "j": None, "status": words, "must": None})
    found = counts(compared).sort("a").select("met", "unmet", "unknown", "nearly", "indicators").rows()
    assert found == [(1, 0, 0, 0, 1.0), (0, 2, 0, 1, 0.35), (0, 0, 2, 0, None)]


def test_a_must_that_is_nearly_met_is_refused_and_says_how_near() -> None:
    rows = [{**indicator("I1", "N1", "ge", 100.0), "must": True}, {**indicator("I2", "A1", "eq", 98.0), "must": None}]
    found = run(registry(indicators=rows))
    assert found.pairs.is_empty()
    (reason,) = Why.from_json(found.refusals["why"][0]).parts
    assert (reason.code, reason.args["miss"]) == ("match.indicator-nearly", Ratio(0.02))


@pytest.mark.parametrize(
    ("operator", "value", "claim", "unit", "word"),
    [
        ("ge", 40.0, 39.0, "dB", "unmet"),  # a level: a tenth of it is no tenth of the power
        ("ge", 7.0, 6.9, "pH", "unmet"),
        ("le", 25.0, 26.0, "℃", "unmet"),  # a tenth of a temperature depends on where zero is
        ("le", 300.0, 301.0, "K", "unmet"),
        ("le", 0.2, 0.21, "dB/km", "nearly"),
        ("ge", 99.99, 99.9, "%", "unmet"),  # ten times the impurity
        ("ge", 99.0, 98.95, "%", "nearly"),
        ("ge", 100.0, 99.99, "%", "unmet"),
        ("le", 5.0, 5.4, "%", "nearly"),
        ("ge", 1000.0, 950.0, "次", "nearly"),
    ],
)
def test_what_near_means(operator: str, value: float, claim: float, unit: str, word: str) -> None:
    assert _judged(indicator("I1", "N1", operator, value, unit), indicator("I2", "A1", "eq", claim, unit)) == word


def test_methods_that_differ_are_named() -> None:
    demand = {**indicator("I1", "N1", "le", 2.0), "method": "IEC 61189"}
    for method, parts in (("谐振腔法", ["match.indicator-method"]), ("iec 61189", []), (None, [])):
        one = _one(demand, {**indicator("I2", "A1", "eq", 1.0), "method": method})
        assert one.code == "match.indicator-met"
        assert [part.code for part in one.parts] == parts


BOUND = st.tuples(
    st.sampled_from(["le", "ge", "eq", "between", "approx", "has"]),
    st.floats(-100, 100).map(lambda x: round(x, 3)),
    st.floats(0, 50).map(lambda x: round(x, 3)),
    st.sampled_from(["m", "mm", "℃", "K", "%", "dB", None]),
)


def _row(number: int, kind: str, bound: tuple[str, float, float, str | None]) -> dict[str, Any]:
    operator, low, width, unit = bound
    high = low + width if operator == "between" else None
    return {**indicator(f"I{number:03}", kind, operator, (low, high), unit), "method": None, "conditions": None}


@settings(max_examples=60, deadline=None)
@given(st.lists(BOUND, min_size=1, max_size=6), st.lists(BOUND, min_size=1, max_size=6))
def test_frames_and_single_rows_agree(asked: list[Any], offered: list[Any]) -> None:
    """The answer over frames against the same rule for one pair of rows, written out."""
    demands, claims = ([_row(k, side, b) for k, b in enumerate(rows)] for side, rows in (("N", asked), ("A", offered)))
    for k, row in enumerate([*demands, *claims]):
        row |= {"indicator": f"{k:03}", "subject": f"{row['subject']}{k:03}"}
    sheets = _sheets(*demands, *claims)
    pairs = pl.DataFrame({"n": range(len(demands))}).join(pl.DataFrame({"a": range(len(claims))}), how="cross")
    compared = compare(pairs, *sheets)
    assert compared.equals(compare(pairs.reverse(), *sheets))
    ask, claim = (Spoken(s) for s in sheets)
    for n, a, i, j, status, _ in compared.iter_rows():
        assert status == _by_hand(ask.row(i), claim.row(j)), (asked[n], offered[a])
        why(ask, i, claim, j, status)


def _by_hand(demand: dict[str, Any], claim: dict[str, Any]) -> str:
    if demand["operator"] == "has":
        return "met"
    if demand["dimension"] != claim["dimension"] or claim["lo"] is None:
        return "open"
    lo, hi, least, most = demand["lo"], demand["hi"], claim["lo"], claim["hi"]
    slack = [abs(x) * 1e-9 if abs(x) < inf else 0.0 for x in (lo, hi, least, most)]
    if lo <= least + slack[2] and most <= hi + slack[1]:
        return "met"
    if inf not in map(abs, (lo, hi, least, most)) and least <= lo + slack[0] and hi <= most + slack[3]:
        return "met"
    apart = least > hi + slack[1] or lo > most + slack[3]
    stops_short = demand["operator"] == claim["operator"] and demand["operator"] in ("le", "ge")
    if not (apart or stops_short):
        return "open"
    share = miss(demand, claim)
    return "nearly" if share is not None and share <= 0.1 * (1 + 1e-9) else "unmet"


def test_lines_and_services_speak_for_their_platform() -> None:
    rows = [
        {**indicator("I1", "A1", "eq", 1.0), "subject_kind": kind, "subject": subject, "indicator": f"I{k}"}
        for k, (kind, subject) in enumerate([("platform", "P1"), ("line", "L1"), ("service", "S1"), ("line", "L9")])
    ]
    tables = {
        "indicators": pl.DataFrame(rows, infer_schema_length=None),
        "lines": pl.DataFrame({"line": ["L1", "L9"], "platform": ["P1", "P9"], "name": ["x", "y"]}),
        "services": pl.DataFrame({"service": ["S1"], "platform": ["P1"], "name": ["x"], "category": ["process"]}),
    }
    subjects = pl.DataFrame({"subject": ["P1"], "row": [0]})
    found = sheet(Registry(tables), "platform", subjects, concepts.read(GLOSSARY), {})
    assert found.frame["subject"].to_list() == ["P1", "L1", "S1"]
    assert found.frame["row"].to_list() == [0, 0, 0]


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_some_condition(one: str, other: str) -> None:
    asked, claimed = canonical(one, {}), canonical(other, {})
    assert answer(asked, asked)
    assert answer("", claimed)
    assert answer(asked, claimed) in (True, False)


def test_every_indicator_word_is_there_in_both_languages() -> None:
    codes_ = [f"match.{entry}" for entry in entries("match") if entry.startswith(("indicator", "bound"))]
    assert [fault for code in codes_ for fault in missing(code)] == []


def test_what_cannot_be_judged_is_not_counted() -> None:
    demanded, claimed = _sheets(indicator("I1", "N1", "le", 2.0))
    compared = compare(pl.DataFrame({"n": [0], "a": [0]}), demanded, claimed)
    assert counts(compared).rows() == [(0, 0, 0, 0, 1, 0, None)]
