"""`tongtu research`: a folder in, one document out in both languages, as known on the day that was asked about."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tongtu import registry
from tongtu.chain.dossier.document import Document, plain
from tongtu.chain.network import network
from tongtu.chain.research import researched
from tongtu.cli.main import run
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo

DAY = date(2026, 11, 21)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "research.md"
TABLES = ("organisations", "projects", "participants", "evidence", "cases", "achievements", "events", "outcomes")


@pytest.fixture(scope="module")
def records(demo: Demo) -> Registry:
    """The demo's projects, coded as they are not in the sample."""
    projects = demo.records["projects"].with_row_index("i").with_columns(
        understanding=pl.when(pl.col("i") % 4 > 0).then(pl.col("track") != "industrialisation"),
        use_considered=pl.col("track") != "pure_basic",
        review_years=pl.when(pl.col("i") % 2 == 0).then(5.0).otherwise(1.0),
        originality=pl.when(pl.col("i") % 3 == 0).then(pl.lit("method")),
    ).drop("i")  # fmt: skip
    kept = {name: demo.records[name] for name in TABLES if name in demo.records}
    return Registry({**kept, "projects": projects})


@pytest.fixture(scope="module")
def folder(demo: Demo, records: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("research")
    registry.write(records, out, form="parquet", vocabularies=demo.pack.vocabularies)
    return str(out)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_page_in_both_languages(
    folder: str, lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = {form: tmp_path / f"r.{form}" for form in (("html", "xlsx") if lang == "zh" else ("html", "pdf"))}
    options = [part for form, path in to.items() for part in (f"--{form}", str(path))]
    assert run(["research", folder, "--as-of", "2026-11-21", *options], lang) == 0
    printed = capsys.readouterr().out
    heads = {"zh": ("谁在牵头", "未达到", "7.08%"), "en": ("Who leads", "missed", "7.08%")}
    assert all(head in printed for head in heads[lang])
    html = to["html"].read_text(encoding="utf-8")
    assert all(head in html for side in heads.values() for head in side)
    assert html.count("<svg") >= 5
    assert "<script" not in html
    assert not re.search(r"(?<![\w./-])(appraise_)?research\.[a-z]+-?[a-z]+(?!\w*\.md)\b", html), "a word is missing"
    if lang == "en":
        assert to["pdf"].read_bytes().startswith(b"%PDF")


def test_the_target_is_judged_by_what_was_known(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*days: str) -> str:
        assert run(["research", folder, *days], "en") == 0
        return capsys.readouterr().out

    assert "under way" in (then := told("--as-of", "2024-05-01"))
    assert "6.65%" in then
    assert "7.08% at the deadline" in " ".join(then.split())
    assert "cannot be told on the day" in " ".join(told("--as-of", "2026-01-15").split())
    assert "missed" in told("--as-of", "2026-11-21")
    assert "6.65%" in told("--as-of", "2026-11-21", "--known-at", "2024-05-01")


def said(document: Document, side: int) -> str:
    return str(plain(document, side))


def test_a_folder_without_projects_still_tells_the_published_figures(demo: Demo) -> None:
    found = researched(network(Registry({}), demo.pack, DAY)).document()
    assert "7.08%" in said(found, 0)
    assert "There are no R&D projects" in said(found, 1)


def test_rows_in_another_order_make_the_same_document(demo: Demo, records: Registry) -> None:
    mixed = records.replace(**{name: records[name].sample(fraction=1.0, shuffle=True, seed=4) for name in records})
    one, two = (researched(network(own, demo.pack, DAY)).document() for own in (records, mixed))
    assert said(one, 0) == said(two, 0)


def test_an_own_figure_takes_the_place_of_the_pack_s(demo: Demo) -> None:
    own: dict[str, Any] = {"measure": ["basic_share"], "scope": ["CN"], "year": [2025], "published": [date(2026, 9, 1)],
                           "value": [0.081], "unit": ["ratio"], "source": ["s"], "grade": ["ours"]}  # fmt: skip
    found = researched(network(Registry({"statistics": pl.DataFrame(own)}), demo.pack, DAY))
    assert found.gaps["status"].to_list() == ["reached"]
    assert found.gaps["first"].to_list() == [0.0708], "the vintage before stays"


def test_the_guide_shows_commands_that_run(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    calls = re.findall(r"^tongtu research demo(.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(calls) >= 2
    for call in calls:
        options = re.sub(r"--(html|pdf|xlsx) \S+", "", call).split()
        assert run(["research", folder, *options], "zh") == 0
        assert "双轨研究" in capsys.readouterr().out
