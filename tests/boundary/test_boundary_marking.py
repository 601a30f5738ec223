"""Marked workbooks: the same one where openpyxl can keep it, one built anew where it cannot."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from boundary_books import codes, written

from tongtu.registry import boundary
from tongtu.registry.boundary import Marked
from tongtu.registry.boundary.marking import FAULT_SHEET
from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.why import Why

ROWS: list[list[object]] = [["需求征集表"], ["名称", "预算"], ["甲", "很多"], ["=乙", 2]]


def fault(row: int | None = None, column: str = "", sheet: str = "", value: str = "") -> Fault:
    """Any code of the catalogue will do."""
    return Fault(Why("boundary.empty"), Why("boundary.empty-repair"), "f", sheet, row, column, value)


def marks_of(path: Path) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(path)
    found = {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }
    for sheet, place in found:
        assert book[sheet][place].fill.start_color.rgb.endswith("FFC7CE")
    return found


def test_same_workbook_with_marks(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("数据")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
        sheet.write_formula("D4", "=1+1", None, 2)
        sheet.merge_range("A6:B7", "合并")
        sheet.data_validation("B3:B9", {"validate": "list", "source": ["1", "2"]})
        book.add_worksheet("别的")
    faults = [
        fault(3, "预算", "数据"),
        fault(3, "预算", "数据"),
        fault(None, "名称"),
        fault(4, "没有的列"),
        fault(7, "预算"),
        fault(),
    ]
    done = boundary.mark(path, tmp_path / "out.xlsx", faults)
    assert done == Marked(tmp_path / "out.xlsx", "marked")
    marks = marks_of(done.path)
    assert set(marks) == {("数据", place) for place in ("B3", "A2", "A4", "A6", "A1")}
    assert marks["数据", "B3"].count("文件是空的") == 2
    assert "The file is empty" in marks["数据", "B3"]
    book = openpyxl.load_workbook(done.path)
    assert book["数据"]["D4"].value == "=1+1"
    assert book["数据"].data_validations.dataValidation
    assert book.sheetnames == ["数据", "别的"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_text_is_rebuilt_with_a_sheet_of_faults(tmp_path: Path) -> None:
    path = tmp_path / "需求.csv"
    path.write_bytes("名称,预算\n甲,很多\n=1+1,+2\n".encode("gb18030"))
    done = boundary.mark(
        path, tmp_path / "out.csv", [fault(2, "预算", value="=cmd|'/c calc'!A0"), fault(3, "名称", "需求")]
    )
    assert done == Marked(tmp_path / "out.xlsx", "rebuilt")
    assert set(marks_of(done.path)) == {("需求", "B2"), ("需求", "A3")}
    assert boundary.read(done.path)[0].columns == [["名称", "甲", "=1+1"], ["预算", "很多", "+2"]]
    listed = boundary.read(done.path)[1]
    assert listed.name == FAULT_SHEET
    assert listed.columns[1] == ["行 Row", 2.0, 3.0]
    book = openpyxl.load_workbook(done.path)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_many_faults_mean_a_rebuilt_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [["名称", "预算"], *([f"项目{n}", n] for n in range(3000))]
    path = written(tmp_path / "in.xlsx", ("一", rows), ("二", ROWS))
    done = boundary.mark(path, tmp_path / "out.xlsx", [fault(n + 2, "预算", "一") for n in range(3000)])
    assert done.way == "rebuilt"
    sheets = boundary.read(done.path)
    assert [s.name for s in sheets] == ["一", "二", FAULT_SHEET]
    assert sheets[0].columns == boundary.read(path)[0].columns
    assert len(sheets[2].columns[0]) == 3001


def test_json_is_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "needs.json"
    path.write_text('[{"name": "甲", "low": 1}]', encoding="utf-8")
    done = boundary.mark(path, tmp_path / "out.xlsx", [fault(2, "low")])
    assert set(marks_of(done.path)) == {("needs", "B2")}


def test_a_refused_file_is_not_marked_and_leaves_nothing(tmp_path: Path) -> None:
    path, out = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 99)
    with pytest.raises(FileRefused) as caught:
        boundary.mark(path, out, [fault()])
    assert codes(caught.value) == ["zip-damaged"]
    assert list(tmp_path.iterdir()) == [path]


def test_marked_workbook_is_a_sound_zip(tmp_path: Path) -> None:
    path = written(tmp_path / "in.xlsx", ("s", ROWS))
    done = boundary.mark(path, tmp_path / "out.xlsx", [fault(3, "名称")])
    with zipfile.ZipFile(done.path) as book:
        assert book.testzip() is None
