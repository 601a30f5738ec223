"""`tongtu appraise`: one case, all cases, two schemes, in both languages and every form; whatever is wrong is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl
import pytest

from tongtu import registry
from tongtu.appraise.maturity import maturity_scale
from tongtu.cli import appraise_
from tongtu.cli.main import run
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo

DAY = ["--as-of", "2026-11-21"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "appraisal.md"
TABLES = (
    "organisations", "needs", "achievements", "cases", "items", "supplies", "components", "platforms", "services",
    "lines", "openings", "providers", "provider_services", "projects",
)  # fmt: skip
PROVED = "K0003"
LEVELS = dict.fromkeys((d.code for d in maturity_scale().dimensions), 6)
ANSWERS = {
    "one case": (
        ["--case", PROVED],
        ("5 级", "升到 6 级需要的证据", "供应链自主", "量表、封顶和权重"),
        ("level 5", "Evidence that would reach level 6", "Supply-chain autonomy", "no official standard"),
    ),
    "all cases": ([], ("各等级的项目数", "不能定级"), ("Cases by level", "no level")),
    "two schemes": (
        ["--schemes"],
        ("由原方案得分到新方案得分", "在新方案中不计分", "计算值优先"),
        ("From points before to points now", "weigh nothing in the new scheme", "win over those stated"),
    ),
}  # fmt: skip


def filled(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = Registry()[name].schema
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo with one case proved on all ten dimensions, its market a level short, and projects of both kinds."""
    kept = {name: demo.records[name] for name in TABLES if name in demo.records}
    cases = kept["cases"].filter(pl.col("case") == PROVED)
    subject = cases["achievement"].item()
    blank = {"subject_kind": "achievement", "subject": subject, "kind": "document", "dated": date(2026, 3, 1)}
    levels = {**LEVELS, "market": 5}
    proofs = [
        {**blank, "evidence": f"X{n}", "dimension": code, "level": at, "grade": "E2"}
        for n, (code, at) in enumerate(levels.items())
    ]
    firsts = kept["projects"].head(3).to_dicts()
    told: list[dict[str, Any]] = [
        {"papers": 40, "talent_titles": 3, "awards": 2, "maturity": 2, "autonomy": 0.1, "orders": 0},
        {"papers": 0, "talent_titles": 0, "awards": 0, "case": PROVED, "maturity": 9, "autonomy": 0.9, "orders": 10**9},
        {"papers": 3, "talent_titles": 0, "awards": 0},
    ]
    kept["projects"] = filled("projects", [{**row, **more} for row, more in zip(firsts, told, strict=True)])
    kept["achievements"] = kept["achievements"].with_columns(
        mrl=pl.when(pl.col("achievement") == subject).then(7).otherwise("mrl"),
        trl=pl.when(pl.col("achievement") == subject).then(7).otherwise("trl"),
    )
    out = tmp_path_factory.mktemp("appraisal")
    records = Registry({**kept, "evidence": filled("evidence", proofs)})
    registry.write(_sound(records), out, form="parquet", vocabularies=demo.pack.vocabularies)
    return str(out)


def _sound(records: Registry) -> Registry:
    """Without references to tables that were left out."""
    bare: dict[str, pl.DataFrame] = {}
    for name in records:
        known = {column.name: column for column in registry.noun(name).columns}
        frame = records[name]
        for column in frame.columns:
            of = known[column].of if known[column].kind in ("ref", "refs") else ""
            if of and of not in records:
                frame = frame.with_columns(pl.lit(None, frame.schema[column]).alias(column))
        bare[name] = frame
    return Registry(bare)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_is_answered_in_every_form(
    folder: str, name: str, lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more, *heads = ANSWERS[name]
    forms = ("html", "xlsx") if lang == "zh" else ("html", "pdf")
    to = {form: tmp_path / f"out.{form}" for form in forms}
    options = [part for form, path in to.items() for part in (f"--{form}", str(path))]
    assert run(["appraise", folder, *DAY, *more, *options], lang) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert all(head in printed for head in heads[LANGUAGES.index(lang)])
    html = to["html"].read_text(encoding="utf-8")
    assert all(head in html for side in heads for head in side), "both languages stand on the page"
    assert "<svg" in html
    assert "<script" not in html
    for room in ("appraisal", "appraise", "appraise_maturity", "appraise_evaluation", "cli"):
        assert f"{room}." not in html.replace("appraise.maturity", ""), "every code has its words"
    assert all(path.stat().st_size > 1000 for path in to.values())


def test_the_computed_level_wins_on_the_page(folder: str, tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    assert run(["appraise", folder, *DAY, "--schemes", "--html", str(out)], "en") == 0
    page = out.read_text(encoding="utf-8")
    assert "computed" in page
    assert "5–7" in page, "proved to level 5, at most 7; the nine that was stated is not used"


def test_the_same_call_gives_the_same_page(folder: str, tmp_path: Path) -> None:
    pages = []
    for one in ("a.html", "b.html"):
        assert run(["appraise", folder, *DAY, "--case", PROVED, "--html", str(tmp_path / one)], "en") == 0
        pages.append((tmp_path / one).read_bytes())
    assert pages[0] == pages[1]


ZOO = {
    "a case that is none": (["--case", "K9999"], ("K9999",)),
    "a case and schemes": (["--case", PROVED, "--schemes"], ("--case", "--schemes")),
    "a scheme that is none": (["--scheme", "beauty"], ("beauty", "project_evaluation")),
    "a scheme of firms": (["--scheme", "little_giant"], ("little_giant", "project_evaluation")),
    "one version": (["--versions", "papers"], ("papers", "papers:industry")),
    "a version that is none": (["--versions", "papers:glory"], ("glory", "industry")),
    "a day that cannot be": (["--as-of", "0900-01-01"], ("0900", "900")),
}


@pytest.mark.parametrize("name", ZOO)
def test_what_is_wrong_is_said_and_nothing_is_written(
    folder: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args, told = ZOO[name]
    out = tmp_path / "out.html"
    assert run(["appraise", folder, *DAY, "--html", str(out), *args], LANGUAGES[len(name) % 2]) == 2
    said = capsys.readouterr().err
    assert any(one in said for one in told)
    assert "Traceback" not in said
    assert not out.exists()


def test_evidence_of_a_level_no_scale_has_is_refused(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in Path(folder).iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    table = next(tmp_path.glob("evidence.*"))
    frame = pl.read_parquet(table)
    level = next(name for name in frame.columns if name in ("level", "支持等级"))
    frame.with_columns(pl.lit(12, frame.schema[level]).alias(level)).write_parquet(table)
    assert run(["appraise", str(tmp_path), *DAY], "zh") == 1
    assert "12" in capsys.readouterr().err


def test_help_tells_every_option_in_both_languages() -> None:
    for lang in LANGUAGES:
        made = appraise_.command(lang)
        for param in made.params:
            if isinstance(param, click.Option):
                assert param.help
                assert not param.help.startswith(("cli.", "appraisal.")), param.name


def test_the_page_of_the_manual_names_every_option() -> None:
    text = PAGE.read_text(encoding="utf-8")
    own = ("--case", "--schemes", "--versions", "--scheme", "--home")
    assert [option for option in own if option not in text] == []
