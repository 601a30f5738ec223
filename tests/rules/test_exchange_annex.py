"""An annex as people have it: workbooks and tables with everything a copy from a PDF does to them."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
import xlsxwriter

from tongtu import packs
from tongtu.rules import exchange
from tongtu.terms.faults import FileRefused, PackRefused

SINCE = date(2025, 11, 11)
HEAD = ["序号", "行业", "重点方向"]
ROWS = [
    [1, "原材料工业", "石化化工"],
    [2, None, "钢铁"],
    [3, None, "前沿材料"],
    [4, "装备制造", "工业母机"],
    [5, None, "虚构方向甲"],
    [6, "信息技术", "集成电路"],
]
NAMES = ["石化化工", "钢铁", "前沿材料", "工业母机", "虚构方向甲", "集成电路"]


@pytest.fixture(scope="module")
def cn():
    return packs.load("cn")


def taken(cn, rows):
    frame = exchange.read_annex([HEAD, *rows], cn, source="附件2", since=SINCE)
    return frame.filter(pl.col("until").is_null())


def refused(cn, rows):
    with pytest.raises(PackRefused) as caught:
        exchange.read_annex([HEAD, *rows], cn, source="附件2", since=SINCE)
    assert all("{" not in f.say(lang) and f.repair is not None for f in caught.value.faults for lang in ("zh", "en"))
    return [(f.what.code.removeprefix("packs.list-"), f.row, f.column) for f in caught.value.faults]


# --- files -------------------------------------------------------------------------------------------------


def workbook(path, rows, merged=()):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("附件2")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is not None:
                    sheet.write(r, c, cell)
        for area, text in merged:
            sheet.merge_range(area, text)
    return path


def test_a_workbook_with_a_title_and_merged_areas(cn, tmp_path):
    rows = [["附件2  制造业中试平台重点方向建设要点（2025版）"], HEAD, *ROWS, ["注：排名不分先后"]]
    path = workbook(tmp_path / "附件.xlsx", rows, [("A1:C1", rows[0][0]), ("B3:B5", "原材料工业")])
    frame = exchange.read_annex(path, cn, source="附件2", since=SINCE)
    found = frame.filter(pl.col("until").is_null())
    assert found["name"].to_list() == NAMES
    assert found["area"].to_list() == ["raw"] * 3 + ["equip"] * 2 + ["ict"]
    assert found["direction"].to_list()[3:5] == ["machine_tools", "d05"]
    assert frame.equals(exchange.read_annex([HEAD, *ROWS], cn, source="附件2", since=SINCE))


def test_a_csv_in_the_encoding_of_chinese_offices(cn, tmp_path):
    path = tmp_path / "附件.csv"
    path.write_bytes("\n".join(",".join(str(c or "") for c in row) for row in [HEAD, *ROWS]).encode("gb18030"))
    assert exchange.read_annex(path, cn, source="附件2", since=SINCE)["name"].to_list()[:6] == NAMES


def test_a_fault_names_file_sheet_and_row(cn, tmp_path):
    rows = [["附件2"], HEAD, *ROWS[:2], [3, "玄学", "前沿材料"]]
    with pytest.raises(PackRefused) as caught:
        exchange.read_annex(workbook(tmp_path / "附件.xlsx", rows), cn, source="x", since=SINCE)
    (fault,) = caught.value.faults
    assert (fault.file, fault.sheet, fault.row, fault.column) == ("附件.xlsx", "附件2", 5, "行业")


def test_files_that_are_no_annex_are_refused(cn, tmp_path):
    with pytest.raises(PackRefused, match="header"):
        exchange.read_annex(workbook(tmp_path / "a.xlsx", [["甲", "乙"]]), cn, source="x", since=SINCE)
    (tmp_path / "b.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(FileRefused):
        exchange.read_annex(tmp_path / "b.xlsx", cn, source="x", since=SINCE)
    with xlsxwriter.Workbook(str(tmp_path / "c.xlsx")) as book:
        for name in ("一", "二"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEAD)
            sheet.write_row(1, 0, ROWS[0])
    with pytest.raises(PackRefused, match="2 sheets"):
        exchange.read_annex(tmp_path / "c.xlsx", cn, source="x", since=SINCE)


# --- what a copy does to a table ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[f"{n}.", a, d] for n, a, d in ROWS], id="dots after numbers"),
        pytest.param([[float(n), a, d] for n, a, d in ROWS], id="numbers as floats"),
        pytest.param([[f"（{n}）", a, d] for n, a, d in ROWS], id="numbers in brackets"),
        pytest.param([*ROWS[:3], HEAD, *ROWS[3:]], id="the header again on the next page"),
        pytest.param([*ROWS[:3], [None, None, None], *ROWS[3:], ["注：略", None, None]], id="blank rows and a remark"),
        pytest.param([[n, a and f"{a}（3个）", d] for n, a, d in ROWS], id="areas with their count"),
        pytest.param([[n, a and f"一、{a}", d] for n, a, d in ROWS], id="areas with an ordinal"),
        pytest.param([[n, a and " ".join(a), " ".join(d)] for n, a, d in ROWS], id="spaces between characters"),
        pytest.param(
            [[1, "原材料", "石化化工"], [2, "工业", "钢铁"], *ROWS[2:]], id="an area's name broken over its merged cell"
        ),
        pytest.param([*ROWS[:2], [3, None, "前沿"], [None, None, "材料"], *ROWS[3:]], id="a line broken in two"),
        pytest.param([*ROWS[:2], [3, None, "前沿\n材料"], *ROWS[3:]], id="a name wrapped in its cell"),
        pytest.param(
            [["一、原材料工业", None, None], *[[n, None, d] for n, _, d in ROWS[:3]], *ROWS[3:]], id="an area as a row"
        ),
        pytest.param(
            [[1, "原材料工业", "石化化工"], [None, None, "钢铁"], [None, None, "前沿材料"], [2, "装备制造", "工业母机"],
             [None, None, "虚构方向甲"], [3, "信息技术", "集成电路"]], id="numbers of areas"
        ),
        pytest.param([["1\n2\n3", "原材料工业", "石化化工\n钢铁\n前沿材料"], *ROWS[3:]], id="one row for a whole area"),
        pytest.param(
            [[1, "原材料工业", "石化化工、钢铁、前沿材料"], [2, "装备制造", "工业母机；虚构方向甲"],
             [3, "信息技术", "集成电路"]],
            id="several directions in a cell",
        ),
        pytest.param(
            [[1, "原材料工业", "1.石化化工\n2.钢铁\n3.前沿材料"], [2, "装备制造", "（1）工业母机\n（2）虚构方向甲"],
             [3, "信息技术", "集成电路"]], id="numbered lines in a cell"
        ),
    ],
)  # fmt: skip
def test_the_same_list_however_it_was_copied(cn, rows):
    found = taken(cn, rows)
    assert found["name"].to_list() == NAMES
    assert found["area"].to_list() == ["raw"] * 3 + ["equip"] * 2 + ["ict"]
    assert found["direction"].to_list() == ["petrochem", "steel", "frontier_materials", "machine_tools", "d05", "ic"]


@pytest.mark.parametrize(
    "head",
    [["序 号", "行\n业", "重点方向（37个）"], ["No.", "Industry", "Direction"], ["编号", "所属行业", "方向"]],
)
def test_headers_as_they_are_written(cn, head):
    frame = exchange.read_annex([head, *ROWS], cn, source="x", since=SINCE)
    assert frame["name"].to_list()[:6] == NAMES


def test_names_are_kept_as_printed(cn):
    found = taken(cn, [*ROWS, [7, None, "智能（网联）汽车 ，含 车路协同"]])
    assert found["name"][6] == "智能（网联）汽车，含车路协同"


def test_a_name_with_a_comma_is_one_direction_unless_the_pack_knows_its_parts(cn):
    assert taken(cn, [*ROWS, [7, None, "虚构乙、虚构丙"]])["name"][6] == "虚构乙、虚构丙"
    assert taken(cn, [*ROWS, [7, None, "“虚构乙\n虚构丙”"]])["name"][6] == "虚构乙虚构丙"


def test_what_to_build_goes_with_its_direction(cn):
    head = [*HEAD, "建设 要点"]
    rows = [
        [1, "原材料工业", "石化化工", "小试；"],
        [None, None, None, "中试"],
        [2, None, "钢铁\n前沿材料", "甲\n乙"],
    ]
    rows[2][0] = "2\n3"
    frame = exchange.read_annex([head, *rows], cn, source="x", since=SINCE)
    assert frame["points"].to_list()[:3] == ["小试；中试", "甲", "乙"]


# --- what cannot be told -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([*ROWS[:4], [None, None, "虚构方向甲"], ROWS[5]], [("split", 6, "重点方向"), ("gap", None, "序号")]),
        ([*ROWS, [7, None, "人工智能、虚构"]], [("several", 8, "重点方向")]),
        ([*ROWS, [7, None, "虚构乙\n虚构丙"]], [("several", 8, "重点方向")]),
        ([*ROWS, [8, None, "虚构乙"]], [("gap", None, "序号")]),
        ([*ROWS, [6, None, "虚构乙"]], [("twice", 8, "序号")]),
        ([*ROWS, [7, None, "石油化工"]], [("twice", 8, "重点方向")]),
        ([*ROWS, [7, None, "钢铁；虚构"], [8, None, ""]], [("blank", 9, "重点方向"), ("twice", 8, "重点方向")]),
        ([[1, "玄学", "甲"], [2, None, "乙"], [3, "信息技术", "丙"]], [("area", 2, "行业")]),
        ([[1, None, "甲"]], [("area", 2, "行业")]),
        ([["七", "信息技术", "甲"]], [("number", 2, "序号"), ("number", 2, "序号")]),
        ([[None, "信息技术", "甲"], [None, None, "乙"]], None),
    ],
)
def test_doubtful_rows_are_faults_with_their_place(cn, rows, expected):
    found = refused(cn, rows)
    assert expected is None or found == expected


@pytest.mark.parametrize("table", [[], [[]], [[None]], "", [["序号", "行业"]], [[1, 2, 3]]])
def test_nothing_of_use_is_refused_without_a_traceback(cn, table):
    with pytest.raises(PackRefused, match="header"):
        exchange.read_annex(table if not isinstance(table, str) else [[table]], cn, source="x", since=SINCE)
