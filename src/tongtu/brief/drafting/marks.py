"""What a wording pins down: quantities, dates, document numbers, plain numbers, and names of organisations and acts.

Each is a key that is equal where the same is meant: 300万元 and CNY 3 million, 2026年1月16日 and Jan 16, 2026.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tongtu.brief.dates import dates_in
from tongtu.brief.document import Document
from tongtu.brief.drafting.wording import words
from tongtu.brief.facts import Lexicon, names
from tongtu.brief.facts.lexicon import any_of
from tongtu.brief.facts.numerals import ARABIC, CHARACTERS, DIGITS, arabic, chinese
from tongtu.brief.facts.plain import plain
from tongtu.brief.facts.quantities import Quantity, quantities

_AT_LEAST = {"gt": "ge", "lt": "le"}
_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPELT = {name: str(value) for value, name in enumerate(_SMALL)}
_SPELT |= {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "hundred": "100", "dozen": "12"}
_NUMERAL = re.compile(rf"[{CHARACTERS}半]+(?:点[{CHARACTERS}]+)?")
_SPELT_PATTERN = re.compile(rf"(?<![a-z-])(?:{'|'.join(_SPELT)})(?![a-z-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing pinned down: what is meant, and the characters that say it."""

    start: int
    end: int
    key: tuple[Hashable, ...]

    @property
    def is_date(self) -> bool:
        return self.key[0] == "date"


def in_digits(text: str, lexicon: Lexicon) -> str:
    """A text with its small number words as digits where they count: three years, 三年. Letters keep their case."""
    folded = plain(text)
    text = "".join(raw if raw.lower() == char else char for raw, char in zip(text, folded, strict=True))
    text = _SPELT_PATTERN.sub(lambda match: _SPELT[match.group().lower()], text)
    return _one_numeral(lexicon).sub(lambda match: str(DIGITS[match.group()]), text)


@lru_cache(maxsize=8)
def _one_numeral(lexicon: Lexicon) -> re.Pattern[str]:
    """A numeral of one character in front of a unit; months and days of dates are left to the dates."""
    units = any_of(unit for unit in lexicon.units if not unit.isascii())
    return re.compile(rf"(?<![第\d{CHARACTERS}])[{''.join(DIGITS)}](?=(?!月|日){units})")


def numbers(text: str, lexicon: Lexicon) -> list[Mark]:
    """Every number of a text that is `in_digits`, in order, no two overlapping."""
    found: list[Mark] = []
    for finder in (_documents, _dates, _quantities, _plain_numbers):
        found += finder(without(text, found), lexicon)
    return sorted(found, key=lambda mark: mark.start)


def named(text: str, lexicon: Lexicon) -> list[Mark]:
    """Organisations, and acts in title marks, in order."""
    document, folded = _document(text), plain(text)
    found = [
        Mark(row["start"], row["end"], ("actor", plain(row["canonical"] or row["name"])))
        for row in names.actors(document, folded, lexicon)
    ]
    found += [
        Mark(row["start"], row["end"], ("act", plain(row["name"])))
        for row in names.instruments(document, folded, lexicon)
    ]
    return sorted(found, key=lambda mark: (mark.start, mark.end))


def without(text: str, marks: list[Mark]) -> str:
    """A text of the same length with blanks where the marks stand."""
    for mark in marks:
        text = text[: mark.start] + " " * (mark.end - mark.start) + text[mark.end :]
    return text


def _document(text: str) -> Document:
    return Document("", text, (), "", "", "", None, "", False, "text")


def _documents(text: str, lexicon: Lexicon) -> Iterator[Mark]:
    for row in names.numbers(_document(text), plain(text), lexicon):
        yield Mark(row["start"], row["end"], ("document", row["number"]))


def _dates(text: str, lexicon: Lexicon) -> Iterator[Mark]:
    for dated in dates_in(text):
        yield Mark(dated.start, dated.end, ("date", dated.day, dated.last))


def _quantities(text: str, lexicon: Lexicon) -> Iterator[Mark]:
    for quantity in quantities(plain(text), lexicon):
        yield Mark(quantity.start, quantity.end, _quantity_key(quantity))


def _quantity_key(quantity: Quantity) -> tuple[Hashable, ...]:
    unit, operator = quantity.unit, _AT_LEAST.get(quantity.operator, quantity.operator)
    ends = (quantity.value, quantity.low, quantity.high)
    return (unit.family, operator, *(None if end is None else _rounded(end * unit.factor) for end in ends))


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")


def _plain_numbers(text: str, lexicon: Lexicon) -> Iterator[Mark]:
    """Numbers without a unit, in figures with their scale and operator, and in numerals outside words like 进一步."""
    text, grammar = plain(text), _bare(lexicon)
    for match in grammar.pattern.finditer(text):
        value = arabic(match["number"].replace("−", "-"))
        operator = grammar.before.get(_single(match["before"]), grammar.after.get(_single(match["after"]), ""))
        scale = grammar.scales.get(_single(match["scale"]), 1.0)
        key = match["number"] if value is None else _rounded(value * scale)
        yield Mark(*match.span(), ("number", _AT_LEAST.get(operator, operator), key))
    for match in _NUMERAL.finditer(words().idle.sub(_blank, grammar.pattern.sub(_blank, text))):
        spelt = chinese(match.group())
        yield Mark(*match.span(), ("number", "", match.group() if spelt is None else _rounded(spelt)))


class _Bare:
    """A number without a unit, by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.before, self.after = lexicon.operators("before"), lexicon.operators("after")
        self.scales = lexicon.scales
        self.pattern = re.compile(
            rf"(?:(?P<before>{any_of(self.before)})\s?)?(?P<number>[-−]?{ARABIC})(?:\s?(?P<scale>{any_of(self.scales)}))?"
            rf"(?:\s?(?P<after>{any_of(self.after)}))?"
        )


_bare = lru_cache(maxsize=8)(_Bare)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _single(written: str | None) -> str:
    return " ".join((written or "").split())
