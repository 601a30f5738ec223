"""The words by which conditions are read, as data: phrases by their role, and names that texts give our columns.

Both lists (`phrases.csv`, `columns.csv`) are our own. What they do not hold is not understood, and what is not
understood is asked of a person.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from tongtu.brief.facts.lexicon import any_of
from tongtu.brief.facts.numerals import DIGITS, arabic, chinese
from tongtu.brief.facts.plain import plain

_NUMBER = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,2})"


@cache
def _phrases() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _rows("phrases"):
        found.setdefault(row["role"], []).append(plain(row["written"]))
    return {role: tuple(words) for role, words in found.items()}


@cache
def phrase(role: str) -> re.Pattern[str]:
    """A pattern of the words with a role, the longest that fits."""
    return re.compile(any_of(_phrases().get(role, ())))


@cache
def years() -> re.Pattern[str]:
    """近2年, 最近三个会计年度; the number is the group `n`."""
    past, year = any_of(_phrases()["past"]), any_of(_phrases()["year"])
    return re.compile(rf"{past}\s?(?P<n>{_NUMBER})\s?{year}")


def number(written: str) -> int | None:
    """A small whole number in either script."""
    found = arabic(written) if written.isdigit() else _one(written)
    return int(found) if found is not None and found == int(found) else None


def _one(written: str) -> float | None:
    return float(DIGITS[written]) if written in DIGITS else chinese(written)


def names(nouns: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """What texts call the columns of some nouns: name → noun, and what it means over the noun's columns."""
    rows = [row for row in _rows("columns") if row["noun"] in nouns]
    return {plain(row["written"]): (row["noun"], row["means"]) for row in rows}


def without(text: str, role: str) -> tuple[str, bool]:
    """The text with every word of a role taken out, and whether there was one."""
    found = phrase(role).sub(" ", text)
    return found, found != text


def ends(text: str, role: str) -> bool:
    """Whether a text ends with a word of a role."""
    return text.rstrip().endswith(_phrases().get(role, ()))


def explained(text: str) -> bool:
    """Whether nothing is left of a text but words that change no meaning."""
    return not re.sub(r"[\W_]", "", phrase("filler").sub("", text))


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    file = resources.files(__package__) / f"{name}.csv"
    return tuple(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
