"""Error cells of the two binary formats, which calamine hands out as empty ones.

.xlsb is a zip of record streams ([MS-XLSB] 2.1.4); .xls is one record stream ([MS-XLS] 2.1) inside a
compound file ([MS-CFB]). Both are only walked, record by record, for cells that hold an error and for what
is needed to place them. Where the walk meets nonsense it stops: whether a file is sound is calamine's say.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

Errors = dict[int, list[tuple[int, str]]]
"""Error cells of a sheet: row → column and text, all counted from 0."""

_SAID = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_FREE = 0xFFFFFFF0  # from here on, sector numbers mean "end" or "none"


def errors_of_xlsb(stream: bytes) -> Errors:
    """Error cells of one sheet part."""
    found: Errors = {}
    row = 0
    for kind, body in _records_12(stream):
        if kind == 0 and len(body) >= 4:
            (row,) = struct.unpack_from("<I", body)
        elif kind in (3, 11) and len(body) >= 9:
            column, _, code = struct.unpack_from("<IIB", body)
            found.setdefault(row, []).append((column, _said(code)))
    return found


def sheets_of_xlsb(workbook: bytes, targets: Mapping[str, str]) -> dict[str, str]:
    """Sheet name → target of its relation, from the workbook part."""
    found = {}
    for kind, body in _records_12(workbook):
        if kind == 156:
            relation, end = _wide(body, 8)
            name, _ = _wide(body, end)
            found[name] = targets.get(relation, "")
    return found


def _records_12(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of each record; both numbers come in groups of seven bits."""
    at, end = 0, len(stream)
    while at < end:
        kind = stream[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = kind & 0x7F | stream[at] << 7
            at += 1
        size = shift = 0
        while at < end and shift < 28:
            byte = stream[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, stream[at : at + size]
        at += size


def _wide(body: bytes, at: int) -> tuple[str, int]:
    """A counted UTF-16 string and where it ends."""
    if at + 4 > len(body):
        return "", len(body)
    end = at + 4 + 2 * struct.unpack_from("<I", body, at)[0]
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def errors_of_xls(data: bytes) -> dict[str, Errors]:
    """Error cells of every sheet, by sheet name; of BIFF8, which Excel has written since 1997."""
    try:
        stream = _Compound(data).stream("Workbook")
    except (struct.error, IndexError):
        return {}
    return {name: _errors_of_sheet(stream, at) for name, at in _sheets_of_xls(stream)}


def _sheets_of_xls(stream: bytes) -> Iterator[tuple[str, int]]:
    for kind, at, size in _records_8(stream, 0):
        if kind == 0x85 and size >= 8:
            (start,) = struct.unpack_from("<I", stream, at)
            wide = stream[at + 7] & 1
            letters = stream[at + 8 : at + 8 + stream[at + 6] * (1 + wide)]
            yield letters.decode("utf-16-le" if wide else "latin-1", "replace"), start


def _errors_of_sheet(stream: bytes, start: int) -> Errors:
    found: Errors = {}
    for kind, at, size in _records_8(stream, start):
        if kind == 0x205 and size >= 8 and stream[at + 7]:
            code = stream[at + 6]
        elif kind == 0x06 and size >= 14 and stream[at + 6] == 2 and stream[at + 12 : at + 14] == b"\xff\xff":
            code = stream[at + 8]
        else:
            continue
        row, column = struct.unpack_from("<HH", stream, at)
        found.setdefault(row, []).append((column, _said(code)))
    return found


def _records_8(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Type, place and size of each record of a substream, to its own end; charts nest inside sheets."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > len(stream):
            return
        depth += (kind == 0x809) - (kind == 0x0A)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, at, size
        at += size


def _said(code: int) -> str:
    return _SAID.get(code, "#ERROR!")


class _Compound:
    """As much of a compound file as it takes to find one stream. Raises struct.error, IndexError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sector = 1 << struct.unpack_from("<H", data, 30)[0]
        self._cutoff = struct.unpack_from("<I", data, 56)[0]
        self._fat = self._numbers(self._fat_sectors())
        directory = self._read(struct.unpack_from("<I", data, 48)[0])
        self._entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]

    def stream(self, name: str) -> bytes:
        for entry in self._entries:
            if entry[:64].decode("utf-16-le", "replace").partition("\0")[0] == name:
                start, size = struct.unpack_from("<II", entry, 116)
                return (self._read(start) if size >= self._cutoff else self._read_small(start))[:size]
        return b""

    def _read(self, start: int) -> bytes:
        return b"".join(self._at(number) for number in _chain(start, self._fat))

    def _read_small(self, start: int) -> bytes:
        """Small streams share one stream, in pieces of 64 bytes with an allocation table of their own."""
        small = self._read(struct.unpack_from("<I", self._entries[0], 116)[0])
        table = struct.unpack_from("<I", self._data, 60)[0]
        fat = self._numbers(_chain(table, self._fat))
        return b"".join(small[n * 64 : n * 64 + 64] for n in _chain(start, fat))

    def _fat_sectors(self) -> list[int]:
        listed = list(struct.unpack_from("<109I", self._data, 76))
        following, many = struct.unpack_from("<II", self._data, 68)
        for _ in range(min(many, len(self._data) // self._sector)):
            if following >= _FREE:
                break
            *more, following = self._numbers([following])
            listed += more
        return [number for number in listed if number < _FREE]

    def _numbers(self, sectors: Iterator[int] | list[int]) -> list[int]:
        whole = b"".join(self._at(number) for number in sectors)
        return list(struct.unpack(f"<{len(whole) // 4}I", whole[: len(whole) // 4 * 4]))

    def _at(self, number: int) -> bytes:
        return self._data[(number + 1) * self._sector : (number + 2) * self._sector]


def _chain(start: int, table: list[int]) -> Iterator[int]:
    """Sector numbers from one to the end mark; never more than there are sectors."""
    for _ in range(len(table)):
        if start >= len(table):
            return
        yield start
        start = table[start]
