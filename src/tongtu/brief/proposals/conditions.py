"""One condition read: the words of a clause and its figure become a check, a title to be held, or a question.

    近2年研发费用合计不低于1500万元        a measure over two years, >= 1500万元
    每年研发费用占营业收入比重均不低于3%    a ratio, asked of each year
    拥有专精特新中小企业称号               a title held
    具有良好信用                          nothing that can be computed: a person decides

A clause is understood as a whole or not at all. An item in which one part may limit another (对…的企业, 除…外, 或) and
is not understood goes to a person as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.brief.proposals import words
from tongtu.brief.proposals.draft import Check, Leaf
from tongtu.brief.proposals.meanings import Meanings
from tongtu.brief.proposals.thresholds import Row, Said, Threshold, threshold
from tongtu.terms.why import Label, Why
from tongtu.terms.words import word

_PARTS = re.compile(r"[,;。]|;(?=\s)|\.(?=\s|$)")
_INSIDE = re.compile(r"\([^()]*\)|(?<=\d),(?=\d{3})|\d\.\d")
_LISTED = re.compile(r"、")
_LISTED_NAME, _TITLE = 0.8, 0.8
_LONGEST, _CLAUSES = 400, 40  # characters of a quotation and clauses of an item, at most


@dataclass(frozen=True, slots=True)
class Clause:
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """What a document says, ready to be asked about a place: its text folded, its figures, titles and tiers.

    `titles` may be asked to be held (`holds` says whether this scheme can), `tiers` are what the rule awards.
    """

    text: str
    source: str
    figures: Sequence[Row]
    titles: Sequence[Row]
    tiers: Sequence[Row]
    meanings: Meanings
    currency: str
    holds: bool

    def inside(self, rows: Sequence[Row], start: int, end: int) -> list[Row]:
        """The rows within a stretch; they come in the order of the text."""
        first, last = (bisect_left(rows, place, key=lambda row: row["start"]) for place in (start, end))
        return [row for row in rows[first:last] if row["end"] <= end]

    def quote(self, start: int, end: int) -> str:
        """The words of a stretch on one line, those of a very long one cut short."""
        said = " ".join(self.source[start : min(end, start + 2 * _LONGEST)].split())
        return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


def clauses(text: str, start: int, end: int, at: re.Pattern[str] = _PARTS) -> list[Clause]:
    """The clauses of a stretch, without the blanks and signs around them; brackets are not cut."""
    closed = [match.span() for match in _INSIDE.finditer(text, start, end)]
    cuts = [m.span() for m in at.finditer(text, start, end) if not any(a <= m.start() < b for a, b in closed)]
    edges = [start, *(place for cut in cuts for place in cut), end]
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        inner = text[first:last]
        left = len(inner) - len(inner.lstrip(" \n\t,;:、"))
        if inner.strip(" \n\t,;:、。"):
            found.append(Clause(first + left, first + len(inner.rstrip(" \n\t,;:、。"))))
    return found


def item(reading: Reading, start: int, end: int, cite: str) -> tuple[list[Leaf], bool]:
    """The conditions of one item, and whether one of them is enough (…，或…)."""
    read: list[tuple[Clause, Leaf | None]] = []
    before = Said()
    every = clauses(reading.text, start, end)
    if len(every) > _CLAUSES:
        return [manual(reading, start, end, cite)], False
    if any(words.ends(reading.text[clause.start : clause.end], "whom") for clause in every[:-1]):
        return [manual(reading, start, end, cite, "limited")], False
    for clause in every:
        found, said = _clause(reading, clause, cite, before)
        listed = clauses(reading.text, clause.start, clause.end, _LISTED) if found is None else []
        below = [(part, _clause(reading, part, cite, before)[0]) for part in listed]
        whole = len(below) > 1 and all(leaf is not None for _, leaf in below)
        read += below if whole else [(clause, found)]
        before = said
    choices = [words.phrase("or").match(reading.text, clause.start) is not None for clause, _ in read]
    if any(choices):
        if all(leaf is not None for _, leaf in read) and all(choices[1:]) and not choices[0]:
            return [leaf for _, leaf in read if leaf is not None], True
        return [manual(reading, start, end, cite, "alternative")], False
    if any(leaf is None and _limits(reading, clause) for clause, leaf in read) and len(read) > 1:
        return [manual(reading, start, end, cite, "limited")], False
    return [leaf or manual(reading, clause.start, clause.end, cite) for clause, leaf in read], False


def manual(reading: Reading, start: int, end: int, cite: str, because: str = "unread") -> Leaf:
    """A condition that a person decides, in the words of the text."""
    quote = reading.quote(start, end)
    near = reading.meanings.near(reading.text[start:end]) if because == "unread" else ""
    parts = (Why("brief_proposals.near-name", {"name": near}),) if near else ()
    why = Why(f"brief_proposals.leaf-{because}", {"quote": quote}, parts)
    return Leaf(evidence(quote), start, end, cite, why)


def evidence(quote: str) -> Label:
    """What a person is asked to check, in the words of the text."""
    return Label(quote, word("brief_proposals.as-written", "en", quote=quote))


def _limits(reading: Reading, clause: Clause) -> bool:
    """Whether a clause that was not understood may say when or for whom the others hold."""
    said = reading.text[clause.start : clause.end]
    return words.phrase("hedge").search(said) is not None or words.phrase("or").search(said) is not None


def _clause(reading: Reading, clause: Clause, cite: str, before: Said) -> tuple[Leaf | None, Said]:
    """The clause as a leaf, None where it is not understood; and what it says that those after it may leave out."""
    text, start = reading.text, clause.start
    joined = words.phrase("or").match(text, start, clause.end)
    start = joined.end() if joined else start
    window = words.years().search(text, start, clause.end)
    years = (words.number(window["n"]) or 0) if window else before.years
    rows = [r for r in reading.inside(reading.figures, start, clause.end) if not _within(r, window)]
    if not rows:
        return _plain(reading, start, clause.end, cite), Said(years)
    found = threshold(reading.meanings, Threshold(text, start, clause.end, rows[0], window, years), before,
                      reading.currency) if len(rows) == 1 else None  # fmt: skip
    if found is None:
        return None, Said(years)
    check, sure = found
    args = {"quote": reading.quote(start, clause.end), "name": _label(reading, check)}
    leaf = Leaf(check, start, clause.end, cite, Why("brief_proposals.leaf-check", args))
    leaf.confidence = round(min(sure, rows[0]["confidence"]), 2)
    return leaf, Said(years, check.figure.column if check.figure else "")


def _within(row: Row, window: re.Match[str] | None) -> bool:
    return window is not None and row["start"] < window.end() and window.start() < row["end"]


def _label(reading: Reading, check: Check) -> Label:
    return reading.meanings.label(check.figure) if check.figure is not None else Label(*check.bounds * 2)


def _plain(reading: Reading, start: int, end: int, cite: str) -> Leaf | None:
    """A clause without a figure: a condition that the registry holds as yes or no, or a title."""
    said, quote = reading.text[start:end], reading.quote(start, end)
    meaning = reading.meanings.named(said)
    if meaning is not None and meaning.check:
        why = Why("brief_proposals.leaf-check", {"quote": quote, "name": Label(meaning.check, meaning.check)})
        return Leaf(Check((meaning.check,)), start, end, cite, why, _LISTED_NAME)
    titles = reading.inside(reading.titles, start, end) if reading.holds else []
    rest = said
    for row in titles:
        rest = rest.replace(reading.text[row["start"] : row["end"]], " ")
    if not titles or not words.explained(words.phrase("or").sub("", rest)):
        return None
    kinds = tuple(dict.fromkeys(row["tier"] for row in titles))
    if len(kinds) > 1 and not words.phrase("or").search(rest):
        return None  # whether all of them are asked for or one is not said
    return Leaf(kinds, start, end, cite, Why("brief_proposals.leaf-holds", {"quote": quote}), _TITLE)
