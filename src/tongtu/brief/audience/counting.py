"""Counts that name nobody: groups below a floor are withheld, and what would give them away with them."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.registry import noun
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, word

#: A group of fewer is not counted in public: two could still tell each other apart.
FLOOR = 3
#: What a rule, or a document, does to a group; in the order in which people ask.
EFFECTS = ("gains", "loses", "opens", "closes", "near", "other", "works")
#: Ways to look at a group; those of which everybody is in at most one part come first.
ALL = "all"
_PARTS = ("kind", "tier", "builder", "size", "region")
GROUPINGS = (ALL, *_PARTS, "direction", "focus")

_TEXTS = ("scheme", "tier", "tier_zh", "tier_en", "noun", "effect", "transition", "before", "after", "group_by",
          "group", "label_zh", "label_en")  # fmt: skip
GROUPS: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, pl.String), "subjects": pl.Int64, "of": pl.Int64, "small": pl.Boolean,
    "criteria": pl.List(pl.String), "ids": pl.List(pl.String), "why": pl.String,
}  # fmt: skip
#: nouns whose counts have a word of their own
_COUNTED = frozenset(("organisations", "platforms", "projects", "needs", "achievements", "scenarios", "cases", "calls"))
_TABLE = ("scheme", "tier", "noun", "effect", "transition", "group_by")


def protected(rows: pl.DataFrame, floor: int) -> pl.DataFrame:
    """`rows` with their counts `subjects` and `of`, to which `small` and `few` are added.

    A count below the floor is withheld (`few`). Where it is the only one withheld of parts whose whole is shown, it
    could be worked out, so the next smallest is withheld with it (`small`, but not `few`). Withheld counts are null,
    and so is `of` below the floor.
    """
    few = pl.col("subjects") < floor
    table = [pl.col(c).fill_null("") for c in _TABLE]
    fewest = pl.when(~few).then("subjects").min().over(table)
    first = pl.when(pl.col("subjects") == fewest).then("group").min().over(table)
    second = (few.sum().over(table) == 1) & (pl.col("subjects") == fewest) & (pl.col("group") == first)
    second = second & pl.col("group_by").is_in(_PARTS)
    marked = rows.with_columns(few.alias("few"), (few | second).fill_null(False).alias("small"))
    return marked.with_columns(
        pl.when(~pl.col("small")).then("subjects").alias("subjects"),
        pl.when(pl.col("of") >= floor).then("of").alias("of"),
    )


def told(n: int | None, few: bool, subject: str, floor: int) -> Why:
    """A count in words: so many, fewer than the floor, or some."""
    unit = labelled(f"unit-{subject}") if subject in _COUNTED else _named(subject)
    if n is not None:
        return Why("brief_audience.count", {"n": n, "unit": unit})
    code, args = ("few", {"n": floor}) if few else ("some", {})
    return Why(f"brief_audience.{code}", {**args, "unit": unit})


def labelled(code: str) -> Label:
    """A word of this room in both languages."""
    return Label(*(word(f"brief_audience.{code}", lang) for lang in LANGUAGES))


def _named(subject: str) -> Label:
    return Label(noun(subject).zh, noun(subject).en)


def ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """By effect, the whole before its parts, larger groups first; the columns of GROUPS."""
    effect, grouping = (
        pl.col(name).replace_strict(list(values), list(range(len(values))), return_dtype=pl.Int8)
        for name, values in (("effect", EFFECTS), ("group_by", GROUPINGS))
    )
    return rows.select(pl.col(name).cast(kind) for name, kind in GROUPS.items()).sort(
        "scheme", "tier", effect, grouping, -pl.col("subjects"), "noun", "transition", "group",
        nulls_last=True,
    )  # fmt: skip
