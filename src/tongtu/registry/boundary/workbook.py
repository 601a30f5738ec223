"""A workbook opened from a plain copy that only the child can see."""

from __future__ import annotations

import mmap
import os
import posixpath
import re
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self
from xml.etree import ElementTree
from xml.parsers import expat

import python_calamine
from python_calamine import CalamineWorkbook

from tongtu.registry.boundary import archive, binary, guard
from tongtu.registry.boundary.binary import Errors
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.refusal import refused

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c ([^<>]*\bt="e"[^<>]*)>\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>))?\s*'
    rb"<(?:\w+:)?v>([^<]{0,32})"
)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


class Workbook:
    """The guard has passed it, the archive has been packed anew, calamine reads it. Raises FileRefused.

    Calamine hands out error cells (`#DIV/0!`) as empty ones, so they are found again in the sheet's own
    XML or records. In .ods their place is not known: a workbook with errors is refused.
    """

    def __init__(self, data: bytes, suffix: str, limits: Limits) -> None:
        self._file = plain_file()
        try:
            self._open(data, suffix, limits)
        except BaseException:
            self._file.close()
            raise

    def _open(self, data: bytes, suffix: str, limits: Limits) -> None:
        self._packed: list[archive.Packed] = []
        if suffix in guard.ZIPPED:
            found = archive.parts(data, suffix, limits)
            self._packed = archive.repack(data, found, self._file, archive.is_for_cells)
        else:
            self._file.write(data)
            self._file.flush()
        if suffix == ".ods":
            self._demand_well_formed()
        self._file.seek(0)  # where /dev/fd hands out copies of a descriptor, they share its place
        try:
            self._book = CalamineWorkbook.from_path(path_of(self._file))
        except Exception as error:
            raise _unreadable(error) from None
        worksheet = python_calamine.SheetTypeEnum.WorkSheet
        self.names = [sheet.name for sheet in self._book.sheets_metadata if sheet.typ == worksheet]
        self._errors = self._find_errors(data, suffix)

    def _demand_well_formed(self) -> None:
        """Calamine's reader of .ods runs in circles where an end tag is missing. Others stop by themselves."""
        for part in self._packed:
            if part.name == "content.xml":
                try:
                    expat.ParserCreate().Parse(os.pread(self._file.fileno(), part.size, part.start), True)
                except expat.ExpatError as error:
                    raise refused("unreadable", problem=str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def sheet(self, name: str) -> CalamineSheet:
        """Raises FileRefused where the sheet is damaged."""
        try:
            return self._book.get_sheet_by_name(name)
        except Exception as error:
            raise _unreadable(error) from None

    def errors(self, name: str) -> Errors:
        return self._errors.get(name, {})

    def _find_errors(self, data: bytes, suffix: str) -> dict[str, Errors]:
        if suffix == ".xls":
            return binary.errors_of_xls(data)
        if suffix != ".xlsb" and not any(part.errors for part in self._packed):
            return {}
        if suffix == ".ods":
            raise refused("ods-errors")
        size = os.fstat(self._file.fileno()).st_size
        with mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ) as view:
            parts = {part.name: part for part in self._packed}
            paths = _sheet_paths(view, parts)
            return {name: _errors_in(view, parts[path]) for name, path in paths.items() if path in parts}


def plain_file() -> BinaryIO:
    """A file without a name: in memory on Linux, unlinked elsewhere."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("tongtu"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def path_of(file: BinaryIO) -> str:
    """A path by which a library that wants one opens the nameless file anew, from its start."""
    folder = "/proc/self/fd" if Path("/proc/self/fd").exists() else "/dev/fd"
    return f"{folder}/{file.fileno()}"


def _unreadable(error: Exception) -> Exception:
    if isinstance(error, python_calamine.PasswordError):
        return refused("encrypted")
    return refused("unreadable", problem=str(error) or type(error).__name__)


def _sheet_paths(view: mmap.mmap, parts: dict[str, archive.Packed]) -> dict[str, str]:
    """Sheet name → path of its part, as the workbook and its relations say."""
    book = parts.get("xl/workbook.xml") or parts.get("xl/workbook.bin")
    relations = parts.get(f"xl/_rels/{book.name.removeprefix('xl/')}.rels") if book else None
    if book is None or relations is None:
        return {}
    try:
        targets = {r.get("Id", ""): r.get("Target", "") for r in _tree(view, relations)}
        if book.name.endswith(".bin"):
            sheets = binary.sheets_of_xlsb(_content(view, book), targets)
        else:
            found = [e for e in _tree(view, book).iter() if e.tag.endswith("}sheet")]
            sheets = {e.get("name", ""): targets.get(_relation(e), "") for e in found}
    except ElementTree.ParseError as error:
        raise refused("unreadable", problem=str(error)) from None
    # A target is relative to the workbook's folder unless it begins with a slash.
    return {name: posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") for name, target in sheets.items()}


def _relation(sheet: ElementTree.Element) -> str:
    """Transitional and strict OOXML name the attribute in different namespaces."""
    return next((value for key, value in sheet.items() if key.endswith("}id")), "")


def _tree(view: mmap.mmap, part: archive.Packed) -> ElementTree.Element:
    """Safe: the guard has let no document type through."""
    return ElementTree.fromstring(_content(view, part))


def _content(view: mmap.mmap, part: archive.Packed) -> bytes:
    return view[part.start : part.start + part.size]


def _errors_in(view: mmap.mmap, part: archive.Packed) -> Errors:
    if part.name.endswith(".bin"):
        return binary.errors_of_xlsb(_content(view, part))
    found: Errors = {}
    if not part.errors:
        return found
    for cell in _ERROR_CELL.finditer(view, part.start, part.start + part.size):
        place = _REFERENCE.search(cell[1])
        if place:
            row = found.setdefault(int(place[2]) - 1, [])
            row.append((_column(place[1]), cell[2].decode("ascii", "replace") or "#ERROR!"))
    return found


def _column(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1
