"""From need to repeat order, twice: each engine of the passage tells its part; every day waited for somebody."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import passage_story as story
import polars as pl
import pytest

from tongtu import chain, packs
from tongtu.appraise.autonomy import autonomy
from tongtu.appraise.maturity import maturity
from tongtu.chain.law import pathways
from tongtu.chain.report import write_page
from tongtu.pathway import cases as machine
from tongtu.pathway import exchange, progress
from tongtu.registry import Registry

END = story.day(1300)
STAGES = ["disclosure", "concept", "pilot", "scale_up", "first_order", "repeat_order"]


@pytest.fixture(scope="module")
def pack() -> packs.Pack:
    return packs.load("cn")


@pytest.fixture(scope="module")
def records() -> Registry:
    return story.registry()


@pytest.fixture(scope="module")
def replayed(records: Registry, pack: packs.Pack) -> machine.Replayed:
    return machine.replay(records["events"], records["cases"], pathways(pack), as_of=END)


def test_the_logs_are_lawful(records: Registry, pack: packs.Pack) -> None:
    found = machine.check(
        records["events"], records["cases"], pathways(pack), records["evidence"], as_of=END,
        offers=records["offers"], agreements=records["agreements"],
    )  # fmt: skip
    assert found == ()


def test_both_end_with_a_repeat_order(replayed: machine.Replayed) -> None:
    assert dict(replayed.states.select("case", "state").iter_rows()) == {
        "BUYER": "done",
        "FAST": "done",
        "SLOW": "done",
    }
    fast = replayed.stays.filter(pl.col("case") == "FAST")
    assert fast["stage"].to_list() == STAGES
    assert set(fast["result"]) == {"passed"}
    sent_back = replayed.stays.filter((pl.col("case") == "SLOW") & (pl.col("decision") == "recycle"))
    assert sent_back["stage"].to_list() == ["pilot"]


@pytest.mark.parametrize(("on", "stage", "state", "waits"), [
    (5, "disclosure", "open", "holder"), (13, "disclosure", "open", "holder"), (62, "concept", "open", "demander"),
    (172, "pilot", "open", "demander"), (200, "scale_up", "open", "holder"), (500, "repeat_order", "open", "holder"),
])  # fmt: skip
def test_on_any_day_it_is_known_where_the_fast_case_stands(
    records: Registry, pack: packs.Pack, on: int, stage: str, state: str, waits: str
) -> None:
    seen = machine.replay(records["events"], records["cases"], pathways(pack), as_of=story.day(on))
    row = seen.states.filter(pl.col("case") == "FAST").row(0, named=True)
    assert (row["stage"], row["state"], row["waits_for"]) == (stage, state, waits)


def test_every_day_is_accounted_for(records: Registry, pack: packs.Pack) -> None:
    spent = progress.segments(records["events"], records["cases"], pathways(pack), as_of=END)
    days = dict(spent.group_by("case").agg(pl.col("days").sum()).iter_rows())
    assert days == {"FAST": 545, "SLOW": 1240, "BUYER": 245}
    nobody = spent.filter(pl.col("role").is_null() & (pl.col("organisation") != story.TESTER))
    assert nobody.is_empty()  # a tester has no role in the pathway, but a name
    held = spent.filter((pl.col("case") == "SLOW") & (pl.col("state") == "hold"))
    assert held["days"].to_list() == [80]
    waiting = spent.filter(pl.col("state") != "work").group_by("case").agg(pl.col("days").sum())
    assert dict(waiting.iter_rows()) == {"FAST": 27, "SLOW": 337, "BUYER": 40}  # added up by hand


def test_the_slow_way_asks_twice_and_hands_on(records: Registry, pack: packs.Pack) -> None:
    paths = pathways(pack)
    spent = progress.segments(records["events"], records["cases"], paths, as_of=END)
    two = records["cases"].filter(pl.col("case").is_in(["FAST", "SLOW"]))
    for case, handed, twice in (("FAST", 0, 0), ("SLOW", 2, 1)):
        one = two.filter(pl.col("case") == case)
        log = records["events"].filter(pl.col("case") == case)
        row = progress.burden(log, one, spent.filter(pl.col("case") == case), as_of=END).row(0, named=True)
        assert (row["handed"], row["asked_twice"]) == (handed, twice)


def test_maturity_rises_with_the_evidence_and_is_never_ahead_of_it(records: Registry) -> None:
    case = records["cases"].filter(pl.col("case") == "FAST")
    levels = []
    for on in (5, 62, 172, 330, 410, 545):
        seen = records.known(story.day(on))
        whole = maturity(case, seen, story.day(on)).filter(pl.col("dimension") == "overall").row(0, named=True)
        levels.append(whole["level"])
    assert levels == sorted(levels, key=lambda level: level or 0)
    assert levels[0] is None or levels[0] <= 4
    assert levels[-1] == 8


def test_the_new_line_makes_the_supply_ones_own(records: Registry) -> None:
    case = records["cases"].filter(pl.col("case") == "FAST")
    before = autonomy(case, records, home="CN", as_of=story.day(5)).row(0, named=True)
    after = records.replace(
        supplies=pl.concat([records["supplies"], story.supplies(before=False)], how="diagonal_relaxed")
    )
    now = autonomy(case, after, home="CN", as_of=date(2026, 1, 31)).row(0, named=True)
    assert before["autonomy"] == pytest.approx(0.05 * 0.8)
    assert now["autonomy"] == pytest.approx(0.65 * 0.8)
    assert (before["weakest"], now["weakest"]) == ("PREPREG", "PREPREG")


def test_the_story_leaves_in_the_forms_others_read(records: Registry, pack: packs.Pack) -> None:
    package = exchange.records(exchange.releases(records, pathways=pathways(pack), as_of=END), as_of=END)
    assert [r["ocid"].rsplit("-", 1)[-1] for r in package["records"]] == ["BUYER", "FAST", "SLOW"]
    log = exchange.ocel(records, case="FAST")
    assert len(log["events"]) == len(story.FAST)
    json.dumps([package, log])


def test_the_chain_and_its_report_tell_the_story(records: Registry, pack: packs.Pack, tmp_path: Path) -> None:
    """Planned half way: where the cases of the log stand, what is proved of the pair, and who supplies the material."""
    plan = chain.plan(records, pack, as_of=story.day(420))
    standing = plan["standing"].filter(pl.col("case") == "FAST").row(0, named=True)
    assert (standing["stage"], standing["waits_for"]) == ("repeat_order", "holder")
    assert plan["progress"].filter(pl.col("phase") == "pilot")["passed"].item() == 1
    assert plan["autonomy"]["weakest"].unique().to_list() == ["PREPREG"]
    page = tmp_path / "plan.html"
    write_page(plan, records, pack, page)
    text = page.read_text(encoding="utf-8")
    assert '"FAST"' in text
    assert "耐高温聚酰亚胺预浸料" in text
