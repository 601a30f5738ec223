"""What would become of one subject if some of its figures were different."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import logic
from tongtu.rules.asking.changes import changed
from tongtu.rules.asking.diffs import transition
from tongtu.rules.asking.subjects import about, noun_of
from tongtu.rules.asking.values import Codes, near
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.model import Purpose, RuleBook
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

_NUMBERS = ("observed", "shortfall")
_FRAME = {
    **dict.fromkeys(("scheme", "version", "tier", "criterion", "before", "after", "change"), pl.String()),
    **{f"{number}_{side}": pl.Float64() for number in _NUMBERS for side in ("before", "after")},
    "unit": pl.String(), "why": pl.String(),
}  # fmt: skip


def what_if(
    book: RuleBook,
    registry: Registry,
    subject: str,
    changes: Mapping[str, Any],
    as_of: date,
    schemes: Iterable[str] | None = None,
    purpose: Purpose = "new",
    *,
    codes: Codes | None = None,
) -> pl.DataFrame:
    """What moves if some figures of one subject change; see `asking.changes` for the paths.

    Columns: scheme, version, tier, criterion, before, after, change, observed_before, observed_after,
    shortfall_before, shortfall_after, unit, why. Every tier of the schemes (of all that judge this kind of subject,
    unless some are named) has a row with criterion null; criteria follow only where a verdict or figure moved.
    `change` is one of `diffs.TRANSITIONS`; `why` is the reason afterwards. `codes` adds a pack's vocabularies to ours.

    Raises UsageFault naming every scheme, path and value that cannot be taken, and a subject nobody knows.
    """
    kind = noun_of(book, registry, subject)
    named = [] if schemes is None else list(schemes)
    fitting = [name for name in book if book[name].subject == kind]
    faults = [_no_scheme(name, fitting or list(book)) for name in named if name not in (fitting or book.schemes)]
    if kind is None:
        raise UsageFault([*faults, _no_subject(subject, book, registry)])
    chosen = fitting if schemes is None else [name for name in named if name in fitting]
    currency = next((book[name].currency for name in chosen if book[name].currency), "")
    here = about(registry, [kind], subject)
    try:
        there = changed(here, kind, subject, changes, as_of, currency=currency, codes=codes)
    except UsageFault as refused:
        raise UsageFault([*faults, *refused.faults]) from None
    if faults:
        raise UsageFault(faults)
    frames = [pl.DataFrame(schema=_FRAME)]
    for name in chosen:
        before, after = (judge(book, name, facts, as_of, purpose).only([subject]) for facts in (here, there))
        frames += _moved(before, after)
    return pl.concat(frames)


def _moved(before: Judgement, after: Judgement) -> Iterator[pl.DataFrame]:
    version = after.version.version if after.version else None
    on = ["scheme", "tier", "criterion"]
    tiers, criteria = (_sided(before, after, table, on) for table in ("verdicts", "criteria"))
    moved = [~pl.col(f"{x}_before").eq_missing(pl.col(f"{x}_after")) for x in _NUMBERS]
    changed_rows = criteria.filter(pl.any_horizontal(pl.col("before") != pl.col("after"), *moved))
    for rows in (tiers, changed_rows):
        if rows.height:
            codes = (pl.col(side).replace_strict(_CODES, return_dtype=pl.Int8) for side in ("before", "after"))
            change = transition(*codes).alias("change")
            yield rows.with_columns(change, pl.lit(version, pl.String).alias("version")).select(list(_FRAME))


_CODES = {word: code for code, word in enumerate(logic.VERDICTS)}


def _sided(before: Judgement, after: Judgement, table: str, on: list[str]) -> pl.DataFrame:
    """Both tables side by side; what one of them leaves out does not apply there."""
    sides = []
    for judgement, side in ((after, "after"), (before, "before")):
        frame: pl.DataFrame = getattr(judgement, table)
        blank = {"criterion": pl.String, "unit": pl.String, **dict.fromkeys(_NUMBERS, pl.Float64)}
        frame = frame.with_columns(pl.lit(None, t).alias(c) for c, t in blank.items() if c not in frame.columns)
        named = {"verdict": side, **{number: f"{number}_{side}" for number in _NUMBERS}}
        sides.append(frame.select(*on, *(pl.col(c).alias(a) for c, a in named.items()), "unit", "why"))
    both = sides[0].join(sides[1], on=on, how="full", nulls_equal=True, coalesce=True, suffix="_old",
                         maintain_order="left_right")  # fmt: skip
    return both.with_columns(
        pl.col("before", "after").fill_null("not_applicable"),
        pl.coalesce("unit", "unit_old").alias("unit"), pl.coalesce("why", "why_old").alias("why"),
    )  # fmt: skip


def _no_scheme(name: str, known: list[str]) -> Fault:
    args = {"name": name, "names": near(name, known)}
    return Fault(Why("asking.no-scheme", args), Why("asking.no-scheme-repair", args), column="schemes", value=name)


def _no_subject(subject: str, book: RuleBook, registry: Registry) -> Fault:
    known = [key for n in dict.fromkeys(book[name].subject for name in book) for key in registry[n][noun(n).key[0]]]
    args = {"name": subject, "names": near(subject, known)}
    return Fault(Why("asking.no-subject", args), Why("asking.no-subject-repair", args), column="subject", value=subject)
