"""What a document says of itself as a rule: its name and number, its first and last day, how long a title lasts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.proposals import words
from tongtu.brief.proposals.questions import Question
from tongtu.terms.why import Why

NEVER = date(9999, 12, 31)
"""The first day of a draft whose document names none: it is in force on no day until a person sets one."""
_SENTENCE = 200  # characters a sentence may have to either side of a number
_BEFORE = 14  # characters before a number of years in which 有效期 stands


@dataclass(frozen=True, slots=True)
class Heading:
    """`since` is NEVER where no day is said; `grade` is A for an official text, C for one that another source tells."""

    document: str
    source: str
    grade: str
    version: str
    since: date
    until: date | None
    valid_years: int | None


def heading(document: Document, facts: Facts, text: str, body: int) -> tuple[Heading, list[Question]]:
    """The heading, and what it leaves open; `body` is where the first article begins."""
    since, until = _days(facts.dates)
    asked = list(_asked(facts.dates, since))
    named = _number(facts.numbers, text, body) or document.title or document.outlet or document.id
    year = since.year if since != NEVER else document.published.year if document.published else None
    version = f"{year}-draft" if year is not None else "draft"
    source = document.address or document.outlet or document.id
    years = _valid_years(facts.figures, text)
    grade = "A" if document.official else "C"
    return Heading(named, source, grade, version, since, until, years), asked


def _days(dates: pl.DataFrame) -> tuple[date, date | None]:
    known = dates.filter(pl.col("day").is_not_null())
    first = known.filter(pl.col("kind") == "effective")["day"].to_list()
    since = first[0] if first else NEVER
    last = [day for day in known.filter(pl.col("kind") == "until")["day"].to_list() if first and day > since]
    return since, last[0] if last else None


def _asked(dates: pl.DataFrame, since: date) -> Iterator[Question]:
    rows = dates.filter((pl.col("kind") == "effective") & pl.col("day").is_not_null())
    if since == NEVER:
        yield Question("effective", Why("brief_proposals.no-first-day", {"day": NEVER}))
        return
    for row in rows.head(1).iter_rows(named=True):
        if row["precision"] != "day":
            why = Why("brief_proposals.vague-first-day", {"day": since})
            yield Question("effective", why, start=row["start"], end=row["end"])
    for row in rows.filter(pl.col("day") != since).iter_rows(named=True):
        why = Why("brief_proposals.other-first-day", {"day": since, "other": row["day"]})
        yield Question("effective", why, start=row["start"], end=row["end"])


def _number(numbers: pl.DataFrame, text: str, body: int) -> str:
    """The document's own number: the first above its articles that is not that of a text it names."""
    for row in numbers.iter_rows(named=True):
        before = text[: row["start"]].rstrip()
        if row["start"] < body and not re.search(r"》[(\s]*$", before):
            return str(row["number"])
    return ""


def _valid_years(figures: pl.DataFrame, text: str) -> int | None:
    """How long a title lasts: a number of years right behind 有效期, in a sentence not about the text itself."""
    for row in figures.filter((pl.col("unit") == "year") & (pl.col("operator") == "eq")).iter_rows(named=True):
        earliest, last = max(row["start"] - _SENTENCE, 0), min(row["end"] + _SENTENCE, len(text))
        begin = max(text.rfind(mark, earliest, row["start"]) for mark in "。\n;") + 1 or earliest
        end = min((at for mark in "。\n;" if (at := text.find(mark, row["end"], last)) >= 0), default=last)
        near = text[max(begin, row["start"] - _BEFORE) : row["start"]]
        own = words.phrase("own").search(text, begin, end)
        if words.phrase("validity").search(near) and own is None and row["value"] == int(row["value"]) > 0:
            return int(row["value"])
    return None
