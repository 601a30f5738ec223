"""Sentences from patterns, a whole column at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from tongtu.samples.draw import Draw, Ints

_SLOT = re.compile(r"\{(\w+)\}")


def compose(frame: pl.DataFrame, patterns: Sequence[str], pick: Ints) -> pl.Series:
    """For each row the picked pattern with its `{slots}` filled from the row's columns; a null cell is empty."""
    whole = pl.Series("text", [""] * frame.height, dtype=pl.String)
    pieces, places = [], []
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(pick == number)
        if len(rows):
            pieces.append(frame[rows].with_columns(_filled(pattern).alias("text"))["text"])
            places.append(rows)
    if not pieces:
        return whole
    back = np.argsort(np.concatenate(places), kind="stable")
    return pl.concat(pieces).gather(back)


def sentence(draw: Draw, frame: pl.DataFrame, patterns: Sequence[str]) -> pl.Series:
    """A random pattern for each row."""
    return compose(frame, patterns, draw.below(len(patterns), frame.height))


def joined(*parts: pl.Series, between: str = "") -> pl.Series:
    """Sentences of a text, row by row."""
    named = [part.alias(str(i)) for i, part in enumerate(parts)]
    return pl.DataFrame(named).select(pl.concat_str(pl.all(), separator=between, ignore_nulls=True)).to_series()


def capital(text: pl.Series) -> pl.Series:
    """First letter as an English sentence has it."""
    first = text.str.head(1)
    letter = first.str.contains("[a-z]")
    return first.str.to_uppercase().zip_with(letter, first) + text.str.slice(1)


def _filled(pattern: str) -> pl.Expr:
    """`面向{a}的{c}` as an expression over the columns a and c."""
    parts: list[pl.Expr] = []
    end = 0
    for slot in _SLOT.finditer(pattern):
        if slot.start() > end:
            parts.append(pl.lit(pattern[end : slot.start()]))
        parts.append(pl.col(slot[1]).cast(pl.String))
        end = slot.end()
    if end < len(pattern):
        parts.append(pl.lit(pattern[end:]))
    return pl.concat_str(parts, ignore_nulls=True)
