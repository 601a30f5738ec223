"""Which coded rule a document speaks of, what it touches of the pack, and who in the registry works there."""

from __future__ import annotations

import time
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from tongtu import packs, rules
from tongtu.brief.audience import (
    ACTIONS,
    CODED,
    COMPARISONS,
    GROUPS,
    TOUCHED,
    chances,
    coded,
    comparisons,
    touched,
    working,
)
from tongtu.brief.document import PARAGRAPH, TITLE, Block, Document, identity
from tongtu.brief.facts import Facts, Lexicon, extract, lexicon
from tongtu.registry import Registry, noun
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

DAY = date(2026, 5, 1)
OWN = "《优质中小企业梯度培育管理办法》（工信部企业〔2026〕2号）"
OLD = "《优质中小企业梯度培育管理暂行办法》（工信部企业〔2022〕63号）"


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


@cache
def book() -> rules.RuleBook:
    pack = packs.load("cn")
    asked = ("srdi", "little_giant", "innovative_sme", "tech_and_innovation", "technology_sme", "hnte", "quanzhou",
             "beijing_platform")  # fmt: skip
    return rules.load({f: t for f, t in pack.texts("rules").items() if f.startswith(asked)}, pack.vocabularies)


def document(text: str, title: str = "", published: date | None = None) -> Document:
    """A document of which every line is a block, the title the first where it stands there."""
    blocks, at = [], 0
    for line in text.split("\n"):
        kind = TITLE if line and line == title else PARAGRAPH
        blocks += [Block(at, at + len(line), kind)] if line else []
        at += len(line) + 1
    return Document(identity(text, ""), text, tuple(blocks), title, "", "", published, "zh", True, "text")


def read(text: str, **more: Any) -> tuple[Document, Facts]:
    made = document(text, **more)
    return made, extract(made, words())


def spoken(text: str, **more: Any) -> pl.DataFrame:
    return coded(*read(text, **more), book(), packs.load("cn").table("documents"))


def roles(found: pl.DataFrame) -> dict[tuple[str, str], str]:
    return {(row["scheme"], row["version"]): row["role"] for row in found.to_dicts()}


# --- which rule -------------------------------------------------------------------------------------------

ISSUED = f"""工业和信息化部关于印发《优质中小企业梯度培育管理办法》的通知
工信部企业〔2026〕2号
各省、自治区、直辖市中小企业主管部门：
本办法自2026年4月1日起施行，{OLD}同时废止。"""


def test_a_measure_is_about_its_own_versions_and_names_those_it_repeals():
    found = spoken(ISSUED, title="工业和信息化部关于印发《优质中小企业梯度培育管理办法》的通知")
    own = {"little_giant", "srdi", "tech_and_innovation_sme"}
    assert roles(found) == {**{(s, "2026"): "states" for s in own},
                            **{(s, "2022"): "cites" for s in ("little_giant", "srdi", "innovative_sme")}}  # fmt: skip
    assert dict(found.select("scheme", "before").head(3).iter_rows()) == {
        "little_giant": "2022", "srdi": "2022", "tech_and_innovation_sme": None,
    }  # fmt: skip
    assert found["confidence"].is_between(0, 1).all()
    for row in found.to_dicts():
        assert ISSUED[row["start"] : row["end"]] == row["written"]
    asked = comparisons(found)
    assert set(asked.select("scheme", "old", "new", "role").rows()) == {
        ("little_giant", "2022", "2026", "states"), ("srdi", "2022", "2026", "states"),
        ("tech_and_innovation_sme", None, "2026", "states"),
    }  # fmt: skip
    assert (found.schema.names(), asked.schema.names()) == (list(CODED), list(COMPARISONS))


@pytest.mark.parametrize(
    "written",
    [
        "工信部企业〔2026〕2号", "工信部企业[2026]2号", "工信部企业（2026）2号", "工信部企业【2026】第2号",
        "工信部企业﹝２０２６﹞２号",
        "优质中小企业梯度培育管理办法", "优质中小企业梯度培育管理办法（以下简称办法）", "優質中小企業梯度培育管理辦法",
    ],
)  # fmt: skip
def test_a_number_in_any_brackets_or_a_title_is_recognised(written: str) -> None:
    found = spoken(f"各地要认真落实{written}的要求，做好今年的各项工作。")
    assert comparisons(found).select("scheme", "old", "new", "role").sort("scheme").rows() == [
        ("little_giant", "2022", "2026", "cites"), ("srdi", "2022", "2026", "cites"),
    ]  # fmt: skip


def test_an_english_title_is_recognised():
    documents = packs.load("cn").table("documents")
    english = documents.filter(pl.col("number") == "工信部企业〔2026〕2号")["title_en"][0]
    found = spoken(f"The ministry has published the {english}.\nIt applies from April.", title=f"New: {english}")
    assert ("srdi", "2026") in roles(found)
    assert roles(found)["srdi", "2026"] == "states"


def test_the_notice_that_opens_an_intake_speaks_of_the_version_with_it():
    found = comparisons(
        spoken("《2026年专精特新“小巨人”企业认定和复核通知》\n工信厅企业函〔2026〕117号\n现就有关事项通知如下。")
    )
    assert ("little_giant", "2022", "2026") in found.select("scheme", "old", "new").rows()


@pytest.mark.parametrize(
    "text",
    [
        "", "今天天气很好。", "鲁泉科规〔2025〕10号、工信部企业〔2026〕21号和工信部企业〔2027〕2号都是别的文件。",
        "A seminar was held in Suzhou. Firms were asked to lead research.",
        "优质中小企业梯度培育管理办法（征求意见稿）", "关于《优质中小企业梯度培育管理办法（草案）》公开征求意见的通知",
    ],
)  # fmt: skip
def test_what_no_coded_rule_stands_on_is_not_recognised(text: str) -> None:
    found = spoken(text)
    assert found.is_empty()
    assert comparisons(found).is_empty()


def test_a_title_that_is_merely_named_is_a_rule_only_with_its_day():
    text = "今年起专精特新“小巨人”企业的认定条件有变。"
    named = spoken(text, published=date(2026, 5, 10))
    assert roles(named) == {("little_giant", "2026"): "names"}
    assert comparisons(named).is_empty()
    dated = spoken(text + "新规2026年4月1日起施行。", published=date(2026, 3, 10))
    assert comparisons(dated).select("scheme", "old", "new").rows() == [("little_giant", "2022", "2026")]
    assert spoken(text).is_empty()  # no day of its own, none in the text


# --- what it touches ---------------------------------------------------------------------------------------


def test_what_a_text_names_and_what_follows_from_it():
    text = "浙江省经济和信息化厅发文支持人工智能、量子科技。北京大学与会。人工智能优先。"
    found = touched(*read(text), packs.load("cn"), DAY)
    by = {(row["kind"], row["code"]): row for row in found.to_dicts()}
    assert by["direction", "ai"]["mentions"] == 2
    assert by["direction", "ai"]["via"] == by["region", "330000"]["via"] == "text"
    assert by["focus", "quantum"]["in_force"]
    assert by["priority", "supplement_ai"]["via"] == "direction"
    assert ("region", "110000") not in by  # a university called after the city is not the city
    for row in by.values():
        assert text[row["start"] : row["end"]] == row["written"]
    assert list(found.columns) == list(TOUCHED)
    early = touched(*read(text), packs.load("cn"), date(2020, 1, 1))
    assert not early.filter(pl.col("kind") == "priority")["in_force"].any()


def test_a_document_that_set_up_a_mechanism_touches_it_and_its_directions():
    found = touched(*read("依据工信厅科函〔2025〕456号开展遴选。"), packs.load("cn"), DAY)
    assert found.filter(pl.col("kind") == "mechanism")["code"].to_list() == ["supplement_tie_break"]
    assert "humanoid" in found.filter(pl.col("kind") == "direction", pl.col("via") == "document")["code"].to_list()


# --- who works there ---------------------------------------------------------------------------------------


def table(kind: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    wanted = [c for c in noun(kind).columns if any(c.name in row for row in rows)]
    return pl.DataFrame(rows, schema={c.name: c.dtype() for c in wanted})


def registry() -> Registry:
    firms = [{"organisation": f"o{i}", "name": f"o{i}", "kind": "sme", "region": "330100",
              "directions": ["ai", "quantum"] if i < 4 else ["steel"]} for i in range(6)]  # fmt: skip
    need = {"organisation": "o0", "title": "x", "text": "x", "direction": "ai"}
    needs = [{**need, "need": f"n{i}", "state": s} for i, s in enumerate(("published", "draft", None, "expired"))]
    case = {"pathway": "standard", "pathway_version": "1", "opened": date(2026, 1, 1)}
    cases = [
        {**case, "case": "c0", "need": "n0", "state": "open"},
        {**case, "case": "c1", "need": "n0", "state": "killed"},
    ]
    calls = [
        {"call": "k0", "title": "k", "directions": ["quantum"], "opens": date(2026, 1, 1), "closes": date(2026, 6, 1)},
        {"call": "k1", "title": "k", "directions": ["ai"], "closes": date(2026, 4, 1)},
    ]
    found = {"organisations": firms, "needs": needs, "cases": cases, "calls": calls}
    return Registry({kind: table(kind, rows) for kind, rows in found.items()})


TEXT = "浙江省支持人工智能、量子科技。"


def test_those_who_work_there_are_counted_once_and_by_direction():
    found = working(touched(*read(TEXT), packs.load("cn"), DAY), registry(), DAY, floor=1)
    ids = {(row["noun"], row["group_by"], row["group"]): row["ids"] for row in found.to_dicts()}
    assert ids["organisations", "all", ""] == ids["organisations", "direction", "ai"] == ["o0", "o1", "o2", "o3"]
    assert ids["organisations", "region", "330000"] == [f"o{i}" for i in range(6)]  # Hangzhou lies in Zhejiang
    assert ids["needs", "direction", "ai"] == ["n0", "n2"]  # no drafts, nothing expired
    assert ids["cases", "direction", "ai"] == ["c0"]  # by its need; the stopped one is over
    assert ids["calls", "direction", "quantum"] == ["k0"]
    assert ("calls", "direction", "ai") not in ids
    row = found.row(by_predicate=(pl.col("noun") == "organisations") & (pl.col("group") == "ai"), named=True)
    assert (row["subjects"], row["of"], row["label_zh"]) == (4, 6, "人工智能")
    assert list(found.columns) == list(GROUPS)


def test_small_counts_are_withheld_here_too():
    found = working(touched(*read(TEXT), packs.load("cn"), DAY), registry(), DAY)
    needs = found.row(by_predicate=(pl.col("noun") == "needs") & (pl.col("group") == "ai"), named=True)
    assert (needs["subjects"], needs["small"]) == (None, True)
    assert say(Why.from_json(needs["why"])).startswith("人工智能：登记在册不足3项需求")


def test_open_calls_are_something_to_do():
    found = chances(touched(*read(TEXT), packs.load("cn"), DAY), registry(), DAY)
    assert found.select("kind", "by").rows() == [("apply", date(2026, 6, 1))]
    assert list(found.columns) == list(ACTIONS)


def test_only_what_is_in_force_is_counted_and_nothing_touched_counts_nobody():
    early = date(2020, 1, 1)
    assert working(touched(*read("支持人工智能。"), packs.load("cn"), early), registry(), early).is_empty()
    assert working(touched(*read(""), packs.load("cn"), DAY), registry(), DAY).is_empty()
    assert chances(touched(*read(""), packs.load("cn"), DAY), registry(), DAY).is_empty()


def test_the_order_of_rows_does_not_matter():
    here, found = registry(), touched(*read(TEXT), packs.load("cn"), DAY)
    turned = Registry({kind: here[kind].reverse() for kind in here})
    assert working(found, here, DAY).equals(working(found.reverse(), turned, DAY))
    documents = packs.load("cn").table("documents")
    made = read(ISSUED)
    assert coded(*made, book(), documents).equals(coded(*made, book(), documents.reverse()))


def test_every_reason_is_said_in_both_languages():
    found = touched(*read(ISSUED + TEXT + "半导体、工信厅科函〔2025〕456号"), packs.load("cn"), DAY)
    rows = [spoken(ISSUED), comparisons(spoken(ISSUED)), found, working(found, registry(), DAY)]
    rows.append(chances(found, registry(), DAY).select("why"))
    for why in {why for frame in rows for why in frame["why"]}:
        for lang in LANGUAGES:
            said = say(Why.from_json(why), lang)
            assert "{" not in said
            assert "brief_audience" not in said


def test_twenty_documents_a_second():
    made = read(ISSUED * 5)
    spoken(ISSUED)
    begun = time.process_time()
    coded(*made, book(), packs.load("cn").table("documents"))
    touched(*made, packs.load("cn"), DAY)
    assert time.process_time() - begun < 0.5
