"""Taking over a published list of directions: number | area | direction [| what to build].

The annex is pasted as people have it: with or without the fourth column, area cells merged (blank
below the first), a title above the header. Nothing is loaded from a list with gaps: half a list would
look like a whole one.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tongtu.packs.faults import fault
from tongtu.packs.layout import layout
from tongtu.packs.pack import Pack
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.why import Label

if TYPE_CHECKING:
    import polars as pl

_HEADER = {
    "序号": "number", "number": "number", "no.": "number",
    "行业": "area", "领域": "area", "area": "area",
    "重点方向": "name", "direction": "name",
    "建设要点": "points", "what to build": "points",
}  # fmt: skip
_NEEDED = ("number", "area", "name")


def import_directions(
    table: pl.DataFrame | Iterable[Sequence[object]] | str,
    pack: Pack,
    *,
    source: str,
    since: date,
    grade: str = "A",
) -> pl.DataFrame:
    """The sheet `directions` of a pack with a published list taken over; write it out with `as_csv`.

    `table` is a frame, rows of cells, or text with cells parted by `|` or tabs. A direction the pack
    already knows by name or alias keeps its code, English name and industry kind; a new one gets the
    code `dNN` from its number. Directions that are not in the list stay, end the day before `since`
    and are marked `unverified`, so that older records still find them.

    Raises PackRefused with all faults: no header, unknown areas, repeated or missing numbers, blanks.
    """
    faults: list[Fault] = []
    listed = _listed(_cells(table), pack, faults)
    if not faults:
        _codes(listed, pack, faults)
    if faults:
        raise PackRefused(faults)
    status = "verified" if grade == "A" else "reported"
    origin = {"source": source, "grade": grade, "area_grade": grade, "status": status}
    known = {row["direction"]: row for row in pack.sheet("directions").to_dicts()}
    taken = [_taken(known.pop(row["direction"], {}), row, origin, since) for row in listed]
    kept = [_ended(row, since - timedelta(1)) for row in known.values()]
    return _frame(taken + kept)


def as_csv(frame: pl.DataFrame) -> str:
    """A sheet as the text of its CSV file, lists joined by semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    for row in frame.iter_rows():
        writer.writerow([";".join(cell) if isinstance(cell, list) else cell for cell in row])
    return out.getvalue()


def _cells(table: pl.DataFrame | Iterable[Sequence[object]] | str) -> list[list[str]]:
    if isinstance(table, str):
        lines = (line.strip().strip("|") for line in table.splitlines())
        rows: Iterable[Sequence[object]] = [line.split("|" if "|" in line else "\t") for line in lines]
        rows = [row for row in rows if set("".join(map(str, row))) - set("-: ")]
    else:
        frame: Any = table
        rows = [frame.columns, *frame.iter_rows()] if hasattr(table, "iter_rows") else frame
    return [["" if cell is None else _plain(str(cell)) for cell in row] for row in rows]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _listed(rows: list[list[str]], pack: Pack, faults: list[Fault]) -> list[dict[str, Any]]:
    """Rows below the header with number, area code, name and points; the line is kept for faults."""
    top, columns = _header(rows)
    if not columns:
        faults.append(fault("list-no-header"))
        return []
    areas = _names(pack, "area")
    found: list[dict[str, Any]] = []
    area = ""
    for line, cells in enumerate(rows[top + 1 :], top + 2):
        row: dict[str, Any] = {key: cells[i] for i, key in columns.items() if i < len(cells)}
        if not any(row.values()):
            continue
        area = row.get("area") or area
        row |= {"line": line, "area": areas.get(area)}
        if row["area"] is None:
            known = [label.zh for label in pack.vocabularies.get("area", {}).values()]
            faults.append(fault("list-area", "", line, "行业", area, known=known))
        if not row.get("name"):
            faults.append(fault("list-blank", "", line, "重点方向"))
        found.append(row)
    _numbers(found, faults)
    return found


def _header(rows: list[list[str]]) -> tuple[int, dict[int, str]]:
    """Where the header stands, and which column holds what; empty where there is none."""
    for top, cells in enumerate(rows[:10]):
        columns = {i: _HEADER[c.lower()] for i, c in enumerate(cells) if c.lower() in _HEADER}
        if set(_NEEDED) <= set(columns.values()):
            return top, columns
    return 0, {}


def _numbers(rows: list[dict[str, Any]], faults: list[Fault]) -> None:
    """Numbers run from 1 without a gap, names do not repeat."""
    numbers: dict[int, int] = {}
    names: dict[str, int] = {}
    for row in rows:
        text, line = row.get("number", ""), row["line"]
        if not text.isdecimal():
            faults.append(fault("list-number", "", line, "序号", text))
            continue
        row["number"] = int(text)
        seen: tuple[tuple[dict[Any, int], Any, str], ...] = (
            (numbers, row["number"], "序号"), (names, row.get("name"), "重点方向"),
        )  # fmt: skip
        for found, value, column in seen:
            if value and found.setdefault(value, line) != line:
                faults.append(fault("list-twice", "", line, column, value, first=found[value]))
    top = min(max(numbers, default=0), 10 * len(rows))  # one wild number does not fill the page
    gap = [number for number in range(1, top + 1) if number not in numbers]
    if gap:
        faults.append(fault("list-gap", "", None, "序号", "、".join(map(str, gap))))


def _names(pack: Pack, vocabulary: str) -> dict[str, str]:
    """Everything people write for an entry → its code."""
    labels: dict[str, Label] = pack.vocabularies.get(vocabulary, {})
    found = {_plain(name): code for name, code in pack.aliases.get(vocabulary, {}).items()}
    for code, label in labels.items():
        found |= {_plain(side): code for side in (label.zh, label.en) if side}
    return found


def _codes(rows: list[dict[str, Any]], pack: Pack, faults: list[Fault]) -> None:
    names = _names(pack, "direction")
    taken = set(pack.vocabularies["direction"])
    first: dict[str, int] = {}
    for row in rows:
        known, line = names.get(row["name"]), row["line"]
        code = row["direction"] = known or f"d{row['number']:02d}"
        if known is None and code in taken:
            faults.append(fault("list-code", "", line, "重点方向", code))
        elif first.setdefault(code, line) != line:
            faults.append(fault("list-twice", "", line, "重点方向", row["name"], first=first[code]))


def _taken(old: dict[str, Any], row: dict[str, Any], origin: dict[str, str], since: date) -> dict[str, Any]:
    new = {key: row[key] for key in ("direction", "name", "area")}
    new["points"] = row.get("points") or old.get("points")
    new["since"] = min(old.get("since") or since, since)
    return {**old, **dict.fromkeys(("until", "note", "note_en")), **new, **origin}


def _ended(old: dict[str, Any], last: date) -> dict[str, Any]:
    return {**old, "status": "unverified", "until": max(last, old.get("since") or last)}


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    import polars as pl

    schema = {f.name: f.dtype() for f in layout()["directions"]}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
