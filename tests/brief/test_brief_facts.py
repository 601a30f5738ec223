"""Facts read out of a text: known figures recovered, spans exact, spellings equal, hostile strings harmless."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.brief.document import Block, Document, identity
from tongtu.brief.facts import SCHEMAS, Facts, Lexicon, extract, lexicon
from tongtu.brief.facts.numerals import chinese
from tongtu.brief.facts.plain import plain
from tongtu.brief.facts.quantities import Quantity, quantities
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Why
from tongtu.terms.words import say


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def document(text: str, *, title: str = "", published: date | None = None, blocks: tuple[Block, ...] = ()) -> Document:
    return Document(identity(text, ""), text, blocks, title, "", "", published, "zh", True, "text")


def read(text: str, **more: object) -> Facts:
    return extract(document(text, **more), words())  # type: ignore[arg-type]


def one(text: str) -> Quantity:
    (found,) = quantities(plain(text), words())
    return found


#: text → value, low, high, operator, unit
QUANTITIES = {
    "7.5%左右": (7.5, 7.5, 7.5, "about", "percent"),
    "７．５％左右": (7.5, 7.5, 7.5, "about", "percent"),
    "900万人以上": (9e6, 9e6, None, "ge", "person"),
    "4.6%以内": (4.6, None, 4.6, "le", "percent"),
    "低于4.6%": (4.6, None, 4.6, "lt", "percent"),
    "6%—6.5%": (None, 6.0, 6.5, "range", "percent"),
    "8%至10%": (None, 8.0, 10.0, "range", "percent"),
    "5到7元": (None, 5.0, 7.0, "range", "CNY"),
    "3到5万元": (None, 3e4, 5e4, "range", "CNY"),
    "不超过3,000万元": (3e7, None, 3e7, "le", "CNY"),
    "700多亿元": (7e10, 7e10, None, "gt", "CNY"),
    "约1亿人": (1e8, 1e8, 1e8, "about", "person"),
    "1.62万亿元": (1.62e12, 1.62e12, 1.62e12, "eq", "CNY"),
    "1500万千瓦": (1.5e7, 1.5e7, 1.5e7, "eq", "kW"),
    "500千瓦": (500.0, 500.0, 500.0, "eq", "kW"),
    "2.5个百分点": (2.5, 2.5, 2.5, "eq", "percentage_point"),
    "百分之五点五": (5.5, 5.5, 5.5, "eq", "percent"),
    "一百二十万元": (1.2e6, 1.2e6, 1.2e6, "eq", "CNY"),
    "6000万农村人口": (6e7, 6e7, 6e7, "eq", "person"),
    "贫困人口1000万以上": (1e7, 1e7, None, "ge", "person"),
    "20個工作日": (20.0, 20.0, 20.0, "eq", "working_day"),
    "500万人民币": (5e6, 5e6, 5e6, "eq", "CNY"),
    "US$1.5 billion": (1.5e9, 1.5e9, 1.5e9, "eq", "USD"),
    "RMB 3 million": (3e6, 3e6, 3e6, "eq", "CNY"),
    "at least 60 percent": (60.0, 60.0, None, "ge", "percent"),
    "$3 to $5 million": (None, 3e6, 5e6, "range", "USD"),
    "5–6%": (None, 5.0, 6.0, "range", "percent"),
    "1,234 people": (1234.0, 1234.0, 1234.0, "eq", "person"),
}


@pytest.mark.parametrize(("text", "told"), QUANTITIES.items())
def test_a_quantity_is_read_whole(text: str, told: tuple[object, ...]) -> None:
    found = one(text)
    assert (found.value, found.low, found.high, found.operator, found.unit.code) == told
    assert text[found.start : found.end] == text.removeprefix("贫困")


@pytest.mark.parametrize(
    "text",
    [
        "2010年",
        "2011—2015年",
        "PM2.5",
        "H1N1",
        "COVID-19",
        "第3条",
        "〔2025〕456号",
        "十二五",
        "三农",
        "两个一百年",
        "1-2-3",
    ],
)
def test_names_years_and_articles_are_no_quantities(text: str) -> None:
    assert quantities(plain(text), words()) == []


@pytest.mark.parametrize(
    ("written", "value"),
    [("一百二十", 120), ("二〇二五", 2025), ("三点五", 3.5), ("两万五千", 25_000), ("一亿二千万", 120_000_000)],
)
def test_chinese_numerals(written: str, value: float) -> None:
    assert chinese(written) == value


def test_numerals_that_say_no_number_have_no_value() -> None:
    assert chinese("二三十") is None
    assert chinese("万") is None


@given(
    st.integers(1, 99_999), st.sampled_from(["", "万", "亿", "万亿"]), st.sampled_from(["元", "人", "公里", "%"]),
    st.sampled_from([("", "左右"), ("不低于", ""), ("", "以上"), ("约", ""), ("", "")]),
    st.sampled_from(["", "培训", "，投入"]),
)  # fmt: skip
def test_a_span_read_alone_says_the_same(
    number: int, scale: str, unit: str, operator: tuple[str, str], around: str
) -> None:
    text = plain(f"{around}{operator[0]}{number}{scale}{unit}{operator[1]}。")
    (found,) = quantities(text, words())
    (again,) = quantities(text[found.start : found.end], words())
    assert (again.value, again.low, again.high, again.operator, again.unit) == (
        found.value, found.low, found.high, found.operator, found.unit,
    )  # fmt: skip
    assert again.start == 0
    assert again.end == found.end - found.start


REPORT = """一、2030年工作回顾
去年国内生产总值增长5%，城镇新增就业1200万人。
二、2031年工作总体部署
今年发展主要预期目标是：国内生产总值增长4.5%左右，居民消费价格涨幅2%以内，城镇新增就业1100万人以上。
拟安排财政赤字3万亿元，比上年增加2000亿元，赤字率从去年的2.1%提高到2.3%，其中中央财政赤字2万亿元。
居民医保财政补助标准由每人每年320元提高到380元。二氧化硫、氮氧化物排放要分别减少3%左右和5%左右。
化学需氧量、氨氮排放都要减少2%。淘汰钢铁2700万吨、水泥4200万吨。广义货币M
2
预期增长12%左右。
"""


@cache
def report() -> pl.DataFrame:
    return read(REPORT, title="2031年政府工作报告").figures


def figure(what: str, number: str) -> dict[str, object]:
    rows = [
        row for row in report().iter_rows(named=True)
        if REPORT[row["start"] : row["end"]] == number and what in (row["subject"] or row["what"])
    ]  # fmt: skip
    assert len(rows) == 1, (what, number, rows)
    return rows[0]


@pytest.mark.parametrize(
    ("what", "number", "kind", "measures"),
    [
        ("国内生产总值增长", "5%", "outcome", ["gdp_growth"]),
        ("国内生产总值增长", "4.5%左右", "target", ["gdp_growth"]),
        ("居民消费价格涨幅", "2%以内", "target", ["cpi"]),
        ("城镇新增就业", "1100万人以上", "target", ["urban_jobs"]),
        ("财政赤字", "3万亿元", "target", ["deficit"]),
        ("赤字率", "2.1%", "fact", ["deficit_ratio"]),
        ("赤字率", "2.3%", "target", ["deficit_ratio"]),
        ("中央财政赤字", "2万亿元", "target", ["deficit_central"]),
        ("财政补助标准", "320元", "fact", ["health_subsidy"]),
        ("财政补助标准", "380元", "target", ["health_subsidy"]),
        ("二氧化硫", "3%左右", "target", ["so2"]),
        ("氮氧化物", "5%左右", "target", ["nox"]),
        ("化学需氧量", "2%", "target", ["cod", "ammonia"]),
        ("水泥", "4200万吨", "target", ["cement_cut"]),
        ("预期增长", "12%左右", "target", ["m2_growth"]),
    ],
)
def test_a_figure_says_what_it_measures_and_what_it_is(what: str, number: str, kind: str, measures: list[str]) -> None:
    row = figure(what, number)
    assert (row["kind"], row["measures"]) == (kind, measures)


def test_a_difference_is_no_target() -> None:
    rows = report().filter(pl.col("unit") == "CNY", pl.col("value") == 2e11)
    assert rows["kind"].to_list() == ["change"]


def test_years_and_deadlines() -> None:
    assert figure("国内生产总值增长", "5%")["year"] == 2030
    target = figure("城镇新增就业", "1100万人以上")
    assert (target["year"], target["deadline"], target["horizon"]) == (2031, date(2031, 12, 31), 0)
    (later,) = read("到2027年，培育中试平台100个以上。", published=date(2025, 3, 1)).figures.iter_rows(named=True)
    assert (later["year"], later["deadline"], later["kind"]) == (2027, date(2027, 12, 31), "target")


def test_words_that_only_look_like_a_year_are_none() -> None:
    (row,) = read("二、工作目标\n今后五年，在提高效益的基础上年均增长7%。", title="2031年").figures.iter_rows(
        named=True
    )
    assert (row["kind"], row["year"], row["horizon"]) == ("target", None, 5)


NOTICE = """关于印发《中试平台建设办法》的通知
工信厅科函〔2025〕456号
对年营业收入不低于5000万元的企业，给予最高300万元奖励。企业应当具备下列条件：研发费用占比不低于3%。
专精特新“小巨人”企业和人工智能领域优先，见第三条。中国星际科技集团有限公司、工信部参加。
本办法自2026年4月1日起施行，有效期至2028年12月31日。2026年3月31日前提交申请。
"""


def test_a_notice_gives_its_number_names_dates_and_conditions() -> None:
    found = read(NOTICE, published=date(2026, 1, 20))
    assert found.numbers.select("number", "issuer_short", "issuer", "year", "serial").rows() == [
        ("工信厅科函〔2025〕456号", "工信厅科函", "工业和信息化部办公厅", 2025, 456)
    ]
    assert dict(found.dates.select("day", "kind").rows()) == {
        date(2026, 4, 1): "effective", date(2028, 12, 31): "until", date(2026, 3, 31): "deadline",
    }  # fmt: skip
    assert ("中国星际科技集团有限公司", "soe", None) in found.actors.select("name", "kind", "canonical").rows()
    assert ("工信部", "ministry", "工业和信息化部") in found.actors.select("name", "kind", "canonical").rows()
    assert found.instruments.select("name", "kind").rows() == [("中试平台建设办法", "measure")]
    assert found.directions["direction"].to_list() == ["ai"]
    assert "little_giant" in found.tiers["tier"].to_list()
    assert found.conditions["role"].to_list() == ["subject", "requirement"]
    assert found.references["written"].to_list() == ["第三条"]
    assert found.figures["kind"].to_list() == ["limit", "limit", "limit"]


@pytest.mark.parametrize(("left", "right"), ["〔〕", "[]", "【】", "（）", "［］"])
def test_document_numbers_in_any_brackets(left: str, right: str) -> None:
    (row,) = read(f"国办发{left}2024{right}12号文件").numbers.iter_rows(named=True)
    assert (row["number"], row["issuer"]) == ("国办发〔2024〕12号", "国务院办公厅")


def test_english_figures_and_names() -> None:
    text = (
        "The Ministry of Industry and Information Technology will build at least 20 platforms by 2027. "
        "Beihang University must submit plans before June 30, 2026."
    )
    found = read(text, published=date(2026, 1, 20))
    (row,) = found.figures.iter_rows(named=True)
    assert (row["low"], row["operator"], row["kind"], row["year"]) == (20.0, "ge", "target", 2027)
    assert found.actors["canonical"].to_list()[0] == "工业和信息化部"
    assert found.actors["kind"].to_list() == ["ministry", "university"]
    assert (date(2026, 6, 30), "deadline") in found.dates.select("day", "kind").rows()


def _values(text: str) -> list[tuple[object, ...]]:
    columns = ("value", "low", "high", "operator", "unit", "kind", "year", "measures", "confidence")
    return [tuple(map(str, row)) for row in read(text, title="2031年").figures.select(columns).rows()]


def test_full_width_and_traditional_spellings_say_the_same() -> None:
    wide = REPORT.translate({ord(char): ord(char) + 0xFEE0 for char in "0123456789%."})
    traditional = (
        REPORT.replace("国内生产总值", "國內生產總值").replace("万", "萬").replace("亿", "億").replace("财", "財")
    )
    assert _values(wide) == _values(REPORT)
    assert _values(traditional) == _values(REPORT)


@settings(max_examples=20)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Nd", "No", "Nl", "Cs")), max_size=60))
def test_unrelated_text_behind_changes_no_row(noise: str) -> None:
    if any(char in noise for char in "零一二三四五六七八九十两百千万亿〇、第"):
        return
    known = report().drop("document")
    more = read(f"{REPORT}\n\n{noise}", title="2031年政府工作报告").figures.drop("document")
    assert more.head(known.height).equals(known)


PIECES = (
    *"%、，。—-（()《》$ \n\u0000\u202e万亿元从十第对每多号年ＡＢ𠮷〔〕", "1", "9" * 30, "1,000", "2025", "提高到",
    "分别", "百分之", "to", "by 2027", "的企业", "有限公司", "Ministry of", "一、",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_no_string_makes_it_stumble(parts: list[str]) -> None:
    text = "".join(parts)
    found = read(text, published=date(2026, 1, 1))
    for name, schema in SCHEMAS.items():
        frame = getattr(found, name)
        assert dict(frame.schema) == dict(schema)
        assert all(0 <= row["start"] < row["end"] <= len(text) for row in frame.iter_rows(named=True))
        for why in frame["why"]:
            assert say(Why.from_json(why), "zh")
            assert say(Why.from_json(why), "en")


@pytest.mark.parametrize("piece", ["1", " ", "(", "增长1%，", "A ", "\n ", "对", "〔2025〕", "第一"])
def test_a_long_line_ends_soon(piece: str) -> None:
    read(piece * (10_000 // len(piece)))


def test_a_heading_is_no_part_of_the_sentence_behind_it() -> None:
    text = "第一章 总体\n目标100个"
    blocks = (Block(0, 6, "heading", 1), Block(7, len(text), "paragraph"))
    assert read(text, blocks=blocks).figures["what"].to_list() == ["目标"]


def test_lists_with_faults_are_refused_with_all_of_them() -> None:
    with pytest.raises(PackRefused) as caught:
        lexicon({"scales.csv": "written,factor\n万,many\n亿,x\n", "units.csv": "written\n元\n"})
    assert len(caught.value.faults) == 3
    assert all(fault.say("zh") and fault.say("en") for fault in caught.value.faults)


def test_without_lists_nothing_is_found() -> None:
    found = extract(document("国内生产总值增长5%"), lexicon({}))
    assert found.figures.is_empty()
