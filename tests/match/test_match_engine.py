"""What a user of the clearinghouse would notice: who is found, why, and that nothing depends on chance."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market import AS_OF, GLOSSARY, NEED, OFFER, ORGANISATIONS, indicator, reasons, registry, run

from tongtu.match import match
from tongtu.registry import Registry
from tongtu.terms.faults import Cancelled
from tongtu.terms.why import Why
from tongtu.terms.words import entries, missing, say

COLUMNS = [
    "need", "achievement", "rank", "score",
    "indicators_met", "indicators_unmet", "indicators_unknown", "why",
]  # fmt: skip


def test_a_fitting_pair_is_found_and_says_why() -> None:
    pairs = run(registry()).pairs
    assert pairs.columns == COLUMNS
    assert pairs.select("need", "achievement", "rank").row(0) == ("N1", "A1", 1)
    told = say(Why.from_json(pairs["why"][0]), "zh")
    assert "介电损耗" in told
    assert "毫米波天线" in told
    assert "low-temperature co-fired ceramic" in say(Why.from_json(pairs["why"][0]), "en")


def test_two_languages_meet_in_a_concept() -> None:
    english = {
        "achievement": "A1",
        "organisation": "U",
        "title": "DUV resist",
        "text": "A resist for lithography.",
    }
    chinese = {"need": "N1", "organisation": "F1", "title": "KrF光刻胶", "text": "国产化需求。"}
    found = run(registry(needs=[chinese], achievements=[english])).pairs
    assert found["achievement"].to_list() == ["A1"]


def test_a_longer_name_is_not_the_shorter_one_within_it() -> None:
    need = {"need": "N1", "organisation": "F1", "title": "激光", "text": "激光器"}
    lidar = {"achievement": "A1", "organisation": "U", "title": "激光雷达", "text": "车载"}
    why = run(registry(needs=[need], achievements=[lidar])).pairs["why"][0]
    assert "match.concepts-none" in reasons(why)


def test_traditional_characters_find_simplified_ones() -> None:
    written = {"achievement": "A1", "organisation": "U", "title": "低溫共燒陶瓷", "text": "介電損耗低"}
    assert run(registry(achievements=[written])).pairs.height == 1


WORDS = [
    "介电损耗",
    "低温共烧陶瓷",
    "KrF光刻胶",
    "激光",
    "基板",
    "天线",
    "photoresist",
    "ceramic",
    "10 GHz",
    "",
]
SENTENCE = st.lists(st.sampled_from(WORDS), max_size=6).map("，".join)
LEVEL = st.none() | st.integers(1, 9)


@st.composite
def markets(draw: st.DrawFn) -> Registry:
    """Random listings over a small vocabulary, with levels, directions, focus and indicators at random."""
    organisation = st.sampled_from([row["organisation"] for row in ORGANISATIONS])
    direction, focus = (
        st.sampled_from([None, "ic", "bio"]),
        st.lists(st.sampled_from(["ic", "6g"]), max_size=2),
    )
    needs = [
        {"need": f"N{k}", "organisation": draw(organisation), "title": draw(SENTENCE), "text": draw(SENTENCE),
         "trl_target": draw(LEVEL), "direction": draw(direction), "focus": draw(focus)}
        for k in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    offers = [
        {"achievement": f"A{k}", "organisation": draw(organisation), "title": draw(SENTENCE),
         "text": draw(SENTENCE), "trl": draw(LEVEL), "direction": draw(direction), "focus": draw(focus)}
        for k in range(draw(st.integers(1, 6)))
    ]  # fmt: skip
    subjects = [row["need"] for row in needs] + [row["achievement"] for row in offers]
    operator, value = st.sampled_from(["le", "ge", "eq"]), st.sampled_from([1.0, 2.0])
    indicators = [
        indicator(f"I{k}", subject, draw(operator), draw(value), "GHz")
        for k, subject in enumerate(draw(st.lists(st.sampled_from(subjects), max_size=6)))
    ]
    return registry(needs=needs, achievements=offers, indicators=indicators)


@settings(max_examples=40, deadline=None)
@given(markets())
def test_contributions_add_up_to_the_score(reg: Registry) -> None:
    for row in run(reg).pairs.iter_rows(named=True):
        points = [p.args["points"].value for p in Why.from_json(row["why"]).parts if "points" in p.args]
        assert sum(points) == pytest.approx(row["score"], abs=1e-9)
        assert 0.0 <= row["score"] <= 1.0
        assert Why.from_json(row["why"]).args["score"].value == row["score"]


@settings(max_examples=20, deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(reg: Registry, random) -> None:
    shuffled = {}
    for name in reg:
        order = list(range(reg[name].height))
        random.shuffle(order)
        shuffled[name] = reg[name][order]
    one, other = run(reg), run(Registry(shuffled))
    assert one.pairs.equals(other.pairs)
    assert one.refusals.equals(other.refusals)


@settings(max_examples=25, deadline=None)
@given(markets(), st.integers(1, 3))
def test_ranks_follow_scores_and_no_pair_is_both_shown_and_refused(reg: Registry, top: int) -> None:
    found = run(reg, top=top)
    for _, pairs in found.pairs.group_by("need"):
        assert pairs.height <= top
        assert pairs["rank"].to_list() == list(range(1, pairs.height + 1))
        assert pairs["score"].is_sorted(descending=True)
    assert found.pairs.join(found.refusals, on=["need", "achievement"], how="semi").is_empty()


@settings(max_examples=15, deadline=None)
@given(markets())
def test_every_reason_can_be_said_in_both_languages(reg: Registry) -> None:
    found = run(reg)
    for why in (*found.pairs["why"], *found.refusals["why"]):
        for lang in ("zh", "en"):
            said = say(Why.from_json(why), lang)
            assert "match." not in said
            assert "{" not in said


def test_the_catalogue_is_whole() -> None:
    assert [fault for name in entries("match") for fault in missing(f"match.{name}")] == []


@pytest.mark.parametrize("empty", ["needs", "achievements", "organisations"])
def test_an_empty_table_is_an_empty_answer(empty: str) -> None:
    found = run(registry(**{empty: []}))
    assert found.pairs.columns == COLUMNS
    assert found.refusals.columns == ["need", "achievement", "why"]
    assert found.pairs.height == (1 if empty == "organisations" else 0)


def test_a_need_without_words_finds_nothing_and_harms_nobody() -> None:
    silent = {"need": "N0", "organisation": "F1", "title": "", "text": "。。。"}
    assert run(registry(needs=[silent, NEED])).pairs["need"].to_list() == ["N1"]


def test_no_glossary_still_matches_on_words() -> None:
    pairs = match(registry(), glossary=GLOSSARY.clear(), as_of=AS_OF).pairs
    assert pairs.height == 1
    assert "match.concepts-unknown" in pairs["why"][0]


def test_unknown_signals_neither_help_nor_harm() -> None:
    """Two achievements alike in all that is known score alike, though one of them states less."""
    stated = {**OFFER, "achievement": "A2", "trl": 8, "direction": "ic"}
    plain = run(registry(achievements=[OFFER, stated])).pairs
    assert plain["score"].n_unique() == 1


def test_refused_listings_never_crowd_out_the_eligible() -> None:
    own = [{**OFFER, "achievement": f"A{k:03}", "organisation": "F1"} for k in range(120)]
    late = {**OFFER, "achievement": "Z9", "text": "低温共烧陶瓷"}
    found = run(registry(achievements=[*own, late]), top=2)
    assert found.pairs["achievement"].to_list() == ["Z9"]
    assert found.refusals.height == 2


def test_progress_can_cancel() -> None:
    def stop(done: int, total: int, what: Why | None = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        match(registry(), glossary=GLOSSARY, as_of=AS_OF, progress=stop)


def test_the_registry_is_left_as_it_was() -> None:
    reg = registry()
    before = reg.digest()
    run(reg)
    assert reg.digest() == before
    assert isinstance(reg["needs"], pl.DataFrame)
