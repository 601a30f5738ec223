"""Documents that repeat each other, report one event or are versions of one instrument: known truth recovered."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.brief import reading
from tongtu.brief.document import Document, identity
from tongtu.brief.facts import Facts, Lexicon, extract, lexicon
from tongtu.brief.gathering import DUPLICATES, EVENTS, SERIES, events, near_duplicates, series
from tongtu.registry.boundary import read_prose
from tongtu.terms.why import Why
from tongtu.terms.words import say
from tongtu.text.duplicates import PASSAGES, Sketches, shingles, similarity

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "briefs"


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def document(
    text: str, title: str = "", outlet: str = "", day: date | None = None, lang: str = "zh", official: bool = False
) -> Document:
    whole = f"{title}\n{text}" if title else text
    return Document(identity(whole, outlet), whole, (), title, outlet, "", day, lang, official, "text")


def facts_of(documents: Iterable[Document]) -> dict[str, Facts]:
    return {one.id: extract(one, words()) for one in documents}


# --- a drawn world: events, and reports of each by several outlets in two languages ----------------------------

MINISTRIES = (
    ("工业和信息化部", "工信部", "Ministry of Industry and Information Technology", "工信部联科"),
    ("科学技术部", "科技部", "Ministry of Science and Technology", "国科发高"),
    ("财政部", "财政部", "Ministry of Finance", "财建"),
    ("国家发展和改革委员会", "国家发展改革委", "National Development and Reform Commission", "发改高技"),
)
CITIES = (("苏州", "Suzhou"), ("合肥", "Hefei"), ("成都", "Chengdu"), ("西安", "Xi'an"), ("宁波", "Ningbo"))
OUTLETS = [
    ("财联社", "zh"), ("澎湃新闻", "zh"), ("证券时报", "zh"), ("科创日报", "zh"), ("界面新闻", "zh"),
    ("Reuters", "en"), ("Caixin Global", "en"), ("SCMP", "en"),
]  # fmt: skip
FIRMS = ("星衡", "云岭", "海拓", "启明芯", "远川", "凌波", "蓝屿", "瑞穹")


KINDS = ("notice", "meeting", "launch", "figures")
PLANS = ("产业创新发展", "中试能力建设", "标准体系建设", "人才培育", "场景应用推广", "质量提升")


@dataclass(frozen=True)
class Event:
    """What happened: every wording of it takes its words from `says`."""

    kind: str
    day: date
    ministry: str  # empty where none took part
    says: dict[str, dict[str, object]]  # language → placeholder → words


def drawn_event(draw: random.Random, begin: date) -> Event:
    labels = words().vocabularies["direction"]
    direction = labels[draw.choice(sorted(code for code, label in labels.items() if label.en))]
    name, short, english, sign = draw.choice(MINISTRIES)
    city, brand = draw.choice(CITIES), draw.choice(FIRMS) + draw.choice(("科技", "材料", "机器人"))
    kind, day = draw.choice(KINDS), begin + timedelta(draw.randrange(60))
    amount, count, share = draw.randint(12, 980) / 10, draw.randint(11, 480), draw.randint(31, 389) / 10
    shared = {
        "amount": amount, "count": count, "share": share, "sets": f"{count * 10000:,}",
        "money": f"{amount / 10:.2f} billion yuan", "number": f"{sign}〔{day.year}〕{draw.randint(2, 480)}号",
    }  # fmt: skip
    plan = direction.zh + draw.choice(PLANS) + draw.choice(("实施方案", "行动计划", "工作方案"))
    zh = {"d": direction.zh, "name": name, "short": short, "city": city[0], "plan": plan, "brand": brand,
          "firm": f"{brand}有限公司", "day": f"{day.month}月{day.day}日"}  # fmt: skip
    en = {"d": direction.en, "name": english, "city": city[1], "day": f"{day:%B} {day.day}"}
    return Event(kind, day, "" if kind == "launch" else name, {"zh": shared | zh, "en": shared | en})


@cache
def wordings() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "keys" / "reports.toml").read_text(encoding="utf-8"))


def told(event: Event, lang: str, draw: random.Random, manner: int) -> tuple[str, str, list[str]]:
    """A title, a lead and the details, in one of two manners of writing."""
    says = event.says[lang]
    if lang == "en" and draw.random() < 0.5:
        says = says | {"day": f"{says['day']}, {event.day.year}"}
    wording = wordings()[event.kind][lang][manner]
    details = [line.format(**says) for line in wordings()["details"][event.kind][lang]]
    return draw.choice(wording["titles"]).format(**says), draw.choice(wording["leads"]).format(**says), details


def reports(event: Event, draw: random.Random, manner: int) -> list[Document]:
    """Two to six reports of an event, in both languages; some outlets only pass on what another wrote."""
    made: list[Document] = []
    outlets = draw.sample(OUTLETS, draw.randint(2, 5)) + ([(event.ministry, "zh")] if event.ministry else [])
    for outlet, lang in outlets:
        day = event.day + timedelta(draw.choice((0, 0, 0, 1, 1, 2, 3)))
        title, lead, details = told(event, lang, draw, manner)
        rest = [line for line in details if draw.random() < 0.65] + draw.sample(wordings()["background"][lang], 2)
        draw.shuffle(rest)
        text = lead + "\n" + ("" if lang == "zh" else " ").join(rest)
        known = day if draw.random() < 0.9 else None
        made.append(document(text, title, outlet, known, lang, outlet == event.ministry))
    if draw.random() < 0.5:
        of = draw.choice(made)
        made.append(replace(copied(of, draw), published=(of.published or event.day) + timedelta(1)))
    return made


def copied(of: Document, draw: random.Random) -> Document:
    """Passed on by another outlet: a dateline in front, a few characters lost."""
    body = "".join(char for char in of.text if char == "\n" or draw.random() >= 0.01)
    line = f"（转载自{of.outlet}）" if of.language == "zh" else f"(Via {of.outlet}) "
    return document(line + body, of.title, "聚合" + of.outlet, of.published, of.language)


def world(seed: int, count: int, manner: int) -> tuple[list[Document], dict[str, int]]:
    """Reports of `count` events, in no order, and the event of each."""
    draw = random.Random(seed)
    truth: dict[str, int] = {}
    made: list[Document] = []
    for number in range(count):
        for report in reports(drawn_event(draw, date(2026, 3, 1)), draw, manner):
            if report.id not in truth:
                truth[report.id] = number
                made.append(report)
    draw.shuffle(made)
    return made, truth


def pairwise_scores(found: pl.DataFrame, truth: dict[str, int]) -> tuple[float, float]:
    """Precision and recall over pairs of documents that are said to be, or are, of one event."""
    event = dict(found.select("document", "event").iter_rows())
    said = {pair for pair in combinations(sorted(truth), 2) if event[pair[0]] == event[pair[1]]}
    true = {pair for pair in combinations(sorted(truth), 2) if truth[pair[0]] == truth[pair[1]]}
    return len(said & true) / max(len(said), 1), len(said & true) / len(true)


@cache
def drawn(seed: int, count: int, manner: int) -> tuple[list[Document], dict[str, Facts], dict[str, int], pl.DataFrame]:
    """Reports, their facts, their true events, and the events found."""
    made, truth = world(seed, count, manner)
    facts = facts_of(made)
    return made, facts, truth, events(made, facts)


# --- events ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("manner", [0, 1])
def test_reports_of_one_event_are_found_over_outlets_and_languages(manner: int) -> None:
    """35 events in two months, four ministries, five cities: many alike.

    The second manner was not built with, though some mends came from what it missed.
    """
    _, _, truth, found = drawn(21 + manner, 35, manner)
    precision, recall = pairwise_scores(found, truth)
    assert precision >= 0.93
    assert recall >= 0.9


def test_events_reach_over_languages() -> None:
    """Of the true pairs of a Chinese and an English report, most are found: nothing but facts joins them."""
    made, _, truth, found = drawn(22, 35, 1)
    event = dict(found.select("document", "event").iter_rows())
    across = [
        (a.id, b.id) for a, b in combinations(made, 2) if a.language != b.language and truth[a.id] == truth[b.id]
    ]  # fmt: skip
    assert sum(event[a] == event[b] for a, b in across) / len(across) >= 0.85


def test_every_report_has_one_place_and_a_reason_in_both_languages() -> None:
    made, _, _, found = drawn(21, 35, 0)
    assert found.schema == pl.Schema(EVENTS)
    assert sorted(found["document"]) == sorted(d.id for d in made)
    by_id = {d.id: d for d in made}
    for _, group in found.group_by("event", maintain_order=True):
        rows = group.to_dicts()
        assert [row["order"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row["role"] for row in rows].count("primary") == 1
        assert rows[0]["role"] == "primary"
        assert rows[0]["document"] == rows[0]["event"]
        assert by_id[rows[0]["document"]].official or not any(by_id[row["document"]].official for row in rows)
        days = [by_id[row["document"]].published for row in rows if by_id[row["document"]].published]
        first = [row for row in rows if row["role"] == "first"]
        if first:
            assert by_id[first[0]["document"]].published == min(days)
        originals = {row["document"] for row in rows if row["role"] != "copy"}
        for row in rows:
            assert (row["copy_of"] is None) == (row["role"] != "copy")
            assert row["copy_of"] is None or row["copy_of"] in originals
            for lang in ("zh", "en"):
                assert say(Why.from_json(row["why"]), lang)


def test_what_was_passed_on_is_a_copy_and_does_not_corroborate() -> None:
    draw = random.Random(5)
    event = drawn_event(draw, date(2026, 3, 1))
    title, lead, details = told(event, "zh", draw, 0)
    text = lead + "".join(details) + "".join(wordings()["background"]["zh"][:4])
    of = document(text, title, "财联社", event.day)
    other = document("".join(reversed(details)) + lead, title + "，各方关注", "界面新闻", event.day + timedelta(1))
    copies = [replace(copied(of, random.Random(n)), published=event.day + timedelta(n)) for n in (1, 2)]
    found = events([*copies, other, of], facts_of([*copies, other, of]))
    roles = {row["document"]: (row["role"], row["copy_of"]) for row in found.to_dicts()}
    assert roles[of.id] == ("primary", None)
    assert {roles[copy.id] for copy in copies} == {("copy", of.id)}


def test_the_official_source_is_primary_also_when_it_came_later() -> None:
    text = "4月2日，工业和信息化部印发《量子科技中试能力建设行动计划》（工信部联科〔2026〕77号），安排资金12.6亿元。"
    news = document(text + "业内人士认为影响深远。", "量子科技新计划", "财联社", date(2026, 4, 2))
    text = "各省：现印发给你们，请认真执行。" + text
    notice = document(text, "通知", "工业和信息化部", date(2026, 4, 3), official=True)
    found = events([news, notice], facts_of([news, notice])).to_dicts()
    assert [(row["document"], row["role"]) for row in found] == [(notice.id, "primary"), (news.id, "first")]
    assert "工信部联科〔2026〕77号" in say(Why.from_json(found[1]["why"]), "zh") + found[1]["why"]


def test_two_years_of_one_notice_are_two_events_however_alike() -> None:
    text = (
        "为做好{0}年度集群申报工作，现将《申报通知》（工信部企业〔{0}〕{1}号）印发给你们，请于{0}年5月31日前报送。" * 3
    )
    both = [
        document(text.format(year, number), f"{year}年度申报通知", "工业和信息化部", date(year, 4, 1), official=True)
        for year, number in ((2025, 31), (2026, 58))
    ]
    assert events(both, facts_of(both))["event"].n_unique() == 2


def test_order_and_repetition_of_the_input_change_nothing() -> None:
    made, facts, _, _ = drawn(21, 35, 0)
    some = made[:40]
    expected, expected_series = events(some, facts), series(some, facts)
    for seed in (1, 2):
        other = random.Random(seed).sample(some, len(some)) + some[:5]
        assert events(other, facts).equals(expected)
        assert series(other, facts).equals(expected_series)


def test_nothing_and_little_are_no_fault() -> None:
    empty = document("")
    assert events([], {}).is_empty()
    assert series([], {}).is_empty()
    assert near_duplicates({}).schema == pl.Schema(DUPLICATES)
    assert events([empty, document("……"), document("a")], {}).height == 3
    assert series([empty, document("", "通知"), document("x", "通知")], {}).schema == pl.Schema(SERIES)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs {DATA}")
def test_the_three_articles_are_three_events() -> None:
    """They come from one kind of aggregator and share its furniture, its section names and two dates of background."""
    made = [
        part for number in (1, 2, 3) for prose in read_prose(DATA / f"article_{number}.txt")
        for part in reading.reports(reading.read(prose))
    ]  # fmt: skip
    assert events(made, facts_of(made))["event"].n_unique() == len(made) == 3


@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs {DATA}")
def test_yearly_reports_are_a_series_and_each_an_event_of_its_own() -> None:
    lines = (DATA / "government_work_reports.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    made = [document(r["content"], r["title"], official=True) for r in map(json.loads, lines)]
    facts = facts_of(made)
    assert events(made, facts)["event"].n_unique() == 4
    by_id = {d.id: d.title for d in made}
    found = series(made, facts)
    assert [by_id[key][:4] for key in found["document"]] == ["2018", "2019", "2021", "2022"]
    assert found["order"].to_list() == [1, 2, 3, 4]


# --- near-duplicates -------------------------------------------------------------------------------------------

HAN = "高低介电损耗陶瓷基板毫米波天线模组用于第六代通信设备烧结温度强度导热系数测试平台中试验证"


def written(draw: random.Random, sentences: int) -> str:
    return "".join("".join(draw.choices(HAN, k=draw.randint(12, 30))) + "。" for _ in range(sentences))


def test_copies_excerpts_and_nothing_else_are_listed() -> None:
    draw = random.Random(4)
    whole = "\n".join(written(draw, 5) for _ in range(8))
    texts = {
        "whole": whole, "excerpt": "本报讯　" + whole.split("\n")[3], "two": "\n".join(whole.split("\n")[5:7]),
        "spoilt": "".join(char for char in whole if draw.random() > 0.05), "other": written(draw, 30), "short": "通知",
        "also short": "通知",
    }  # fmt: skip
    found = near_duplicates(texts)
    assert found.schema == pl.Schema(DUPLICATES)
    pairs = {(row["one"], row["other"]): row for row in found.to_dicts()}
    assert set(pairs) == {
        ("spoilt", "whole"), ("excerpt", "whole"), ("two", "whole"), ("excerpt", "spoilt"), ("spoilt", "two"),
        ("also short", "short"),
    }  # fmt: skip
    assert pairs["excerpt", "whole"]["contained"] > 0.95 > 0.4 > pairs["excerpt", "whole"]["similarity"]
    for (one, other), row in pairs.items():
        exact = similarity(shingles(texts[one], PASSAGES), shingles(texts[other], PASSAGES))
        assert (row["similarity"], row["contained"]) == exact
    assert near_duplicates(dict(reversed(texts.items()))).equals(found)
    assert near_duplicates(texts, at_least=0.99, contained_at_least=1.01).height == 1


def test_passages_that_were_passed_on_are_found_among_others() -> None:
    """A fifth of the sentences dropped, a thirtieth of the characters lost, a dateline in front."""
    draw = random.Random(9)
    texts = {f"{n:03}": written(draw, draw.randint(8, 30)) for n in range(150)}
    kept = Sketches(manner=PASSAGES)
    for key, text in texts.items():
        kept.add(key, text)
    hits = others = 0
    for key, text in texts.items():
        sentences = [sentence for sentence in text.split("。") if draw.random() > 0.2] or [text]
        asked = "".join(char for char in "。".join(sentences) if draw.random() > 1 / 30)
        found = [near.key for near in kept.near("新华社北京4月3日电" + asked)]
        hits, others = hits + (key in found), others + sum(other != key for other in found)
    assert hits >= 145
    assert others == 0


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.text(alphabet=HAN + "abc \n。", max_size=200), max_size=6))
def test_any_texts_give_ordered_pairs_once(texts: dict[str, str]) -> None:
    found = near_duplicates(texts)
    pairs = [(one, other) for one, other, *_ in found.iter_rows()]
    assert len(set(pairs)) == len(pairs)
    assert all(one < other for one, other in pairs)
    assert found["similarity"].is_sorted(descending=True)


# --- series ----------------------------------------------------------------------------------------------------


def measures(title: str, number: str, day: date | None, extra: str = "") -> Document:
    draw = random.Random(title + number)
    return document(f"{number}\n{written(draw, 12)}{extra}", title, "工业和信息化部", day, official=True)


def test_versions_of_a_measure_are_a_series_whatever_their_titles_add() -> None:
    old = measures("关于印发《示范企业梯度培育管理暂行办法》的通知", "工信部企业〔2022〕63号", date(2022, 6, 1))
    new = measures("示范企业梯度培育管理办法", "工信部企业〔2026〕2号", date(2026, 1, 12))
    reprint = replace(document(new.text.split("\n", 1)[1], new.title, "某网", date(2026, 2, 1), official=True))
    report = document(
        "新办法有六点变化。", "工信部印发《示范企业梯度培育管理办法》，六点变化", "财联社", date(2026, 1, 13)
    )
    made = [new, report, reprint, old, measures("示范项目资金管理办法", "财建〔2026〕9号", date(2026, 1, 1))]
    found = series(made, facts_of(made))
    assert found.schema == pl.Schema(SERIES)
    assert found.select("document", "order").rows() == [(old.id, 1), (new.id, 2)]
    assert set(found["series"]) == {old.id}
    assert all(say(Why.from_json(why), lang) for why in found["why"] for lang in ("zh", "en"))


def test_a_version_that_names_the_number_of_the_one_before_is_its_successor() -> None:
    old = measures("重点企业扶持办法", "工信部企业〔2021〕8号", None)
    new = measures("重点企业扶持管理办法", "工信部企业〔2025〕19号", None, "原办法（工信部企业〔2021〕8号）同时废止。")
    found = series([new, old], facts_of([new, old]))
    assert found.select("document", "order").rows() == [(old.id, 1), (new.id, 2)]
    assert "工信部企业〔2021〕8号" in say(Why.from_json(found["why"][1]), "zh")


def test_measures_of_one_name_from_two_issuers_are_no_series() -> None:
    one = measures("专项资金管理办法", "财建〔2024〕148号", date(2024, 6, 1))
    other = measures("专项资金管理办法", "国科发资〔2025〕20号", date(2025, 6, 1))
    assert series([one, other], facts_of([one, other])).is_empty()


def test_english_yearly_reports_are_a_series() -> None:
    made = [
        document(f"Growth was {year % 100}.3%.", f"Annual Report on Robotics {year}", lang="en")
        for year in (2025, 2023, 2024)
    ]
    found = series(made, facts_of(made))
    by_id = {d.id: d.title[-4:] for d in made}
    assert [by_id[key] for key in found["document"]] == ["2023", "2024", "2025"]
