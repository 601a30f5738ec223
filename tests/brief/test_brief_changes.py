"""What changed between two versions: passages, numeric targets, coded rules."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs, rules
from tongtu.brief.changes import rule_changes, target_changes, text_changes
from tongtu.brief.document import Block, Document, identity
from tongtu.brief.facts import Lexicon, extract, lexicon
from tongtu.terms.why import Why
from tongtu.terms.words import say


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def document(text: str, title: str = "", blocks: tuple[Block, ...] = ()) -> Document:
    return Document(identity(text, title), text, blocks, title, "", "", None, "zh", True, "text")


def report(year: int, *targets: str) -> Document:
    past = f"一、{year - 1}年工作回顾\n去年国内生产总值增长9%。"
    plan = f"二、{year}年工作总体部署\n今年预期目标是：{'，'.join(targets)}。"
    return document(f"{past}\n{plan}\n", f"{year}年政府工作报告")


def moved(old: Document, new: Document) -> pl.DataFrame:
    return target_changes(old, extract(old, words()), new, extract(new, words()))


#: before, after → change
PAIRS = [
    ("国内生产总值增长7.5%左右", "国内生产总值增长7%左右", "lowered"),
    ("国内生产总值增长7.5%左右", "国内生产总值增长6.5%—7%", "lowered"),
    ("城镇新增就业900万人以上", "城镇新增就业1000万人以上", "raised"),
    ("居民消费价格涨幅控制在3%左右", "居民消费价格涨幅3％左右", "same"),
    ("财政赤字1.2万亿元", "拟安排财政赤字12000亿元", "same"),
    ("国内生产总值增长7.5%", "国内生产总值增长7.5%左右", "respecified"),
    ("增加深松土地1500万亩", "增加深松土地200万公顷", "raised"),
    ("小麦最低收购价每斤提高3分钱", "小麦最低收购价每50公斤提高5元", "respecified"),
    ("居民医保财政补助标准提高到每人每年520元", "居民医保财政补助标准增加30元", "respecified"),
    ("城镇登记失业率4.6%以内", "城镇登记失业率4.5%以内", "lowered"),
    ("保障性安居工程新开工700万套以上", "新开工630万套", "lowered"),
    ("更新改造城市燃气管道10万公里", "更新改造城市燃气管道12万公里", "raised"),
]


@pytest.mark.parametrize(("before", "after", "change"), PAIRS)
def test_a_target_that_moved(before: str, after: str, change: str) -> None:
    old, new = report(2030, before), report(2031, after)
    (row,) = moved(old, new).iter_rows(named=True)
    assert row["change"] == change
    assert old.text[row["start_from"] : row["end_from"]] in before
    assert new.text[row["start_to"] : row["end_to"]] in after


def test_targets_that_came_and_went() -> None:
    old = report(2030, "国内生产总值增长6%", "进出口总额增长5%左右")
    new = report(2031, "广义货币预期增长8%", "国内生产总值增长6%")
    rows = {row["code"]: row for row in moved(old, new).iter_rows(named=True)}
    assert {code: row["change"] for code, row in rows.items()} == {
        "m2_growth": "introduced", "gdp_growth": "same", "trade_growth": "dropped",
    }  # fmt: skip
    assert rows["m2_growth"]["start_from"] is None
    assert rows["trade_growth"]["end_to"] is None


def test_every_reason_is_said_in_both_languages() -> None:
    old = report(2030, *(before for before, _, _ in PAIRS))
    new = report(2031, *(after for _, after, _ in PAIRS))
    for frame in (moved(old, new), text_changes(old, new)):
        for why in frame["why"]:
            assert say(Why.from_json(why), "zh")
            assert say(Why.from_json(why), "en")


def test_a_document_against_itself_changed_nothing() -> None:
    same = report(2030, *(before for before, _, _ in PAIRS[1:]))
    assert set(moved(same, same)["change"]) == {"same"}
    assert set(text_changes(same, same)["change"]) == {"same"}


@settings(max_examples=25, deadline=None)
@given(st.permutations([before for before, _, _ in PAIRS[2:]]))
def test_the_order_of_targets_changes_no_answer(targets: list[str]) -> None:
    new = report(2031, *(after for _, after, _ in PAIRS[2:]))
    found = moved(report(2030, *targets), new).select("measure", "low_from", "high_from", "change")
    usual = moved(report(2030, *(before for before, _, _ in PAIRS[2:])), new).select(found.columns)
    assert found.equals(usual)


def articles(*texts: str) -> Document:
    text, blocks = "", []
    for line in texts:
        blocks.append(Block(len(text), len(text) + len(line), "paragraph", label=line[: line.index("条") + 1]))
        text += line + "\n"
    return document(text, blocks=tuple(blocks))


OLD = (
    "第一条 为了规范中试平台的建设和管理，制定本办法。",
    "第二条 申报单位年营业收入应当不低于5000万元。",
    "第三条 平台应当每年报告运行情况，接受监督检查。",
    "第四条 本办法由主管部门负责解释。",
)


def test_articles_are_paired_and_told_word_by_word() -> None:
    new = articles(OLD[0], OLD[1].replace("5000", "3000"), "第三条 数据应当安全保存，保存期不少于三年。", OLD[3])
    old = articles(*OLD)
    found = text_changes(old, new)
    assert found["change"].to_list() == ["same", "changed", "added", "same", "removed"]
    (edit,) = found.row(1, named=True)["edits"]
    assert edit["op"] == "replace"
    assert old.text[edit["start_from"] : edit["end_from"]] == "5000"
    assert new.text[edit["start_to"] : edit["end_to"]] == "3000"


def test_a_passage_that_moved_is_no_new_one() -> None:
    lines = ["甲项目建设要求严格执行", "乙类资金管理另行规定", "丙级平台评价每年一次", "丁方数据报送按月进行"]
    found = text_changes(document("\n".join(lines)), document("\n".join([lines[3], *lines[:3]])))
    assert found["change"].to_list() == ["moved", "same", "same", "same"]


def test_renumbered_articles_are_found_by_their_words() -> None:
    new = articles(OLD[0], OLD[2].replace("第三条", "第二条"), OLD[3].replace("第四条", "第三条"))
    found = text_changes(articles(*OLD), new)
    assert found.filter(pl.col("change") == "removed").height == 1
    assert not found.filter(pl.col("change") == "added").height


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.text(max_size=30), max_size=6))
def test_any_two_texts_compare(left: list[str], right: list[str]) -> None:
    old, new = document("\n".join(left)), document("\n".join(right))
    found = text_changes(old, new)
    spans = found.drop_nulls("start_to").select("start_to", "end_to").rows()
    assert all(0 <= start < end <= len(new.text) for start, end in spans)
    assert len(spans) == len(set(spans))
    for edits in found["edits"].to_list():
        assert all(0 <= e["start_from"] <= e["end_from"] <= len(old.text) for e in edits)


def test_thresholds_of_the_little_giant_measures() -> None:
    pack = packs.load("cn")
    scheme = rules.load(pack.texts("rules"), pack.vocabularies)["little_giant"]
    old, new = scheme.version("2022"), scheme.version("2026")
    found = rule_changes(scheme, old, new, codes=pack.vocabularies)
    moved_ = found.filter(pl.col("change").is_in(["tightened", "relaxed"]))
    assert moved_.select("name_zh", "change", "threshold_from", "threshold_to", "unit_to").sort("name_zh").rows() == [
        ("主营业务收入占营业收入比重", "tightened", 0.7, 0.9, "ratio"),
        ("资产负债率", "relaxed", 0.7, 0.75, "ratio"),
    ]
    for row in found.iter_rows(named=True):
        assert say(Why.from_json(row["why"]), "zh")
        assert say(Why.from_json(row["why"]), "en")
    assert rule_changes(scheme, new, new)["change"].unique().to_list() == ["same"]
