"""Pictures: round ticks, nothing over anything else, the same figures in every form, text never read as markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.chain.dossier import Document, write_pdf, write_workbook
from tongtu.chain.dossier.charts import (
    Bar,
    Bars,
    Dot,
    Gantt,
    Heat,
    Lane,
    Lines,
    Mark,
    Picture,
    Rule,
    Scale,
    Segment,
    Series,
    Span,
    drawn,
)
from tongtu.chain.dossier.charts.canvas import breadth
from tongtu.chain.dossier.charts.data import grid
from tongtu.chain.dossier.charts.gantt import tracks
from tongtu.chain.dossier.charts.ticks import axis, rounded
from tongtu.chain.dossier.document import Chart, Section, plain
from tongtu.chain.dossier.docx import write_docx
from tongtu.chain.dossier.page import page
from tongtu.chain.dossier.shell import text, wide
from tongtu.terms.words import LANGUAGES

DAY = date(2026, 11, 21)
EVIL = ["<script>alert(1)</script> & “项目”", "<b>case</b> & co"]


def pair(zh: str, en: str | None = None) -> list[str]:
    return [zh, zh if en is None else en]


def money(zh: str, en: str) -> Scale:
    return Scale(pair(zh, en), "money", "CNY")


SHARE = Scale(pair("概率", "Chance"), "share", low=0.0, high=1.0)
PICTURES: dict[str, Picture] = {
    "curve": Lines(
        money("总费用", "Total cost"), SHARE,
        [Series(pair("单看费用", "Cost alone"), [(k * 1e8, k / 30) for k in range(31)]),
         Series(pair("同时", "Together"), [(k * 1.2e8, k / 30) for k in range(31)], "dashed")],
        [Rule("y", 0.7, pair("七成把握", "70 % sure")), Rule("x", 1.42e9, pair("预算", "Budget")),
         Rule("x", 1.44e9, pair("计划费用", "Planned cost"))], [Mark(1.4e9, 0.7, pair("申请", "Ask"))],
    ),
    "steps": Lines(Scale(pair("日期", "Day"), "day"), SHARE,
                   [Series(pair("累计", "So far"), [(DAY.toordinal() + 40.0 * k, k / 9) for k in range(9)], "step")]),
    "reliability": Lines(SHARE, SHARE, [
        Series(pair("各档", "Bins"), [(0.15, 0.12), (0.6, 0.7)], "dots", band=[(0.1, 0.2), (0.5, 0.8)],
               notes=[pair("24 项", "24"), pair("9 项", "9")]),
        Series(pair("校准", "Perfect"), [(0.0, 0.0), (1.0, 1.0)], "dashed", "soft")]),
    "tornado": Bars(money("净现值", "Net present value"), [
        Bar(pair("首单价格与市场份额（含替代进口的部分）的区间", "Price and share at first order, imports included"),
            [Segment(-3e8, 9e8, 0), Segment(9e8, 2.4e9, 1)], pair("±25%")),
        Bar(EVIL, [Segment(6e8, 9e8, 0), Segment(9e8, 1e9, 1)], pair("6% … 10%"))],
        [(pair("低", "Low"), "c1"), (pair("高", "High"), "c0")], base=9e8, base_name=pair("现有判断", "As believed")),
    "waterfall": Bars(money("现值", "Present value"), [
        Bar(pair("合计", "Total"), [Segment(0, 4e9)]), Bar(pair("费用", "Cost"), [Segment(4e9, -4e8, 1)])],
        [(pair("合计", "Total"), "c0"), (pair("减少", "Less"), "c4")], linked=True),
    "counts": Bars(SHARE, [Bar(pair(str(k)), [Segment(0, k / 20)], pair(f"≥ {k}")) for k in range(9)],
                   [(pair(""), "c0")]),
    "heat": Heat(SHARE, money("损失", "Loss"), (0, 0.5, 1.0), (0, 1e8, 1e10), ((3, 0), (1, 2)),
                 [Dot(0.2, 5e7, EVIL), Dot(1.0, 1e10, pair("K2"))], pair("项", "cases")),
    "gantt": Gantt([Lane(pair(f"第{k}号中试线（高温合金，工艺验证）", f"Pilot line {k}"),
                         [Span(DAY + timedelta(20 * j), DAY + timedelta(20 * j + 25), EVIL, j % 2) for j in range(4)])
                    for k in range(3)], [(pair("中试", "Pilot"), "c0"), (pair("放大", "Scale-up"), "c2")], DAY,
                   pair("产线", "Line")),
}  # fmt: skip


def chart(name: str) -> Chart:
    return Chart(pair("图", "Picture"), PICTURES[name], pair("所示", "What it shows"))


# --------------------------------------------------------------------------------------------------------------- ticks


@given(
    low=st.floats(-1e9, 1e9), width=st.floats(1e-3, 1e9), kind=st.sampled_from(["number", "money", "share"])
)  # fmt: skip
def test_ticks_are_round_even_and_tell_themselves_apart(low: float, width: float, kind: str) -> None:
    found = axis(Scale(pair("量", "Figure"), kind, "CNY"), [low, low + width])  # type: ignore[arg-type]
    places = [value for value, _ in found.ticks]
    assert found.low <= low + 1e-6 * abs(low) + 1e-9 * width
    assert found.high >= low + width - 1e-6 * abs(low + width) - 1e-9 * width
    assert 2 <= len(places) <= 14
    gaps = [b - a for a, b in pairwise(places)]
    assert max(gaps) - min(gaps) <= 1e-6 * max(gaps) + 1e-6 * abs(low) * 1e-3
    for side in (0, 1):
        texts = [text[side] for _, text in found.ticks]
        assert len(set(texts)) == len(texts) or width < 1e-6 * abs(low)


@pytest.mark.parametrize(
    ("minor", "units"),
    [(5_000, ("元", "CNY")), (2_000_000_00, ("万元", "CNY m")), (50_000_000_000, ("亿元", "CNY m")),
     (900_000_000_000, ("亿元", "CNY bn"))],
)  # fmt: skip
def test_money_is_counted_in_the_units_people_use(minor: int, units: tuple[str, str]) -> None:
    found = axis(money("费用", "Cost"), [0.0, float(minor)])
    assert found.title == [f"费用（{units[0]}）", f"Cost ({units[1]})"]
    sizes = {"元": 1e2, "万元": 1e6, "亿元": 1e10, "CNY": 1e2, "CNY m": 1e8, "CNY bn": 1e11}
    for value, said in found.ticks:
        for unit, one in zip(units, said, strict=True):
            assert float(one.replace(",", "")) * sizes[unit] == pytest.approx(value)


@given(start=st.dates(date(2000, 1, 1), date(2040, 1, 1)), days=st.integers(1, 12_000))
def test_days_fall_on_whole_weeks_months_or_years(start: date, days: int) -> None:
    found = axis(Scale(pair("日期", "Day"), "day"), [float(start.toordinal()), float(start.toordinal() + days)])
    places = [date.fromordinal(int(value)) for value, _ in found.ticks]
    assert len(places) <= 14
    assert all(start <= place <= start + timedelta(days) for place in places)
    if days > 120:
        assert all(place.day == 1 for place in places)


@given(st.floats(1e-9, 1e15), st.integers(2, 6))
def test_four_places_count(value: float, places: int) -> None:
    assert rounded(value, places) == pytest.approx(value, rel=10.0 ** (1 - places))


# ------------------------------------------------------------------------------------------------------------ drawing


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Every text of a picture in one language: left, top, right, bottom, text."""
    found = []
    for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        size = float(one.get("font-size", 12))
        x, y, broad = float(one.get("x", 0)), float(one.get("y", 0)), breadth(one.text or "", size)
        left = x - {"start": 0.0, "middle": broad / 2, "end": broad}[one.get("text-anchor", "start")]
        found.append((left, y - size * 0.8, left + broad, y + size * 0.15, one.text or ""))
    return found


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", PICTURES)
def test_no_text_covers_another_or_leaves_the_picture(name: str, side: int) -> None:
    svg = drawn(PICTURES[name], pair("图", "Picture"), side=side)
    found = boxes(svg)
    assert found
    width, height = (float(part) for part in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])
    for left, top, right, bottom, said in found:
        assert left >= -1, said
        assert right <= width + 1, said
        assert -1 <= top <= bottom <= height, said
    for a, b in combinations(found, 2):
        apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
        assert apart, (a[4], b[4])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_told_to_those_who_cannot_see_it(name: str) -> None:
    document = Document(pair("文", "Doc"), [], [Section(pair("图", "Pictures"), [chart(name)])])
    html = page(document)
    svg = html[html.index("<svg") : html.index("</svg>") + 6]
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root[0].tag.endswith("title")
    assert "图 / Picture" in (root[0].text or "")
    assert "<details>" in html
    assert 'tabindex="0"' in html
    assert "<script" not in html
    assert not re.search(r'<(?:svg|rect|text|path|line|circle)[^>]* style="', html), "the page's policy forbids styles"
    for head in grid(PICTURES[name]).heads:
        assert head[0] in html
        assert head[1] in html
    assert "NaN" not in svg
    assert "nan" not in svg


@pytest.mark.parametrize("name", PICTURES)
def test_every_form_tells_the_same_figures(name: str, tmp_path: Path) -> None:
    document = Document(pair("文", "Doc"), [], [Section(pair("图", "Pictures"), [chart(name)])])
    found = grid(PICTURES[name])
    assert all(len(row) == len(found.heads) == len(found.scales) for row in found.rows)
    for lang in LANGUAGES:
        lines = text(document, lang, 100).splitlines()
        assert len(lines) > 4
        assert all(wide(line) <= 130 for line in lines)
        assert plain(document, LANGUAGES.index(lang))["sections"][0]["blocks"][0]["is"] == "chart"  # type: ignore[index]
    books = [write_workbook(document, tmp_path / f"{k}.xlsx", DAY).read_bytes() for k in (1, 2)]
    assert books[0] == books[1]
    with zipfile.ZipFile(tmp_path / "1.xlsx") as book:
        charts = [one for one in book.namelist() if one.startswith("xl/charts/chart")]
    assert len(charts) == (0 if name == "heat" else 1), "a native chart beside its table"
    write_docx(document, tmp_path / "a.docx", DAY)


def test_pictures_print(tmp_path: Path) -> None:
    document = Document(pair("文", "Doc"), [], [Section(pair("图", "Pictures"), [chart(name) for name in PICTURES])])
    files = [write_pdf(document, tmp_path / f"{k}.pdf", DAY, "zh").read_bytes() for k in (1, 2)]
    assert files[0].startswith(b"%PDF")
    assert files[0] == files[1]


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 60)).map(
            lambda s: Span(DAY + timedelta(s[0]), DAY + timedelta(s[0] + s[1]), pair("K"))
        ),
        max_size=12,
    )
)
def test_spans_of_a_lane_never_cover_each_other(spans: list[Span]) -> None:
    levels = tracks(Lane(pair("L"), spans))
    for (a, x), (b, y) in combinations(list(zip(levels, spans, strict=True)), 2):
        assert a != b or x.end < y.start or y.end < x.start
    most = max((sum(s.start <= at.start <= s.end for s in spans) for at in spans), default=0)
    assert max(levels, default=-1) + 1 == most, "no more lines than overlap at once"


def test_nothing_at_all_is_drawn_too() -> None:
    for picture in (Lines(SHARE, SHARE, []), Bars(SHARE, [], []), Gantt([], [])):
        assert "<svg" in drawn(picture, pair("空", "Empty"))
