"""Market health: divergence against scipy, waiting against a table worked by hand, and figures that know their n."""

from datetime import date, timedelta
from typing import Any

import demand_ground as market
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import CensoredData, ecdf

from tongtu.match.health import Health, divergence, health, waiting
from tongtu.match.health.market import wilson
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import missing


@given(st.integers(2, 12).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 50), min_size=n, max_size=n)] * 2)))
def test_the_divergence_is_scipys(given_: tuple[list[int], list[int]]) -> None:
    p, q = given_
    if not sum(p) or not sum(q):
        assert np.isnan(divergence.jsd(p, q))
        return
    assert divergence.jsd(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-9)
    assert divergence.jsd(p, q) == pytest.approx(divergence.jsd(q, p))


def test_two_vocabularies_with_nothing_in_common_are_one_apart() -> None:
    found = divergence.compare([{"a", "b"}] * 20, [{"c", "d"}] * 20)
    assert (found.value, found.raw) == (1.0, 1.0)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_two_halves_of_one_pile_are_nought_apart_though_the_plain_figure_is_not(seed: int) -> None:
    draw = np.random.default_rng(seed)
    pile = [{str(t) for t in draw.integers(0, 400, 12)} for _ in range(60)]
    found = divergence.compare(pile[:30], pile[30:], seed)
    assert (found.raw or 0) > 0.3
    assert (found.value or 0) < 0.15
    assert found.low == 0


def test_a_known_difference_is_recovered_at_any_size() -> None:
    """Half the terms are shared, half are a side's own: the true divergence is 1/2."""

    def side(own: str, n: int, draw: np.random.Generator) -> list[set[str]]:
        return [{f"{'s' if draw.random() < 0.5 else own}{draw.integers(0, 60)}" for _ in range(14)} for _ in range(n)]

    for n in (30, 300):
        draw = np.random.default_rng(n)
        found = divergence.compare(side("a", n, draw), side("b", n, draw))
        assert found.value == pytest.approx(0.5, abs=0.05)
        low, high = found.low or 0.0, found.high or 0.0
        assert 0 <= low < 0.5 < high <= 1


def test_too_few_listings_say_nothing() -> None:
    found = divergence.compare([{"a"}] * 9, [{"b"}] * 50)
    assert (found.value, found.low, found.high, found.n) == (None, None, None, (9, 50))


# ------------------------------------------------------------------------------------------ waiting

#: Freireich's leukaemia trial (1963), 6-MP arm, in weeks: the standard worked table of the estimate
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_curve_is_the_published_one() -> None:
    found = waiting.curve(REMISSION, [bool(x) for x in RELAPSED])
    assert found["time"].to_list() == [6, 7, 10, 13, 16, 22, 23]
    assert found["waiting"].to_list() == [21, 17, 15, 12, 11, 7, 6]
    assert found["share"].round(4).to_list() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    middle = waiting.median(REMISSION, [bool(x) for x in RELAPSED])
    assert (middle.value, middle.low, middle.high) == (23, 13, None)
    assert (middle.n, middle.answered) == (21, 9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=5, max_size=60))
def test_the_curve_is_scipys(seen: list[tuple[int, bool]]) -> None:
    times, answered = [float(t) for t, _ in seen], [a for _, a in seen]
    found = waiting.curve(times, answered)
    censored = CensoredData(uncensored=[t for t, a in seen if a], right=[t for t, a in seen if not a])
    survival = ecdf(censored).sf
    assert found["share"].to_list() == pytest.approx([float(survival.evaluate(t)) for t in found["time"]])


def test_the_median_is_unknown_while_more_than_half_wait() -> None:
    found = waiting.median([1, 2, 3, 4, 5], [True, False, False, False, False])
    assert (found.value, found.n, found.answered) == (None, 5, 1)
    assert waiting.median([1, 2], [True, True]).value is None


def test_wilson_is_the_published_interval() -> None:
    """Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


# ------------------------------------------------------------------------------------------ the market


def day(n: int) -> date:
    return market.AS_OF - timedelta(days=n)


def make(**tables: Any) -> Registry:
    """Twelve needs posted 100 days ago, four of them past their deadline; twelve achievements, three of them old."""
    needs = [
        market.need(f"N{k:02}", "ltcc", "A", direction="ic", posted=day(100), deadline=day(10) if k < 4 else None)
        for k in range(12)
    ]
    posted = [day(800) if k < 3 else day(50) for k in range(12)]
    plain = {"organisation": "U", "title": "LTCC基板", "direction": "ic"}
    offers = [
        {**plain, "achievement": f"A{k:02}", "text": f"损耗角正切低{k}。", "posted": on} for k, on in enumerate(posted)
    ]
    return market.registry(**{"needs": needs, "achievements": offers, **tables})


def run(registry: Registry, **options: Any) -> Health:
    return health(registry, market.GLOSSARY, market.AS_OF, **options)


def figure(found: Health, measure: str, direction: str | None = None) -> dict[str, Any]:
    return found.figures.filter(pl.col("measure") == measure, pl.col("direction").eq_missing(direction)).row(
        0, named=True
    )


def test_stale_listings_are_counted_with_their_n() -> None:
    found = run(make())
    for direction in (None, "ic"):
        needs, offers = (figure(found, f"stale-{kind}", direction) for kind in ("needs", "achievements"))
        assert (needs["value"], needs["n"]) == (pytest.approx(4 / 12, abs=1e-6), 12)
        assert (offers["value"], offers["n"]) == (pytest.approx(3 / 12, abs=1e-6), 12)
        assert needs["low"] < needs["value"] < needs["high"]


def test_without_records_the_figures_are_unknown_not_nought() -> None:
    found = run(make())
    for measure in ("fill-rate", "days-to-answer", "unmet-indicators"):
        assert figure(found, measure)["value"] is None
        assert figure(found, measure)["why"]


def case(key: str, need: str, opened: date, state: str = "open") -> dict[str, Any]:
    return {"case": key, "need": need, "pathway": "p", "pathway_version": "1", "state": state, "opened": opened}


def test_fill_rate_and_first_answers_from_the_records() -> None:
    cases = [
        case("K0", "N00", day(90), "done"),
        case("K1", "N01", day(80)),
        case("K2", "N02", day(70)),
        case("K3", "N03", day(-5)),
    ]
    events = [
        {"event": "E1", "case": "K1", "kind": "signed", "on": day(20)},
        {"event": "E2", "case": "K2", "kind": "signed", "on": day(-20)},
    ]
    judged = [
        {"judgment": f"J{k}", "need": f"N{k:02}", "achievement": "A01", "useful": 1, "on": day(95)} for k in range(2, 9)
    ]
    found = run(make(cases=cases, events=events, judgments=judged))
    filled = figure(found, "fill-rate")
    assert (filled["value"], filled["n"]) == (pytest.approx(2 / 12, abs=1e-6), 12)
    wait = figure(found, "days-to-answer")
    # seven answered after 5 days, one after 10, one after 20; three still waiting
    assert (wait["value"], wait["n"]) == (5.0, 12)


def test_two_names_for_one_thing_differ_in_words_not_in_concepts_and_are_bridged() -> None:
    said = [f"介电损耗要低，批次{chr(0x4E10 + k)}。" for k in range(12)]
    needs = [
        {"need": f"N{k:02}", "organisation": "A", "title": "低温共烧陶瓷", "text": text, "direction": "ic"}
        for k, text in enumerate(said)
    ]
    found = run(make(needs=needs))
    assert figure(found, "divergence-concepts", "ic")["value"] < 0.05
    assert figure(found, "divergence-terms", "ic")["value"] > 0.5
    bridged = found.terms.filter(pl.col("direction") == "ic", pl.col("concept") == "loss").rows(named=True)
    assert {(row["side"], row["term"], row["bridge"]) for row in bridged} == {
        ("demand", "介电损耗", "损耗角正切"), ("supply", "损耗角正切", "介电损耗"),
    }  # fmt: skip


def test_indicators_nobody_meets_say_where_research_should_go() -> None:
    stated = [market.indicator(f"I{k}", "need", f"N{k:02}", "介电损耗", "le", high=0.002) for k in range(4, 12)]
    claims = [
        market.indicator(f"J{k}", "achievement", f"A{k:02}", "损耗角正切", "le", high=0.01 if k else 0.001)
        for k in range(3)
    ]
    pairs = pl.DataFrame(
        {"need": [f"N{k:02}" for k in range(4, 12)] * 2, "achievement": ["A01"] * 8 + ["A02"] * 7 + ["A00"]}
    )
    found = run(make(indicators=[*stated, *claims]), pairs=pairs)
    row = found.shortfalls.row(0, named=True)
    assert (row["demanded"], row["judged"], row["unmet"], row["share"]) == (8, 8, 7, 0.875)
    assert figure(found, "unmet-indicators", "ic")["value"] == 0.875


def test_the_order_of_rows_never_matters_and_every_reason_can_be_spoken() -> None:
    registry = make(judgments=[{"judgment": "J", "need": "N05", "achievement": "A01", "useful": 1, "on": day(1)}])
    shuffled = Registry({name: registry[name].sample(fraction=1, shuffle=True, seed=3) for name in registry})
    one, other = run(registry), run(shuffled)
    assert one.figures.equals(other.figures)
    assert one.terms.equals(other.terms)
    for why in one.figures["why"]:
        assert missing(Why.from_json(why).code) == []
