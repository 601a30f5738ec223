"""A market that stands: what `meet` says at once, who asks in reverse, and nothing lost or leaked."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from market import AS_OF, GLOSSARY, NEED, OFFER, indicator, registry

from tongtu.match import meet
from tongtu.match.market import Terms
from tongtu.match.sides import CLASSES, listings
from tongtu.match.standing import Desk
from tongtu.match.standing.names import Names
from tongtu.registry import Registry, concepts, noun, vocabularies
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import entries, missing

TEXTS = (
    "毫米波天线用，介电损耗低。",
    "KrF光刻胶树脂",
    "laser and lidar for vehicles",
    "粉体与浆料，低温共烧陶瓷",
    "基板烧结工艺",
)
OFFERS = [
    {**OFFER, "achievement": f"A{k}", "title": f"{OFFER['title']}{k}" if k % 2 else text, "text": text, "trl": 3 + k}
    for k, text in enumerate(TEXTS)
]
NEEDS = [
    NEED,
    {"need": "N2", "organisation": "F2", "title": "光刻胶", "text": "KrF光刻胶树脂国产化", "trl_min": 4},
    {"need": "N3", "organisation": "F2", "title": "车载激光雷达", "text": "lidar, 10 GHz", "direction": "ic"},
]
STATED = [
    indicator("I1", "N1", "le", 0.002, must=True),
    indicator("I2", "A0", "eq", 0.001),
    indicator("I3", "A1", "eq", 0.01),
    indicator("I4", "N3", "ge", 10.0, "GHz", quantity="频率"),
    indicator("I5", "A2", "ge", 12000.0, "MHz", quantity="频率"),
]


def market(**tables: list[dict[str, Any]]) -> Registry:
    return registry(**{"needs": NEEDS, "achievements": OFFERS, "indicators": STATED, **tables})


def desk(reg: Registry, see: str = "core", ask: str = "need", answer: str = "achievement", **more: Any) -> Desk:
    return Desk(reg, Terms(AS_OF, GLOSSARY, vocabularies(), see), ask, answer, **more)


def listing(reg: Registry, kind: str, key: str) -> pl.DataFrame:
    return listings(reg, kind).filter(id=key)


def stated(key: str, rows: list[dict[str, Any]] = STATED) -> pl.DataFrame:
    return Registry({"indicators": pl.DataFrame(rows, infer_schema_length=None)})["indicators"].filter(subject=key)


def met(reg: Registry, need: str, see: str = "core") -> pl.DataFrame:
    found = meet(reg, ask="need", answer="achievement", glossary=GLOSSARY, as_of=AS_OF, see=see)
    return found.pairs.filter(question=need).drop("question")


@pytest.mark.parametrize("need", ["N1", "N2", "N3"])
def test_a_question_that_stands_is_answered_as_meet_answers_it(need: str) -> None:
    reg = market()
    found = desk(reg).answers(listing(reg, "need", need), stated(need))
    assert found.equals(met(reg, need).select(found.columns))


def test_a_new_question_differs_in_the_latent_space_alone() -> None:
    """What the pair's other signals say does not depend on whether the question was there before."""
    reg, before = market(), market(needs=NEEDS[1:])
    pairs = {}
    for name, made in (("there", desk(reg)), ("new", desk(before))):
        with made._questions.provisional(made._posted("need", listing(reg, "need", "N1"), stated("N1"))) as n:
            pairs[name] = made._market().candidates([n], 60, 10, lambda *_: None).pairs.sort("a")
    shared = [
        "a", "lexical", "concepts", "indicators", "field", "readiness", "region", "freshness", "record", "priority",
        "met", "unmet", "unknown", "refused",
    ]  # fmt: skip
    both = [pairs[one].join(pairs[other], on="a", how="semi") for one, other in (("there", "new"), ("new", "there"))]
    assert both[0].height >= len(OFFERS) - 1  # what is near in a space may differ with it
    assert both[0].select(shared).equals(both[1].select(shared))


def test_asking_leaves_no_trace() -> None:
    reg = market()
    one = desk(reg)
    first = one.answers(listing(reg, "need", "N3"), stated("N3"))
    one.answers(
        listing(reg, "need", "N1").with_columns(id=pl.lit("N9"), title=pl.lit("全新词语 unheard")), stated("N1")
    )
    one.asked_by(listing(reg, "achievement", "A2").with_columns(text=pl.lit("另一些词 elsewhere")), stated("A2"))
    assert one.answers(listing(reg, "need", "N3"), stated("N3")).equals(first)
    assert len(one._questions) == len(NEEDS)


def test_an_answer_finds_its_standing_questions_with_the_scores_it_would_have() -> None:
    reg = market()
    found = desk(reg).asked_by(listing(reg, "achievement", "A2"), stated("A2"))
    assert found["question"][0] == "N3"
    assert found["rank"].to_list() == list(range(1, found.height + 1))
    for question, score, why in found.select("question", "score", "why").iter_rows():
        forward = met(reg, question).filter(answer="A2")
        assert (score, why) == (forward["score"][0], forward["why"][0])


def test_a_refused_question_is_not_found_in_reverse() -> None:
    reg = market()
    found = desk(reg).asked_by(listing(reg, "achievement", "A1"), stated("A1"))
    assert "N1" not in found["question"]  # 0.01 is not at most 0.002, which N1 must have


def test_what_is_added_is_found_by_the_next_question_and_what_is_removed_never() -> None:
    reg = market()
    one = desk(market(achievements=OFFERS[1:]))
    asked = listing(reg, "need", "N1"), stated("N1")
    assert "A0" not in one.answers(*asked)["answer"]
    one.add(listing(reg, "achievement", "A0"), stated("A0"))
    assert one.answers(*asked)["indicators_met"][0] == 1
    assert "A0" in one.answers(*asked)["answer"]
    assert one.remove("achievement", "A0")
    assert not one.remove("achievement", "A0")
    assert "A0" not in one.answers(*asked)["answer"]


def test_a_change_takes_the_place_of_what_was() -> None:
    changed = {**OFFERS[0], "title": "农机", "text": "拖拉机"}
    reg = market(achievements=[changed, *OFFERS[1:]], indicators=STATED[:1] + STATED[2:])
    one, asked = desk(market()), (listing(reg, "need", "N1"), stated("N1"))
    one.change(listing(reg, "achievement", "A0"))
    assert len(one._answers) == len(OFFERS)
    assert one.answers(*asked).filter(answer="A0", indicators_met=1).is_empty()
    one.compact()
    assert one.answers(*asked).equals(desk(reg).answers(*asked))


def test_questions_come_and_go_too() -> None:
    reg = market()
    one = desk(market(needs=NEEDS[:2]))
    offer = listing(reg, "achievement", "A2"), stated("A2")
    assert "N3" not in one.asked_by(*offer)["question"]
    one.add(listing(reg, "need", "N3"), stated("N3"))
    assert "N3" in one.asked_by(*offer)["question"]
    past = listing(reg, "need", "N3").with_columns(closes=pl.lit(date(2026, 1, 1)))
    one.change(past, stated("N3"))
    assert "N3" not in one.asked_by(*offer)["question"]


def test_a_copy_is_proposed_for_merging_and_not_merged() -> None:
    text = "毫米波天线模组用低介电损耗的低温共烧陶瓷基板，要求烧结温度低、翘曲小，可批量供货"
    one = desk(market(needs=[{**NEED, "text": text}, *NEEDS[1:]]))
    copy = listing(market(needs=[{**NEED, "need": "N8", "text": text.removesuffix("，可批量供货")}]), "need", "N8")
    (alike,) = one.add(copy)
    assert alike.id == "N1"
    assert 0.5 < alike.similarity < 1.0
    assert len(one._questions) == len(NEEDS) + 1
    assert one.add(listing(market(), "need", "N2")) == []


def test_after_compaction_nothing_differs_from_a_new_desk() -> None:
    reg = market()
    one = desk(market(achievements=OFFERS[:2], needs=NEEDS[:1]))
    for row in (*OFFERS[2:], OFFERS[0]):
        one.add(listing(reg, "achievement", row["achievement"]), stated(row["achievement"]))
    for row in NEEDS[1:]:
        one.add(listing(reg, "need", row["need"]), stated(row["need"]))
    one.remove("achievement", "A3")
    one.compact()
    fresh = market(achievements=[row for row in OFFERS if row["achievement"] != "A3"])
    for need in ("N1", "N2", "N3"):
        asked = listing(reg, "need", need), stated(need)
        assert one.answers(*asked).equals(desk(fresh).answers(*asked))


HIDDEN: dict[str, dict[str, Any]] = {
    "needs": {"text": "量子点显示 10 GHz", "text_en": "quantum", "organisation": "G", "bottleneck": True},
    "achievements": {"text": "光刻胶 quantum dots", "text_en": "resist", "organisation": "F2"},
    "indicators": {"low": 7.0, "quantity": "频率"},
}


@pytest.mark.parametrize("see", ["public", "teaser", "restricted"])
def test_what_is_above_the_viewer_changes_nothing(see: str) -> None:
    """Two worlds that differ only in what a viewer may not see give it the same answers."""
    rows: dict[str, list[dict[str, Any]]] = {"needs": NEEDS, "achievements": OFFERS, "indicators": STATED}
    twin = {name: [{**row, **_above(name, see)} for row in given] for name, given in rows.items()}
    answers, back = [], []
    for tables in (rows, twin):
        reg = market(**tables)
        with desk(reg, see) as one:
            one.add(listing(reg, "achievement", "A4"), stated("A4", tables["indicators"]))
            answers.append(one.answers(listing(reg, "need", "N1"), stated("N1", tables["indicators"])))
            back.append(one.asked_by(listing(reg, "achievement", "A2"), stated("A2", tables["indicators"])))
    assert answers[0].height > 0
    assert back[0].height > 0
    assert answers[0].equals(answers[1])
    assert back[0].equals(back[1])


def _above(name: str, see: str) -> dict[str, Any]:
    hidden = {c.name for c in noun(name).columns if CLASSES.index(c.disclosure) > CLASSES.index(see)}
    return {column: value for column, value in HIDDEN[name].items() if column in hidden}


def test_the_names_found_in_one_text_are_those_found_in_many() -> None:
    known = concepts.read(GLOSSARY)
    texts = [
        " 激光雷达与激光 ",
        " krf光刻胶 ",
        "",
        " low temperatur co fire ceram ltcc ",
        " 光刻胶krf光刻胶激光 ",
        " a ",
    ]
    assert Names(known).find(texts) == concepts.find(texts, known)


def test_a_judgment_is_a_row_for_a_face_to_store() -> None:
    row = desk(market()).judge("N1", "A0", 2, "合适", by="F1", on=AS_OF)
    assert Registry({"judgments": row})["judgments"].row(0, named=True)["useful"] == 2
    with pytest.raises(UsageFault):
        desk(market()).judge("N1", "A0", 4)


def test_what_is_not_one_listing_of_a_side_is_refused_with_a_repair() -> None:
    reg, one = market(), desk(market())
    with pytest.raises(UsageFault):
        one.answers(listings(reg, "need"))
    with pytest.raises(UsageFault):
        one.add(listing(reg, "need", "N1").with_columns(kind=pl.lit("fund")))
    with pytest.raises(UsageFault):
        one.remove("fund", "FU1")


def test_both_sides_may_be_of_one_kind() -> None:
    reg = market()
    one = desk(reg, ask="achievement", answer="achievement")
    found = one.answers(listing(reg, "achievement", "A3"), stated("A3"))
    assert "A3" not in found["answer"]
    assert found.is_empty() or found["score"].is_sorted(descending=True)


def test_an_empty_market_stands() -> None:
    one = desk(registry(needs=[], achievements=[]))
    reg = market()
    assert one.answers(listing(reg, "need", "N1"), stated("N1")).is_empty()
    assert one.add(listing(reg, "achievement", "A0"), stated("A0")) == []
    assert one.answers(listing(reg, "need", "N1"), stated("N1"))["answer"].to_list() == ["A0"]


def test_the_catalogue_of_the_desk_is_whole() -> None:
    assert [fault for name in entries("match_standing") for fault in missing(f"match_standing.{name}")] == []
