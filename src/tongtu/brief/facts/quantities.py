"""Quantities of a text: a number or a range with its scale, unit and operator, and the exact characters that say it.

    7.5%左右 · 900万人以上 · 6%—6.5% · 不超过300万元 · 700多亿元 · 百分之五 · US$1.5 billion · at least 60%

A bare number is no quantity: one needs a unit, or a scale with a noun behind it (6000万农村人口). So years, article
numbers and names such as PM2.5 are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tongtu.brief.facts.lexicon import Lexicon, Unit, any_of
from tongtu.brief.facts.numerals import ARABIC, CHARACTERS, arabic, chinese
from tongtu.brief.facts.plain import plain

_GAP = r"\s{0,2}"  # blanks inside a quantity
_DASH = r"\s{0,2}(?:-|—{1,2}|–|~|至|到|(?<=\s)to(?=\s))\s{0,2}"
_NOUN = r"[^\s,.;:!?，。、；：()“”\d]{0,8}?"
_COUNTED_YEARS = 200  # more "years" than these are a date, not a duration
_OPERATOR = 20  # characters an operator in front of a number takes, at most
_HEAD = 8  # characters of a noun in front of a number, at most
_SPELT_YEARS = 100  # 一百年 is a way of speaking
_FRACTION = "百分之"  # the mark of a percentage in numerals


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity. `value` stands in `unit`; of a range it is null and `low`, `high` are its ends.

    `scale` is what the written number was multiplied by, `written` the unit as it stands there; `number` and
    `noun` are where the number with its operator and unit begins and ends, without the noun that a scale alone counts.
    """

    start: int
    end: int
    value: float | None
    low: float | None
    high: float | None
    operator: str
    unit: Unit
    written: str
    scale: float
    number: int
    noun: int


class Grammar:
    """The patterns of a lexicon, compiled once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.scales, self.units, self.heads = lexicon.scales, lexicon.units, lexicon.heads
        self.before, self.after = lexicon.operators("before"), lexicon.operators("after")
        self.inside = lexicon.operators("inside")
        places = {plain(r["written"]): r["place"] for r in lexicon.rows("units")}
        leading = any_of(w for w, place in places.items() if place == "before")
        units = any_of(w for w, place in places.items() if place == "after")
        scale, more = any_of(self.scales), any_of(self.inside)

        def number(name: str) -> str:
            scaled = rf"(?:(?!{units})(?P<{name}scale>{scale}))?"
            first = rf"(?P<{name}num>[-−]?{ARABIC}){_GAP}(?P<{name}more>{more})?"
            return rf"{first}{_GAP}{scaled}{_GAP}(?P<{name}more2>{more})?"

        low = rf"(?P<lowcur>{leading})?{_GAP}{number('low')}{_GAP}(?P<lowunit>{units})?{_DASH}"
        high = rf"(?P<cur>{leading})?{_GAP}{number('')}{_GAP}(?P<unit>{units})?"
        guard = r"(?<![a-z\d.#/第])(?<!第\s)(?<!\d[-−])"
        self.ahead = re.compile(rf"(?P<before>{any_of(self.before)}){_GAP}\Z")
        firsts = "".join(re.escape(char) for char in sorted({w[0] for w, p in places.items() if p == "before"}))
        self.begin, self.begin_spelt = re.compile(rf"[-−\d{firsts}]"), re.compile(rf"[{CHARACTERS}]")
        after = rf"(?:{_GAP}(?P<after>{any_of(self.after)}))?"
        self.pattern = re.compile(rf"{guard}(?:{low})?{high}{after}")
        zh = rf"[{CHARACTERS}]"
        self.spelt = re.compile(
            rf"(?:(?P<percent>{_FRACTION})(?P<share>{zh}+(?:点{zh}+)?)"
            rf"|(?<![第{CHARACTERS}\d])(?=[^百千万亿])(?P<num>{zh}{{2,}}?)(?P<more2>{more})?(?P<unit>{units})){after}"
        )
        self.leading_noun = re.compile(rf"{any_of(self.heads)}\Z")
        self.noun = re.compile(rf"{_NOUN}(?P<head>{any_of(self.heads)})")


_grammar = lru_cache(maxsize=8)(Grammar)


def quantities(text: str, lexicon: Lexicon) -> list[Quantity]:
    """Every quantity of a folded text (`plain`), in order, none overlapping another."""
    grammar = _grammar(lexicon)
    found = [*_counted(text, grammar), *_spelt(text, grammar)]
    found.sort(key=lambda q: (q.start, -q.end))
    kept: list[Quantity] = []
    for quantity in found:
        if not kept or quantity.start >= kept[-1].end:
            kept.append(quantity)
    return kept


def _counted(text: str, grammar: Grammar) -> Iterator[Quantity]:
    at = 0
    while (begin := grammar.begin.search(text, at)) is not None:
        match = grammar.pattern.match(text, begin.start())
        found = _made(match, text, grammar) if match else None
        if found is not None:
            yield found
            at = max(found.end, begin.end())
        else:
            at = _past(match) if match else begin.end()


def _past(match: re.Match[str]) -> int:
    """After a number that is no quantity; the second half of a failed range may be one."""
    return match.end("lownum") if match["lownum"] else match.end("num")


def _ahead(text: str, start: int, grammar: Grammar) -> tuple[int, str]:
    """Where the operator in front of a number begins, and which it is; the number's own place where there is none."""
    window = text[max(start - _OPERATOR, 0) : start]
    found = grammar.ahead.search(window)
    return (start - len(window) + found.start(), found["before"]) if found else (start, "")


def _made(match: re.Match[str], text: str, grammar: Grammar) -> Quantity | None:
    written, end = match["unit"] or match["cur"] or match["lowcur"] or "", match.end()
    scale = grammar.scales[_squeezed(match["scale"])] if match["scale"] else 1.0
    unit = grammar.units[_squeezed(written)] if written else None
    begin, before = _ahead(text, match.start(), grammar)
    front = begin
    if unit is None and match["scale"]:
        front, end, unit = _counted_noun(text, begin, end, grammar)
    number = arabic(match["num"].replace("−", "-"))
    if unit is None or number is None or (unit.code == "year" and number >= _COUNTED_YEARS):
        return None
    value, operator, first = number * scale, _operator(match, before, grammar), None
    low, high = _bounds(value, operator)
    if match["lownum"] is not None:
        first = _first(match, grammar, unit, value, scale)
        if first is None or first > value:
            return None
        low, high, operator = first, value, "range"
    begin, noun = _trimmed(text, begin, match.end())
    span = begin if text[front:begin].isspace() else front, end if end > match.end() else noun
    only = None if first is not None else value
    return Quantity(*span, only, low, high, operator, unit, written, scale, begin, noun)


def _counted_noun(text: str, begin: int, end: int, grammar: Grammar) -> tuple[int, int, Unit | None]:
    """The span with the noun that a scale alone counts, behind it (6000万农村人口) or in front (贫困人口1000万以上)."""
    behind = grammar.noun.match(text, end)
    if behind is not None:
        return begin, behind.end(), grammar.heads[_squeezed(behind["head"])]
    front = grammar.leading_noun.search(text, max(begin - _HEAD, 0), begin)
    if front is not None:
        return front.start(), end, grammar.heads[_squeezed(front.group())]
    return begin, end, None


def _first(match: re.Match[str], grammar: Grammar, unit: Unit, value: float, scale: float) -> float | None:
    """The lower end of a range in the unit of the upper one; None where the two are not of one unit."""
    mark = match["lowunit"] or (match["lowcur"] if match["cur"] else None)
    number = arabic(match["lownum"].replace("−", "-"))
    if number is None or (mark and grammar.units[_squeezed(mark)] != unit):
        return None
    if match["lowscale"]:
        return number * grammar.scales[_squeezed(match["lowscale"])]
    return number * scale if number * scale <= value and not match["lowunit"] else number


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the blanks at its ends."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


def _spelt(text: str, grammar: Grammar) -> Iterator[Quantity]:
    at = 0
    while (begin := grammar.begin_spelt.search(text, at)) is not None:
        match = grammar.spelt.match(text, begin.start())
        at = match.end() if match else begin.end()
        if match is None:
            continue
        value = chinese(match["share"] or match["num"])
        unit = grammar.units.get("%") if match["percent"] else grammar.units[_squeezed(match["unit"])]
        if value is None or unit is None or (unit.code == "year" and value >= _SPELT_YEARS):
            continue
        first, before = _ahead(text, match.start(), grammar)
        operator = _operator(match, before, grammar)
        start, end = _trimmed(text, first, match.end())
        written = _FRACTION if match["percent"] else match["unit"]
        yield Quantity(start, end, value, *_bounds(value, operator), operator, unit, written, 1.0, start, end)


def _operator(match: re.Match[str], before: str, grammar: Grammar) -> str:
    """What stands after the number binds before what stands in front of it."""
    after, groups = match["after"], match.groupdict()
    if after:
        return grammar.after[_squeezed(after)]
    if before:
        return grammar.before[_squeezed(before)]
    inside = groups.get("more") or groups.get("more2")
    return grammar.inside[inside] if inside else "eq"


def _bounds(value: float, operator: str) -> tuple[float | None, float | None]:
    """The ends of what the operator leaves open; an approximate number is its own end on both sides."""
    if operator in ("ge", "gt"):
        return value, None
    if operator in ("le", "lt"):
        return None, value
    return value, value


def _squeezed(written: str) -> str:
    return " ".join(written.split())
