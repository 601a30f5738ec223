"""Documents: every character has its place, the same words give the same document, and lines show their kinds."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.brief.document import Document, Span
from tongtu.brief.reading import parts, read, reports
from tongtu.brief.reading.characters import clean, language_of
from tongtu.registry.boundary import Prose, Run, read_folder, read_prose

ARTICLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "briefs"
articles = pytest.mark.skipif(not ARTICLES.is_dir(), reason="shared/data/briefs is not here")


def of(*lines: str, **said: str) -> Document:
    return read(Prose(tuple(Run("paragraph", line) for line in lines), "text", **said))  # type: ignore[arg-type]


def kinds(document: Document) -> list[tuple[str, str, str]]:
    return [(b.kind, b.label, document.text[b.start : b.end]) for b in document.blocks]


_RUNS = st.builds(
    Run,
    st.sampled_from(["title", "heading", "paragraph", "item", "cell", "note"]),
    st.text(max_size=60)
    | st.sampled_from(
        ["第三条 内容。", "（一）加强。", "一、总要求", "来源：新华社", "2026年1月16日", "=====", "（见", "）。"]
    ),
    st.integers(0, 6),
)


@given(st.lists(_RUNS, max_size=12), st.text(max_size=30))
def test_blocks_cover_the_text_in_order(runs: list[Run], title: str) -> None:
    document = read(Prose(tuple(runs), "html", title=title))
    assert document.text == "\n".join(document.text[b.start : b.end] for b in document.blocks)
    assert all(one.end + 1 == other.start for one, other in zip(document.blocks, document.blocks[1:], strict=False))
    assert unicodedata.is_normalized("NFC", document.text)
    for block in document.blocks:
        line = document.quote(Span(document.id, block.start, block.end))
        assert line == line.strip() != ""
        assert line.startswith(block.label)
        assert document.block_at(block.start) == document.block_at(block.end - 1) == block
        assert document.block_at(block.end) != block
    assert sum(block.kind == "title" for block in document.blocks) <= 1
    for part in parts(document):
        assert part.document.text == document.text[part.start : part.end]


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode()


@given(st.text(min_size=1, max_size=40), st.data())
def test_a_quotation_is_the_substring(text: str, data: st.DataObject) -> None:
    document = of("开头。", text, "结尾。")
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    assert document.quote(Span(document.id, start, end)) == document.text[start:end]
    for wrong in (Span("other", start, end), Span(document.id, 0, len(document.text) + 1), Span(document.id, 1, 0)):
        with pytest.raises(ValueError, match="no span"):
            document.quote(wrong)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_same_words_give_the_same_document(tmp_path: Path, encoding: str, end: str) -> None:
    text = "关于开展工作的通知\n各有关单位：\n现将有关事项通知如下，请认真贯彻执行。\n一、总体要求\n"
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "b.txt").write_bytes(text.replace("\n", end).encode(encoding))
    one, other = (read(*read_prose(tmp_path / name)) for name in ("a.txt", "b.txt"))
    assert one == other
    assert of("a", address="http://a.cn").id != of("a", address="http://b.cn").id


def test_composed_and_decomposed_letters_are_one_text() -> None:
    assert of("Cafe\u0301 agreement").id == of("Café agreement").id


def test_nothing_unseen_stays() -> None:
    assert of("a\u202eb\u200b\x00c\ufeff").text == "abc"


def test_kinds_of_an_official_document() -> None:
    document = of(
        "工信厅科函〔2025〕456号", "关于印发《某某管理办法》的通知", "各有关单位：", "第一章 总则",
        "第三条 平台分为两级。", "第四条之一 前款规定适用。", "第三条第二款规定的条件，从其规定。", "一、总体要求",
        "二、坚持问题导向，加快解决一批难题，并按期完成。", "（一）加强组织领导。各部门要协同推进。",
        "1. 申报条件。", "（2）材料；", "① 执照；", "附件1：指标表", "3.5万家企业参加。",
        "工业和信息化部", "2026年1月16日",
    )  # fmt: skip
    assert [(kind, label) for kind, label, _ in kinds(document)] == [
        ("paragraph", ""), ("title", ""), ("paragraph", ""), ("heading", "第一章"), ("item", "第三条"),
        ("item", "第四条之一"), ("paragraph", ""), ("heading", "一、"), ("item", "二、"), ("item", "（一）"),
        ("item", "1."), ("item", "（2）"), ("item", "①"), ("heading", "附件1"), ("paragraph", ""), ("paragraph", ""),
        ("paragraph", ""),
    ]  # fmt: skip
    assert (document.title, document.published) == ("关于印发《某某管理办法》的通知", date(2026, 1, 16))


def test_a_broken_sentence_is_made_whole_and_nothing_else() -> None:
    broken = (
        "细颗粒物（PM",
        "2.5",
        "）浓度下降。",
        "审议通过《",
        "中长期规划",
        "》，并印发。",
        "一、总体要求",
        "甲",
        "乙",
    )
    assert [text for _, _, text in kinds(of(*broken))] == [
        "细颗粒物（PM2.5）浓度下降。", "审议通过《中长期规划》，并印发。", "一、总体要求", "甲", "乙",
    ]  # fmt: skip
    prose = "完善资本市场基础制度建设，推进要素市场化配置。加强监管，防范风险，支持民营企业发展。完善资本市场基础制"
    assert of(prose, "度。扎实推进改革。").text == f"{prose}度。扎实推进改革。"


@pytest.mark.parametrize(
    ("line", "outlet", "official"),
    [
        ("来源：新华网", "新华社", True),
        ("发布时间：2026-01-16 09:00 来源：工信部", "工业和信息化部", True),
        ("🐯Read original on 虎嗅", "虎嗅", False),
        ("Original source: 36Kr ↗", "36氪", False),
        ("Source: Xinhua", "新华社", True),
        ("新华社北京4月3日电 记者获悉，会议于近日召开。", "新华社", True),
        ("来源：某地方晚报", "某地方晚报", False),
        ("数据来源于企业填报，由各地负责汇总。", "", False),
    ],
)
def test_outlets(line: str, outlet: str, official: bool) -> None:
    document = of("会议强调加快创新", line, "会议指出，要加快建设现代化产业体系，推进新型工业化。")
    assert (document.outlet, document.official) == (outlet, official)


@pytest.mark.parametrize(
    ("address", "outlet", "official"),
    [
        ("https://www.miit.gov.cn/zwgk/a.html", "工业和信息化部", True),
        ("https://kjj.somewhere.gov.cn/a.html", "", True),
        ("http://paper.people.com.cn/a.html", "人民日报", True),
        ("https://notgov.cn/a", "", False),
        ("https://gov.cn.evil.com/a", "", False),
        ("https://36kr.com/p/1", "36氪", False),
    ],
)
def test_official_by_address(address: str, outlet: str, official: bool) -> None:
    document = of("正文。", address=address)
    assert (document.outlet, document.official) == (outlet, official)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("发布时间：2026-01-16 09:30", date(2026, 1, 16)),
        ("Published on Jan 16, 2026", date(2026, 1, 16)),
        ("（2026年1月16日）", date(2026, 1, 16)),
        ("二〇二六年一月十六日", date(2026, 1, 16)),
        ("——2022年3月5日在第十三届全国人民代表大会第五次会议上", date(2022, 3, 5)),
        ("本办法自2026年3月1日起施行，有效期五年，原办法同时废止。", None),
        ("申报截止日期：2026年3月1日", None),
        ("2026年3月1日前", None),
        ("时间：2026年4月2日 地点：苏州", None),
        ("时间：2026-04-02 来源：科技日报", date(2026, 4, 2)),
        ("2026年4月2日至3日", None),
        ("2026年1月", None),
        ("4月3日", None),
    ],
)
def test_published(line: str, day: date | None) -> None:
    assert of("关于开展工作的通知", line, "各有关单位要认真执行，按时完成各项工作任务。").published == day
    assert of("标题", line, published="Fri, 2 Jan 2026 08:00:00 +0800").published == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("各有关单位应当按照 MIIT 的要求执行有关规定并按时报送", "zh"),
        (f"The ministry calls it 新质生产力 {'in all of its plans ' * 8}", "en"),
        ("The ministry said so today. 部门今天这样说过了。", "mixed"),
        ("2026", "en"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


@articles
def test_folder_of_sample_articles() -> None:
    found = {name: read(*prose) for name, prose in read_folder(ARTICLES).items() if name.startswith("article")}
    assert [(d.outlet, d.language, d.published, d.official) for d in found.values()] == [
        ("36氪", "en", None, False), ("虎嗅", "en", None, False), ("", "en", None, False),
    ]  # fmt: skip
    assert [len(d.title.split()) for d in found.values()] == [5, 7, 12]
    assert all(reports(document) == (document,) for document in found.values())
    headings = [text for kind, _, text in kinds(found["article_1.txt"]) if kind == "heading"]
    assert headings[1:4] == ["What Changed", "Why It Matters", "What To Do Next"]
    assert sum(kind == "item" for kind, _, _ in kinds(found["article_2.txt"])) == 3


@articles
def test_work_reports_are_one_report_each() -> None:
    found = [read(prose) for prose in read_prose(ARTICLES / "government_work_reports.jsonl")]
    assert len(found) == 12
    assert all(len(parts(document)) == 1 and document.language == "zh" for document in found)
    assert [d.published for d in found[:2]] == [date(2022, 3, 5), date(2021, 3, 5)]
    assert [t for k, _, t in kinds(found[0]) if k == "heading"][1:4] == [
        "一、2021年工作回顾", "二、2022年经济社会发展总体要求和政策取向", "三、2022年政府工作任务",
    ]  # fmt: skip
