"""What is required against what is stated: every status, its reason, units, conditions, texts, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import REGIONS, line, network, platform

from tongtu.pilots.search import Found, prepare, requirements_of, search
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

Row = dict[str, Any]
ASKED = pl.DataFrame({"request": ["R"]})


def stated(subject: str, quantity: str, operator: str, low: float | None = None, high: float | None = None,
           unit: str | None = None, kind: str = "line", **more: Any) -> Row:  # fmt: skip
    return {
        "indicator": f"I-{subject}-{quantity}-{operator}-{low}-{high}-{unit}", "subject_kind": kind,
        "subject": subject, "quantity": quantity, "operator": operator, "low": low, "high": high, "unit": unit, **more,
    }  # fmt: skip


def need(quantity: str, operator: str, low: float | None = None, high: float | None = None, unit: str | None = None,
         **more: Any) -> pl.DataFrame:  # fmt: skip
    row = {"request": "R", "requirement": "q", "quantity": quantity, "operator": operator, "low": low, "high": high,
           "unit": unit, **more}  # fmt: skip
    return pl.DataFrame([row], schema_overrides={"low": pl.Float64, "high": pl.Float64, "unit": pl.String})


def furnaces(*indicators: Row, **more: Any) -> Registry:
    return network(
        regions=REGIONS, platforms=[platform("P1", region="jn"), platform("P2", region="js")],
        lines=[line("L1", "P1"), line("L2", "P1"), line("L3", "P2")], indicators=indicators, **more,
    )  # fmt: skip


def status(found: Found, line: str = "L1") -> str:
    rows = found.requirements.filter(pl.coalesce("line", "service") == line)
    assert rows.height == 1, "the line was refused"
    return str(rows["status"][0])


def ask(registry: Registry, required: pl.DataFrame) -> Found:
    return search(registry, ASKED, 10, required)


RANGE = stated("L1", "温度", "between", 20.0, 1600.0, "℃")
CASES = [
    (RANGE, need("温度", "ge", 1200.0, unit="℃"), "met", "a range can be set to any of its values"),
    (RANGE, need("温度", "ge", 1400.0, unit="K"), "met", "kelvins are converted"),
    (RANGE, need("温度", "ge", 1700.0, unit="℃"), "unmet", "hotter than it goes"),
    (RANGE, need("温度", "between", 800.0, 1200.0, "℃"), "met", "covered"),
    (RANGE, need("温度", "between", 1500.0, 1800.0, "℃"), "unknown", "covered in part: to be asked"),
    (RANGE, need("温度", "eq", 900.0, unit="℃"), "met", "within the range"),
    (RANGE, need("温度", "ge", 3.0, unit="MPa"), "incomparable", "another dimension"),
    (RANGE, need("温度", "ge", 1200.0, unit="℃", conditions="氢气气氛"), "incomparable", "other conditions"),
    (RANGE, need("压力", "ge", 3.0, unit="MPa"), "unknown", "it says nothing"),
    (RANGE, need("温度", "has"), "met", "it has it"),
    (stated("L1", "温度", "le", high=1600.0, unit="℃"), need("温度", "ge", 1200.0, unit="℃"), "met", "up to 1600"),
    (stated("L1", "温度", "le", high=1600.0, unit="℃"), need("温度", "eq", 900.0, unit="℃"), "unknown", "left open"),
    (stated("L1", "压力", "le", high=9.5, unit="MPa"), need("压力", "ge", 10.0, unit="MPa"), "nearly", "5 % short"),
    (stated("L1", "压力", "le", high=8.0, unit="MPa"), need("压力", "ge", 10.0, unit="MPa"), "unmet", "20 % short"),
    (stated("L1", "纯度", "ge", 99.9, unit="%"), need("纯度", "ge", 99.99, unit="%"), "unmet", "tenfold impurity"),
    (stated("L1", "纯度", "ge", 99.9, unit="%"), need("纯度", "ge", 0.995), "met", "per cent are a share"),
    (stated("L1", "真空度", "le", high=1e-4, unit="Pa"), need("真空度", "le", high=1e-3, unit="Pa"), "met", "better"),
    (stated("L1", "真空度", "le", high=1e-2, unit="Pa"), need("真空度", "le", high=1e-3, unit="Pa"), "unmet", "worse"),
    (stated("L1", "频率", "ge", 5.0, unit="dB", conditions="@10 GHz"),
     need("频率", "ge", 4.0, unit="dB", conditions="10000 MHz"), "met", "the same conditions in another unit"),
    (stated("L1", "温度", "has"), need("温度", "ge", 100.0, unit="℃"), "incomparable", "no figure and no unit"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "required", "expected", "because"), CASES)
def test_a_requirement_meets_a_statement(claim: Row, required: pl.DataFrame, expected: str, because: str) -> None:
    found = ask(furnaces(claim), required)
    assert status(found) == expected, because
    (row,) = (
        found.lines.filter(pl.col("line") == "L1")
        .select("met", "nearly", "unmet", "incomparable", "unknown")
        .rows(named=True)
    )
    assert {name for name, n in row.items() if n} == {expected}
    for text in [*found.requirements["why"], *found.lines["why"]]:
        why = Why.from_json(text)
        assert [wrong for part in (why, *why.parts) for wrong in missing(part.code)] == []
        assert "{" not in say(why, "zh") + say(why, "en")


def test_must_rules_out_what_is_known_to_fail_and_nothing_else() -> None:
    registry = furnaces(
        stated("L1", "压力", "le", high=9.5, unit="MPa"), stated("L2", "压力", "le", high=2.0, unit="MPa")
    )
    found = ask(registry, need("压力", "ge", 10.0, unit="MPa", must=True))
    assert found.lines["line"].to_list() == ["L3"], "silence rules nothing out"
    assert found.refused.select("reason", "requirement", "lines", "nearly").rows() == [("must", "q", 2, 1)]
    text = Why.from_json(found.refused["why"][0])
    assert "压力" in say(text, "zh")
    free = ask(registry, need("压力", "ge", 10.0, unit="MPa"))
    assert free.lines.height == 3


def test_services_and_platforms_speak_for_their_lines() -> None:
    services = [
        {"service": "S1", "platform": "P1", "name": "s", "category": "process", "line": "L2"},
        {"service": "S2", "platform": "P1", "name": "s", "category": "process", "qualification": "CNAS 认可"},
    ]
    registry = furnaces(
        stated("S1", "洁净度", "le", high=100.0, unit="级", kind="service"),
        stated("P1", "压力", "between", 0.0, 12.0, "MPa", kind="platform"), services=services,
    )  # fmt: skip
    clean = ask(registry, need("洁净度", "le", high=1000.0, unit="级"))
    assert [status(clean, one) for one in ("L1", "L2", "L3")] == ["unknown", "met", "unknown"]
    pressed = ask(registry, need("压力", "ge", 10.0, unit="MPa"))
    assert [status(pressed, one) for one in ("L1", "L2", "L3")] == ["met", "met", "unknown"]
    assert status(pressed, "S2") == "met", "a service that names no line is offered beside the lines"
    accredited = ask(registry, need("CNAS", "has"))
    assert [status(accredited, one) for one in ("L1", "L2", "L3")] == ["met", "met", "unknown"]


def test_a_data_sheet_speaks_for_a_line_and_never_against_it() -> None:
    kit = [{"equipment": "E1", "platform": "P1", "line": "L1", "name": "烧结炉",
            "parameters": "最高温度1600℃，真空度≤1e-3 Pa；容积 50 L"}]  # fmt: skip
    registry = furnaces(equipment=kit)
    met = ask(registry, need("温度", "ge", 1200.0, unit="℃", must=True))
    assert status(met) == "met"
    assert "烧结炉" in met.requirements.filter(pl.col("line") == "L1")["why"][0]
    short = ask(registry, need("温度", "ge", 1800.0, unit="℃", must=True))
    assert status(short) == "unknown", "a text may be misread: it rules nothing out"
    assert status(ask(registry, need("容积", "ge", 40.0, unit="L"))) == "met"


def test_a_data_sheet_speaks_under_its_conditions() -> None:
    kit = [{"equipment": "E1", "platform": "P1", "line": "L1", "name": "炉", "parameters": "升温速率 20 ℃/min（空载）"}]
    registry = furnaces(equipment=kit)
    assert status(ask(registry, need("升温速率", "ge", 10.0, unit="℃/min"))) == "met"
    assert status(ask(registry, need("升温速率", "ge", 10.0, unit="℃/min", conditions="空载"))) == "met"
    assert status(ask(registry, need("升温速率", "ge", 10.0, unit="℃/min", conditions="满载"))) == "incomparable"


def test_conditions_may_be_ranges() -> None:
    registry = furnaces(stated("L1", "插入损耗", "le", high=1.0, unit="dB", conditions="8~12 GHz"))
    inside = need("插入损耗", "le", high=1.5, unit="dB", conditions="10 GHz")
    outside = need("插入损耗", "le", high=1.5, unit="dB", conditions="20 GHz")
    assert [status(ask(registry, one)) for one in (inside, outside)] == ["met", "incomparable"]


def test_a_platform_that_lists_only_services_is_found_by_them() -> None:
    service = {"service": "S1", "platform": "P1", "name": "老化试验", "category": "function", "hours": 20.0,
               "price": 1_000_000, "currency": "CNY", "qualification": "CMA"}  # fmt: skip
    registry = network(
        regions=REGIONS, platforms=[platform("P1", region="jn", directions=["d1"])], services=[service],
        indicators=[stated("S1", "温度", "between", -70.0, 180.0, "℃", kind="service")],
    )  # fmt: skip
    request = pl.DataFrame({"request": ["R"], "direction": ["d1"], "categories": [["function"]], "hours": [8.0]})
    found = search(registry, request, 3, pl.concat([need("温度", "le", high=-55.0, unit="℃", must=True)]))
    (row,) = found.lines.rows(named=True)
    assert (row["line"], row["service"], row["platform"], row["met"]) == (None, "S1", "P1", 1)
    assert row["cost"] == 400_000, "8 of the 20 hours that its fee is for"


NUMBERS = st.integers(0, 20).map(float)


@st.composite
def bounds(draw: Any) -> tuple[str, float | None, float | None]:
    operator = draw(st.sampled_from(["le", "ge", "eq", "between", "approx"]))
    first, last = sorted([draw(NUMBERS), draw(NUMBERS)])
    return operator, None if operator == "le" else first, last if operator in ("le", "between") else None


_ORDER = ("met", "nearly", "unknown", "incomparable", "unmet")


@settings(max_examples=30, deadline=None)
@given(bounds(), st.lists(bounds(), min_size=1, max_size=4), bounds())
def test_one_more_statement_never_makes_a_requirement_worse(asked: Any, claims: list[Any], more: Any) -> None:
    def of(told: list[Any]) -> str:
        rows = [stated("L1", "压力", *one, "MPa", method=str(n)) | {"indicator": f"I{n}"} for n, one in enumerate(told)]
        return status(ask(furnaces(*rows), need("压力", asked[0], asked[1], asked[2], "MPa")))

    assert _ORDER.index(of([*claims, more])) <= _ORDER.index(of(claims))


@settings(max_examples=30, deadline=None)
@given(bounds(), NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_wider_range_never_makes_a_met_requirement_unmet(asked: Any, a: float, b: float, c: float, d: float) -> None:
    low, high = sorted([a, b])
    wide = stated("L1", "压力", "between", low - c, high + d, "MPa")
    narrow = stated("L1", "压力", "between", low, high, "MPa")
    required = need("压力", asked[0], asked[1], asked[2], "MPa")
    before, after = status(ask(furnaces(narrow), required)), status(ask(furnaces(wide), required))
    if before == "met":
        # A range that is required may lie around what the line did, and only touch what it does now.
        assert after == "met" or (asked[0] == "between" and after == "unknown")


def test_a_needs_own_indicators_are_its_requirements() -> None:
    registry = furnaces(RANGE, stated("N1", "温度", "ge", 1500.0, unit="℃", kind="need", must=True))
    found = search(registry, pl.DataFrame({"request": ["N1"]}), 5, requirements_of(registry))
    assert dict(found.requirements.select("line", "status").iter_rows())["L1"] == "met"


BAD = {
    "no-unit": need("温度", "ge", 5.0, unit="foobars"),
    "reversed": need("温度", "between", 9.0, 5.0, "℃"),
    "no-bound": need("温度", "between", 9.0, None, "℃"),
    "no-operator": need("温度", "near", 5.0, unit="℃"),
    "no-quantity": need(" ", "ge", 5.0, unit="℃"),
    "no-such-request": need("温度", "ge", 5.0, unit="℃", request="elsewhere").with_columns(request=pl.lit("X")),
    "no-amount": need("温度", "ge", float("inf"), unit="℃"),
}


@pytest.mark.parametrize("code", BAD)
def test_bad_requirements_are_refused_by_name(code: str) -> None:
    with pytest.raises(DataRefused) as refused:
        ask(furnaces(RANGE), BAD[code])
    assert [fault.what.code for fault in refused.value.faults] == [f"pilots_search.{code}"]
    for fault in refused.value.faults:
        assert fault.repair is not None
        assert "{" not in fault.say("zh") + fault.say("en")


def test_bad_requests_are_told_all_at_once() -> None:
    requests = pl.DataFrame({"request": ["A", "A", None], "hours": [-1.0, 1.0, 1.0], "batch_unit": [None, "xyz", None]})
    with pytest.raises(DataRefused) as refused:
        search(furnaces(RANGE), requests)
    codes = sorted(fault.what.code.partition(".")[2] for fault in refused.value.faults)
    assert codes == ["no-amount", "no-id", "no-unit", "twice"]
    with pytest.raises(DataRefused):
        search(furnaces(), pl.DataFrame({"request": []}, schema={"request": pl.String}))
    with pytest.raises(DataRefused):
        search(furnaces(), pl.DataFrame({"direction": ["d1"]}))
    with pytest.raises(UsageFault):
        search(furnaces(), ASKED, 0)


def test_requirements_may_be_written_in_words() -> None:
    searcher = prepare(furnaces(RANGE, stated("L1", "洁净度", "le", high=100.0, unit="级")))
    texts = ["温度≥1200℃", "压力 0.1~30 MPa", "purity >= 99.9 %", "洁净度≤1000级", "ISO 9001"]
    rows = searcher.requirements(texts, "R", must=True)
    assert rows.select("quantity", "operator", "low", "high").rows() == [
        ("温度", "ge", 1200.0, None), ("压力", "between", 0.1, 30.0), ("purity", "ge", 99.9, None),
        ("洁净度", "le", None, 1000.0), ("ISO 9001", "has", None, None),
    ]  # fmt: skip
    found = searcher.search(ASKED, rows)
    assert found.lines.filter(pl.col("line") == "L1")["met"][0] == 2
    with pytest.raises(DataRefused) as refused:
        searcher.requirements(["温度≥很高", "压力≥3 foobars", " ", "CNAS"], "R")
    assert [fault.row for fault in refused.value.faults] == [1, 2, 3]
    assert all("{" not in fault.say(lang) for fault in refused.value.faults for lang in ("zh", "en"))
    assert searcher.requirements([], "R").height == 0


def test_an_id_given_twice_is_a_fault() -> None:
    twice = pl.concat([need("温度", "ge", 1.0, unit="℃"), need("压力", "ge", 1.0, unit="MPa")])
    with pytest.raises(DataRefused) as refused:
        ask(furnaces(), twice)
    assert [fault.what.code for fault in refused.value.faults] == ["pilots_search.twice"]


def test_a_score_is_the_mean_it_says_it_is() -> None:
    registry = furnaces(
        stated("L1", "压力", "between", 0.0, 12.0, "MPa"), stated("L2", "压力", "le", high=9.5, unit="MPa"),
        stated("L3", "压力", "le", high=2.0, unit="MPa"),
    )  # fmt: skip
    found = ask(registry, need("压力", "ge", 10.0, unit="MPa")).lines
    worth = {"L1": 1.0, "L2": 0.7, "L3": 0.0}
    for row in found.iter_rows(named=True):
        marks = [row[name] for name in ("direction", "category", "batch", "process", "near", "price", "free")]
        total = sum(0.5 if mark is None else mark for mark in marks) + worth[row["line"]]
        assert row["score"] == pytest.approx(total / 8, abs=1e-6)
    assert found["line"].to_list() == ["L1", "L2", "L3"]


def test_an_index_answers_as_often_as_asked() -> None:
    searcher = prepare(furnaces(RANGE))
    first = searcher.search(ASKED, need("温度", "ge", 1200.0, unit="℃"))
    assert searcher.search(ASKED, need("温度", "ge", 1200.0, unit="℃")).lines.equals(first.lines)
    assert np.isfinite(first.lines["score"].to_numpy()).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000))
def test_every_line_is_listed_or_refused_and_every_requirement_told(seed: int) -> None:
    random = np.random.default_rng(seed)
    names, units = ["温度", "压力", "容积"], ["℃", "MPa", "L"]

    def bound(n: int) -> dict[str, Any]:
        q = int(random.integers(3))
        operator = str(random.choice(["le", "ge", "eq", "between", "approx", "has"]))
        low, high = sorted(random.integers(0, 9, 2).astype(float).tolist())
        return {
            "quantity": names[q], "operator": operator, "low": None if operator in ("le", "has") else low,
            "high": high if operator in ("le", "between") else None, "unit": str(random.choice([units[q], units[0]])),
            "conditions": None if random.random() < 0.7 else "氮气", "n": n,
        }  # fmt: skip

    told = [
        {"indicator": f"I{n}", "subject_kind": "line", "subject": f"L{random.integers(1, 4)}", **bound(n)}
        for n in range(int(random.integers(0, 9)))
    ]
    asked = [
        {"request": "R", "requirement": f"q{n}", "must": bool(random.random() < 0.5), **bound(n)} for n in range(4)
    ]
    schema = {"low": pl.Float64, "high": pl.Float64, "conditions": pl.String}
    found = ask(furnaces(*told), pl.DataFrame(asked, schema_overrides=schema))
    assert found.lines.height + found.refused["lines"].sum() == 3
    counted = found.lines.select("met", "nearly", "unmet", "incomparable", "unknown").sum_horizontal()
    assert counted.to_list() == [4] * found.lines.height
    assert found.requirements.height == 4 * found.lines.height
    assert found.requirements.filter(pl.col("must") & pl.col("status").is_in(["unmet", "nearly"])).height == 0
    assert found.lines["score"].is_between(0.0, 1.0).all()
