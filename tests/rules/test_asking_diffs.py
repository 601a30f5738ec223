"""Who gains, who loses, and why: what a user of a comparison would notice."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from asking_book import DAY, YUAN, firm, made_up, sayings
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import registry

from tongtu import rules
from tongtu.registry import Registry
from tongtu.rules import asking, columns, logic
from tongtu.rules.asking import trees
from tongtu.rules.asking.diffs import TRANSITIONS


def joined(*registries: Registry) -> Registry:
    names = {name for one in registries for name in one}
    return Registry({name: pl.concat([one[name] for one in registries]).unique() for name in names})


CROWD = joined(
    firm("a"), firm("b", revenue=12_000_000 * YUAN), firm("c", ip_class1=None), firm("d", kinds=()),
    firm("e", revenue=12_000_000 * YUAN, equity_raised=30_000_000 * YUAN), firm("g", revenue=None),
    firm("h", rd_spend=0),
    registry(organisations=[{"organisation": "u", "kind": "university"}, {"organisation": "v"}]),
)  # fmt: skip


def changes(found: asking.Diff) -> dict[str, dict[str, object]]:
    return {row["organisation"]: row for row in found.changes.to_dicts()}


def test_two_versions_on_one_day():
    found = asking.compare(made_up(), "middle", "2022", "2026", CROWD, DAY)
    by = changes(found)
    assert {name: row["transition"] for name, row in by.items()} == {
        "a": "gained", "b": "became_unmet", "c": "became_unknown", "e": "gained", "h": "became_unmet",
    }  # fmt: skip
    assert by["b"]["criteria"] == ["size.revenue", "size.equity"]
    assert by["h"]["criteria"] == ["rd"]
    assert by["c"]["criteria"] == ["ip"]
    assert by["a"]["criteria"] == ["judged"]  # what stood in the way before
    assert (by["a"]["before"], by["a"]["after"]) == ("manual", "met")
    assert sayings(found.changes)


def test_the_summary_counts_everybody_once_and_every_decider():
    found = asking.compare(made_up(), "middle", "2022", "2026", CROWD, DAY)
    totals = found.summary.filter(pl.col("criterion").is_null())
    assert totals["subjects"].sum() == CROWD["organisations"].height
    deciders = found.summary.filter(pl.col("criterion").is_not_null())
    counted = found.changes.explode("criteria").group_by("transition", pl.col("criteria").alias("criterion")).len()
    both = deciders.group_by("transition", "criterion").agg(pl.col("subjects").sum())
    assert both.sort(both.columns).rows() == counted.select([*both.columns[:2], "len"]).sort(both.columns[:2]).rows()
    assert set(found.summary["transition"]) <= set(TRANSITIONS)


def test_two_days_and_a_tier_that_is_lost():
    """The base title ends with the year, and the tier that asks for it is lost."""
    crowd = joined(firm("a"), firm("b", kinds=()))
    crowd = crowd.replace(
        titles=crowd["titles"].with_columns(pl.lit(date(2026, 12, 31)).alias("valid_to")),
        firm_years=pl.concat([crowd["firm_years"], crowd["firm_years"].with_columns(pl.col("year") + 2)]),
    )
    before, after = (rules.judge(made_up(), "middle", crowd, day) for day in (DAY, date(2027, 1, 1)))
    row = changes(asking.diff(before, after))["a"]
    assert (row["transition"], row["criteria"]) == ("lost", ["title"])


def test_subjects_only_one_of_them_knows():
    book = made_up()
    few, more = joined(firm("a"), firm("b")), joined(firm("b"), firm("c", kinds=()))
    found = changes(asking.diff(rules.judge(book, "middle", few, DAY), rules.judge(book, "middle", more, DAY)))
    assert {name: row["transition"] for name, row in found.items()} == {"a": "left", "c": "entered"}
    assert found["c"]["criteria"] == ["title"]
    assert found["a"]["after"] is None


def test_a_day_without_any_version():
    book = made_up()
    found = asking.diff(*(rules.judge(book, "middle", CROWD, day) for day in (date(2010, 1, 1), DAY)))
    assert changes(found)["a"]["transition"] == "gained"
    assert changes(found)["a"]["criteria"] == ["version"]
    back = asking.diff(*(rules.judge(book, "middle", CROWD, day) for day in (DAY, date(2010, 1, 1))))
    assert changes(back)["a"]["transition"] == "became_not_applicable"
    assert sayings(back.changes)


def test_only_one_scheme_can_be_compared():
    book = made_up()
    with pytest.raises(ValueError, match="cannot compare"):
        asking.diff(rules.judge(book, "middle", CROWD, DAY), rules.judge(book, "top", CROWD, DAY))
    with pytest.raises(KeyError):
        asking.compare(book, "middle", "2022", "1999", CROWD, DAY)


@pytest.mark.parametrize("scheme", ["base", "middle", "top", "crown"])
def test_nothing_differs_from_itself(scheme):
    judgement = rules.judge(made_up(), scheme, CROWD, DAY)
    found = asking.diff(judgement, judgement)
    assert found.changes.is_empty()
    assert set(found.summary["transition"]) == {"same"}
    assert found.changes.schema == asking.compare(made_up(), "middle", "2022", "2026", CROWD, DAY).changes.schema


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, 0, 11_000_000, 16_000_000]), st.sampled_from([None, 0, 2]),
            st.sampled_from([None, 100_000, 900_000]), st.sampled_from([(), ("base_title",)]),
        ), min_size=1, max_size=6,
    )
)  # fmt: skip
def test_changes_are_exactly_the_verdicts_that_differ(firms):
    crowd = joined(
        *(
            firm(f"f{i}", kinds, revenue=None if r is None else r * YUAN, ip_class1=ip,
                 rd_spend=None if rd is None else rd * YUAN)
            for i, (r, ip, rd, kinds) in enumerate(firms)
        )
    )  # fmt: skip
    found = asking.compare(made_up(), "middle", "2022", "2026", crowd, DAY)
    before, after = (rules.judge(made_up(), "middle", crowd, DAY, version=v) for v in ("2022", "2026"))
    verdicts = before.verdicts.join(after.verdicts, on=["organisation", "tier"], suffix="_after")
    moved = verdicts.filter(pl.col("verdict") != pl.col("verdict_after"))
    assert set(found.changes["organisation"]) == set(moved["organisation"])
    told = after.criteria_of(why=False)
    for row in found.changes.filter(pl.col("transition") != "gained").to_dicts():
        mine = told.filter(pl.col("organisation") == row["organisation"], pl.col("criterion").is_in(row["criteria"]))
        assert set(mine["verdict"]) == {row["after"]}  # every criterion named has the verdict it decides
        assert mine.height == len(row["criteria"]) > 0


def test_arrays_count_as_expressions_do():
    codes = [(a, b, c) for a in range(5) for b in range(5) for c in range(5)]
    frame = pl.DataFrame(codes, schema={"a": pl.Int8, "b": pl.Int8, "c": pl.Int8}, orient="row")
    arrays = [frame[name].to_numpy() for name in "abc"]
    parts = [columns.col(name) for name in "abc"]
    assert trees.some(arrays).tolist() == frame.select(x=columns.polars(logic.some(parts)))["x"].to_list()
    for k in (1, 2, 3):
        found = frame.select(x=columns.polars(logic.at_least(k, parts)))["x"].to_list()
        assert trees.at_least(k, arrays).tolist() == found
