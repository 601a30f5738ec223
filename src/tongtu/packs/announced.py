"""Taking over a published list of directions: number | area | direction [| what to build].

How the table may look is told in `annex`. Nothing is loaded from a list with gaps or doubts: half a list would
look like a whole one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tongtu.packs.annex import Annex, Direction, plain
from tongtu.packs.layout import layout
from tongtu.packs.pack import Pack
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Label

if TYPE_CHECKING:
    import polars as pl


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
    code `dNN` from its place in the list. Directions that are not in the list stay, end the day before
    `since` and are marked `unverified`, so that older records still find them.

    Raises PackRefused with all faults: no header, unknown areas, repeated or missing numbers, blanks, cells
    of which it cannot be told whether they hold one direction or several.
    """
    known_areas = [label.zh for label in pack.vocabularies.get("area", {}).values()]
    annex = Annex(_names(pack, "area"), _names(pack, "direction"), known_areas)
    listed = annex.read(table)
    codes = [] if annex.faults else _codes(listed, pack, annex)
    if annex.faults:
        raise PackRefused(annex.faults)
    status = "verified" if grade == "A" else "reported"
    origin = {"source": source, "grade": grade, "area_grade": grade, "status": status}
    known = {row["direction"]: row for row in pack.sheet("directions").to_dicts()}
    taken = [_taken(known.pop(code, {}), code, row, origin, since) for code, row in zip(codes, listed, strict=True)]
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


def _names(pack: Pack, vocabulary: str) -> dict[str, str]:
    """Everything people write for an entry → its code."""
    labels: dict[str, Label] = pack.vocabularies.get(vocabulary, {})
    found = {plain(name): code for name, code in pack.aliases.get(vocabulary, {}).items()}
    for code, label in labels.items():
        found |= {plain(side): code for side in (label.zh, label.en) if side}
    return found


def _codes(listed: Sequence[Direction], pack: Pack, annex: Annex) -> list[str]:
    """The code of each direction: its own where the pack knows it, else from its place."""
    taken, codes = set(pack.vocabularies["direction"]), []
    for place, row in enumerate(listed, 1):
        known = annex.directions.get(plain(row.name))
        codes.append(known or f"d{place:02d}")
        if known is None and codes[-1] in taken:
            annex.fault("list-code", row.line, "重点方向", codes[-1])
    return codes


def _taken(old: dict[str, Any], code: str, row: Direction, origin: dict[str, str], since: date) -> dict[str, Any]:
    new = {"direction": code, "name": row.name, "area": row.area, "points": row.points or old.get("points")}
    new["since"] = min(old.get("since") or since, since)
    return {**old, **dict.fromkeys(("until", "note", "note_en")), **new, **origin}


def _ended(old: dict[str, Any], last: date) -> dict[str, Any]:
    return {**old, "status": "unverified", "until": max(last, old.get("since") or last)}


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    import polars as pl

    schema = {f.name: f.dtype() for f in layout()["directions"]}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
