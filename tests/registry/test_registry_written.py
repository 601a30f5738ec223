"""Indicators read out of texts: what is understood is right, the rest is left and said, hostile text does no harm."""

from __future__ import annotations

import time
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.match.indicators import bound
from tongtu.registry import Registry, concepts, noun, vocabularies, written
from tongtu.terms import units
from tongtu.terms.words import LANGUAGES, say

PACK = packs.load("cn")
NAMES = units.names({**vocabularies(), **PACK.vocabularies}["unit"])
INDICATORS = [
    {"indicator": f"I{k}", "subject_kind": "achievement", "subject": "A1", "quantity": zh, "quantity_en": en,
     "operator": "eq", "low": 1.0, "unit": unit}
    for k, (zh, en, unit) in enumerate([
        ("介电损耗", "dielectric loss", None), ("能量密度", "energy density", "Wh/kg"),
        ("插入损耗", "insertion loss", "dB"), ("内毒素", "endotoxin", "EU/ml"),
    ])
]  # fmt: skip


@pytest.fixture(scope="module")
def known() -> written.Known:
    registry = Registry({"indicators": pl.DataFrame(INDICATORS)})
    return written.known(registry, concepts.read(PACK.glossary).spellings, NAMES)


def _read(text: str, known: written.Known, **more: Any) -> list[tuple[str, str]]:
    found = written.read(text, known, kind="need", subject="ASK", **more)
    return [(row["quantity"], say(bound(row), "en")) for row in found.indicators.iter_rows(named=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("功率密度≥350 Wh/kg", [("功率密度", "≥ 350 Wh/kg")]),
        ("良率不低于98%，厚度不大于0.5毫米", [("良率", "≥ 98 %"), ("厚度", "≤ 0.5 毫米")]),
        ("at least 99.9 % purity", [("purity", "≥ 99.9 %")]),
        ("purity no less than 99.99%, oxygen below 5 ppm", [("purity", "≥ 99.99 %"), ("oxygen", "≤ 5 ppm")]),
        ("需要低损耗基板，介电损耗≤0.002@10 GHz, 25 ℃，抗弯强度大于等于400MPa",
         [("介电损耗", "≤ 0.002 (@10 GHz, 25 °C)"), ("抗弯强度", "≥ 400 MPa")]),
        ("substrate with dielectric loss of at most 0.002 at 10 GHz and flexural strength ≥ 400 MPa",
         [("dielectric loss", "≤ 0.002 (@10 GHz)"), ("flexural strength", "≥ 400 MPa")]),
        ("厚度20–30 μm、寿命1万次以上、功耗3 W以内",
         [("厚度", "20 μm to 30 μm"), ("寿命", "≥ 10,000 次"), ("功耗", "≤ 3 W")]),
        ("operating temperature from -40 to 85 °C", [("operating temperature", "-40 °C to 85 °C")]),
        ("工作温度-40~85℃", [("工作温度", "-40 °C to 85 °C")]),
        ("between 20 and 30 μm thickness", [("thickness", "20 μm to 30 μm")]),
        ("厚度500 nm至2 μm", [("厚度", "0.5 μm to 2 μm")]),
        ("热导率在25 ℃下不低于1,200 W/(m·K)", [("热导率", "≥ 1,200 W/(m·K) (@25 °C)")]),
        ("在 10 GHz 下，介电损耗≤0.002", [("介电损耗", "≤ 0.002 (@10 GHz)")]),
        ("功率（10 GHz）不小于5 W", [("功率", "≥ 5 W (@10 GHz)")]),
        ("98%以上的良率", [("良率", "≥ 98 %")]),
        ("介电常数9.8±0.1", [("介电常数", "9.7 to 9.9")]),
        ("漏率≤1×10⁻⁹ Pa·m³/s", [("漏率", "≤ 1e-09 Pa·m3/s")]),
        ("mean time between failures of more than 5 000 h", [("mean time between failures", "≥ 5,000 h")]),
        ("能量密度达到350Wh/kg以上且循环寿命不少于2000次",
         [("能量密度", "≥ 350 Wh/kg"), ("循环寿命", "≥ 2,000 次")]),
        ("插入损耗≤1.5dB", [("插入损耗", "≤ 1.5 dB")]),
        ("寿命约2年", [("寿命", "about 2 年")]),
        ("电压为800V", [("电压", "= 800 V")]),
        ("內毒素≦0.25EU/mL", [("內毒素", "≤ 0.25 EU/mL")]),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(text: str, expected: list[tuple[str, str]], known: written.Known) -> None:
    assert _read(text, known) == expected


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("low-loss substrate, 10 GHz", "quantity"),
        ("≥350 Wh/kg", "quantity"),
        ("energy density 350 Wh/kg", "relation"),
        ("重复精度优于2 μm", "relation"),
        ("预算不超过500万元", "unit"),
        ("至少5天线", "unit"),
        ("at least 3 in Shanghai", "quantity"),
        ("技术成熟度不低于6", "readiness"),
        ("TRL≥6", "readiness"),
    ],
)
def test_what_is_not_understood_is_left_and_says_what_is_missing(text: str, missing: str, known: written.Known) -> None:
    found = written.read(text, known, kind="need", subject="ASK")
    assert found.indicators.is_empty()
    assert [why.code for why in found.left] == [f"registry_written.{missing}"]
    for lang in LANGUAGES:
        assert str(found.left[0].args["text"]) in say(found.left[0], lang)


@pytest.mark.parametrize(
    "text",
    ["", "低损耗陶瓷基板", "5G 基站", "M6 螺栓", "3D 打印，CMOS28 工艺", "2026年底前完成", "第 3 条", "ISO 9001"],
)
def test_figures_that_are_nobodys_indicator_are_passed_over(text: str, known: written.Known) -> None:
    found = written.read(text, known, kind="need", subject="ASK")
    assert (found.indicators.height, found.left) == (0, ())


def test_a_figure_alone_is_the_value_of_one_who_offers(known: written.Known) -> None:
    assert _read("能量密度350 Wh/kg", known) == []
    assert _read("能量密度350 Wh/kg", known, manner=written.STATING) == [("能量密度", "= 350 Wh/kg")]


SHEETS = [
    ("最高温度：1600 ℃", ("温度", "le", None, 1600.0, "°C")),
    ("Max. temperature 1600 °C", ("temperature", "le", None, 1600.0, "°C")),
    ("温度最高可达1600℃", ("温度", "le", None, 1600.0, "°C")),
    ("温度可达到1600℃", ("温度", "le", None, 1600.0, "°C")),
    ("温度 20~1600℃", ("温度", "between", 20.0, 1600.0, "°C")),
    ("最低温度 -70 ℃", ("温度", "ge", -70.0, None, "°C")),
    ("pressure up to 30 MPa", ("pressure", "le", None, 30.0, "MPa")),
    ("真空度≤1×10^-3 Pa", ("真空度", "le", None, 1e-3, "Pa")),
    ("真空度≤1E-3Pa", ("真空度", "le", None, 1e-3, "Pa")),
    ("控制精度 ±0.1 ℃", ("控制精度", "le", None, 0.1, "°C")),
    ("重量不小于 5 kg", ("重量", "ge", 5.0, None, "kg")),
    ("容积为50L", ("容积", "eq", 50.0, None, "L")),
    ("型号 SY-100", None), ("共 3 台", None), ("2024年投用", None), ("温度 25±2 ℃", None), ("", None),
    ("炉膛尺寸 600×400×300 mm", None), ("5 kW 加热", None), ("介电常数 9.8", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SHEETS)
def test_a_data_sheet_says_what_a_machine_can_do(text: str, expected: tuple[Any, ...] | None) -> None:
    stated, _ = written.found(text, written.Known({}, (), ()), written.SHEET)
    assert [(one.quantity, one.operator, one.low, one.high, one.unit) for one in stated] == [expected] * bool(expected)


def test_a_data_sheet_states_many_things_in_one_breath() -> None:
    text = "最高温度1600℃，真空度≤1e-3 Pa；容积 50 L, max. heating rate 20 K/min."
    stated, left = written.found(text, written.Known({}, (), ()), written.SHEET)
    assert [(one.quantity, one.operator) for one in stated] == [
        ("温度", "le"), ("真空度", "le"), ("容积", "eq"), ("heating rate", "le"),
    ]  # fmt: skip
    assert left == []


def test_rows_are_indicators_of_the_registry_and_none_is_a_must(known: written.Known) -> None:
    found = written.read("良率≥98%", known, kind="call", subject="ASK").indicators
    assert found.schema == noun("indicators").empty().schema
    assert found.select("indicator", "subject_kind", "subject", "must").rows() == [("ASK-1", "call", "ASK", None)]
    assert Registry({"indicators": found})["indicators"].equals(found)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["介电损耗", "能量密度", "良率", "yield rate", "insertion loss"]),
    st.sampled_from([("≥", "ge"), ("≤", "le"), ("不低于", "ge"), ("不超过", "le"), (" at least ", "ge"),
                     (" at most ", "le")]),
    st.integers(-500, 99_999).map(lambda n: n / 100),
    st.sampled_from(["", " "]), st.sampled_from(["Wh/kg", "%", "GHz", "μm", "MPa"]),
    st.sampled_from(["", "@10 GHz", "（25 ℃）"]),
)  # fmt: skip
def test_what_is_written_by_rule_is_read_back(known, quantity, relation, value, gap, unit, under) -> None:
    found = written.read(f"{quantity}{relation[0]}{value:g}{gap}{unit}{under}", known, kind="need", subject="X")
    (row,) = found.indicators.iter_rows(named=True)
    assert (row["quantity"], row["operator"], row["unit"]) == (quantity, relation[1], unit)
    assert (row["high"] if relation[1] == "le" else row["low"]) == pytest.approx(value)
    assert bool(row["conditions"]) == bool(under)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from([written.ASKING, written.STATING, written.SHEET]))
def test_any_text_can_be_read_in_any_manner(text: str, manner: written.Manner) -> None:
    for one in written.found(text, written.Known({}, (), ()), manner)[0]:
        assert one.quantity
        assert one.low is not None or one.high is not None


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.sampled_from(list("0123456789.,-+~±≥≤<>=@()（）×^eE万%μ℃至下的在 atlesmohGHz/WkgPa性能良率，。；\n")),
        max_size=60,
    )
)
def test_whatever_is_written_harms_nobody(known, text) -> None:
    found = written.read(text, known, kind="need", subject="X")
    assert len(found.said) == found.indicators.height
    for row in found.indicators.iter_rows(named=True):
        assert say(bound(row), "zh")
        assert row["low"] is None or row["high"] is None or row["low"] <= row["high"]


@pytest.mark.parametrize("text", ["9" * 5_000, "1," * 3_000, "≥" * 5_000, "(" * 3_000 + "1", "1e999999", "5 " * 2_500,
                                  "a" * 4_000 + "≥1 m", "在" * 2_000 + "1下", "1×10^999 m"])  # fmt: skip
@pytest.mark.parametrize("manner", [written.ASKING, written.SHEET], ids=["asking", "sheet"])
def test_a_long_or_monstrous_text_takes_no_time(text: str, manner: written.Manner, known: written.Known) -> None:
    began = time.process_time()
    found = written.read(text, known, kind="need", subject="X", manner=manner).indicators
    assert time.process_time() - began < 1.5
    assert found.filter(pl.col("low").is_infinite() | pl.col("high").is_infinite()).is_empty()
