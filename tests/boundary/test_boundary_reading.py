"""Ordinary workbooks: values, types, places, errors and merged headers."""

from __future__ import annotations

import datetime
import random
import struct
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from boundary_books import SHEET_HEAD, codes, parts, record, written, xls, xlsb, zipped

from tongtu.registry import boundary
from tongtu.registry.boundary import Limits, Sheet
from tongtu.terms.faults import FileRefused


def test_values_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "types.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("数据")
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        span = book.add_format({"num_format": "[h]:mm:ss"})
        clock = book.add_format({"num_format": "hh:mm"})
        values = ["文本", 12.5, 3, True, "null", 'a,""b']
        for row, value in enumerate(values):
            sheet.write(row, 0, value)
        sheet.write_datetime(6, 0, datetime.datetime.fromisoformat("2026-11-21"), date)
        sheet.write_datetime(7, 0, datetime.datetime.fromisoformat("2026-11-21T08:30"), moment)
        sheet.write_datetime(8, 0, datetime.timedelta(hours=36, minutes=5), span)
        sheet.write_datetime(9, 0, datetime.time(8, 30), clock)
        sheet.write_formula(10, 0, "=1+1", None, 2)
        sheet.write_string(11, 0, "=1+1")
    (found,) = boundary.read(path)
    assert found.columns == [
        ["文本", 12.5, 3.0, True, "null", 'a,""b', "2026-11-21", "2026-11-21T08:30:00", "36:05:00", "08:30:00", 2.0,
         "=1+1"]
    ]  # fmt: skip


def test_sheets_in_order_and_rows_counted_as_excel_does(tmp_path: Path) -> None:
    path = tmp_path / "places.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("空")
        sheet = book.add_worksheet("偏")
        sheet.write("C5", "x")
        sheet.write("D7", 1)
        book.add_chartsheet("图")
    empty, offset = boundary.read(path)
    assert empty == Sheet("空", 1, [])
    assert offset == Sheet("偏", 5, [["x", None, None], [None, None, 1.0]])


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#N/A", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"])
def test_errors_stay_visible(tmp_path: Path, error: str) -> None:
    path = tmp_path / "errors.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("first").write(0, 0, "sound")
        sheet = book.add_worksheet("second <&>")
        sheet.write("B2", "名称")
        sheet.write_formula("C4", "=#REF!+1", None, error)
        sheet.write_formula("E6", "=1/0", None, error)  # alone at the edge
    assert boundary.read(path)[1].columns == [
        ["名称", None, None, None, None],
        [None, None, error, None, None],
        [None] * 5,
        [None, None, None, None, error],
    ]


def test_errors_written_by_openpyxl_and_with_prefixes(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = "名称", "#N/A"
    book.save(path)
    assert boundary.read(path)[0].columns == [["名称", "#N/A"]]
    sheet = SHEET_HEAD.replace("xmlns=", "xmlns:x=").replace("<worksheet", "<x:worksheet")
    body = '<x:sheetData><x:row r="1"><x:c r="A1" t="e"><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c></x:row></x:sheetData>'
    path.write_bytes(zipped(parts(f"{sheet}{body}</x:worksheet>")))
    assert boundary.read(path)[0].columns == [["#DIV/0!"]]


def test_merged_header_cells_are_filled_and_data_merges_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("B2:D2", "指标")
        sheet.merge_range("A2:A3", "名称")
        sheet.write_row("B3", ["低", "高", "单位"])
        sheet.write_row("A4", ["甲", 1, 2, "mm"])
        sheet.merge_range("A30:A31", "下文")
        sheet.write("B31", 5)
    (found,) = boundary.read(path)
    assert [c[:3] for c in found.columns] == [
        ["名称", "名称", "甲"],
        ["指标", "低", 1.0],
        ["指标", "高", 2.0],
        ["指标", "单位", "mm"],
    ]
    assert found.columns[0][-2:] == ["下文", None]


def test_numbers_json_does_not_know_become_text(tmp_path: Path) -> None:
    path = tmp_path / "nan.xlsx"
    cells = "".join(f'<c r="{c}1"><v>{v}</v></c>' for c, v in (("A", "NaN"), ("B", "1e999"), ("C", "1")))
    path.write_bytes(zipped(parts(f'{SHEET_HEAD}<sheetData><row r="1">{cells}</row></sheetData></worksheet>')))
    assert boundary.read(path)[0].columns == [["nan"], ["inf"], [1.0]]


def test_large_sheet_equals_openpyxl(tmp_path: Path) -> None:
    """Over several blocks of rows, cell by cell against an independent reader."""
    rng = random.Random(7)
    rows: list[list[object]] = [
        [f"编号-{n}", rng.random(), rng.choice(["甲", "", None, '"', "a,b"]), rng.random() < 0.5, n]
        for n in range(9000)
    ]
    path = written(tmp_path / "large.xlsx", ("s", rows))
    book = openpyxl.load_workbook(path, read_only=True)
    expected = [list(column) for column in zip(*book["s"].iter_rows(values_only=True), strict=True)]
    book.close()
    assert boundary.read(path)[0].columns == expected


def test_ods(tmp_path: Path) -> None:
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{spaces}:office:1.0" '
        f'xmlns:table="{spaces}:table:1.0" xmlns:text="{spaces}:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="表">'
        '<table:table-row><table:table-cell office:value-type="string"><text:p>名称</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="2.5"><text:p>2.5</text:p></table:table-cell>'
        '</table:table-row><table:table-row table:number-rows-repeated="1048575"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{spaces}:manifest:1.0"/>'
    path = tmp_path / "book.ods"
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    path.write_bytes(zipped({"mimetype": mime, "META-INF/manifest.xml": manifest, "content.xml": content}))
    assert boundary.read(path) == [Sheet("表", 1, [["名称"], [2.5]])]


def test_pictures_and_macros_are_neither_needed_nor_read(tmp_path: Path) -> None:
    path = tmp_path / "macro.xlsm"
    path.write_bytes(
        zipped({**parts(), "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 99, "xl/media/a.png": b"\x89PNG" * 99})
    )
    assert boundary.read(path)[0].columns == [[1.0]]


def test_own_folder_allows_more(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(map(str, range(3000))) + "\n")
    assert len(boundary.read(path, Limits.own_folder())[0].columns) == 3000


def test_xls_with_its_errors(tmp_path: Path) -> None:
    """A formula's error, an error typed in, and a truth value, which is stored in the same kind of record."""
    name = "名称".encode("utf-16-le")
    label = record(0x204, struct.pack("<HHHHB", 1, 1, 0, 2, 1) + name)
    number = record(0x203, struct.pack("<HHHd", 2, 1, 0, 2.5))
    formula = record(0x06, struct.pack("<HHH", 2, 2, 0) + b"\x02\x00\x07\x00\x00\x00\xff\xff" + bytes(8))
    error = record(0x205, struct.pack("<HHHBB", 3, 1, 0, 0x2A, 1))
    truth = record(0x205, struct.pack("<HHHBB", 3, 2, 0, 1, 0))
    path = tmp_path / "old.xls"
    path.write_bytes(xls(("空", []), ("数据", [label, number, formula, error, truth])))
    empty, data = boundary.read(path)
    assert empty == Sheet("空", 1, [])
    assert data == Sheet("数据", 2, [["名称", 2.5, "#N/A"], [None, "#DIV/0!", True]])


def test_xlsb_with_its_errors(tmp_path: Path) -> None:
    def row(number: int) -> tuple[int, bytes]:
        return 0, struct.pack("<I", number) + bytes(21)

    real = (5, struct.pack("<IId", 1, 0, 2.5))
    error = (3, struct.pack("<IIB", 2, 0, 0x17))
    formula = (11, struct.pack("<IIB", 1, 0, 0x07) + bytes(10))
    path = tmp_path / "binary.xlsb"
    path.write_bytes(xlsb(row(1), real, error, row(3), formula))
    assert boundary.read(path) == [Sheet("s", 2, [[2.5, None, "#DIV/0!"], ["#REF!", None, None]])]


def test_ods_with_errors_is_refused_rather_than_read_as_empty(tmp_path: Path) -> None:
    content = '<?xml version="1.0"?><a xmlns:calcext="c"><b calcext:value-type="error"/></a>'
    path = tmp_path / "book.ods"
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    path.write_bytes(
        zipped({"mimetype": mime, "META-INF/manifest.xml": '<?xml version="1.0"?><m/>', "content.xml": content})
    )
    with pytest.raises(FileRefused) as caught:
        boundary.read(path)
    assert codes(caught.value) in (["ods-errors"], ["unreadable"])
