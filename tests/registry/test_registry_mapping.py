"""Bring your own table: the proposal, the file a person edits, and what the import makes of it."""

from datetime import date
from pathlib import Path

import pytest

from tongtu.registry import Mapping, check, load, propose_mapping
from tongtu.registry.mapping import Derived, Pick
from tongtu.registry.propose import likeness
from tongtu.terms.faults import UsageFault

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real_registry"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real registry is not beside this project")

DEMANDS = """序号,技术需求名称,需求描述,需求单位,技术领域,拟投入资金（万元）,发布时间,联系人
1,低损耗基板,介电损耗≤0.002,甲公司,新材料,350,2026年3月,张三
2,耐高温涂层,1600 ℃ 下 100 h,乙公司,新材料,暂无,2026年4月,李四
3,耐高温涂层二,1700 ℃,甲 公司,新材料,120.5,2026-05-01,李四
"""


def demands(folder: Path) -> Path:
    path = folder / "2026技术需求.csv"
    path.write_text(DEMANDS, encoding="gb18030")
    return path


def test_a_chinese_table_is_mapped_by_its_names(tmp_path: Path) -> None:
    mapping = propose_mapping(demands(tmp_path))
    assert mapping.noun == "needs"
    picked = {name: pick.headers[0] for name, pick in mapping.columns.items()}
    assert picked == {
        "need": "序号", "organisation": "需求单位", "title": "技术需求名称", "text": "需求描述",
        "direction": "技术领域",
        "budget": "拟投入资金(万元)", "posted": "发布时间"}  # fmt: skip
    assert mapping.columns["budget"].unit == "万元"
    assert mapping.unmapped == ("联系人",)


def test_the_next_import_uses_the_file_that_was_saved(tmp_path: Path) -> None:
    propose_mapping(demands(tmp_path)).save(tmp_path)
    found = load(tmp_path)
    assert found.counts() == {"organisations": 2, "needs": 3}
    needs = found["needs"].sort("need")
    assert needs["budget"].to_list() == [350_000_000, None, 120_500_000]
    assert needs["posted"].to_list()[0] == date(2026, 3, 1)
    assert needs["organisation"][0] == needs["organisation"][2] or needs["organisation"].n_unique() == 3


def test_a_mapping_survives_its_file(tmp_path: Path) -> None:
    mapping = Mapping(
        file="a.csv", noun="needs", sheet="S", blank=("N/A",), constants={"state": "published"},
            make={"need": "n-{row}"},
        columns={"title": Pick(("A",)), "text": Pick(("B", "A")), "keywords": Pick(("C", "D"), joined="；"),
                 "budget": Pick(("E",), unit="万元"), "urgency": Pick(("F",), words={"1": "high"})},
        derive={"organisations": Derived("organisation", {"region": Pick(("G",))}, {"kind": "other"})},
        unmapped=("H",), on_fault="skip_row", home=tmp_path,
    )  # fmt: skip
    assert Mapping.load(mapping.save(tmp_path)) == mapping


def test_every_form_of_a_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Nr,A,B,C,D,E,F\n7,Coating,,x,y,3,1\n8,Film,Text,x,N/A,4,2\n", encoding="utf-8")
    (tmp_path / "a.map.yaml").write_text(
        "file: a.csv\nnoun: needs\nblank: [n/a]\n"
        "columns:\n  title: A\n  text: {first_of: [B, A]}\n  keywords: {join: [C, D], with: ；}\n"
        "  budget: {header: E, unit: 万元}\n  urgency: {header: F, map: {1: high, 2: low}}\n"
        "constants: {state: published, organisation: o-1}\nmake: {need: 'n-{row}-{Nr}'}\n",
        encoding="utf-8",
    )
    found = load(tmp_path)
    columns = ("need", "text", "keywords", "budget", "urgency", "state", "organisation")
    assert found["needs"].select(columns).rows() == [
        ("n-2-7", "Coating", ["x", "y"], 3_000_000, "high", "published", "o-1"),
        ("n-3-8", "Text", ["x"], 4_000_000, "low", "published", "o-1"),
    ]


def test_rows_that_cannot_be_read_are_left_out_only_where_asked_and_always_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Id,A,Until\n1,Coating,2026-01-01\n2,Film,soon\n2,,\n1,Twice,\n", encoding="utf-8")
    text = ("file: a.csv\nnoun: needs\ncolumns: {need: Id, title: A, text: A, deadline: Until}\n"
            "constants: {organisation: o-1}\n")  # fmt: skip
    (tmp_path / "a.map.yaml").write_text(text, encoding="utf-8")
    assert {f.what.code for f in check(tmp_path) if f.severity == "error"} == {
        "ids.date", "registry.required", "registry.duplicate"}  # fmt: skip
    (tmp_path / "a.map.yaml").write_text(text + "on_fault: skip_row\n", encoding="utf-8")
    found = load(tmp_path)
    assert found["needs"]["title"].to_list() == ["Coating"]
    assert {f.row for f in found.warnings if f.what.code == "registry.row-skipped"} == {3, 4, 5}


def test_a_file_that_the_mapping_names_and_is_not_there_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.map.yaml").write_text("file: gone.csv\nnoun: needs\ncolumns: {title: A}\n", encoding="utf-8")
    (fault,) = (f for f in check(tmp_path) if f.severity == "error")
    assert fault.file == "gone.csv"


def test_a_table_that_fits_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("qqq,zzz\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageFault):
        propose_mapping(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises((UsageFault, Exception)):
        propose_mapping(path)


def test_likeness_of_names() -> None:
    assert likeness("Release_Date", "release date") == 1
    assert likeness("企业名称", "单位名称") > 0
    assert likeness("URL", "Title") == 0


@needs_real
def test_published_topics_become_needs() -> None:
    mapping = propose_mapping(REAL / "topics_2012_2018.xlsx")
    assert mapping.noun == "needs"
    assert {name: pick.headers for name, pick in mapping.columns.items()} == {
        "organisation": ("Agency",), "title": ("Topic Name",), "text": ("Description", "Topic Name"),
        "posted": ("Release Date",), "deadline": ("Close Date",), "source": ("URL",)}  # fmt: skip
    assert mapping.unmapped == ("Phase", "Program", "Open Date")


@needs_real
def test_awards_become_achievements_and_an_amount_paid_is_not_taken_for_a_price() -> None:
    mapping = propose_mapping(REAL / "awards_2017.csv")
    assert mapping.noun == "achievements"
    assert {name: pick.headers[0] for name, pick in mapping.columns.items()} == {
        "achievement": "agency_tracking_num", "organisation": "comp_name", "title": "title", "text": "abstract",
        "source": "url"}  # fmt: skip
    assert mapping.blank == ("N/A",)
    assert {"award_amount", "phase", "comp_duns"} <= set(mapping.unmapped)


@needs_real
def test_the_real_registry_loads_end_to_end() -> None:
    """As proposed, but for the one decision that is a person's: broken rows are left out."""
    from dataclasses import replace

    mappings = [
        replace(propose_mapping(REAL / f), on_fault="skip_row") for f in ("topics_2012_2018.xlsx", "awards_2017.csv")
    ]
    found = load(REAL, mapping=mappings)
    counts = found.counts()
    assert counts["needs"] == 924
    assert 1190 <= counts["achievements"] <= 1196
    assert counts["organisations"] > 900
    assert found["needs"]["budget"].null_count() == 924  # what the data does not say stays unknown
    assert found["achievements"]["price"].null_count() == counts["achievements"]
    assert found["needs"]["posted"].null_count() == 0
    skipped = [f for f in found.warnings if f.what.code == "registry.row-skipped"]
    assert all(f.file == "awards_2017.csv" for f in skipped)
