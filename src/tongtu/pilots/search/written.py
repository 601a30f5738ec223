"""What is stated inside texts: quantities with figures (`最高温度1600℃，真空度≤1e-3 Pa`), conditions, and names.

A careful reader of one kind of sentence, the data sheet: a name, a relation, a figure or a range, a unit that is one.
What it does not understand it leaves out. Conditions are compared part by part, a value in SI, words as they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from tongtu import text as spelling
from tongtu.terms import units

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2}|\s?[×x*]\s?10\^?[-+]?\d{1,2})?"
_STOP = re.compile(r"[;。!?\n、]|,(?!\d{3}(?!\d))|(?<!max)(?<!min)\.(?=\s|$)", re.IGNORECASE)
_FIGURE = re.compile(
    rf"(?<![A-Za-z0-9_.^])(?P<low>{_NUMBER})\s*(?P<first>[^\d\s~≤≥<>±至到,]{{0,16}}?)\s*"
    rf"(?:(?:~|–|—|至|到|to\b|-)\s*(?P<high>{_NUMBER})\s*)?(?P<unit>[^\s\d,;:()][^\s,;:()]{{0,23}})?\s*$"
)
_BEFORE = (
    (
        "le",
        r"(?:≤|<=?|不高于|不大于|不超过|至多|最高(?:可达|为|达)?|最大(?:为)?|可达|达到?|up\s+to|at\s+most|no\s+more\s+than|±|\+/-)",
    ),
    ("ge", r"(?:≥|>=?|不低于|不小于|不少于|至少|最低(?:为)?|最小(?:为)?|at\s+least|no\s+less\s+than|down\s+to)"),
    ("approx", r"(?:≈|约为|约|about|approx\.?)"),
    ("eq", r"(?:=|为|是|:)"),
)
_RELATION = [(operator, re.compile(rf"\s*{words}\s*[:=为]?\s*$", re.IGNORECASE)) for operator, words in _BEFORE]
_LEAD = (
    ("le", re.compile(r"^\s*(?:最高|最大|max(?:imum)?\b\.?)\s*", re.IGNORECASE)),
    ("ge", re.compile(r"^\s*(?:最低|最小|min(?:imum)?\b\.?)\s*", re.IGNORECASE)),
)
_CONDITION = re.compile(rf"^(?P<name>.*?)(?P<value>{_NUMBER})\s*(?P<unit>\D*)$")
_LONGEST = 24  # characters of a quantity's name
_LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity as a text states it, in the form of a row of indicators."""

    quantity: str
    operator: str
    low: float | None
    high: float | None
    unit: str


def figures(text: str, names: units.Names, used: Collection[str]) -> list[Figure]:
    """What a text states; `used`: units that somebody's indicator has, beside those anybody knows."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).replace("−", "-")
    found = (_figure(part.strip(), names, used) for part in _STOP.split(plain))
    return [one for one in found if one is not None]


def _figure(part: str, names: units.Names, used: Collection[str]) -> Figure | None:
    match = _FIGURE.search(part)
    if match is None:
        return None
    unit = (match["unit"] or match["first"]).strip()
    if not _is_unit(unit, names, used) or (match["high"] and match["first"] not in ("", unit)):
        return None
    operator, name = _relation(part[: match.start()])
    low, high = _number(match["low"]), _number(match["high"]) if match["high"] else None
    if not name or name[-1].isdigit() or len(name) > _LONGEST or (high is not None and high < low):
        return None
    if high is not None:
        return Figure(name, "between", low, high, unit)
    return Figure(name, operator, None if operator == "le" else low, low if operator == "le" else None, unit)


def _relation(before: str) -> tuple[str, str]:
    """The relation that stands before a figure, and the name before that."""
    operator = "eq"
    for code, pattern in _RELATION:
        if match := pattern.search(before):
            operator, before = code, before[: match.start()]
            break
    for code, pattern in _LEAD:
        if match := pattern.match(before):
            operator, before = code, before[match.end() :]
    return operator, before.strip(" :()=")


def _is_unit(unit: str, names: units.Names, used: Collection[str]) -> bool:
    return bool(unit) and (unit in used or unit in names or "=" not in units.scale(unit, names).dimension)


def _number(text: str) -> float:
    return float(re.sub(r"\s?[×x*]\s?10\^?", "e", text))


def conditions(written: str | None, names: units.Names) -> frozenset[str]:
    """The parts of `@10 GHz, 湿态` in one spelling, so that 10 GHz is 10000 MHz."""
    plain = unicodedata.normalize("NFKC", written or "").replace("@", " ")
    return frozenset(_part(part.strip(), names) for part in re.split(r"[,;、]", plain) if part.strip())


def _part(part: str, names: units.Names) -> str:
    match = _CONDITION.match(part)
    if match is None:
        return spelling.canonical(part).strip()
    scale = units.scale(match["unit"].strip(), names)
    name = spelling.canonical(match["name"]).strip()
    return f"{name}|{scale.base(_number(match['value'])):.9g}|{scale.dimension}"


def phrase(key: str) -> str:
    """A canonical name as it stands in canonical texts: English with a border on either side, Chinese without."""
    before, after = ("" if spelling.is_han(end) else " " for end in (key, key[-1:]))
    return f"{before}{key}{after}"
