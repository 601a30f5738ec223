"""Every code that the program speaks is in the catalogue, in both languages, with the same placeholders."""

import re
from pathlib import Path

import pytest

from tongtu.terms.words import entries, missing, rooms

SOURCE = Path(__file__).resolve().parents[1] / "src" / "tongtu"
CODES = re.compile(rf"""["']((?:{"|".join(rooms())})\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")


FILES = (".toml", ".csv", ".yaml", ".json", ".py", ".html", ".xlsx")
#: in the hub, "exchange.read" names a task of the app and "exchange.batch" a model of it, not words of the rules' room
APPS = {path.parent.name for path in (SOURCE / "hub").glob("*/apps.py")}


def spoken() -> set[str]:
    found = ((path, CODES.findall(path.read_text(encoding="utf-8"))) for path in SOURCE.rglob("*.py"))
    return {code for path, codes in found for code in codes if not code.endswith(FILES) and not _of_an_app(path, code)}


def _of_an_app(path: Path, code: str) -> bool:
    return path.is_relative_to(SOURCE / "hub") and code.partition(".")[0] in APPS


def test_every_code_is_spoken_in_both_languages() -> None:
    assert [fault for code in sorted(spoken()) for fault in missing(code)] == []


@pytest.mark.parametrize("room", rooms())
def test_every_entry_is_complete(room: str) -> None:
    assert [fault for name in entries(room) for fault in missing(f"{room}.{name}")] == []
