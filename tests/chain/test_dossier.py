"""A dossier says what the rules say, the same in every face, in both languages, and nothing a stranger slipped in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu import packs, registry
from tongtu.chain import dossier
from tongtu.chain.dossier import pdf, shell
from tongtu.chain.dossier.document import Cell, Column, Document, Facts, Paragraph, Section, Table, plain
from tongtu.chain.dossier.page import page
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import LANGUAGES, word

AS_OF = date(2026, 11, 21)
WAN = 1_000_000  # 万元 in fen
NOTHING_SLIPS = '<script>alert(1)</script> & "]; #panic("x") $x$ \\ {name}'


def firm(name: str = "江南精密陶瓷有限公司", **figures: Any) -> registry.Registry:
    """A firm that lacks two figures for the little giant, and data for others."""
    last = {
        "year": 2025, "revenue": 5200 * WAN, "main_revenue": 4600 * WAN, "rd_spend": 260 * WAN,
        "total_assets": 8000 * WAN, "total_debt": 4000 * WAN, "equity_raised": 0, "segment_years": 5.0, "ip_class1": 1,
        "platform_score": 61.0, "abnormal_list": False, "accident_3y": False, "excluded_product": False, **figures,
    }  # fmt: skip
    before = {**last, "year": 2024, "rd_spend": 210 * WAN}
    organisation = {"organisation": "F1", "name": name, "kind": "private", "legal_person": True, "region": "420000",
                    "founded": date(2015, 3, 1)}  # fmt: skip
    titles = [
        {"title": "T1", "organisation": "F1", "kind": "innovative_sme", "valid_from": date(2024, 6, 1)},
        {"title": "T2", "organisation": "F1", "kind": "srdi_sme", "valid_from": date(2025, 3, 1)},
    ]
    return registry.Registry({
        "organisations": pl.DataFrame([organisation]),
        "firm_years": pl.DataFrame([{"organisation": "F1", "currency": "CNY", **year} for year in (last, before)]),
        "titles": pl.DataFrame(titles),
    })  # fmt: skip


@pytest.fixture(scope="module")
def pack() -> packs.Pack:
    return packs.load("cn")


@pytest.fixture(scope="module")
def asked(pack: packs.Pack) -> dossier.Subject:
    return dossier.subject(firm(), pack, None, AS_OF)


@pytest.fixture(scope="module")
def document(asked: dossier.Subject) -> Document:
    return dossier.judged(asked)


def section(document: Document, name: str) -> Section:
    return next(s for s in document.sections if s.title[0] == word(f"dossier.{name}", "zh"))


def texts(value: object) -> Iterator[tuple[str, str]]:
    """Every pair of texts of a dossier."""
    match value:
        case [str() as zh, str() as en]:
            yield zh, en
        case list() | tuple():
            for part in value:
                yield from texts(part)
        case Document() | Section() | Table() | Facts() | Paragraph() | Cell() | Column():
            for name in value.__slots__:
                yield from texts(getattr(value, name))


# --- what it says ------------------------------------------------------------------------------------------


def test_what_it_holds_and_until_when(document: Document) -> None:
    (table,) = section(document, "holds").blocks
    assert isinstance(table, Table)
    held = [found.text[0] for found in table.rows[0]]
    assert held[0] == "创新型中小企业"
    assert any(text.startswith("2027-05-31") for text in held), "three years by the rule in force when it was awarded"


def test_the_gap_comes_nearest_first_with_figures_and_source(document: Document) -> None:
    rise = next(b for b in section(document, "gaps").blocks if isinstance(b, Section) and "小巨人" in b.title[0])
    table = next(b for b in rise.blocks if isinstance(b, Table))
    unmet = [[found.text[0] for found in row] for row in table.rows if row[0].text[0] == "不符合"]
    share, spend = unmet[0], unmet[1]
    assert share[2:5] == ["88.46%", "不低于 90%", "1.54个百分点"]
    assert spend[2:5] == ["470万元", "不低于 1,200万元", "730万元（60.8%）"]
    assert "工信部企业〔2026〕2号" in share[5]
    assert share[5].endswith("B")


def test_a_figure_supposed_moves_the_verdict_and_leaves_the_records_alone(asked: dossier.Subject) -> None:
    before = asked.registry.digest()
    supposed = dossier.judged(asked, {"firm_years.2025.revenue": "1000万元"})
    rows = [
        [c.text[0] for c in row] for b in section(supposed, "what-if").blocks if isinstance(b, Table) for row in b.rows
    ]
    assert ["专精特新中小企业", "营业收入", "符合", "不符合"] in [row[:4] for row in rows]
    assert asked.registry.digest() == before
    with pytest.raises(UsageFault):
        dossier.judged(asked, {"firm_years.2025.revenu": "1000万元"})


def test_the_question_asked_first_is_one_that_was_left_open(pack: packs.Pack) -> None:
    known = {"sci_tech_staff": 40, "employees": 120, "rd_body_level": "municipal", "high_tech_field": True}
    for figures in ({}, known):
        made = dossier.judged(dossier.subject(firm(**figures), pack, None, AS_OF))
        said = section(made, "open").blocks[0]
        assert isinstance(said, Paragraph)
        assert said.text[0].startswith("先补这一项")
        assert not any(name in said.text[1] for name in ("Revenue", "R&D spend 2025"))


def test_everybody_is_told_that_no_agent_is_needed_and_nothing_is_official(asked: dossier.Subject) -> None:
    until = date(2027, 11, 21)
    for made in (dossier.judged(asked), dossier.deadlines(asked, until), dossier.open_calls(asked),
                 dossier.of_year(asked, 2026)):  # fmt: skip
        said = " ".join(en for _, en in made.foot)
        assert "free of charge" in said
        assert "not an official decision" in said


def test_the_order_of_rows_never_shows(pack: packs.Pack, document: Document) -> None:
    given = firm()
    turned = registry.Registry({name: given[name].reverse() for name in given})
    assert dossier.judged(dossier.subject(turned, pack, None, AS_OF)) == document


def test_what_was_recorded_later_is_not_known_earlier(pack: packs.Pack) -> None:
    late = firm()
    late = late.replace(titles=late["titles"].with_columns(pl.lit(date(2026, 6, 1)).alias("recorded_at")))
    early = dossier.subject(late, pack, None, AS_OF, known_at=date(2026, 1, 1))
    assert section(dossier.judged(early), "holds").blocks[0] == Paragraph(
        [word("dossier.titles-unknown", lang) for lang in LANGUAGES], "soft"
    )


# --- whom --------------------------------------------------------------------------------------------------


def test_who_is_meant_must_be_clear(pack: packs.Pack) -> None:
    one = firm()
    twin = one["firm_years"].with_columns(pl.lit("F2").alias("organisation"))
    other = one["organisations"].with_columns(pl.lit("F2").alias("organisation"), pl.lit("江北").alias("name"))
    both = one.replace(firm_years=pl.concat([one["firm_years"], twin]),
                       organisations=pl.concat([one["organisations"], other]))  # fmt: skip
    with pytest.raises(UsageFault, match="F2"):
        dossier.subject(both, pack, None, AS_OF)
    assert dossier.subject(both, pack, "江北", AS_OF).key == "F2"
    for wrong in ({"key": "F9"}, {"schemes": ["no_such"]}, {"schemes": ["platform_rubric"]}):
        with pytest.raises(UsageFault):
            dossier.subject(both, pack, **{"key": "F1", "as_of": AS_OF, **wrong})
    with pytest.raises(UsageFault):
        dossier.subject(registry.Registry(), pack, None, AS_OF)
    with pytest.raises(UsageFault):
        dossier.subject(one, pack, None, date(9999, 12, 31))


# --- every face --------------------------------------------------------------------------------------------


def test_nothing_is_said_in_one_language_only(document: Document) -> None:
    for zh, en in texts(document):
        assert bool(zh) == bool(en), (zh, en)
        for text in (zh, en):
            assert not re.search(r"\b(dossier|rules|asking|grants|report)\.[a-z-]+\b(?!\.)", text), text
            assert "{" not in text


def test_all_faces_say_the_same(document: Document) -> None:
    shown = html.unescape(page(document))
    for zh, en in texts(document):
        assert zh in shown
        assert en in shown
    bare = [re.sub(r"\s", "", shell.text(document, lang)) for lang in LANGUAGES]
    paragraphs = [b.text for s in document.sections for b in s.blocks if isinstance(b, Paragraph)]
    for pair in [document.title, *document.stamp, *paragraphs, *document.foot]:
        for text, printed in zip(pair, bare, strict=True):
            assert re.sub(r"\s", "", text) in printed


def test_the_page_asks_for_nothing_and_opens_in_the_language_named(document: Document) -> None:
    made = page(document, "en")
    assert not re.search(r"<(script|link|img|iframe)", made)
    assert "default-src 'none'" in made
    assert 'id="lang-en" checked' in made
    assert 'lang="en">' in made[:40]


def test_a_strangers_text_stays_text(pack: packs.Pack, tmp_path: Path) -> None:
    made = dossier.judged(dossier.subject(firm(NOTHING_SLIPS), pack, None, AS_OF))
    assert "<script" not in page(made)
    assert html.escape(NOTHING_SLIPS) in page(made)
    assert NOTHING_SLIPS.split()[0] in shell.text(made, "zh")
    assert dossier.write_pdf(made, tmp_path / "x.pdf", AS_OF).read_bytes().startswith(b"%PDF")
    assert dossier.write_workbook(made, tmp_path / "x.xlsx", AS_OF).stat().st_size > 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_equal_dossiers_give_equal_files(document: Document, tmp_path: Path, lang: Any) -> None:
    for write in (dossier.write_pdf, dossier.write_workbook):
        first, second = (write(document, tmp_path / name, AS_OF, lang).read_bytes() for name in ("a", "b"))
        assert first == second
    assert len(pdf.pictures(document, AS_OF, lang)) >= 2


def test_a_pdf_without_a_chinese_font_is_refused(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typst

    class Latin:
        def __init__(self, **_: object) -> None: ...

        def families(self) -> list[str]:
            return ["DejaVu Sans", "Libertinus Serif"]

    monkeypatch.setattr(typst, "Fonts", Latin)
    with pytest.raises(UsageFault, match="font"):
        dossier.write_pdf(document, tmp_path / "x.pdf", AS_OF)
    assert list(tmp_path.iterdir()) == []


def test_the_best_chinese_font_is_taken() -> None:
    assert pdf.chinese_font(["Arial", "SimSun", "Noto Sans CJK SC"]) == "Noto Sans CJK SC"
    assert pdf.chinese_font(["AR PL UMing CN"]) == "AR PL UMing CN"


# --- lines that fit ----------------------------------------------------------------------------------------


@given(st.text(alphabet="ab 中文，。（）1", max_size=80), st.integers(6, 40))
def test_lines_fit_and_lose_nothing(said: str, width: int) -> None:
    lines = shell.broken(said, width)
    assert "".join("".join(lines).split()) == "".join(said.split())
    crowded = re.compile(r"[，。）（]{3,}")
    if not crowded.search(said):
        assert all(shell.wide(line) <= width + 4 for line in lines), "at most a stop or two hangs over"


@given(st.lists(st.integers(1, 90), min_size=1, max_size=8), st.integers(40, 140))
def test_columns_fit_where_they_can(natural: list[int], room: int) -> None:
    widths = shell.fitted(natural, room, [6] * len(natural))
    assert all(w <= n for w, n in zip(widths, natural, strict=True))
    assert sum(widths) <= max(room, sum(min(n, 6) for n in natural))


def test_plain_json_is_one_language_alone(document: Document) -> None:
    said = str(plain(document, 1))
    assert document.sections[0].title[1] in said
    assert document.sections[0].title[0] not in said
