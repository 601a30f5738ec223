"""Every reason and fault of cost, time and value has its sentence in both languages, and no sentence is left over."""

from __future__ import annotations

import re
from pathlib import Path

import tongtu.risk
from tongtu.terms.words.catalogue import entries, missing

ROOM = Path(tongtu.risk.__file__).parent
#: Codes that are put together where they are spoken: what stands before or after the part that varies.
PUT_TOGETHER = (
    "split-",
    "cost-days-",
    "stages-",
    "stage-cost-",
    "stage-days-",
    "cashflow-",
    "no-",
    "days-",
    "cost-",
    "volatility-",
    "gate-",
    "pilot-",
)


def test_both_languages() -> None:
    assert [wrong for name in entries("risk_value") for wrong in missing(f"risk_value.{name}")] == []


def test_every_code_spoken_is_in_the_catalogue_and_the_other_way_round() -> None:
    files = [*(ROOM / "costtime").glob("*.py"), *(ROOM / "value").glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    known = set(entries("risk_value"))
    assert set(re.findall(r'"risk_value\.([a-z-]+)"', text)) <= known
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', text)) | set(re.findall(r'"risk_value\.([a-z-]+)"', text))
    silent = {name for name in known if name.removesuffix("-repair") not in named and not name.startswith(PUT_TOGETHER)}
    assert silent == set()
