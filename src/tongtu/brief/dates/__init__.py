"""Dates in running text, Chinese and English: where they stand, the days they span, how precisely they are known.

    2026年1月16日  二〇二六年一月十六日  2026-01-16  Jan 16, 2026  16 January 2026      a day
    2026年1月  2026-01  January 2026  2025年底  end of 2025  2026年3月上旬               a month
    2026年第一季度  Q1 2026  2026年上半年  first half of 2026                            a quarter
    2026年  in 2026  FY2026                     20世纪90年代  the 1990s                 a year; a decade
    4月2—3日  April 2-3, 2026  2021—2025年  2026年3月至5月  March to May 2026            ranges: one date
    今年  去年底  上月  明年3月  last year  next month  April 2                           only with an anchor

A date is the days it spans: `day` is the first, `last` the last, and `precision` the unit in which it was said,
of a range the coarser one. The end of a year is its December and the beginning its January, known to the month.
What leaves out its year takes it from its range (2026年1月16日至20日), else it is the nearest such day to the
anchor. Five-year plans and festivals are facts of a jurisdiction and not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tongtu.brief.dates import chinese, english
from tongtu.brief.dates.spans import PRECISIONS

__all__ = ["PRECISIONS", "Dated", "dates_in"]

_AROUND = 48
"""Characters: no form is longer than this before its first sign or after its last."""


@dataclass(frozen=True, slots=True)
class Dated:
    """One date in a text: `text[start:end] == written`, the first and last day it spans, both included."""

    start: int
    end: int
    day: date
    last: date
    precision: str  # day | month | quarter | year | decade
    written: str
    relative: bool = False
    """The year, at least, came from the anchor."""


def dates_in(text: str, anchor: date | None = None) -> tuple[Dated, ...]:
    """All dates of a text in their order, without overlap: of two that begin together the longer one counts.

    `anchor` is the day the text was written, by which 今年, last month and April 2 are known; without it they
    are left out. So are impossible dates (2026年2月30日) and ranges that run backwards.
    """
    kept: list[Dated] = []
    for dated in sorted(_candidates(text, anchor), key=lambda dated: (dated.start, -dated.end)):
        if not kept or dated.start >= kept[-1].end:
            kept.append(dated)
    return tuple(kept)


def _candidates(text: str, anchor: date | None) -> Iterator[Dated]:
    for language in (chinese, english):
        windows = list(_windows(text, language.SIGN))
        for pattern, read in language.FORMS:
            group = "written" if "written" in pattern.groupindex else 0
            for match in (match for begin, end in windows for match in pattern.finditer(text, begin, end)):
                try:
                    span = read(match, anchor)
                except ValueError:  # 2026年2月30日
                    continue
                if span and span.first <= span.last:
                    start, end = match.span(group)
                    yield Dated(start, end, span.first, span.last, span.precision, text[start:end], span.relative)


def _windows(text: str, sign: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where to look: around each sign of a date. Most of a text has none, and looking costs as much as reading it."""
    begin = end = 0
    for match in sign.finditer(text):
        if match.start() - _AROUND > end:
            if end:
                yield begin, end
            begin = match.start() - _AROUND
        end = match.end() + _AROUND
    if end:
        yield max(begin, 0), end
