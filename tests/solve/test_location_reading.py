"""OR-Library files: the published optima, the traps of the format, and files that hold faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tongtu.solve.location import capacitated, kind_of, p_median, read_cap, read_optima, read_pmed
from tongtu.terms.faults import DataRefused

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "location"
here = pytest.mark.skipif(not DATA.is_dir(), reason=f"OR-Library is not at {DATA}")


@here
@pytest.mark.parametrize("name", ["pmed1", "pmed5", "pmed6", "pmed10"])
def test_published_medians_are_found_and_proven(name: str) -> None:
    graph = read_pmed(DATA / "pmed" / f"{name}.txt")
    solution = p_median(graph.distance, graph.count).solution
    assert solution.status == "optimal"
    assert solution.value == solution.bound == read_optima(DATA / "pmed" / "optima.csv")[name]


@here
@pytest.mark.parametrize("name", ["cap71", "cap74", "cap101", "cap131"])
def test_published_warehouses_are_found_and_proven(name: str) -> None:
    given = read_cap(DATA / "cap" / f"{name}.txt")
    solution = capacitated(given.cost, given.fixed, given.demand, given.capacity).solution
    assert solution.status == "optimal"
    assert solution.value == pytest.approx(read_optima(DATA / "cap" / "optima.csv")[name], abs=1e-3)


@here
def test_the_last_of_two_equal_edges_counts(tmp_path: Path) -> None:
    """With the shorter of them pmed1 has an optimum of 5718, which is wrong."""
    lines = (DATA / "pmed" / "pmed1.txt").read_text().splitlines()
    shortest: dict[frozenset[str], str] = {}
    for line in sorted(lines[1:], key=lambda line: -float(line.split()[2]) if line.strip() else 0.0):
        if line.strip():
            shortest[frozenset(line.split()[:2])] = line
    other = tmp_path / "pmed1.txt"
    other.write_text("\n".join([f"100 {len(shortest)} 5", *shortest.values()]))
    wrong, right = read_pmed(other), read_pmed(DATA / "pmed" / "pmed1.txt")
    assert p_median(wrong.distance, 5).solution.value == 5718
    assert p_median(right.distance, 5).solution.value == 5819


def test_edges_either_way_and_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "g.txt"
    path.write_text("\ufeff 3 4 1 \n 1 2 5 \r\n 2 3 0 \n\n 2 1 9 \n 3 3 4 \n", encoding="utf-8")
    assert kind_of(path) == "pmed"
    assert np.array_equal(read_pmed(path).distance, [[0, 9, 9], [9, 0, 0], [9, 0, 0]])


def test_the_word_capacity_wants_a_number(tmp_path: Path) -> None:
    path = tmp_path / "capx.txt"
    path.write_text(" 2 1 \n capacity 10. \n capacity 20. \n 7 \n 1.5 2.5 \n")
    assert kind_of(path) == "cap"
    with pytest.raises(DataRefused, match="names no capacity"):
        read_cap(path)
    given = read_cap(path, 8.0)
    assert given.capacity.tolist() == [8.0, 8.0]
    assert given.cost.tolist() == [[1.5, 2.5]]
    assert given.fixed.tolist() == [10.0, 20.0]
    assert given.demand.tolist() == [7.0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("3 1\n1 2 4\n", "bad-head"), ("3 x 1\n", "bad-head"), ("3 1 4\n1 2 5\n", "bad-count"),
        ("3 2 1\n1 2 5\n", "edges-missing"), ("2 1 1\n1 2 abc\n", "bad-edge"), ("2 1 1\n1 2\n", "bad-edge"),
        ("2 1 1\n1 3 4\n", "no-vertex"), ("2 1 1\n1 2 -4\n", "negative"), ("2 1 1\n1 2 nan\n", "bad-edge"),
        ("4 2 1\n1 2 4\n3 4 1\n", "not-connected"), ("999999999999 1 1\n", "bad-head"), ("2 1 1\n1 2 ٣\n", "bad-edge"),
    ],
)  # fmt: skip
def test_graphs_that_hold_faults(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataRefused) as raised:
        read_pmed(path)
    assert f"solve_location.{code}" in [fault.what.code for fault in raised.value.faults]
    assert all(fault.say(lang) for fault in raised.value.faults for lang in ("zh", "en"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("1\n", "bad-head"), ("0 1\n", "bad-head"), ("1 1\n5 3\n7\n", "cells-missing"),
        ("1 1\n5 x\n7 1\n", "bad-number"), ("1 1\n5 inf\n7 1\n", "bad-number"), ("1 1\n-5 3\n7 1\n", "negative"),
    ],
)  # fmt: skip
def test_warehouses_that_hold_faults(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataRefused) as raised:
        read_cap(path)
    assert f"solve_location.{code}" in [fault.what.code for fault in raised.value.faults]


def test_what_is_no_file_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    for path, code in ((tmp_path / "b.txt", "not-text"), (tmp_path / "no.txt", "unreadable"), (tmp_path, "unreadable")):
        with pytest.raises(DataRefused) as raised:
            read_cap(path)
        assert [fault.what.code for fault in raised.value.faults] == [f"solve_location.{code}"]
        assert kind_of(path) == ""


def test_lists_of_optima(tmp_path: Path) -> None:
    path = tmp_path / "opt.txt"
    path.write_text(
        "Data file   Optimal solution value\npmed1   5819\ncapa (8000)  19240822.449\ncap41.txt,1040444.375\n"
    )
    assert read_optima(path) == {"pmed1": 5819.0, "capa-8000": 19240822.449, "cap41": 1040444.375}
