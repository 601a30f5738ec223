"""Templates: what a person gets to fill in, and that it comes back in."""

from pathlib import Path

import openpyxl
import pytest

from tongtu.registry import load, noun, nouns, template
from tongtu.registry.templates import VERSION_NAME, version
from tongtu.terms.why import Label
from tongtu.terms.words import Lang

REGIONS = {"region": {f"{i:06}": Label(f"很长的地区名称第{i}号", f"Region {i}") for i in range(300)}}


@pytest.mark.parametrize(("lang", "names"), [("zh", ("填报", "字典", "说明")), ("en", ("Data", "Dictionary", "Notes"))])
def test_a_template_for_one_noun(lang: Lang, names: tuple[str, ...], tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template("needs", tmp_path / "needs.xlsx", lang=lang, vocabularies=REGIONS))
    assert tuple(book.sheetnames) == names
    data, _, notes = (book[n] for n in names)
    assert [c.value for c in data[2]] == [c.name for c in noun("needs").columns]
    assert data.row_dimensions[2].hidden
    assert data["A1"].value == noun("needs").columns[0].label(lang)
    assert notes.max_row <= 10
    assert book.defined_names[VERSION_NAME].value == f'"{version([noun("needs")])}"'


def test_drop_downs_are_ranges_and_none_is_lost(tmp_path: Path) -> None:
    """A literal list of 300 regions would be dropped without a word."""
    book = openpyxl.load_workbook(template("needs", tmp_path / "needs.xlsx", vocabularies=REGIONS))
    rules = book["填报"].data_validations.dataValidation
    lists = {next(iter(v.sqref.ranges)).min_col: v for v in rules if v.type == "list"}
    known = ("urgency", "listing_state", "region", "cooperation")
    assert sorted(lists) == [i for i, c in enumerate(noun("needs").columns, 1) if c.kind == "bool" or c.of in known]
    for rule in lists.values():
        assert rule.formula1.startswith("字典!$") or rule.formula1.startswith("'字典'!$")
    region = lists[[c.name for c in noun("needs").columns].index("region") + 1]
    assert region.formula1.endswith("$301")
    several = lists[[c.name for c in noun("needs").columns].index("cooperation") + 1]
    assert not several.showErrorMessage  # several codes may be typed


def test_every_noun_has_a_template_within_excel_s_limits(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template("all", tmp_path / "all.xlsx", lang="en"))
    assert len(book.sheetnames) == len(nouns()) + 2
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.prompt or "") <= 255
            assert len(rule.error or "") <= 224


@pytest.mark.parametrize("which", ["needs", "all"])
def test_a_filled_template_loads_whatever_its_name(which: str, tmp_path: Path) -> None:
    path = template(which, tmp_path / "张三交来的表.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["填报" if which == "needs" else "需求"]
    typed = {"need": "n1", "organisation": "o1", "title": "低损耗基板", "text": "损耗小", "urgency": "紧急"}
    for column, value in typed.items():
        sheet.cell(3, [c.name for c in noun("needs").columns].index(column) + 1, value)
    book.save(path)
    assert load(tmp_path)["needs"].select("need", "urgency").rows() == [("n1", "high")]
