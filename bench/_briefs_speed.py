"""Briefs, speed: from HTML files to briefs, beside newspaper4k (reading) and sumy (summarising) where installed.

    --data FOLDER   briefs/us_ai_laws.csv and briefs/article_1.txt …

Pages are written as outlets have them: navigation, a headline, outlet and day, paragraphs, sharing, rights. There is
one for each law (name and summaries) and each article; figures in `_long` are of the articles and of round-ups of
consecutive laws of at least 3,000 characters, and reading and summarising are compared on these.

    documents_per_second    files through the import boundary, facts, gathering, briefs; one process, no registry
    reading_to_newspaper4k  seconds of newspaper4k over ours for the same HTML, from file to title, day and text
    summary_to_sumy         seconds of sumy's TextRank over ours for the same text and five sentences; ours ranks
                            sentences by the same method and reads the facts for it

Medians of rounds in which all take turns in one process, after one round that does not count. sumy is given a
tokeniser of its own kind made of two patterns, for its usual one has to be downloaded.
"""

from __future__ import annotations

import csv
import html
import re
import time
from collections.abc import Callable, Iterable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tongtu import packs
from tongtu.brief.document import Document
from tongtu.brief.facts import extract
from tongtu.brief.writing import ranked
from tongtu.chain import briefing

LAWS, ARTICLES = "us_ai_laws.csv", "article_*.txt"
GOALS = {"documents_per_second": 20}
AS_OF = date(2026, 11, 23)
_LENGTH, _SENTENCES = 3_000, 5
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - The Policy Gazette</title>
<meta property="article:published_time" content="2026-{month:02}-{day:02}T08:00:00Z"></head><body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/policy">Policy</a></li><li><a href="/jobs">Jobs</a></li></ul></nav></header>
<main><article><h1>{title}</h1><p class="by">Source: The Policy Gazette, 2026-{month:02}-{day:02}</p>
{body}
</article><aside><h2>Related</h2><ul><li><a href="/a">More news</a></li><li><a href="/b">Newsletter</a></li></ul></aside></main>
<footer><p>Share on social media</p><p>All rights reserved.</p></footer></body></html>"""  # noqa: E501

Work = Callable[[], object]


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    folder = next((p for p in (data, data / "briefs") if (p / LAWS).exists()), None) if data else None
    if folder is None:
        raise SystemExit(f"Give --data the folder that holds {LAWS}.")
    pack = packs.load("cn")
    rounds = 2 if quick else 7
    with TemporaryDirectory() as place:
        pages = _written(Path(place) / "pages", _laws(folder) + _articles(folder))
        long = _written(Path(place) / "long", _articles(folder) + _round_ups(folder))
        documents = briefing.documents_of(long)
        works: dict[str, Work] = {
            "briefs": lambda: briefing.compose(briefing.documents_of(pages), pack, AS_OF),
            "briefs_long": lambda: briefing.compose(briefing.documents_of(long), pack, AS_OF),
            "reading": lambda: briefing.documents_of(long),
            "summary": lambda: [_ranked(document, pack) for document in documents],
        }
        if find_spec("newspaper"):
            works["newspaper4k"] = lambda: [_newspaper(path) for path in long]
        if find_spec("sumy"):
            works["sumy"] = lambda: [_sumy(document.text) for document in documents]
        seconds = _turns(works, rounds, progress)
    figures: dict[str, Any] = {
        "pages": len(pages), "pages_long": len(long),
        "characters_per_page_long": round(sum(len(document.text) for document in documents) / len(documents)),
        "documents_per_second": round(len(pages) / seconds["briefs"], 1),
        "documents_per_second_long": round(len(long) / seconds["briefs_long"], 1),
        "read_per_second_long": round(len(long) / seconds["reading"], 1),
    }  # fmt: skip
    if "newspaper4k" in seconds:
        figures["reading_to_newspaper4k"] = round(seconds["newspaper4k"] / seconds["reading"], 2)
    if "sumy" in seconds:
        figures["summary_to_sumy"] = round(seconds["sumy"] / seconds["summary"], 2)
    rows = [{"work": name, "seconds": round(value, 4)} for name, value in seconds.items()]
    return {"figures": figures, "goals": GOALS, "rows": rows}


def _turns(works: dict[str, Work], rounds: int, progress: Callable[..., None]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            if turn:
                times[name].append(time.perf_counter() - begun)
        progress(f"round {turn} of {rounds}")
    return {name: median(taken) for name, taken in times.items()}


Page = tuple[str, list[str]]


def _laws(folder: Path) -> list[Page]:
    """Title and paragraphs of each law."""
    with (folder / LAWS).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        (row["Casual name"] or row["Official name"], [row["Official name"], row["Short summary"], row["Long summary"]])
        for row in rows
    ]


def _articles(folder: Path) -> list[Page]:
    pages: list[Page] = []
    for path in sorted(folder.glob(ARTICLES)):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        pages.append((max(lines[:3], key=len), lines))
    return pages


def _round_ups(folder: Path) -> list[Page]:
    """Laws in their order, as many to a page as make an article."""
    pages: list[Page] = []
    held: list[str] = []
    for title, paragraphs in _laws(folder):
        held += paragraphs
        if sum(map(len, held)) >= _LENGTH:
            pages.append((f"Round-up: {title}", held))
            held = []
    return pages


def _written(folder: Path, pages: Iterable[Page]) -> list[Path]:
    folder.mkdir()
    paths = []
    for number, (title, paragraphs) in enumerate(pages):
        body = "\n".join(f"<p>{html.escape(text)}</p>" for text in paragraphs if text)
        path = folder / f"{number:03}.html"
        month, day = 1 + number % 10, 1 + number % 27
        path.write_text(_PAGE.format(title=html.escape(title), body=body, month=month, day=day), encoding="utf-8")
        paths.append(path)
    return paths


def _ranked(document: Document, pack: Any) -> object:
    return ranked(document, extract(document, briefing.words_of(pack)), most=_SENTENCES)


def _newspaper(path: Path) -> str:
    from newspaper import Article

    article = Article("https://example.org/page", language="en")
    article.download(input_html=path.read_text(encoding="utf-8"))
    article.parse()
    return f"{article.title} {article.publish_date} {article.text}"


class _Tokens:
    """What sumy asks of a tokeniser."""

    def to_sentences(self, text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in re.split(r"(?<=[.!?。！？])\s*", text) if part.strip())

    def to_words(self, text: str) -> tuple[str, ...]:
        return tuple(re.findall(r"\w+", text))


def _sumy(text: str) -> object:
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.text_rank import TextRankSummarizer

    return TextRankSummarizer()(PlaintextParser.from_string(text, _Tokens()).document, _SENTENCES)
