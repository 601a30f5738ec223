"""Forward-looking statements of a document, sentence by sentence.

A sentence is a claim where it speaks of the future (expects, will, 预计, 有望), or where it stands in a part of the
text that is headed as an outlook and opens with a change. Not claims: questions; orders (Requires the Secretary …);
what was expected before; targets.
A target is what an official instrument or body sets itself, in its own text or as others report it; a plain "will" of
an official text is such an undertaking too, so there only a forecast in so many words (预计) counts.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from tongtu.brief.claims import measured, speakers
from tongtu.brief.claims.cues import Cue, Cues, cues
from tongtu.brief.claims.tables import CLAIMS, OPEN
from tongtu.brief.dates import Dated, dates_in
from tongtu.brief.document import HEADING, ITEM, PARAGRAPH, Document
from tongtu.brief.facts import Facts, Lexicon, clauses
from tongtu.brief.facts.lexicon import any_of
from tongtu.brief.facts.plain import plain
from tongtu.terms.why import Why
from tongtu.text import is_han

Row = dict[str, Any]

_OFFICIAL = frozenset(("ministry", "local"))
_SURE = {"certain": 0.75, "likely": 0.9, "possible": 0.6, "outlook": 0.55}
_MEASURED, _DATED = 0.05, 0.05
_BINDING = 4  # strength from which an instrument sets targets; speeches and reports stand below
_LETTERS = 4  # a sentence with fewer says nothing
_LINE = re.compile(r"[^\n]+")
_ASKS = re.compile(r"[?]\s*[”\"')]*\s*$")


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence that speaks of the future: its place, its cue (null in an outlook), the words of it, folded."""

    start: int
    end: int
    text: str
    cue: Cue | None
    modality: str


def claims(document: Document, facts: Facts, lexicon: Lexicon) -> pl.DataFrame:
    """The forecasts of a document in reading order: one row for each forecast figure, one for a sentence without any.

    Columns (`CLAIMS`): claim (twelve hex digits), document, start, end and statement (the sentence, word for word),
    source (speaker, else outlet, else the address's host), speaker (null where nobody is named), modality (certain
    likely possible), conditional, measure (a registry statistic or a listed measure; null for neither) with measure_zh
    and measure_en, what (the source's words for it), scope (a region's code; null for the whole country), operator,
    low, high, unit (as the text counts), form (to: a level, by: a step), observed_unit and observed_factor (what one
    `unit` counts in the unit the statistic is published in), tolerance (relative), figure_start, figure_end, made,
    due (last day of the period named), due_precision, state (open), confidence, why.
    """
    reader = _Reader(document, facts, lexicon)
    rows = [row for said in reader.sentences() for row in reader.rows(said)]
    return pl.DataFrame(rows, schema=CLAIMS)


class _Places:
    """Facts of one kind by where they stand, so that a long text costs no more by the sentence than a short one."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.rows: list[Row] = frame.sort("start", "end").to_dicts()
        self._starts: list[int] = [row["start"] for row in self.rows]

    def between(self, start: int, end: int) -> list[Row]:
        return self.rows[bisect_left(self._starts, start) : bisect_left(self._starts, end)]


class _Reader:
    def __init__(self, document: Document, facts: Facts, lexicon: Lexicon) -> None:
        self.document, self.facts, self.lexicon = document, facts, lexicon
        self.text = plain(document.text)
        self.cues: Cues = cues(lexicon)
        self.figures, self.actors, self.instruments = map(_Places, (facts.figures, facts.actors, facts.instruments))
        self.deadlines = frozenset(facts.dates.filter(pl.col("kind") == "deadline")["start"])
        rows = lexicon.rows("scoring")
        self.tolerance = {r["name"]: float(r["value"]) for r in rows if r["score"] == "claims"}
        self.regions = _regions(lexicon)
        self.instrument = self._is_instrument()
        self.official = document.official or self.instrument
        title = plain(document.title)
        at = max(self.text.find(title), 0)
        self.reported = not self.official and self._reports(at, at + len(title), title)

    def _is_instrument(self) -> bool:
        """Whether the text is an official instrument by its own title, though no outlet says so."""
        title = plain(self.document.title).strip("《》 ")
        binding = {plain(row["name"]) for row in self.instruments.rows if row["strength"] >= _BINDING}
        return title in binding and any(map(is_han, title))  # an English headline may hold the word plan anywhere

    # which sentences

    def sentences(self) -> Iterator[_Said]:
        outlook = False
        for kind, start, end in self._runs():
            if kind == HEADING:
                outlook = self.cues.heads("outlook", self.text[start:end])
                continue
            reporting = self.reported
            for piece in clauses.sentences(self.text[start:end]):
                first, last = _trimmed(self.text, start + piece[0], start + piece[1])
                reporting = reporting or (not self.official and self._reports(first, last, self.text[first:last]))
                said = self._said(first, last, outlook)
                if said is not None and not (reporting and self._goes_on(said)):
                    yield said

    def _runs(self) -> list[tuple[str, int, int]]:
        if not self.document.blocks:
            return [(PARAGRAPH, *line.span()) for line in _LINE.finditer(self.text)]
        kinds = (PARAGRAPH, ITEM, HEADING)
        return [(block.kind, block.start, block.end) for block in self.document.blocks if block.kind in kinds]

    def _said(self, start: int, end: int, outlook: bool) -> _Said | None:
        text = self.text[start:end]
        if sum(map(str.isalpha, text)) < _LETTERS or _ASKS.search(text) or self.cues.opens("orders", text):
            return None
        found = self.cues.forecasts(text)
        if self.official:
            found = [cue for cue in found if cue.modality == "likely"]
        if found:
            said = _Said(start, end, text, found[0], found[0].modality)
            return None if self._is_target(said) else said
        if outlook and not self.official and self.cues.opens("change", text):
            return _Said(start, end, text, None, "likely")
        return None

    def _is_target(self, said: _Said) -> bool:
        """Whether it is what an official instrument or body has set: its own, or as it is reported here."""
        if self.instrument and any(f["kind"] == "target" for f in self._forecast_figures(said)):
            return True
        if self.official or said.modality == "likely":
            return self.cues.says("aim", said.text) and self._is_official(said.start, said.end, said.text)
        if self._by_instrument(said) and self._forecast_figures(said):
            return True
        return self._reports(said.start, said.end, said.text)

    def _by_instrument(self, said: _Said) -> bool:
        """Whether a plain "will" stands beside the instrument that sets it: 据《行动计划》，到2027年将达到…"""
        return said.modality == "certain" and bool(self.instruments.between(said.start, said.end))

    def _reports(self, start: int, end: int, text: str) -> bool:
        """Whether a sentence tells what an official instrument or body sets or aims at."""
        sets = self.cues.says("aim", text) or self.cues.says("sets", text)
        return sets and self._is_official(start, end, text)

    def _is_official(self, start: int, end: int, text: str) -> bool:
        named = any(row["kind"] in _OFFICIAL for row in self.actors.between(start, end))
        titled = bool(self.instruments.between(start, end))
        return self.official or named or titled or self.cues.says("instrument", text)

    def _goes_on(self, said: _Said) -> bool:
        """Whether a sentence goes on telling what an instrument sets: a plain "will" with a figure, by nobody else."""
        return said.modality == "certain" and bool(self._forecast_figures(said)) and self._speaker(said) is None

    # what each says

    def rows(self, said: _Said) -> Iterator[dict[str, Any]]:
        speaker = self._speaker(said)
        dated = _dated(self.document, said)
        figures: list[Row | None] = [*self._forecast_figures(said)]
        for figure in figures or [None]:
            yield self._row(said, speaker, dated, figure)

    def _speaker(self, said: _Said) -> str | None:
        actors = self.actors.between(said.start, said.end)
        return speakers.speaker(self.document.text, said.start, said.text, said.cue, actors, self.cues)

    def _forecast_figures(self, said: _Said) -> list[Row]:
        """The figures that are foretold: of those behind the first cue the targets, else all but what has been."""
        begin = said.start + (said.cue.start if said.cue else 0)
        inside = [f for f in self.figures.between(said.start, said.end) if f["unit_written"]]
        ahead = [f for f in inside if f["kind"] not in ("outcome", "change", "limit") and f["family"] != "time"]
        behind = [f for f in ahead if f["start"] >= begin] or ahead
        return [f for f in behind if f["kind"] == "target"] or behind

    def _row(self, said: _Said, speaker: str | None, dated: Sequence[Dated], figure: Row | None) -> dict[str, Any]:
        made = self.document.published
        due, precision = measured.due(dated, self.deadlines, figure, made)
        told = self._told(said, figure) if figure is not None else {}
        sure = _SURE["outlook"] if said.cue is None else _SURE[said.modality]
        sure += (_MEASURED if told.get("measure") else 0.0) + (_DATED if due else 0.0)
        return {
            **dict.fromkeys(CLAIMS), "claim": self._id(said, figure), "document": self.document.id,
            "start": said.start, "end": said.end, "statement": self.document.text[said.start : said.end],
            "source": speaker or self.document.outlet or _host(self.document.address), "speaker": speaker,
            "modality": said.modality, "conditional": self.cues.says("condition", said.text),
            "scope": self._scope(said), "made": made, "due": due, "due_precision": precision, "state": OPEN,
            **told, "confidence": round(min(sure, 1.0), 2), "why": self._why(said, speaker, told, due).to_json(),
        }  # fmt: skip

    def _told(self, said: _Said, figure: Row) -> Row:
        before = [f["end"] for f in self.figures.between(said.start, figure["start"])]
        after = max(before, default=said.start)
        found = measured.measure(figure, self.text, (said.start, said.end), after, self.lexicon)
        operator, low, high = measured.bounds(figure, self.text[after : figure["start"]], self.cues)
        told = {
            "what": figure["what"], "operator": operator, "low": low, "high": high, "unit": figure["unit"],
            "form": figure["form"], "tolerance": self.tolerance.get(operator, 0.0),
            "figure_start": figure["start"], "figure_end": figure["end"],
        }  # fmt: skip
        if found is None:
            return told
        return {
            **told, "measure": found.code, "measure_zh": found.label.zh, "measure_en": found.label.en,
            "form": "to" if found.growth else figure["form"], "observed_unit": found.unit,
            "observed_factor": found.factor,
        }  # fmt: skip

    def _scope(self, said: _Said) -> str | None:
        pattern, codes = self.regions
        found = pattern.search(said.text)
        return codes[found.group()] if found else None

    def _id(self, said: _Said, figure: Mapping[str, Any] | None) -> str:
        at = figure["start"] if figure is not None else -1
        return hashlib.sha256(f"{self.document.id}\n{said.start}-{said.end}\n{at}".encode()).hexdigest()[:12]

    def _why(self, said: _Said, speaker: str | None, told: Mapping[str, Any], due: Any) -> Why:
        parts = [Why("brief_claims.by-outlook") if said.cue is None
                 else Why(f"brief_claims.by-{said.modality}", {"cue": self._written(said)})]  # fmt: skip
        parts.append(Why("brief_claims.said-by", {"name": speaker}) if speaker else Why("brief_claims.nobody-named"))
        if not told:
            parts.append(Why("brief_claims.no-figure"))
        elif told.get("measure") is None:
            parts.append(Why("brief_claims.no-measure", {"what": told["what"]}))
        if due is None:
            parts.append(Why("brief_claims.no-date"))
        return Why("brief_claims.forecast", {}, tuple(parts))

    def _written(self, said: _Said) -> str:
        assert said.cue is not None
        return self.document.text[said.start + said.cue.start : said.start + said.cue.end]


@lru_cache(maxsize=8)
def _regions(lexicon: Lexicon) -> tuple[re.Pattern[str], dict[str, str]]:
    """Names of regions, folded, with their codes."""
    names: dict[str, str] = {}
    for code, label in lexicon.vocabularies.get("region", {}).items():
        for name in (label.zh, label.en):
            names.setdefault(plain(name), code)
    for name, code in lexicon.aliases.get("region", {}).items():
        names.setdefault(plain(name), code)
    names = {name: code for name, code in names.items() if len(name) > 1}
    return re.compile(any_of(names)), names


def _dated(document: Document, said: _Said) -> list[Dated]:
    """The dates of a sentence, in characters of the document."""
    found = dates_in(document.text[said.start : said.end], document.published)
    return [replace(d, start=d.start + said.start, end=d.end + said.start) for d in found]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    inner = piece.lstrip(" \n\t-•·*")
    return start + len(piece) - len(inner), start + len(piece.rstrip())


def _host(address: str) -> str | None:
    return (urlsplit(address).hostname or "").removeprefix("www.") or None if "://" in address else None
