"""Dual research: three codings apart, led apart from joined, figures as they were known on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tongtu import packs
from tongtu.appraise import research
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

DAY = date(2026, 6, 1)
PACK = packs.load("cn")
STATISTICS, GOALS = PACK.table("statistics"), PACK.table("goals")


def records(**tables: list[dict[str, Any]]) -> Registry:
    return Registry({k: pl.DataFrame(v, infer_schema_length=None) for k, v in tables.items() if v})


def project(name: str, **more: Any) -> dict[str, Any]:
    return {"project": name, "title": name, "start": date(2022, 1, 1), **more}


def evidence(name: str, grade: str = "E1", **more: Any) -> dict[str, Any]:
    return {"evidence": name, "subject_kind": "project", "subject": "P", "kind": "document", "grade": grade,
            "dated": date(2022, 1, 1), **more}  # fmt: skip


def coded(found: Registry, day: date = DAY) -> pl.DataFrame:
    return research.coding(found["projects"], found["evidence"], as_of=day)


def spoken(frame: pl.DataFrame) -> None:
    """Every reason can be said in both languages, without a placeholder left over."""
    for stored in frame["why"]:
        for lang in LANGUAGES:
            text = say(Why.from_json(stored), lang)
            assert text
            assert "{" not in text


# ------------------------------------------------------------------------------------------------ coding


@pytest.mark.parametrize(
    ("seeks", "uses", "quadrant"),
    [(True, False, "bohr"), (True, True, "pasteur"), (False, True, "edison"), (False, False, "neither"),
     (None, True, None), (True, None, None), (None, None, None)],
)  # fmt: skip
def test_quadrants_follow_two_answers_and_stay_unknown_with_one(
    seeks: bool | None, uses: bool | None, quadrant: str | None
) -> None:
    found = coded(records(projects=[project("P", understanding=seeks, use_considered=uses)]))
    assert found["quadrant"].to_list() == [quadrant]


@pytest.mark.parametrize(
    ("codes", "finding"),
    [
        ({"track": "applied_basic", "frascati": "applied"}, "applied-basic-as-applied"),
        ({"track": "applied_basic", "understanding": True, "use_considered": False}, "applied-basic-elsewhere"),
        ({"track": "pure_basic", "frascati": "development"}, "pure-basic-not-basic"),
        ({"track": "pure_basic", "use_considered": True}, "pure-basic-with-use"),
        ({"track": "industrialisation", "frascati": "basic"}, "industrial-as-basic"),
        ({"frascati": "basic", "understanding": False}, "basic-without-understanding"),
        ({"frascati": "applied", "use_considered": False}, "applied-without-use"),
        ({}, "uncoded"),
    ],
)
def test_contradictions_are_told_one_by_one(codes: dict[str, Any], finding: str) -> None:
    found = records(projects=[project("P", coding_evidence=["e"], **codes)], evidence=[evidence("e")])
    frame = research.findings(coded(found))
    assert frame["finding"].to_list() == [finding]
    spoken(frame)


def test_applied_basic_as_oriented_basic_with_evidence_contradicts_nothing() -> None:
    codes = {"track": "applied_basic", "frascati": "basic", "understanding": True, "use_considered": True}
    found = coded(records(projects=[project("P", coding_evidence=["e"], **codes)], evidence=[evidence("e")]))
    assert found["findings"].to_list() == [[]]
    bare = records(projects=[project("P", coding_evidence=["e"], **codes)], evidence=[evidence("e", "E0")])
    assert coded(bare)["findings"].to_list() == [["coded-without-evidence"]]
    lapsed = evidence("e", valid_to=date(2025, 1, 1))
    late = records(projects=[project("P", coding_evidence=["e"], **codes)], evidence=[lapsed])
    assert coded(late)["grade"].to_list() == [None]
    spoken(found)


# ------------------------------------------------------------------------------------------------ shares and leads


def test_shares_in_projects_and_in_each_currency() -> None:
    found = coded(records(projects=[
        project("P1", track="pure_basic", currency="CNY", state_funds=300),
        project("P2", track="applied_basic", currency="CNY", state_funds=100),
        project("P3", track="applied_basic", currency="USD", state_funds=50),
        project("P4", currency="CNY"),
    ]))  # fmt: skip
    shares = research.portfolio(found)
    counts = shares.counts.filter(pl.col("coding") == "track").select("class", "projects", "share", "known_share")
    assert counts.rows() == [("applied_basic", 2, 0.5, pytest.approx(2 / 3)),
                             ("pure_basic", 1, 0.25, pytest.approx(1 / 3)), (None, 1, 0.25, None)]  # fmt: skip
    funds = shares.funds.filter(pl.col("coding") == "track").select("class", "currency", "funds", "share", "unknown")
    assert funds.rows() == [("applied_basic", "CNY", 100, 0.25, 0), ("applied_basic", "USD", 50, 1.0, 0),
                            ("pure_basic", "CNY", 300, 0.75, 0), (None, "CNY", None, None, 1)]  # fmt: skip


KINDS = {"i": "institute", "u": "university", "s": "central_soe", "p": "private", "m": "sme"}
ORGANISATIONS = [{"organisation": name, "name": name, "kind": kind} for name, kind in KINDS.items()]


def test_led_is_not_joined() -> None:
    """Three of four projects have enterprises among them; one is led by one."""
    found = records(
        projects=[project("P1", lead="p", currency="CNY", state_funds=10),
                  project("P2", lead="u", currency="CNY", state_funds=20),
                  project("P3", lead="u", currency="CNY", state_funds=30),
                  project("P4", lead="i", currency="CNY", state_funds=40)],
        participants=[{"project": name, "organisation": firm, "role": role} for name, firm, role in
                      (("P1", "u", "partner"), ("P2", "p", "partner"), ("P2", "m", "user"), ("P3", "p", "partner"))],
        organisations=ORGANISATIONS,
    )  # fmt: skip
    leads = research.leading(coded(found), found["participants"], found["organisations"])
    rows = {row["sector"]: row for row in leads.counts.iter_rows(named=True)}
    assert (rows["private"]["led"], rows["private"]["joined"], rows["private"]["merely"]) == (1, 3, 2)
    assert (rows["private"]["led_share"], rows["private"]["joined_share"]) == (0.25, 0.75)
    paid = {row["sector"]: row for row in leads.funds.iter_rows(named=True)}
    assert (paid["private"]["led_share"], paid["private"]["joined_share"]) == (0.1, 0.6)
    assert leads.counts["led_share"].sum() == pytest.approx(1.0)
    assert leads.counts["joined_share"].sum() > 1.0


ONE = st.sampled_from(sorted(KINDS))
TEAMS = st.lists(st.tuples(ONE | st.none(), st.sets(ONE), st.sampled_from(["ic"]) | st.none()), min_size=1, max_size=8)


@settings(max_examples=30)
@given(TEAMS, st.booleans())
def test_every_project_has_one_lead_at_most_however_it_is_split(rows: list[Any], split: bool) -> None:
    found = records(
        projects=[project(f"P{i}", lead=lead, direction=way) for i, (lead, _, way) in enumerate(rows)],
        participants=[{"project": f"P{i}", "organisation": one, "role": "partner"}
                      for i, (_, others, _) in enumerate(rows) for one in sorted(others)],
        organisations=ORGANISATIONS,
    )  # fmt: skip
    base = coded(found)
    by = ["direction"] if split else []
    counts = research.leading(base, found["participants"], found["organisations"], by=by).counts
    assert (counts["joined"] >= counts["led"]).all()
    unknown = counts.filter(pl.col("sector").is_null())["led"].sum()
    assert unknown == sum(lead is None for lead, *_ in rows)
    for _, group in counts.group_by(by or pl.lit(0)):
        assert group["led"].sum() == group["projects"][0]
        assert group["led_share"].sum() == pytest.approx(1.0)
    mixed = base.sample(fraction=1.0, shuffle=True, seed=5)
    again = research.leading(mixed, found["participants"].reverse(), found["organisations"], by=by)
    assert_frame_equal(counts, again.counts)


# ------------------------------------------------------------------------------------------------ conversion


def converted(found: Registry, day: date = DAY, known: date | None = None) -> pl.DataFrame:
    names = ("cases", "achievements", "events", "outcomes", "contracts")
    return research.conversions(found["projects"], *(found[n] for n in names), as_of=day, known_at=known)


def event(case: str, kind: str, on: date, **more: Any) -> dict[str, Any]:
    return {"event": f"{case}{kind}{on}", "case": case, "kind": kind, "on": on, **more}


def case(name: str, **more: Any) -> dict[str, Any]:
    return {"case": name, "pathway": "licence", "pathway_version": "1", "state": "open", "opened": date(2023, 1, 1),
            **more}  # fmt: skip


def test_an_order_counts_by_whatever_way_it_grew_from_the_project_and_a_meeting_never() -> None:
    found = records(
        projects=[project("P1", case="K1"), project("P2", outputs=["A2"]), project("P3"), project("P4", case="K4"),
                  project("P5", outputs=["A5"]), project("P6", case="K6")],
        achievements=[{"achievement": "A2", "organisation": "u", "title": "a", "text": "t"},
                      {"achievement": "A3", "organisation": "u", "title": "a", "text": "t", "project": "P3"}],
        cases=[case("K1"), case("K2", achievement="A2"), case("K3", achievement="A3"), case("K4"), case("K6")],
        events=[event("K1", "ordered", date(2024, 1, 1)), event("K1", "produced", date(2023, 6, 1)),
                event("K4", "met", date(2024, 1, 1)), event("K4", "signed", date(2024, 1, 1)),
                event("K6", "ordered", date(2027, 1, 1))],
        outcomes=[{"outcome": "O", "case": "K2", "stage": "first_order", "entered": date(2024, 1, 1),
                   "left": date(2024, 5, 1), "result": "passed"}],
        contracts=[{"contract": "C", "reporter": "u", "kind": "purchase", "achievement": "A3", "order": "first",
                    "signed": date(2025, 1, 1), "source_register": "r"},
                   {"contract": "D", "reporter": "u", "kind": "licence", "achievement": "A5", "order": "other",
                    "signed": date(2025, 1, 1), "source_register": "r"}],
    )  # fmt: skip
    days = dict(converted(found).rows())
    assert days == {"P1": date(2023, 6, 1), "P2": date(2024, 5, 1), "P3": date(2025, 1, 1)}


def test_conversion_censors_projects_that_were_not_followed_long_enough() -> None:
    projects = [project(f"P{i}", track="pure_basic", end=date(2022 + i, 6, 1)) for i in range(4)]
    projects += [project("R", track="pure_basic", end=date(2027, 1, 1)), project("N", track="pure_basic")]
    days = pl.DataFrame({"project": ["P0", "R"], "on": [date(2023, 9, 1), date(2025, 1, 1)]})
    frame = research.conversion(records(projects=projects)["projects"], days, as_of=DAY, years=3.0)
    (row,) = frame.iter_rows(named=True)
    counts = ("projects", "ended", "running", "undated", "converted", "early")
    assert tuple(row[name] for name in counts) == (6, 4, 1, 1, 1, 1)
    assert row["share"] == 0.25
    assert row["low"] < 0.25 < row["high"]
    assert row["within"] == pytest.approx(1 - 2 / 3), "three of four were followed for a year and a quarter"
    assert row["within_low"] < row["within"] < row["within_high"]
    spoken(frame)
    lately = research.conversion(records(projects=projects)["projects"], days, as_of=date(2024, 7, 1), years=3.0)
    assert lately["within"].to_list() == [None], "nobody was followed for three years"
    spoken(lately)


# ------------------------------------------------------------------------------------------------ checks, originality


def test_tracks_are_checked_by_what_they_are_meant_to_be() -> None:
    found = records(
        projects=[project("B1", track="pure_basic", review_years=5.0), project("B2", track="pure_basic",
                                                                               review_years=1.0),
                  project("A1", track="applied_basic", lead="p", own_funds=100, state_funds=100, case="K"),
                  project("A2", track="applied_basic", lead="u", own_funds=99, state_funds=100),
                  project("A3", track="applied_basic"), project("I", track="industrialisation")],
        organisations=ORGANISATIONS,
    )  # fmt: skip
    frame = research.track_checks(found["projects"], found["participants"], found["organisations"])
    verdicts = {(p, c): v for p, c, v in frame.select("project", "check", "verdict").rows()}
    assert [verdicts[p, "review_years"] for p in ("B1", "B2")] == ["met", "unmet"]
    assert verdicts["B1", "no_yearly_indicators"] == "manual"
    checks = ("enterprise_led", "matched_funds", "milestones")
    assert [verdicts["A1", c] for c in checks] == ["met", "met", "met"]
    assert [verdicts["A2", c] for c in checks] == ["unmet", "unmet", "unknown"]
    assert [verdicts["A3", c] for c in checks] == ["unknown"] * 3
    assert not [p for p, _ in verdicts if p == "I"]
    spoken(frame)


@pytest.mark.parametrize(
    ("proof", "status"),
    [(None, "claimed"), (evidence("e", "E0", independent=True), "claimed"), (evidence("e"), "supported"),
     (evidence("e", independent=True), "verified"), (evidence("e", "E2"), "verified"),
     (evidence("e", "E4", valid_to=date(2026, 1, 1)), "claimed"),
     (evidence("e", "E4", recorded_at=date(2026, 7, 1)), "claimed")],
)  # fmt: skip
def test_originality_is_a_claim_until_evidence_carries_it(proof: dict[str, Any] | None, status: str) -> None:
    found = records(projects=[project("P", originality="principle", originality_evidence=["e"]), project("Q")],
                    evidence=[proof] if proof else [])  # fmt: skip
    frame = research.originality(found["projects"], found["evidence"], as_of=DAY)
    assert frame.select("project", "status").rows() == [("P", status)]
    spoken(frame)


# ------------------------------------------------------------------------------------------------ targets, dashboard


def gap(day: date, known: date | None = None) -> dict[str, Any]:
    frame = research.target_gap(STATISTICS, GOALS, as_of=day, known_at=known, scope="CN")
    spoken(frame)
    return frame.filter(pl.col("goal") == "basic_share_2025").row(0, named=True)


def test_the_eight_per_cent_of_2025_were_missed() -> None:
    row = gap(date(2026, 11, 21))
    assert (row["year"], row["value"], row["target"], row["status"]) == (2025, 0.0708, 0.08, "missed")
    assert row["gap"] == pytest.approx(-0.0092)
    assert row["grade"] == "A"


@pytest.mark.parametrize(
    ("day", "year", "value", "status"),
    [
        (date(2021, 3, 1), 2019, 0.0603, "under_way"),
        (date(2021, 5, 1), 2020, 0.0616, "under_way"),  # the preliminary figure of the day
        (date(2021, 12, 1), 2020, 0.06, "under_way"),  # the communiqué came down
        (date(2022, 3, 1), 2021, 0.0609, "under_way"),
        (date(2022, 12, 1), 2021, 0.065, "under_way"),
        (date(2026, 1, 15), 2024, 0.0688, "unknown"),  # past the deadline, the year's figure not out yet
        (date(2026, 3, 6), 2025, 0.0708, "missed"),
    ],
)
def test_a_target_is_judged_by_what_had_been_published(day: date, year: int, value: float, status: str) -> None:
    row = gap(day)
    assert (row["year"], row["value"], row["status"]) == (year, value, status)
    assert gap(date(2026, 11, 21), known=day)["value"] == value, "known then is known then, whenever one asks"


def test_the_pace_of_2023_foretold_what_came() -> None:
    row = gap(date(2024, 5, 1))
    assert row["projected"] == pytest.approx(0.0708, abs=5e-5)
    assert row["needed"] > 3 * row["pace"]
    assert row["path"] == pytest.approx(0.0616 + 0.0184 * 3 / 5)


def test_vintages_stay_beside_one_another() -> None:
    frame = research.vintages(STATISTICS, known_at=DAY, scope="CN").filter(pl.col("measure") == "basic_share")
    of_2020 = frame.filter(pl.col("year") == 2020)
    assert of_2020.select("vintage", "value", "latest").rows() == [(1, 0.0616, False), (2, 0.06, True)]
    assert of_2020["revised"].to_list() == [None, pytest.approx(-0.0016)]
    assert research.vintages(STATISTICS, known_at=date(2010, 1, 1)).is_empty()


def test_a_ceiling_is_reached_from_above_and_a_goal_without_figures_is_unknown() -> None:
    base = {"name": "g", "measure": "basic_share", "unit": "ratio", "source": "s", "grade": "ours"}
    goals = records(goals=[
        {"goal": "down", "target": 0.07, "baseline": 0.09, "baseline_on": date(2014, 1, 1),
         "deadline": date(2024, 12, 31), **base},
        {"goal": "up", "target": 0.05, "deadline": date(2030, 12, 31), **base},
    ])["goals"]  # fmt: skip
    rows = {r["goal"]: r for r in research.target_gap(STATISTICS, goals, as_of=DAY, scope="CN").iter_rows(named=True)}
    assert (rows["down"]["status"], rows["up"]["status"]) == ("reached", "reached")
    elsewhere = research.target_gap(STATISTICS, goals, as_of=DAY, scope="XX")
    assert elsewhere["status"].to_list() == ["unknown", "unknown"]
    spoken(elsewhere)
    percent = goals.with_columns(pl.lit("%").alias("unit"), pl.lit(8.0).alias("target"))
    other = research.target_gap(STATISTICS, percent, as_of=DAY, scope="CN")
    assert set(other["status"]) == {"unknown"}, "0.07 is not 0.07 per cent"
    assert "%" in say(Why.from_json(other["why"][0]))
    spoken(other)


def test_effort_and_results_stand_side_by_side_and_what_is_missing_is_missing() -> None:
    found = research.dashboard(STATISTICS, as_of=DAY, scope="CN")
    rows = {row["measure"]: row for row in found.rows.iter_rows(named=True)}
    assert (rows["rd_intensity"]["year"], rows["rd_intensity"]["value"]) == (2025, 0.028)
    assert rows["rd_intensity"]["trend"] == rows["basic_share"]["trend"] == "up"
    assert rows["tfp_growth"]["value"] is rows["tfp_growth"]["concerned"] is None
    verdicts = {(r["effort"], r["result"]): r["verdict"] for r in found.paradox.iter_rows(named=True)}
    assert verdicts["rd_intensity", "tfp_growth"] == "unknown"
    assert verdicts["rd_intensity", "patent_industrialised"] == "together"
    assert not [name for name in found.rows.columns if "score" in name or "index" in name]
    spoken(found.rows)
    spoken(found.paradox)


def test_a_paradox_is_effort_that_rises_while_a_result_does_not() -> None:
    rows = [{"measure": m, "scope": "X", "year": 2020 + i, "published": date(2021 + i, 1, 1), "value": v,
             "unit": "ratio", "source": "s", "grade": "ours"}
            for m, values in (("rd_intensity", (0.020, 0.022, 0.024)), ("tfp_growth", (0.02, 0.01, 0.005)),
                              ("patent_industrialised", (0.5, 0.5, 0.5)))
            for i, v in enumerate(values)]  # fmt: skip
    found = research.dashboard(records(statistics=rows)["statistics"], as_of=DAY, scope="X")
    verdicts = {r["result"]: r["verdict"] for r in found.paradox.iter_rows(named=True) if r["effort"] == "rd_intensity"}
    assert verdicts == {"tfp_growth": "parted", "patent_industrialised": "parted", "contract_turnover": "unknown"}
    assert found.rows.filter(pl.col("concerned"))["measure"].to_list() == ["tfp_growth"]
    spoken(found.paradox)


def test_shipped_figures_are_official_or_two_sourced_and_shares_agree_with_the_sums() -> None:
    sheet = PACK.sheet("statistics")
    assert set(sheet["grade"]) <= {"A", "B"}
    assert sheet.filter(pl.col("grade") == "B")["measure"].to_list() == ["contract_turnover"]
    assert (sheet["published"].dt.year() > sheet["year"]).all(), "no figure is out before its year is over"
    wide = sheet.filter(pl.col("value").is_not_null()).pivot(on="measure", index=["year", "published"], values="value")
    for part in ("basic", "applied", "development"):
        rows = wide.drop_nulls([f"rd_{part}", f"{part}_share", "rd_total"])
        assert rows.height >= 4
        assert ((rows[f"rd_{part}"] / rows["rd_total"] - rows[f"{part}_share"]).abs() < 7e-4).all()
    whole = wide.drop_nulls(["rd_basic", "rd_applied", "rd_development", "rd_total"])
    parts = whole["rd_basic"] + whole["rd_applied"] + whole["rd_development"]
    assert ((parts - whole["rd_total"]).abs() <= 0.2e8).all()
