"""`tongtu judge` and its neighbours: a workbook in, an answer out in both languages, never a traceback."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tongtu import packs, registry
from tongtu.cli.main import run
from tongtu.registry.cells import for_sheet, written
from tongtu.registry.codes import Codes
from tongtu.registry.workbooks import Book
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo

DAY = ["--as-of", "2026-11-21"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "judge-a-firm.md"


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workbook with a sheet for each table, as a firm would send it."""
    money = {"revenue": 5_200_000_000, "main_revenue": 4_600_000_000, "rd_spend": 260_000_000}
    years = [{"organisation": "F1", "year": year, "currency": "CNY", **money} for year in (2024, 2025)]
    tables = {
        "organisations": [{"organisation": "F1", "name": "江南陶瓷", "name_en": "Jiangnan", "kind": "private",
                           "legal_person": True}],
        "firm_years": years,
        "titles": [{"title": "T1", "organisation": "F1", "kind": "innovative_sme", "valid_from": date(2024, 6, 1)}],
        "calls": [{"call": "C1", "title": "揭榜挂帅", "issuer": "某部", "scheme": "call_conditions", "firm_leads": True,
                   "partners_max": 4, "own_to_state": 3.0, "closes": date(2026, 12, 1)}],
    }  # fmt: skip
    records = registry.Registry({name: pl.DataFrame(rows) for name, rows in tables.items()})
    path = tmp_path_factory.mktemp("firm") / "FIRM.xlsx"
    codes = Codes(packs.load("cn").vocabularies)
    with Book(path, "zh") as book:
        for name in records:
            noun = registry.noun(name)
            cells = written(records[name], noun, "zh", codes)
            book.table(noun).rows(zip(*(map(for_sheet, column) for column in cells.values()), strict=True))
    return path


@pytest.mark.parametrize(("lang", "said"), [("zh", "已持有的称号"), ("en", "Titles it holds")])
def test_a_workbook_is_judged_and_written_in_every_form(
    workbook: Path, tmp_path: Path, lang: Lang, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    to = {form: tmp_path / "out" / f"firm.{form}" for form in ("html", "pdf", "xlsx")}
    options = [part for form, path in to.items() for part in (f"--{form}", str(path))]
    assert run(["judge", str(workbook), *DAY, *options], lang) == 0
    printed = capsys.readouterr().out
    assert said in printed
    assert said in to["html"].read_text(encoding="utf-8")
    assert to["pdf"].read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["firm.html", "firm.pdf", "firm.xlsx"]
    assert all(str(path) in printed for path in to.values())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "args",
    [
        ["calls"],
        ["year", "--year", "2024"],
        ["deadlines", "--days", "400"],
        ["judge", "--scheme", "srdi", "--what-if", "firm_years.2025.revenue=900万元", "--purpose", "review"],
        ["judge", "--batch", "5", "--known-at", "2026-01-01"],
    ],
    ids=lambda args: " ".join(args[:2]),
)
def test_every_question_has_an_answer(
    workbook: Path, args: list[str], lang: Lang, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([args[0], str(workbook), *args[1:], *DAY], lang) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) > 5
    assert not re.search(r"\b(dossier|asking|cli)\.[a-z-]+", printed)


def test_a_call_says_verdict_gap_deadline_and_outline(workbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calls", str(workbook), *DAY], "en") == 0
    printed = capsys.readouterr().out
    assert "10 days left" in printed
    assert "Outline" in printed
    assert "empty (the applicant)" in printed


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("args", "said", "code"),
    [
        (["judge", "FIRM", "--subject", "F9"], "F9", 2),
        (["judge", "FIRM", "--scheme", "nothing"], "nothing", 2),
        (["judge", "FIRM", "--what-if", "revenue"], "revenue", 2),
        (["judge", "FIRM", "--what-if", "firm_years.2025.revenue=many"], "many", 2),
        (["judge", "FIRM", "--purpose", "fun"], "fun", 2),
        (["judge", "FIRM", "--as-of", "9999-01-01"], "2900", 2),
        (["judge", "nowhere.xlsx"], "nowhere.xlsx", 2),
        (["judge", "FIRM", "--html", "FIRM/x.html"], "x.html", 2),
        (["judge", "letter.txt"], "letter.txt", 1),
        (["rules", "page", "sdi"], "srdi", 2),
        (["rules", "dmn", "srdi", "--version-of", "1999"], "1999", 2),
        (["rules", "diff", "srdi", "2022", "2030", "FIRM"], "2030", 2),
        (["rules", "frobnicate"], "frobnicate", 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_answered_is_said(
    workbook: Path, tmp_path: Path, args: list[str], said: str, code: int, lang: Lang,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letter.txt").write_text("dear")
    assert run([arg.replace("FIRM", str(workbook)) for arg in args], lang) == code
    error = capsys.readouterr().err
    assert said in error
    assert {"zh": "修改方法", "en": "Repair"}[lang] in error
    assert "Traceback" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_are_listed_written_and_compared(
    workbook: Path, tmp_path: Path, lang: Lang, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for args in (["list"], ["page", "srdi"], ["dmn", "srdi"], ["workbook", "srdi"],
                 ["diff", "srdi", "2022", "2026", str(workbook)]):  # fmt: skip
        assert run(["rules", *args, *DAY], lang) == 0, args
    assert "63" not in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["srdi-2026.dmn", "srdi-2026.xlsx", "srdi.html"]


def test_several_firms_are_named_for_the_person_to_choose(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["judge", str(demo.folder), *DAY], "en") == 2
    assert "ORG0001" in capsys.readouterr().err


def test_the_docs_python_runs(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    monkeypatch.chdir(workbook.parent)
    found: dict[str, Any] = {}
    exec(compile(code.group(1), PAGE.name, "exec"), found)
    assert found["document"].sections


def test_the_page_in_the_docs_shows_what_is_printed(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    calls = [line.split() for line in re.findall(r"^tongtu (.+)$", text, re.MULTILINE)]
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert shown is not None
    (tmp_path / "demo").symlink_to(demo.folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    printed = ""
    for args in calls:
        if args[0] == "sample":
            continue  # the demo folder is that very sample
        assert run(args, "en") == 0, args
        printed += capsys.readouterr().out
    lines = [line.rstrip() for line in printed.splitlines()]
    for line in shown.group(1).splitlines():
        assert line.rstrip() in lines
