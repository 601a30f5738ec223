"""The pilot network's documents: everything said in both languages, files read back, everything wrong told at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tongtu.chain import network as net
from tongtu.chain.dossier import Document, write_workbook
from tongtu.chain.dossier.document import Map, Section, plain
from tongtu.chain.dossier.docx import write_docx
from tongtu.chain.dossier.page import page
from tongtu.chain.dossier.shell import text
from tongtu.chain.links.passage import pilot_jobs
from tongtu.chain.network import asking, budgeted, given, work
from tongtu.chain.network.planned import planned
from tongtu.terms.faults import DataRefused, TongtuError, UsageFault
from tongtu.terms.words import LANGUAGES, rooms

if TYPE_CHECKING:
    from conftest import Demo

AS_OF = date(2026, 11, 21)


@pytest.fixture(scope="module")
def network(demo: Demo) -> net.Network:
    return net.network(demo.records, demo.pack, AS_OF)


@pytest.fixture(scope="module")
def tiered(network: net.Network) -> Any:
    return net.tiered(network, draws=100)


@pytest.fixture(scope="module")
def laid(network: net.Network) -> Any:
    return net.laid(network, work.demand(network), settings={"alternatives": 1})


@pytest.fixture(scope="module")
def scheduled(network: net.Network) -> Any:
    return net.scheduled(network, pilot_jobs(work.of_cases(network)))


@pytest.fixture(scope="module")
def searched(network: net.Network) -> Any:
    asks = ["控制精度≤0.5%", "洁净室"]
    wanted = asking.asked(network, quantities=asks, hours=40.0, direction="前沿材料", region="浙江")
    return net.searched(network, *wanted, top=3)


@pytest.fixture(scope="module")
def diagnosed(network: net.Network) -> Any:
    return net.diagnosed(network)


# ---------------------------------------------------------------------------------------------- said in both languages


def said(value: Any) -> Iterator[str]:
    """Every text of a document as it is shown."""
    match value:
        case str():
            yield value
        case dict():
            for name, part in value.items():
                if name not in ("is", "tone", "kind"):
                    yield from said(part)
        case list():
            for part in value:
                yield from said(part)


@pytest.mark.parametrize("name", ["tiered", "laid", "scheduled", "searched", "diagnosed"])
def test_no_code_is_left_where_a_word_should_be(name: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(name)
    documents = [found.document(3), found.document(None)]
    documents += [found.sheets()] if hasattr(found, "sheets") else []
    heads = tuple(f"{room}." for room in rooms())
    for document in documents:
        for side, _ in enumerate(LANGUAGES):
            texts = [one for one in said(plain(document, side)) if one]
            assert [one for one in texts if one.startswith(heads) and " " not in one.split("{")[0]] == []
            assert not any("Why(" in one or "{" in one for one in texts)


@pytest.mark.parametrize("name", ["tiered", "laid", "scheduled", "searched", "diagnosed"])
def test_equal_answers_give_equal_files(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    found = request.getfixturevalue(name)
    document: Document = found.document(None)
    assert page(document, "zh") == page(found.document(None), "zh")
    assert all(len(line) <= 400 for line in text(document, "zh", 100).splitlines())
    first, again = (write_workbook(document, tmp_path / one, AS_OF).read_bytes() for one in ("a.xlsx", "b.xlsx"))
    assert first == again


def test_every_optimum_stands_with_bound_and_gap(laid: Any, scheduled: Any) -> None:
    for found in (laid, scheduled):
        printed = text(found.document(3), "en", 140)
        assert "Bound" in printed
        assert "Gap" in printed


# ------------------------------------------------------------------------------------------------------------- tiers


def test_the_example_rubric_says_that_it_is_nobodys_official_one(tiered: Any) -> None:
    for lang, notice in (("zh", "示例评价表（非官方）"), ("en", "Example rubric (unofficial)")):
        assert notice in text(tiered.document(1), lang)
        assert notice in page(tiered.document(None), lang)


def test_one_platform_is_told_in_depth(network: net.Network) -> None:
    found = net.tiered(network, platform="PL0001", draws=100)
    assert found.document(5).title[0].startswith("中试平台层级：")
    with pytest.raises(UsageFault, match="PLATFORM"):
        net.tiered(network, platform="PLATFORM")


def contest(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "contest.csv"
    path.write_text("平台,指标,申诉值,证据等级\n" + rows, encoding="utf-8")
    return path


def test_an_appeal_shows_what_the_contested_figures_change(network: net.Network, tmp_path: Path) -> None:
    rubric = net.rubric(network, None, "")
    rows = 'PL0011,近1年对外机时,"1,000",E3\nPL0011,公共服务属性,是,\n'
    table = given.contested(network, rubric, contest(tmp_path, rows))
    assert table.select("platform", "indicator", "value").rows() == [
        ("PL0011", "external_hours", 1000.0),
        ("PL0011", "public_duty", 1.0),
    ]
    found = net.tiered(network, rubric=rubric, contested=table, draws=100)
    assert found.found.appeal is not None
    assert "申诉重算" in text(found.document(5), "zh")


def test_everything_wrong_with_contested_figures_is_told_at_once(network: net.Network, tmp_path: Path) -> None:
    rows = "NOBODY,近1年对外机时,5,\nPL0011,no such,5,\nPL0011,area,about 300,\nPL0012,area,1,\nPL0012,area,2,\n"
    with pytest.raises(DataRefused) as refused:
        given.contested(network, net.rubric(network, None, ""), contest(tmp_path, rows))
    places = {(fault.row, fault.column) for fault in refused.value.faults}
    assert {(2, "平台"), (3, "指标"), (4, "申诉值"), (6, "平台")} <= places
    assert all(fault.say(lang) and fault.repair is not None for fault in refused.value.faults for lang in LANGUAGES)


def test_examples_teach_weights_and_name_those_that_contradict(network: net.Network, tmp_path: Path) -> None:
    path = tmp_path / "examples.csv"
    path.write_text("平台,评定层级\nPL0014,重点\nPL0009,储备\nPL0002,储备\nPL0016,储备\n", encoding="utf-8")
    rubric = net.rubric(network, None, "")
    with pytest.raises(DataRefused):  # 重点 is no name of a tier
        given.examples(network, rubric, path)
    names = {tier.name: tier.label.zh for tier in rubric.tiers}
    path.write_text(
        f"平台,评定层级\nPL0014,{names['key']}\nPL0009,reserve\nPL0002,{names['reserve']}\nPL0016,reserve\n",
        encoding="utf-8",
    )
    table = given.examples(network, rubric, path)
    found = net.tiered(network, rubric=rubric, examples=table, draws=100)
    assert found.learnt is not None
    assert found.learnt.found.examples.height == 4
    assert "由实例推断的权重" in text(found.document(3), "zh")


# ------------------------------------------------------------------------------------------------------------ search


def test_requirements_in_words_are_read_or_refused_with_all_that_is_wrong(network: net.Network) -> None:
    asks = ["温度≥900 ℃", "batch purity >= 99.9 %", "洁净室"]
    requests, needed = asking.asked(network, quantities=asks, batch="200 kg", direction="前沿材料", must=True)
    assert requests["batch"].to_list() == [200.0]
    assert needed["operator"].to_list() == ["ge", "ge", "has"]
    assert needed["must"].to_list() == [True] * 3
    with pytest.raises(UsageFault) as refused:
        asking.asked(network, quantities=["温度900"], batch="abc", direction="nowhere", categories=["x"])
    assert len(refused.value.faults) == 4


def test_a_table_of_requirements_is_read_by_request(network: net.Network, tmp_path: Path) -> None:
    path = tmp_path / "request.csv"
    rows = "R1,前沿材料,温度≥900 ℃,是\n,,纯度≥99.9 %,\nR2,,洁净室,\n"
    path.write_text("编号,方向,指标要求,必须满足\n" + rows, encoding="utf-8")
    requests, needed = given.requests(network, path)
    assert requests["request"].to_list() == ["R1", "R2"]
    assert needed.group_by("request", maintain_order=True).len().rows() == [("R1", 2), ("R2", 1)]
    steps, needed = given.requests(network, path, steps=True)
    assert steps["step"].to_list() == [1, 2]
    found = net.routed(network, steps, needed, ways=2)
    assert text(found.document(5), "zh").startswith("多步工艺路线")


def test_needs_ask_for_lines(network: net.Network) -> None:
    found = net.searched(network, *asking.of_needs(network), top=2)
    assert found.requests.height > 10
    assert found.document(3).title == ["逐项需求检索产线", "Lines for every need"]


# ---------------------------------------------------------------------------------------------------------- schedule


def test_a_schedule_is_read_back_and_nothing_moves(network: net.Network, scheduled: Any, tmp_path: Path) -> None:
    for lang in LANGUAGES:
        path = tmp_path / f"slots-{lang}.csv"
        scheduled.kept(lang).write_csv(path, include_bom=True)
        before = given.slots(network, path)
        assert before.height == scheduled.slots.height
        again = net.scheduled(network, pilot_jobs(work.of_cases(network)), previous=before)
        assert again.moves.filter(pl.col("change").is_in(["moved", "dropped"])).is_empty()
        assert again.document(3).title == scheduled.document(3).title
    assert scheduled.calendar("zh").startswith("BEGIN:VCALENDAR\r\n")
    assert scheduled.calendar("zh").count("BEGIN:VEVENT") == scheduled.slots.filter(pl.col("status") == "placed").height


def test_jobs_of_a_table_name_their_faults(network: net.Network, tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("项目,阶段,机时,前置阶段,最早开始,最晚完成\nC1,pilot,40,,2027-01-01,2026-12-01\nC1,scale_up,-3,nothing,,\n",
                    encoding="utf-8")  # fmt: skip
    with pytest.raises(DataRefused) as refused:
        given.jobs(network, path)
    assert {(2, "最晚完成"), (3, "机时"), (3, "前置阶段")} <= {(f.row, f.column) for f in refused.value.faults}


# ------------------------------------------------------------------------------------------------------------ layout


def test_the_map_shows_every_tile(laid: Any) -> None:
    maps = [block for section in laid.document(None).sections for block in section.blocks if isinstance(block, Map)]
    tiles = laid.network.pack.sheet("tiles").height
    assert len(maps) == 1
    assert len(maps[0].tiles) == tiles
    assert page(laid.document(None)).count("<rect ") == tiles


def test_each_region_is_told_what_it_builds_or_leaves(laid: Any) -> None:
    assert laid.areas
    for area in laid.areas:
        document = laid.of_region(area)
        titles = [section.title[1] for section in document.sections]
        assert "By region: build, strengthen, or leave to a neighbour" in titles


def test_plans_are_documents_that_open_and_repeat(laid: Any, tmp_path: Path) -> None:
    import docx

    plans = planned(laid)
    built = laid.found.actions.filter((pl.col("action") == "supplement") & ~pl.col("committed"))
    assert len(plans) == built["place"].n_unique() > 0
    first = next(iter(plans.values()))
    for lang in LANGUAGES:
        files = [write_docx(first, tmp_path / f"{n}-{lang}.docx", AS_OF, lang) for n in (1, 2)]
        assert files[0].read_bytes() == files[1].read_bytes()
        read = docx.Document(str(files[0]))
        assert read.paragraphs[0].text == first.title[LANGUAGES.index(lang)]
        assert read.core_properties.created.date() == AS_OF
        headings = [section for section in first.sections if isinstance(section, Section)]
        told = [paragraph.text for paragraph in read.paragraphs]
        assert all(any(section.title[LANGUAGES.index(lang)] in one for one in told) for section in headings)


def test_a_budget_in_words_becomes_a_year_each(network: net.Network) -> None:
    found = budgeted.budgets(network, "8000万元; 1亿元; 2000万元", 3)
    assert found["amount"].to_list() == [8_000_000_000, 10_000_000_000, 2_000_000_000]
    assert found["period_from"].to_list() == [date(2026, 11, 21), date(2027, 11, 21), date(2028, 11, 21)]
    for said_, n in (("abc", 3), ("1亿;2亿", 3), ("", 1), ("-5万元", 1)):
        with pytest.raises(UsageFault):
            budgeted.budgets(network, said_, n)


def test_a_budget_nobody_can_reach_anything_with_gives_no_action(network: net.Network) -> None:
    found = net.laid(network, work.demand(network), budgets=budgeted.budgets(network, "1元", 1),
                     settings={"redundancy": 1})  # fmt: skip
    assert found.found.actions.filter(~pl.col("committed")).is_empty()
    assert text(found.document(3), "en")


# ----------------------------------------------------------------------------------------------------------- nothing


@pytest.mark.parametrize(
    "ask",
    [
        net.tiered,
        net.diagnosed,
        lambda n: net.searched(n, *asking.of_needs(n)),
        lambda n: net.scheduled(n, pilot_jobs(work.of_cases(n))),
        lambda n: net.laid(n, work.demand(n)),
    ],
    ids=["tier", "diagnose", "search", "schedule", "layout"],
)
def test_an_empty_folder_is_a_fault_that_names_the_tables(demo: Demo, ask: Callable[[net.Network], Any]) -> None:
    from tongtu.registry import Registry

    with pytest.raises(TongtuError) as refused:
        ask(net.network(Registry({}), demo.pack, AS_OF))
    assert "platforms" in refused.value.say("en")


# ---------------------------------------------------------------------------------------------------------- the chain


def test_the_plan_holds_tiers_and_a_layout_with_bound_and_gap(demo: Demo) -> None:
    plan = demo.plan
    assert plan["tiers"].height == demo.records["platforms"].filter(pl.col("state") == "published").height
    assert plan["tiers"]["why"].null_count() == 0
    answer = plan["solutions"].filter(pl.col("problem") == "layout").row(0, named=True)
    assert answer["bound"] >= answer["value"]
    assert answer["gap"] <= 0.01
    spent = plan["layout"].filter(pl.col("budget").is_not_null()).group_by("budget").agg(pl.col("cost").sum())
    over = spent.join(demo.records["budgets"], on="budget").filter(pl.col("cost") > pl.col("amount"))
    assert over.is_empty()


def test_a_plan_of_the_format_before_is_still_read(demo: Demo, tmp_path: Path) -> None:
    from dataclasses import replace

    from tongtu.chain import Plan
    from tongtu.chain.plan import digest_of

    old = {name: demo.plan[name] for name in demo.plan if name not in ("standing", "progress", "critical", "tracks")}
    old["steps"] = old["steps"].drop("phase")
    manifest, folder = replace(demo.plan.manifest, format=3), tmp_path / "plan"
    Plan(manifest, old, demo.records).save(folder)
    old["steps"].write_parquet(folder / "tables" / "steps.parquet")  # as the version before wrote it
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**said, "digest": digest_of(manifest, old)}))
    read = Plan.load(tmp_path / "plan")
    assert read.manifest.format == 3
    assert read["standing"].is_empty()
    assert read["steps"]["phase"].null_count() == demo.plan["steps"].height
