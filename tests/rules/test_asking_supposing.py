"""What if: what moves, what does not, and everything wrong with a wish said at once."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from asking_book import DAY, firm, made_up, sayings
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import registry

from tongtu import rules
from tongtu.rules import asking
from tongtu.terms.faults import UsageFault
from tongtu.terms.money import Money


def suppose(changes, one=None, schemes=("middle",), **more):
    return asking.what_if(made_up(), one or firm(), "f", changes, DAY, schemes, **more)


def moved(frame: pl.DataFrame) -> dict[str | None, tuple[str, str]]:
    return {row["criterion"]: (row["before"], row["after"]) for row in frame.to_dicts()}


@pytest.mark.parametrize("one", [firm(), firm(kinds=()), firm(revenue=None), firm(currency="USD")])
def test_no_change_moves_nothing_and_every_tier_is_shown(one):
    found = asking.what_if(made_up(), one, "f", {}, DAY)
    assert found["criterion"].null_count() == found.height
    assert set(found["scheme"]) == {"base", "middle", "top", "crown", "support"}
    assert set(found["change"]) == {"same"}
    assert found["before"].equals(found["after"])


@pytest.mark.parametrize("amount", [Money.of(14_999_999), "1499.9999万元", 14_999_999, 14_999_999.0])
def test_an_amount_as_people_give_it(amount):
    found = suppose({"firm_years.2025.revenue": amount})
    assert moved(found)[None] == ("met", "unmet")
    assert moved(found)["size.revenue"] == ("met", "unmet")
    row = found.filter(pl.col("criterion") == "size.revenue").row(0, named=True)
    assert (row["observed_before"], row["observed_after"]) == (20_000_000, 14_999_999)
    assert (row["shortfall_before"], row["shortfall_after"]) == (0, 1)
    assert (row["change"], row["unit"]) == ("lost", "CNY")
    assert sayings(found)


def test_a_figure_that_moves_without_changing_a_verdict_is_shown():
    found = suppose({"firm_years.2025.revenue": "1600万元"})
    assert moved(found) == {None: ("met", "met"), "size.revenue": ("met", "met")}


def test_not_knowing_a_figure_is_a_supposition_too():
    assert moved(suppose({"firm_years.2025.ip_class1": None}))["ip"] == ("met", "unknown")


def test_a_year_nothing_was_recorded_of():
    one = firm()
    lacking = one.replace(firm_years=one["firm_years"].filter(pl.col("year") == 2025))
    found = suppose({"firm_years.2024.revenue": "1000万元", "firm_years.2024.rd_spend": "30万元"}, lacking)
    assert moved(found)["rd"] == ("unknown", "met")


def test_titles_are_put_in_place_or_added():
    assert moved(suppose({"titles": []}))["title"] == ("met", "unmet")
    assert moved(suppose({"titles": [{"kind": "other"}]}))["title"] == ("met", "unmet")
    added = suppose({"titles+": [{"kind": "middle_title"}]}, schemes=["top"])
    assert moved(added)["title"] == ("unmet", "met")
    ended = suppose({"titles.f-base_title.valid_to": "2026-03-01"})
    assert moved(ended)["title"] == ("met", "unmet")


def test_absence_keeps_its_meaning_for_one_subject_alone():
    """Nobody else's rows are needed to tell 'no title' from 'no titles known'."""
    known = asking.what_if(made_up(), firm(kinds=()), "f", {}, DAY, ["middle"])
    whole = rules.judge(made_up(), "middle", firm(kinds=()), DAY).verdicts
    assert known["after"][0] == whole.filter(pl.col("organisation") == "f")["verdict"][0] == "unmet"


def test_somebody_the_scheme_does_not_cover():
    found = suppose({"organisations.kind": "university"})
    assert moved(found)[None] == ("met", "not_applicable")
    assert moved(found)["size"] == ("met", "not_applicable")
    assert set(found["change"]) == {"became_not_applicable"}


def test_a_project_can_be_supposed_as_well():
    one = firm()
    both = one.replace(
        projects=registry(projects=[{"project": "p", "title": "t", "lead": "f", "currency": "CNY", "own_funds": 200,
                                     "state_funds": 100}])["projects"]
    )  # fmt: skip
    found = asking.what_if(made_up(), both, "p", {"projects.own_funds": 3}, DAY)
    assert moved(found) == {None: ("unmet", "met"), "ratio": ("unmet", "met")}


WRONG = {
    "firm_year.2025.revenue": (1, "no-table"),
    "equipment": ([], "no-table"),
    "firm_years.2025.revenu": (1, "no-column"),
    "firm_years.2025.year": (2026, "no-column"),
    "firm_years.last.revenue": (1, "bad-path"),
    "firm_years.revenue": (1, "bad-path"),
    "organisations": ({}, "bad-path"),
    "firm_years.2025.revenue": (Money(1, "USD"), "other-currency"),
    "firm_years.2025.rd_spend": ("many", "wrong-type"),
    "firm_years.2024.rd_spend": (float("nan"), "wrong-type"),
    "firm_years.2025.ip_class1": (1.5, "wrong-type"),
    "firm_years.2024.ip_class1": (True, "wrong-type"),
    "organisations.legal_person": ("yes", "wrong-type"),
    "organisations.founded": ("someday", "wrong-type"),
    "organisations.directions": ("ai", "wrong-type"),
    "organisations.kind": ("smee", "no-code"),
    "titles.nothing.kind": ("base_title", "no-row"),
    "titles": ("base_title", "bad-rows"),
}


def test_everything_wrong_is_said_at_once_with_its_path():
    with pytest.raises(UsageFault) as refused:
        suppose({path: value for path, (value, _) in WRONG.items()}, schemes=["midle", "middle"])
    faults = {fault.column: fault for fault in refused.value.faults}
    assert {path: fault.what.code for path, fault in faults.items() if path != "schemes"} == {
        path: f"asking.{code}" for path, (_, code) in WRONG.items()
    }
    assert "middle" in faults["schemes"].say("en")
    assert "firm_years" in faults["firm_year.2025.revenue"].say("zh")
    for fault in faults.values():
        for lang in ("zh", "en"):
            assert not set("{}") & (set(fault.say(lang)) - set("[]")) or fault.what.code == "asking.bad-rows"


def test_a_new_row_is_checked_column_by_column():
    with pytest.raises(UsageFault) as refused:
        suppose({"titles+": [{"kimd": "x"}, {"kind": "y", "valid_from": "never"}], "firm_years.2025.rdspend": 1})
    assert [fault.column for fault in refused.value.faults] == [
        "titles+[0]", "titles+[1].valid_from", "firm_years.2025.rdspend",
    ]  # fmt: skip


def test_a_scheme_that_judges_something_else():
    with pytest.raises(UsageFault, match="'project'"):
        suppose({}, schemes=(name for name in ("middle", "project")))


def test_somebody_nobody_knows():
    with pytest.raises(UsageFault, match="'ff'"):
        asking.what_if(made_up(), firm(), "ff", {}, DAY)


def test_a_packs_codes_are_checked_where_they_are_given():
    codes = {"title_kind": ["base_title", "middle_title"]}
    with pytest.raises(UsageFault, match="base_titel"):
        suppose({"titles+": [{"kind": "base_titel"}]}, codes=codes)
    assert suppose({"titles+": [{"kind": "base_titel"}]}).height


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["revenue", "rd_spend", "equity_raised"]), st.sampled_from([2024, 2025]),
    st.integers(0, 10**9), st.sampled_from(["met", "unknown"]),
)  # fmt: skip
def test_supposing_agrees_with_judging_the_changed_figures(figure, year, major, start):
    one = firm() if start == "met" else firm(ip_class1=None)
    found = asking.what_if(made_up(), one, "f", {f"firm_years.{year}.{figure}": Money.of(major)}, DAY, ["middle"])
    years = one["firm_years"].with_columns(
        pl.when(pl.col("year") == year).then(pl.lit(major * 100)).otherwise(pl.col(figure)).alias(figure)
    )
    after = rules.judge(made_up(), "middle", one.replace(firm_years=years), DAY)
    assert moved(found)[None][1] == after.verdicts.filter(pl.col("organisation") == "f")["verdict"][0]
    before = rules.judge(made_up(), "middle", one, DAY).criteria
    both = before.join(after.criteria, on=["organisation", "criterion"], suffix="_after")
    differ = both.filter((pl.col("verdict") != pl.col("verdict_after")) & (pl.col("organisation") == "f"))
    assert set(differ["criterion"]) <= set(moved(found))


def test_the_day_counts():
    found = asking.what_if(made_up(), firm(), "f", {}, date(2027, 6, 1), ["middle"])
    assert found["after"][0] == "unknown"  # the figures of 2026 are not there yet


def test_none_at_all_is_not_the_same_as_nothing_known():
    alone = firm()
    alone = alone.replace(titles=alone["titles"].filter(pl.col("organisation") == "f"))
    assert moved(suppose({"titles": []}, alone))["title"] == ("met", "unmet")
