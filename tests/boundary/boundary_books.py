"""Workbooks made by hand for the tests: whatever a zip or a sheet may claim."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import xlsxwriter

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET_HEAD = f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}">'
ONE_CELL = f'{SHEET_HEAD}<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'


def parts(sheet: str | bytes = ONE_CELL, shared: str | bytes | None = None) -> dict[str, str | bytes]:
    """The parts of a minimal .xlsx."""
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": f'{_RELATIONS}<Relationship Id="rId1" Type="{_RELATION}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}">'
        '<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_RELATIONS}<Relationship Id="rId1" Type="{_RELATION}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_RELATION}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    if shared is not None:
        found["xl/sharedStrings.xml"] = shared
    return found


def zipped(entries: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as book:
        for name, content in entries.items():
            book.writestr(name, content)
    return out.getvalue()


def claim(data: bytes, entry: str, size: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The zip with another unpacked size and method claimed for one entry, in both of its headers."""
    raw, name = bytearray(data), entry.encode()
    for magic, method_at, size_at, name_at in ((b"PK\x01\x02", 10, 24, 46), (b"PK\x03\x04", 8, 22, 30)):
        at = raw.find(magic)
        while at >= 0:
            if raw[at + name_at : at + name_at + len(name)] == name:
                raw[at + method_at : at + method_at + 2] = struct.pack("<H", method)
                raw[at + size_at : at + size_at + 4] = struct.pack("<L", size)
            at = raw.find(magic, at + 4)
    return bytes(raw)


def bomb(mebibytes: int, claimed: int | None = None) -> bytes:
    """A workbook whose sheet unpacks to that many MiB of spaces; made without packing so much.

    After a full flush a deflate stream starts afresh, so one packed piece may simply be repeated.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(SHEET_HEAD.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    pieces = mebibytes // 16
    raw = zipped(parts(head + piece * pieces + packer.flush()), zipfile.ZIP_STORED)
    size = len(SHEET_HEAD) + pieces * (1 << 24)
    return claim(raw, "xl/worksheets/sheet1.xml", size if claimed is None else claimed)


def written(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    """An ordinary workbook by xlsxwriter."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def codes(refusal: Exception) -> list[str]:
    return [f.what.code.removeprefix("boundary.") for f in refusal.faults]  # type: ignore[attr-defined]


def xls(*sheets: tuple[str, list[bytes]]) -> bytes:
    """A compound file with one BIFF8 stream; each sheet is a list of ready records."""
    begin = {kind: record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0x600)) for kind in (5, 0x10)}
    end = record(0x0A, b"")
    bodies = [begin[0x10] + b"".join(records) + end for _, records in sheets]
    names = [name.encode("utf-16-le") for name, _ in sheets]
    at = len(begin[5]) + sum(4 + 8 + len(name) for name in names) + len(end)
    listed = b""
    for name, body in zip(names, bodies, strict=True):
        listed += record(0x85, struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name)
        at += len(body)
    return _compound(begin[5] + listed + end + b"".join(bodies))


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _compound(stream: bytes) -> bytes:
    size = max(len(stream), 4096)  # smaller ones would have to go into the shared small stream
    sectors = -(-size // 512)
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    none = 0xFFFFFFFF
    entries = [
        ("Root Entry", 5, 1, 0xFFFFFFFE, 0),
        ("Workbook", 2, none, 2, size),
        ("", 0, none, 0, 0),
        ("", 0, none, 0, 0),
    ]
    directory = b""
    for name, kind, child, start, length in entries:
        letters = name.encode("utf-16-le")
        directory += letters.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(letters) + 2 if name else 0, kind, 1, none, none, child
        )
        directory += bytes(36) + struct.pack("<IQ", start, length)
    return header + struct.pack("<128I", *fat) + directory + stream.ljust(sectors * 512, b"\0")


def xlsb(*records: tuple[int, bytes]) -> bytes:
    """A binary workbook of one sheet `s`; the records stand between the sheet's own brackets."""
    book = _record_12(131) + _record_12(143)
    book += _record_12(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("s")) + _record_12(144) + _record_12(132)
    sheet = _record_12(129) + _record_12(148, struct.pack("<4I", 0, 99, 0, 99)) + _record_12(145)
    sheet += b"".join(_record_12(kind, body) for kind, body in records) + _record_12(146) + _record_12(130)
    found = parts()
    relations = str(found.pop("xl/_rels/workbook.xml.rels")).replace("sheet1.xml", "sheet1.bin")
    del found["xl/workbook.xml"], found["xl/worksheets/sheet1.xml"]
    found["_rels/.rels"] = str(found["_rels/.rels"]).replace("workbook.xml", "workbook.bin")
    return zipped(
        {
            **found,
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relations,
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _record_12(kind: int, body: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + bytes([len(body)]) + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
