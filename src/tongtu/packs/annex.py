"""The table of a published annex as people have it: number | area | direction [| what to build].

Between the official document and a file lie a copy from a PDF or a word processor and a save. So the table may have
titles above and remarks below it, its header again on every page, spaces inside words, merged cells (blank below the
first), numbers that count areas instead of directions, an area as a row of its own, a line broken into two rows, or
several directions in one cell. What can be told apart is; where it cannot, the row is a fault.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tongtu.packs.faults import fault
from tongtu.terms.faults import Fault

if TYPE_CHECKING:
    import polars as pl


_HEADER = {
    "序号": "number", "编号": "number", "number": "number", "no.": "number", "no": "number",
    "行业": "area", "所属行业": "area", "行业领域": "area", "领域": "area", "area": "area", "industry": "area",
    "重点方向": "name", "方向": "name", "重点方向名称": "name", "direction": "name", "keydirection": "name",
    "建设要点": "points", "重点方向建设要点": "points", "建设重点": "points", "whattobuild": "points",
}  # fmt: skip
_NEEDED = frozenset({"number", "area", "name"})
_LOOK = 12
_HAN = r"[\u3400-\u9fff\uff00-\uffef]"
_GAPS = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_REMARK = re.compile(r"(注|备注|说明|附注|资料来源|来源|note|source)\s*\d*\s*[:：]", re.IGNORECASE)
_COUNTED = re.compile(r"[(（][^()（）]*[)）]$")
_ORDINAL = re.compile(r"^\s*(?:[(（]?[一二三四五六七八九十]{1,3}[)）、.．]|[(（]?\d{1,2}[)）、.．](?!\d)|[•·●\-–])\s*")
_QUOTED = re.compile(r"[“\"「](.+)[”\"」]", re.DOTALL)
_STRONG, _WEAK = re.compile(r"[;；]"), re.compile(r"[、,，]")


@dataclass(slots=True)
class Row:
    """A row of the table below its header, cells as written; `line` counts the rows of what was given."""

    line: int
    number: str = ""
    area: str = ""
    name: str = ""
    points: str = ""


@dataclass(slots=True)
class Direction:
    """One direction of the list: the code of its area, its name as printed, what to build."""

    line: int
    area: str
    name: str
    points: str


@dataclass(slots=True)
class Annex:
    """Reads a table. `areas` and `directions` are the names a pack knows, in the form of `plain`, with their codes."""

    areas: Mapping[str, str]
    directions: Mapping[str, str]
    known_areas: Sequence[str] = ()
    faults: list[Fault] = field(default_factory=list)

    def read(self, table: pl.DataFrame | Iterable[Sequence[object]] | str) -> list[Direction]:
        """The directions in their order; what is wrong is in `faults`."""
        rows = self._rows(cells(table))
        if rows is None:
            self.fault("list-no-header")
            return []
        self._join_areas(rows)
        rows = self._join_lines(rows)
        self._numbers(rows)
        found: list[Direction] = []
        area = ""
        for row in rows:
            area = row.area or area
            found += self._directions(row, area)
        self._repeated(found)
        return found

    def fault(self, code: str, line: int | None = None, column: str = "", value: object = "", **args: Any) -> None:
        self.faults.append(fault(code, "", line, column, value, **args))

    # rows

    def _rows(self, table: list[list[str]]) -> list[Row] | None:
        """Rows below the header, without repeated headers, remarks and blank rows; None without a header."""
        top, columns = _header(table)
        if not columns:
            return None
        rows = []
        for line, row in enumerate(table[top + 1 :], top + 2):
            said = [cell for cell in row if cell]
            if not said or _columns(row) == columns or (len(said) < 3 and _REMARK.match(said[0])):
                continue
            found = Row(line, **{key: row[i] for i, key in columns.items() if i < len(row)})
            if len(set(said)) == 1 and self.area(said[0]) is not None:  # an area as a row of its own
                found = Row(line, area=said[0])
            rows.append(found)
        return rows

    def area(self, text: str) -> str | None:
        """The code of an area, whatever numbering or count stands around its name."""
        for form in (text, _ORDINAL.sub("", text)):
            for name in (form, _COUNTED.sub("", form)):
                if (code := self.areas.get(plain(name))) is not None:
                    return code
        return None

    def _join_areas(self, rows: list[Row]) -> None:
        """An area's name broken over the rows of its merged cell stands in the first of them."""
        written = [row for row in rows if row.area]
        while len(written) > 1:
            first, following = written[0], written[1:]
            for n, row in enumerate(following[:4], 1):
                if self.area(row.area) is not None:
                    break
                text = first.area + "".join(part.area for part in following[:n])
                if self.area(text) is not None:
                    first.area = text
                    for part in following[:n]:
                        part.area = ""
                    following = following[n:]
                    break
            written = following

    def _join_lines(self, rows: list[Row]) -> list[Row]:
        """A line broken into two rows is one again; rows that hold an area alone give it to the next."""
        by_area = _numbered_by_area(rows)
        found: list[Row] = []
        area = ""
        for row in rows:
            if not (row.name or row.points or row.number):
                area = row.area
                continue
            row.area, area = row.area or area, ""
            if found and not row.number and self._continues(found[-1], row, by_area):
                found[-1].name += row.name
                found[-1].points += row.points
            else:
                found.append(row)
        return found

    def _continues(self, before: Row, row: Row, by_area: bool) -> bool:
        if row.area:
            return False
        if not row.name:
            return True
        whole = plain(before.name + row.name)
        if whole in self.directions and plain(row.name) not in self.directions:
            return True
        if not by_area:
            self.fault("list-split", row.line, "重点方向", row.name)
        return False

    def _numbers(self, rows: list[Row]) -> None:
        """Numbers run from 1 without a gap, each once."""
        seen: dict[int, int] = {}
        for row in rows:
            for text in row.number.split("\n") if row.number else ():
                number = _number(text)
                if number is None:
                    self.fault("list-number", row.line, "序号", text)
                elif seen.setdefault(number, row.line) != row.line:
                    self.fault("list-twice", row.line, "序号", number, first=seen[number])
        if rows and not seen:
            self.fault("list-number", rows[0].line, "序号", rows[0].number)
        top = min(max(seen, default=0), 10 * len(rows))  # one wild number does not fill the page
        gap = [number for number in range(1, top + 1) if number not in seen]
        if gap:
            self.fault("list-gap", None, "序号", "、".join(map(str, gap)))

    # directions

    def _directions(self, row: Row, area: str) -> list[Direction]:
        code = self.area(area)
        if code is None and (row.area or not area):  # once for an area, not for each row below it
            self.fault("list-area", row.line, "行业", plain(area), known=self.known_areas)
        if not row.name:
            self.fault("list-blank", row.line, "重点方向")
            return []
        names = self._several(row)
        points = [_tidy(part) for part in row.points.split("\n")]
        if len(points) != len(names):
            points = [_tidy(row.points)] * len(names)
        return [Direction(row.line, code or "", _tidy(n), p) for n, p in zip(names, points, strict=True)]

    def _several(self, row: Row) -> list[str]:
        """The directions of one cell. A comma or a line break may also belong to one name: the pack's names decide,
        or quotation marks around it.
        """
        if plain(row.name) in self.directions:
            return [row.name]
        if quoted := _QUOTED.fullmatch(row.name):
            return [quoted[1]]
        strong = _parts(_STRONG.sub("\n", row.name))
        numbered = row.number.count("\n") + 1 == len(strong)
        ordered = all(_ORDINAL.match(part) for part in strong)
        if len(strong) > 1 and (_STRONG.search(row.name) or numbered or ordered or self._known(strong) == len(strong)):
            return [_ORDINAL.sub("", part) for part in strong]
        weak = _parts(_WEAK.sub("\n", row.name)) if len(strong) == 1 else strong
        known = self._known(weak)
        if known == len(weak):
            return weak
        if known or len(strong) > 1:
            self.fault("list-several", row.line, "重点方向", row.name)
        return [_ORDINAL.sub("", row.name)]

    def _known(self, parts: list[str]) -> int:
        return sum(plain(_ORDINAL.sub("", part)) in self.directions for part in parts)

    def _repeated(self, found: list[Direction]) -> None:
        first: dict[str, Direction] = {}
        for direction in found:
            name = plain(direction.name)
            key = self.directions.get(name, name)
            if first.setdefault(key, direction) is not direction:
                self.fault("list-twice", direction.line, "重点方向", direction.name, first=first[key].line)


def plain(text: str) -> str:
    """The form in which names are compared: one width, no space inside or around Chinese."""
    return _GAPS.sub("", unicodedata.normalize("NFKC", text)).strip()


def is_annex(table: Iterable[Sequence[object]]) -> bool:
    """Whether a table has the header of an annex."""
    return bool(_header(cells(table))[1])


def cells(table: pl.DataFrame | Iterable[Sequence[object]] | str) -> list[list[str]]:
    """Cells as text: a frame, rows, or text with cells parted by `|` or tabs. Whole floats lose their `.0`."""
    given: Any = table
    if isinstance(given, str):
        lines = (line.strip().strip("|") for line in given.splitlines())
        rows: Iterable[Sequence[object]] = [line.split("|" if "|" in line else "\t") for line in lines]
        rows = [row for row in rows if set("".join(map(str, row))) - set("-: ")]
    else:
        rows = [given.columns, *given.iter_rows()] if hasattr(given, "iter_rows") else given
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    lines = (line.strip() for line in str(value).replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def _header(table: list[list[str]]) -> tuple[int, dict[int, str]]:
    """Where the header stands, and which column holds what; empty where there is none."""
    for top, row in enumerate(table[:_LOOK]):
        columns = _columns(row)
        if set(columns.values()) >= _NEEDED:
            return top, columns
    return 0, {}


def _columns(row: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for i, cell in enumerate(row):
        name = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)).casefold()
        key = _HEADER.get(name) or _HEADER.get(_COUNTED.sub("", name))
        if key is not None and key not in found.values():
            found[i] = key
    return found


def _numbered_by_area(rows: Sequence[Row]) -> bool:
    """Whether the numbers count areas: one stands wherever an area begins, and nowhere else."""
    named = [row for row in rows if row.name]
    return any(not row.number for row in named) and all(bool(row.number) == bool(row.area) for row in named)


def _number(text: str) -> int | None:
    found = re.fullmatch(r"[(]?(\d{1,9})[).、．]?", unicodedata.normalize("NFKC", text).replace(" ", ""))
    return int(found[1]) if found else None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n") if part.strip()]


def _tidy(text: str) -> str:
    """A text as printed, on one line, without the spaces that setting type leaves between characters."""
    return _GAPS.sub("", " ".join(text.split()))
