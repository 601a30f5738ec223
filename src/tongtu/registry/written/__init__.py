"""Indicators written inside a text: `功率密度≥350 Wh/kg`, `良率不低于98%`, `at least 99.9 % purity @25 ℃`.

A small, careful reader, not a language model. It looks for a figure with a relation (a sign, or words for it before or
after the figure), for the unit behind it, for the quantity beside it, and for conditions (`@10 GHz`, in brackets,
`在 25 ℃ 下`, `at 10 GHz`). A unit counts where the pack names it, an indicator of the registry uses it, or pint knows
it and it is no word of a language. Of the words beside a figure the longest that somebody's indicator or the glossary
names is the quantity; else all that stand there, if they are few.

What has a relation or a unit and is not understood is left out and said (`left`), with what is missing; plain figures
without either (years, `5G`, `M6`) are nobody's indicator. Nothing read here is a *must*: a text asks, its owner
insists.

What the same words mean depends on who writes (`manner`): one who asks, one who states, or a data sheet.

    words     the words of both languages      figures      values, ranges and units
    known     which units and quantities are   reader       one segment: relation, quantity, conditions
    manner    who writes                       conditions   held against each other
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from tongtu.registry import noun
from tongtu.registry.written import words
from tongtu.registry.written.known import Known, known, plain
from tongtu.registry.written.manner import ASKING, REQUIRING, SHEET, STATING, Manner
from tongtu.registry.written.reader import Found, Reader
from tongtu.terms.why import Why

__all__ = ["ASKING", "REQUIRING", "SHEET", "STATING", "Found", "Known", "Manner", "Written", "found", "known", "read"]

_COLUMNS = (
    "indicator", "subject_kind", "subject", "quantity", "quantity_en", "operator", "low", "high", "unit", "conditions",
)  # fmt: skip
#: characters without a stop; what is longer is no sentence of anybody's
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Written:
    """`indicators`: rows of the noun; `said`: each as it was written; `left`: what was not understood, and why."""

    indicators: pl.DataFrame
    said: list[str]
    left: tuple[Why, ...]


def read(text: str, known: Known, *, kind: str, subject: str, manner: Manner = ASKING) -> Written:
    """The indicators of a text, as those of listing `subject` of kind `kind`."""
    stated, left = found(text, known, manner)
    rows = [(f"{subject}-{k}", kind, subject, *one.facts()) for k, one in enumerate(stated, 1)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String) | {"low": pl.Float64, "high": pl.Float64},
                         orient="row")  # fmt: skip
    empty = noun("indicators").empty()
    return Written(pl.concat([empty, frame], how="diagonal"), [one.said for one in stated], tuple(left))


def found(text: str, known: Known, manner: Manner) -> tuple[list[Found], list[Why]]:
    """What a text states, in its order, and what of it was not understood."""
    stated: list[Found] = []
    left: list[Why] = []
    for segment in _segments(plain(text)):
        reader = Reader(segment, known, manner)
        reader.read()
        if not reader.found and stated and reader.conditions_alone():
            stated[-1].conditions.append(segment.strip())
            continue
        stated += reader.found
        left += reader.left
    return stated, left


def _segments(text: str) -> Iterable[str]:
    """Parts between stops; `在 25 ℃ 下,` stays with what follows it."""
    held = ""
    for part in words.SEGMENT.split(text):
        whole = f"{held}{part}"[:_LONGEST]
        held = ""
        first = words.FIRST.match(whole.strip())
        if first is not None and first.end() == len(whole.strip()):
            held = f"{whole} "
        elif whole.strip():
            yield whole
    if held.strip():
        yield held
