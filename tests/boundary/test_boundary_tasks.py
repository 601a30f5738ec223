"""The child's work done in this process gives, file by file, what comes out of the child."""

from __future__ import annotations

import importlib.util
import os
import random
import socket
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from boundary_books import bomb, parts, written, xls, xlsb, zipped

from tongtu.registry import boundary
from tongtu.registry.boundary import Limits, door, marking, tasks, wire
from tongtu.terms.faults import FileRefused

_BENCH = Path(__file__).resolve().parents[2] / "bench" / "boundary.py"


def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_boundary", _BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def here(path: Path, limits: Limits, **job: Any) -> Any:
    """The sink of `door`, filled by `tasks.perform` on a thread of this process."""
    sink = door._Sheets() if job["task"] == "sheets" else door._Document()
    near, far = socket.socketpair()
    source = os.open(path, os.O_RDONLY)
    job = {"suffix": path.suffix, "stem": path.stem, "limits": limits.to_json(), **job}
    with near, far:
        worker = threading.Thread(target=tasks.perform, args=(job, source, far.fileno()))
        worker.start()
        for letter, payload in wire.frames(near, 1 << 30):
            if letter != b"E":
                sink.take(letter, payload)
        worker.join()
    os.close(source)
    return sink


def same(path: Path, limits: Limits) -> None:
    inside = here(path, limits, task="sheets")
    try:
        sheets, faults = boundary.read(path, limits), []
    except FileRefused as refusal:
        sheets, faults = None, [f.what for f in refusal.faults]
    assert [f.what for f in inside.faults] == faults
    assert sheets is None or sheets == inside.sheets


def test_damaged_files(tmp_path: Path) -> None:
    module = bench()
    seeds = module.seeds(None)
    for number in range(120):
        suffix, data = module.mutated(random.Random(number), seeds)
        path = tmp_path / f"f{suffix}"
        path.write_bytes(data)
        same(path, Limits.upload())


@pytest.mark.parametrize(
    "limits", [{}, {"rows": 1}, {"columns": 1}, {"cells": 1}, {"result_bytes": 10}, {"bytes": 300}], ids=str
)
def test_sound_files(tmp_path: Path, limits: dict[str, int]) -> None:
    allowed = Limits().within(**limits)
    sheet = written(tmp_path / "a.xlsx", ("s", [["a", "b"], [1, 2]]))
    same(sheet, allowed)
    contents = {
        "b.csv": b"a,b\n1,2\n",
        "c.json": b'[{"a": 1, "b": 2}]',
        "d.jsonl": b'{"a": 1, "b": 2}\n{"a": 3}',
        "e.xls": xls(("s", [])),
        "f.xlsb": xlsb(),
        "g.xlsx": bomb(16),
        "h.xlsx": bomb(16, claimed=1000),
        "i.xlsx": zipped({**parts(), "../x": "y"}),
        "j.json": b"[[[[" * 99,
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
        same(tmp_path / name, allowed)


def test_text_and_json(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("政策文件，通知。".encode("gb18030"))
    assert here(path, Limits(), task="text").value == boundary.read_text(path) == "政策文件，通知。"
    path.write_text('{"a": [1, null]}')
    assert here(path, Limits(), task="json").value == boundary.read_json(path) == {"a": [1, None]}


@pytest.mark.parametrize("way", ["marked", "rebuilt"])
def test_marking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setitem(sys.modules, "numpy", sys.modules.get("numpy"))  # marking hides it, for good
    path = written(tmp_path / "a.xlsx", ("s", [["名称"], ["甲"]]))
    mark = {"sheet": "s", "row": 2, "column": "名称", "value": "甲", "said": ["错", "wrong"]}
    said = here(path, Limits(), task="mark", way=way, marks=[mark], out=str(tmp_path / "out.xlsx"))
    assert (said.value, said.faults) == (True, [])
    assert (tmp_path / "out.xlsx").exists()


def test_too_many_marks_are_not_for_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "_MOST_UNPACKED", 10)
    monkeypatch.setitem(sys.modules, "numpy", sys.modules.get("numpy"))
    path = written(tmp_path / "a.xlsx", ("s", [["名称"], ["甲"]]))
    job = {"task": "mark", "way": "marked", "marks": [], "out": str(tmp_path / "out.xlsx")}
    assert here(path, Limits(), **job).value is False
    assert not (tmp_path / "out.xlsx").exists()
