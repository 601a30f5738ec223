"""Risk and capital as documents: ranges where little is known, every correlation shown, what is unknown said so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tongtu.chain import capital as cap
from tongtu.chain import network as net
from tongtu.chain.capital import given
from tongtu.chain.capital.ground import open_cases
from tongtu.chain.dossier import Document, write_workbook
from tongtu.chain.dossier.document import Chart, Section, Table, plain
from tongtu.chain.dossier.page import page
from tongtu.chain.dossier.shell import text
from tongtu.chain.work import Options, Work
from tongtu.registry import Registry
from tongtu.solve import check
from tongtu.terms.faults import DataRefused, Infeasible, UsageFault
from tongtu.terms.words import LANGUAGES, rooms

if TYPE_CHECKING:
    from conftest import Demo

AS_OF = date(2026, 11, 21)
STRESS = (0.0, 0.1, 0.2, 0.3, 0.5)
QUICK: dict[str, Any] = {"scenarios": 400, "steps": 3}


@pytest.fixture(scope="module")
def network(demo: Demo) -> net.Network:
    return net.network(demo.records, demo.pack, AS_OF)


@pytest.fixture(scope="module")
def ground(network: net.Network) -> cap.Capital:
    return cap.capital(network)


@pytest.fixture(scope="module")
def portfolio(ground: cap.Capital) -> Any:
    return cap.portfolio(ground, **QUICK)


@pytest.fixture(scope="module")
def valued(ground: cap.Capital) -> str:
    """A case whose cash flows are known."""
    return str(ground.payoffs.drop_nulls("payoff").sort("case")["case"][0])


@pytest.fixture(scope="module")
def case(ground: cap.Capital, valued: str) -> Any:
    return cap.case(ground, valued)


@pytest.fixture(scope="module")
def unvalued(ground: cap.Capital) -> Any:
    return cap.case(ground, str(ground.payoffs.filter(pl.col("payoff").is_null()).sort("case")["case"][0]))


@pytest.fixture(scope="module")
def tranches(ground: cap.Capital) -> Any:
    return cap.layered(ground)


# ---------------------------------------------------------------------------------------------- said in both languages


def said(value: Any) -> Iterator[str]:
    """Every text of a document as it is shown."""
    match value:
        case str():
            yield value
        case dict():
            for name, part in value.items():
                if name not in ("is", "tone", "kind", "svg"):
                    yield from said(part)
        case list():
            for part in value:
                yield from said(part)


def blocks(section: Section) -> Iterator[Any]:
    for block in section.blocks:
        yield block
        if isinstance(block, Section):
            yield from blocks(block)


def charts(document: Document) -> list[Chart]:
    return [block for section in document.sections for block in blocks(section) if isinstance(block, Chart)]


@pytest.mark.parametrize("name", ["portfolio", "case", "unvalued", "tranches"])
def test_no_code_is_left_where_a_word_should_be(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    found = request.getfixturevalue(name)
    heads = tuple(f"{room}." for room in rooms())
    for document in (found.document(3), found.document(None)):
        for side, _ in enumerate(LANGUAGES):
            texts = [one for one in said(plain(document, side)) if one]
            assert [one for one in texts if one.startswith(heads) and " " not in one.split("{")[0]] == []
            assert not any("Why(" in one or "{" in one or "NaN" in one for one in texts)
    assert page(document) == page(found.document(None))
    first, again = (write_workbook(document, tmp_path / one, AS_OF).read_bytes() for one in ("a.xlsx", "b.xlsx"))
    assert first == again
    assert charts(document)


@pytest.mark.parametrize("name", ["portfolio", "case", "tranches"])
def test_stages_and_directions_stand_by_their_names(name: str, request: pytest.FixtureRequest) -> None:
    printed = text(request.getfixturevalue(name).document(None), "zh", 140)
    for code in ("first_order", "scale_up", "repeat_order", "machine_tools"):
        assert not re.search(rf"(?<![\w/]){code}(?!\w)", re.sub(r"“\w+”", "", printed)), code


def test_assumptions_stand_with_source_and_grade(portfolio: Any, case: Any, tranches: Any) -> None:
    for found in (portfolio, case, tranches):
        printed = text(found.document(None), "zh", 140)
        assert "所用假设" in printed
        assert "ours" in printed


# -------------------------------------------------------------------------------------------------------------- ground


def test_the_ground_is_the_stage_frame_of_the_open_cases(ground: cap.Capital) -> None:
    assert not ground.pairs
    assert set(ground.book.cases) | set(ground.book.left["case"]) == set(ground.cases["case"])
    keyed = ground.stages.select("case", "stage")
    assert keyed.is_duplicated().sum() == 0
    known = ground.stages.drop_nulls("p")
    mean = known["a"] / (known["a"] + known["b"])
    assert (mean - known["p"]).abs().max() < 1e-9
    ordered = ground.stages.drop_nulls(["cost_low", "cost_high"])
    assert ((ordered["cost_low"] <= ordered["cost"]) & (ordered["cost"] <= ordered["cost_high"])).all()


def test_a_folder_without_cases_is_answered_by_pairs(demo: Demo) -> None:
    kept = {name: demo.records[name] for name in demo.records.names() if name != "cases"} if hasattr(
        demo.records, "names") else {}  # fmt: skip
    records = Registry(kept) if kept else demo.records.replace(cases=demo.records["cases"].clear())
    ground = cap.capital(net.network(records, demo.pack, AS_OF))
    assert ground.pairs
    assert len(ground.book)
    assert "清算撮合" in text(cap.layered(ground).document(2), "zh", 120)


def test_figures_of_ones_own_replace_the_engines(network: net.Network, tmp_path: Path, valued: str) -> None:
    path = tmp_path / "stages.csv"
    path.write_text(
        "项目,阶段,前置阶段,通过概率,依据项目数,费用低值,费用,费用高值,币种,价格年份,天数\n"
        f"{valued},pilot,,60%,40,80万元,100万元,150万元,CNY,2026,200\n{valued},scale_up,pilot,0.5,30,,200万元,,CNY,2026,300\n",
        encoding="utf-8",
    )
    work = open_cases(network)
    own = given.stages(network, path, work["cases"]["case"].to_list())
    ground = cap.capital(network, work=work, own=own)
    mine = ground.of(ground.stages, valued)
    assert mine["stage"].to_list() == ["pilot", "scale_up"]
    assert mine["a"].to_list() == pytest.approx([24.0, 15.0])
    assert mine["cost"].to_list() == [100_000_000, 200_000_000]
    assert mine["cost_low"].to_list() == [80_000_000, None], "ends of the engines' do not mix with one's own middle"
    assert ground.stages.filter(pl.col("case") != valued).equals(
        cap.capital(network).stages.filter(pl.col("case") != valued)
    )


# ---------------------------------------------------------------------------------------------------------------- case


def test_below_twenty_results_no_point_is_shown(ground: cap.Capital, case: Any, valued: str) -> None:
    odds = ground.of(ground.odds, valued)
    section = next(one for one in case.document(None).sections if one.title[1] == "Odds")
    rows = next(block for block in section.blocks if isinstance(block, Table)).rows
    for row, cells in zip(odds.iter_rows(named=True), rows, strict=True):
        shown = cells[1].text[1]
        assert (" (" in shown) == (row["n_eff"] >= 20), shown
        assert "–" in shown
    ranges = next(block for block in section.blocks if isinstance(block, Chart)).picture
    for row, bar in zip(odds.iter_rows(named=True), ranges.bars, strict=True):  # type: ignore[union-attr]
        assert (bar.tick is None) == (row["n_eff"] < 20)


def test_a_joint_seventy_per_cent_asks_more_than_two(case: Any) -> None:
    row = case.joint
    assert row["together"] < 0.7 < row["marginal"]
    alone = case.curves.filter(pl.col("what") == "cost", pl.col("chance") >= 0.7 - 1e-9).sort("chance")["cost"][0]
    assert row["cost_joint"] > alone
    printed = text(case.document(None), "en", 140)
    assert "70 % together" in printed


def test_the_waterfall_adds_up_and_the_tornado_starts_from_it(case: Any) -> None:
    steps = case.worth.valued.steps.sort("order")
    rnpv = case.worth.valued.values["rnpv"][0]
    assert steps.filter(pl.col("step") == "rnpv")["total"][0] == rnpv
    swings = case.worth.swings
    assert abs(swings.base - rnpv) < 0.5 * case.worth.valued.values["gross"][0]
    swing = [abs(row["at_high"] - row["at_low"]) for row in swings.rows]
    assert swing == sorted(swing, reverse=True)
    odds = [row for row in swings.rows if row["name"].startswith("odds:")]
    assert odds
    assert all(row["at_low"] < swings.base < row["at_high"] for row in odds)
    assert {"payoff", "rate"} <= {row["name"] for row in swings.rows}


def test_without_cash_flows_worth_is_unknown_and_odds_still_swing(unvalued: Any) -> None:
    printed = text(unvalued.document(None), "zh", 140)
    assert "价值未知" in printed
    assert unvalued.worth.deal is None
    assert unvalued.worth.swings.money is None
    assert all(row["name"].startswith("odds:") for row in unvalued.worth.swings.rows)
    assert "■ 双方" not in printed


def test_the_published_rise_is_a_prior_with_every_causal_share(unvalued: Any, ground: cap.Capital) -> None:
    assert "pilot" in ground.of(ground.stages, unvalued.own)["stage"].to_list()
    printed = text(unvalued.document(None), "en", 140)
    section = printed[printed.index("■ What a pilot run changes") :]
    for share in ("0%", "25%", "50%", "75%", "100%"):
        assert share in section
    assert "82%" in section, "selection alone, r = 0.7, one in ten admitted"


# ----------------------------------------------------------------------------------------------------------- portfolio


def test_every_correlation_stands_beside_the_factor_model(portfolio: Any) -> None:
    shown = portfolio.simulated.stress["rho"].unique().to_list()
    assert set(STRESS) | {None} == set(shown)
    section = next(one for one in portfolio.document(None).sections if one.title[1] == "Stress of correlation")
    rows = next(block for block in section.blocks if isinstance(block, Table)).rows
    assert [row[0].text[1] for row in rows] == ["Factor model", *(f"{rho:g}" for rho in STRESS)]


def test_what_is_funded_fits_its_budgets(portfolio: Any, ground: cap.Capital) -> None:
    found = portfolio.found
    budgets = found.budgets
    assert ((budgets["committed"] + budgets["reserved"]) <= budgets["amount"]).all()
    assert found.solution.value <= found.solution.bound + 1e-9
    assert portfolio.found.cases.height == ground.cases.height
    printed = text(portfolio.document(None), "en", 140)
    assert "Not funded, and why" in printed
    assert "The optimiser's curse" in printed


def test_a_tighter_cap_never_brings_more(portfolio: Any) -> None:
    curve = portfolio.found.frontier.sort("cap")
    assert (curve["bound"].diff().drop_nulls() >= -1e-9).all()
    assert (curve["tail"] <= curve["cap"] + 1).all()


def test_a_cap_below_the_least_says_the_least(ground: cap.Capital) -> None:
    floors = pl.DataFrame({"minimum": ["all"], "track": ["industrialisation"], "cases": [8]})
    with pytest.raises(Infeasible) as refused:
        cap.portfolio(ground, minimums=floors, loss_cap=100, **QUICK)
    least = refused.value.faults[0].what.args["least"]
    assert least.minor > 100
    for lang in LANGUAGES:
        assert least.say(lang) in refused.value.say(lang)
    found = cap.portfolio(ground, minimums=floors, loss_cap=least.minor, **QUICK)
    assert found.found.cases["chosen"].sum() >= 8
    assert found.found.tail <= least.minor


def test_amounts_and_shares_of_the_money(network: net.Network) -> None:
    funds, budgets = given.money(network, "1亿元;2亿元", 2)
    assert funds["fund"].to_list() == budgets["fund"].unique().to_list() == [given.ASKED]
    assert given.available(network, budgets, "CNY") == 300_000_000_00
    assert given.cap(network, "10%", budgets, "CNY") == 30_000_000_00
    assert given.cap(network, "1.5亿元", budgets, "CNY") == 150_000_000_00
    for wrong in ("lots", "130%", "-5%", "USD 5m"):
        with pytest.raises(UsageFault):
            given.cap(network, wrong, budgets, "CNY")


# ------------------------------------------------------------------------------------------------------------ tranches


def test_layers_bear_what_is_lost_and_show_every_correlation(tranches: Any) -> None:
    assert tranches.found.conservation < 1e-6
    section = next(one for one in tranches.document(None).sections if one.title[1] == "Layers by correlation")
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [c.head[0] for c in table.columns[2:]] == [f"ρ = {rho:g}" for rho in (0, 0.1, 0.2, 0.3, 0.4, 0.5)]
    senior = tranches.found.figures.filter(pl.col("kind") == "senior").drop_nulls("rho").sort("rho")
    assert senior["el"][-1] > senior["el"][0], "the top layer is hurt more where all fail together"


def test_correlations_given_once_hold_both_ways(network: net.Network, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("方向,另一方向,相关系数\n集成电路,人工智能,0.5\n", encoding="utf-8")
    found = given.correlations(network, path)
    assert found.rows() == [("ai", 1.0, 0.5), ("ic", 0.5, 1.0)]
    path.write_text("方向,另一方向,相关系数\n集成电路,炼金术,0.5\n", encoding="utf-8")
    with pytest.raises(DataRefused, match="炼金术"):
        given.correlations(network, path)


# ----------------------------------------------------------------------------------------------------- along the chain


def test_a_plan_gets_the_figures_by_correlation_and_the_values(demo: Demo, portfolio: Any, ground: cap.Capital) -> None:
    table = cap.risk(portfolio.simulated, portfolio.ground.currency)
    assert set(table["rho"].unique()) == {None, *STRESS}
    assert set(table.filter(pl.col("measure") == "outcome")["unit"]) == {None}
    worth = cap.values(ground)
    assert worth["case"].to_list() == ground.cases["case"].to_list()
    assert worth.filter(pl.col("rnpv").is_null())["why"].null_count() == 0
    work = Work(
        demo.records,
        demo.pack,
        AS_OF,
        0,
        Options(),
        check(None),
        {"cases": demo.plan["cases"], "steps": demo.plan["steps"]},
    )
    along = cap.of_work(work)
    assert along.pairs
    assert set(along.cases["case"]) == set(demo.plan["cases"]["case"])


def test_reasons_show_no_point_either_where_few_results_stand_behind_it(portfolio: Any, case: Any) -> None:
    few = portfolio.ground.odds.filter(pl.col("stage") == "all", pl.col("n_eff") < 20)["case"].to_list()
    assert few
    for title in ("Cases to fund", "Not funded, and why"):
        section = next(one for one in portfolio.document(None).sections if one.title[1] == title)
        tables = [block for block in section.blocks if isinstance(block, Table)]
        for row in tables[0].rows if tables else ():
            if any(f"({own})" in row[0].text[1] for own in few):
                assert not re.search(r"odds [\d.]+%(?!–)", row[-1].text[1]), row[-1].text[1]
    worth = next(one for one in case.document(None).sections if one.title[1] == "Worth")
    assert not any(re.search(r"odds of [\d.]+%(?!–)", one) for one in said(plain_of(worth)))


def plain_of(section: Section) -> Any:
    return plain(Document(["", ""], [], [section]), 1)
