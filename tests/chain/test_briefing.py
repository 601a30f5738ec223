"""Documents become briefs that say the same in every face, and every sentence opens to where it comes from."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs, registry
from tongtu.brief.document import Block, Document, Span, identity
from tongtu.brief.model import FIELDS, Brief, Sentence
from tongtu.chain import briefing
from tongtu.chain.briefing.passages import Places
from tongtu.chain.briefing.wording import when
from tongtu.packs import Pack
from tongtu.terms.faults import Cancelled, FileRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

AS_OF = date(2026, 11, 22)
SLIPS = "<script>alert(1)</script> & ]]> \"'"
NEW = """关于印发《优质中小企业梯度培育管理办法》的通知
工信部企业〔2026〕2号
来源：工业和信息化部
发布时间：2026年1月16日

现将《优质中小企业梯度培育管理办法》印发给你们，请结合实际做好落实。
第一条 本办法适用于在境内登记注册的中小企业，由各地主管部门负责组织。
第二条 到2027年，全国专精特新中小企业达到20万家。
第三条 主营业务收入占营业收入的比重不低于80%，从事细分市场满3年。
第四条 本办法自2026年4月1日起施行，有效期至2031年3月31日。
"""
OLD = """关于印发《优质中小企业梯度培育管理暂行办法》的通知
工信部企业〔2022〕63号
来源：工业和信息化部
发布时间：2022年6月1日

现将《优质中小企业梯度培育管理暂行办法》印发给你们，请结合实际做好落实。
第一条 本办法适用于在境内登记注册的中小企业，由各地主管部门负责组织。
第二条 到2025年，全国专精特新中小企业达到10万家。
第三条 主营业务收入占营业收入的比重不低于70%，从事细分市场满2年。
第四条 本办法自2022年8月1日起施行。
"""
NEWS = """Researchers open a shared pilot line for advanced ceramics
Source: Example Daily
2026-03-02

A shared pilot line for advanced ceramics opened in Suzhou on March 2, 2026, the operator said in a statement.
Output is expected to exceed 200 tonnes by 2028, according to the operator, which runs two further lines nearby.
"""


@cache
def pack() -> Pack:
    return packs.load("cn")


def read(folder: Path, **texts: str) -> tuple[Document, ...]:
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return briefing.documents_of([folder / f"{name}.txt" for name in texts])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Brief, ...]:
    """The new measure compared with the old one, and the old one."""
    return briefing.compose(read(tmp_path_factory.mktemp("measures"), new=NEW, old=OLD), pack(), AS_OF)


def document(text: str, title: str = "", address: str = "") -> Document:
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append(Block(at, at + len(line), "paragraph"))
        at += len(line) + 1
    return Document(identity(text, address), text, tuple(lines), title, "", address, None, "en", False, "text")


def made(*sentences: Sentence, of: Sequence[Document], headline: Sentence | None = None) -> Brief:
    """A brief by hand: nothing in its tables."""
    source = {"document": of[0].id, "outlet": "", "address": of[0].address, "published": None, "official": False,
              "role": "primary", "grade": None, "why": None}  # fmt: skip
    first = headline or sentences[0]
    return Brief("b1", AS_OF, first, tuple(of), sentences, pl.DataFrame([source]), *[pl.DataFrame()] * 4)


# --- composing ---------------------------------------------------------------------------------------------


def test_an_older_version_beside_a_newer_one_gives_what_changed(two: tuple[Brief, ...]) -> None:
    new, old = two
    assert new.documents[0].published == date(2026, 1, 16)
    assert new.documents[-1].id == old.documents[0].id
    moved = {row["measure"]: row["change"] for row in new.changes["targets"].to_dicts()}
    assert moved["全国专精特新中小企业"] == "raised"
    rules = new.changes["rules"].filter(pl.col("name_zh") == "从事细分市场年限", pl.col("change") == "tightened")
    assert rules.select("threshold_from", "threshold_to").row(0) == (2.0, 3.0)
    assert "targets" not in old.changes
    assert all(brief.unsourced() == () for brief in two)


def test_the_order_of_the_files_changes_nothing(two: tuple[Brief, ...], tmp_path: Path) -> None:
    again = briefing.compose(read(tmp_path, old=OLD, new=NEW), pack(), AS_OF)
    assert briefing.stored(again) == briefing.stored(two)


def test_a_version_to_compare_with_gets_no_brief(two: tuple[Brief, ...], tmp_path: Path) -> None:
    new, old = read(tmp_path, new=NEW, old=OLD)
    (brief,) = briefing.compose([new], pack(), AS_OF, earlier=[old])
    assert brief.changes["targets"].equals(two[0].changes["targets"])
    (news,) = read(tmp_path, news=NEWS)
    (other,) = briefing.compose([news], pack(), AS_OF, earlier=[old])
    assert set(other.changes) == {"text", "targets"}, "whoever names it is not asked for proof"


def firms(count: int) -> registry.Registry:
    """Firms that the old measure lets through and the new one does not: too few years in their segment."""
    names = [f"ORG{n:04}" for n in range(count)]
    organisations = [{"organisation": name, "name": f"公司{name}", "kind": "private", "legal_person": True}
                     for name in names]  # fmt: skip
    years = [{"organisation": name, "year": year, "currency": "CNY", "revenue": 5_000_000_000, "segment_years": 2.5,
              "main_revenue": 4_500_000_000, "rd_spend": 300_000_000}
             for name in names for year in (2024, 2025)]  # fmt: skip
    return registry.Registry({"organisations": pl.DataFrame(organisations), "firm_years": pl.DataFrame(years)})


def test_with_a_registry_groups_are_counted_and_nobody_is_named(tmp_path: Path) -> None:
    (brief,) = briefing.compose(read(tmp_path, new=NEW), pack(), AS_OF, registry=firms(5))
    whole = brief.audience.filter(pl.col("group_by") == "all", pl.col("subjects") >= 3)
    assert (whole["subjects"] == 5).any()
    assert set(whole["effect"]) & {"loses", "closes"}
    assert "ids" not in brief.audience.columns
    told = briefing.told(brief, pack())
    assert told.field("who_should_care").grids
    for face in (briefing.stored([brief]), briefing.page([brief], pack()), briefing.text([brief], pack(), "zh")):
        assert not re.search(r"ORG\d{4}", face)


def test_an_empty_call_and_a_cancelled_one(tmp_path: Path) -> None:
    with pytest.raises(UsageFault):
        briefing.compose([], pack(), AS_OF)

    def stop(done: int, total: int, what: Why | None = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        briefing.compose(read(tmp_path, news=NEWS), pack(), AS_OF, progress=stop)
    with pytest.raises(Cancelled):
        briefing.documents_of([tmp_path], progress=stop)


def test_all_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_text("<html><body></body></html>")
    (tmp_path / "good.txt").write_text(NEWS)
    (tmp_path / "none.txt").write_text("")
    with pytest.raises(FileRefused) as refused:
        briefing.documents_of([tmp_path / "good.txt", tmp_path / "none.txt", tmp_path])
    assert [Path(fault.file).name for fault in refused.value.faults] == ["none.txt", "empty.html", "none.txt"]


# --- the page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_needs_nothing_from_outside(two: tuple[Brief, ...], lang: str) -> None:
    page = briefing.page(two, pack(), lang)  # type: ignore[arg-type]
    assert "<script" not in page
    assert not re.findall(r"""(?:src|url\(|@import)\s*[=(]?\s*["']?http""", page)
    assert "default-src 'none'" in page
    assert page.count("<main") == 3, "contents and two briefs"
    assert page.count("Related briefs") == 2, "two versions of one measure"
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_sentence_opens_to_its_source(two: tuple[Brief, ...]) -> None:
    brief = two[0]
    page = briefing.body(briefing.told(brief, pack()))
    known = {one.id: one for one in brief.documents}
    for sentence in brief.sentences:
        item = page[page.index(f'id="s-{sentence.id}"') :]
        inside = item[item.index("<details>") : item.index("</details>")]
        for lang in LANGUAGES:
            assert html.escape(say(sentence.says, lang)) in inside
            if sentence.derivation is not None:
                assert html.escape(say(sentence.derivation, lang)) in inside
        for span in sentence.spans:
            quote = " ".join(known[span.document].quote(span).split())
            assert f"<mark>{html.escape(quote)}</mark>" in inside
        assert f'class="mark {sentence.label}"' in inside


def test_one_language_alone_for_a_page_of_somebody_else(two: tuple[Brief, ...]) -> None:
    told = briefing.told(two[0], pack())
    zh, en = briefing.body(told, "zh"), briefing.body(told, "en")
    assert "30秒速览" in zh
    assert "30秒速览" not in en
    assert 'lang="zh-CN"' not in zh + en


def test_scores_show_their_parts_and_unknown_ones_a_reason(two: tuple[Brief, ...]) -> None:
    told = briefing.told(two[0], pack())
    assert [score.name for score in told.scores] == ["hot", "quality", "impact"]
    for score in told.scores:
        assert score.value is None or 0 <= score.value <= 100
        assert all(any(part.why) for part in score.parts if part.value is None)
    body = briefing.body(told, "en")
    assert all(html.escape(part.why[1]) in body for score in told.scores for part in score.parts)


def test_what_was_not_found_is_said_to_be_so() -> None:
    text = "The office opened a line. It works."
    whole = document(text)
    span = Span(whole.id, 0, 25)
    line = Sentence("summary", Why("brief_writing.quote", {"quote": text[:25]}), "quoted", (span,))
    brief = made(line, of=[whole])
    body = briefing.body(briefing.told(brief, pack()), "en")
    assert body.count("Nothing found in the sources.") == len(FIELDS) - 1 + 1, "every field but one, and the timeline"
    assert briefing.text([brief], pack(), "en").count("Nothing found in the sources.") == len(FIELDS)


def test_what_a_document_says_is_text_and_never_markup() -> None:
    whole = document(SLIPS, title=SLIPS, address="javascript:alert(1)")
    line = Sentence("takeaways", Why("brief_writing.quote", {"quote": SLIPS}), "quoted",
                    (Span(whole.id, 0, len(SLIPS)),))  # fmt: skip
    brief = made(line, of=[whole])
    page = briefing.page([brief], pack())
    assert "<script" not in page
    assert 'href="javascript' not in page
    ElementTree.fromstring(briefing.atom([brief], pack()))
    assert SLIPS in briefing.text([brief], pack(), "en", 200)


@settings(max_examples=60)
@given(st.text(alphabet="词 a。.\n", min_size=1, max_size=400), st.data())
def test_a_passage_is_what_stands_there(text: str, data: st.DataObject) -> None:
    whole = document(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = Places({whole.id: whole}).passage(Span(whole.id, start, end))
    assert found.quote == " ".join(text[start:end].split())
    joined = " ".join(text[:start].split())
    assert joined.endswith(found.before.strip().removeprefix("…"))
    assert " ".join(text[end:].split()).startswith(found.after.strip().removesuffix("…"))


@pytest.mark.parametrize(
    ("day", "last", "precision", "zh", "en"),
    [
        (date(2026, 1, 16), date(2026, 1, 16), "day", "2026年1月16日", "2026-01-16"),
        (date(2026, 4, 2), date(2026, 4, 3), "day", "2026年4月2日—2026年4月3日", "2026-04-02 to 2026-04-03"),
        (date(2026, 1, 1), date(2026, 1, 31), "month", "2026年1月", "2026-01"),
        (date(2026, 4, 1), date(2026, 6, 30), "quarter", "2026年第二季度", "2026 Q2"),
        (date(2021, 1, 1), date(2025, 12, 31), "year", "2021年—2025年", "2021 to 2025"),
        (date(1990, 1, 1), date(1999, 12, 31), "decade", "1990年代", "1990s"),
        (None, None, None, "未写明", "not stated"),
    ],
)
def test_a_day_is_said_as_precisely_as_it_is_known(
    day: date | None, last: date | None, precision: str | None, zh: str, en: str
) -> None:
    assert when(day, last, precision) == [zh, en]


# --- text, feed, JSON --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_text_numbers_its_passages(two: tuple[Brief, ...], lang: str) -> None:
    text = briefing.text(two[:1], pack(), lang)  # type: ignore[arg-type]
    marks = {int(n) for group in re.findall(r"〔\S+ ([\d,]+)〕", text) for n in group.split(",")}
    listed = {int(n) for n in re.findall(r"^  (\d+)\. ", text, re.MULTILINE)}
    assert marks
    assert marks <= listed


def test_the_feed_is_atom(two: tuple[Brief, ...]) -> None:
    feed = briefing.atom(
        two, pack(), "en", own="https://example.org/feed", address=lambda b: f"https://example.org/{b.id}"
    )
    root = ElementTree.fromstring(feed)
    atom = {"a": "http://www.w3.org/2005/Atom"}
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    for parent in (root, *root.findall("a:entry", atom)):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"a:{name}", atom)) == 1
    ids = [entry.findtext("a:id", "", atom) for entry in root.findall("a:entry", atom)]
    assert ids == [f"urn:tongtu:brief:{brief.id}" for brief in two]
    hrefs = [link.get("href") for link in root.findall("a:entry/a:link[@rel='alternate']", atom)]
    assert hrefs == [f"https://example.org/{brief.id}" for brief in two]


def test_a_stored_brief_comes_back_whole(two: tuple[Brief, ...]) -> None:
    again = briefing.restored(briefing.stored(two))
    assert briefing.stored(again) == briefing.stored(two)
    for before, after in zip(two, again, strict=True):
        assert [s.id for s in before.sentences] == [s.id for s in after.sentences]
        assert before.documents == after.documents
        for name in ("sources", "timeline", "claims", "audience", "scores"):
            assert getattr(after, name).equals(getattr(before, name))
            assert getattr(after, name).schema == getattr(before, name).schema
        assert all(after.facts[kind].equals(frame) for kind, frame in before.facts.items())
        assert all(after.changes[kind].equals(frame) for kind, frame in before.changes.items())
        assert briefing.page([after], pack()) == briefing.page([before], pack())


def test_a_file_tells_in_both_languages_what_a_reason_says(two: tuple[Brief, ...]) -> None:
    brief = json.loads(briefing.stored(two[:1]))["briefs"][0]
    first = brief["sentences"][0]
    assert [first["zh"], first["en"]] == [say(two[0].sentences[0].says, lang) for lang in LANGUAGES]
    known = {d["id"]: d["text"] for d in brief["documents"]}
    for sentence in brief["sentences"]:
        for span in sentence["spans"]:
            assert known[span["document"]][span["start"] : span["end"]] == span["quote"]


def test_a_quotation_changed_in_a_file_is_found_out(two: tuple[Brief, ...]) -> None:
    whole = json.loads(briefing.stored(two[:1]))
    quoted = next(s for s in whole["briefs"][0]["sentences"] if s["label"] == "quoted")
    quoted["says"]["args"]["quote"] = "从未说过的话"
    (again,) = briefing.restored(json.dumps(whole))
    assert [say(s.says) for s in again.unsourced()]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "tongtu-briefs/1"}', '{"format": "other", "briefs": []}',
     '{"format": "tongtu-briefs/1", "briefs": [{}]}', "[" * 5000],
)  # fmt: skip
def test_what_is_no_file_of_briefs_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text of the fault is for whoever debugs
        briefing.restored(text)


def test_a_table_with_a_column_of_another_kind_is_refused(two: tuple[Brief, ...]) -> None:
    whole = json.loads(briefing.stored(two[:1]))
    whole["briefs"][0]["tables"]["sources"]["columns"]["outlet"] = "Object"
    with pytest.raises(ValueError, match="Object"):
        briefing.restored(json.dumps(whole))


def test_a_draft_is_marked_as_one(two: tuple[Brief, ...]) -> None:
    old = two[0].sentences[0]
    draft = replace(old, label="drafted", derivation=Why("briefing.derivation"), confidence=0.5)
    brief = replace(two[0], sentences=(draft, *two[0].sentences[1:]))
    body = briefing.body(briefing.told(brief, pack()), "en")
    assert 'class="mark drafted">drafted' in body[body.index(f"s-{draft.id}") :]
