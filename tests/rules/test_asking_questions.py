"""What to ask next: only what matters, what settles most first, and settled once it is answered."""

from __future__ import annotations

import polars as pl
import pytest
from asking_book import CITE, DAY, YUAN, firm, made_up, sayings
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import EXAMPLE, example, registry, table

from tongtu import rules
from tongtu.registry import Registry
from tongtu.rules import asking
from tongtu.terms.money import Money

SCORE = """
    scores:
      - score: s
        name: {zh: 评分, en: Score}
        parts:
          - part: p
            name: {zh: 部分, en: Part}
            points: 20
            items:
              - item: share
                name: {zh: 占有率, en: Share}
                points: 10
                bands: segment_share
                from: [[10%, 10]]
                otherwise: 0
              - {item: mark, name: {zh: 评审, en: Mark}, points: 10, ordinal: {zh: 说明, en: Statement}}
"""

COLUMNS = {"revenue": Money.of, "rd_spend": Money.of, "equity_raised": Money.of, "ip_class1": int, "award_rank": int}


def ask(one: Registry, scheme: str = "middle", subject: str | None = "f", **more) -> pl.DataFrame:
    return asking.ask_next(rules.judge(made_up(), scheme, one, DAY, **more), subject)


def fields(found: pl.DataFrame) -> dict[str, list[str]]:
    return dict(found.select("field", "criteria").iter_rows())


def test_nothing_to_ask_where_all_is_known():
    assert ask(firm()).is_empty()
    assert ask(firm(kinds=(), ip_class1=None)).is_empty()  # lost already, whatever the answer


def test_the_field_its_year_and_what_it_settles():
    found = ask(firm(ip_class1=None))
    row = found.row(0, named=True)
    assert (row["field"], row["noun"], row["column"], row["year"]) == (
        "firm_years.2025.ip_class1", "firm_years", "ip_class1", 2025,
    )  # fmt: skip
    assert row["criteria"] == ["middle.ip"]
    assert (row["settles_criteria"], row["settles_tiers"], row["could_settle_tiers"]) == (1, 1, 1)
    assert row["tiers"] == ["middle.middle"]
    assert sayings(found)
    assert sayings(found, "label")


def test_two_facts_that_settle_only_together_are_no_answer_by_themselves():
    both = ask(firm(revenue=None, rd_spend=None))
    assert both["field"][0] == "firm_years.2025.revenue"
    assert both["criteria"][0].to_list() == ["middle.size.revenue"]
    assert both.filter(pl.col("column") == "rd_spend")["settles_criteria"].sum() == 0
    waiver = ask(firm(ip_class1=0, award_level=None, award_rank=None))
    assert waiver.select("column", "settles_criteria", "helps_criteria").rows() == [
        ("award_level", 0, 1), ("award_rank", 0, 1),
    ]  # fmt: skip
    assert sayings(waiver)
    assert fields(ask(firm(ip_class1=0, award_level=None))) == {"firm_years.2025.award_level": ["middle.ip.waiver"]}


def test_an_open_waiver_keeps_a_fact_from_settling_by_itself():
    found = {row["column"]: row for row in ask(firm(ip_class1=None, award_level=None)).to_dicts()}
    assert found["award_level"]["criteria"] == ["middle.ip.waiver"]
    ip = found["ip_class1"]
    assert (ip["settles_criteria"], ip["could_settle_tiers"], ip["helps_criteria"]) == (0, 1, 1)


def test_the_other_way_of_an_any_is_not_asked():
    assert ask(firm(equity_raised=None)).is_empty()
    poor = firm(revenue=10_000_000 * YUAN, rd_spend=1_000_000 * YUAN, equity_raised=None)
    assert fields(ask(poor)) == {"firm_years.2025.equity_raised": ["middle.size.equity"]}


def test_a_divisor_or_a_currency_is_no_missing_answer():
    assert "middle.rd" not in str(ask(firm(revenue=0, equity_raised=30_000_000 * YUAN)).rows())
    assert ask(firm(currency="USD")).is_empty()
    assert fields(ask(firm(currency=None)))["firm_years.2025.currency"] == ["middle.size.equity", "middle.size.revenue"]


def test_what_settles_most_stands_first():
    one = firm(revenue=None, ip_class1=None, rd_spend=1_000_000 * YUAN)
    years = one["firm_years"].with_columns(
        pl.when(pl.col("year") == 2024).then(20_000_000 * YUAN).otherwise(pl.col("revenue")).alias("revenue")
    )
    found = ask(one.replace(firm_years=years))
    assert found["field"].to_list() == ["firm_years.2025.revenue", "firm_years.2025.ip_class1"]
    assert found["settles_criteria"].to_list() == [2, 1]


def test_whom_the_scheme_covers_comes_before_the_rest():
    one = firm(ip_class1=None)
    hidden = one.replace(organisations=one["organisations"].with_columns(pl.lit(None, pl.String).alias("kind")))
    found = ask(hidden)
    assert fields(found)["organisations.kind"] == ["middle.applies"]
    row = found.filter(pl.col("field") == "firm_years.2025.ip_class1").row(0, named=True)
    assert row["could_settle_tiers"] == 0  # the tier stays unknown without the kind


def test_a_persons_decision_is_a_question_of_its_own():
    found = ask(firm(), version="2022")
    row = found.row(0, named=True)
    assert (row["field"], row["noun"], row["year"]) == ("middle.judged", None, None)
    assert row["settles_tiers"] == 1


def test_a_table_of_titles_can_be_missing():
    one = firm(kinds=())
    nobody = one.replace(titles=one["titles"].head(0))
    assert fields(ask(nobody))["titles"] == ["middle.title"]


def test_records_behind_a_figure_are_asked_for_as_a_table():
    text = f"""
scheme: rows
name: {{zh: 设备, en: Equipment}}
subject: platforms
currency: CNY
jurisdiction: CN
measures:
  large: {{name: {{zh: 大型设备, en: Large equipment}}, rows_count: true, in: equipment, where: value >= 50万元}}
versions:
  - version: "1"
    in_force: [{{from: 2020-01-01, purposes: [new]}}]
    {CITE}
    tiers: [{{tier: any, name: {{zh: 甲, en: A}}, all: [{{id: a, check: large >= 1}}]}}]
"""
    loaded = rules.load({"rows.yaml": text})
    facts = registry(platforms=[{"platform": "p", "kind": "pilot", "name": "n"}])
    found = asking.ask_next(rules.judge(loaded, "rows", facts, DAY), "p")
    assert found.select("field", "noun", "column").row(0) == ("equipment", "equipment", None)


def test_a_score_waits_for_data_and_then_for_marks():
    text = EXAMPLE.replace("    tiers:", SCORE + "    tiers:").replace(
        "BODY", "{id: a, name: {zh: 得分, en: Score}, score: s, reach: 15}"
    )
    loaded = rules.load({"example.yaml": text})
    asked = {}
    for share in (None, 0.2):
        years = [{"organisation": "f", "year": 2025, "segment_share": share}]
        one = one_year().replace(firm_years=table("firm_years", years))
        asked[share] = asking.ask_next(rules.judge(loaded, "example", one, DAY), "f")["field"].to_list()
    assert asked == {None: ["firm_years.2025.segment_share"], 0.2: ["example.p.mark"]}


def test_everybody_counts_once_for_each_criterion():
    crowd = Registry(
        {
            name: pl.concat([firm("f", ip_class1=None)[name], firm("g", ip_class1=None)[name]]).unique()
            for name in ("organisations", "firm_years", "titles")
        }
    )
    found = ask(crowd, subject=None)
    assert found.filter(pl.col("column") == "ip_class1")["settles_criteria"].to_list() == [2]
    judgements = [rules.judge(made_up(), name, crowd, DAY) for name in ("middle", "base")]
    assert asking.ask_next(judgements).equals(asking.ask_next(judgements[::-1]))


def test_a_missing_part_below_a_group_of_years_is_found():
    found = asking.ask_next(rules.judge(example("{id: a, any_year: 2, check: platform_score >= 50}"), "example",
                                        one_year(), DAY), "f")  # fmt: skip
    assert set(found["field"]) == {"firm_years.2024.platform_score"}


def one_year() -> Registry:
    rows = [{"organisation": "f", "year": 2025, "platform_score": 10.0}]
    return Registry({"organisations": table("organisations", [{"organisation": "f", "kind": "sme"}]),
                     "firm_years": table("firm_years", rows)})  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*COLUMNS, "award_level"]), st.none(), max_size=3),
    st.sampled_from([0, 1, 5, 10_000_000, 30_000_000, 10**9]), st.sampled_from(["national", "none"]),
    st.sampled_from([("base_title",), ()]), st.sampled_from([0, 2]),
)  # fmt: skip
def test_any_answer_to_the_first_question_settles_what_it_says(hidden, number, award, kinds, ip):
    one = firm(kinds=kinds, **{"ip_class1": ip, **hidden})
    found = ask(one)
    for row in found.to_dicts():
        answer = award if row["column"] == "award_level" else COLUMNS[row["column"]](number)
        after = asking.what_if(made_up(), one, "f", {row["field"]: answer}, DAY, ["middle"])
        moved = {f"middle.{r['criterion']}": r for r in after.to_dicts() if r["criterion"]}
        for path in row["criteria"]:
            why = moved[path]["why"]
            assert moved[path]["before"] == "unknown"
            assert moved[path]["after"] != "unknown" or "rules.divisor" in why, (path, why)
        if row["settles_tiers"] and number:
            assert after.filter(pl.col("criterion").is_null())["after"][0] != "unknown"


@pytest.mark.parametrize("subject", ["f", None])
def test_the_same_answer_every_time(subject):
    one = firm(revenue=None, ip_class1=None, award_level=None)
    assert ask(one, subject=subject).equals(ask(one, subject=subject))
