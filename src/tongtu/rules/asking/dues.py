"""What holders of titles owe, and when their titles end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.registry import Registry
from tongtu.rules.asking.titles import Rung, held, rungs
from tongtu.rules.columns import native, polars
from tongtu.rules.model import Citation, Lifecycle, RuleBook, Scheme, Version, on_day
from tongtu.rules.rendering import filled, hole
from tongtu.terms.why import Label, Why

_FRAME = {
    "on": pl.Date(),
    **dict.fromkeys(("kind", "subject", "scheme", "version", "tier", "name", "document", "why"), pl.String()),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The days from one to another, both included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def years(self) -> range:
        return range(self.first.year, self.last.year + 1)

    def within(self, day: pl.Expr) -> pl.Expr:
        return day.is_between(self.first, self.last)


def dues(book: RuleBook, registry: Registry, subject: str | None, span: Span) -> pl.DataFrame:
    """Updates and reviews owed, and last days of titles: on, kind, subject, scheme, version, tier, name, document, why.

    `name` is the record of the title. An update is owed each year after that of the award, a review by the last day
    of every so many years from it, both while the title is valid and as the rule then in force says. Whether they
    were made is not known here; see `lifecycle.state` for how a title stands today.
    """
    ladder = rungs(book)
    titles = held(book, registry, subject, span.first).filter(
        pl.col("until").is_null() | (pl.col("until") >= span.first)
    )
    found = [pl.DataFrame(schema=_FRAME)]
    for rows in titles.partition_by("kind", "scheme", "tier", maintain_order=True):
        rung = ladder.get(f"{rows['scheme'][0]}:{rows['tier'][0]}")
        label = Label(rows["kind"][0]) if rung is None else rung.tier.label
        found += _ends(rows, label, span)
        if rung is not None:
            found += [*_updates(rows, rung, span), *_reviews(rows, rung, span)]
    return pl.concat(found)


def _ends(rows: pl.DataFrame, label: Label, span: Span) -> Iterator[pl.DataFrame]:
    ending = rows.filter(span.within(pl.col("until")))
    for reckoned, code in ((False, "expires"), (True, "expires-reckoned")):
        chosen = ending.filter(pl.col("reckoned") == reckoned)
        yield _rows(chosen, "expires", pl.col("until"), Why(f"asking.due-{code}", {"name": label, "on": hole("on")}))


def _updates(rows: pl.DataFrame, rung: Rung, span: Span) -> Iterator[pl.DataFrame]:
    for year in span.years:
        for version in rung.scheme.versions:
            by = version.lifecycle.update_by
            day = on_day(year, by) if by is not None else None
            if day is None or not span.has(day) or _in_force(rung.scheme, day) is not version:
                continue
            owing = rows.filter(pl.col("valid_from").dt.year() < year, _lasting(pl.lit(day)))
            yield _rows(owing, "update", pl.lit(day), _why("update", rung, version.lifecycle), version)


def _reviews(rows: pl.DataFrame, rung: Rung, span: Span) -> Iterator[pl.DataFrame]:
    version = _in_force(rung.scheme, span.first)
    every = version.lifecycle.review_every_years if version is not None else None
    if version is None or not every:
        return
    oldest = rows["valid_from"].min()
    turns = (span.last.year - oldest.year) // every + 1 if isinstance(oldest, date) else 0
    for turn in range(1, turns + 1):
        day = pl.col("valid_from").dt.offset_by(f"{turn * every}y").dt.offset_by("-1d")
        owing = rows.filter(span.within(day), _lasting(day))
        yield _rows(owing, "review", day, _why("review", rung, version.lifecycle), version)


def _in_force(scheme: Scheme, day: date) -> Version | None:
    return scheme.in_force(day, "review") or scheme.in_force(day)


def _lasting(day: pl.Expr) -> pl.Expr:
    return pl.col("until").is_null() | (pl.col("until") >= day)


def _why(kind: str, rung: Rung, lifecycle: Lifecycle) -> Why:
    cite: Citation | None = lifecycle.cite
    by = Label("") if cite is None else cite.label()
    return Why(f"asking.due-{kind}", {"name": rung.tier.label, "on": hole("on"), "by": by})


def _rows(rows: pl.DataFrame, kind: str, day: pl.Expr, why: Why, version: Version | None = None) -> pl.DataFrame:
    text = pl.concat_str([pl.lit('{"$date":"'), day.dt.to_string("%Y-%m-%d"), pl.lit('"}')])
    cite = version.lifecycle.cite or version.cite if version is not None else None
    return rows.select(
        day.alias("on"),
        pl.lit(kind).alias("kind"),
        pl.col("organisation").alias("subject"),
        "scheme",
        pl.lit(version.version if version is not None else None, pl.String).alias("version"),
        "tier",
        pl.col("title").alias("name"),
        pl.lit(cite.document if cite is not None else None, pl.String).alias("document"),
        polars(filled(why, {"on": native(text)})).alias("why"),
    )
