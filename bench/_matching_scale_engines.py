"""`python -m bench._matching_scale_engines ENGINE LISTINGS PLACE`: one engine of `scripts/bench matching-scale`.

`ours` runs beside Tongtu, the others in .venv-bench. A turn asks all questions, one after the other, in one
thread; `latency` tells how long each of the last turn took; `answers` gives the listings found by each.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import _matching_scale_drawn as drawn
from bench._turns import Engine, peak_mb, serve

TOP = 10
_NEW = 50  # listings entered one by one


class Timed:
    """The questions, and how long each took."""

    def __init__(self, questions: list[Any], ask: Callable[[Any], list[int]]) -> None:
        self._questions = questions
        self._ask = ask
        self._seconds = np.zeros(len(questions))
        self._processor: list[float] = []

    def turn(self, _: Any) -> list[list[int]]:
        found, started = [], time.process_time()
        for place, question in enumerate(self._questions):
            begun = time.perf_counter()
            found.append(self._ask(question))
            self._seconds[place] = time.perf_counter() - begun
        self._processor.append(time.process_time() - started)
        return found

    def latency(self) -> dict[str, float]:
        p50, p99 = np.percentile(self._seconds, [50, 99]) * 1e3
        processor = min(self._processor) / len(self._questions) * 1e3  # what a busy machine disturbs least
        return {"p50_ms": float(p50), "p99_ms": float(p99), "processor_ms": processor, "peak_mb": peak_mb()}


def matrix(found: list[list[int]]) -> np.ndarray:
    """Numbers of the listings found, a row per question, -1 where there are fewer."""
    return np.array([row[:TOP] + [-1] * (TOP - len(row)) for row in found])


def built(make: Callable[[], None]) -> Callable[[], dict[str, float]]:
    def timed() -> dict[str, float]:
        begun = time.perf_counter()
        make()
        return {"seconds": time.perf_counter() - begun, "peak_mb": peak_mb()}

    return timed


def entered(enter: Callable[[int], bool]) -> Callable[[], dict[str, float]]:
    """How long it takes until a listing that is entered is found."""

    def timed() -> dict[str, float]:
        seconds = []
        for number in range(_NEW):
            begun = time.perf_counter()
            if not enter(number):
                raise AssertionError(f"listing {number} was entered and is not found")
            seconds.append(time.perf_counter() - begun)
        return {"p50_ms": float(np.median(seconds) * 1e3), "max_ms": max(seconds) * 1e3}

    return timed


def ours(folder: Path, place: Path) -> Engine:
    """Eligibility inside the question; for each listing found its words, what each adds, and the verdict."""
    from tongtu.text.index import Asked
    from tongtu.text.live import Live

    live = Live({"words": "text", "owner": "code", "open": "number", "trl": "number"}, place)

    def make() -> None:
        facts = np.load(folder / "facts.npz")
        each = zip(facts["open"].tolist(), facts["trl"].tolist(), facts["owner"].tolist(), strict=True)
        for number, (words, (is_open, trl, owner)) in enumerate(zip(drawn.listings(folder), each, strict=True)):
            row = {"words": words, "owner": [f"o{owner}"], "open": int(is_open), "trl": trl}
            live.add(f"listing-{number}", row)
        live.commit()

    def ask(question: dict[str, Any]) -> list[int]:
        terms, _, only, without = _question(question)
        found = live.search(terms, limit=TOP, only=only, without=without)
        owners = set(without["owner"])
        verdicts = [(d["open"], d["trl"], owners.intersection(d["owner"])) for d in found.documents]
        assert len(live.shared(terms, found)) == len(verdicts)
        return [int(key.removeprefix("listing-")) for key in found[0]]

    def enter(number: int) -> bool:
        row = {"words": [f"new{number}", *map(str, range(drawn.LENGTH - 1))], "owner": ["o1"], "open": 1, "trl": 5}
        live.add(f"new-{number}", row)
        live.commit()
        return live.search({"words": {f"new{number}": 1.0}}, limit=1).keys == [f"new-{number}"]

    def threads() -> dict[str, float]:
        """Questions per second without reasons, in one thread and in two."""
        told, asked = {}, [Asked(*_question(question)) for question in drawn.questions(folder)]
        for count in (1, 2):
            begun = time.perf_counter()
            live.search_many(asked, limit=TOP, threads=count)
            told[f"{count}_questions_per_second"] = len(asked) / (time.perf_counter() - begun)
        return told

    timed = Timed(drawn.questions(folder), ask)
    more = {"build": built(make), "latency": timed.latency, "enter": entered(enter), "threads": threads}
    return Engine(timed.turn, matrix, more=more)


def _question(asked: dict[str, Any]) -> tuple[Any, None, Any, Any]:
    """Terms, no codes, what is required and what is barred."""
    terms = {"words": dict.fromkeys(map(str, asked["terms"]), 1.0)}
    only = {"open": [1], "trl": drawn.levels(asked["trl_min"])}
    return terms, None, only, {"owner": [f"o{owner}" for owner in asked["barred"]]}


def raw(folder: Path, place: Path) -> Engine:
    """tantivy as it comes: the ten best listings, no filter, no reasons."""
    import tantivy
    from tantivy import Occur, Query

    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("number", fast=True, indexed=True)
    schema.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    place.mkdir()
    index = tantivy.Index(schema.build(), path=str(place))
    writer = index.writer(256 << 20, num_threads=1)

    def add(number: int, words: list[str]) -> None:
        row = tantivy.Document()
        row.add_integer("number", number)
        row.add_text("words", " ".join(words))
        writer.add_document(row)

    def shown() -> None:
        writer.commit()
        index.reload()

    def make() -> None:
        for number, words in enumerate(drawn.listings(folder)):
            add(number, words)
        shown()

    def ask(question: dict[str, Any]) -> list[int]:
        return best(list(map(str, question["terms"])), TOP)

    def best(words: list[str], limit: int) -> list[int]:
        searcher = index.searcher()
        each = [(Occur.Should, Query.term_query(index.schema, "words", word, "freq")) for word in words]
        hits = searcher.search(Query.boolean_query(each), limit, count=False).hits
        return list(searcher.fast_field_values("number", [address for _, address in hits]))

    def enter(number: int) -> bool:
        add(-1 - number, [f"new{number}", *map(str, range(drawn.LENGTH - 1))])
        shown()
        return best([f"new{number}"], 1) == [-1 - number]

    timed = Timed(drawn.questions(folder), ask)
    return Engine(timed.turn, matrix, more={"build": built(make), "latency": timed.latency, "enter": entered(enter)})


def bm25s(folder: Path, _: Path) -> Engine:
    """bm25s with numba, given the numbers of words, so that it need not cut texts; no filter, no reasons."""
    import bm25s
    from bm25s.tokenization import Tokenized

    retriever = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numba")
    vocabulary = {str(word): word for word in range(drawn.WORDS)}

    def make() -> None:
        words = np.load(folder / "words.npy").tolist()
        retriever.index(Tokenized(ids=words, vocab=vocabulary), show_progress=False)
        ask(drawn.questions(folder)[0])  # numba compiles at the first question

    def ask(question: dict[str, Any]) -> list[int]:
        asked = [[str(word) for word in question["terms"]]]
        found, _ = retriever.retrieve(asked, k=TOP, n_threads=1, show_progress=False)
        return list(map(int, found[0]))

    timed = Timed(drawn.questions(folder), ask)
    return Engine(timed.turn, matrix, more={"build": built(make), "latency": timed.latency})


ENGINES = {"ours": ours, "tantivy": raw, "bm25s": bm25s}

if __name__ == "__main__":
    engine, folder, place = sys.argv[1:]
    serve(ENGINES[engine](Path(folder), Path(place)))
