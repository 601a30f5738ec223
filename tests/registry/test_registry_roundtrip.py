"""Export then import is the identity, for every noun, in every form and language."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from registry_tables import PACK, registries

from tongtu.registry import Registry, check, load, noun, nouns, write
from tongtu.registry import names as naming
from tongtu.registry.boundary import Sheet
from tongtu.registry.cells import as_text, for_sheet, written
from tongtu.registry.codes import Codes, join, split
from tongtu.registry.convert import convert_rows
from tongtu.registry.findings import Findings
from tongtu.registry.read import block_of
from tongtu.terms.why import Label
from tongtu.terms.words import Lang

VOCABULARIES = {name: {code: Label(zh, f"{zh} en") for code, zh in codes.items()} for name, codes in PACK.items()}
#: shrinking forty tables takes longer than reading the failure
SLOW = {
    "deadline": None, "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
}  # fmt: skip


@pytest.mark.parametrize(("form", "lang"), [("xlsx", "zh"), ("csv", "en"), ("parquet", "zh")])
@settings(max_examples=2, **SLOW)  # type: ignore[arg-type]
@given(registry=registries())
def test_export_then_import_is_the_identity(form: str, lang: Lang, registry: Registry) -> None:
    with TemporaryDirectory() as folder:
        write(registry, folder, form=form, lang=lang, vocabularies=VOCABULARIES)  # type: ignore[arg-type]
        found = load(folder, vocabularies=VOCABULARIES)
    same(found, registry)
    assert found.digest() == registry.digest()


@settings(max_examples=8, **SLOW)  # type: ignore[arg-type]
@given(registry=registries(), lang=st.sampled_from(["zh", "en"]), text=st.booleans())
def test_cells_come_back_as_they_went(registry: Registry, lang: Lang, text: bool) -> None:
    """The same without files, so that many more values are tried."""
    codes, tables = Codes(VOCABULARIES), {}
    for name in nouns():
        cells = written(registry[name], noun(name), lang, codes)
        header = [naming.written_header(noun(name).column(c), lang) for c in cells]
        shown = [[h, k, *map(as_text if text else _excel, v)] for h, (k, v) in zip(header, cells.items(), strict=True)]
        findings = Findings()
        block = block_of(Sheet(name, 1, shown), noun(name), "x.csv" if text else "x.xlsx", findings)
        assert block is not None
        frame, more = convert_rows(block, codes, "CNY")
        assert [f.say() for f in [*findings.faults, *more.faults] if f.severity == "error"] == []
        tables[name] = frame
    same(Registry(tables), registry)


def _excel(value: object) -> object:
    """A cell as the boundary hands it over."""
    cell = for_sheet(value)
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def same(found: Registry, wanted: Registry) -> None:
    for name in nouns():
        for column in wanted[name].columns:
            assert found[name][column].to_list() == wanted[name][column].to_list(), (name, column)


@given(st.lists(st.text(min_size=1).filter(lambda t: t.strip() != ""), min_size=1, max_size=4))
def test_a_joined_list_splits_again(entries: list[str]) -> None:
    assert split(join(entries)) == entries


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_header_we_write_is_read_as_its_column(lang: Lang) -> None:
    for found in nouns().values():
        for column in found.columns:
            header = naming.header_of(found.name, naming.written_header(column, lang))
            assert header is not None
            assert header.column.name == column.name


def test_every_key_of_a_referenced_noun_is_one_column() -> None:
    for found in nouns().values():
        for column in found.columns:
            if column.kind in ("ref", "refs"):
                assert len(noun(column.of).key) == 1


def test_a_foreign_parquet_reads_like_a_sheet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"组织编号": ["o1"], "名称": ["甲"], "类型": ["民营企业"], "成立日期": [pl.date(2020, 1, 2)]})
    frame = frame.with_columns(pl.lit("2020-01-02").str.to_date().alias("成立日期"))
    frame.write_parquet(tmp_path / "organisations.parquet")
    assert load(tmp_path)["organisations"]["founded"].to_list()[0].year == 2020


def test_parquet_of_strangers_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"organisation": ["o1"]}).write_parquet(tmp_path / "organisations.parquet")
    assert {f.severity for f in check(tmp_path, uploaded=True)} == {"error"}
    (tmp_path / "organisations.parquet").write_bytes(b"PAR1 nonsense PAR1")
    assert {f.what.code for f in check(tmp_path)} == {"registry.parquet-broken"}


def test_a_text_too_long_for_excel_is_said_before_writing(tmp_path: Path) -> None:
    from tongtu.terms.faults import DataRefused

    frame = pl.DataFrame({"organisation": ["o1"], "name": ["x"], "kind": ["other"], "profile": ["长" * 40_000]})
    registry = Registry({"organisations": frame})
    with pytest.raises(DataRefused) as refused:
        write(registry, tmp_path)
    assert [f.what.code for f in refused.value.faults] == ["registry.cell-length"]
    assert list(tmp_path.iterdir()) == []
    write(registry, tmp_path, form="csv")
    assert load(tmp_path).digest() == registry.digest()
