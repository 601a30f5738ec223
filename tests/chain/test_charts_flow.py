"""Layered graphs: layers, crossings, places, and the same picture in every form."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.chain.dossier import Document, write_pdf, write_workbook
from tongtu.chain.dossier.charts import Arrow, Box, Flow, drawn
from tongtu.chain.dossier.charts.canvas import breadth
from tongtu.chain.dossier.charts.data import grid
from tongtu.chain.dossier.charts.layers import layered, places
from tongtu.chain.dossier.charts.model import Colour
from tongtu.chain.dossier.document import Chart, Section
from tongtu.chain.dossier.docx import write_docx
from tongtu.chain.dossier.page import page
from tongtu.chain.dossier.shell import text, wide
from tongtu.terms.words import LANGUAGES

DAY = date(2026, 11, 21)
LEGEND: list[tuple[list[str], Colour]] = [(["自主", "Own"], "good"), (["受制", "Dependent"], "bad")]
EVIL = ["<script>alert(1)</script> & “项目”", "<b>case</b> & co, a name that goes on and on for longer than any box is"]


def flow(count: int, arrows: list[tuple[int, int]], lit: int = 0) -> Flow:
    boxes = [Box(f"n{i}", EVIL if i == 1 else [f"输入品{i}号（高纯）", f"Input number {i}, high purity"], i % 2,
                 [f"自主 0.{i}", f"autonomy 0.{i}"] if i % 3 else ["", ""], i < lit) for i in range(count)]  # fmt: skip
    return Flow(boxes, [Arrow(f"n{a}", f"n{b}", lit=a < lit and b < lit) for a, b in arrows], LEGEND,
                ["最弱路径", "Weakest path"])  # fmt: skip


PICTURES = {
    "tree": flow(8, [(7, 5), (5, 2), (6, 2), (2, 0), (1, 0), (3, 0), (7, 0)], 3),
    "long": flow(9, [(i + 1, i) for i in range(8)] + [(2, 5), (8, 0), (4, 4)]),
    "fan": flow(14, [(i, 0) for i in range(1, 14)]),
    "alone": flow(3, []),
}
GRAPHS = st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24))
)


def named(graph: tuple[int, list[tuple[int, int]]]) -> tuple[list[str], list[tuple[str, str]]]:
    return [f"n{i}" for i in range(graph[0])], [(f"n{a}", f"n{b}") for a, b in graph[1]]


@settings(max_examples=60, deadline=None)
@given(GRAPHS, st.sampled_from([None, 1, 3]))
def test_arrows_lead_forward_one_layer_at_a_time(graph: tuple[int, list[tuple[int, int]]], most: int | None) -> None:
    ids, edges = named(graph)
    found = layered(ids, edges, most)
    at = {node: k for k, row in enumerate(found.rows) for node in row}
    assert sorted(node for node in at if isinstance(node, str)) == sorted(ids)
    assert found.ways.keys() | found.back == {edge for edge in edges if edge[0] != edge[1]}
    assert not found.ways.keys() & found.back
    for (a, b), way in found.ways.items():
        assert (way[0], way[-1]) == (a, b)
        assert all(at[y] == at[x] + 1 for x, y in pairwise(way))
    assert all(at[a] > at[b] for a, b in found.back)
    if most:
        assert all(sum(isinstance(node, str) for node in row) <= most for row in found.rows)


@settings(max_examples=40, deadline=None)
@given(GRAPHS)
def test_nodes_of_a_layer_keep_apart_and_inside(graph: tuple[int, list[tuple[int, int]]]) -> None:
    ids, edges = named(graph)
    found = layered(ids, edges)
    size = {node: 40.0 if isinstance(node, str) else 10.0 for row in found.rows for node in row}
    room = (0.0, max(sum(size[n] + 6 for n in row) for row in found.rows) + 50)
    at = places(found, size, 6.0, room)
    for row in found.rows:
        for a, b in pairwise(row):
            assert at[b] - at[a] >= (size[a] + size[b]) / 2 + 6 - 1e-6
        assert at[row[0]] - size[row[0]] / 2 >= -1e-6
        assert at[row[-1]] + size[row[-1]] / 2 <= room[1] + 1e-6


def test_a_graph_that_can_be_drawn_without_crossings_is() -> None:
    ids = list("abcdxyzw")
    found = layered(ids, [("a", "w"), ("b", "z"), ("c", "y"), ("d", "x")])
    order = [{node: i for i, node in enumerate(row)} for row in found.rows]
    assert [order[0][one] for one in "abcd"] == [order[1][one] for one in "wzyx"]


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    found = []
    for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        size = float(one.get("font-size", 12))
        x, y, broad = float(one.get("x", 0)), float(one.get("y", 0)), breadth(one.text or "", size)
        left = x - {"start": 0.0, "middle": broad / 2, "end": broad}[one.get("text-anchor", "start")]
        found.append((left, y - size * 0.8, left + broad, y + size * 0.15, one.text or ""))
    return found


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", PICTURES)
def test_texts_stay_in_their_boxes(name: str, side: int) -> None:
    svg = str(drawn(PICTURES[name], ["图", "Picture"], side=side))
    found = boxes(svg)
    width, height = (float(part) for part in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])
    for left, top, right, bottom, said in found:
        assert -1 <= left <= right <= width + 1, said
        assert -1 <= top <= bottom <= height, said
    for a, b in combinations(found, 2):
        apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
        assert apart, (a[4], b[4])
    assert all(float(y) <= height for y in re.findall(r"[ML][\d.-]+ ([\d.-]+)", svg)), "no arrow leaves the picture"


@pytest.mark.parametrize("name", PICTURES)
def test_every_form_tells_the_same(name: str, tmp_path: Path) -> None:
    picture = PICTURES[name]
    document = Document(["文", "Doc"], [], [Section(["图", "Pictures"], [Chart(["图", "Picture"], picture)])])
    found = grid(picture)
    assert all(len(row) == len(found.heads) == len(found.scales) for row in found.rows)
    assert len(found.rows) == len(picture.boxes)
    html = page(document)
    assert "<script" not in html
    svg = html[html.index("<svg") : html.index("</svg>") + 6]
    ET.fromstring(svg)
    assert not re.search(r' style="', svg), "the page's policy forbids styles"
    assert "nan" not in svg.lower()
    for lang in LANGUAGES:
        lines = text(document, lang, 100).splitlines()
        assert len(lines) > 4
        assert all(wide(line) <= 130 for line in lines)
    assert write_workbook(document, tmp_path / "a.xlsx", DAY).read_bytes() == write_workbook(
        document, tmp_path / "b.xlsx", DAY
    ).read_bytes()  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert not [one for one in book.namelist() if one.startswith("xl/charts/chart")], "Excel has no such chart"
    write_docx(document, tmp_path / "a.docx", DAY)


def test_the_path_is_told_in_words_too() -> None:
    found = grid(PICTURES["tree"])
    assert ["最弱路径", "Weakest path"] in list(found.heads)
    told = found.texts()
    assert sum(row[3][1] == "Yes" or row[3][1] == "yes" for row in told) == 3
    assert told[7][2] == [
        "输入品5号（高纯）、输入品0号（高纯）",
        "Input number 5, high purity; Input number 0, high purity",
    ]


def test_pictures_print(tmp_path: Path) -> None:
    blocks = [Chart(["图", "Picture"], picture) for picture in PICTURES.values()]
    document = Document(["文", "Doc"], [], [Section(["图", "Pictures"], blocks)])
    assert write_pdf(document, tmp_path / "a.pdf", DAY, "zh").read_bytes().startswith(b"%PDF")


def test_nothing_at_all_is_drawn_and_arrows_without_a_box_are_a_mistake() -> None:
    assert "<svg" in drawn(Flow([], [], LEGEND), ["空", "Empty"])
    with pytest.raises(KeyError, match="n9"):
        drawn(Flow([Box("n0", ["一", "one"])], [Arrow("n0", "n9")], LEGEND), ["错", "Wrong"])
