"""The workbook to fill in: it asks for what the rules need, and what is filled in is judged."""

from __future__ import annotations

from datetime import date

import openpyxl
import polars as pl
import pytest
from exchanged import SCHEME
from rulebook import book

from tongtu import packs, registry, rules
from tongtu.registry import noun
from tongtu.rules import exchange
from tongtu.rules.exchange.fields import figures, tables
from tongtu.rules.facts import needs_of

DAY = date(2026, 5, 10)
EVERYTHING = rules.load({"everything.yaml": SCHEME})["everything"]
CODES = packs.load("cn").vocabularies
FIRM = {
    "organisations": [{"organisation": "F1", "name": "某公司", "kind": "中小企业", "legal_person": "是"}],
    "firm_years": [
        {"organisation": "F1", "year": year, "currency": "CNY", "revenue": revenue, "main_revenue": revenue * 0.9,
         "rd_spend": revenue * 0.05, "total_assets": 9e7, "total_debt": 4.5e7, "segment_years": 5, "ip_class1": 3,
         "platform_score": 66, "equity_raised": 2e7, "award_level": "省部级", "award_rank": 2,
         "rd_body_level": "provincial",
         "abnormal_list": "否", "accident_3y": "否", "excluded_product": "否"}
        for year, revenue in ((2025, 5.5e7), (2024, 5e7), (2023, 4.5e7))
    ],
    "titles": [{"title": "T1", "organisation": "F1", "kind": "innovative_sme", "valid_from": date(2025, 1, 1)}],
}  # fmt: skip


def fill(path, rows_by_noun):
    """Types rows into the sheets below their machine keys, as a person would."""
    filled = openpyxl.load_workbook(path)
    for name, rows in rows_by_noun.items():
        sheet = filled[noun(name).zh]
        keys = [cell.value for cell in sheet[2]]
        for line, row in enumerate(rows, 3):
            for key, value in row.items():
                if key in keys:
                    sheet.cell(line, keys.index(key) + 1, value)
    filled.save(path)


@pytest.fixture
def srdi(tmp_path):
    version = book()["srdi"].version("2026")
    return exchange.to_workbook(book()["srdi"], version, tmp_path / "专精特新.xlsx", codes=CODES, as_of=DAY)


def test_what_is_filled_in_is_loaded_and_judged(srdi):
    fill(srdi, FIRM)
    loaded = registry.load(srdi, vocabularies=CODES)
    assert {f.what.code for f in loaded.warnings} <= {"registry.sheet-unknown"}
    assert loaded["firm_years"]["revenue"].to_list() == [45_000_000_00, 50_000_000_00, 55_000_000_00]
    judged = rules.judge(book(), "srdi", loaded, DAY)
    verdicts = dict(judged.criteria.select("criterion", "verdict").iter_rows())
    assert {verdicts[p] for p in ("S1", "S2", "S3", "S4", "S5", "S7")} == {"met"}
    assert verdicts["S6"] == "manual"
    assert "unknown" not in set(verdicts.values()), "the workbook asks for everything the rules need"


def test_it_asks_for_every_figure_and_no_more(srdi):
    scheme, version = book()["srdi"], book()["srdi"].version("2026")
    asked = {(f.noun, f.column) for f in figures(scheme, version)}
    needed = {(i.field.noun, i.field.column.name) for i in needs_of(scheme, version).inputs.values() if i.field.column}
    assert needed <= asked
    assert {noun_ for noun_, _ in asked - needed} <= {"titles"}
    keys = {
        (found.name, column.name)
        for found in tables(scheme, version) for column in found.columns if not column.required
    }  # fmt: skip
    assert keys == {a for a in asked if not noun(a[0]).column(a[1]).required} | {("firm_years", "currency")}


def test_the_guide_names_years_units_and_thresholds(srdi):
    found = openpyxl.load_workbook(srdi)
    asked = {row[1]: row for row in found["所需数据"].iter_rows(min_row=2, values_only=True)}
    assert asked["rd_spend"][2:5] == ("CNY", "2025、2024", noun("firm_years").zh)
    assert "S4.amount" in asked["rd_spend"][5]
    rows = [[c.value for c in row] for row in found["条件与证据"].iter_rows()]
    assert rows[0][-1] == "证据（请填写）"
    by_path = {row[1].split()[-1]: row for row in rows[1:] if row[1]}
    assert by_path["S2.revenue"][3:5] == [15_000_000, "CNY"]
    assert by_path["S3.main"][3] == 0.8
    assert by_path["S4"][2].startswith("近2年每年")
    assert all(row[-1] is None for row in rows[1:] if len(row) == len(rows[0]))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_scheme_of_any_subject_has_a_workbook_that_loads_empty_but_sound(tmp_path, lang):
    by_subject = {(s.subject, s.yearly, s.holder): s for s in book().schemes.values()}
    for scheme in (EVERYTHING, *by_subject.values()):
        version = scheme.versions[-1]
        path = exchange.to_workbook(scheme, version, tmp_path / "x.xlsx", lang=lang, codes=CODES)
        faults = registry.check(path, vocabularies=CODES)
        assert {f.what.code for f in faults} <= {"registry.sheet-unknown", "registry.nothing"}, scheme.scheme


def test_child_rows_and_titles_have_sheets_of_their_own(tmp_path):
    rubric = book()["platform_rubric"]
    path = exchange.to_workbook(rubric, rubric.versions[0], tmp_path / "x.xlsx", codes=CODES)
    names = openpyxl.load_workbook(path).sheetnames
    assert {noun(n).zh if len(noun(n).zh) < 32 else n for n in ("platforms", "equipment", "usage")} <= set(names)


def test_a_wrong_cell_is_told_with_its_place(srdi):
    rows = {**FIRM, "firm_years": [{**FIRM["firm_years"][0], "revenue": "很多"}]}
    fill(srdi, rows)
    faults = [f for f in registry.check(srdi, vocabularies=CODES) if f.severity == "error"]
    assert [(f.file, f.row, f.column) for f in faults] == [("专精特新.xlsx", 3, "营业收入")]


def test_the_workbook_of_a_scheme_holds_no_formula(tmp_path):
    text = SCHEME.replace("市场占有率说明", '=HYPERLINK("http://x")')
    scheme = rules.load({"x.yaml": text})["everything"]
    path = exchange.to_workbook(scheme, scheme.versions[1], tmp_path / "x.xlsx")
    cells = [c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row]
    assert all(c.data_type != "f" for c in cells)
    assert pl.Series([str(c.value) for c in cells]).str.contains("HYPERLINK").any()
