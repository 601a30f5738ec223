"""A live index against one built from nothing, against crashes and against damage."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tongtu.terms.faults import DataRefused, TongtuError, UsageFault
from tongtu.text import Index, build
from tongtu.text.live import Live

FIELDS = {"words": "text", "title": "text", "holder": "code", "level": "number"}
KEYS = st.sampled_from([f"k{i}" for i in range(8)])
WORDS = st.lists(st.sampled_from("abcdef"), max_size=50)
QUESTION = {"words": {"a": 1.0, "b": 2.0, "c": 1.0}, "title": {"a": 3.0, "d": 1.0}}


def _document(words: list[str], level: int = 1) -> dict[str, list[str] | int]:
    return {"words": words, "title": words[:2], "holder": [f"h{len(words) % 3}"], "level": level}


def _built(documents: dict[str, list[str]]) -> Index:
    return build([_document(words) for words in documents.values()], FIELDS)


def _same(live: Live, documents: dict[str, list[str]]) -> None:
    """Answers, scores and statistics are those of an index built from nothing."""
    fresh, keys = _built(documents), list(documents)
    for only in ({}, {"level": [1]}, {"holder": ["h1", "h2"]}):
        expected = fresh.search(QUESTION, limit=5, only=only)
        found = live.search(QUESTION, limit=5, only=only)
        assert found.keys == [keys[n] for n in expected.numbers]
        assert found.scores == pytest.approx(expected.scores, rel=1e-6)
    for term in "abcdef":
        assert live.index.idf("words", term) == pytest.approx(fresh.idf("words", term), rel=1e-12)
    counts = {"a": 2.0, "c": 1.0}
    assert live.index.score("words", counts, counts) == pytest.approx(fresh.score("words", counts, counts), rel=1e-6)


class LiveAgainstBuilt(RuleBasedStateMachine):
    """Whatever is done to it, a live index holds what was committed; compacted, it equals one built from nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.live = Live(FIELDS)
        self.committed: dict[str, list[str]] = {}
        self.pending: dict[str, list[str]] = {}

    @rule(key=KEYS, words=WORDS)
    def add(self, key: str, words: list[str]) -> None:
        self.live.add(key, _document(words))
        self.pending.pop(key, None)
        self.pending[key] = words

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        assert self.live.delete(key) == (self.pending.pop(key, None) is not None)

    @rule()
    def commit(self) -> None:
        before = self.live.generation
        assert self.live.commit("here") in (before, before + 1)
        self.committed = dict(self.pending)

    @rule()
    def rollback(self) -> None:
        self.live.rollback()
        self.pending = dict(self.committed)

    @precondition(lambda self: self.pending)
    @rule()
    def compact(self) -> None:
        self.live.compact()
        self.committed = dict(self.pending)
        assert self.live.lingering == 0
        _same(self.live, self.committed)

    @invariant()
    def holds_what_was_committed(self) -> None:
        assert len(self.live) == len(self.committed)
        found = self.live.search(QUESTION, limit=10)
        asked = {key for key, words in self.committed.items() if {"a", "b", "c"} & set(words) or "d" in words[:2]}
        assert set(found.keys) == asked
        for score, parts in zip(found.scores, self.live.shared(QUESTION, found), strict=True):
            assert sum(sum(of.values()) for of in parts.values()) == pytest.approx(score, rel=1e-5)

    def teardown(self) -> None:
        self.live.close()


TestLiveAgainstBuilt = LiveAgainstBuilt.TestCase
TestLiveAgainstBuilt.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def _filled(folder: Path | None, count: int = 60, seed: int = 1) -> tuple[Live, dict[str, list[str]]]:
    draw = random.Random(seed)
    documents = {f"k{i}": draw.choices("abcdef", k=draw.randint(1, 60)) for i in range(count)}
    live = Live(FIELDS, folder)
    for key, words in documents.items():
        live.add(key, _document(words))
    live.commit("start")
    return live, documents


def test_opened_again_it_is_where_it_was_left(tmp_path: Path) -> None:
    live, documents = _filled(tmp_path)
    live.delete("k7")
    live.update("k3", _document(["d", "a"]))
    live.commit("later")
    live.add("lost", _document(["a"]))
    live.close()
    del documents["k7"], documents["k3"]
    documents["k3"] = ["d", "a"]
    with Live(FIELDS, tmp_path) as again:
        assert (again.generation, again.position, len(again), again.rebuilt) == (2, "later", 59, False)
        assert again.document("k3") == _document(["d", "a"])
        assert again.document("k7") is None
        assert again.lingering == 2
        again.compact()
        _same(again, documents)
        assert [p.name for p in tmp_path.glob("words-*")] == ["words-2"]


def test_deleted_text_drifts_little_and_is_gone_from_the_disk_once_compacted(tmp_path: Path) -> None:
    live, documents = _filled(tmp_path, 400)
    live.add("secret", {"words": ["thesecretword"]})
    live.commit()
    live.delete("secret")
    for i in range(0, 400, 10):
        live.delete(f"k{i}")
        del documents[f"k{i}"]
    live.commit()
    assert 40 <= live.lingering <= 41  # a segment of nothing but deleted documents goes at once
    fresh = _built(documents)
    kept = live.search(QUESTION, limit=20)
    exact = fresh.search(QUESTION, limit=400)
    keys = list(documents)
    truth = {keys[n]: score for n, score in zip(*exact, strict=True)}
    assert all(abs(s / truth[k] - 1) < 0.05 for k, s in zip(kept.keys, kept.scores, strict=True))
    live.compact()
    _same(live, documents)
    live.add("another", _document(["a"]))
    live.commit()  # from here on no reader can still be at a document that has ended
    live.close()
    assert not any(b"thesecretword" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_second_writer_is_told_and_a_reader_sees_commits(tmp_path: Path) -> None:
    live, _ = _filled(tmp_path)
    with pytest.raises(UsageFault) as told:
        Live(FIELDS, tmp_path)
    assert told.value.faults[0].what.code == "text.index-busy"
    reader = Live(FIELDS, tmp_path, write=False)
    live.add("new", _document(["f", "f", "f"]))
    live.commit("more")
    assert reader.position == "start"
    reader.refresh()
    assert (reader.position, len(reader)) == ("more", 61)
    live.delete("new")
    live.compact()
    found = reader.search({"words": {"f": 1.0}}, limit=61)  # meets a document that is gone, and refreshes itself
    assert found == live.search({"words": {"f": 1.0}}, limit=61)
    assert "new" not in found.keys
    for change in (lambda: reader.add("x", _document(["a"])), reader.compact, lambda: reader.delete("k1")):
        with pytest.raises(UsageFault):
            change()
    reader.close()
    live.close()


def test_searches_go_on_while_it_is_changed_and_compacted(tmp_path: Path) -> None:
    live, _ = _filled(tmp_path, 300)
    ended, answers = threading.Event(), []

    def ask() -> None:
        while not ended.is_set():
            answers.append(live.search(QUESTION, limit=5))

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        for turn in range(6):
            live.add("k1", _document(["a"] * (turn + 1)))
            live.delete(f"k{turn + 20}")
            live.commit()
            live.compact()
        ended.set()
        for each in asking:
            each.result()
    assert all(len(found.keys) == 5 for found in answers)
    live.close()


CHILD = f"""
import os, signal, sys
from pathlib import Path
from tongtu.text.live import Live

die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
live = Live({FIELDS}, Path(sys.argv[1]))

class Dying:
    def __init__(self, inner, when):
        self.inner, self.when = inner, when
    def __getattr__(self, name):
        return getattr(self.inner, name)
    def commit(self, *given):
        if self.when == "before":
            die()
        self.inner.commit(*given)
        die()

def entered(n):
    live.add(f"k{{n % 40}}", {{"words": ["a"] * (n % 7 + 1) + ["b"] * (n % 3)}})
    if n % 5 == 0:
        live.delete(f"k{{(n * 7) % 40}}")

def commits(first, last):
    for n in range(first, last):
        entered(n)
        live.commit(str(n))
        print(n, flush=True)
"""

POINTS = {
    "between add and commit": "entered(30); die()",
    "before the record is committed": "live._record = Dying(live._record, 'before'); commits(30, 31)",
    "after the record, before the index": "live._record = Dying(live._record, 'after'); commits(30, 31)",
    "as the index is committed": "live._writer = Dying(live._writer, 'before'); commits(30, 31)",
    "after the index": "live._writer = Dying(live._writer, 'after'); commits(30, 31)",
    "while compacting": "live._record = Dying(live._record, 'before'); live.compact()",
}


def _replayed(position: str) -> dict[str, list[str]]:
    documents: dict[str, list[str]] = {}
    for n in range(int(position) + 1):
        documents.pop(f"k{n % 40}", None)
        documents[f"k{n % 40}"] = ["a"] * (n % 7 + 1) + ["b"] * (n % 3)
        if n % 5 == 0:
            documents.pop(f"k{(n * 7) % 40}", None)
    return documents


def _is_at_a_commit(folder: Path, at_least: int) -> None:
    with Live(FIELDS, folder) as live:
        assert live.generation == int(live.position) + 1 > at_least
        documents = _replayed(live.position)
        assert set(live.search({"words": {"a": 1.0}}, limit=100).keys) == set(documents)
        live.compact()
        fresh, keys = build([{"words": words} for words in documents.values()], FIELDS), list(documents)
        expected = fresh.search({"words": {"b": 1.0}}, limit=100)
        found = live.search({"words": {"b": 1.0}}, limit=100)
        assert (found.keys, found.scores) == ([keys[n] for n in expected.numbers], pytest.approx(expected.scores))


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_is_at_a_commit(point: str, tmp_path: Path) -> None:
    code = CHILD + f"commits(0, 30); {POINTS[point]}"
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    _is_at_a_commit(tmp_path, int(ended.stdout.split()[-1]))


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_time_it_is_at_a_commit(seed: int, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD + "commits(0, 100_000)", str(tmp_path)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    told = [child.stdout.readline() for _ in range(10)]
    time.sleep(random.Random(seed).random() * 0.3)
    os.kill(child.pid, signal.SIGKILL)
    told += child.communicate()[0].split()
    _is_at_a_commit(tmp_path, int(told[-1]))


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size and p.suffix != ".lock")


def test_a_byte_changed_anywhere_is_mended_or_named(tmp_path: Path) -> None:
    """Never a traceback, never a wrong answer."""
    live, _ = _filled(tmp_path / "whole")
    expected = live.search(QUESTION, limit=10)
    live.close()
    draw, mended, named = random.Random(5), 0, []
    for turn in range(40):
        folder = tmp_path / "hurt"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tmp_path / "whole", folder)
        files = _files(folder)
        path = files[turn % len(files)]
        content = bytearray(path.read_bytes())
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(content)
        try:
            with Live(FIELDS, folder) as again:
                found = again.search(QUESTION, limit=10)
                assert found.keys == expected.keys, path
                assert found.scores == pytest.approx(expected.scores, rel=1e-6)
                mended += again.rebuilt
        except TongtuError as fault:
            named += fault.faults
    assert mended > 10
    assert all(fault.repair is not None for fault in named)


@pytest.mark.parametrize("lost", ["meta.json", "*.idx", "*.store", "*"])
def test_an_index_that_lost_files_is_built_anew_from_the_record(lost: str, tmp_path: Path) -> None:
    live, documents = _filled(tmp_path)
    live.close()
    for path in (tmp_path / "words-1").glob(lost):
        path.unlink()
    with pytest.raises(DataRefused):
        Live(FIELDS, tmp_path, write=False)
    with Live(FIELDS, tmp_path) as again:
        assert again.rebuilt
        assert again.position == "start"
        _same(again, documents)


def _foreign(folder: Path, what: str) -> None:
    record = folder / "record.sqlite"
    match what:
        case "another file":
            record.unlink()
        case "no database":
            record.write_bytes(b"workbook" * 600)
        case "empty":
            record.write_bytes(b"")
        case "cut":
            record.write_bytes(record.read_bytes()[:9000])
        case "another format":
            with sqlite3.connect(record) as sql:
                sql.execute("PRAGMA user_version = 99")
            sql.close()
        case "another program":
            record.unlink()
            with sqlite3.connect(record) as sql:
                sql.execute("CREATE TABLE t (x)")
            sql.close()


@pytest.mark.parametrize("what", ["another file", "no database", "empty", "cut", "another format", "another program"])
def test_what_is_no_index_of_ours_is_named(what: str, tmp_path: Path) -> None:
    live, _ = _filled(tmp_path)
    live.close()
    _foreign(tmp_path, what)
    with pytest.raises(DataRefused) as told:
        Live(FIELDS, tmp_path)
    assert told.value.faults[0].what.code in ("text.index-foreign", "text.index-damaged")
    assert str(tmp_path) in told.value.say("zh")


def test_other_fields_and_no_index_are_named(tmp_path: Path) -> None:
    live, _ = _filled(tmp_path / "one")
    live.close()
    with pytest.raises(UsageFault) as other:
        Live({"words": "text"}, tmp_path / "one")
    assert other.value.faults[0].what.code == "text.index-fields"
    with pytest.raises(UsageFault) as none:
        Live(FIELDS, tmp_path / "two", write=False)
    assert none.value.faults[0].what.code == "text.index-missing"


def test_a_full_disk_is_named_and_loses_nothing(tmp_path: Path) -> None:
    live, documents = _filled(tmp_path)

    class Full:
        def __init__(self, inner: object) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def commit(self) -> None:
            raise ValueError("No space left on device")

    live._writer = Full(live._writer)
    live.delete("k5")
    live.add("new", _document(["a"]))
    with pytest.raises(UsageFault) as told:
        live.commit("later")
    assert told.value.faults[0].what.code == "text.index-unwritable"
    live.close()
    del documents["k5"]
    with Live(FIELDS, tmp_path) as again:
        assert again.position == "later"
        again.compact()
        _same(again, documents | {"new": ["a"]})


def test_a_document_that_cannot_be_taken_changes_nothing(tmp_path: Path) -> None:
    live, documents = _filled(tmp_path)
    with pytest.raises(KeyError):
        live.add("k1", {"unheard": ["a"]})
    with pytest.raises((TypeError, OverflowError, ValueError)):
        live.add("k1", {"level": 1 << 70})
    live.commit()
    _same(live, documents)
    live.close()
