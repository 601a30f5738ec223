"""English ways to write a date, and dates in figures alone.

A bare year counts only where the words around it say that it is one: "in 2026" and "China's 2026 strategy" are
dates, "2026 patents" is not. Names of months need their capital, so that "may 10" stays a verb.
"""

from __future__ import annotations

import re
from datetime import date

from tongtu.brief.dates.spans import (
    Days,
    Form,
    Read,
    century,
    days_away,
    moved,
    of_day,
    of_decade,
    of_half,
    of_month,
    of_months,
    of_quarter,
    of_year,
    resolved,
    to,
)  # fmt: skip

_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
_MONTHS = {name[:n].lower(): i for i, name in enumerate(_NAMES, 1) for n in (3, len(name))} | {"sept": 9}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3,
             "4th": 4}  # fmt: skip
_PARTS = {"end": (12, 12), "late": (10, 12), "early": (1, 3), "beginning": (1, 1), "start": (1, 1), "mid": (6, 7),
          "middle": (6, 7)}  # fmt: skip
_MOVES = {"last": -1, "previous": -1, "this": 0, "current": 0, "next": 1, "coming": 1}
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def _number(match: re.Match[str], name: str) -> int | None:
    written = match.groupdict().get(name)
    return int(written) if written else None


def _month_of(match: re.Match[str], name: str) -> int | None:
    written = match.groupdict().get(name)
    return _MONTHS[written.rstrip(".").lower()] if written else None


def _day(match: re.Match[str], anchor: date | None) -> Days | None:
    """Day and month in either order, perhaps a second day, month and year."""
    month, day, until = _month_of(match, "month") or 0, int(match["day"]), _number(match, "day2")

    def made(year: int) -> Days:
        first = of_day(_number(match, "year1") or year, month, day)
        return to(first, of_day(year, _month_of(match, "month2") or month, until)) if until else first

    return resolved(_number(match, "year"), anchor, made)


def _month(match: re.Match[str], _: date | None) -> Days:
    year, until = int(match["year"]), _month_of(match, "month2")
    first = of_month(_number(match, "year1") or year, _month_of(match, "month") or 0)
    return to(first, of_month(year, until)) if until else first


def _quarter(match: re.Match[str], _: date | None) -> Days:
    number = _number(match, "number")
    return of_quarter(int(match["year"]), number or _ORDINALS[match["word"].lower()])


def _half(match: re.Match[str], _: date | None) -> Days:
    number = _number(match, "number")
    return of_half(int(match["year"]), number == 1 or (number is None and match["word"].lower() == "first"))


def _part(match: re.Match[str], _: date | None) -> Days:
    return of_months(int(match["year"]), *_PARTS[match["part"].lower()], precision="month")


def _years(match: re.Match[str], _: date | None) -> Days:
    first = int(match["year"])
    return to(of_year(first), of_year(century(first, int(match["year2"]))))


def _moved(match: re.Match[str], anchor: date | None) -> Days | None:
    if anchor is None:
        return None
    move, unit = _MOVES[match["which"].lower()], match["unit"].lower()
    if unit == "year":
        return of_year(anchor.year + move)._replace(relative=True)
    if unit == "month":
        return moved(anchor, move)
    month = moved(anchor, 3 * move).first
    return of_quarter(month.year, (month.month + 2) // 3)._replace(relative=True)


def _decade(match: re.Match[str], _: date | None) -> Days:
    return of_decade(int(match["year"]))


def _bare_year(match: re.Match[str], _: date | None) -> Days:
    return of_year(int(match["year"]))


def _iso_month(match: re.Match[str], _: date | None) -> Days:
    return of_month(int(match["year"]), int(match["figures"]))


def _iso(match: re.Match[str], _: date | None) -> Days:
    return of_day(int(match["year"]), int(match["month"]), int(match["day"]))


_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_LONG = "|".join(_NAMES)
_NAME = rf"(?:{_LONG}|{_LONG.upper()}|(?:{_SHORT}|{_SHORT.upper()})\b\.?)"
_FOUR = r"(?:1[6-9]|20|21)\d\d"
_TO = r"\s*(?:-|–|—|to|and|through|until)\s*"
_COMMA = r"(?:,\s*|\s+)"
_WORD = r"(?<![\w.])"
_FIGURE = r"(?<![\d./-])"
_LEAD = (
    r"(?:\b(?:in|by|of|since|from|until|till|before|after|during|year|through|throughout|around|beyond|for|the|and|to)\s+"
    r"|\bFY\s?|['’]s\s+|[(（])"
)
_COUNTED = (
    r"(?:\d|[.,]\d|\s*(?:%|yuan\b|million|billion|trillion|people\b|persons\b|units\b|firms\b|companies\b|enterprises\b"
    r"|projects\b|jobs\b|patents\b|items\b|cases\b|km\b|kilomet|tons\b|tonnes\b|times\b|platforms\b|members\b"
    r"|dollars\b|percent\b|experts\b|hours\b|workers\b))"
)


def _year(name: str = "year") -> str:
    return rf"(?P<{name}>{_FOUR})(?!\d)"


def _name(name: str = "month") -> str:
    return rf"(?P<{name}>{_NAME})"


def _count(name: str = "day") -> str:
    return rf"(?P<{name}>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"


_MONTH_DAY = rf"{_WORD}{_name()}\s+{_count()}(?:{_TO}(?:{_name('month2')}\s+)?{_count('day2')})?(?:{_COMMA}{_year()})?"
_MONTH_DAY_TWICE = (
    rf"{_WORD}{_name()}\s+{_count()}{_COMMA}{_year('year1')}{_TO}"
    rf"{_name('month2')}\s+{_count('day2')}{_COMMA}{_year()}"
)
_DAY_MONTH = rf"{_WORD}{_count()}(?:{_TO}{_count('day2')})?\s+(?:of\s+)?{_name()}(?:{_COMMA}{_year()})?"
_DAY_MONTH_TWICE = (
    rf"{_WORD}{_count()}\s+{_name()}(?:{_COMMA}{_year('year1')})?{_TO}"
    rf"{_count('day2')}\s+{_name('month2')}(?:{_COMMA}{_year()})?"
)
_MONTH = rf"{_WORD}{_name()}(?:(?:{_COMMA}{_year('year1')})?{_TO}{_name('month2')})?(?:,\s*|\s+(?:of\s+)?){_year()}"
_QUARTER = rf"(?i:{_WORD}(?P<word>{'|'.join(_ORDINALS)})\s+quarter\s+(?:of\s+)?){_year()}"
_PART = rf"(?i:{_WORD}(?P<part>{'|'.join(_PARTS)})(?:\s+of\s+|[\s-]+)){_year()}"
_STANDARD = r"(?<!/T )(?<!ISO )"

_PATTERNS: tuple[tuple[str, Read], ...] = (
    (rf"{_FIGURE}(?P<year>{_FOUR})(?P<by>[-/.])(?P<month>\d\d?)(?P=by)(?P<day>\d\d?)(?![\d/-]|\.\d)", _iso),
    (rf"{_FIGURE}{_STANDARD}(?P<year>{_FOUR})[-/](?P<figures>0[1-9]|1[0-2])(?![\d/-]|\.\d|\s*年)", _iso_month),
    (rf"{_FIGURE}(?P<year>{_FOUR})\s?[Qq](?P<number>[1-4])\b", _quarter),
    (_MONTH_DAY, _day),
    (_MONTH_DAY_TWICE, _day),
    (_DAY_MONTH, _day),
    (_DAY_MONTH_TWICE, _day),
    (_MONTH, _month),
    (rf"{_WORD}[Qq](?P<number>[1-4])(?:\s+of)?[\s,]+{_year()}", _quarter),
    (_QUARTER, _quarter),
    (rf"{_WORD}H(?P<number>[12])(?:\s+of)?\s+{_year()}", _half),
    (rf"(?i:{_WORD}(?P<word>first|second)\s+half\s+of\s+){_year()}", _half),
    (_PART, _part),
    (r"(?<=[Tt]he\s)(?P<year>(?:1[6-9]|20|21)\d0)['’]?s\b", _decade),
    (rf"(?<![\w.,/-]){_STANDARD}{_year()}\s?(?:-|–|—|to)\s?(?P<year2>{_FOUR}|\d\d)(?![\d/-]|\s*年|{_COUNTED})", _years),
    (rf"(?i:{_LEAD})(?P<written>{_year()})(?!{_COUNTED})", _bare_year),
    (rf"(?i:{_WORD}(?P<which>{'|'.join(_MOVES)})\s+(?P<unit>year|quarter|month)\b)", _moved),
    (rf"(?i:{_WORD}(?:{'|'.join(_DAYS)})\b)", days_away(_DAYS)),
)
SIGN = re.compile(
    rf"{_FOUR}|{_SHORT}|May|{_SHORT.upper()}|MAY|[Tt]oday|[Yy]esterday|[Tt]omorrow|[Yy]ear|[Qq]uarter|[Mm]onth"
)
"""Every form holds one of these."""
# ASCII, so that an ideograph is no letter of the word beside it: 到January 2026为止.
FORMS: tuple[Form, ...] = tuple((re.compile(pattern, re.ASCII), read) for pattern, read in _PATTERNS)
