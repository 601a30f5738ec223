"""The hand-made answer keys are well formed, and what they quote stands in the texts they speak of."""

import csv
import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

KEYS = Path(__file__).parent / "keys"
PACK = Path(__file__).resolve().parents[2] / "src" / "tongtu" / "packs" / "cn"
TEXTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "briefs"
YEARS = (*range(2010, 2020), 2021, 2022)  # the report of 2020 is not in the data

OPERATORS = {"eq", "about", "range", "ge", "gt", "le", "lt"}
CHANGES = {"raised", "lowered", "same", "respecified", "introduced", "dropped"}
SIDES = ("from", "to")
ACTORS = {"ministry", "local", "soe", "private", "university", "institute", "association", "person", "fund", "other"}
INSTRUMENTS = {"law", "regulation", "measure", "plan", "guide", "notice", "opinion", "speech", "news"}
PRECISIONS = {"day": r"(\d{4}|XXXX)-\d\d-\d\d", "month": r"\d{4}-\d\d", "year": r"\d{4}"}
UNITS = {
    "%": ("percent", 1), "元": ("yuan", 1), "亿元": ("yuan", 1e8), "万亿元": ("yuan", 1e12),
    "万人": ("person", 1e4), "万套": ("home", 1e4), "万户": ("household", 1e4),
    "万吨": ("tonne", 1e4), "亿吨": ("tonne", 1e8), "万亿斤": ("tonne", 5e8),
    "公里": ("kilometre", 1), "万公里": ("kilometre", 1e4),
    "项": ("piece", 1), "个": ("piece", 1), "万个": ("piece", 1e4),
    "万亩": ("mu", 1e4), "亿亩": ("mu", 1e8), "万公顷": ("mu", 15e4),
    "分/斤": ("yuan/50kg", 1), "元/50公斤": ("yuan/50kg", 1),
}  # fmt: skip

Row = dict[str, str]
Table = dict[str, Any]


def targets() -> list[Row]:
    with (KEYS / "targets.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def articles() -> list[Table]:
    return list(tomllib.loads((KEYS / "articles.toml").read_text(encoding="utf-8"))["article"])


def stated(row: Row) -> list[str]:
    return [side for side in SIDES if row[f"written_{side}"]]


def name(row: Row) -> str:
    return f"{row['year_from']}-{row['year_to']} {row['measure']}"


def point(row: Row, side: str) -> float:
    """The number to compare by, in the base unit: the only bound, or the middle of a range."""
    bounds = [float(row[f"{end}_{side}"]) for end in ("low", "high") if row[f"{end}_{side}"]]
    return sum(bounds) / len(bounds) * UNITS[row[f"unit_{side}"]][1]


def change_by_value(row: Row) -> str:
    before, after = point(row, "from"), point(row, "to")
    if math.isclose(before, after):
        return "same" if row["operator_from"] == row["operator_to"] else "respecified"
    return "raised" if after > before else "lowered"


# ---- targets.csv: form


def test_each_target_fills_exactly_the_sides_it_states() -> None:
    for row in targets():
        assert row["change"] in CHANGES, name(row)
        expected = {"introduced": ["to"], "dropped": ["from"]}.get(row["change"], ["from", "to"])
        assert stated(row) == expected, name(row)
        for side in set(SIDES) - set(expected):
            assert not any(row[f"{field}_{side}"] for field in ("low", "high", "unit", "operator", "start", "end"))


def test_values_agree_with_their_operator_and_stand_in_the_quoted_string() -> None:
    filled = {"ge": "low", "gt": "low", "le": "high", "lt": "high"}
    for row in targets():
        for side in stated(row):
            low, high, operator = (row[f"{field}_{side}"] for field in ("low", "high", "operator"))
            assert operator in OPERATORS, name(row)
            assert row[f"unit_{side}"] in UNITS, name(row)
            if operator in filled:
                assert (bool(low), bool(high)) == (filled[operator] == "low", filled[operator] == "high"), name(row)
            else:
                assert (float(low) < float(high)) == (operator == "range"), name(row)
            written = row[f"written_{side}"]
            assert 0 < len(written) <= 25, name(row)
            assert int(row[f"end_{side}"]) - int(row[f"start_{side}"]) == len(written), name(row)
            assert {value for value in (low, high) if value} <= set(re.findall(r"[\d.]+", written)), name(row)


def test_change_follows_from_the_values_unless_the_note_says_why_not() -> None:
    for row in targets():
        if stated(row) != ["from", "to"]:
            continue
        assert UNITS[row["unit_from"]][0] == UNITS[row["unit_to"]][0], name(row)
        if row["change"] != change_by_value(row):
            assert row["change"] == "respecified", name(row)
            assert row["note"].startswith("doubtful"), name(row)


def test_a_statement_reads_the_same_in_both_pairs_it_belongs_to() -> None:
    seen: dict[tuple[str, str], tuple[str, ...]] = {}
    fields = ("low", "high", "unit", "operator", "written", "start", "end")
    for row in targets():
        for side in stated(row):
            statement = tuple(row[f"{field}_{side}"] for field in fields)
            assert seen.setdefault((row[f"year_{side}"], row["measure"]), statement) == statement, name(row)


def test_every_pair_of_neighbouring_reports_is_covered_once_per_measure() -> None:
    rows = targets()
    assert len({name(row) for row in rows}) == len(rows)
    both = Counter((int(row["year_from"]), int(row["year_to"])) for row in rows if len(stated(row)) == 2)
    assert set(both) == set(pairwise(YEARS))
    assert min(both.values()) >= 5
    assert both.total() >= 75
    assert {row["group"] for row in rows} == {"core", "wide"}
    assert len({(row["measure"], row["measure_en"], row["group"]) for row in rows}) == len({r["measure"] for r in rows})


def test_the_table_of_counts_in_the_readme_is_current() -> None:
    readme = (KEYS / "README.md").read_text(encoding="utf-8")
    for before, after in pairwise(YEARS):
        rows = [r for r in targets() if (r["year_from"], r["year_to"]) == (str(before), str(after))]
        both = [row for row in rows if len(stated(row)) == 2]
        kinds = Counter(row["change"] for row in rows)
        core = sum(row["group"] == "core" for row in both)
        cells = [kinds[c] for c in ("raised", "lowered", "same", "respecified")] + [len(both), core]
        cells += [kinds["introduced"], kinds["dropped"]]
        assert f"| {before}–{after} | " + " | ".join(map(str, cells)) + " |" in readme


# ---- articles.toml: form


def spans(value: Any) -> Iterator[Table]:
    """Every table below that has a place in the text."""
    if isinstance(value, dict):
        if "start" in value:
            yield value
        for child in value.values():
            yield from spans(child)
    elif isinstance(value, list):
        for child in value:
            yield from spans(child)


def sentences(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from sentences(child)
    elif isinstance(value, list):
        for child in value:
            yield from sentences(child)
    elif isinstance(value, str):
        yield value


def test_articles_use_the_closed_lists() -> None:
    with (PACK / "directions.csv").open(encoding="utf-8", newline="") as file:
        directions = {row["direction"] for row in csv.DictReader(file)}
    for article in articles():
        event = article["event"]
        assert article["report"], article["file"]
        assert {actor["kind"] for actor in event["actors"]} <= ACTORS
        assert {item["kind"] for item in event.get("instruments", [])} <= INSTRUMENTS
        assert {item["direction"] for item in event["directions"]} <= directions | {""}
        assert {item["operator"] for item in event.get("figures", [])} <= OPERATORS
        for entry in event.get("timeline", []):
            assert re.fullmatch(PRECISIONS[entry["precision"]], entry["date"]), entry
        assert all("horizon" in claim for claim in event["future"])


def test_articles_keep_facts_and_no_passages() -> None:
    for article in articles():
        for text in sentences(article["event"]):
            assert len(re.findall(r"[\u4e00-\u9fff]", text)) <= 45, text
            assert len(text.split()) <= 20, text
        for span in spans(article):
            assert 0 <= span["start"] < span["end"] <= article["characters"]
            assert len(span.get("written", "").split()) <= 12


def test_readme_and_key_tell_how_they_were_made() -> None:
    assert "How it was made" in (KEYS / "articles.toml").read_text(encoding="utf-8").split("[[article]]")[0]
    assert "How they were made" in (KEYS / "README.md").read_text(encoding="utf-8")


# ---- against the texts

with_texts = pytest.mark.skipif(not TEXTS.is_dir(), reason=f"the texts the keys speak of are not here: {TEXTS}")


@pytest.fixture(scope="module")
def reports() -> dict[str, str]:
    lines = (TEXTS / "government_work_reports.jsonl").read_text(encoding="utf-8").splitlines()
    return {report["year"]: report["content"] for report in map(json.loads, lines)}


@with_texts
def test_every_target_stands_where_the_key_says(reports: dict[str, str]) -> None:
    assert sorted(map(int, reports)) == list(YEARS)
    for row in targets():
        for side in stated(row):
            place = slice(int(row[f"start_{side}"]), int(row[f"end_{side}"]))
            assert reports[row[f"year_{side}"]][place] == row[f"written_{side}"], name(row)


@with_texts
def test_no_target_is_taken_from_the_review_of_the_past_year(reports: dict[str, str]) -> None:
    for row in targets():
        for side in stated(row):
            assert int(row[f"start_{side}"]) > reports[row[f"year_{side}"]].index("\n二、"), name(row)


@with_texts
@pytest.mark.parametrize("article", articles(), ids=lambda article: article["file"])
def test_every_name_figure_and_date_stands_in_its_article(article: Table) -> None:
    text = (TEXTS / article["file"]).read_bytes().decode("utf-8")
    assert len(text) == article["characters"]
    for span in spans(article):
        assert span.get("written") in (None, text[span["start"] : span["end"]])
    for group in ("actors", "directions", "tiers"):
        for entry in article["event"].get(group, []):
            assert all(words in text for words in entry.get("as_written", [])), entry
