"""Encodings decided strictly, delimiters found, and nothing dropped on the way."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from boundary_books import codes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtu.registry import boundary
from tongtu.registry.boundary.text import encoding_of
from tongtu.terms.faults import FileRefused

TABLE = "名称,所属单位,预算（万元）\n低温共烧陶瓷基板,某材料研究院,120.5\n氮化镓外延片,某电子科技有限公司,80\n"


def columns(path: Path) -> list[list[object]]:
    return boundary.read(path)[0].columns


def refusal(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        boundary.read(path)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_chinese_in_every_encoding_people_send(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "table.csv"
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path.write_bytes((mark + TABLE).encode(encoding))
    found = boundary.read(path)[0]
    assert (found.name, found.first_row) == ("table", 1)
    assert found.columns == [list(c) for c in zip(*csv.reader(io.StringIO(TABLE)), strict=True)]
    assert boundary.read_text(path) == TABLE


@pytest.mark.parametrize(
    "text",
    [
        "张三\n李四\n王珺\n欧阳修远\n",
        "朱镕基,镕,喆是名字里的字,其余都是常用的字和词,单位,地址\n" * 2,
        "温度（℃）,介电常数ε,损耗≤0.002,①号样品,Ⅲ类\n中文说明,测试条件,结果,备注,合格\n",
        "𠮷野家的名称和地址在这一行里面,单位\n",
    ],
)
def test_gb18030_that_reads_like_chinese(text: str) -> None:
    assert encoding_of(text.encode("gb18030")) == "gb18030"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Müller;Köln;Größe\n", "latin-1"),
        ("Prénom;Société générale;Numéro\n", "latin-1"),
        ("naïve façade, 25 °C ± 2\n", "cp1252"),
        ("ÄÖÜäöü\n", "latin-1"),
        ("Привет, мир; Организация; Москва\n", "cp1251"),
        ("한국전자통신연구원,기술이전,담당자,연락처\n", "euc-kr"),
        ("日本語のテキストです。カタカナもあります\n", "shift-jis"),
        ("日本語のテキストです。ひらがなもたくさんあります\n", "euc-jp"),
        ("臺灣大學,工業技術研究院,電子工程\n", "big5"),
    ],
)
def test_other_encodings_are_refused_not_guessed(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(text.encode(encoding))
    assert codes(refusal(path)) == ["encoding"]


def test_the_fault_names_offset_line_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes("名称,预算\n甲,1\n".encode() + b"\xff\xfe,2\n")
    (fault,) = refusal(path).faults
    assert dict(fault.what.args) == {"line": 3, "offset": 20, "byte": "0xFF"}
    assert "第 3 行" in fault.say("zh")
    path.write_bytes(b"\xef\xbb\xbfa,b\n" + "甲".encode("gb18030"))
    assert refusal(path).faults[0].what.args["line"] == 2
    path.write_bytes(b"a" * (1 << 20) + b"\n\xe4\xb8")  # an unfinished character over the edge of a block
    assert refusal(path).faults[0].what.args["offset"] == (1 << 20) + 1


@pytest.mark.parametrize("data", [b"a,b\n1,\x002\n", b"\xef\xbb\xbfa\x00", "a,b\n\0".encode("utf-16"), b"a\0b\0,\0"])
def test_nul_is_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(data)
    assert codes(refusal(path)) == ["nul"]


def test_u0100_in_utf_16_is_no_nul() -> None:
    assert encoding_of("a,Āb\u0100\n".encode("utf-16")) == "utf-16"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "table.csv"
    rows = [["名称", "说明, 其一; 其二", "数|值"], ["甲", 'x "y"\nz', "1,5"], ["乙", "", "2\t0"]]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    assert columns(path) == [[c or None for c in column] for column in zip(*rows, strict=True)]


def test_one_column_and_the_line_excel_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称\n甲\n乙\n", encoding="utf-8")
    assert columns(path) == [["名称", "甲", "乙"]]
    path.write_text("sep=;\r\na;b\r\n1,5;2\r\n")
    assert columns(path) == [["sep=", "a", "1,5"], [None, "b", "2"]]


def test_ragged_rows_and_blank_lines_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\n\n1\n2,3,4\n")
    assert columns(path) == [["a", None, "1", "2"], ["b", None, None, "3"], [None, None, None, "4"]]


def test_blocks_of_different_width_are_evened(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" * 5000 + "1,2,3\n" * 5000 + "9\n" * 5000)
    found = columns(path)
    assert [len(c) for c in found] == [15000] * 3
    assert (found[2][4999], found[2][5000], found[1][14999]) == (None, "3", None)


@pytest.mark.parametrize("text", ['a,b\n"open,1\n2,3\n', 'a,b\n"x"y,1\n'])
def test_quotes_that_do_not_match_are_told_with_their_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(text)
    (fault,) = refusal(path).faults
    assert fault.what.code == "boundary.csv-quote"
    assert fault.what.args["line"] >= 2


def test_field_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "field.csv"
    path.write_text("a," + "x" * 200_000 + "\n")
    assert codes(refusal(path)) == ["csv-field"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round") / "table.csv"


_field = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(_field, min_size=3, max_size=3), min_size=2, max_size=8))
def test_whatever_csv_can_write_comes_back(place: Path, rows: list[list[str]]) -> None:
    rows = [["h1", "h2", "h3"], *rows]
    with place.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    assert columns(place) == [[c or None for c in column] for column in zip(*rows, strict=True)]
