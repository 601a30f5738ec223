"""Briefs of three news articles against a key made by hand: timelines, figures, actors and directions."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tongtu import packs
from tongtu.brief.facts import Lexicon, extract, lexicon
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Brief
from tongtu.brief.reading import read, reports
from tongtu.brief.writing import write
from tongtu.registry.boundary import read_prose

TEXTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "briefs"
KEY = Path(__file__).parent / "keys" / "articles.toml"
FORMS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
UNITS = {"%": "percent"}

Entry = dict[str, Any]
Known = tuple[set[Any], set[Any]]

pytestmark = pytest.mark.skipif(not TEXTS.is_dir(), reason=f"the articles the key speaks of are not here: {TEXTS}")
ARTICLES: list[Entry] = tomllib.loads(KEY.read_text(encoding="utf-8"))["article"]
each_article = pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article["file"])


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


@cache
def brief(file: str) -> Brief:
    (prose,) = read_prose(TEXTS / file)
    (document,) = reports(read(prose))
    return write([document], {document.id: extract(document, words())}, lexicon=words(), as_of=date(2026, 11, 22))


def canonical(name: str) -> str:
    """An organisation by the name the list has for it, whichever of its names is written."""
    for row in words().rows("actors"):
        if plain(name) in map(plain, (row["name"], row["en"], *row["aliases"].split(";"))):
            return row["name"]
    return name


def asked(entries: list[Entry], of: Any) -> Known:
    """What must be found, and what may be."""
    return tuple({of(entry) for entry in entries if bool(entry.get("optional")) == may} for may in (False, True))  # type: ignore[return-value]


def equal(found: set[Any], key: Known) -> bool:
    must, may = key
    assert must <= found, f"missed: {must - found}"
    assert found <= must | may, f"too much: {found - must - may}"
    return True


@each_article
def test_the_timeline_is_the_keys(article: Entry) -> None:
    rows = brief(article["file"]).timeline.iter_rows(named=True)
    found = {(row["day"].strftime(FORMS[row["precision"]]), row["precision"]) for row in rows if row["day"]}
    assert equal(found, asked(article["event"].get("timeline", []), lambda e: (e["date"], e["precision"])))


@each_article
def test_a_day_without_its_year_is_told_without_one(article: Entry) -> None:
    told = brief(article["file"])
    (document,) = told.documents
    found = {
        document.text[row["start"] : row["end"]]
        for row in told.timeline.filter(pl.col("day").is_null()).iter_rows(named=True)
    }
    key = article["event"].get("timeline", [])
    assert found <= {entry["at"]["written"] for entry in key if entry["date"].startswith("XXXX")}


@each_article
def test_the_figures_are_the_keys(article: Entry) -> None:
    rows = brief(article["file"]).facts["figures"].iter_rows(named=True)
    found = {(row["value"], row["unit"], row["operator"], row["kind"]) for row in rows}
    key = asked(article["event"].get("figures", []),
                lambda e: (float(e["value"]), UNITS[e["unit"]], e["operator"], e["kind"]))  # fmt: skip
    assert equal(found, key)


@each_article
def test_a_figures_year_is_the_keys(article: Entry) -> None:
    years = {row["value"]: row["year"] for row in brief(article["file"]).facts["figures"].iter_rows(named=True)}
    for entry in article["event"].get("figures", []):
        assert "year" not in entry or years[entry["value"]] == entry["year"]


@each_article
def test_the_actors_are_the_keys(article: Entry) -> None:
    rows = brief(article["file"]).facts["actors"].iter_rows(named=True)
    found = {(row["canonical"] or canonical(row["name"]), row["kind"]) for row in rows}
    assert equal(found, asked(article["event"]["actors"], lambda e: (canonical(e["canonical"]), e["kind"])))


@each_article
def test_the_directions_are_the_keys(article: Entry) -> None:
    found = set(brief(article["file"]).facts["directions"].get_column("direction"))
    named = [entry for entry in article["event"]["directions"] if entry["direction"]]
    assert equal(found, asked(named, lambda e: e["direction"]))


@each_article
def test_nothing_falls_into_a_trap(article: Entry) -> None:
    told = brief(article["file"])
    (document,) = told.documents
    figures, dates = (told.facts["figures"], told.timeline)
    said = [document.text[s:e] for frame in (figures, dates) for s, e in frame.select("start", "end").iter_rows()]
    for trap in article["event"].get("traps", []):
        assert trap["at"]["written"] not in said


@each_article
def test_a_forecast_is_in_the_register_and_no_target(article: Entry) -> None:
    told = brief(article["file"])
    targets = [row for row in told.facts["figures"].iter_rows(named=True) if row["kind"] == "target"]
    claimed = set(told.claims.select("figure_start", "figure_end").iter_rows())
    assert not claimed & {(row["start"], row["end"]) for row in targets}
    assert bool(told.of("implications")) == bool(told.claims.height)


@each_article
def test_no_sentence_is_without_its_source(article: Entry) -> None:
    told = brief(article["file"])
    assert told.unsourced() == ()
    assert all(s.spans or s.derivation for s in told.sentences)
    assert {"summary", "takeaways", "why_it_matters"} <= {s.field for s in told.sentences}
