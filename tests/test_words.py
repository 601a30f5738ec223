"""Every code that the program speaks is in the catalogue, in both languages, with the same placeholders."""

import re
from pathlib import Path

import pytest

from tongtu.terms.words import entries, missing, rooms

SOURCE = Path(__file__).resolve().parents[1] / "src" / "tongtu"
CODES = re.compile(rf"""["']((?:{"|".join(rooms())})\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")


def spoken() -> set[str]:
    return {code for path in SOURCE.rglob("*.py") for code in CODES.findall(path.read_text(encoding="utf-8"))
            if not code.endswith((".toml", ".csv", ".yaml", ".json", ".py", ".html", ".xlsx"))}  # fmt: skip


def test_every_code_is_spoken_in_both_languages() -> None:
    assert [fault for code in sorted(spoken()) for fault in missing(code)] == []


@pytest.mark.parametrize("room", rooms())
def test_every_entry_is_complete(room: str) -> None:
    assert [fault for name in entries(room) for fault in missing(f"{room}.{name}")] == []
