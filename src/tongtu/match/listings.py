"""The two sides of the market: listings, their texts brought to one spelling, and who is open when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu import text
from tongtu.match import concepts
from tongtu.registry import Registry
from tongtu.terms.why import Why

_TEXTS = ("title", "title_en", "text", "text_en")
# A word of the title says more of the subject than one of the description, so titles stand twice.
_TWICE = ("title", "title_en")


@dataclass(frozen=True, slots=True)
class Side:
    """Listings in the order of their ids; `row` numbers them from 0 in every frame of this room.

    `frame`: the noun's columns and `row`. `texts`: canonical text of each. `named`: concepts of each,
    `titled`: those of its title.
    """

    key: str
    frame: pl.DataFrame
    texts: list[str]
    named: list[frozenset[str]]
    titled: list[frozenset[str]]

    @property
    def rows(self) -> int:
        return self.frame.height

    @property
    def subjects(self) -> pl.DataFrame:
        """subject, row: for tables that refer to these listings."""
        return self.frame.select("row", subject=self.key)

    def terms(self, row: int) -> text.Terms:
        """Terms of one listing; cut when asked for, since all of them at once would fill the memory."""
        return text.terms(self.texts[row])

    def counts(self, row: int) -> dict[str, Counter[str]]:
        """How often one listing has each term, by field of the index."""
        return {field: Counter(found) for field, found in self.terms(row)._asdict().items()}


def side(frame: pl.DataFrame, key: str, glossary: concepts.Glossary) -> Side:
    """A side of the market from rows of its noun."""
    frame = frame.sort(key).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    texts = list(map(_canonical, frame.select(*_TEXTS, "keywords").iter_rows(named=True)))
    titles = ["\n".join(filter(None, row)) for row in frame.select(_TWICE).iter_rows()]
    titled = concepts.find(list(map(text.canonical, titles)), glossary)
    return Side(key, frame, texts, concepts.find(texts, glossary), titled)


def written(row: dict[str, object]) -> list[str]:
    """Every text of a listing, as people wrote it."""
    keywords = row["keywords"] if isinstance(row["keywords"], list) else []
    return [str(part) for part in (*(row[name] for name in _TEXTS), *keywords) if part]


def open_needs(registry: Registry, as_of: date) -> pl.DataFrame:
    """Needs that ask for an answer at a date."""
    return registry["needs"].filter(~_closed(as_of) & ~_past_deadline(as_of))


def closed_needs(registry: Registry, as_of: date) -> pl.DataFrame:
    """Needs that do not ask at this date: need, why."""
    rows = registry["needs"].filter(_closed(as_of) | _past_deadline(as_of))
    reasons = [_why_closed(row, as_of) for row in rows.iter_rows(named=True)]
    return pl.DataFrame({"need": rows["need"], "why": pl.Series(reasons, dtype=pl.String)})


def is_published(as_of: date) -> pl.Expr:
    """Whether a listing stands open; a listing without a state counts as published."""
    return ~_closed(as_of)


def _closed(as_of: date) -> pl.Expr:
    unpublished = pl.col("state").fill_null("published") != "published"
    return unpublished | (pl.col("posted") > as_of).fill_null(False)


def _past_deadline(as_of: date) -> pl.Expr:
    return (pl.col("deadline") < as_of).fill_null(False)


def _why_closed(row: dict[str, object], as_of: date) -> str:
    if row["state"] not in (None, "published"):
        return Why("match.need-state", {"state": row["state"]}).to_json()
    if isinstance(row["posted"], date) and row["posted"] > as_of:
        return Why("match.need-not-posted", {"posted": row["posted"]}).to_json()
    return Why("match.need-past", {"deadline": row["deadline"]}).to_json()


def _canonical(row: dict[str, object]) -> str:
    return text.canonical("\n".join([*written(row), *(str(row[name]) for name in _TWICE if row[name])]))
