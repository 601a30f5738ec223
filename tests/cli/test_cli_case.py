"""`tongtu case`, `tongtu pathway`: a folder in, documents and files out; what is wrong is said, with its repair."""

from __future__ import annotations

import csv
import json
import re
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from tongtu import packs, registry
from tongtu.chain.network import network
from tongtu.chain.passage import migrated, passage
from tongtu.chain.passage.days import spells
from tongtu.cli.main import run
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, Lang

sys.path.append(str(Path(__file__).resolve().parents[1] / "pathway"))
from exchange_pathways import contest, shipped, story, table

DAY = ["--as-of", "2026-11-20"]
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def records() -> Registry:
    """The story of one case, and three that cannot be told: no log, a version nobody has, an event out of order."""
    base = story()
    more = [base["cases"].row(0, named=True) | {"case": own, "need": None, "pathway_version": version}
            for own, version in (("K2", "2026.1"), ("K3", "1999.9"), ("K4", "2026.1"))]  # fmt: skip
    wrong = [{"event": "X1", "case": "K3", "kind": "opened", "on": date(2026, 2, 1)},
             {"event": "X2", "case": "K4", "kind": "opened", "on": date(2026, 2, 1)},
             {"event": "X3", "case": "K4", "kind": "entered", "stage": "pilot", "on": date(2026, 2, 2)}]  # fmt: skip
    cases, events = table("cases", *more), table("events", *wrong)
    return base.replace(cases=pl.concat([base["cases"], cases]), events=pl.concat([base["events"], events]))


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names stand on one line, whatever terminal the tests run in."""
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture(scope="module")
def folder(records: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("cases")
    registry.write(records, out, form="parquet", vocabularies=packs.load("cn").vocabularies)
    return str(out)


ANSWERS: dict[str, tuple[list[str], tuple[str, ...], tuple[str, ...]]] = {
    "list": ([], ("高温合金叶片（K1）", "谁在让大家等"), ("Superalloy blades (K1)", "Who is waited for")),
    "show": (
        ["K1"],
        ("接下来可以办什么", "每一天花在哪里", "预算待批"),
        ("What may come next", "Where every day went"),
    ),
    "log": (["K1"], ("全部记录", "2026年9月20日补记"), ("The log", "recorded on 2026-09-20")),
    "migrate": (["K1", "--to", "2027.1"], ("可以迁移",), ("possible",)),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_is_answered_in_every_form(
    folder: str, name: str, lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more, *heads = ANSWERS[name]
    forms = {"html": tmp_path / "a.html", "xlsx": tmp_path / "a.xlsx"}
    options = [part for form, path in forms.items() for part in (f"--{form}", str(path))]
    assert run(["case", name, folder, *more, *DAY, "--rows", "100", *options], lang) == 0
    printed = capsys.readouterr().out
    assert all(head in printed for head in heads[LANGUAGES.index(lang)]), printed
    html = forms["html"].read_text(encoding="utf-8")
    assert all(head in html for side in heads for head in side), "both languages stand on the page"
    assert not re.search(r"\b(passage|pathway_exchange|pathway_cases|cli)\.[a-z-]+", printed + html), (
        "a word is missing"
    )
    assert "{" not in printed
    assert forms["xlsx"].read_bytes().startswith(b"PK")


def test_the_page_shows_the_case_in_pictures(folder: str, tmp_path: Path) -> None:
    pages = []
    for own in ("a.html", "b.html"):
        assert run(["case", "show", folder, "高温合金叶片", *DAY, "--html", str(tmp_path / own)], "zh") == 0
        pages.append((tmp_path / own).read_bytes())
    assert pages[0] == pages[1]
    html = pages[0].decode()
    assert html.count("<svg") >= 3
    assert "<script" not in html
    assert "缺检测&lt;&amp;&gt;报告" in html


def test_every_day_is_accounted_for() -> None:
    """Without a gap and without an overlap, from the opening to today."""
    ground = passage(network(story(), packs.load("cn"), TODAY))
    found = spells(ground, "K1")
    assert found[0].start == date(2026, 1, 5)
    assert (found[-1].last, sum(one.days for one in found)) == (TODAY, (TODAY - date(2026, 1, 5)).days + 1)
    assert all(a.end == b.start for a, b in pairwise(found))
    of: dict[tuple[str | None, str], int] = {}
    for one in found:
        of[one.role, one.kind] = of.get((one.role, one.kind), 0) + one.days
    assert of["demander", "held"] == 21
    assert of["holder", "recycled"] == 14


def told_of(records: Registry, out: Path, case: str, lang: Lang, capsys: pytest.CaptureFixture[str]) -> str:
    registry.write(records, out, form="parquet", vocabularies=packs.load("cn").vocabularies)
    assert run(["case", "show", str(out), case, *DAY, "--rows", "100"], lang) == 0
    return capsys.readouterr().out


def test_each_answer_to_a_call_is_shown_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told_of(contest(), tmp_path, "K1", "zh", capsys)
    assert "并行攻关 · 甲队、揭榜与遴选 · 丙队" in shown
    assert "指标不足" in shown
    assert "已逾期，现在可办" in shown
    assert re.search("需求方 +会签 +入围遴选 · 丙队", shown)


def test_the_buyers_side_stands_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = story()
    other = base["cases"].row(0, named=True) | {"case": "K2", "pathway": "buyer", "parent": "K1"}
    opened = {"event": "B1", "case": "K2", "kind": "opened", "on": date(2026, 6, 1)}
    both = base.replace(cases=pl.concat([base["cases"], table("cases", other)]),
                        events=pl.concat([base["events"], table("events", opened)]))  # fmt: skip
    shown = told_of(both, tmp_path, "K1", "en", capsys)
    assert "Other cases of the same matter" in shown
    assert "(K2)" in shown


# ------------------------------------------------------------------------------------------ what cannot be told


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        (["show", "K9"], 2, ("K9", "K1")),
        (["show"], 2, ("K1",)),
        (["show", "K2"], 1, ("K2", "events")),
        (["show", "K3"], 1, ("K3", "1999.9")),
        (["show", "K4"], 1, ("X3",)),
        (["migrate", "K1", "--to", "2030.1"], 2, ("2030.1", "2027.1")),
        (["export", "--form", "word"], 2, ("word",)),
        (["list", "--waits-on", "O9"], 2, ("O9",)),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_cannot_be_told_is_said(
    folder: str, call: list[str], code: int, said: tuple[str, ...], lang: Lang, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = call
    assert run(["case", name, folder, *rest, *DAY], lang) == code
    told = capsys.readouterr().err
    assert all(one in told for one in said), told
    assert "Traceback" not in told
    assert not re.search(r"\b(passage|pathway_cases)\.[a-z-]+", told)
    assert bool(re.search("[\u4e00-\u9fff]", told.replace("高温合金叶片", ""))) == (lang == "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_check_names_every_fault_at_once(folder: str, lang: Lang, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["case", "check", folder, *DAY], lang) == 1
    told = capsys.readouterr().out
    assert "X3" in told
    assert "1999.9" in told


def test_a_list_shows_cases_whose_state_is_unknown(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["case", "list", folder, *DAY], "en") == 0
    told = capsys.readouterr().out
    assert "State unknown" in told
    assert run(["case", "list", folder, *DAY, "--state", "open"], "en") == 0
    assert "K4" not in capsys.readouterr().out


# ------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("form", ["ocds", "xes", "ocel", "ics"])
def test_exports_are_files_that_others_read(folder: str, form: str, tmp_path: Path) -> None:
    to = tmp_path / "out"
    assert run(["case", "export", folder, "K1", "--form", form, "--out", str(to), *DAY], "en") == 0
    text = to.read_bytes().decode()
    match form:
        case "ocds":
            assert json.loads(text)["records"][0]["compiledRelease"]["passage"]["state"] == "open"
        case "ocel":
            assert len(json.loads(text)["events"]) == 19
        case "xes":
            assert len(ElementTree.fromstring(text.encode()).findall(".//{*}event")) == 19
        case "ics":
            assert text.startswith("BEGIN:VCALENDAR\r\n")
            assert text.count("BEGIN:VTODO") == 4


@pytest.mark.parametrize("form", ["ocds", "xes", "ocel", "ics"])
def test_cases_that_cannot_be_told_do_not_stop_an_export(folder: str, form: str, tmp_path: Path) -> None:
    assert run(["case", "export", folder, "--form", form, "--out", str(tmp_path / "out"), *DAY], "zh") == 0


def test_the_log_of_a_case_that_cannot_be_told_is_shown(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    for case, said in (("K2", "No events"), ("K3", "Opened"), ("K4", "Entered stage")):
        assert run(["case", "log", folder, case, *DAY], "en") == 0
        assert said in capsys.readouterr().out


def test_an_export_without_a_file_goes_to_the_terminal(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["case", "export", folder, "--form", "ocel", *DAY], "en") == 0
    assert {one["id"] for one in json.loads(capsys.readouterr().out)["objects"]} >= {"case:K1", "case:K4"}


def test_a_file_that_cannot_be_written_is_said(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["case", "export", folder, "--form", "xes", "--out", "/nowhere/x.xes", *DAY], "en") == 2
    assert "/nowhere/x.xes" in capsys.readouterr().err


def test_the_row_that_migrates_a_case_is_taken_by_the_log(folder: str, tmp_path: Path) -> None:
    to = tmp_path / "row.csv"
    assert run(["case", "migrate", folder, "K1", "--to", "2027.1", "--write", str(to), *DAY], "zh") == 0
    (row,) = csv.DictReader(to.read_text(encoding="utf-8-sig").splitlines())
    assert (row["项目"], row["路径版本"]) == ("K1", "2027.1")
    base = story()
    found = migrated(passage(network(base, packs.load("cn"), TODAY)), "K1", "2027.1")
    after = base.replace(events=pl.concat([base["events"], found.event()]))
    told = passage(network(after, packs.load("cn"), TODAY))
    assert told.told.faults.is_empty()
    assert told.state("K1").key == "standard@2027.1"


# ------------------------------------------------------------------------------------------ pathways


def test_pathways_are_listed_and_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["pathway", "list", *DAY], "zh") == 0
    listed = capsys.readouterr().out
    assert all(one.id[:12] in listed for one in shipped().values())
    for lang in LANGUAGES:
        for key in shipped():
            assert run(["pathway", "show", key, *DAY], lang) == 0
    told = capsys.readouterr().out
    assert "中试评审" in told
    assert not re.search(r"\b(passage|pathway_exchange|pathway)\.[a-z-]+", told), "a word is missing"
    to = tmp_path / "a.html"
    assert run(["pathway", "show", "challenge", *DAY, "--html", str(to)], "en") == 0
    assert "<svg" in to.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pathway_nobody_has_is_said(lang: Lang, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pathway", "show", "standart", *DAY], lang) == 2
    assert "standard" in capsys.readouterr().err


def test_pathways_are_exported_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn, source = tmp_path / "a.bpmn", tmp_path / "a.yaml"
    assert run(["pathway", "export", "standard", "--out", str(drawn), *DAY], "en") == 0
    assert ElementTree.parse(drawn).getroot().tag.endswith("definitions")
    assert run(["pathway", "export", "standard", "--form", "yaml", "--out", str(source), *DAY], "en") == 0
    capsys.readouterr()
    assert run(["pathway", "check", str(source)], "en") == 0
    assert "holds: 6 stages" in capsys.readouterr().out
    source.write_text(source.read_text(encoding="utf-8").replace("owner: holder", "owned: holder"), encoding="utf-8")
    assert run(["pathway", "check", str(source)], "zh") == 1
    assert "a.yaml" in capsys.readouterr().err


def test_help_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Any] = []
    for lang in LANGUAGES:
        for call in (["case", "show"], ["case", "export"], ["pathway", "export"]):
            assert run([*call, "--help"], lang) == 0
            told.append(capsys.readouterr().out)
    assert all(told)
