"""Judging: what a user of verdicts, criteria, scores and gaps would notice."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import EXAMPLE, book, example, registry, table

from tongtu import rules
from tongtu.registry import Registry, noun
from tongtu.terms.why import Why
from tongtu.terms.words import say

DAY = date(2026, 11, 21)
YUAN = 100
GOOD = {
    "currency": "CNY", "revenue": 120_000_000 * YUAN, "main_revenue": 110_000_000 * YUAN, "rd_spend": 8_000_000 * YUAN,
    "total_assets": 200_000_000 * YUAN, "total_debt": 80_000_000 * YUAN, "equity_raised": 0, "segment_years": 5.0,
    "segment_share": 0.2, "domestic_rank": 2, "ip_class1": 5, "ip_class1_own": 5, "award_level": "municipal",
    "award_rank": 1, "rd_body_level": "municipal", "platform_score": 70.0, "abnormal_list": False,
    "accident_3y": False, "excluded_product": False,
}  # fmt: skip


def firm(name="f", years=(2023, 2024, 2025), kinds=("innovative_sme", "srdi_sme"), **change):
    """One firm as a registry; `change` goes into every year."""
    figures = {**GOOD, **change}
    growth = {2023: 0.8, 2024: 0.9, 2025: 1.0}
    rows = [
        {"organisation": name, "year": y, **figures,
         "revenue": None if figures["revenue"] is None else int(figures["revenue"] * growth[y])}
        for y in years
    ]  # fmt: skip
    titles = [{"title": f"{name}{k}", "organisation": name, "kind": k, "valid_from": date(2025, 1, 1)} for k in kinds]
    return registry(
        organisations=[{"organisation": name, "kind": "private", "legal_person": True}], firm_years=rows, titles=titles
    )


def joined(*registries):
    names = {name for one in registries for name in one}
    return Registry({name: pl.concat([one[name] for one in registries]) for name in names})


def verdicts(judgement):
    table_ = judgement.criteria_of(why=False)
    return dict(zip(table_["criterion"], table_["verdict"], strict=True))


CROWD = joined(
    firm("a"), firm("b", kinds=("high_tech",), ip_class1=0), firm("c", years=(2025,)), firm("d", currency="USD"),
    firm("e", revenue=None), firm("g", revenue=0), firm("h", award_level=None, ip_class1=0, ip_class1_own=0),
    firm("i", accident_3y=None, total_assets=0), firm("j", rd_spend=100 * YUAN, platform_score=10.0),
    registry(organisations=[{"organisation": "k", "kind": "university"}, {"organisation": "l", "kind": "private"},
                            {"organisation": "m"}]),
)  # fmt: skip


# --- the tables --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["srdi", "little_giant"])
@pytest.mark.parametrize("purpose", ["new", "review"])
def test_every_row_has_a_reason_that_both_languages_can_say(scheme, purpose):
    judgement = rules.judge(book(), scheme, CROWD, DAY, purpose)
    for frame in (judgement.verdicts, judgement.criteria):
        assert frame["why"].null_count() == 0
        for text in frame["why"]:
            why = Why.from_json(text)
            for lang in ("zh", "en"):
                said = say(why, lang)
                assert said
                assert not set("{}") & set(said)
                assert "rules." not in said


def test_stored_reasons_are_what_a_reason_would_store():
    for text in rules.judge(book(), "srdi", CROWD, DAY).criteria["why"]:
        assert Why.from_json(Why.from_json(text).to_json()) == Why.from_json(text)


def test_tables_have_the_columns_of_the_chain():
    judgement = rules.judge(book(), "srdi", CROWD, DAY)
    assert judgement.verdicts.columns == ["organisation", "scheme", "version", "tier", "verdict", "why"]
    assert judgement.criteria.columns == [
        "organisation", "scheme", "tier", "criterion", "verdict", "observed", "threshold", "shortfall", "unit", "why",
    ]  # fmt: skip
    empty = rules.judge(book(), "srdi", CROWD, date(2000, 1, 1)).criteria
    assert empty.schema == judgement.criteria.schema


def test_verdicts_agree_with_the_criteria_below_them():
    judgement = rules.judge(book(), "srdi", CROWD, DAY)
    top = judgement.criteria.filter(~pl.col("criterion").str.contains(".", literal=True))
    for organisation, verdict in judgement.verdicts.select("organisation", "verdict").iter_rows():
        below = top.filter(pl.col("organisation") == organisation)["verdict"].to_list()
        order = ["unmet", "unknown", "manual", "met"]
        expected = next((v for v in order if v in below), "not_applicable")
        if organisation == "m":  # whose kind is not recorded
            expected = "unknown"
        assert verdict == expected, organisation


def test_the_order_of_rows_changes_nothing():
    shuffled = Registry({name: CROWD[name].sample(fraction=1.0, shuffle=True, seed=7) for name in CROWD})
    first, second = (rules.judge(book(), "little_giant", r, DAY) for r in (CROWD, shuffled))
    assert first.verdicts.equals(second.verdicts)
    assert first.criteria.equals(second.criteria)


def test_a_subject_is_judged_alone_as_in_a_crowd():
    crowd = rules.judge(book(), "srdi", CROWD, DAY)
    for name in "abceghij":
        assert crowd.only([name]).criteria.equals(crowd.criteria.filter(pl.col("organisation") == name))


def test_shortfall_is_measured_on_the_wrong_side_of_the_threshold():
    table_ = rules.judge(book(), "srdi", CROWD, DAY).criteria
    for row in table_.filter(pl.col("threshold").is_not_null()).iter_rows(named=True):
        if row["verdict"] == "met":
            assert row["shortfall"] == 0
        elif row["verdict"] == "unmet" or "waiver-open" in row["why"]:
            assert row["shortfall"] > 0
            assert row["shortfall"] == pytest.approx(abs(row["threshold"] - row["observed"]))
        else:
            assert row["shortfall"] is None


def test_money_is_shown_in_major_units_of_the_rule():
    row = rules.judge(book(), "srdi", firm(), DAY).criteria.filter(pl.col("criterion") == "S2.revenue")
    assert row.select("observed", "threshold", "unit").row(0) == (120_000_000.0, 15_000_000.0, "CNY")


def test_no_subjects_no_rows():
    judgement = rules.judge(book(), "srdi", Registry(), DAY)
    assert judgement.verdicts.height == judgement.criteria.height == 0


# --- which version -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "purpose", "batch", "version"),
    [
        ("2026-04-01", "new", None, "2026"),
        ("2026-03-31", "new", None, "2022"),
        ("2026-05-01", "review", None, "2026"),
        ("2026-05-01", "review", "5", "2022"),
        ("2026-05-01", "new", "5", "2026"),
        ("2027-01-01", "review", "5", "2026"),
        ("2022-07-31", "new", None, None),
    ],
)
def test_the_version_is_chosen_by_day_purpose_and_batch(day, purpose, batch, version):
    judgement = rules.judge(book(), "little_giant", firm(), date.fromisoformat(day), purpose, batch)
    assert judgement.verdicts["version"].to_list() == [version]
    if version is None:
        assert judgement.verdicts["verdict"].to_list() == ["not_applicable"]
        assert "2022年7月31日" in say(judgement.why("f"))


def test_a_firm_can_pass_by_the_old_rule_and_fail_by_the_new_on_one_day():
    old = firm(main_revenue=90_000_000 * YUAN, ip_class1=2, ip_class1_own=2, award_level="municipal")
    assert verdicts(rules.judge(book(), "little_giant", old, date(2026, 5, 1), "review", "5"))["Z1.main"] == "met"
    assert verdicts(rules.judge(book(), "little_giant", old, date(2026, 5, 1), "review"))["G2.main"] == "unmet"


def test_a_scheme_that_is_not_there():
    with pytest.raises(KeyError):
        rules.judge(book(), "nobody", firm(), DAY)


def test_a_later_record_of_a_year_replaces_an_earlier_one():
    twice = firm()
    rows = twice["firm_years"]
    late = rows.with_columns(pl.lit(1).cast(pl.Int64).alias("ip_class1"), pl.lit(date(2026, 9, 1)).alias("recorded_at"))
    early = rows.with_columns(pl.lit(0).cast(pl.Int64).alias("ip_class1"))
    both = twice.replace(firm_years=pl.concat([late, early]))
    assert verdicts(rules.judge(book(), "srdi", both, DAY))["S5"] == "met"


# --- improving never hurts ---------------------------------------------------------------------------------

ORDER = {"unmet": 0, "unknown": 1, "manual": 1, "met": 2, "not_applicable": 2}
BETTER = {
    "main_revenue": 1, "rd_spend": 1, "equity_raised": 1, "segment_years": 1, "segment_share": 1, "ip_class1": 1,
    "ip_class1_own": 1, "platform_score": 1, "total_debt": -1, "domestic_rank": -1, "award_rank": -1,
}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["srdi", "little_giant"]), st.sampled_from(sorted(BETTER)), st.floats(0.2, 1.5), st.floats(0, 3),
    st.sampled_from(["new", "review"]), st.sampled_from(["national", "municipal", None]),
)  # fmt: skip
def test_improving_a_figure_never_lowers_a_verdict(scheme, figure, start, more, purpose, award):
    kind = type(GOOD[figure])
    worse = kind(GOOD[figure] * start)
    better = kind(worse * (1 + more) + 1 if BETTER[figure] > 0 else max(1, worse / (1 + more)))
    before, after = (
        verdicts(rules.judge(book(), scheme, firm(**{figure: value, "award_level": award}), DAY, purpose))
        for value in sorted((worse, better), key=lambda v: v * BETTER[figure])
    )
    assert {path for path in before if ORDER[after[path]] < ORDER[before[path]]} == set()


@pytest.mark.parametrize("column", sorted(set(GOOD) - {"currency"}))
def test_learning_a_fact_never_turns_met_into_unmet_or_back(column):
    """Unknown may become anything; what was settled without a fact stays settled with it."""
    known, hidden = (verdicts(rules.judge(book(), "little_giant", firm(**c), DAY)) for c in ({}, {column: None}))
    for path, verdict in hidden.items():
        if verdict in ("met", "unmet"):
            assert known[path] == verdict


# --- gaps --------------------------------------------------------------------------------------------------


def test_a_gap_lists_what_is_open_nearest_first():
    poor = firm(rd_spend=990_000 * YUAN, main_revenue=60_000_000 * YUAN, ip_class1=0, segment_share=None)
    found = rules.gap(rules.judge(book(), "srdi", poor, DAY), "f")
    assert found["criterion"].to_list()[:2] == ["S4.amount", "S3.main"]
    assert found["effort"][0] == pytest.approx(0.01)
    assert found["verdict"].to_list() == sorted(found["verdict"], key=["unmet", "unknown", "manual"].index)
    assert "S2.equity" not in found["criterion"].to_list()  # revenue alone suffices
    assert "S1.title" not in found["criterion"].to_list()


def test_a_gap_of_somebody_the_scheme_does_not_cover_is_empty():
    judgement = rules.judge(book(), "srdi", CROWD, DAY)
    assert rules.gap(judgement, "k").height == 0
    with pytest.raises(KeyError):
        rules.gap(judgement, "a", tier="nothing")


def test_the_reason_of_one_subject_is_a_tree():
    judgement = rules.judge(book(), "srdi", CROWD, DAY)
    why = judgement.why("b")
    assert why.code == "rules.tier-unmet"
    assert [part.code for part in why.parts][1:3] == ["rules.group-unmet", "rules.group-met"]
    with pytest.raises(KeyError):
        judgement.why("nobody")


# --- platforms, points, marks ------------------------------------------------------------------------------


def platform(name="p", **change):
    facts = {
        "platform": name, "kind": "pilot", "directions": ["d1"], "founded": date(2023, 11, 21), "area_m2": 400.0,
        "equipment_value": 7_500_000 * YUAN, "currency": "CNY", "staff": 40, "staff_full_time": 15, "staff_senior": 8,
        "accident_3y": False, "legal_person": True, "publishes_services": True, "ip_rules": True, **change,
    }  # fmt: skip
    equipment = [
        {"equipment": f"{name}{i}", "platform": name, "value": v * YUAN, "currency": "CNY"}
        for i, v in enumerate((600_000, 500_000, 499_999))
    ]
    usage = [
        {"usage": f"{name}{i}", "platform": name, "date_from": day, "external": outside, "fee": 1_000_000 * YUAN,
         "currency": "CNY", "user": f"u{i % 2}"}
        for i, (day, outside) in enumerate(
            [(date(2025, 1, 1), True), (date(2026, 1, 1), True), (date(2026, 2, 1), True), (date(2026, 2, 1), False),
             (date(2024, 11, 21), True), (date(2026, 11, 22), True)]
        )
    ]  # fmt: skip
    return registry(platforms=[facts], equipment=equipment, usage=usage)


def points(judgement, item):
    row = judgement.scores.filter(pl.col("item") == item)
    return row.select("low", "high", "observed").row(0)


def test_points_are_bands_lines_and_sums_over_child_rows():
    judgement = rules.judge(book(), "platform_rubric", platform(), DAY)
    assert judgement.key == "platform"
    assert judgement.verdicts.columns[0] == "platform"
    assert points(judgement, "basic_capability.equipment") == (2.5, 2.5, 7_500_000.0)
    assert points(judgement, "basic_capability.area") == (2.5, 2.5, 400.0)
    assert points(judgement, "technical_advantage.instruments") == (2.0, 2.0, 1_100_000.0)  # the third is too small
    assert points(judgement, "service_effect.runs")[2] == 3  # two years, outside users only
    assert points(judgement, "service_effect.users")[2] == 2
    assert points(judgement, "service_effect.revenue")[2] == 3_000_000.0
    assert points(judgement, "operating_mechanism.years")[:2] == (3.0, 3.0)
    assert points(judgement, "strategic_positioning.gap")[:2] == (0.0, 5.0)  # no reviewer has marked it


def test_a_part_is_the_sum_of_its_items_and_the_total_of_its_parts():
    frame = rules.judge(book(), "platform_rubric", platform(), DAY).scores
    items = frame.filter(pl.col("item").is_not_null()).group_by("part").agg(pl.col("low", "high").sum()).sort("part")
    parts = frame.filter(pl.col("item").is_null() & pl.col("part").is_not_null()).sort("part")
    assert items["low"].to_list() == pytest.approx(parts["low"].to_list())
    assert items["high"].to_list() == pytest.approx(parts["high"].to_list())
    total = frame.filter(pl.col("part").is_null())
    assert total["high"][0] == pytest.approx(parts["high"].sum())
    assert total["points"][0] == 100


@pytest.mark.parametrize(
    "column", ["area_m2", "equipment_value", "staff", "legal_person", "founded", "currency", "directions"]
)
def test_hiding_a_fact_widens_the_interval_around_the_truth(column):
    known, hidden = (
        rules.judge(book(), "platform_rubric", platform(**change), DAY).scores.filter(pl.col("part").is_null())
        for change in ({}, {column: None})
    )
    assert hidden["low"][0] <= known["low"][0] <= known["high"][0] <= hidden["high"][0]
    assert hidden["high"][0] - hidden["low"][0] > known["high"][0] - known["low"][0]


def test_reviewers_marks_settle_what_only_they_can():
    judgement = rules.judge(book(), "platform_rubric", platform(), DAY)
    ordinals = [i for i in judgement.scores["item"].drop_nulls() if points(judgement, i)[0] < points(judgement, i)[1]]
    rows = [("p", item, 3.0, 3.0) for item in ordinals] + [("p", ordinals[0], 1.0, 9.0), ("p", "fraud", 0.0, 0.0)]
    marks = pl.DataFrame(rows, schema=["subject", "path", "low", "high"], orient="row")
    marked = rules.judge(book(), "platform_rubric", platform(), DAY, marks=marks)
    assert points(marked, ordinals[1])[:2] == (3.0, 3.0)
    assert points(marked, ordinals[0])[:2] == (1.0, 5.0)  # two reviewers, and no more than the item gives
    fraud = marked.criteria.filter(pl.col("criterion") == "fraud")["verdict"]
    assert set(fraud) == {"unmet"}
    assert "unmet" not in marked.verdicts.filter(pl.col("tier") == "reserve")["verdict"].to_list()  # a trigger only


def test_our_own_rubric_says_that_it_is_ours():
    scheme = book()["platform_rubric"]
    assert scheme.versions[0].cite.grade == "ours"
    assert "非官方" in scheme.label.zh
    assert "非官方" in scheme.notice.zh
    assert "unofficial" in scheme.notice.en


# --- the rest of the language ------------------------------------------------------------------------------


def only(body, firms=None, **change):
    judgement = rules.judge(example(body), "example", firms or firm(**change), DAY)
    return judgement.verdicts["verdict"][0]


def test_any_year_and_each_year():
    rows = firm()["firm_years"].with_columns(
        pl.when(pl.col("year") == 2024).then(60.0).otherwise(40.0).alias("platform_score")
    )
    uneven = firm().replace(firm_years=rows)
    assert only("{id: a, any_year: 2, check: platform_score >= 50}", uneven) == "met"
    assert only("{id: a, each_year: 2, check: platform_score >= 50}", uneven) == "unmet"
    assert only("{id: a, check: platform_score >= 50}", uneven) == "unmet"
    later = firm().replace(firm_years=rows.filter(pl.col("year") != 2025))
    assert only("{id: a, any_year: 2, check: platform_score >= 50}", later) == "met"
    assert only("{id: a, each_year: 2, check: platform_score >= 50}", later) == "unknown"


def test_each_year_of_an_either_is_asked_year_by_year():
    body = (
        "{id: a, name: {zh: 甲, en: A}, each_year: 2, any: [{id: x, check: platform_score >= 50}, "
        "{id: y, check: ip_class1 >= 5}]}"
    )
    rows = firm()["firm_years"].with_columns(
        pl.when(pl.col("year") == 2024).then(60.0).otherwise(40.0).alias("platform_score"),
        pl.when(pl.col("year") == 2025).then(5).otherwise(0).cast(pl.Int64).alias("ip_class1"),
    )
    assert only(body, firm().replace(firm_years=rows)) == "met"
    swapped = rows.with_columns(pl.col("ip_class1").replace({5: 0}))
    assert only(body, firm().replace(firm_years=swapped)) == "unmet"


def test_at_least_k_none_and_tie_break():
    of = "[{check: ip_class1 >= 5}, {check: domestic_rank <= 1}, {check: segment_share >= 50%}]"
    two = "{id: a, name: {zh: 甲, en: A}, at_least: 2, of: " + of + "}"
    assert only(two) == "unmet"
    assert only(two, domestic_rank=1) == "met"
    assert only(two, domestic_rank=None) == "unknown"
    none = "{id: a, name: {zh: 甲, en: A}, none: [{check: accident_3y}, {check: abnormal_list}]}"
    assert only(none) == "met"
    assert only(none, accident_3y=True) == "unmet"
    assert only(none, accident_3y=None) == "unknown"
    assert only("{id: a, role: tie_break, check: accident_3y}\n          - {id: b, check: ip_class1 >= 1}") == "met"


def test_a_threshold_can_depend_on_a_code():
    factor = "factor: {name: {zh: 行业系数, en: Factor}, lookup: industry, table: {C39: 2, C27: 0.5}, otherwise: 1}"
    text = EXAMPLE.replace("BODY", "{id: a, check: rd_share >= 5% * factor}")
    loaded = rules.load({"x.yaml": text.replace("measures:\n", f"measures:\n  {factor}\n")})
    for industry, verdict in (("C39", "unmet"), ("C27", "met"), ("X", "met"), (None, "unknown")):
        one = firm()
        named = one.replace(
            organisations=one["organisations"].with_columns(pl.lit(industry, pl.String).alias("industry"))
        )
        assert rules.judge(loaded, "example", named, DAY).verdicts["verdict"][0] == verdict


def test_absence_means_none_only_where_the_rule_says_so():
    def runs(absent, with_usage):
        text = """
scheme: x
name: {zh: 甲, en: X}
subject: platforms
currency: CNY
jurisdiction: CN
measures:
  runs: {name: {zh: 次数, en: Runs}, rows_count: true, in: usage, absent: ABSENT}
versions:
  - version: "1"
    in_force: [{from: 2020-01-01, purposes: [new]}]
    cite: {document: 示例, source: 示例, grade: ours}
    tiers:
      - {tier: only, name: {zh: 甲, en: X}, all: [{id: a, check: runs <= 0}]}
""".replace("ABSENT", absent)
        tables = {"platforms": table("platforms", [{"platform": "p"}, {"platform": "q"}])}
        if with_usage:
            tables["usage"] = table("usage", [{"usage": "1", "platform": "q"}])
        return rules.judge(rules.load({"x.yaml": text}), "x", Registry(tables), DAY).verdicts["verdict"].to_list()

    assert runs("unknown", with_usage=True) == ["unknown", "unmet"]
    assert runs("zero", with_usage=True) == ["met", "unmet"]
    assert runs("zero", with_usage=False) == ["unknown", "unknown"]


def test_every_fact_of_the_pack_has_a_source_and_a_grade_we_may_ship():
    for name in book():
        for version in book()[name].versions:
            for _, criterion, _ in version.criteria():
                assert criterion.cite.document
                assert criterion.cite.sources
                assert criterion.cite.grade in ("A", "B", "C", "ours")
                assert criterion.label.zh
                assert criterion.label.en


def test_the_book_lists_its_versions_as_the_registry_would():
    versions = book().versions
    assert set(versions.columns) <= {c.name for c in noun("rule_versions").columns}
    assert versions.filter(pl.col("scheme") == "srdi").height == 2
    assert versions["digest"].n_unique() == 1
