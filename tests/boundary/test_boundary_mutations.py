"""A little storm of damaged files; the great one is `bench/boundary.py`, with the same hand."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tongtu.registry import boundary as room
from tongtu.terms.words import entries
from tongtu.terms.words.catalogue import missing

_BENCH = Path(__file__).resolve().parents[2] / "bench" / "boundary.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_boundary", _BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_three_hundred_damaged_files(bench: ModuleType) -> None:
    tally = bench.storm(300, None, seed=11, progress=print)
    assert tally.escaped == []
    assert tally.outcomes["read"] + tally.outcomes["refused"] == 300
    assert tally.outcomes["hang"] == 0
    assert tally.peak < 512 << 20
    assert min(tally.outcomes["read"], tally.outcomes["refused"]) > 30  # both happen, or it tests nothing


def test_the_same_seed_makes_the_same_storm(bench: ModuleType) -> None:
    import random

    found = bench.seeds(None)
    assert [bench.mutated(random.Random(n), found) for n in range(50)] == [
        bench.mutated(random.Random(n), found) for n in range(50)
    ]


def test_every_fault_has_its_words() -> None:
    """Each code used in the room stands in the catalogue in both languages, with its repair, and no other does."""
    room_file = room.__file__
    assert room_file is not None
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(room_file).parent.rglob("*.py"))
    used = set(re.findall(r'(?:fault|refused)\(\s*"([a-z-]+)"', source))
    used |= set(re.findall(r'code = "([a-z-]+)" if .* else "([a-z-]+)"', source)[0])
    used |= set(re.findall(r'because\("boundary\.([a-z-]+)"', source))
    codes = {name for name in entries("boundary") if not name.startswith("is-")}
    assert {f"{name}{end}" for name in used for end in ("", "-repair")} == codes
    assert [fault for name in entries("boundary") for fault in missing(f"boundary.{name}")] == []
