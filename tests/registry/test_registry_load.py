"""What people send in: how they type, how they name and order things, and what happens when something is wrong."""

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtu.registry import Registry, check, load, mark
from tongtu.registry.boundary import Sheet
from tongtu.registry.findings import Findings
from tongtu.registry.names import find_heading, header_of, noun_of
from tongtu.terms.faults import Cancelled
from tongtu.terms.why import Label

ORGANISATIONS = "组织编号,名称,类型\no1,甲厂,民营企业\n"


def book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as workbook:
        for name, rows in sheets.items():
            page = workbook.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    page.write(i, j, value)
    return path


def one(folder: Path, noun: str, header: str, *cells: object) -> list[object]:
    """The values of one column, typed under `header`, in a CSV of a noun (with the other required columns)."""
    keys = {"needs": "need,organisation,title,text", "organisations": "organisation,name,kind"}[noun]
    fill = {"needs": "o1,T,X", "organisations": "N,other"}[noun]
    lines = [f'"k{i}",{fill},"{cell}"' for i, cell in enumerate(cells)]
    path = folder / f"{noun}.csv"
    path.write_text("\n".join([f"{keys},{header}", *lines]), encoding="utf-8")
    column = header_of(noun, header)
    assert column is not None
    return load(path)[noun][column.column.name].to_list()


def test_dates_as_people_type_them(tmp_path: Path) -> None:
    typed = (
        "2026-11-21",
        "２０２６．１１．２１",
        "2026/11/21",
        " 2026年11月21日 ",
        "20261121",
        "November 21, 2026",
        "二〇二六年十一月二十一日",
    )
    assert one(tmp_path, "needs", "posted", *typed) == [date(2026, 11, 21)] * len(typed)
    assert one(tmp_path, "needs", "发布日期", "2026年11月", "Nov 2026") == [date(2026, 11, 1)] * 2


def test_money_as_people_type_it(tmp_path: Path) -> None:
    typed = ("3500000", "350万元", "３５０万", "¥3,500,000.00", "0.035亿元", "CNY 3.5 m", "350 万 元")
    assert one(tmp_path, "needs", "预算", *typed) == [350_000_000] * len(typed)
    assert one(tmp_path, "needs", "预算（万元）", "350", "350.5", "350元", "1,200") == [
        350_000_000, 350_500_000, 35_000, 1_200_000_000]  # fmt: skip


def test_money_takes_the_currency_that_its_sign_or_header_names(tmp_path: Path) -> None:
    path = tmp_path / "needs.csv"
    head = "need,organisation,title,text"
    path.write_text(
        f"{head},currency,budget\nn1,o,t,x,,$5\nn2,o,t,x,,5\nn3,o,t,x,JPY,¥5\nn4,o,t,x,,\n", encoding="utf-8"
    )
    needs = load(tmp_path)["needs"]
    assert needs["currency"].to_list() == ["USD", "CNY", "JPY", None]
    assert needs["budget"].to_list() == [500, 500, 5, None]
    assert load(tmp_path, currency="EUR")["needs"]["currency"].to_list() == ["USD", "EUR", "JPY", None]
    path.write_text(f"{head},预算（万美元）\nn1,o,t,x,3\n", encoding="utf-8")
    assert load(tmp_path)["needs"].select("currency", "budget").row(0) == ("USD", 3_000_000)


def test_codes_by_code_or_label_and_lists_by_any_separator(tmp_path: Path) -> None:
    typed = (
        "licence; use_first",
        "许可、先使用后付费",
        "Licence, Use first, pay later",
        "许可，先使用后付费",
        "Licence\nuse_first",
    )
    assert one(tmp_path, "needs", "合作方式", *typed) == [["licence", "use_first"]] * len(typed)
    assert one(tmp_path, "needs", "keywords", "LTCC；介电 损耗、x", "a, b") == [["LTCC", "介电 损耗", "x"], ["a, b"]]
    assert (
        one(tmp_path, "organisations", "listed", "是", "yes", "TRUE", "1", "√", "否", "No", "０")
        == [True] * 5 + [False] * 3
    )


def test_cells_of_a_workbook_keep_their_types(tmp_path: Path) -> None:
    head = ["need", "organisation", "title", "text", "posted", "budget", "capacity", "price_year", "bottleneck"]
    book(tmp_path / "x.xlsx", {"需求": [
        head, ["n1", "o1", 5, 2.5, 46347, 12.34, 3, 2026, True], ["n2", "o1", "T", "X", 20261121, "", "", "", ""],
    ]})  # fmt: skip
    first, second = load(tmp_path)["needs"].select(head).rows()
    assert first == ("n1", "o1", "5", "2.5", date(2026, 11, 21), 1234, 3, 2026, True)
    assert second[4] == date(2026, 11, 21)


@pytest.mark.parametrize("name", ["needs", "需求", "Needs", "01_需求 2026", "NEEDS-3"])
def test_a_table_is_named_in_either_language(name: str) -> None:
    found = noun_of(name)
    assert found is not None
    assert found.name == "needs"


def test_headers_may_stand_below_a_title_over_two_rows_or_above_keys() -> None:
    titled = [["联合体需求", "需求编号", "n1"], [None, "标题*", "T"], [None, "预算（万元）", 3]]
    heading = find_heading("needs", titled)
    assert heading is not None
    assert (heading.first, heading.after) == (1, 2)
    merged = [["需求编号", None, "n1"], ["基本信息", "标题", "T"], ["基本信息", "说明（选填）", "x"]]
    heading = find_heading("needs", merged)
    assert heading is not None
    assert heading.after == 2
    keyed = [["编号甲", "need", "n1"], ["预算（万元）", "budget", 3]]
    heading = find_heading("needs", keyed)
    assert heading is not None
    assert (heading.after, heading.texts) == (2, ("need", "预算（万元）"))


def test_several_sheets_several_files_and_our_own_notes(tmp_path: Path) -> None:
    book(tmp_path / "我们的数据.xlsx", {
        "组织": [["组织编号", "名称", "类型"], ["o1", "甲", "其他"]],
        "Needs": [["Title", "Need id", "Description", "Organisation"], ["T", "n1", "X", "o1"], [], ["U", "n2",
        "Y", "o1"]],
        "说明": [["请填写"]],
    })  # fmt: skip
    (tmp_path / "organisations-2.csv").write_text("组织编号,名称,类型\no2,乙,其他\n", encoding="utf-8")
    found = load(tmp_path)
    assert found.counts() == {"organisations": 2, "needs": 2}
    assert found.warnings == ()


def test_row_numbers_are_those_that_excel_shows(tmp_path: Path) -> None:
    book(
        tmp_path / "organisations.xlsx",
        {"Sheet1": [["标题行"], [], ["组织编号", "名称", "类型"], [], ["o1", "甲", "皮包"]]},
    )
    (fault,) = check(tmp_path)
    assert (fault.file, fault.sheet, fault.row, fault.column, fault.value) == (
        "organisations.xlsx", "Sheet1", 5, "类型", "皮包")  # fmt: skip


def test_a_folder_may_bring_its_own_directions(tmp_path: Path) -> None:
    (tmp_path / "directions.csv").write_text("方向代码,名称\nx.1,光子芯片\n", encoding="utf-8")
    (tmp_path / "organisations.csv").write_text("组织编号,名称,类型,重点方向\no1,甲,其他,光子芯片\n", encoding="utf-8")
    assert load(tmp_path)["organisations"]["directions"].to_list() == [["x.1"]]


def test_the_pack_s_lists_are_checked_when_given(tmp_path: Path) -> None:
    (tmp_path / "organisations.csv").write_text("组织编号,名称,类型,所在地区\no1,甲,其他,Beijing\n", encoding="utf-8")
    assert [f.what.code for f in load(tmp_path).warnings] == ["registry.list-absent"]
    pack = {"region": {"110000": Label("北京", "Beijing")}}
    assert load(tmp_path, vocabularies=pack)["organisations"]["region"].to_list() == ["110000"]


def test_the_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    rows = [f"o{i},名{i},其他" for i in range(9)]
    digests = set()
    for order in (rows, rows[::-1]):
        (tmp_path / "organisations.csv").write_text("\n".join(["组织编号,名称,类型", *order]), encoding="utf-8")
        digests.add(load(tmp_path).digest())
    assert len(digests) == 1


FAULTS = {
    "need": ("", "registry.required"), "organisation": ("o9", "registry.reference"), "title": ("", "registry.required"),
    "trl_min": ("12", "registry.range"), "budget": ("-5", "registry.at-least"), "capacity": ("两个", "ids.number"),
    "posted": ("昨天", "ids.date"), "deadline": ("2020-01-01", "registry.before"), "urgency": ("很急", "registry.code"),
    "bottleneck": ("也许", "registry.bool"), "currency": ("铜钱", "ids.currency"), "price_year": ("199", "ids.year"),
}  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sets(st.sampled_from(sorted(FAULTS)), max_size=4), min_size=1, max_size=12))
def test_a_fault_in_one_row_never_hides_another(planted: list[set[str]]) -> None:
    """Any faults in any rows: each is found in its row and column, and nothing else is called an error."""
    from tongtu.registry.codes import Codes
    from tongtu.registry.columns import noun
    from tongtu.registry.convert import convert_rows
    from tongtu.registry.read import block_of
    from tongtu.registry.validate import Table, validate

    good = {"need": "n{}", "organisation": "o1", "title": "T", "text": "X", "trl_min": "3", "budget": "5",
        "capacity": "1",
            "posted": "2026-01-01", "deadline": "2026-02-01", "urgency": "紧急", "bottleneck": "是", "currency": "CNY",
            "price_year": "2026"}  # fmt: skip
    rows = [{c: FAULTS[c][0] if c in bad else v.format(i) for c, v in good.items()} for i, bad in enumerate(planted)]
    sheets = {
        "needs": [[c, *(row[c] or None for row in rows)] for c in good],
        "organisations": [["organisation", "o1"], ["name", "甲"], ["kind", "other"]],
    }
    findings, tables = Findings(), {}
    for name, columns in sheets.items():
        block = block_of(Sheet(name, 1, columns), noun(name), "x.csv", findings)  # type: ignore[arg-type]
        assert block is not None
        frame, more = convert_rows(block, Codes(), "CNY")
        findings.merge([more])
        tables[name] = Table.of([(block, frame)])
    findings.merge([validate(tables)])
    found = {(f.row, f.column, f.what.code) for f in findings.faults if f.severity == "error"}
    wanted = {(i + 2, c, FAULTS[c][1]) for i, bad in enumerate(planted) for c in bad}
    unknown_posted = {(i + 2, "deadline", "registry.before") for i, bad in enumerate(planted) if "posted" in bad}
    assert found - unknown_posted == wanted - unknown_posted


def test_the_same_files_come_back_with_their_cells_marked(tmp_path: Path) -> None:
    book(tmp_path / "organisations.xlsx", {"Sheet1": [["组织编号", "名称", "类型"], ["o1", "甲", "皮包"]]})
    faults = check(tmp_path)
    (path,) = mark(tmp_path, tmp_path / "out", faults, lang="en")
    assert path.name == "organisations.marked.xlsx"
    import openpyxl

    sheet = openpyxl.load_workbook(path)["Sheet1"]
    assert sheet["C2"].comment is not None
    assert "皮包" in sheet["C2"].comment.text


def test_work_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "organisations.csv").write_text(ORGANISATIONS, encoding="utf-8")

    def stop(done: int, total: int, what: object = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        load(tmp_path, progress=stop)


def test_a_loaded_registry_is_a_registry(tmp_path: Path) -> None:
    (tmp_path / "organisations.csv").write_text(ORGANISATIONS, encoding="utf-8")
    found = load(tmp_path / "organisations.csv")
    assert isinstance(found, Registry)
    assert found.counts() == {"organisations": 1}
