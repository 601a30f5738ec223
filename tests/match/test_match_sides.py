"""Any side asks any other: one engine, the same reasons, and nothing read that the viewer may not see."""

from datetime import date
from itertools import product
from typing import Any

import polars as pl
import pytest
from market import AS_OF, GLOSSARY, NEED, OFFER, ORGANISATIONS, indicator, registry

from tongtu.match import Matches, meet
from tongtu.match.sides import CLASSES, KINDS, SCHEMA, listings
from tongtu.registry import Registry
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

TITLE = "低温共烧陶瓷"
TABLES: dict[str, list[dict[str, Any]]] = {
    "scenarios": [{"scenario": "S1", "organisation": "F2", "title": TITLE, "text": "毫米波天线测试", "trl_min": 5}],
    "people": [{"person": "P1", "organisation": "U", "name": "王工", "expertise": "低温共烧陶瓷，毫米波天线"}],
    "teams": [{"team": "T1", "organisation": "U", "name": "陶瓷组", "capability": "低温共烧陶瓷工艺"}],
    "platforms": [
        {
            "platform": "PL1",
            "organisation": "U",
            "name": "陶瓷中试平台",
            "kind": "pilot",
            "capability": "低温共烧陶瓷流延",
        }
    ],
    "services": [{"service": "SV1", "platform": "PL1", "name": "低温共烧陶瓷试制", "category": "process"}],
    "providers": [{"provider": "PR1", "organisation": "F2", "kind": "testing"}],
    "provider_services": [
        {"provider_service": "PS1", "provider": "PR1", "gate_service": "third_party_test", "name": "陶瓷基板检测"}
    ],
    "projects": [{"project": "RD1", "title": "低温共烧陶瓷研究", "lead": "U"}],
    "funds": [{"fund": "FU1", "name": "陶瓷材料基金", "kind": "fund"}],
    "calls": [{"call": "C1", "title": "低温共烧陶瓷揭榜", "conditions": "毫米波", "scheme": "srdi"}],
}


def ask(reg: Registry, question: str, answer: str, **options: Any) -> Matches:
    return meet(reg, ask=question, answer=answer, glossary=GLOSSARY, as_of=AS_OF, **options)


@pytest.mark.parametrize(("question", "answer"), list(product(("need", "achievement", "call", "organisation"), KINDS)))
def test_every_side_answers_every_other_with_reasons_in_both_languages(question: str, answer: str) -> None:
    found = ask(registry(**TABLES), question, answer)
    assert found.pairs.filter(pl.col("question") == pl.col("answer")).is_empty() or question != answer
    for score, why in found.pairs.select("score", "why").iter_rows():
        assert 0.0 <= score <= 1.0
        for lang in ("zh", "en"):
            assert "match" not in say(Why.from_json(why), lang).replace("matched", "")


def test_a_listing_is_never_its_own_answer() -> None:
    scenarios = [{"scenario": f"S{k}", "organisation": "F2", "title": TITLE} for k in range(3)]
    pairs = ask(registry(scenarios=scenarios), "scenario", "scenario").pairs
    assert pairs.height == 6
    assert pairs.filter(pl.col("question") == pl.col("answer")).is_empty()


def test_ones_own_platform_may_answer_but_ones_own_people_may_not() -> None:
    reg = registry(**TABLES)
    assert "PL1" in ask(reg, "achievement", "platform").pairs["answer"]
    found = ask(reg, "achievement", "person")
    assert found.pairs.is_empty()
    assert found.refusals["answer"].to_list() == ["P1"]


def test_whoever_demands_a_level_is_not_answered_from_below_it() -> None:
    low = registry(**TABLES, achievements=[{**OFFER, "trl": 4}])
    assert ask(low, "achievement", "scenario").pairs.is_empty()
    assert ask(low, "scenario", "achievement").pairs.is_empty()
    assert ask(registry(**TABLES, achievements=[{**OFFER, "trl": 5}]), "achievement", "scenario").pairs.height == 1


def test_indicators_are_compared_whoever_asks() -> None:
    rows = [indicator("I1", "N1", "le", 0.002), indicator("I2", "A1", "eq", 0.001)]
    there, back = (
        ask(registry(indicators=rows), *way).pairs for way in (("need", "achievement"), ("achievement", "need"))
    )
    assert there["indicators_met"].to_list() == back["indicators_met"].to_list() == [1]
    assert "介电损耗" in say(Why.from_json(back["why"][0]), "zh")


def test_a_call_that_is_past_is_refused_and_says_when() -> None:
    past = {**TABLES["calls"][0], "closes": date(2026, 4, 1)}
    found = ask(registry(calls=[past]), "need", "call")
    assert found.pairs.is_empty()
    assert "2026年4月1日" in say(Why.from_json(found.refusals["why"][0]), "zh")


def test_who_fails_the_rules_a_call_names_is_refused_with_the_rule() -> None:
    why = Why("match.refused-own").to_json()
    verdicts = pl.DataFrame({"organisation": ["F1"], "scheme": ["srdi"], "verdict": ["unmet"], "why": [why]})
    for question, answer in (("need", "call"), ("call", "need")):
        found = ask(registry(**TABLES), question, answer, verdicts=verdicts)
        assert found.pairs.is_empty()
        (rule,) = Why.from_json(found.refusals["why"][0]).parts
        assert (rule.code, rule.parts[0].code) == ("match.refused-rule", "match.refused-own")
        unknown = verdicts.with_columns(verdict=pl.lit("unknown"))
        assert ask(registry(**TABLES), question, answer, verdicts=unknown).pairs.height == 1


# ------------------------------------------------------------------------------------------- profiles

SHELF = [
    {"achievement": f"A{k}", "organisation": "U", "title": title, "text": "毫米波天线用"}
    for k, title in enumerate((TITLE, "低温共烧陶瓷粉体", "陶瓷基板", "水泥", "农机"))
]


def test_a_profile_is_worth_the_mean_of_its_best_three() -> None:
    reg = registry(achievements=SHELF, organisations=ORGANISATIONS)
    items = ask(reg, "need", "achievement").pairs["score"].sort(descending=True)
    profile = ask(reg, "need", "organisation").pairs.filter(answer="U")
    own = ask(reg, "need", "organisation").pairs
    assert profile["score"][0] == pytest.approx(items.head(3).mean(), abs=1e-5)
    parts = Why.from_json(profile["why"][0]).parts
    assert len(parts) == 3
    assert own.filter(answer="F1").is_empty()


def test_the_parts_of_a_profile_add_up_to_its_score() -> None:
    pairs = ask(registry(**TABLES, achievements=SHELF), "need", "organisation").pairs
    shares = [c for c in pairs.columns if c.startswith("by_")]
    assert pairs.height
    total = pairs.select(pl.sum_horizontal("base", *shares)).to_series()
    assert (total - pairs["score"]).abs().max() < 1e-9


def test_a_listing_that_is_not_open_speaks_for_nobody() -> None:
    reg = registry(achievements=[{**OFFER, "state": "withdrawn"}], organisations=ORGANISATIONS)
    assert ask(reg, "need", "organisation").pairs.is_empty()


# ------------------------------------------------------------------------------------------- disclosure


def test_listings_know_nothing_above_the_viewers_class() -> None:
    reg = registry(needs=[{**NEED, "budget": 5, "capacity": 2}])
    public, teaser = (listings(reg, "need", see) for see in ("public", "teaser"))
    assert public.columns == list(SCHEMA)
    assert public.select("organisation", "text", "capacity").row(0) == (None, None, None)
    assert teaser.select("organisation", "text", "capacity").row(0) == ("F1", NEED["text"], 2)


@pytest.mark.parametrize("see", CLASSES[:2])
def test_worlds_that_differ_in_what_a_viewer_may_not_know_answer_alike(see: str) -> None:
    def world(secret: str, firm: str) -> Registry:
        hidden = {"text": secret, "organisation": firm} if see == "public" else {"budget": len(secret)}
        return registry(needs=[{**NEED, **hidden}], achievements=[OFFER, *SHELF[1:]])

    one, other = (
        ask(world(*w), "need", "achievement", see=see).pairs for w in (("毫米波", "F1"), ("极紫外光刻", "F2"))
    )
    assert one.equals(other)
    assert one.height


def test_a_side_or_class_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageFault) as wrong:
        ask(registry(), "wish", "achievement")
    assert "wish" in wrong.value.say("zh")
    with pytest.raises(UsageFault):
        ask(registry(), "need", "achievement", see="everything")
