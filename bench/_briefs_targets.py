"""Briefs: numeric targets of the government's work reports, year on year, beside a key made by hand from the texts.

    --data FOLDER   briefs/government_work_reports.jsonl
    --key FILE      year_from, year_to, measure, low_from, high_from, unit_from, operator_from, start_from, end_from,
                    the same with _to, change; spans count characters of a report's `content` (by default
                    tests/brief/keys/targets.csv)

A row of the key is found where a row of ours overlaps its span on every side it has; it is right where the change is
told alike as well. Recall is the share of the key that is found right. Precision is over our rows that touch a span of
the key on either side: those that speak of a measure the key speaks of; a key that is not complete says nothing of the
others, whose number is `rows_beside_the_key`. Figures end in `_fresh` for pairs that reach a report from 2016 on.

Looked at while building: the texts of 2010–2015. Those from 2016 on were not opened, but they are not unknown: the list
of measures holds some that only later reports speak of, and a probe was written in their phrases, both from general
knowledge. So `_fresh` says more of how the reading carries over than of how complete the list of measures is.
"""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from bench.__main__ import ROOT
from tongtu import packs
from tongtu.brief.changes import target_changes
from tongtu.brief.document import Document, identity
from tongtu.brief.facts import Facts, Lexicon, extract, lexicon

FILE, KEY = "government_work_reports.jsonl", ROOT / "tests" / "brief" / "keys" / "targets.csv"
OPTIONS = {"key": "targets.csv, the changes found by hand"}
SEEN = 2015  # the last report that was looked at while building
GOALS = {"precision": 0.9, "recall": 0.9, "precision_fresh": 0.9, "recall_fresh": 0.9, "key_rows": 60}

Span = tuple[int, int] | None
Change = dict[str, Any]


def run(
    data: Path | None, quick: bool, progress: Callable[..., None] = print, key: str | None = None
) -> dict[str, Any]:
    place = next((p for p in (data / FILE, data / "briefs" / FILE) if p.exists()), None) if data else None
    if place is None:
        raise SystemExit(f"Give --data the folder that holds {FILE}.")
    pack = packs.load("cn")
    words = lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)
    begun = time.perf_counter()
    reports = _reports(place, words)
    seconds = time.perf_counter() - begun
    asked = pl.read_csv(Path(key) if key else KEY, infer_schema_length=None).to_dicts()
    for row in asked:
        row["year_from"], row["year_to"] = int(row["year_from"]), int(row["year_to"])
    rows, found = [], []
    for years in sorted({(row["year_from"], row["year_to"]) for row in asked}):
        if years[0] in reports and years[1] in reports:
            ours = _changes(reports, *years)
            here = [row for row in asked if (row["year_from"], row["year_to"]) == years]
            found.append((years, here, ours))
            rows.append({"from": years[0], "to": years[1], **_scored([(here, ours)])})
            progress(f"{years[0]} → {years[1]}: {rows[-1]}")
    figures = {"key_rows": len(asked), **_scored([(h, o) for _, h, o in found])}
    fresh = [(here, ours) for years, here, ours in found if years[1] > SEEN]
    figures |= {f"{name}_fresh": value for name, value in _scored(fresh).items()} if fresh else {}
    figures["reports_per_second"] = round(len(reports) / seconds, 1)
    wrong = [miss for years, here, ours in found for miss in _misses(years, here, ours)]
    return {"figures": figures, "goals": GOALS, "rows": rows, "misses": wrong}


def _reports(place: Path, words: Lexicon) -> dict[int, tuple[Document, Facts]]:
    found = {}
    for line in place.read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        text, year = unicodedata.normalize("NFC", report["content"]), int(report["year"])
        document = Document(identity(text, ""), text, (), report["title"], "", "", None, "zh", True, "text")
        found[year] = (document, extract(document, words))
    return found


def _changes(reports: dict[int, tuple[Document, Facts]], old: int, new: int) -> list[Change]:
    (before, before_facts), (after, after_facts) = reports[old], reports[new]
    return target_changes(before, before_facts, after, after_facts).to_dicts()


def _span(row: Change, side: str) -> Span:
    start, end = row[f"start_{side}"], row[f"end_{side}"]
    return None if start in (None, "") or end in (None, "") else (int(start), int(end))


def _meets(one: Span, other: Span) -> bool:
    return one is not None and other is not None and one[0] < other[1] and other[0] < one[1]


def _same(key: Change, ours: Change) -> bool:
    """Whether both speak of the same figures: a side only one of them has tells them apart."""
    sides = [(_span(key, side), _span(ours, side)) for side in ("from", "to")]
    return all(_meets(a, b) if a and b else a is b is None for a, b in sides)


def _touches(key: Change, ours: Change) -> bool:
    return any(_meets(_span(key, side), _span(ours, side)) for side in ("from", "to"))


def _scored(pairs: list[tuple[list[Change], list[Change]]]) -> dict[str, Any]:
    asked = told = right_key = right_ours = paired = beside = 0
    for key, ours in pairs:
        asked += len(key)
        right_key += sum(any(_same(k, o) and k["change"] == o["change"] for o in ours) for k in key)
        paired += sum(any(_same(k, o) for o in ours) for k in key)
        touching = [o for o in ours if any(_touches(k, o) for k in key)]
        told += len(touching)
        beside += len(ours) - len(touching)
        right_ours += sum(any(_same(k, o) and k["change"] == o["change"] for k in key) for o in touching)
    return {
        "precision": round(right_ours / told, 4) if told else None,
        "recall": round(right_key / asked, 4) if asked else None,
        "recall_of_pairs": round(paired / asked, 4) if asked else None, "rows_beside_the_key": beside,
    }  # fmt: skip


def _misses(years: tuple[int, int], key: list[Change], ours: list[Change]) -> list[dict[str, Any]]:
    """Rows of the key that were not found right, with what we said of the same figures."""
    return [
        {"from": years[0], "to": years[1], "measure": k["measure"], "change": k["change"],
         "ours": [o["change"] for o in ours if _touches(k, o)]}
        for k in key
        if not any(_same(k, o) and k["change"] == o["change"] for o in ours)
    ]  # fmt: skip
