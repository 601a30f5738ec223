"""Criteria as trees over a judgement's verdict columns: which parts decide, and what an answer would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.rules import logic
from tongtu.rules.model import Criterion, Group, Purpose, Tier, Window
from tongtu.rules.program import name

#: Where a tier is decided by no criterion: the scheme does not cover the subject, or no version has the tier.
COVERAGE, VERSION = "applies", "version"


def counting(criterion: Criterion) -> tuple[Criterion, ...]:
    """The parts a group counts; a leaf has none, and one of `none` is looked at as a whole."""
    body = criterion.body
    if not isinstance(body, Group) or body.negated:
        return ()
    return tuple(part for part in body.parts if part.role == "counts")


Placed = tuple[Criterion, pl.Expr]


def deciding(tier: Tier) -> Iterator[Placed]:
    """The criteria a tier's verdict rests on, each with where it does: on the way down all have that verdict.

    A group none of whose parts shares its verdict (k of n, or years in which different parts failed) is named
    itself.
    """
    verdict = pl.col(name(tier, tier.root))
    for part in counting(tier.root):
        yield from _deciding(tier, part, verdict, pl.lit(True))


def _deciding(tier: Tier, criterion: Criterion, verdict: pl.Expr, above: pl.Expr) -> Iterator[Placed]:
    here = above & (pl.col(name(tier, criterion)) == verdict)
    below = [pair for part in counting(criterion) for pair in _deciding(tier, part, verdict, here)]
    yield from below
    yield criterion, here & ~pl.any_horizontal([where for _, where in below]) if below else here


def open_leaves(tier: Tier) -> Iterator[tuple[Criterion, Window, pl.Expr]]:
    """Every leaf below a tier with its years, and where an answer to it could still matter.

    That is where it is unknown or left to a person, and so is everything above it.
    """
    for part in tier.root.parts():
        yield from _open_leaves(tier, part, Window(), pl.lit(True))


def _open_leaves(
    tier: Tier, criterion: Criterion, outer: Window, above: pl.Expr
) -> Iterator[tuple[Criterion, Window, pl.Expr]]:
    if criterion.role != "counts":
        return
    column, window = name(tier, criterion), criterion.window(outer)
    here = above & is_open(pl.col(column))
    if isinstance(criterion.body, Group):
        for part in criterion.body.parts:
            yield from _open_leaves(tier, part, window, here)
    else:
        yield criterion, window, here & is_open(pl.col(unwaived(tier, criterion)))
    if criterion.waiver is not None:
        yield from _open_leaves(tier, criterion.waiver, window, here)


def is_open(code: pl.Expr) -> pl.Expr:
    return (code == logic.UNKNOWN) | (code == logic.MANUAL)


def unwaived(tier: Tier, criterion: Criterion) -> str:
    """The column of what a criterion is without its waiver."""
    column = name(tier, criterion)
    return column if criterion.waiver is None else f"{column}!"


Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Supposing:
    """A tier judged again with other verdicts at some of its leaves, on arrays of verdict codes.

    `leaves` gives the codes of those leaves by `id`; every group above one is counted again from its parts, windows
    of years taken together, and all else stays as `codes` has it. Arrays, because one tier is judged again for each
    question that could be asked; what they do is `logic`'s, to which a test holds them.
    """

    tier: Tier
    purpose: Purpose
    codes: pl.DataFrame
    leaves: Mapping[int, Codes]

    def verdict(self) -> Codes:
        found = self._changed(self.tier.root)
        return self._stored(name(self.tier, self.tier.root)) if found is None else found

    def _changed(self, criterion: Criterion) -> Codes | None:
        """A criterion's codes, None where nothing below it changed."""
        if self.purpose in criterion.skip_if:
            return None
        group = isinstance(criterion.body, Group)
        own = self._regrouped(criterion) if group else self.leaves.get(id(criterion))
        if criterion.waiver is None:
            return own
        waiver = self._changed(criterion.waiver)
        if own is None and waiver is None:
            return None
        own = self._stored(unwaived(self.tier, criterion)) if own is None else own
        return some([own, self._stored(name(self.tier, criterion.waiver)) if waiver is None else waiver])

    def _regrouped(self, criterion: Criterion) -> Codes | None:
        assert isinstance(criterion.body, Group)
        parts = [part for part in criterion.body.parts if part.role == "counts"]
        found = [self._changed(part) for part in parts]
        if all(one is None for one in found):
            return None
        codes = [self._stored(name(self.tier, p)) if c is None else c for p, c in zip(parts, found, strict=True)]
        least, negated = criterion.body.least, criterion.body.negated
        counted = np.minimum.reduce(codes) if least is None else at_least(least, codes)
        return _OPPOSITE[counted] if negated else counted

    def _stored(self, column: str) -> Codes:
        return self.codes[column].to_numpy()


_OPPOSITE = np.array([logic.MET, logic.UNKNOWN, logic.MANUAL, logic.UNMET, logic.NOT_APPLICABLE], dtype=np.int8)


def some(parts: Sequence[Codes]) -> Codes:
    return at_least(1, parts)


def at_least(k: int, parts: Sequence[Codes]) -> Codes:
    """`logic.at_least` over arrays of codes."""
    met, unmet, unknown, out = (
        np.sum([part == code for part in parts], axis=0)
        for code in (logic.MET, logic.UNMET, logic.UNKNOWN, logic.NOT_APPLICABLE)
    )
    cases = [out == len(parts), met >= k, len(parts) - out - unmet < k, unknown > 0]
    values = [logic.NOT_APPLICABLE, logic.MET, logic.UNMET, logic.UNKNOWN]
    return np.select(cases, values, logic.MANUAL).astype(np.int8)
