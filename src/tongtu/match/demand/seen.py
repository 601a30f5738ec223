"""What a viewer may know, settled before anything is counted.

`seen` is a registry whose columns above the viewer's disclosure class are null, so whatever is computed from
it cannot tell more. Sums over many organisations are the exception people want, and they are made from the
whole registry: `told` says when such a sum gives nobody away.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tongtu.match.sides import CLASSES
from tongtu.registry import Registry, noun
from tongtu.terms.faults import UsageFault

#: owner groups below which neither their number nor what they add up to is told (statistical disclosure
#: control's usual least; grade: ours)
FEWEST = 3
#: the share of a sum that one of them may make up, so that the sum does not tell its own figure (ours)
DOMINANT = 0.7
_SHOWN_DIGITS = 2


def seen(registry: Registry, see: str) -> Registry:
    """The registry as a viewer of class `see` may know it; a noun whose key is above the class has no rows.

    Raises UsageFault for a class that does not exist.
    """
    if see not in CLASSES:
        raise UsageFault.because("match.no-class", "match.no-class-repair", see=see, classes=list(CLASSES))
    if see == CLASSES[-1]:
        return registry
    return Registry({name: _columns(registry[name], name, see) for name in registry})


def may_see(see: str, table: str, *columns: str) -> bool:
    """Whether a class covers these columns of a noun."""
    return all(_open(noun(table).column(name).disclosure, see) for name in columns)


def told(amounts: Sequence[float]) -> bool:
    """Whether the sum of these amounts, one of each owner group, may be told to who may not see any of them."""
    total = sum(amounts)
    return len(amounts) >= FEWEST and max(amounts) <= DOMINANT * total


def count_told(voices: int, *, identities: bool) -> int | None:
    """A number of owner groups for a viewer who may (or may not) know who they are."""
    return voices if identities or voices >= FEWEST else None


def about(low: int, high: int | None) -> tuple[int, int | None]:
    """An interval widened to two digits, so that two of them do not tell a third by their difference."""
    least, _ = _between_steps(low)
    return least, None if high is None else _between_steps(high)[1]


def _between_steps(amount: int) -> tuple[int, int]:
    """The figures of two digits next below and next above an amount."""
    step = 10 ** max(len(str(amount)) - _SHOWN_DIGITS, 0)
    return amount // step * step, -(-amount // step) * step


def _open(disclosure: str, see: str) -> bool:
    return CLASSES.index(disclosure) <= CLASSES.index(see)


def _columns(frame: pl.DataFrame, name: str, see: str) -> pl.DataFrame:
    made = noun(name)
    hidden = [c.name for c in made.columns if not _open(c.disclosure, see)]
    if set(hidden) & set(made.key):
        return frame.clear()
    return frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in hidden)
