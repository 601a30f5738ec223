"""Files made to harm: each is refused by its own fault, fast, and the next file reads as if nothing was."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from boundary_books import ONE_CELL, SHEET_HEAD, bomb, codes, parts, written, zipped

from tongtu.registry import boundary
from tongtu.registry.boundary import Limits
from tongtu.terms.faults import FileRefused

_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><sst><si><t>&c;</t></si></sst>'
)


def refusal(path: Path, limits: Limits | None = None, within: float = 1.0) -> FileRefused:
    start = time.perf_counter()
    with pytest.raises(FileRefused) as caught:
        boundary.read(path, limits)
    assert time.perf_counter() - start < within
    assert all(f.file == path.name and f.repair for f in caught.value.faults)
    for lang in ("zh", "en"):
        assert "boundary." not in caught.value.say(lang)
    return caught.value


@pytest.fixture(autouse=True)
def _started(tmp_path: Path) -> None:
    """The first file starts the server; a time limit of a test is not about that."""
    boundary.read(written(tmp_path / "first.xlsx", ("s", [["a"]])))


def test_small_workbook_that_expands_to_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb(768))
    assert path.stat().st_size < 800_000
    assert {"zip-ratio", "zip-unpacked"} <= set(codes(refusal(path)))


def test_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "liar.xlsx"
    path.write_bytes(bomb(768, claimed=20_000))
    assert codes(refusal(path)) == ["zip-lies"]


def test_billion_laughs_in_shared_strings(tmp_path: Path) -> None:
    path = tmp_path / "laughs.xlsx"
    path.write_bytes(zipped(parts(shared=_LAUGHS)))
    assert codes(refusal(path)) == ["xml-doctype"]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (_LAUGHS.replace("<!DOCTYPE", "<!-- > --><!-- - -- -->\n<!doctype"), "xml-doctype"),
        ("\ufeff  " + _LAUGHS[21:], "xml-doctype"),
        ("<!--" + "x" * 70_000 + "-->" + _LAUGHS, "xml-start"),
        (_LAUGHS.encode("utf-16"), "xml-start"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE sst []>', "xml-start"),
        ("no xml at all", "xml-start"),
    ],
    ids=["after-comments", "after-mark", "far", "utf-16", "utf-7", "none"],
)
def test_document_type_has_no_place_to_hide(tmp_path: Path, head: str | bytes, code: str) -> None:
    path = tmp_path / "hidden.xlsx"
    path.write_bytes(zipped(parts(shared=head)))
    assert codes(refusal(path)) == [code]


@pytest.mark.parametrize("name", ["xl/embeddings/inner.zip", "xl/media/picture1.png"])
def test_archive_in_the_archive(tmp_path: Path, name: str) -> None:
    path = tmp_path / "nested.xlsx"
    path.write_bytes(zipped({**parts(), name: zipped(parts())}))
    assert codes(refusal(path)) == ["zip-nested"]


@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/x", "/etc/passwd", "xl\\..\\x.xml", "C:/x.xml", "xl/a\x07.xml", "a/" * 200 + "x.xml",
     "xl/\u202elmx.xml"],
)  # fmt: skip
def test_names_that_lead_away(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.xlsx"
    path.write_bytes(zipped({**parts(), name: "<a/>"}))
    assert codes(refusal(path)) == ["zip-path"]


def test_symlink_inside(tmp_path: Path) -> None:
    path, out = tmp_path / "link.xlsx", io.BytesIO(zipped(parts()))
    with zipfile.ZipFile(out, "a") as book:
        link = zipfile.ZipInfo("xl/link.xml")
        link.external_attr = 0o120777 << 16
        book.writestr(link, "/etc/passwd")
    path.write_bytes(out.getvalue())
    assert "zip-path" in codes(refusal(path))


def test_all_faults_of_a_directory_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    path.write_bytes(zipped({**parts(), "../x.xml": "<a/>", "y.zip": "PK", "xl/Workbook.xml": "<a/>"}))
    assert set(codes(refusal(path))) == {"zip-path", "zip-nested", "zip-twice"}


def test_parts_over_one_another(tmp_path: Path) -> None:
    raw = zipped({**parts(), "xl/a.xml": "<a/>", "xl/b.xml": "<b/>"}, zipfile.ZIP_STORED)
    first = raw.find(b"PK\x03\x04", raw.find(b"xl/worksheets/sheet1.xml") + 1)
    at = raw.rfind(b"PK\x01\x02")
    path = tmp_path / "quine.xlsx"
    path.write_bytes(raw[: at + 42] + first.to_bytes(4, "little") + raw[at + 46 :])
    assert set(codes(refusal(path))) <= {"zip-overlap", "zip-damaged"}


def test_too_many_entries(tmp_path: Path) -> None:
    path = tmp_path / "entries.xlsx"
    path.write_bytes(zipped({**parts(), **{f"xl/{n}.xml": "<a/>" for n in range(2_100)}}))
    assert codes(refusal(path)) == ["zip-entries"]


def test_encrypted_zip_and_encrypted_office(tmp_path: Path) -> None:
    raw = bytearray(zipped(parts()))
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "zip.xlsx"
    path.write_bytes(raw)
    assert codes(refusal(path)) == ["encrypted"]
    path = tmp_path / "office.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    assert codes(refusal(path)) == ["encrypted"]


def test_unknown_packing_method(tmp_path: Path) -> None:
    path = tmp_path / "method.xlsx"
    path.write_bytes(zipped(parts(), zipfile.ZIP_BZIP2))
    assert set(codes(refusal(path))) == {"zip-method"}


def test_one_cell_that_claims_the_whole_sheet(tmp_path: Path) -> None:
    path = tmp_path / "claim.xlsx"
    path.write_bytes(zipped(parts(ONE_CELL.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'))))
    assert boundary.read(path)[0].columns == [[1.0]]


@pytest.mark.parametrize("far", ["XFD1048576", "XFD900", "A1048576", "ZZZ9999999"])
def test_two_cells_far_apart(tmp_path: Path, far: str) -> None:
    path = tmp_path / "far.xlsx"
    row = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    cell = f'</row><row r="{row}"><c r="{far}"><v>1</v></c></row></sheetData>'
    path.write_bytes(zipped(parts(ONE_CELL.replace("</row></sheetData>", cell))))
    assert set(codes(refusal(path, within=10))) <= {"rows", "columns", "cells", "died", "memory", "unreadable"}


def test_one_long_string_shared_by_many_cells(tmp_path: Path) -> None:
    """50 kB on disk, 10 GB as cells."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    path = tmp_path / "shared.xlsx"
    path.write_bytes(
        zipped(
            parts(
                f"{SHEET_HEAD}<sheetData>{cells}</sheetData></worksheet>",
                f"<sst><si><t>{'长' * 170_000}</t></si></sst>",
            )
        )
    )
    assert codes(refusal(path, within=10)) == ["memory"]


def test_truncated_everywhere(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.xlsx", ("数据", [["名称", "预算"], ["甲", 1]])).read_bytes()
    path = tmp_path / "cut.xlsx"
    for length in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:length])
        assert set(codes(refusal(path))) <= {"empty", "content", "zip-damaged"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "content"),
        ("a.xls", zipped(parts()), "content"),
        ("a.xls", "<html><table><tr><td>导出</td></tr></table></html>".encode(), "content"),
        ("a.xls", "名称\t预算\n".encode("gb18030"), "content"),
        ("a.csv", zipped(parts()), "content"),
        ("a.csv", b"%PDF-1.7", "content"),
        ("a.json", b"\x89PNG\r\n\x1a\n", "content"),
        ("a.xlsx", zipped({"word/document.xml": "<a/>"}), "content"),
        ("a.xlsb", zipped(parts()), "content"),
        ("a.ods", zipped(parts()), "content"),
        ("a.exe", b"MZ", "suffix"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, "unreadable"),
        ("a.csv", b"", "empty"),
    ],
)
def test_content_against_suffix(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert codes(refusal(path)) == [code]


def test_not_ordinary_files(tmp_path: Path) -> None:
    assert codes(refusal(tmp_path / "absent.csv")) == ["open"]
    (tmp_path / "folder.csv").mkdir()
    assert codes(refusal(tmp_path / "folder.csv")) == ["not-a-file"]
    os.mkfifo(tmp_path / "pipe.csv")
    assert codes(refusal(tmp_path / "pipe.csv")) == ["not-a-file"]
    with pytest.raises(FileRefused):
        boundary.read(Path("nul\0byte.csv"))


def test_larger_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" * 1000)
    assert codes(refusal(path, Limits().within(bytes=1000))) == ["size"]


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"rows": 2}, "rows"), ({"columns": 2}, "columns"), ({"cells": 5}, "cells"), ({"sheets": 1}, "sheets")],
)
def test_limits_of_a_sheet(tmp_path: Path, limits: dict[str, int], code: str) -> None:
    rows: list[list[object]] = [["a", "b", "c"], [1, 2, 3], [4, 5, 6]]
    path = written(tmp_path / "sheet.xlsx", ("s", rows), ("t", rows))
    assert codes(refusal(path, Limits().within(**limits))) == [code]
    if code != "sheets":
        path = tmp_path / "sheet.csv"
        path.write_text("a,b,c\n1,2,3\n4,5,6\n")
        assert codes(refusal(path, Limits().within(**limits))) == [code]


def test_ods_without_an_end(tmp_path: Path) -> None:
    """Calamine itself never returns from this one."""
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="s"></tab></office:spreadsheet></office:body></office:document-content>'
    )
    path = tmp_path / "open.ods"
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<?xml version="1.0"?><manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    path.write_bytes(zipped({"mimetype": mime, "META-INF/manifest.xml": manifest, "content.xml": content}))
    assert codes(refusal(path)) == ["unreadable"]


def test_a_small_file_gets_a_small_share_of_time() -> None:
    assert [Limits().for_size(size).cpu_seconds for size in (10, 1 << 20, 4 << 20, 1 << 30)] == [3, 6, 18, 20]


def test_ods_that_repeats_one_cell_over_everything(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="s"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "repeat.ods"
    manifest = '<?xml version="1.0"?><manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    path.write_bytes(
        zipped(
            {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": manifest,
             "content.xml": content},
            zipfile.ZIP_STORED,
        )
    )  # fmt: skip
    assert set(codes(refusal(path, within=10))) <= {"memory", "died", "rows", "columns", "cells", "unreadable"}
