"""Chinese ways to write a date, in digits and in Chinese numerals."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from tongtu.brief.dates.spans import (
    Days,
    Form,
    Read,
    century,
    days_away,
    moved,
    nearest,
    of_day,
    of_decade,
    of_half,
    of_month,
    of_months,
    of_quarter,
    of_year,
    to,
)  # fmt: skip

_DIGITS = {
    "〇": 0,
    "零": 0,
    "○": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "两": 2,
}
_TENS = {"十": 1, "廿": 2, "卅": 3}
_YEARS = {"今年": 0, "本年度": 0, "本年": 0, "去年": -1, "上一年": -1, "上年": -1, "前年": -2, "明年": 1, "次年": 1,
          "后年": 2, "年": 0}  # fmt: skip
_MONTHS = {"本月": 0, "上个月": -1, "上月": -1, "下个月": 1, "下月": 1}
_DAYS = {"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2, "明天": 1, "明日": 1, "后天": 2}
_PARTS = {"年中": (6, 7), "初": (1, 1), "底": (12, 12), "末": (12, 12), "终": (12, 12)}
_THIRDS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "初": (1, 10), "底": (21, 31), "末": (21, 31)}
_FIRSTS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "首": 1}


def number(written: str) -> int:
    """12, 二〇二六, 二十一, 廿一, 元 (the first month) as a whole number.

    >>> [number(written) for written in ("二〇二六", "十", "二十一", "廿九", "元")]
    [2026, 10, 21, 29, 1]
    """
    if written.isdecimal():
        return int(written)
    if written == "元":
        return 1
    head, ten, tail = re.fullmatch(r"(.*?)([十廿卅]?)([^十廿卅]*)", written).groups()  # type: ignore[union-attr]
    if not ten:
        return int("".join(str(_DIGITS[char]) for char in tail))
    return 10 * (_DIGITS[head] if head else _TENS[ten]) + (_DIGITS[tail] if tail else 0)


def _optional(match: re.Match[str], name: str) -> int | None:
    return number(match[name]) if match[name] else None


def _year_of(match: re.Match[str], anchor: date | None) -> int | None:
    """The year as written, or by a word such as 去年 counted from the anchor."""
    if match["year"]:
        return number(match["year"])
    return anchor.year + _YEARS[match["rel"]] if match["rel"] and anchor else None


def _with_year(made: Callable[[re.Match[str], int], Days]) -> Read:
    """A reader for forms that begin with a year or a word for one."""

    def read(match: re.Match[str], anchor: date | None) -> Days | None:
        year = _year_of(match, anchor)
        return None if year is None else made(match, year)._replace(relative=not match["year"])

    return read


def _perhaps_with_year(made: Callable[[re.Match[str], int], Days]) -> Read:
    """A reader for forms that may leave the year to the anchor."""

    def read(match: re.Match[str], anchor: date | None) -> Days | None:
        if not match["year"] and not match["rel"]:
            return nearest(anchor, lambda year: made(match, year))
        return _with_year(made)(match, anchor)

    return read


def _day(match: re.Match[str], year: int) -> Days:
    month, day = number(match["month"]), number(match["day"])
    first = of_day(year, month, day)
    if not match["day2"]:
        return first
    last = of_day(_optional(match, "year2") or year, _optional(match, "month2") or month, number(match["day2"]))
    return to(first, last)


def _month(match: re.Match[str], year: int) -> Days:
    days = of_month(year, number(match["month"]))
    if match["third"]:
        begin, end = _THIRDS[match["third"]]
        return Days(days.first.replace(day=begin), days.last.replace(day=min(end, days.last.day)), "month")
    if match["month2"]:
        return to(days, of_month(_optional(match, "year2") or year, number(match["month2"])))
    return days


def _months(match: re.Match[str], anchor: date | None) -> Days | None:
    first = number(match["month"])
    last = _optional(match, "month2") or first
    return nearest(anchor, lambda year: of_months(year, first, last, "month"))


def _part(match: re.Match[str], year: int) -> Days:
    return of_months(year, *_PARTS[match["part"]], precision="month")


def _quarter(match: re.Match[str], year: int) -> Days:
    if match["up_to"]:
        return to(of_quarter(year, 1), of_quarter(year, _FIRSTS[match["up_to"]]))
    first, last = (_FIRSTS.get(written) or number(written or "1") for written in (match["quarter"], match["quarter2"]))
    return to(of_quarter(year, first), of_quarter(year, last if match["quarter2"] else first))


def _half(match: re.Match[str], year: int) -> Days:
    return of_half(year, match["half"] == "上")


def _whole_year(match: re.Match[str], year: int) -> Days:
    return of_year(year)


def _decade_of_year(match: re.Match[str], _: date | None) -> Days:
    return of_decade(number(match["year"]))


def _years(match: re.Match[str], _: date | None) -> Days:
    first = number(match["year"])
    return to(of_year(first), of_year(century(first, number(match["year2"]))))


def _decade(match: re.Match[str], anchor: date | None) -> Days | None:
    tens = number(match["tens"])
    if match["century"]:
        return of_decade(100 * (number(match["century"]) - 1) + tens)
    if anchor is None:
        return None
    back = 100 if match["which"] == "上" else 0
    return of_decade(anchor.year - anchor.year % 100 - back + tens)._replace(relative=True)


def _this_month(match: re.Match[str], anchor: date | None) -> Days | None:
    if anchor is None:
        return None
    days = moved(anchor, _MONTHS[match["which"]])
    if not match["day"]:
        return days
    at = days.first.replace(day=number(match["day"]))
    return Days(at, at, "day", relative=True)


_N = "〇零○一二三四五六七八九"
_Y = rf"(?<![\d.{_N}])(?:(?:1[6-9]|20|21)\d\d|[一二][{_N}]{{3}})"
_M = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九元])"
_D = r"(?:[12]\d|3[01]|0?[1-9]|(?:[二三]?十|廿|卅)[一二三四五六七八九]?|[一二三四五六七八九])"
_TO = r"\s*(?:至|到|—{1,2}|–|－|-|~|～|〜)\s*"
_REL = rf"(?<!以)(?P<rel>{'|'.join(year for year in _YEARS if len(year) > 1)})(?![限龄会轮])"
_HEAD = rf"(?:(?P<year>{_Y})\s*年\s*|{_REL}\s*)"
_YEAR2 = rf"(?:(?P<year2>{_Y})\s*年\s*)?"
_ALONE = rf"(?<![\d年月.个第{_N}十])"
_PART = (
    r"(?P<part>年中(?![国央心期间])|初(?![步期心衷见次级中创建审选])|底(?![层线部数座色盘气])"
    r"|末(?![端期尾位梢])|终(?![端于止身结究审极]))"
)
_THIRD = r"(?P<third>上旬|中旬|下旬|[初底末](?![步期次级层线端]))"
_NO_DAY = rf"(?!\s*{_D}\s*[日号])"
_DAY = (
    rf"(?:{_HEAD}|{_ALONE})(?P<month>{_M})\s*月\s*(?P<day>{_D})\s*(?:[日号]|(?={_TO}{_D}\s*[日号]))"
    rf"(?:{_TO}{_YEAR2}(?:(?P<month2>{_M})\s*月\s*)?(?P<day2>{_D})\s*[日号])?"
)
_MONTH = (
    rf"{_HEAD}(?P<month>{_M})\s*(?:月份?{_NO_DAY}{_THIRD}?|(?={_TO}{_M}\s*月))"
    rf"(?:{_TO}{_YEAR2}(?P<month2>{_M})\s*月份?{_NO_DAY})?"
)
_MONTHS_ALONE = rf"{_ALONE}(?P<month>{_M})\s*月?{_TO}(?P<month2>{_M})\s*月份?{_NO_DAY}"
_MONTH_ALONE = rf"{_ALONE}(?P<month>{_M})\s*月(?P<month2>)份?(?!\s*{_D}\s*[日号]|[饼球亮光初底末])"
_PART_OF_YEAR = rf"(?:(?P<year>{_Y})\s*年{{1,2}}|(?P<rel>{'|'.join(y for y in _YEARS if y != '年')}))\s*{_PART}"
_PART_ALONE = rf"(?<![\d每历近多余几两十整周半全百千万同{_N}])(?P<year>)(?P<rel>年)(?!年){_PART}"
_QUARTER = (
    rf"(?:{_HEAD}的?)?"
    rf"(?:前(?P<up_to>[二两三])个?|第?(?P<quarter>[一二三四首1-4])(?:{_TO}(?P<quarter2>[二三四2-4]))?个?)季度"
)
_DECADE = (
    r"(?:(?P<century>\d\d|二?十[一二三四五六七八九]?)\s*|(?P<which>[上本])个?)世纪\s*"
    r"(?P<tens>[1-9]0|[一二三四五六七八九]十)\s*年代"
)

_PATTERNS: tuple[tuple[str, Read], ...] = (
    (_DAY, _perhaps_with_year(_day)),
    (_MONTH, _with_year(_month)),
    (_MONTHS_ALONE, _months),
    (_MONTH_ALONE, _months),
    (_PART_OF_YEAR, _with_year(_part)),
    (_PART_ALONE, _with_year(_part)),
    (rf"(?:{_HEAD}的?|(?<!半))(?P<half>[上下])半年", _perhaps_with_year(_half)),
    (_QUARTER, _perhaps_with_year(_quarter)),
    (rf"(?P<year>{_Y})\s*年?{_TO}(?P<year2>{_Y}|\d\d)\s*年(?![代前后来内间多])", _years),
    (_DECADE, _decade),
    (rf"(?P<year>{_Y})\s*年代", _decade_of_year),
    (rf"{_HEAD}(?!代|第?\s*\d+\s*号|\d+\s*月)", _with_year(_whole_year)),
    (rf"(?P<which>{'|'.join(_MONTHS)})(?:\s*(?P<day>{_D})\s*[日号])?", _this_month),
    (rf"(?:{'|'.join(_DAYS)})(?!头条|之星)", days_away(_DAYS)),
)
SIGN = re.compile("[年月]|季度|[今昨前明后][天日]")
"""Every form holds one of these."""
FORMS: tuple[Form, ...] = tuple((re.compile(pattern), read) for pattern, read in _PATTERNS)
