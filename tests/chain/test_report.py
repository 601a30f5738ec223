"""The report's data: complete in both languages, honest where a link was not possible, safe against hostile text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import python_calamine

from tongtu import chain
from tongtu.chain.report.payload import payload
from tongtu.door import report

if TYPE_CHECKING:
    from conftest import Demo

AS_OF = date(2026, 11, 21)


def pairs(value: Any) -> Iterator[list[str]]:
    """Every [zh, en] of the payload."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from pairs(inner)


def test_every_text_has_both_languages(demo: Demo) -> None:
    found = list(pairs({k: v for k, v in payload(demo.plan, demo.records, demo.pack).items() if k != "words"}))
    assert len(found) > 1000
    assert [p for p in found if bool(p[0]) != bool(p[1])] == []


def test_no_placeholder_is_left_unfilled(demo: Demo) -> None:
    shown = payload(demo.plan, demo.records, demo.pack)
    assert [
        p for p in pairs({k: v for k, v in shown.items() if k != "words"}) if re.search(r"\{[a-z_]+\}", "".join(p))
    ] == []


def test_without_platforms_and_budgets_nothing_is_claimed(demo: Demo) -> None:
    less = demo.records.replace(platforms=demo.records["platforms"].clear(), budgets=demo.records["budgets"].clear())
    shown = payload(chain.plan(less, demo.pack, as_of=AS_OF), less, demo.pack)
    assert not {"slotted", "funded"} & set(shown["flow"]["nodes"])
    values = {tile["name"][1]: tile["value"][1] for tile in shown["tiles_top"]}
    assert values["Funded"] == "unknown"
    assert values["Expected industrialised"] == "unknown"


def test_hostile_text_stays_text(demo: Demo, tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><!-- \u2028 {data} =cmd|' /C calc'!A0"
    first = demo.records["needs"]["need"][0]
    named = pl.when(pl.col("need") == first).then(pl.lit(evil)).otherwise("title").alias("title")
    records = demo.records.replace(needs=demo.records["needs"].with_columns(named))
    made = chain.plan(records, demo.pack, as_of=AS_OF)
    page, book = report(made, tmp_path, demo.pack)
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert text.count("</script>") == 5
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert held is not None
    assert evil in {title[0] for title in json.loads(held[1])["need_titles"].values()}
    assert book.stat().st_size > 0


def test_the_workbook_holds_every_table(demo: Demo, tmp_path: Path) -> None:
    _, path = report(demo.plan, tmp_path, demo.pack, "en")
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    filled = [name for name in demo.plan if demo.plan[name].height]
    assert len(book.sheet_names) == len(filled)
    heights = [len(book.get_sheet_by_index(i).to_python()) - 1 for i in range(len(filled))]
    assert heights == [demo.plan[name].height for name in filled]


def test_equal_plans_give_equal_files(demo: Demo, tmp_path: Path) -> None:
    first = [p.read_bytes() for p in report(demo.plan, tmp_path / "a", demo.pack)]
    second = [p.read_bytes() for p in report(demo.plan, tmp_path / "b", demo.pack)]
    assert first == second
