"""Conditions under which a value holds: `@10 GHz, 25 ℃, 湿态`.

Parts are separated by commas or semicolons. A part is words alone, or a value with or without a name: a
point, a range (`8–12 GHz`), a bound (`≤ 85 ℃`) or a point with tolerance (`25±2 ℃`); values are compared in
SI. A claim answers a demand where each of the demand's conditions is met by one of the claim's: the same
words, or values that hold wherever the demand wants them. What the demand does not name, it leaves open.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from math import inf

from tongtu import text
from tongtu.terms import units

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_TO = r"(?:~|〜|–|—|-|至|到|to)"
_RANGE = re.compile(
    rf"^(?P<name>.*?)(?P<low>{_NUMBER})\s*(?P<first>[^\d\s~]*?)\s*{_TO}\s*(?P<high>{_NUMBER})\s*(?P<unit>\D*)$"
)
_ABOUT = re.compile(rf"^(?P<name>.*?)(?P<value>{_NUMBER})\s*±\s*(?P<by>{_NUMBER})\s*(?P<unit>\D*)$")
_POINT = re.compile(rf"^(?P<name>.*?)(?P<sign>[<>≤≥]=?)?\s*(?P<value>{_NUMBER})\s*(?P<unit>\D*)$")
_LONGEST = 80  # a longer part is prose
_EQUAL = 1e-9
_END = "; "


@dataclass(frozen=True, slots=True)
class Part:
    """One condition: words alone (no dimension), or the values `low` to `high` in SI; `about` is a tolerance."""

    name: str
    dimension: str = ""
    low: float = 0.0
    high: float = 0.0
    about: bool = False

    def __str__(self) -> str:
        if not self.dimension:
            return self.name
        joint = "±" if self.about else "…"
        return f"{self.name}|{self.low:.9g}{joint}{self.high:.9g}|{self.dimension}"

    def answers(self, asked: Part) -> bool:
        """Whether a value claimed under this holds under what is asked."""
        if not asked.dimension or not self.dimension:
            return self == asked
        if self.dimension != asked.dimension or (self.name != asked.name and self.name and asked.name):
            return False
        if asked.about:
            return _at_most(self.low, asked.high) and _at_most(asked.low, self.high)
        return _at_most(self.low, asked.low) and _at_most(asked.high, self.high)


def canonical(written: str | None, also: units.Names) -> str:
    """Conditions in one spelling, parts sorted, so that `@10 GHz` is `@10000 MHz`; "" where there are none."""
    plain = unicodedata.normalize("NFKC", written or "").replace("@", " ").replace("|", " ")
    parts = [_part(part.strip(), also) for part in re.split(r"[,;、]", plain)]
    return _END.join(sorted(str(part) for part in parts if part.name or part.dimension))


@cache
def answer(asked: str, claimed: str) -> bool:
    """Whether what is claimed under one set of conditions holds under another; both canonical."""
    if asked in ("", claimed):
        return True
    claims = [_read(part) for part in claimed.split(_END)]
    return all(any(claim.answers(_read(part)) for claim in claims) for part in asked.split(_END))


def _read(part: str) -> Part:
    """A part from its spelling."""
    name, *rest = part.rsplit("|", 2)
    if not rest:
        return Part(part)
    about = "±" in rest[0]
    low, high = (float(end) for end in rest[0].split("±" if about else "…"))
    return Part(name, rest[1], low, high, about)


def _part(part: str, also: units.Names) -> Part:
    words = Part(text.canonical(part).strip())
    if len(part) > _LONGEST:
        return words
    if found := _RANGE.match(part):
        unit = found["unit"].strip() or found["first"]
        ends = [(found["low"], found["first"] or unit), (found["high"], unit)]
        low, high = (units.scale(u, also).base(float(value)) for value, u in ends)
        same = units.scale(ends[0][1], also).dimension == units.scale(unit, also).dimension
        return (
            Part(_name(found["name"]), units.scale(unit, also).dimension, low, high) if same and low <= high else words
        )
    if found := _ABOUT.match(part):
        scale, value, by = units.scale(found["unit"].strip(), also), float(found["value"]), abs(float(found["by"]))
        return Part(_name(found["name"]), scale.dimension, scale.base(value - by), scale.base(value + by), True)
    if found := _POINT.match(part):
        scale = units.scale(found["unit"].strip(), also)
        value = scale.base(float(found["value"]))
        sign = (found["sign"] or " ")[0]
        return Part(
            _name(found["name"]), scale.dimension, -inf if sign in "<≤" else value, inf if sign in ">≥" else value
        )
    return words


def _name(written: str) -> str:
    return text.canonical(written).strip(" =:")


def _at_most(x: float, y: float) -> bool:
    return x <= y or (abs(y) < inf and x - y <= abs(y) * _EQUAL)
