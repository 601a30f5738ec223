"""Watching: what is followed is found, a digest keeps its budget, and a correction loses nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.brief.document import Document, Span, identity
from tongtu.brief.facts import Lexicon, extract, lexicon
from tongtu.brief.model import COMPUTED, QUOTED, Brief, Sentence
from tongtu.brief.watch import (
    FOLLOWS,
    SENT,
    Correction,
    correct,
    delay,
    delays,
    digest,
    fingerprint,
    importance,
    matches,
    related,
)
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, say
from tongtu.terms.words.catalogue import entries, missing

DAY = date(2031, 5, 12)
KINDS = ("directions", "actors", "numbers", "instruments")


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def document(text: str, title: str = "", *, published: date | None = DAY, outlet: str = "") -> Document:
    whole = f"{title}\n{text}" if title else text
    return Document(identity(whole, outlet), whole, (), title, outlet, "", published, "zh", True, "text")


def brief(
    name: str, *documents: Document, as_of: date = DAY, read: bool = False, sentences: tuple[Sentence, ...] = (),
    **scored: float | None,
) -> Brief:  # fmt: skip
    first = documents[0]
    found = [extract(one, words()) for one in documents] if read else []
    facts = {kind: pl.concat([getattr(f, kind) for f in found]) for kind in KINDS} if read else {}
    scores = pl.DataFrame(
        [(score, None, value) for score, value in scored.items()],
        schema={"score": pl.String, "part": pl.String, "value": pl.Float64}, orient="row",
    )  # fmt: skip
    roles = ["primary"] + ["corroborating"] * (len(documents) - 1)
    sources = pl.DataFrame({"document": [d.id for d in documents], "role": roles})
    headline = Sentence("summary", Why("brief_watch.corrected", {"text": Label(first.title or name)}), COMPUTED,
                        (Span(first.id, 0, 1),))  # fmt: skip
    empty = pl.DataFrame()
    return Brief(name, as_of, headline, documents, sentences, sources, empty, empty, empty, scores, facts)


def follows(*rows: tuple[str, str, str, str] | tuple[str, str, str, str, list[str]]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None)[:5] for row in rows], schema=FOLLOWS, orient="row")


def codes(frame: pl.DataFrame) -> list[str]:
    """The codes of a frame's reasons, each of which is spoken in full in both languages."""
    reasons = [Why.from_json(why) for why in frame["why"]]
    for why in reasons:
        for lang in LANGUAGES:
            assert not re.search(r"brief_watch|\{[a-z]+\}", say(why, lang))
    return [why.code for why in reasons]


# follows


def test_topics_directions_and_organisations_are_found_where_they_are_said_best() -> None:
    title = "关于开展工业母机攻关的通知"
    one = brief("b", document("中国科学院牵头，人形机器人与工业母机并重。AI is named once.", title), read=True)
    table = follows(
        ("t", "ann", "topic", "工业母机 攻关"), ("no", "ann", "topic", "工业母机 海洋牧场"),
        ("latin", "ann", "topic", "ai"), ("part", "ann", "topic", "nam"),
        ("org", "ann", "organisation", "ORG-1", ["中国科学院", "CAS"]), ("d", "ann", "direction", "no-such-direction"),
    )  # fmt: skip
    found = matches(one, table)
    assert dict(found.select("follow", "place").iter_rows()) == {"t": "headline", "org": "fact", "latin": "text"}
    assert found["strength"].is_sorted(descending=True)
    assert codes(found)
    text = one.documents[0].text
    for row in found.iter_rows(named=True):
        assert text[row["start"] : row["end"]] in title + "中国科学院AI"
    code = one.facts["directions"]["direction"].to_list()[0]
    wanted, names = follows(("d", "ann", "direction", code)), packs.load("cn").vocabularies["direction"]
    assert matches(one, wanted)["strength"][0] >= 0.5
    for why in (matches(one, wanted, directions=names), digest([one], wanted, as_of=DAY, directions=names).items):
        assert names[code].zh in say(Why.from_json(why["why"][0]))


def test_a_follow_that_says_nothing_is_named() -> None:
    table = follows(("a", "ann", "topic", " "), ("b", "ann", "colour", "red"))
    with pytest.raises(DataRefused) as caught:
        matches(brief("b", document("x")), table)
    assert [fault.what.code for fault in caught.value.faults] == [
        "brief_watch.empty-follow",
        "brief_watch.unknown-kind",
    ]
    with pytest.raises(DataRefused):
        matches(brief("b", document("x")), table.drop("reader"))


# digests

_ONE = st.tuples(st.integers(0, 5), st.none() | st.integers(0, 3), st.integers(0, 6), st.booleans())


@settings(max_examples=25, deadline=None)
@given(st.lists(_ONE, max_size=9), st.integers(0, 4), st.sampled_from(["day", "week"]), st.lists(st.integers(0, 3)))
def test_never_above_the_budget_nothing_twice_nothing_lost(
    given_: list[tuple[int, int | None, int, bool]], budget: int, every: str, steps: list[int]
) -> None:
    topics = follows(("f", "ann", "topic", "芯片"), ("g", "bob", "topic", "芯片"))
    briefs = [
        brief(f"b{at}-{name}", document(f"芯片{at}"), as_of=DAY + timedelta(days=day), impact=score)
        for at, (name, score, day, _) in enumerate(given_)
    ]
    sent = pl.DataFrame(schema=SENT)
    for round_, step in enumerate([*steps[:5], 1]):
        today = DAY + timedelta(days=sum(steps[:round_]) + step)
        found = digest(briefs, topics, as_of=today, every=every, budget={"ann": budget}, sent=sent)  # type: ignore[arg-type]
        assert digest(briefs[::-1], topics, as_of=today, every=every, budget={"ann": budget}, sent=sent).items.equals(  # type: ignore[arg-type]
            found.items
        )
        for reader, row in zip(("ann", "bob"), found.readers.iter_rows(named=True), strict=True):
            mine, left = (frame.filter(pl.col("reader") == reader) for frame in (found.items, found.left_out))
            assert (row["sent"], row["left_out"] + row["repeated"]) == (mine.height, left.height)
            assert row["matched"] == mine.height + left.height
            assert row["before"] + row["sent"] <= max(row["budget"], row["before"])
            marks = [-1.0 if x is None else x for x in mine["importance"]]
            assert marks == sorted(marks, reverse=True)
        sent = pl.concat([sent, found.record])
    keys = list(sent.select("reader", "brief", "fingerprint").iter_rows())
    assert len(keys) == len(set(keys))
    length = 1 if every == "day" else 7
    for day in sent["day"].unique():
        window = sent.filter(
            (pl.col("reader") == "ann") & pl.col("day").is_between(day - timedelta(days=length - 1), day)
        )
        assert window.height <= budget


def test_a_brief_goes_out_again_only_when_it_changed() -> None:
    doc = document("芯片产业")
    one, table = brief("b", doc), follows(("f", "ann", "topic", "芯片"))
    first = digest([one], table, as_of=DAY)
    assert first.items["again"].to_list() == [False]
    again = digest([one], table, as_of=DAY, sent=first.record)
    assert again.items.is_empty()
    assert again.left_out["reason"].to_list() == ["repeated"]
    rescored = brief("b", doc, impact=99.0)
    assert digest([rescored], table, as_of=DAY, sent=first.record).items.is_empty()
    said = Sentence("summary", Why("brief_watch.corrected", {"text": Label("新")}), COMPUTED, (Span(doc.id, 0, 2),))
    changed = replace(one, sentences=(said,))
    third = digest([changed], table, as_of=DAY, sent=first.record)
    assert third.items["again"].to_list() == [True]
    # The same event under another id, an official report now in front of the one that was sent.
    official = brief("c", document("芯片产业政策"), doc)
    assert digest([official], table, as_of=DAY, sent=first.record).items["again"].to_list() == [True]


def test_the_most_important_come_first_and_the_rest_is_named() -> None:
    table = follows(("f", "ann", "topic", "芯片"))
    briefs = [brief(f"b{n}", document(f"芯片{n}"), impact=float(n), hot=50.0) for n in range(5)]
    briefs.append(brief("unknown", document("芯片"), impact=None))
    found = digest(briefs, table, as_of=DAY, budget=2)
    assert found.items["brief"].to_list() == ["b4", "b3"]
    assert found.left_out["brief"].to_list() == ["b2", "b1", "b0", "unknown"]
    assert all(codes(frame) for frame in (found.items, found.left_out, found.readers))
    assert found.readers.select("budget", "before", "matched", "sent", "left_out").row(0) == (2, 0, 6, 2, 4)
    assert importance(briefs[4]) == pytest.approx((4 * 0.5 + 50 * 0.3) / 0.8)
    assert importance(briefs[-1]) is None
    assert importance(briefs[4], {"impact": 1.0}) == 4.0
    assert fingerprint(briefs[0]) == fingerprint(briefs[0]) != fingerprint(briefs[1])


def test_ties_fall_by_id_and_old_briefs_wait_for_since() -> None:
    table = follows(("f", "ann", "topic", "芯片"))
    briefs = [brief(name, document(f"芯片{name}")) for name in "cab"]
    assert digest(briefs, table, as_of=DAY).items["brief"].to_list() == ["a", "b", "c"]
    later = DAY + timedelta(days=3)
    assert digest(briefs, table, as_of=later).items.is_empty()
    assert digest(briefs, table, as_of=later, every="week").items.height == 3
    assert digest(briefs, table, as_of=later, since=DAY - timedelta(days=1)).items.height == 3
    assert digest(briefs, table, as_of=DAY - timedelta(days=1)).items.is_empty()


def test_a_strange_period_or_budget_is_refused() -> None:
    table = follows(("f", "ann", "topic", "x"))
    with pytest.raises(UsageFault) as caught:
        digest([], table, as_of=DAY, every="hour", budget={"ann": -1})  # type: ignore[arg-type]
    assert len(caught.value.faults) == 2
    assert digest([], table, as_of=DAY).readers["sent"].to_list() == [0]


# related


def test_related_briefs_say_by_what() -> None:
    number = "工信部企业〔2031〕7号"
    one = brief(
        "one", document(f"工业和信息化部印发《量子计算中试办法》（{number}），量子计算中试平台建设提速。"), read=True
    )
    near = brief("near", document(f"多地落实{number}，量子计算中试平台开放测试。"), read=True)
    far = brief("far", document("某县举办春季农产品展销，苹果与梨销路好。"), read=True)
    words_only = brief("words", document("量子计算中试平台建设提速，各地开放中试平台。"), read=True)
    found = related(one, [far, near, words_only, one])
    assert found["other"].to_list()[0] == "near"
    assert "far" not in found["other"].to_list()
    assert "number" in found["by"][0]
    assert number in say(Why.from_json(found["why"][0]))
    assert found.equals(related(one, [words_only, one, near, far]))
    assert set(codes(found)) == {"brief_watch.related"}
    assert found["score"].is_between(0, 1).all()
    assert related(one, []).is_empty()


def test_what_all_share_relates_nobody() -> None:
    texts = ["苹果", "钢铁与矿石", "港口吞吐", "海洋牧场", "风电叶片"]
    briefs = [brief(f"b{at}", document(f"{word}：国务院发布。"), read=True) for at, word in enumerate(texts)]
    assert not any("actor" in by for by in related(briefs[0], briefs[1:], at_least=0.0)["by"])


# delays


def test_the_delay_runs_from_the_first_publication() -> None:
    days = {"甲": DAY, "乙": DAY - timedelta(days=3), "丙": None, "丁": DAY + timedelta(days=9)}
    told = [document("新闻", published=day, outlet=outlet) for outlet, day in days.items()]
    table = delay(brief("x", *told), DAY + timedelta(days=1))
    assert table["days"].to_list() == [1, 4, None, None, 4]
    assert table["document"].to_list()[-1] is None
    assert codes(table)[2:4] == ["brief_watch.delay-unknown", "brief_watch.delay-ahead"]
    total = delays([table, delay(brief("y", told[1]), DAY)])
    assert total.row(0)[:5] == (None, 2, 2, 3.5, 4)
    assert dict(total.select("outlet", "known").iter_rows())["丙"] == 0
    assert delays([]).is_empty()
    assert set(codes(total)) == {"brief_watch.delays"}


# corrections


def sentence(text: str, doc: Document, start: int = 0, end: int = 2) -> Sentence:
    why = Why("brief_watch.corrected", {"text": Label(text, text)})
    return Sentence("takeaways", why, COMPUTED, (Span(doc.id, start, end),))


def test_a_correction_rewords_and_the_old_wording_stays_on_record() -> None:
    doc = document("门槛为5000万元。门槛另有说明。")
    first, second = sentence("甲", doc), sentence("乙", doc, 2, 4)
    one = brief("b", doc, sentences=(first, second))
    done = correct(one, [Correction(first.id, "ann", DAY, "数字有误", zh="应为6000万元", en="It is CNY 60 m")])
    new = done.brief.sentences[0]
    assert (say(new.says), say(new.says, "en")) == ("应为6000万元", "It is CNY 60 m")
    assert (new.spans, new.label, new.field) == (first.spans, COMPUTED, first.field)
    assert new.derivation is not None
    assert new.derivation.args["before"] == first.says
    assert done.brief.sentences[1] == second
    row = done.record.row(0, named=True)
    assert (row["sentence"], row["now"], row["state"]) == (first.id, new.id, "applied")
    assert Why.from_json(row["before"]) == first.says
    assert not done.faults
    assert one.sentences == (first, second)
    # Later corrections may name the corrected sentence or the first one; the last one holds, all are kept.
    more = [Correction(new.id, "bob", DAY + timedelta(days=1), "措辞", zh="六千万元"),
            Correction(first.id, "ann", DAY + timedelta(days=2), "收回", withdraw=True),
            Correction(first.id, "ann", DAY, "数字有误", zh="应为6000万元", en="It is CNY 60 m")]  # fmt: skip
    again = correct(one, more)
    assert codes(again.record)
    assert again.record["state"].to_list() == ["superseded", "superseded", "withdrawn"]
    assert again.brief.sentences == (second,)
    assert again.record.equals(correct(one, more[::-1]).record)


def test_a_quotation_must_stand_in_the_source() -> None:
    doc = document("门槛为5000万元。门槛另有说明。门槛为5000万元。")
    first = sentence("甲", doc, 16, 18)
    one = brief("b", doc, sentences=(first,))
    good = correct(one, [Correction(first.id, "ann", DAY, "引用原文", quote="门槛为5000万元")])
    new = good.brief.sentences[0]
    assert (new.label, new.spans[0].start) == (QUOTED, doc.text.rfind("门槛为"))
    assert not good.brief.unsourced()
    bad = correct(one, [Correction(first.id, "ann", DAY, "引用原文", quote="门槛为9000万元")])
    assert bad.brief.sentences == (first,)
    assert bad.record["state"].to_list() == ["refused"]
    assert bad.faults[0].what.code == "brief_watch.correction-not-in-source"


REFUSED = {
    "brief_watch.correction-lost": {"sentence": "0123456789ab", "zh": "新"},
    "brief_watch.correction-unclear": {"zh": "新", "withdraw": True},
    "brief_watch.correction-unreasoned": {"zh": "新", "reason": "  "},
    "brief_watch.correction-long": {"zh": "新" * 601},
    "brief_watch.headline-stays": {"sentence": "headline", "withdraw": True},
}


@pytest.mark.parametrize(("code", "given_"), REFUSED.items())
def test_what_cannot_be_corrected_is_named_and_kept(code: str, given_: dict[str, Any]) -> None:
    doc = document("门槛为5000万元。")
    first = sentence("甲", doc)
    one = brief("b", doc, sentences=(first,))
    name = {"headline": one.headline.id}.get(given_.get("sentence", ""), given_.get("sentence", first.id))
    done = correct(one, [Correction(**{"reader": "ann", "day": DAY, "reason": "错", **given_, "sentence": name})])
    assert done.brief.sentences == (first,)
    (fault,) = done.faults
    assert fault.what.code == code
    assert done.record.height == 1
    assert fault.repair is not None
    assert all(say(told, lang) for told in (fault.what, fault.repair) for lang in LANGUAGES)


def test_the_headline_can_be_reworded_and_hidden_signs_go() -> None:
    doc = document("门槛")
    one = brief("b", doc)
    done = correct(one, [Correction(one.headline.id, "ann", DAY, "更准确", zh="新\u202e标题\n二")])
    assert say(done.brief.headline.says) == "新 标题 二"
    assert done.record["field"].to_list() == ["summary"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("01x"), st.text(max_size=8), st.text(max_size=4), st.booleans()), max_size=6))
def test_no_correction_is_lost(given_: list[tuple[str, str, str, bool]]) -> None:
    doc = document("门槛为5000万元。门槛另有说明。")
    sentences = (sentence("甲", doc), sentence("乙", doc, 2, 4))
    ids = {"0": sentences[0].id, "1": sentences[1].id, "x": "gone"}
    one = brief("b", doc, sentences=sentences)
    asked = [Correction(ids[at], "ann", DAY, reason, zh=text, withdraw=out) for at, text, reason, out in given_]
    done = correct(one, asked)
    assert done.record.height == len(asked)
    assert len(done.faults) == done.record.filter(pl.col("state").is_in(["lost", "refused"])).height
    assert not done.brief.unsourced()
    assert done.record.equals(correct(one, asked[::-1]).record)


def test_every_word_is_in_both_languages() -> None:
    assert [fault for name in entries("brief_watch") for fault in missing(f"brief_watch.{name}")] == []
