"""Two versions of a text, passage by passage: what stayed, what was reworded, what came, went or moved.

Passages with the same number (第三条) are paired first where their words are near; the rest by how many character
trigrams they share, the best pair first. A pair outside the longest run of pairs that keep their order has moved
(longest increasing subsequence). Inside a reworded passage the difference is told word by word (Ratcliff/Obershelp).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts.plain import plain
from tongtu.terms.why import Ratio, Why

_SAME_LABEL = 0.2  # trigram similarity that two articles of one number have, at least
_SAME_PASSAGE = 0.4  # that two passages without a number have, at least
_COMMON = 40  # a trigram in more passages than these tells none apart
_TOKENS = 4_000  # passages of more words are told as a whole
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[^\sa-z\d]", re.IGNORECASE)

_EDIT = pl.Struct(
    {"op": pl.String, "start_from": pl.Int64, "end_from": pl.Int64, "start_to": pl.Int64, "end_to": pl.Int64}
)
_EDIT_COLUMNS = ("op", "start_from", "end_from", "start_to", "end_to")
SCHEMA: dict[str, Any] = {
    "change": pl.String, "moved": pl.Boolean, "label_from": pl.String, "label_to": pl.String,
    "start_from": pl.Int64, "end_from": pl.Int64, "start_to": pl.Int64, "end_to": pl.Int64,
    "similarity": pl.Float64, "edits": pl.List(_EDIT), "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    start: int
    end: int
    label: str
    text: str
    words: str
    grams: frozenset[str]


def text_changes(old: Document, new: Document) -> pl.DataFrame:
    """Every passage of either version, in the new one's order, what was removed last.

    Columns: change (same changed added removed moved), moved (also of a changed one), label_from, label_to, the spans
    on both sides (null where there is none), similarity (Jaccard of trigrams), edits (op insert delete replace with
    their spans; empty unless changed), why.
    """
    before, after = passages(old), passages(new)
    pairs = paired(before, after)
    stayed = _in_order(pairs)
    rows = [_row(before, after, i, j, (i, j) not in stayed) for j, i in sorted((j, i) for i, j in pairs)]
    met, came = {i for i, _ in pairs}, {j for _, j in pairs}
    rows += [_single("added", None, after[j]) for j in range(len(after)) if j not in came]
    rows.sort(key=lambda row: row["start_to"])
    rows += [_single("removed", before[i], None) for i in range(len(before)) if i not in met]
    return pl.DataFrame(rows, schema=SCHEMA)


def passages(document: Document) -> list[Passage]:
    """Blocks of a document, or its lines where it was read without blocks."""
    text = plain(document.text)
    if document.blocks:
        return [_passage(text, b.start, b.end, b.label) for b in document.blocks if text[b.start : b.end].strip()]
    return [_passage(text, m.start(), m.end(), "") for m in re.finditer(r"\S[^\n]*", text)]


def _passage(text: str, start: int, end: int, label: str) -> Passage:
    words = "".join(text[start:end].split())
    bare = re.sub(r"[^\w]", "", words)
    grams = frozenset(bare[i : i + 3] for i in range(max(len(bare) - 2, 1))) if bare else frozenset()
    return Passage(start, end, "".join(plain(label).split()), text[start:end], words, grams)


def paired(before: Sequence[Passage], after: Sequence[Passage]) -> list[tuple[int, int]]:
    """Passages of two versions that are one, by index; each at most once."""
    numbered = {p.label: j for j, p in enumerate(after) if p.label}
    counts = Counter(p.label for side in (before, after) for p in side if p.label)
    found: list[tuple[int, int]] = []
    for i, passage in enumerate(before):
        j = numbered.get(passage.label) if counts[passage.label] == 2 else None
        if j is not None and similarity(passage.grams, after[j].grams) >= _SAME_LABEL:
            found.append((i, j))
    met, came = {i for i, _ in found}, {j for _, j in found}
    near = [c for c in _candidates(before, after) if c[1] not in met and c[2] not in came]
    for _, i, j in sorted(near, key=lambda c: (-c[0], abs(c[1] - c[2]), c[1], c[2])):
        if i not in met and j not in came:
            found.append((i, j))
            met.add(i)
            came.add(j)
    return sorted(found)


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard similarity of two sets of trigrams."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _candidates(before: Sequence[Passage], after: Sequence[Passage]) -> list[tuple[float, int, int]]:
    places: dict[str, list[int]] = {}
    for j, passage in enumerate(after):
        for gram in passage.grams:
            places.setdefault(gram, []).append(j)
    found = []
    for i, passage in enumerate(before):
        hits: set[int] = set()
        for gram in passage.grams:
            at = places.get(gram, ())
            hits.update(at if len(at) <= _COMMON else at[:_COMMON])
        for j in sorted(hits):
            near = similarity(passage.grams, after[j].grams)
            if near >= _SAME_PASSAGE:
                found.append((near, i, j))
    return found


def _in_order(pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The longest run of pairs that keep their order; `pairs` are sorted by their first."""
    tails: list[int] = []
    best: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        before.append(best[place - 1] if place else -1)
        if place == len(tails):
            tails.append(j)
            best.append(at)
        else:
            tails[place], best[place] = j, at
    kept, at = set(), best[-1] if best else -1
    while at >= 0:
        kept.add(pairs[at])
        at = before[at]
    return kept


def _row(before: Sequence[Passage], after: Sequence[Passage], i: int, j: int, moved: bool) -> dict[str, Any]:
    was, now = before[i], after[j]
    same = was.words == now.words
    change = "moved" if same and moved else "same" if same else "changed"
    near = 1.0 if same else similarity(was.grams, now.grams)
    by = "label" if was.label and was.label == now.label else "words"
    why = Why(f"brief_changes.passage-{change}", {"near": Ratio(round(near, 4))}, (Why(f"brief_changes.by-{by}"),))
    return {
        "change": change, "moved": moved, "label_from": was.label, "label_to": now.label, "start_from": was.start,
        "end_from": was.end, "start_to": now.start, "end_to": now.end, "similarity": near,
        "edits": [] if same else edits(was, now), "why": why.to_json(),
    }  # fmt: skip


def _single(change: str, was: Passage | None, now: Passage | None) -> dict[str, Any]:
    return {
        "change": change, "moved": False, "label_from": was.label if was else None,
        "label_to": now.label if now else None, "start_from": was.start if was else None,
        "end_from": was.end if was else None, "start_to": now.start if now else None,
        "end_to": now.end if now else None, "similarity": None, "edits": [],
        "why": Why(f"brief_changes.passage-{change}").to_json(),
    }  # fmt: skip


def edits(was: Passage, now: Passage) -> list[dict[str, Any]]:
    """What was put in, taken out or replaced between two passages, in characters of the two documents."""
    left, right = _words(was), _words(now)
    if len(left) > _TOKENS or len(right) > _TOKENS:
        whole = (was.start, was.end, now.start, now.end)
        return [dict(zip(_EDIT_COLUMNS, ("replace", *whole), strict=True))]
    matcher = SequenceMatcher(None, [word for word, *_ in left], [word for word, *_ in right], autojunk=False)
    found = []
    for op, a, b, c, d in matcher.get_opcodes():
        if op != "equal":
            places = (*_reach(left, a, b, was.start), *_reach(right, c, d, now.start))
            found.append(dict(zip(_EDIT_COLUMNS, (op, *places), strict=True)))
    return found


def _words(passage: Passage) -> list[tuple[str, int, int]]:
    """Words, numbers and single Chinese characters of a passage, each with its place in the document."""
    return [(m.group(), passage.start + m.start(), passage.start + m.end()) for m in _WORD.finditer(passage.text)]


def _reach(words: Sequence[tuple[str, int, int]], first: int, last: int, start: int) -> tuple[int, int]:
    """The characters of words first..last; an empty place where there are none."""
    if first < last:
        return words[first][1], words[last - 1][2]
    at = words[first - 1][2] if first else start
    return at, at
