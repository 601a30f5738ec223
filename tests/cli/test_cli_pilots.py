"""`tongtu pilots`: a folder of workbooks in, pages and workbooks out in both languages, never a traceback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from tongtu import registry
from tongtu.cli import pilots_
from tongtu.cli.main import run
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo

DAY = ["--as-of", "2026-11-21"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "pilot-network.md"
TABLES = (
    "organisations", "platforms", "lines", "services", "equipment", "openings", "usage", "needs", "indicators", "cases",
    "achievements", "budgets", "funds", "people", "teams", "titles", "evidence", "goals",
)  # fmt: skip
ANSWERS = {
    "tier": (["--draws", "100"], "各平台的层级", "Tiers by platform"),
    "diagnose": ([], "薄弱平台", "Weak platforms"),
    "layout": ([], "行动清单", "Actions"),
    "search": (["--quantity", "温度≥900 ℃", "--hours", "40"], "候选产线", "Candidate lines"),
    "schedule": ([], "排期", "Slots"),
}


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tables a network needs, in the form that is read fastest; one test reads the workbooks themselves."""
    kept = Registry({name: demo.records[name] for name in TABLES})
    out = tmp_path_factory.mktemp("network")
    registry.write(kept, out, form="parquet", vocabularies=demo.pack.vocabularies)
    return str(out)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_is_answered_in_every_form(
    demo: Demo, folder: str, name: str, lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more, *heads = ANSWERS[name]
    forms = ("html", "xlsx") if lang == "zh" else ("html", "pdf")
    to = {form: tmp_path / f"{name}.{form}" for form in forms}
    options = [part for form, path in to.items() for part in (f"--{form}", str(path))]
    where = str(demo.folder) if (name, lang) == ("tier", "zh") else folder
    assert run(["pilots", name, where, *DAY, *more, *options], lang) == 0
    printed = capsys.readouterr().out
    assert heads[LANGUAGES.index(lang)] in printed
    page = to["html"].read_text(encoding="utf-8")
    assert all(head in page for head in heads), "both languages stand on the page"
    assert "<script" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in to.values())
    if lang == "en":
        assert to["pdf"].read_bytes().startswith(b"%PDF")


def test_plans_and_region_workbooks_are_folders_that_appear_whole(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plans, books, taken = tmp_path / "plans", tmp_path / "books", tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine", encoding="utf-8")
    call = ["pilots", "layout", folder, *DAY, "--budget", "6000万元", "--periods", "2", "--no-redundancy"]
    assert run([*call, "--plans", str(plans), "--workbooks", str(books)], "zh") == 0
    listed = (plans / "plans.txt").read_text(encoding="utf-8").splitlines()
    assert len(listed) == len(list(plans.glob("*.docx"))) > 0
    assert len((books / "regions.txt").read_text(encoding="utf-8").splitlines()) == len(list(books.glob("*.xlsx"))) > 0
    capsys.readouterr()
    assert run([*call, "--plans", str(taken)], "en") == 2
    assert [path.name for path in taken.iterdir()] == ["mine.txt"]


def test_a_schedule_becomes_a_feed_and_is_replanned(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ics, slots = tmp_path / "lines.ics", tmp_path / "slots.csv"
    call = ["pilots", "schedule", folder, *DAY]
    assert run([*call, "--ics", str(ics), "--csv-slots", str(slots)], "zh") == 0
    assert ics.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    capsys.readouterr()
    assert run([*call, "--previous", str(slots)], "zh") == 0
    printed = capsys.readouterr().out
    assert "加权移动天数" in printed
    assert "移动  " not in printed.split("■ 调整")[1].split("■")[0]


# ---------------------------------------------------------------------------------------------------- everything wrong


def files(tmp_path: Path) -> dict[str, str]:
    """Files nobody should have sent, by name."""
    from importlib import resources

    good = resources.files("tongtu.packs").joinpath("cn/pilots/platform_tiers.yaml").read_text(encoding="utf-8")
    texts = {
        "crossing": good.replace("at: {key: 500, national: 1000}", "at: {key: 500, national: 100}", 1),
        "weights": good.replace("total: 100", "total: 90", 1),
        "no-mapping": "- a\n- b\n",
        "contest": "平台,指标,申诉值\nNOBODY,no such,about 5\n",
        "no-header": "1,2,3\n",
        "misspelt": "平台,指标,申诉值,证剧等级\nPL0001,area,5,E3\n",
        "request": "指标要求\n温度900\n",
        "jobs": "项目,阶段,机时\nC1,pilot,-5\nC1,pilot,5\n",
    }
    found = {}
    for name, text in texts.items():
        path = tmp_path / f"{name}.{'yaml' if name in ('crossing', 'weights', 'no-mapping') else 'csv'}"
        path.write_text(text, encoding="utf-8")
        found[name] = str(path)
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    return {**found, "binary": str(tmp_path / "binary.yaml")}


ZOO = {
    "profiles that cross": (["tier", "--rubric", "crossing"], 1),
    "weights that do not add up": (["tier", "--rubric", "weights"], 1),
    "a rubric that is a list": (["tier", "--rubric", "no-mapping"], 1),
    "a rubric that is no text": (["tier", "--rubric", "binary"], 2),
    "contested figures of nobody": (["tier", "--contest", "contest"], 1),
    "a table without a header": (["tier", "--contest", "no-header"], 1),
    "a misspelt column": (["tier", "--contest", "misspelt"], 1),
    "a platform that is none": (["tier", "--platform", "PL9999"], 2),
    "an empty direction": (["tier", "--direction", "quantum"], 2),
    "a direction that is none": (["diagnose", "--direction", "alchemy"], 2),
    "too few draws": (["tier", "--draws", "1"], 2),
    "an amount that is none": (["layout", "--budget", "much"], 2),
    "more amounts than years": (["layout", "--budget", "1亿;2亿;3亿", "--periods", "2"], 2),
    "an objective that is none": (["layout", "--objective", "beauty"], 2),
    "a region that is none": (["layout", "--region", "Atlantis"], 2),
    "a requirement without relation": (["search", "--quantity", "温度900"], 2),
    "two ways at once": (["search", "--need", "N0001", "--quantity", "温度≥9 ℃"], 2),
    "a need that is none": (["search", "--need", "N9999"], 2),
    "a table nobody understands": (["search", "--request", "request"], 1),
    "jobs twice and below zero": (["schedule", "--jobs", "jobs"], 1),
    "a command that is none": (["tidy"], 2),
}


@pytest.mark.parametrize("name", ZOO)
def test_what_is_wrong_is_said_and_nothing_is_written(
    folder: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args, code = ZOO[name]
    lang = LANGUAGES[len(name) % 2]
    known = files(tmp_path)
    out = tmp_path / "out.html"
    rest = [folder, *DAY, "--html", str(out)] if args[0] != "tidy" else []
    command, *options = [known.get(part, part) for part in args]
    assert run(["pilots", command, *rest, *options], lang) == code
    told = capsys.readouterr().err
    assert told.strip()
    assert "Traceback" not in told
    assert not re.search(r"\b(network|pilots\w*|cli|chain|sorting)\.[a-z]", told), told
    assert not out.exists()


# ------------------------------------------------------------------------------------------------------------ the docs


def test_the_page_names_options_that_exist() -> None:
    group = pilots_.command("en")
    assert isinstance(group, click.Group)
    page = PAGE.read_text(encoding="utf-8")
    called = re.findall(r"tongtu pilots (\w+)([^\n`|]*)", page)
    assert {name for name, _ in called} == set(ANSWERS)
    for name, rest in called:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name
