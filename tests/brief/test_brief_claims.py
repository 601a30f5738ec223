"""The claims register: forecasts told from targets, followed against published figures, sources judged by them."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.brief.claims import CLAIMS, FOLLOWED, SOURCES, by_source, claims, follow
from tongtu.brief.document import Document, identity
from tongtu.brief.facts import Lexicon, extract, lexicon
from tongtu.brief.reading import read
from tongtu.registry.boundary import read_prose
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, entries, missing, say

TEXTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "briefs"
KEYS = Path(__file__).parent / "keys"
texts = pytest.mark.skipif(not TEXTS.is_dir(), reason="shared/data/briefs is not here")
MADE = date(2026, 3, 1)


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def document(text: str, *, title: str = "", official: bool = False, published: date | None = MADE) -> Document:
    return Document(identity(text, ""), text, (), title, "某报", "", published, "zh", official, "text")


def found(text: str, **more: object) -> pl.DataFrame:
    made = document(text, **more)  # type: ignore[arg-type]
    return claims(made, extract(made, words()), words())


#: text → speaker, modality, measure, operator, low, high, due
FORECASTS = {
    "高盛预计，2028年中国研发经费将达到5万亿元。": (
        "高盛", "likely", "rd_total", "ge", 5e12, None, date(2028, 12, 31),
    ),
    "分析师认为，基础研究经费占研发经费比重到2030年有望突破10%。": (
        "分析师", "likely", "basic_share", "gt", 10.0, None, date(2030, 12, 31),
    ),
    "据IDC预测，2027年市场规模将超过3000亿元。": ("IDC", "likely", None, "gt", 3e11, None, date(2027, 12, 31)),
    "预计到2028年，研发投入强度将达到2.8%左右。": (
        None, "likely", "rd_intensity", "about", 2.8, 2.8, date(2028, 12, 31),
    ),
    "明年经济增速或将降至4.5%。": (None, "possible", None, "le", None, 4.5, date(2027, 12, 31)),
    "工信部预计，今年中试平台服务企业5000家。": (
        "工业和信息化部", "likely", None, "eq", 5000.0, 5000.0, date(2026, 12, 31),
    ),
    "未来五年，产业规模将增长到3万亿元。": (None, "certain", None, "ge", 3e12, None, date(2031, 12, 31)),
    "预计2026年上半年新增就业600万人。": (None, "likely", None, "eq", 6e6, 6e6, date(2026, 6, 30)),
    "IDC forecasts that R&D spending will reach 5 trillion yuan by 2030.": (
        "IDC", "likely", "rd_total", "ge", 5e12, None, date(2030, 12, 31),
    ),
    "Analysts say the share of basic research could exceed 10% by 2030.": (
        "Analysts", "possible", "basic_share", "ge", 10.0, None, date(2030, 12, 31),
    ),
    "According to the Ministry of Science and Technology, R&D intensity is expected to reach 3% by 2030.": (
        "科学技术部", "likely", "rd_intensity", "ge", 3.0, None, date(2030, 12, 31),
    ),
    "China will increase the ratio of basic research funding to total R&D expenditure to over 10% by 2028.": (
        None, "certain", "basic_share", "gt", 10.0, None, date(2028, 12, 31),
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", FORECASTS)
def test_a_forecast_is_read_with_who_what_and_when(text: str) -> None:
    (row,) = found(text).to_dicts()
    names = ("speaker", "modality", "measure", "operator", "low", "high", "due")
    assert tuple(row[name] for name in names) == FORECASTS[text]
    assert row["statement"] == text
    assert row["source"] == (row["speaker"] or "某报")
    assert row["state"] == "open"


NO_FORECASTS = (
    "Will the share of basic research reach 10% by 2030?",
    "The share was expected to reach 8% in 2025.",
    "Output grew faster than expected.",
    "Requires the agency to submit a plan that describes how the programme will be implemented.",
    "The models are used to predict the effects of storms on the grid.",
    "有关部门将提高标准作为首要工作。",
    "去年研发经费增长8.3%。",
    "业绩不及预期。",
    "",
    "预计",
)


@pytest.mark.parametrize("text", NO_FORECASTS)
def test_what_is_no_forecast_stays_out(text: str) -> None:
    assert found(text).is_empty()


#: what an official instrument or body sets; each in its own text and as others report it
TARGETS = (
    "《行动计划》提出，到2027年，建成100个中试平台，基础研究占比将达到8%。",
    "工信部印发通知，明确到2027年规模将达到3000亿元。到2028年将达到5000亿元。",
    "China's 14th Five-Year Plan sets a target to increase basic research spending to 8% and will raise it further.",
    "工业和信息化部提出目标，到2030年标准将达到100项以上。",
    "据《中试平台建设行动方案》，到2027年平台将达到100个。",
    "国务院要求，力争到2030年研发经费投入强度将超过3%。",
)


@pytest.mark.parametrize("official", [False, True])
@pytest.mark.parametrize("text", TARGETS)
def test_targets_of_official_instruments_are_never_claims(text: str, official: bool) -> None:
    facts = extract(document(text, official=official), words())
    assert found(text, official=official).is_empty()
    assert "target" in facts.figures["kind"].to_list()


def test_an_official_text_forecasts_only_in_so_many_words() -> None:
    undertaking = "我们将继续支持企业创新。到2027年平台将达到200个。"
    assert found(undertaking, official=True).is_empty()
    (row,) = found("预计2026年财政收入继续增长。", official=True).to_dicts()
    assert row["modality"] == "likely"
    titled = "中试平台建设实施方案\n到2027年，中试平台将达到200个，预计建成100个。"
    assert found(titled, title="中试平台建设实施方案").is_empty()


def test_a_report_of_an_instrument_goes_on_telling_its_targets() -> None:
    told = "《行动计划》明确，支持企业牵头。到2027年，中试平台将达到200个。"
    assert found(told).is_empty()
    foretold = found(told + "IDC预计，市场规模将达到3000亿元。")
    assert foretold["speaker"].to_list() == ["IDC"]


def test_two_figures_of_a_sentence_are_two_claims_with_their_own_day() -> None:
    rows = found("公司预计2027年底前营业收入达到50亿元至60亿元，2030年达到100亿元。").to_dicts()
    assert [(r["operator"], r["low"], r["high"], r["due"].year) for r in rows] == [
        ("range", 5e9, 6e9, 2027), ("ge", 1e10, None, 2030),
    ]  # fmt: skip
    assert len({r["claim"] for r in rows}) == 2


def test_a_measure_beside_another_keeps_to_its_own_figure() -> None:
    rows = found("预计2028年研发投入强度达到3%，国内生产总值增长5%。").to_dicts()
    assert [r["measure"] for r in rows] == ["rd_intensity", "gdp_growth"]


@given(
    st.lists(
        st.sampled_from(
            [
                "预计2028年研发经费将达到5万亿元。",
                "IDC expects growth to slow.",
                "如果成功，",
                "\n",
                " ",
                "12%",
                "《规划》提出",
                "if",
            ]
        ),
        max_size=8,
    ),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_every_statement_is_word_for_word_in_its_source(pieces: list[str], official: bool) -> None:
    made = document("".join(pieces), official=official)
    frame = claims(made, extract(made, words()), words())
    assert dict(frame.schema) == dict(pl.DataFrame(schema=CLAIMS).schema)
    for row in frame.iter_rows(named=True):
        assert made.text[row["start"] : row["end"]] == row["statement"]
        assert 0 < row["confidence"] <= 1
    assert frame["claim"].n_unique() == frame.height


@texts
def test_the_articles_forecasts_are_those_of_the_key() -> None:
    """All that are not optional are found; of eleven two are in the key not at all: a figure of speech, an aside."""
    key = tomllib.loads((KEYS / "articles.toml").read_text("utf-8"))["article"]
    missed, extra, seen = [], [], 0
    for article in key:
        raw = (TEXTS / article["file"]).read_text("utf-8")
        made = read(*read_prose(TEXTS / article["file"]))
        futures = article["event"]["future"]
        asked = [(future, raw[future["span"]["start"] : future["span"]["end"]]) for future in futures]
        got = claims(made, extract(made, words()), words())["statement"].to_list()
        seen += len(got)
        missed += [f["en"] for f, text in asked if not f.get("optional") and not any(_meets(g, text) for g in got)]
        extra += [g for g in got if not any(_meets(g, text) for _, text in asked)]
    assert missed == []
    assert (len(extra), seen) == (2, 11)


def _meets(one: str, other: str) -> bool:
    one, other = (" ".join(text.split()) for text in (one, other))
    return one in other or other in one


@texts
def test_no_target_of_a_work_report_is_in_the_register() -> None:
    year = 2022
    lines = (TEXTS / "government_work_reports.jsonl").read_text("utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if str(json.loads(line)["year"]) == str(year))
    made = read(read_prose(TEXTS / "government_work_reports.jsonl")[at])
    got = claims(made, extract(made, words()), words()).filter(pl.col("figure_start").is_not_null())
    quoted = {made.text[r["figure_start"] : r["figure_end"]] for r in got.iter_rows(named=True)}
    with (KEYS / "targets.csv").open(encoding="utf-8") as stream:
        keyed = {
            row[f"written_{side}"]
            for row in csv.DictReader(stream)
            for side, key in (("from", "year_from"), ("to", "year_to"))
            if row[key] == str(year) and row[f"written_{side}"]
        }
    assert keyed
    assert not any(one in other or other in one for one in quoted for other in keyed)


# ---- followed


def observed(rows: list[tuple[int, date, float]], *, scope: str = "CN", unit: str = "ratio") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"measure": "basic_share", "scope": scope, "year": year, "published": day, "value": value, "unit": unit,
             "source": "x"}
            for year, day, value in rows
        ],
        schema={"measure": pl.String, "scope": pl.String, "year": pl.Int64, "published": pl.Date, "value": pl.Float64,
                "unit": pl.String, "source": pl.String},
    )  # fmt: skip


def yearly(first: int, last: int, start: float, step: float) -> pl.DataFrame:
    return observed([(y, date(y + 1, 3, 1), start + step * (y - first)) for y in range(first, last + 1)])


TEN_BY_2028 = "专家认为，基础研究经费占研发经费比重到2028年有望突破10%。"


def test_trajectory_and_needed_pace_are_those_of_a_known_line() -> None:
    (row,) = follow(found(TEN_BY_2028), yearly(2020, 2025, 0.06, 0.002), date(2026, 11, 1)).to_dicts()
    assert row["state"] == "open"
    assert (row["first_year"], row["last_year"]) == (2020, 2025)
    assert math.isclose(row["last_value"], 7.0)
    assert math.isclose(row["pace"], 0.2)
    assert math.isclose(row["needed"], 1.0)
    assert row["on_pace"] is False
    assert [point["year"] for point in row["trajectory"]] == list(range(2020, 2026))
    assert Why.from_json(row["why"]).code == "brief_claims.open-behind"
    faster = follow(found(TEN_BY_2028), yearly(2020, 2025, 0.04, 0.0101), date(2026, 11, 1))
    assert faster["on_pace"].to_list() == [True]


@pytest.mark.parametrize(
    ("value", "state"), [(0.101, "true"), (0.10, "false"), (0.099, "false")], ids=["above", "at the bound", "below"]
)
def test_the_figure_of_the_due_year_decides_once_it_is_out(value: float, state: str) -> None:
    figures = observed([(2027, date(2028, 3, 1), 0.12), (2028, date(2029, 3, 1), value)])
    claim = found(TEN_BY_2028)
    assert follow(claim, figures, date(2029, 2, 28))["state"].to_list() == ["open"]
    assert follow(claim, figures, date(2029, 3, 1))["state"].to_list() == [state]


def test_the_last_vintage_known_on_the_day_counts() -> None:
    figures = observed([(2028, date(2029, 3, 1), 0.11), (2028, date(2029, 9, 1), 0.095)])
    claim = found(TEN_BY_2028)
    states = [follow(claim, figures, day)["state"][0] for day in (date(2029, 8, 31), date(2029, 9, 1))]
    assert states == ["true", "false"]


#: text → reason it cannot be decided
UNDECIDABLE = {
    "专家认为，产业前景有望更加广阔。": "figure",
    "专家认为，2028年展位预计达到300平方米。": "measure",
    "专家认为，基础研究经费占比有望突破10%。": "date",
    "专家认为，基础研究经费占研发经费比重到2028年6月有望突破10%。": "inside-year",
    "专家认为，研发经费2028年预计增加5000亿元。": "step",
    "专家认为，技术合同成交额2028年有望突破10万亿元。": "unobserved",
}


@pytest.mark.parametrize("text", UNDECIDABLE)
def test_what_cannot_be_decided_says_why(text: str) -> None:
    (row,) = follow(found(text), yearly(2020, 2025, 0.06, 0.002), date(2030, 1, 1)).to_dicts()
    assert row["state"] == "undecidable"
    assert Why.from_json(row["why"]).code == f"brief_claims.undecidable-{UNDECIDABLE[text]}"


def test_figures_of_another_unit_or_of_several_regions_decide_nothing() -> None:
    claim, day = found(TEN_BY_2028), date(2029, 6, 1)
    foreign = observed([(2028, date(2029, 3, 1), 0.12)], unit="CNY")
    assert "undecidable-unit" in follow(claim, foreign, day)["why"][0]
    two = pl.concat([observed([(2028, date(2029, 3, 1), v)], scope=s) for s, v in (("CN", 0.12), ("110000", 0.16))])
    assert "undecidable-scope" in follow(claim, two, day)["why"][0]
    assert follow(claim, two, day, scope="CN")["state"].to_list() == ["true"]
    regional = found("专家认为，北京市基础研究经费占研发经费比重到2028年有望突破15%。")
    assert regional["scope"].to_list() == ["110000"]
    assert follow(regional, two, day, scope="CN")["last_value"].to_list() == pytest.approx([16.0])


def test_the_published_record_of_the_pack_answers_the_article() -> None:
    text = "China will increase the ratio of basic research funding to total R&D expenditure to over 10% by 2028."
    (row,) = follow(found(text), packs.load("cn").table("statistics"), date(2026, 11, 22)).to_dicts()
    assert (row["state"], row["last_year"], row["on_pace"]) == ("open", 2025, False)
    assert row["last_value"] == pytest.approx(7.08)
    assert row["needed"] == pytest.approx((10 - 7.08) / 3)


@given(st.randoms(use_true_random=False))
@settings(max_examples=4, deadline=None)
def test_order_of_rows_and_following_twice_change_nothing(random: object) -> None:
    claim = pl.concat([found(text) for text in (TEN_BY_2028, *list(FORECASTS)[:3])])
    figures = yearly(2015, 2028, 0.05, 0.004)
    mixed = list(range(figures.height))
    random.shuffle(mixed)  # type: ignore[attr-defined]
    day = date(2029, 6, 1)
    once = follow(claim, figures, day)
    assert follow(claim.reverse(), figures[mixed], day).equals(once)
    assert follow(once, figures, day).equals(once)
    assert dict(once.schema) == dict(pl.DataFrame(schema=FOLLOWED).schema)


@given(st.floats(0.01, 0.3), st.floats(0.01, 0.3))
@settings(max_examples=15, deadline=None)
def test_a_floor_that_held_still_holds_at_a_higher_figure(one: float, other: float) -> None:
    low, high = sorted((one, other))
    claim = _ten()
    states = [follow(claim, observed([(2028, date(2029, 3, 1), v)]), date(2030, 1, 1))["state"][0] for v in (low, high)]
    assert states != ["true", "false"]
    assert (states[1] == "true") == (high * 100 > 10 and not math.isclose(high * 100, 10, rel_tol=1e-9))


@cache
def _ten() -> pl.DataFrame:
    return found(TEN_BY_2028)


# ---- by source


def decided(states: list[str], source: str = "甲") -> pl.DataFrame:
    (one,) = follow(_ten(), yearly(2020, 2025, 0.06, 0.002), date(2026, 1, 1)).to_dicts()
    rows = [
        one | {"claim": f"{i:012d}", "source": source, "state": state, "low": float(i)}
        for i, state in enumerate(states)
    ]
    return pl.DataFrame(rows, schema=FOLLOWED)


def test_a_share_needs_three_decided_claims() -> None:
    two = by_source(decided(["true", "false", "open", "undecidable"]))
    assert two.select("claims", "open", "undecidable", "true", "false", "resolved").row(0) == (4, 1, 1, 1, 1, 2)
    assert two.select("share", "low", "high").row(0) == (None, None, None)
    three = by_source(decided(["true", "false", "true", "open"])).row(0, named=True)
    assert three["share"] == pytest.approx(2 / 3)
    assert dict(two.schema) == dict(pl.DataFrame(schema=SOURCES).schema)


def test_the_interval_is_wilsons() -> None:
    """8 of 10: 49.02 % to 94.33 % (Wilson's score interval, worked by hand from its formula)."""
    row = by_source(decided(["true"] * 8 + ["false"] * 2)).row(0, named=True)
    z, n, p = 1.959963984540054, 10, 0.8
    middle, half = (
        (p + z * z / 2 / n) / (1 + z * z / n),
        z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n),
    )
    assert (row["low"], row["high"]) == pytest.approx((middle - half, middle + half))
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.4902, 0.9433)


def test_a_repeated_claim_counts_once_and_sources_stay_apart() -> None:
    once = decided(["true", "true", "false"])
    twice = pl.concat([once, once.with_columns(claim="x" + pl.col("claim"))])
    assert by_source(twice).drop("why").equals(by_source(once).drop("why"))
    both = by_source(pl.concat([once, decided(["false"] * 3, "乙")]))
    assert dict(zip(both["source"], both["true"], strict=True)) == {"甲": 2, "乙": 0}


def test_every_word_is_in_the_catalogue() -> None:
    for name in entries("brief_claims"):
        assert not missing(f"brief_claims.{name}")
    frames = [
        follow(found(text), yearly(2020, 2028, 0.06, 0.002), date(2030, 1, 1)) for text in (TEN_BY_2028, *UNDECIDABLE)
    ]
    for why in pl.concat(frames)["why"]:
        for lang in LANGUAGES:
            assert "{" not in say(Why.from_json(why), lang)
            assert "brief_claims" not in say(Why.from_json(why), lang)
