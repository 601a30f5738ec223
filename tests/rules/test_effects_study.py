"""`effect` from end to end, on made-up firms whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from made_up_titles import AS_OF, LAW, OTHER, ROUND, World, law
from rulebook import book

from tongtu import rules
from tongtu.registry import Registry
from tongtu.rules.effects import OUTCOMES, effect
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

PLAIN = World()


def told(world=PLAIN, seed=1, laws=(), **options):
    return effect(law(*laws), "prize", world.registry(seed), AS_OF, **options)


def row(found, outcome):
    return found.table.row(by_predicate=pl.col("outcome") == outcome, named=True)


def spoken(found):
    stored = pl.concat([found.table["why"], found.table["estimand"].drop_nulls()])
    whys = [found.why, *(Why.from_json(text) for text in stored)]
    return [say(why, lang) for why in whys for lang in ("zh", "en")]


# --- what is found ------------------------------------------------------------------------------------------


def test_the_truth_is_found():
    found = told(World(firms=6000), outcomes=("rd_spend", "revenue", "ip_class1_own"))
    truth = {"rd_spend": math.expm1(0.2), "revenue": math.expm1(0.08), "ip_class1_own": 0.2}
    for outcome, value in truth.items():
        got = row(found, outcome)
        assert got["verdict"] == "estimated"
        assert got["low"] < value < got["high"]
        assert got["early_low"] < 0 < got["early_high"]
        assert got["jump"] == pytest.approx(0.75, abs=0.15)
        assert got["from"] < 60 < got["to"]
        assert got["p_bunching"] > 0.05


def test_where_nothing_happened_something_is_claimed_once_in_twenty():
    world = World(firms=900, effect=0.0)
    found = [row(told(world, seed, outcomes=("rd_spend",), criterion="score"), "rd_spend") for seed in range(25)]
    claimed = [got for got in found if got["verdict"] == "estimated" and not got["low"] < 0 < got["high"]]
    assert len(claimed) <= 4


def test_what_set_firms_apart_before_is_taken_out():
    with_gap, without = (row(told(replace(PLAIN, gap=gap)), "rd_spend") for gap in (1.0, 0.0))
    assert with_gap["estimate"] == pytest.approx(without["estimate"], abs=1e-6)


def test_an_open_answer_says_how_many_firms_it_would_take():
    got = row(told(World(firms=800, noise=0.5), seed=2), "rd_spend")
    assert got["verdict"] == "estimated"
    assert got["low"] < 0 < got["high"]
    assert got["wanted"] > got["n_left"] + got["n_right"]
    assert f"{got['wanted']:,}".replace(",", "") in say(Why.from_json(got["why"]), "en").replace(",", "")


def test_everything_can_be_said_in_both_languages():
    worlds = [PLAIN, replace(PLAIN, moved=0.6), replace(PLAIN, firms=60), replace(PLAIN, whole=True),
              replace(PLAIN, share=(0.3, 0.3)), replace(PLAIN, missing=0.5), replace(PLAIN, trend=0.4)]  # fmt: skip
    for world in worlds:
        for text in spoken(told(world)):
            assert text
            assert not set("{}") & set(text)
            assert "effects." not in text


# --- what cannot be told ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "verdict"),
    [
        (replace(PLAIN, firms=60), "too_few"),
        (replace(PLAIN, whole=True), "coarse"),
        (replace(PLAIN, moved=0.6), "bunched"),
        (replace(PLAIN, share=(0.3, 0.3)), "no_jump"),
        (replace(PLAIN, missing=0.5), "uneven_records"),
        (replace(PLAIN, trend=0.4), "uneven_before"),
    ],
)
def test_what_forbids_an_estimate_is_seen(world, verdict):
    got = row(told(world, criterion="score"), "rd_spend")
    assert got["verdict"] == verdict
    assert (got["estimate"], got["low"], got["high"]) == (None, None, None)


def test_without_titles_that_are_old_enough_there_is_nothing_to_compare():
    registry = PLAIN.registry(1)
    for day in (date(ROUND + 2, 12, 31), date(ROUND, 1, 1)):
        found = effect(law(), "prize", registry, day)
        assert found.table["verdict"].to_list() == ["no_title"] * 3
        assert str(day.year - 3) in say(found.why, "en")
    assert set(effect(law(), "prize", Registry(), AS_OF).table["verdict"]) == {"no_title"}


def test_law_without_a_threshold_is_no_cut():
    text = LAW.replace("platform_score >= 60", "legal_person").replace("rd_staff >= 10", "legal_person")
    text = text.replace("revenue >= 2000万元", "legal_person").replace("equity_raised >= 1000万元", "listed")
    found = effect(rules.load({"prize.yaml": text}), "prize", PLAIN.registry(1), AS_OF)
    assert found.table["verdict"].to_list() == ["no_cutoff"] * 3


def test_an_outcome_nobody_recorded_is_said_to_be_so():
    found = told(outcomes=("rd_spend", "net_profit"))
    assert found.table["verdict"].to_list()[1] == "not_recorded"


def test_money_of_another_currency_is_not_recorded():
    registry = PLAIN.registry(1)
    dollars = registry.replace(firm_years=registry["firm_years"].with_columns(currency=pl.lit("USD")))
    got = row(effect(law(), "prize", dollars, AS_OF, criterion="score"), "rd_spend")
    assert got["verdict"] == "not_recorded"


# --- which firms, which cutoff ---------------------------------------------------------------------------------


def test_the_cut_is_where_the_title_jumps():
    found = told()
    assert found.cutoff is not None
    assert found.cutoff.criterion.path == "score"
    assert found.candidates.filter("chosen")["criterion"].to_list() == ["score"]
    assert found.candidates["criterion"].to_list() == ["score", "staff", "size.revenue", "size.equity"]


def test_firms_for_whom_the_cut_decides_nothing_are_left_out():
    registry = PLAIN.registry(1)
    years = registry["firm_years"]
    bad = pl.col("organisation") < "f00500"
    failing = registry.replace(firm_years=years.with_columns(abnormal_list=pl.when(bad).then(True).otherwise(False)))
    gone = registry.replace(
        firm_years=years.filter(~bad).with_columns(abnormal_list=pl.lit(False)),
        organisations=registry["organisations"].filter(~bad), titles=registry["titles"].filter(~bad),
    )  # fmt: skip
    assert effect(law(), "prize", failing, AS_OF).table.equals(effect(law(), "prize", gone, AS_OF).table)


def test_whoever_passes_another_way_is_left_out():
    registry = PLAIN.registry(1)
    rich = registry.replace(firm_years=registry["firm_years"].with_columns(equity_raised=pl.lit(2 * 10**9)))
    found = effect(law(), "prize", rich, AS_OF, criterion="size.revenue")
    assert found.candidates.select("n_left", "n_right").row(0) == (0, 0)


def test_holders_of_the_title_are_left_out():
    registry = PLAIN.registry(1)
    old = registry["organisations"].head(300).select(
        title=pl.format("old{}", "organisation"), organisation="organisation", kind=pl.lit("prize"),
        valid_from=pl.lit(date(2015, 1, 1)),
    )  # fmt: skip
    held = registry.replace(titles=pl.concat([registry["titles"], old], how="diagonal"))
    found = effect(law(), "prize", held, AS_OF, criterion="score")
    assert found.rounds == (ROUND,)
    assert sum(found.candidates.select("n_left", "n_right").row(0)) < sum(told().candidates.row(0)[3:5]) - 200


def test_rounds_of_one_version_are_pooled_and_others_left_out():
    first, second = PLAIN.registry(1), PLAIN.registry(2)
    shifted = [
        one.with_columns(pl.col("organisation").str.replace("f", "g"), *more)
        for one, more in (
            (second["organisations"], []),
            (second["firm_years"], [pl.col("year") - 1]),
            (second["titles"], [pl.col("title").str.replace("f", "g"), pl.col("valid_from").dt.offset_by("-1y")]),
        )
    ]
    names = ("organisations", "firm_years", "titles")
    both = Registry({name: pl.concat([first[name], more]) for name, more in zip(names, shifted, strict=True)})
    pooled = effect(law(), "prize", both, AS_OF)
    assert pooled.rounds == (ROUND - 1, ROUND)
    assert pooled.candidates["n_left"][0] > 1.8 * told().candidates["n_left"][0]
    newer = LAW.replace("from: 2020-01-01", "from: 2023-01-01")
    alone = effect(rules.load({"prize.yaml": newer}), "prize", both, AS_OF)
    assert alone.rounds == (ROUND,)


def test_amounts_are_compared_by_their_logarithms():
    text = LAW.replace("revenue >= 2000万元", "revenue >= 1亿元")
    found = effect(rules.load({"prize.yaml": text}), "prize", PLAIN.registry(1), AS_OF, criterion="size.revenue")
    got = row(found, "ip_class1_own")
    assert got["unit"] == "CNY"
    assert got["from"] * got["to"] == pytest.approx((1e8) ** 2)
    assert got["verdict"] == "no_jump"


def test_a_falling_threshold_is_passed_from_above():
    falling = rules.load({"prize.yaml": LAW.replace("platform_score >= 60", "platform_score < 60")})
    firms = World(share=(0.05, 0.8)).registry(1)
    got = row(effect(falling, "prize", firms, AS_OF, criterion="score"), "revenue")
    assert got["verdict"] == "estimated"
    assert got["jump"] > 0.5
    assert got["low"] < math.expm1(0.08) < got["high"]


def test_a_threshold_named_twice_is_no_cut():
    way = "any: [{id: many, check: rd_staff >= 30}, {id: few, check: rd_staff >= 10 AND platform_score >= 60}]"
    text = LAW.replace("{id: staff, check: rd_staff >= 10}", "{id: staff, name: {zh: 人, en: Staff}, " + way + "}")
    with pytest.raises(UsageFault):
        effect(rules.load({"prize.yaml": text}), "prize", PLAIN.registry(1), AS_OF, criterion="score")


# --- what a reader must know --------------------------------------------------------------------------------


def test_other_law_at_the_same_cut_is_named():
    alone, beside = told(), told(laws=(OTHER,))
    assert "Other title" in say(beside.why, "en")
    assert "Other title" not in say(alone.why, "en")
    assert beside.table.equals(alone.table)


def test_titles_that_come_later_are_said():
    got = row(told(replace(PLAIN, later=0.3)), "revenue")
    assert got["later"] == pytest.approx(0.3, abs=0.1)
    assert "later" in say(Why.from_json(got["why"]), "en")


def test_pictures_give_no_firm_away():
    found = told(World(firms=500))
    assert set(found.bins["series"]) == {"title", *OUTCOMES}
    few = found.bins.filter(pl.col("firms") < 5)
    assert few["mean"].null_count() == few.height
    title = found.bins.filter(pl.col("series") == "title", pl.col("mean").is_not_null())
    assert title.filter("right")["mean"].mean() - title.filter(~pl.col("right"))["mean"].mean() > 0.5


# --- engines' manners ---------------------------------------------------------------------------------------


def test_the_order_of_rows_changes_nothing():
    registry = PLAIN.registry(1)
    shuffled = Registry({name: registry[name].sample(fraction=1.0, shuffle=True, seed=5) for name in registry})
    first, second = (effect(law(), "prize", one, AS_OF) for one in (registry, shuffled))
    assert first.table.equals(second.table)
    assert first.bins.equals(second.bins)


def test_what_does_not_fit_is_said_all_at_once():
    with pytest.raises(UsageFault) as caught:
        told(outcomes=("revenue", "profits", "source"), before=0)
    assert len(caught.value.faults) == 3
    for lang in ("zh", "en"):
        assert "profits" in caught.value.say(lang)


@pytest.mark.parametrize("options", [{"criterion": "visit"}, {"criterion": "nowhere"}, {"tier": "gold"}])
def test_a_wrong_name_comes_with_the_right_ones(options):
    with pytest.raises(UsageFault) as caught:
        told(**options)
    assert "score" in caught.value.say() or "prize" in caught.value.say()


def test_a_title_that_is_not_the_schemes_must_be_named():
    text = LAW.replace("scheme: prize", "scheme: medal").replace("tier: prize", "tier: medal")
    medals, firms = rules.load({"medal.yaml": text}), PLAIN.registry(1)
    with pytest.raises(UsageFault) as caught:
        effect(medals, "medal", firms, AS_OF)
    assert "prize" in caught.value.say()
    assert "estimated" in effect(medals, "medal", firms, AS_OF, title="prize").table["verdict"].to_list()
    with pytest.raises(KeyError):
        effect(medals, "prize", firms, AS_OF)


def test_every_scheme_of_the_pack_can_be_asked():
    for name, scheme in book().schemes.items():
        if scheme.subject == "organisations" and scheme.yearly:
            assert set(effect(book(), name, Registry(), AS_OF).table["verdict"]) == {"no_title"}
        else:
            with pytest.raises(UsageFault):
                effect(book(), name, Registry(), AS_OF)
