"""JSON through the boundary: the published parsing suite, depth, numbers, and tables out of records."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from boundary_books import codes

from tongtu.registry import boundary
from tongtu.registry.boundary import Limits
from tongtu.terms.faults import FileRefused

HOSTILE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "hostile"
needs_data = pytest.mark.skipif(not HOSTILE.exists(), reason=f"no hostile inputs at {HOSTILE}")


def refusal(path: Path, limits: Limits | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        boundary.read_json(path, limits)
    return caught.value


@needs_data
def test_json_parsing_suite() -> None:
    """What must be accepted is, what must be refused is, and the rest is either, without another error."""
    wrong = []
    for path in sorted((HOSTILE / "test_parsing").iterdir()):
        try:
            boundary.read_json(path)
            accepted = True
        except FileRefused:
            accepted = False
        if path.name[0] in "yn" and accepted != (path.name[0] == "y"):
            wrong.append(path.name)
    assert not wrong


@needs_data
def test_naughty_strings_come_back_as_they_are(tmp_path: Path) -> None:
    strings = json.loads((HOSTILE / "blns.json").read_text(encoding="utf-8"))
    assert boundary.read_json(HOSTILE / "blns.json") == strings
    path = tmp_path / "records.json"
    path.write_text(json.dumps([{"s": s} for s in strings]), encoding="utf-8")
    assert boundary.read(path)[0].columns == [["s", *(s or None for s in strings)]]


@pytest.mark.parametrize("text", ["[" * 1_000_000, "[" * 1_000_000 + "]" * 1_000_000, '{"a":' * 1_000_000])
def test_a_million_levels(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.json"
    path.write_text(text)
    start = time.perf_counter()
    assert codes(refusal(path)) == ["json-depth"]
    assert time.perf_counter() - start < 5


def test_depth_counts_brackets_outside_strings_only(tmp_path: Path) -> None:
    path = tmp_path / "strings.json"
    value = ["[" * 500, '\\"[[[' * 100, {"[": "]" * 500}]
    path.write_text(json.dumps(value))
    assert boundary.read_json(path) == value
    path.write_text("[" * 64 + "]" * 64)
    boundary.read_json(path)
    path.write_text("[" * 65 + "]" * 65)
    assert refusal(path).faults[0].what.args["depth"] == 65


def test_open_string_of_escaped_quotes_is_judged_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "open.json"
    path.write_text('["' + '\\"' * 1_000_000)
    start = time.perf_counter()
    assert codes(refusal(path)) == ["json-invalid"]
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1" * 1_000_000, "json-whole"),
        ('{"id": 12345678901234567890}', "json-whole"),
        ("0." + "1" * 100_000, "json-digits"),
        ("1e999", "json-invalid"),
        ("1e" + "9" * 2_000, "json-digits"),
        ("[NaN]", "json-invalid"),
        ("[1,]", "json-invalid"),
        ("", "empty"),
    ],
)
def test_numbers_nobody_can_keep(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "number.json"
    path.write_text(text)
    assert codes(refusal(path)) == [code]


def test_numbers_that_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "number.json"
    path.write_text(
        '[9223372036854775807, -9223372036854775808, 0.1234567890123456789012345, 1e300, "1234567890123456789012"]'
    )
    whole, negative, *_, text = boundary.read_json(path)
    assert (whole, negative, text) == (2**63 - 1, -(2**63), "1234567890123456789012")


def test_a_fault_names_its_line_and_all_lines_are_told(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"a": 1}\n{"a": }\n\n{"a": 3}\nnonsense\n')
    faults = refusal(path).faults
    assert [f.what.args["line"] for f in faults] == [2, 5]
    path.write_text('{"a": 1}\n\n{"b": "二"}\n', encoding="utf-8")
    assert boundary.read_json(path) == [{"a": 1}, {"b": "二"}]
    assert boundary.read(path)[0].columns == [["a", 1, None], ["b", None, "二"]]


def test_tables_of_records(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    path.write_text(json.dumps({"needs": [{"id": "n1", "tags": ["a", "b"], "open": True, "low": None}], "offers": []}))
    needs, offers = boundary.read(path)
    assert (needs.name, needs.first_row) == ("needs", 1)
    assert needs.columns == [["id", "n1"], ["tags", '["a","b"]'], ["open", True], ["low", None]]
    assert offers.name == "offers"
    for text in ("[1, 2]", '"text"', '{"a": 1}'):
        path.write_text(text)
        with pytest.raises(FileRefused) as caught:
            boundary.read(path)
        assert codes(caught.value) == ["json-shape"]
