"""Dates as people type them, and as Excel counts them.

Read: `2026-11-21`, `2026.11.21`, `2026/11/21`, `20261121`, `2026年11月21日`, `二〇二六年十一月二十一日`,
`March 15, 2012`, `15 March 2012`, any of them followed by a time, which is dropped.
A month (`2026年11月`, `2026-11`) counts as its first day. A bare year counts as 1 January and is said.
Refused: `03/04/2012` (two readings) and years of two digits.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from tongtu.terms.checked import Checked, plain
from tongtu.terms.why import Why

#: numeric cells between these are days as Excel counts them: 1906 to 2199
SERIAL_FIRST, SERIAL_LAST = 2200, 109_574
#: day 0 of Excel's count, as seen from its days after February 1900
SERIAL_EPOCH = date(1899, 12, 30)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sep sept", "october oct", "november nov", "december dec"), start=1
    )
    for name in names.split()
}  # fmt: skip
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")

_TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([AaPp][Mm])?\s*(Z|[+-]\d{2}:?\d{2})?$")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年 ](\d{1,2})(?:[-/.月 ](\d{1,2})[日号]?|月)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_YEAR = re.compile(r"((?:19|20|21)\d{2})年?")
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]+)\.?,?[\s-]+(\d{4})")
_MONTH_ONLY = re.compile(r"([A-Za-z]+)\.?,?\s+(\d{4})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def parse_date(text: str) -> Checked[date]:
    """A day from what a person typed; a text that holds none is a fault.

    >>> parse_date("2026年11月").value, parse_date("March 15, 2012").value
    (datetime.date(2026, 11, 1), datetime.date(2012, 3, 15))
    """
    typed = _TIME.sub("", _arabic(plain(text)))
    typed = re.sub(r"\s*([年月日号./-])\s*", r"\1", typed)
    if match := _YEAR.fullmatch(typed):
        return Checked(date(int(match[1]), 1, 1), warnings=(Why("ids.date-year-only", {"year": match[1]}),))
    if match := _YEAR_FIRST.fullmatch(typed) or _DIGITS.fullmatch(typed):
        return _day(text, match[1], match[2], match[3] or "1")
    if match := _YEAR_LAST.fullmatch(typed):
        return _year_last(text, match)
    return _named_month(text, typed)


def from_serial(number: float) -> Checked[date]:
    """A day from a numeric cell: Excel's count of days, or digits such as 20261121 and 202611."""
    if SERIAL_FIRST <= number <= SERIAL_LAST:
        return Checked(SERIAL_EPOCH + timedelta(days=int(number)))
    shown = str(int(number)) if number.is_integer() else str(number)
    return parse_date(shown) if shown.isdigit() else Checked.wrong("ids.date", text=shown)


def _named_month(text: str, typed: str) -> Checked[date]:
    if match := _MONTH_FIRST.fullmatch(typed):
        month, day, year = match[1], match[2], match[3]
    elif match := _DAY_FIRST.fullmatch(typed):
        month, day, year = match[2], match[1], match[3]
    elif match := _MONTH_ONLY.fullmatch(typed):
        month, day, year = match[1], "1", match[2]
    else:
        return Checked.wrong("ids.date", text=plain(text))
    number = _MONTHS.get(month.lower())
    return _day(text, year, str(number), day) if number else Checked.wrong("ids.date", text=plain(text))


def _year_last(text: str, match: re.Match[str]) -> Checked[date]:
    """Day and month are known apart only where one of them is above twelve, or they are equal."""
    first, second, year = match[1], match[2], match[3]
    if int(first) > 12:
        return _day(text, year, second, first)
    if int(second) > 12 or int(first) == int(second):
        return _day(text, year, first, second)
    return Checked.wrong("ids.date-ambiguous", text=plain(text))


def _day(text: str, year: str, month: str, day: str) -> Checked[date]:
    try:
        return Checked(date(int(year), int(month), int(day)))
    except ValueError:
        return Checked.wrong("ids.date-impossible", text=plain(text))


def _arabic(text: str) -> str:
    """Chinese numerals of a written date as digits: 二〇二六年十一月二十一日 → 2026年11月21日."""
    if not re.search(r"[〇零○一二三四五六七八九十].*[年月]", text):
        return text
    text = re.sub(r"([二三])十([一二三四五六七八九])", r"\1\2", text)
    text = re.sub(r"([二三])十", r"\g<1>0", text)
    text = re.sub(r"十([一二三四五六七八九])", r"1\1", text).replace("十", "10")
    return text.translate(_CHINESE_DIGITS)
