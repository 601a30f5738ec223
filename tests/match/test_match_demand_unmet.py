"""Demands nobody can meet, technologies nobody asks for, joint development, and firms for a thin supply."""

from datetime import date
from typing import Any

import demand_ground as market
import polars as pl
import pytest

from tongtu import packs, samples
from tongtu import registry as registries
from tongtu.match import meet, sides
from tongtu.match.demand import asks, common, gaps, joint, question_of, questions, suppliers, unasked, unmet
from tongtu.match.demand.unmet import Unmet
from tongtu.registry import Registry
from tongtu.terms.why import Quantity, Why
from tongtu.terms.words import missing, say


def codes(why: str) -> set[str]:
    def inner(reason: Why) -> set[str]:
        named = {code for arg in reason.args.values() if isinstance(arg, Why) for code in inner(arg)}
        return {reason.code} | named | {code for part in reason.parts for code in inner(part)}

    return inner(Why.from_json(why))


def parts(why: str) -> list[str]:
    return [part.code for part in Why.from_json(why).parts]


NEEDS = [market.need("N1", "ltcc", "A"), market.need("N2", "ltcc", "B"), market.need("N3", "lidar", "C")]
OFFERS = [market.offer("A1", "ltcc", "U", trl=5), market.offer("A2", "resist", "V", trl=3)]


def run(registry: Registry, pairs: pl.DataFrame, refusals: pl.DataFrame | None = None, see: str = "core") -> Unmet:
    demands = common(registry, market.GLOSSARY, market.AS_OF, see=see)
    given = market.refusals() if refusals is None else refusals
    return unmet(demands, pairs, given, registry, market.GLOSSARY, market.AS_OF)


def test_a_demand_with_a_good_answer_is_no_topic_whichever_of_its_needs_has_it() -> None:
    registry = market.registry(needs=NEEDS, achievements=OFFERS)
    found = run(registry, market.pairs(("N2", "A1", 0.8), ("N1", "A1", 0.2)))
    assert found.topics["demand"].to_list() == ["CD-N3"]


@pytest.mark.parametrize(
    ("level", "score", "kind", "track", "cause"),
    [
        (6, 0.4, "call", "industrialisation", "below_floor"),
        (None, 0.4, "call", None, "below_floor"),
        (2, 0.4, "research_topic", "applied_basic", "below_floor"),
        (6, 0.1, "research_topic", "applied_basic", "below_floor"),
    ],
)
def test_what_is_proposed_follows_from_the_nearest_claim(
    level: int | None, score: float, kind: str, track: str | None, cause: str
) -> None:
    registry = market.registry(needs=NEEDS[:2], achievements=[market.offer("A1", "ltcc", "U", trl=level)])
    topic = run(registry, market.pairs(("N1", "A1", score))).topics.row(0, named=True)
    assert (topic["kind"], topic["track"], topic["cause"]) == (kind, track, cause)


def test_nothing_on_the_subject_is_basic_research_and_only_refused_answers_a_call() -> None:
    registry = market.registry(needs=NEEDS, achievements=OFFERS)
    refused = market.refusals(("N1", "A1", Why("match.refused-own").to_json()))
    topics = {row["demand"]: row for row in run(registry, market.pairs(), refused).topics.to_dicts()}
    assert (topics["CD-N3"]["kind"], topics["CD-N3"]["track"], topics["CD-N3"]["cause"]) == (
        "research_topic", "pure_basic", "none",
    )  # fmt: skip
    assert (topics["CD-N1"]["kind"], topics["CD-N1"]["nearest"], topics["CD-N1"]["cause"]) == ("call", "A1", "refused")


def with_indicators(*claims: dict[str, Any]) -> Registry:
    demanded = [
        market.indicator("I1", "need", "N1", "介电损耗", "le", high=0.002, must=True),
        market.indicator("I2", "need", "N2", "介电损耗", "le", high=0.003),
        market.indicator("I3", "need", "N1", "层数", "ge", 40),
    ]
    offers = [market.offer("A1", "ltcc", "U", trl=6), market.offer("A3", "ltcc", "V", trl=6), OFFERS[1]]
    return market.registry(needs=NEEDS[:2], achievements=offers, indicators=[*demanded, *claims])


def test_the_gap_is_between_the_best_claim_on_the_subject_and_the_tightest_demand() -> None:
    registry = with_indicators(
        market.indicator("J1", "achievement", "A1", "损耗角正切", "le", high=0.005),
        market.indicator("J2", "achievement", "A3", "介电损耗", "le", high=0.004),
        market.indicator("J3", "achievement", "A2", "介电损耗", "le", high=0.001),  # of a photoresist: no answer
        market.indicator("J4", "achievement", "A3", "层数", "ge", 30),
    )
    reach = {row["quantity"]: row for row in run(registry, market.pairs(("N1", "A1", 0.3))).reach.to_dicts()}
    loss, layers = reach["介电损耗"], reach["层数"]
    assert (loss["high"], loss["best"], loss["achievement"], loss["shortfall"], loss["share"]) == (
        0.002, 0.004, "A3", 0.002, 1.0,
    )  # fmt: skip
    assert (layers["low"], layers["best"], layers["shortfall"], layers["share"]) == (40, 30, 10, 0.25)
    assert Why.from_json(layers["why"]).args["shortfall"] == Quantity(10, "")


def test_well_scored_answers_that_all_fail_one_indicator_meet_nothing() -> None:
    claims = [market.indicator(f"J{a}", "achievement", a, "层数", "ge", 20) for a in ("A1", "A3")]
    answers = market.pairs(("N1", "A1", 0.9), ("N1", "A3", 0.9))
    topic = run(with_indicators(*claims), answers).topics.row(0, named=True)
    assert (topic["cause"], topic["kind"]) == ("same_indicator", "call")
    assert "match_demand.cause-same-indicator" in parts(topic["why"])
    one_meets = [*claims[:1], market.indicator("J9", "achievement", "A3", "层数", "ge", 50)]
    assert run(with_indicators(*one_meets), answers).topics.is_empty()


def test_values_demanded_are_not_told_below_their_class() -> None:
    registry = with_indicators(market.indicator("J1", "achievement", "A1", "介电损耗", "le", high=0.005))
    for see, rows in (("public", 0), ("teaser", 2)):
        reach = run(registry, market.pairs(("N1", "A1", 0.3)), see=see).reach
        assert reach.height == rows
        assert reach.select("low", "high", "best", "shortfall").null_count().sum_horizontal().sum() == 4 * rows


# ------------------------------------------------------------------------------------------ nobody asks for


def test_what_separates_a_technology_from_its_nearest_demand() -> None:
    offers = [
        market.offer("A1", "ltcc", "U", trl=4),
        market.offer("A2", "resist", "V"),
        {"achievement": "A3", "organisation": "U", "title": "车用激光雷达收发芯片", "text": "激光雷达。", "trl": 5},
    ]
    needs = [*NEEDS[:2], market.need("N3", "lidar", "C", trl_target=8)]
    stated = [
        market.indicator("I1", "need", "N3", "探测距离", "ge", 200, unit="m"),
        market.indicator("J1", "achievement", "A3", "探测距离", "ge", 80, unit="m"),
    ]
    registry = market.registry(needs=needs, achievements=offers, indicators=stated)
    demands = common(registry, market.GLOSSARY, market.AS_OF)
    refused = market.refusals(("N3", "A3", Why("match.refused-own").to_json()))
    found = unasked(demands, market.pairs(("N1", "A1", 0.9)), refused, registry, market.GLOSSARY, market.AS_OF)
    rows = {row["achievement"]: row for row in found.to_dicts()}
    assert rows.keys() == {"A2", "A3"}
    lidar, alone = rows["A3"], rows["A2"]
    assert (lidar["demand"], lidar["need"], lidar["shared"], lidar["missing"]) == ("CD-N3", "N3", ["lidar"], ["car"])
    assert (lidar["indicators_short"], lidar["trl_short"], lidar["refused"]) == (1, 3, True)
    assert {"match_demand.misses", "match_demand.level-short", "match.refused-own"} <= set(parts(lidar["why"]))
    assert alone["trl_short"] is None
    assert not alone["shared"]


# ------------------------------------------------------------------------------------------ joint development


def parallel() -> Registry:
    return market.registry(
        achievements=[
            market.offer("A1", "ltcc", "U", trl=3), market.offer("A2", "ltcc", "V", trl=6),
            market.offer("A3", "lidar", "F1"), market.offer("A4", "lidar", "F2"),  # one group: no proposal
            market.offer("A5", "resist", "A", state="withdrawn"), market.offer("A6", "resist", "B"),
        ],
        projects=[
            {"project": "P1", "title": "低温共烧陶瓷基板", "summary": "毫米波天线用低温共烧陶瓷基板", "lead": "C"},
            {"project": "P2", "title": "高分辨光刻胶", "summary": "光刻胶。", "lead": "C", "end": date(2020, 1, 1)},
        ],
        indicators=[market.indicator("J1", "achievement", "A2", "层数", "ge", 20)],
    )  # fmt: skip


def proposals(**options: Any) -> dict[str, dict[str, Any]]:
    frame = joint(parallel(), market.GLOSSARY, market.AS_OF, **options)
    return {row["addressee"]: row for row in frame.to_dicts()}


def test_parallel_work_is_proposed_to_each_owner_apart() -> None:
    found = proposals()
    assert found.keys() == {"U", "V", "C"}
    assert (found["U"]["own"], found["U"]["others"]) == (["A1"], ["A2", "P1"])
    assert (found["U"]["trl_low"], found["U"]["trl_high"]) == (3, 6)
    assert found["U"]["adds"] == ["层数"]
    assert found["V"]["adds"] == []
    assert sum(part.args.get("points", 0) for part in Why.from_json(found["U"]["why"]).parts) == pytest.approx(
        found["U"]["points"]
    )


def test_who_the_others_are_is_told_by_class_or_once_both_are_interested() -> None:
    assert proposals()["U"]["partners"] == ["C", "V"]
    # who leads a project is public; who holds an achievement is not
    assert proposals(see="public")["U"]["partners"] == ["C"]
    name = proposals()["U"]["joint"]
    said = pl.DataFrame({"joint": [name] * 2, "organisation": ["U", "V"]})
    both, one = proposals(see="public", interests=said), proposals(see="public", interests=said[:1])
    assert (both["U"]["partners"], both["U"]["mutual"]) == (["C", "V"], True)
    assert (both["C"]["partners"], both["C"]["mutual"]) == (None, False)
    assert (one["U"]["partners"], one["U"]["mutual"]) == (["C"], False)


# ------------------------------------------------------------------------------------------ supply


ITEMS = [{"item": f"i{k}", "name": f"物项{k}", "name_en": f"Item {k}", "direction": "ic"} for k in range(1, 8)]


def supply(item: str, supplier: str, where: str | None, share: float | None = None, **more: Any) -> dict[str, Any]:
    return {"item": item, "supplier": supplier, "jurisdiction": where, "share": share, "year": 2025, **more}


SUPPLY = market.registry(
    items=[*ITEMS[:-1], {**ITEMS[-1], "bottleneck_since": date(2025, 1, 1)}],
    components=[{"item": "i1", "component": "i2", "route": "r"}],
    supplies=[
        supply("i1", "x", "JP", 0.5), supply("i1", "y", "US", 0.5),
        supply("i2", "x", "cn", 1.0, organisation="A"),
        supply("i3", "x", "CN", 0.5), supply("i3", "y", "CN", 0.5),
        supply("i4", "x", "CN", 0.05), supply("i4", "y", "US", 0.5), supply("i4", "z", "JP", 0.45),
        supply("i5", "x", "CN", 0.9), supply("i5", "y", "US", 0.1),
        supply("i6", "x", "JP"), supply("i6", "y", None),
        supply("i7", "x", "KR", 0.6), supply("i7", "y", "KR", 0.4), supply("i7", "old", "CN", 1.0) | {"year": 2020},
    ],
    titles=[
        {"title": "T1", "organisation": "B", "kind": "little_giant", "valid_from": date(2024, 1, 1)},
        {"title": "T2", "organisation": "B", "kind": "sme", "valid_from": date(2020, 1, 1), "valid_to": market.PAST},
    ],
    firm_years=[
        {"organisation": "B", "year": y, "segment_share": y / 10_000, "segment_years": 6.0} for y in (2023, 2024, 2027)
    ],
    achievements=[market.offer("A1", "ltcc", "B", trl=7), market.offer("A2", "ltcc", "B", state="draft")],
)  # fmt: skip


def test_thin_places_of_the_supply() -> None:
    found = gaps(SUPPLY, market.AS_OF, home="CN")
    assert dict(found.select("item", "cause").iter_rows()) == {
        "i7": "foreign_only", "i1": "foreign_only", "i2": "single_supplier", "i4": "nearly_foreign",
        "i5": "dominant_supplier",
    }  # fmt: skip
    # a bottleneck comes first; an unplaced supplier may be at home, so i6 is not said to be foreign
    assert found["item"].to_list()[0] == "i7"
    assert found.filter(item="i6").is_empty()
    assert found.filter(item="i2")["goes_into"].to_list() == [["i1"]]
    assert gaps(SUPPLY, market.AS_OF, home="CN", see="restricted").is_empty()


def test_questions_are_listings_like_any_other() -> None:
    found = questions(gaps(SUPPLY, market.AS_OF, home="CN"), SUPPLY, market.AS_OF, asker="G")
    assert dict(found.schema) == {
        name: pl.DataFrame(schema={name: kind}).schema[name] for name, kind in sides.SCHEMA.items()
    }
    assert found["id"].to_list() == sorted(found["id"])
    second = found.filter(id=question_of("i2")).row(0, named=True)
    assert (second["title"], second["title_en"], second["text"], second["organisation"]) == (
        "物项2",
        "Item 2",
        "物项1",
        "G",
    )
    free = asks("寻找射频陶瓷封装供应商\n良率高", market.AS_OF, asker="A")
    assert free.select("id", "title", "kind").row(0) == ("ASK", "寻找射频陶瓷封装供应商", "need")


def test_facts_stand_beside_the_firms_that_answer() -> None:
    asked = gaps(SUPPLY, market.AS_OF, home="CN")
    answers = pl.DataFrame({
        "question": [question_of("i2")] * 5, "answer": ["B", "A", "F1", "G", "gone"], "rank": [1, 2, 3, 4, 5],
        "score": [0.9, 0.8, 0.7, 0.6, 0.1], "why": [None] * 5,
    }, schema_overrides={"why": pl.String})  # fmt: skip
    found = suppliers(answers, SUPPLY, market.AS_OF, asker="G", asked=asked)
    rows = {row["organisation"]: row for row in found.to_dicts()}
    assert found["organisation"].to_list() == ["B", "A", "F1", "G", "gone"]
    assert [rows[who]["relation"] for who in ("B", "A", "F1", "G")] == [None, "supplier", "group", "self"]
    firm = rows["B"]
    assert (firm["titles"], firm["segment_share"], firm["achievements"], firm["best_trl"]) == (
        ["little_giant"],
        0.2024,
        1,
        7,
    )
    assert rows["F1"]["owner_group"] == "G"
    below = suppliers(answers, SUPPLY, market.AS_OF, asker="G", asked=asked, see="public")
    assert below["segment_share"].null_count() == 5
    assert below.filter(relation="supplier").is_empty()


# ------------------------------------------------------------------------------------------ the sample


def test_every_reason_of_the_sample_can_be_spoken() -> None:
    pack, as_of = packs.load("cn"), date(2026, 11, 21)
    words = {**registries.vocabularies(), **pack.vocabularies}
    made = samples.make("demo", 4, glossary=pack.glossary, vocabularies=words, as_of=as_of)
    registry, planted = Registry(made.tables), made.truth["pairs"]
    answers = planted.head(60).select("need", "achievement", score=pl.col("grade") / 6)
    refused = planted.tail(5).select("need", "achievement", why=pl.lit(Why("match.refused-own").to_json()))
    demands = common(registry, pack.glossary, as_of, vocabularies=words)
    lacking = unmet(demands, answers, refused, registry, pack.glossary, as_of, vocabularies=words)
    frames = [
        lacking.topics, lacking.reach, gaps(registry, as_of, home="CN"),
        unasked(demands, answers, refused, registry, pack.glossary, as_of, vocabularies=words),
        joint(registry, pack.glossary, as_of, vocabularies=words),
    ]  # fmt: skip
    for frame in frames:
        assert frame.height
        spoken = {code for why in frame["why"] for code in codes(why)}
        assert [fault for code in sorted(spoken) for fault in missing(code)] == []
        for why in frame["why"].head(20):
            assert "{" not in say(Why.from_json(why), "zh") + say(Why.from_json(why), "en")


def test_a_gap_is_met_by_the_market_s_own_engine() -> None:
    """Firms whose achievements are about it come first; a capability in words is asked for in the same way."""
    registry = market.registry(
        items=[{"item": "i1", "name": "低温共烧陶瓷基板", "direction": "ic"}],
        supplies=[supply("i1", "x", "JP", 1.0)],
        achievements=[
            market.offer("A1", "ltcc", "B"),
            market.offer("A2", "lidar", "C"),
            market.offer("A3", "resist", "A"),
        ],
    )
    asked = gaps(registry, market.AS_OF, home="CN")
    for question in (questions(asked, registry, market.AS_OF), asks("寻找低温共烧陶瓷基板供应商", market.AS_OF)):
        found = meet(registry, ask="need", answer="organisation", glossary=market.GLOSSARY, as_of=market.AS_OF,
                     questions=question)  # fmt: skip
        firms = suppliers(found.pairs, registry, market.AS_OF, asked=asked)
        assert firms["organisation"].to_list()[0] == "B"
        assert firms.columns == suppliers(found.pairs.head(0), registry, market.AS_OF).columns


def test_a_far_answer_does_not_hide_that_all_near_ones_fail() -> None:
    claims = [market.indicator(f"J{a}", "achievement", a, "层数", "ge", 20) for a in ("A1", "A3")]
    answers = market.pairs(("N1", "A1", 0.9), ("N1", "A3", 0.9), ("N1", "A2", 0.1))
    assert run(with_indicators(*claims), answers).topics["cause"].to_list() == ["same_indicator"]
