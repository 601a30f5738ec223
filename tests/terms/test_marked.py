"""YAML that knows its lines, and refuses what could build a bomb."""

import pytest

from tongtu.terms.marked import load


def test_every_mapping_and_entry_knows_its_line() -> None:
    value, faults = load("a: 1\nb:\n  - x\n  - {c: 2}\n")
    assert faults == []
    assert value.at("b") == 2
    assert value["b"].at(1) == 4
    assert value["b"][1].line == 4
    assert value.at("absent") == 1


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("a: [", 2),
        ("a: &x [*x]", 1),
        ("a: &x 1\nb: *x", 2),
        ("a: 1\nb: 2026-13-45", 2),
        ("a: 1\na: 2", 2),
        ("a: !!python/object:os.system x", 1),
        ("\tb", 1),
        ("a: !!timestamp abc", 1),
        ("a: !!int abc", 1),
        ("[" * 5000, 1),
        ("- " * 5000, 1),
        ("a: 1\n---\nb: 2", 2),
    ],
)
def test_a_fault_names_its_line(text: str, row: int) -> None:
    _, faults = load(text, "rule.yaml")
    assert [(f.file, f.row) for f in faults] == [("rule.yaml", row)]
    assert faults[0].say("zh")


def test_a_star_in_a_text_is_no_alias() -> None:
    assert load('a: "3 * 4"\nb: rd * 2\n') == ({"a": "3 * 4", "b": "rd * 2"}, [])
