"""A zoo of invalid inputs: one small file for each fault, named by it. The fault is found, and no other error."""

import shutil
from pathlib import Path

import pytest
import xlsxwriter

from tongtu.registry import Mapping, check, load
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.words import entries, missing

ZOO = Path(__file__).parent / "zoo"
FILES = sorted(ZOO.glob("*/*.csv"))
MAPPINGS = sorted((ZOO / "mappings").glob("*.yaml"))

#: faults that no small text file can hold; a test below or in a neighbouring file builds each
ELSEWHERE = {
    "ids": {"patent-form", "patent-year", "patent-kind", "patent-check", "patent-publication", "patent-completed",
            "division-unknown", "division-retired"},
    "registry": {"no-path", "nothing", "file-unknown", "sheet-unknown", "column-like", "digits-lost", "number-as-id",
                 "reference-by-name", "more", "row-skipped", "parquet-broken", "parquet-large", "parquet-wide",
                 "parquet-type", "sheet-rows", "cell-length", "map-empty", "map-nothing"},
}  # fmt: skip
#: words that are no faults
WORDS = (
    "kind-",
    "note-",
    "sheet-data",
    "sheet-dictionary",
    "sheet-notes",
    "must",
    "template-error",
    "marked",
    "reading",
)


def errors(faults: list[Fault]) -> set[str]:
    return {f.what.code for f in faults if f.severity == "error"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_each_file_has_the_fault_it_is_named_by(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / f"{path.parent.name}.csv")
    faults = check(tmp_path)
    found = [f for f in faults if f.what.code == path.stem]
    assert found, [f.say("en") for f in faults]
    assert errors(faults) <= {path.stem}
    assert found[0].severity == "warning" or found[0].repair is not None
    for lang in ("zh", "en"):
        assert "{" not in found[0].say(lang)  # every placeholder was filled


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda p: p.stem)
def test_each_mapping_has_the_fault_it_is_named_by(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / "table.csv.map.yaml")
    (tmp_path / "table.csv").write_text("Name,Firm,Colour\nLow-loss ceramic,Acme,red\n", encoding="utf-8")
    faults = check(tmp_path)
    assert path.stem in {f.what.code for f in faults}, [f.say("en") for f in faults]


def test_no_fault_is_missing_from_the_zoo() -> None:
    shown = {p.stem for p in [*FILES, *MAPPINGS]}
    for room, elsewhere in ELSEWHERE.items():
        faults = {n for n in entries(room) if not n.endswith("-repair") and not n.startswith(WORDS)}
        assert {f"{room}.{n}" for n in faults - elsewhere} - shown == set()


def test_every_fault_says_how_to_repair_it_from_the_same_facts() -> None:
    """A repair gets the arguments of its fault: it may name no other."""
    for room in ELSEWHERE:
        for name in (n for n in entries(room) if n.endswith("-repair")):
            assert missing(f"{room}.{name}") == []
            if (fault := entries(room).get(name.removesuffix("-repair"))) is not None:
                assert _names(entries(room)[name]["zh"]) <= _names(fault["zh"]) | {"some", "found", "keys", "columns"}


def _names(text: str) -> set[str]:
    import string

    return {n for _, n, _, _ in string.Formatter().parse(text) if n}


def workbook(path: Path, sheet: str, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        for i, row in enumerate(rows):
            page.write_row(i, 0, row)
    return path


@pytest.mark.parametrize(
    ("noun", "header", "cell", "code"),
    [
        ("organisations", "统一社会信用代码", 913501000100001234, "registry.digits-lost"),
        ("organisations", "ROR 编号", 12345, "registry.digits-lost"),
        ("people", "ORCID", 218250097, "registry.digits-lost"),
        ("regions", "行政区划代码", 110000, "registry.digits-lost"),
        ("items", "HS 编码", 8541, "registry.digits-lost"),
        ("achievements", "专利号", 201710601862.3, "registry.digits-lost"),
        ("organisations", "组织编号", 1e17, "registry.digits-lost"),
        ("organisations", "组织编号", 7, "registry.number-as-id"),
    ],
)
def test_numeric_cells_in_identifier_columns(noun: str, header: str, cell: float, code: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", noun, [["说明"], [header], [cell]])
    found = [f for f in check(path) if f.what.code == code]
    assert [(f.row, f.column) for f in found] == [(3, header)]
    assert found[0].severity == ("warning" if code == "registry.number-as-id" else "error")


def test_scientific_notation_in_a_text_file_is_a_number_that_lost_its_digits(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text("组织编号,名称,类型\n9.13E+17,甲,其他\n", encoding="utf-8")
    assert "registry.digits-lost" in errors(check(path))


def test_paths_files_and_sheets_that_name_nothing(tmp_path: Path) -> None:
    assert errors(check(tmp_path / "nowhere")) == {"registry.no-path"}
    assert errors(check(tmp_path)) == {"registry.nothing"}
    (tmp_path / "weather.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    workbook(tmp_path / "news.xlsx", "Nachrichten", [["a"], [1]])
    codes = {f.what.code for f in check(tmp_path)}
    assert codes == {"registry.nothing", "registry.file-unknown", "registry.sheet-unknown"}


def test_a_header_that_is_nearly_right_is_told_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text("Organisation id,Name,Kind,Founde\no1,A,other,2012-03-04\n", encoding="utf-8")
    (fault,) = check(path)
    assert fault.repair is not None
    assert fault.repair.code == "registry.column-like"
    assert "Founded" in fault.say("en")


def test_a_reference_by_name_is_answered_with_the_id(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text("组织编号,名称,类型,所属集团\no1,甲集团,其他,\no2,乙厂,其他,甲集团\n", encoding="utf-8")
    (fault,) = check(path)
    assert fault.repair is not None
    assert fault.repair.args["id"] == "o1"


def test_a_thousand_faults_of_a_kind_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    rows = "".join(f"o{i},甲,其他,是否\n" for i in range(1500))
    path.write_text(f"组织编号,名称,类型,已上市\n{rows}", encoding="utf-8")
    faults = check(path)
    assert sum(f.what.code == "registry.bool" for f in faults) == 1000
    (more,) = (f for f in faults if f.what.code == "registry.more")
    assert more.what.args["n"] == 500


def test_a_refusal_carries_every_fault_and_a_good_folder_its_warnings(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text("组织编号,名称,类型,备注\no1,甲,其他,x\n,乙,皮包\n", encoding="utf-8")
    with pytest.raises(DataRefused) as refused:
        load(path)
    assert {f.what.code for f in refused.value.faults} == {
        "registry.column-unknown", "registry.required", "registry.code"}  # fmt: skip
    path.write_text("组织编号,名称,类型,备注\no1,甲,其他,x\n", encoding="utf-8")
    assert [f.what.code for f in load(path).warnings] == ["registry.column-unknown"]


def test_a_broken_mapping_says_every_fault_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.map.yaml"
    path.write_text("file: a.csv\nnoun: needs\ncolumns:\n  title: A\n  colour: B\nderive:\n  nobody: {of: title}\n")
    with pytest.raises(DataRefused) as refused:
        Mapping.load(path)
    assert [(f.what.code, f.row) for f in refused.value.faults] == [
        ("registry.map-column", 5), ("registry.map-noun", 7)]  # fmt: skip
