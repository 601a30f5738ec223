"""One segment of a text, from left to right: which figure is related how to which quantity, and under what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tongtu import text as spelling
from tongtu.registry.written import words
from tongtu.registry.written.figures import Figures, Value
from tongtu.registry.written.known import Known
from tongtu.registry.written.manner import Manner
from tongtu.terms.why import Why

_LONGEST_ZH, _LONGEST_EN = 16, 4  # characters, words of a quantity nobody knows yet
_LONGEST_KNOWN = 80  # characters of one that somebody knows


@dataclass(slots=True)
class Found:
    """One indicator as it was understood; its low and high are those of the noun."""

    quantity: str
    operator: str
    low: float | None
    high: float | None
    unit: str
    said: str
    conditions: list[str] = field(default_factory=list)

    def facts(self) -> tuple[str | float | None, ...]:
        """quantity, quantity_en, operator, low, high, unit, conditions, as in a row of indicators."""
        english = None if re.search(r"[\u4e00-\u9fff]", self.quantity) else self.quantity
        under = ", ".join(part.lstrip("@ ") for part in self.conditions)
        return (self.quantity, english, self.operator, self.low, self.high, self.unit or None,
                f"@{under}" if under else None)  # fmt: skip


class Reader:
    """One segment, from left to right; `place`: up to where it is used up."""

    def __init__(self, segment: str, known: Known, manner: Manner) -> None:
        self.segment, self.known, self.manner = segment, known, manner
        self.figures = Figures(segment, known)
        self.place = 0
        self.found: list[Found] = []
        self.left: list[Why] = []

    def read(self) -> None:
        """Fills `found` and `left`."""
        start = 0
        while figure := words.FIGURE.search(self.segment, start):
            start = self._one(figure)

    def conditions_alone(self) -> bool:
        """Whether the segment is nothing but a value with its unit: `25 ℃` after `@10 GHz, `."""
        figure = words.FIGURE.search(self.segment)
        if figure is None or self.segment[: figure.start()].strip():
            return False
        value = self.figures.value(figure)
        return bool(value.unit) and not self.segment[value.end :].strip()

    def _one(self, figure: re.Match[str]) -> int:
        """Reads one figure; where to go on."""
        if figure.start() and re.match(r"[A-Za-z_]", self.segment[figure.start() - 1]):
            return figure.end()  # M6, CMOS28
        value = self.figures.value(figure)
        if value.tolerance and not self.manner.tolerances:
            return value.end
        operator, begin = self._relation(value)
        after = self._suffix(value.end)
        end = value.end
        if after is not None:
            operator, end = after
        if value.high is not None:
            operator = "between"
        elif operator == "between":
            operator = ""
        if not operator and self.manner.alone and self._meant(value, begin):
            operator = self.manner.alone
        if not operator:
            return self._without(value)
        return self._stated(value, operator, begin, end)

    def _meant(self, value: Value, begin: int) -> bool:
        """Whether a figure that nobody related to anything is somebody's value."""
        return bool(value.unit) or (not self.manner.in_units and self._name_before(begin)[1])

    def _stated(self, value: Value, operator: str, begin: int, end: int) -> int:
        """A figure with its relation: which quantity, under what."""
        conditions, after = self._conditions(end)
        before, sure, first = self._name_before(begin)
        operator, name = self.manner.led(operator, before)
        if not name and self.manner.named_after:
            name, sure, after = self._name_after(after)
        said = words.LEAD.sub("", " ".join(self.segment[self.place if before else begin : after].split()))
        problem = self._problem(name, sure, value)
        self.place = after
        if problem:
            self.left.append(Why(f"registry_written.{problem}", {"text": said or self.segment.strip()}))
        else:
            low = None if operator == "le" else value.low
            high = value.low if operator == "le" else value.high
            self.found.append(Found(name, operator, low, high, value.unit, said, [*first, *conditions]))
        return max(after, value.end)

    def _problem(self, name: str, sure: bool, value: Value) -> str:
        """What is missing: the unit, the quantity, or nothing."""
        if value.strange or (self.manner.in_units and not value.unit):
            return "unit"
        if not name or words.SIDES.search(name):
            return "quantity"
        if spelling.canonical(name).strip() in words.READINESS:
            return "readiness"
        signed = re.search(r"[≥≤<>=≈±]", self.segment[max(0, value.start - 3) : value.start]) is not None
        return "" if value.unit or sure or signed else "quantity"

    def _without(self, value: Value) -> int:
        """A figure nobody related to anything: said only where its unit shows that it was meant."""
        if value.unit and value.start >= self.place:
            name, _, first = self._name_before(value.start)
            rest = self.segment[value.end :]
            inside = self.segment.count("(", 0, value.start) > self.segment.count(")", 0, value.start)
            named = words.NAMED.match(self.segment, value.start)
            if not (first or inside or named or re.match(r"\s*(?:条件下|环境下|下|时)", rest)):
                said = " ".join(self.segment[self.place : value.end].split())
                code = "relation" if name else "quantity"
                self.left.append(Why(f"registry_written.{code}", {"text": said}))
        return value.end

    # ------------------------------------------------------------------------------------------ relations

    def _relation(self, value: Value) -> tuple[str, int]:
        """The relation before a figure, and where it begins."""
        before = self.segment[self.place : value.start]
        best, begin = "", value.start
        for operator, pattern in self.manner.relations.items():
            match = pattern.search(before)
            if match is not None and self.place + match.start() < begin:
                best, begin = operator, self.place + match.start()
        return best, begin

    def _suffix(self, place: int) -> tuple[str, int] | None:
        """The relation behind a figure, and where it ends."""
        for operator, pattern in words.SUFFIXES.items():
            if match := pattern.match(self.segment, place):
                return operator, match.end()
        return None

    def _conditions(self, place: int) -> tuple[list[str], int]:
        """What stands behind a value as its conditions, and where it ends."""
        match = words.UNDER.match(self.segment, place)
        if match is None:
            return [], place
        text, end = match["at"] or match["in"] or re.sub(r"^(?:at|under)\s+", "", match["en"]), match.end()
        if match["in"] is None and (stop := re.search(r"\s(?:and|with)\s|[且并]", text)):
            end -= len(text) - stop.start()
            text = text[: stop.start()]
        return [text.strip()], end

    # ------------------------------------------------------------------------------------------ quantities

    def _name_before(self, end: int) -> tuple[str, bool, list[str]]:
        """The quantity named before a figure, whether anybody knows it, and conditions that stand beside it."""
        before, first = words.LEAD.sub("", self.segment[self.place : end].strip()), []
        if last := words.LAST.search(before):
            first, before = [last["in"] or last["at"]], before[: last.start()]
        if lead := words.FIRST.match(before):
            first, before = [*first, lead["what"].strip()], before[lead.end() :]
        name, sure = self._ending(words.TAIL.sub("", words.LEAD.sub("", before)).strip())
        return name, sure, first

    def _ending(self, said: str) -> tuple[str, bool]:
        """The longest end of these words that is a known quantity; else all of them behind the last joint, if few."""
        for start in _starts(said):
            if len(said) - start <= _LONGEST_KNOWN and self.known.quantity(said[start:]):
                return said[start:].strip(), True
        return _few(words.LEAD.sub("", words.JOINTS.sub("", said))), False

    def _name_after(self, place: int) -> tuple[str, bool, int]:
        """The quantity named behind a figure, and where it ends."""
        lead = re.match(r"\s*(?:的|of\b|in\b)?\s*", self.segment[place:])
        begin = place + (lead.end() if lead else 0)
        rest = self.segment[begin:]
        stops = [match.start() for match in (words.STOPS.search(rest), words.FIGURE.search(rest)) if match]
        said = rest[: min(stops, default=len(rest))].rstrip(" ,.")
        for cut in sorted([*_starts(said)[1:], len(said)], reverse=True):
            if cut <= _LONGEST_KNOWN and self.known.quantity(said[:cut]):
                return said[:cut].strip(), True, begin + cut
        name = _few(said)
        return name, False, begin + len(said) if name else place


def _few(said: str) -> str:
    """Words that may name a quantity nobody knows yet; nothing where they are too many."""
    said = said.strip(" \"'“”()[]:")
    han = re.search(r"[\u4e00-\u9fff]", said) is not None
    fits = len(said) <= _LONGEST_ZH if han else len(said.split()) <= _LONGEST_EN
    return said if fits and re.search(r"[^\W\d_]", said) else ""


def _starts(said: str) -> list[int]:
    """Where a name may begin: at a Chinese character, or at the head of a Latin word."""
    inside = [c.isascii() and c.isalnum() for c in said]
    return [i for i, c in enumerate(said) if not c.isspace() and not (inside[i] and i and inside[i - 1])]
