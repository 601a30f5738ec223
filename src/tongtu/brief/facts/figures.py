"""What each quantity of a text measures, whose it is, of which year, and whether it is a target, an outcome or a fact.

The words of a figure are those of its clause before it; where these are a verb alone, the noun behind it; where there
is nothing at all (…增加到51.9万亿元), what the figure before it in the sentence measured. `分别` deals its list out.
Which kind it is rests on the section it stands in, on cue words, and on the year it speaks of.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tongtu.brief.document import Document
from tongtu.brief.facts import clauses
from tongtu.brief.facts.clauses import Section
from tongtu.brief.facts.lexicon import Lexicon, Measure, any_of
from tongtu.brief.facts.quantities import Quantity, quantities
from tongtu.terms.why import Why

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=年)|\b(?:in|by|of|since|for|during)\s+((?:19|20)\d\d)(?!\d)")
_TITLE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_LISTED = re.compile(r"[、]|和|与|以及|及|\band\b|(?<=[a-z]),\s")
_LETTER = re.compile(r"[^\W\d_]")
_BLANK = " \n\t,、。;:()“”\"'·的"
_LOOKS_BACK = 600  # characters of a sentence before a figure that are read for it, at most
_OPENING = 24  # characters at a sentence's beginning in which a year holds for what follows too
_BASE_TAIL = 10  # characters between 从 and the number it starts from, at most
_NOUN_MOST = 24  # characters of the noun behind a figure, at most
_HEADS = frozenset(("person", "household", "time"))  # by which nothing is divided that changes its measure
_NEAR_BY = 120  # characters before a figure where the first word of its measure may stand, at most
_TIMES = 20  # words for a year before a figure that are looked at, at most
_TELLING = 3  # characters of a word that names a measure without the words before it, at least
_PLAIN = 4  # letters of words that name a payer rather than a measure, at most
_SURE, _KNOWN, _OWN, _UNSURE = 0.55, 0.2, 0.1, 0.15


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity with all that is read about it.

    `per` is what it is counted by (50公斤), `form` whether it is a step (`by`) or a level (`to`), `measures` the known
    quantities its words name; `role` is `base` for the number something started from, `change` for a difference;
    `horizon` counts the years a target runs.
    """

    quantity: Quantity
    what: str
    subject: str
    per: str
    form: str
    measures: tuple[str, ...]
    role: str
    kind: str
    year: int | None
    horizon: int | None
    deadline: date | None
    confidence: float
    why: Why


@dataclass(frozen=True, slots=True)
class _Time:
    """A word for a year: where it stands, the year it means (null for several), and its role."""

    at: int
    year: int | None
    role: str


_NO_TIME = _Time(-1, None, "")


@dataclass(frozen=True, slots=True)
class _Told:
    """The words of one quantity, before anything is made of them."""

    left: str
    right: str
    named: str
    what: str
    scope: str
    role: str
    inherits: bool


def figures(document: Document, text: str, lexicon: Lexicon) -> list[Figure]:
    """Every quantity of a document with what it measures; `text` is the document's, folded."""
    return _Reader(document, text, lexicon).read()


@lru_cache(maxsize=8)
def _counted_by(lexicon: Lexicon) -> re.Pattern[str]:
    kinds = {word for word, unit in lexicon.units.items() if unit.family not in _HEADS}
    return re.compile(lexicon.either("per").pattern + rf"\s?(\d*\s?{any_of(kinds)})")


class _Reader:
    def __init__(self, document: Document, text: str, lexicon: Lexicon) -> None:
        self.document, self.text, self.lexicon = document, text, lexicon
        self.sections = clauses.sections(document, text, lexicon)
        self.year = document_year(document, self.sections)
        self.opening = lexicon.either("opening")
        self.step = re.compile(lexicon.either("up", "down").pattern + r"\Z")
        self.closing = re.compile(lexicon.either("closing").pattern + r"\Z")
        self.verbs = lexicon.either("act", "up", "down", "opening", "closing", "target")
        self.per = _counted_by(lexicon)
        self.acts, self.moves = lexicon.either("act", "up", "down"), lexicon.either("up", "down")

    def read(self) -> list[Figure]:
        found: list[Figure] = []
        waiting = [q for q in quantities(self.text, self.lexicon) if not self._per(q)]
        at, carried = 0, _NO_TIME
        for start, end in clauses.sentences(self.text, clauses.walls(self.document, self.text)):
            inside = []
            while at < len(waiting) and waiting[at].start < end:
                inside.append(waiting[at])
                at += 1
            if "\n" in self.text[max(start - 2, 0) : start]:
                carried = _NO_TIME
            opening = clauses.clause_end(self.text, start, min(end, start + _OPENING))
            carried = max(self._times(start, opening), key=lambda time: time.at, default=carried)
            if inside:
                found += self._sentence(start, end, inside, carried)
        return found

    def _per(self, quantity: Quantity) -> bool:
        """Whether it is what something is counted by: 每50公斤, per 100 km."""
        before = self.text[max(quantity.start - 4, 0) : quantity.start].rstrip()
        return before.endswith(self.lexicon.cues.get("per", ()))

    def _times(self, start: int, end: int) -> list[_Time]:
        """The words for a year between two places, each with the year it means."""
        found = [_Time(m.start(), int(m[1] or m[2]), "year") for m in _YEAR.finditer(self.text, start, end)]
        for role, step in (("now", 0), ("last", -1), ("next", 1), ("many", None)):
            for match in self.lexicon.cue(role).finditer(self.text, start, end):
                if self.lexicon.cue("no_time").search(self.text, max(match.start() - 1, start), match.end() + 1):
                    continue  # 在…基础上年均增长
                year = None if step is None or self.year is None else self.year + step
                found.append(_Time(match.start(), year, role))
        return found

    def _sentence(self, start: int, end: int, inside: list[Quantity], carried: _Time) -> list[Figure]:
        found: list[Figure] = []
        dealt: list[str] = []
        times = sorted([*self._times(start, end), carried], key=lambda time: time.at)
        for i, quantity in enumerate(inside):
            last, begin = found[-1] if found else None, max(start, quantity.start - _LOOKS_BACK)
            stop = inside[i + 1].start if i + 1 < len(inside) else end
            told = self._told(begin, end, stop, quantity, last)
            if self.lexicon.cue("share").search(told.left):
                dealt = _items(self.lexicon.cue("share").split(told.named)[0])
                shared = stop == end or not _joined(self.text[quantity.end : stop])
                dealt = [] if shared else dealt
            elif dealt and last and not _joined(self.text[last.quantity.end : quantity.start]):
                dealt = []
            turn = dealt.pop(0) if dealt else ""
            found.append(self._figure(begin, quantity, told, last, turn, times))
        return found

    # what is said of it

    def _told(self, start: int, end: int, stop: int, quantity: Quantity, last: Figure | None) -> _Told:
        begin = clauses.clause_start(self.text, start, quantity.start)
        if last is not None:
            begin = max(begin, last.quantity.end)
        left = self.text[begin : quantity.number]
        behind = min(clauses.clause_end(self.text, quantity.end, end), stop)
        right = self.text[quantity.noun : max(behind, quantity.end)][:_NOUN_MOST]
        role = self._role(left, self.text[quantity.end : behind], quantity, last)
        first, last_char = self._inner(begin, quantity.number, role)
        subject = self.text[first:last_char]
        bare = self.verbs.sub("", subject).strip(_BLANK)
        noun = right.split("、")[0].strip(_BLANK)
        inherits = not _LETTER.search(bare) and last is not None and (role != "" or not _LETTER.search(noun))
        source = self.document.text
        if inherits and last is not None:
            what = last.what
        elif _LETTER.search(bare):
            what = source[first:last_char]
        elif _LETTER.search(noun):
            offset = self.text.find(noun, quantity.noun)
            what = source[first:last_char] + source[offset : offset + len(noun)]
        else:
            first, last_char = self._inner(clauses.clause_start(self.text, start, max(begin - 1, start)), begin, "")
            what = source[first:last_char] or source[begin : quantity.number].strip(_BLANK)
            left = self.text[first:last_char] + left
        scope = left if inherits else f"{left} {noun}"
        return _Told(left, right, subject or left, " ".join(what.split()), scope, role, inherits)

    def _inner(self, begin: int, end: int, role: str) -> tuple[int, int]:
        """The words before a figure without adverbs in front and without the verb that only joins them to it."""
        if role == "base" and (cut := self._base(self.text[begin:end])) is not None:
            end = begin + cut
        trimmed = True
        while trimmed and begin < end:
            piece = self.text[begin:end]
            blanks = len(piece) - len(piece.lstrip(_BLANK))
            match = self.opening.match(piece, blanks)
            step = match.end() if match else blanks
            begin, trimmed = begin + step, step > 0
        trimmed = True
        while trimmed and begin < end:
            piece = self.text[begin:end].rstrip(_BLANK)
            match = self.closing.search(piece)
            cut = match.start() if match else len(piece)
            trimmed = cut < end - begin
            end = begin + cut
        return begin, max(begin, end)

    def _base(self, left: str) -> int | None:
        """Where the word stands that begins a change (从, 由), close enough before the number."""
        marks = [m for m in self.lexicon.cue("base").finditer(left) if len(left) - m.end() <= _BASE_TAIL]
        marks = [m for m in marks if not self.acts.search(left[m.end() :])]
        return marks[-1].start() if marks else None

    def _role(self, left: str, right: str, quantity: Quantity, last: Figure | None) -> str:
        moved = self.moves.search(right[:8])
        if moved and not right[: moved.start()].strip(_BLANK) and self._base(left) is not None:
            return "base"
        if self.lexicon.cue("than").search(left):
            return "change"
        if last is not None and last.role != "base" and self.moves.fullmatch(left.strip(_BLANK).removesuffix("了")):
            gap = self.text[last.quantity.end : quantity.start]
            return "change" if clauses.parted(gap) else ""
        return ""

    # what is made of it

    def _figure(
        self, start: int, quantity: Quantity, told: _Told, last: Figure | None, turn: str, times: list[_Time]
    ) -> Figure:
        section = clauses.section_at(self.sections, quantity.start)
        measures, how = self._measures(start, quantity, told, last, turn)
        year, said = self._year(start, quantity, told, section, times)
        kind, by = self._kind(start, quantity, told, section, year, measures, last)
        horizon, deadline = self._horizon(kind, year, section, said)
        if kind == "target" and year is None and horizon == 0:
            year = self.year
        if kind == "target" and deadline is None and year is not None:
            deadline = date(year, 12, 31)
        confidence = _SURE + (_KNOWN if measures else _OWN) + (_UNSURE if by != "nothing" else 0.0)
        confidence -= 0.15 if told.inherits else 0.0
        confidence += 0.1 if quantity.written else 0.0
        parts = (Why(f"brief_facts.measured-{how}"), Why(f"brief_facts.kind-by-{by}"))
        why = Why("brief_facts.figure", {"what": told.what or turn}, parts)
        what = turn if turn and told.inherits else told.what
        rate = self.per.search(told.left)
        per = "".join(rate[1].split()) if rate else ""
        form = "by" if self.step.search(told.left.rstrip()) else "to"
        return Figure(quantity, what, turn, per, form, tuple(m.code for m in measures), told.role, kind, year, horizon,
                      deadline, round(min(confidence, 1.0), 2), why)  # fmt: skip

    def _measures(
        self, start: int, quantity: Quantity, told: _Told, last: Figure | None, turn: str
    ) -> tuple[tuple[Measure, ...], str]:
        family, before = quantity.unit.family, self.text[self._paragraph(start, quantity) : quantity.start]
        known = [m for m in self.lexicon.measures if family in m.families]
        if turn:
            mine = [(n, m) for m in known if (n := _fit_listed(m, turn, before))]
            if mine:
                return (max(mine, key=lambda pair: pair[0])[1],), "listed"
        if told.inherits and last is not None:
            kept = tuple(m for m in known if m.code in last.measures)
            if kept:
                return kept, "inherited"
        fits = [(n, m) for m in known if (n := _fit(m, told.scope, before))]
        if not fits and len(_LETTER.findall(self.verbs.sub("", told.left))) <= _PLAIN:
            around = self.text[start : quantity.start] + self._after(quantity)
            fits = [(n, m) for m in known if (n := _fit(m, around, ""))]
        if not fits:
            return (), "own-words" if told.what else "nothing"
        if len(fits) > 1 and self.lexicon.either("each", "share").search(told.left):
            return tuple(m for _, m in fits), "listed"
        return (max(fits, key=lambda pair: pair[0])[1],), "known"

    def _paragraph(self, start: int, quantity: Quantity) -> int:
        """Where the words that a figure may rest on begin: its sentence, and the paragraph before it."""
        earliest = max(quantity.start - _NEAR_BY, 0)
        return min(start, max(self.text.rfind("\n", earliest, start) + 1, earliest))

    def _after(self, quantity: Quantity) -> str:
        """The clause behind a figure's own, where money often says what it is for."""
        end = min(quantity.end + 2 * _NOUN_MOST, len(self.text))
        return re.split(r"[。;!?\n]", self.text[quantity.end : end])[0]

    def _year(
        self, start: int, quantity: Quantity, told: _Told, section: Section, times: list[_Time]
    ) -> tuple[int | None, str]:
        """The year a figure speaks of, and by which word: `many` for several years, '' where the section says it.

        The nearest word before it decides, then one behind it in its clause, then the one carried over from a sentence
        before, the first of `times`.
        """
        nearest = bisect_left(times, quantity.start, key=lambda time: time.at)
        for time in reversed(times[max(nearest - _TIMES, 1) : nearest]):
            aside = self.lexicon.either("aside", "base").search(self.text, max(time.at - 1, 0), time.at)
            if time.at >= start and (aside is None or (told.role == "base" and time.at >= quantity.start - _BASE_TAIL)):
                return time.year, time.role
        behind = times[nearest] if nearest < len(times) else _NO_TIME
        near = quantity.end <= behind.at < quantity.end + _NOUN_MOST
        if near and not told.role and not clauses.parted(self.text[quantity.end : behind.at]):
            return behind.year, behind.role
        if times[0].role and times[0].at < start:
            return times[0].year, times[0].role
        if section.since is not None and section.since == section.until:
            return section.since, ""
        return None, "many" if section.since is not None else ""

    def _kind(
        self, start: int, quantity: Quantity, told: _Told, section: Section, year: int | None,
        measures: tuple[Measure, ...], last: Figure | None,
    ) -> tuple[str, str]:  # fmt: skip
        """The kind of a figure, and what it was judged by."""
        words = f"{told.left} {told.right}"
        if any(m.kind for m in measures):
            return next(m.kind for m in measures if m.kind), "measure"
        if told.role:
            return ("change" if told.role == "change" else "fact"), "comparison"
        if not section.stance and self._bounded(start, quantity, words):
            return "limit", "cue"
        if year is not None and self.year is not None and year < self.year:
            return "outcome", "year"
        if self.lexicon.cue("state").search(words):
            return "fact", "cue"
        if section.stance == "target":
            return self._in_targets(quantity, told, words, measures, last)
        if section.stance == "outcome":
            return "outcome", "section"
        return self._by_cue(words, year)

    def _bounded(self, start: int, quantity: Quantity, words: str) -> bool:
        """Whether a rule sets it as a bound: it has an operator, and its sentence speaks of conditions."""
        said = self.text[start : quantity.start] + words
        return quantity.operator not in ("eq", "about") and self.lexicon.cue("limit").search(said) is not None

    def _in_targets(
        self, quantity: Quantity, told: _Told, words: str, measures: tuple[Measure, ...], last: Figure | None
    ) -> tuple[str, str]:
        if self.lexicon.cue("done").search(told.left):
            return "outcome", "cue"
        asked = quantity.operator not in ("eq", "about") or self.lexicon.either("act", "asked", "target").search(words)
        beside = (
            last is not None and last.kind == "target" and self.text[last.quantity.end : quantity.start][:1] == "、"
        )
        return ("target" if asked or measures or told.inherits or beside else "fact"), "section"

    def _by_cue(self, words: str, year: int | None) -> tuple[str, str]:
        for kind in ("outcome", "target"):
            if self.lexicon.cue(kind).search(words):
                return kind, "cue"
        if year is not None and self.year is not None and year > self.year:
            return "target", "year"
        return "fact", "nothing"

    def _horizon(self, kind: str, year: int | None, section: Section, said: str) -> tuple[int | None, date | None]:
        """Over how many years a target runs (0: within its own year), and its last day."""
        if kind != "target":
            return None, None
        if said == "many" and section.until is not None and section.since != section.until:
            return section.until - (section.since or section.until) + 1, date(section.until, 12, 31)
        if said == "many":
            return 5, None
        return (0 if year is None or self.year is None or year == self.year else year - self.year), None


def document_year(document: Document, found: list[Section]) -> int | None:
    """The year a document speaks from: that of its publication, else of its title, else of a heading of targets."""
    if document.published is not None:
        return document.published.year
    titled = _TITLE_YEAR.search(document.title)
    if titled:
        return int(titled[1])
    return next((s.until for s in found if s.stance == "target" and s.since == s.until and s.until), None)


def _fit(measure: Measure, words: str, before: str) -> float:
    """How well the words name a measure: the characters of the pattern found; 0 where one is missing.

    The first words of a pattern may stand earlier in the sentence, if its last one is telling and stands beside the
    figure.
    """
    best = 0.0
    for pattern in measure.patterns:
        near = [word for word in pattern if word in words]
        telling = pattern[-1] in near and (len(near) == len(pattern) or len(pattern[-1]) >= _TELLING)
        if telling and all(word in near or word in before for word in pattern):
            score = sum(map(len, near)) + 0.1 * sum(len(word) for word in pattern if word not in near)
            best = max(best, score)
    return best


def _fit_listed(measure: Measure, item: str, before: str) -> float:
    """The same for one item of a list that shares its last words with the others: 小麦、稻谷最低收购价."""
    fits = [p for p in measure.patterns if p[0] in item and all(word in item or word in before for word in p)]
    return max((float(sum(map(len, pattern))) for pattern in fits), default=0.0)


def _items(listed: str) -> list[str]:
    return [item.strip(_BLANK) for item in _LISTED.split(listed) if item.strip(_BLANK)]


def _joined(gap: str) -> bool:
    """Whether two figures stand in one list: only a joining word lies between them."""
    return not _LISTED.sub("", gap).strip(_BLANK)
