"""How far somebody is from a tier, counted in conditions: who lacks just one thing, and which.

What is counted is the fewest conditions that would have to be met besides those that are: all the unmet ones of an
`all`, the cheapest way of an `any`, the cheapest k of k-of-n; a waiver is one more way. What is unknown or left to a
person is not counted, since nothing says that it is lacking.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tongtu.rules import logic
from tongtu.rules.asking import trees
from tongtu.rules.model import Criterion, Group, Tier
from tongtu.rules.program import APPLIES, name

Placed = tuple[Criterion, pl.Expr]


def near(tier: Tier) -> pl.Expr:
    """Where, in the codes of a judgement, the rule covers a subject that lacks exactly one condition."""
    return (pl.col(APPLIES) == logic.MET) & (lacking(tier) == 1)


def lacking(tier: Tier) -> pl.Expr:
    """How many conditions are lacking; 0 for a tier that is not ruled out, null where it does not apply."""
    return _lacking(tier, tier.root)


def _lacking(tier: Tier, criterion: Criterion) -> pl.Expr:
    code = pl.col(name(tier, criterion))
    ways = [_own(tier, criterion)]
    if criterion.waiver is not None:
        ways.append(_lacking(tier, criterion.waiver))
    fewest = pl.min_horizontal(ways).clip(lower_bound=1)  # years in which different parts failed are one thing
    return pl.when(code == logic.UNMET).then(fewest).when(code != logic.NOT_APPLICABLE).then(0)


def _own(tier: Tier, criterion: Criterion) -> pl.Expr:
    parts = [_lacking(tier, part) for part in trees.counting(criterion)]
    body = criterion.body
    if not parts or not isinstance(body, Group):
        return pl.lit(1)
    if body.least is None:
        return pl.sum_horizontal(parts)
    return pl.concat_list(parts).list.drop_nulls().list.sort().list.head(body.least).list.sum()


def blocking(tier: Tier) -> Iterator[Placed]:
    """The conditions to be met, each with where it is unmet: an `any` or k-of-n as one, an `all` part by part."""
    for part in trees.counting(tier.root):
        yield from _blocking(tier, part, pl.col(name(tier, tier.root)) == logic.UNMET)


def _blocking(tier: Tier, criterion: Criterion, above: pl.Expr) -> Iterator[Placed]:
    here = above & (pl.col(name(tier, criterion)) == logic.UNMET)
    below = [pair for part in _needed(criterion) for pair in _blocking(tier, part, here)]
    yield from below
    yield criterion, here & ~pl.any_horizontal([where for _, where in below]) if below else here


def _needed(criterion: Criterion) -> tuple[Criterion, ...]:
    """The parts that must all hold; none where there is another way."""
    body = criterion.body
    all_of = isinstance(body, Group) and body.least is None and criterion.waiver is None
    return trees.counting(criterion) if all_of else ()
