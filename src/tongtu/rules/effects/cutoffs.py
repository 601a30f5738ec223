"""Where a title's law has a threshold that can serve as a cutoff, and which other law cuts at the same place."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.rules import logic, units
from tongtu.rules.expressions import (
    FLIPPED,
    Arithmetic,
    Between,
    Comparison,
    Literal,
    Name,
    Negative,
    Node,
    Relation,
    Value,
    children,
)
from tongtu.rules.model import Check, Criterion, Group, Purpose, RuleBook, Scheme, Tier, Total, Version, Window
from tongtu.rules.program import name
from tongtu.terms.why import Label

_ORDERED: tuple[Relation, ...] = (">=", ">", "<=", "<")


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A criterion that compares a figure with a constant.

    `path` leads to it from the tier's root, itself last; `at` is the constant as it stands in the law, money in
    minor units. Where `upward`, those above it pass.
    """

    tier: Tier
    path: tuple[Criterion, ...]
    window: Window
    unit: str
    at: float
    upward: bool
    figure: Hashable

    @property
    def criterion(self) -> Criterion:
        return self.path[-1]

    @property
    def passed(self) -> str:
        """The column of verdicts that says who passes it, waived or not."""
        own = name(self.tier, self.criterion)
        return own if self.criterion.waiver is None else f"{own}!"

    def decides(self) -> pl.Expr:
        """True where this one criterion can decide the tier, for all that is known of the others.

        On the way up, no other part of an `all` fails; no other part of an `any` suffices; of an `at least k`,
        k - 1 others can hold and no more do; and nothing waives it.
        """
        found = [pl.col("applies") == logic.MET]
        for parent, part in zip(self.path, self.path[1:], strict=False):
            group = parent.body
            assert isinstance(group, Group)
            others = [pl.col(name(self.tier, p)) for p in group.parts if p is not part and p.role == "counts"]
            found.append(_pivotal(others, group.least))
        found += [pl.col(name(self.tier, c.waiver)) != logic.MET for c in self.path if c.waiver is not None]
        return pl.all_horizontal(found)


def _pivotal(others: list[pl.Expr], least: int | None) -> pl.Expr:
    if not others:
        return pl.lit(True)
    if least is None:
        return pl.all_horizontal([o != logic.UNMET for o in others])
    met = pl.sum_horizontal([(o == logic.MET).cast(pl.Int16) for o in others])
    possible = pl.sum_horizontal([o.is_in([logic.MET, logic.MANUAL, logic.UNKNOWN]).cast(pl.Int16) for o in others])
    return (met <= least - 1) & (possible >= least - 1)


def cutoffs(tier: Tier, purpose: Purpose) -> list[Cutoff]:
    """Every criterion of a tier that can be a cutoff, in reading order.

    A threshold that the tier names twice is none: the firms it decides about would then be others on either side.
    """
    found = list(_below((tier.root,), Window(), tier, purpose))
    named = [place for criterion, _ in tier.root.below() if not _skipped(criterion, purpose)
             for place in _places(criterion)]  # fmt: skip
    return [one for one in found if isinstance(one.criterion.body, Total) or named.count((one.figure, one.at)) == 1]


def _below(path: tuple[Criterion, ...], outer: Window, tier: Tier, purpose: Purpose) -> Iterator[Cutoff]:
    criterion = path[-1]
    if _skipped(criterion, purpose):
        return
    window = criterion.window(outer)
    match criterion.body:
        case Group(parts, _, negated) if not negated and (window.each or not criterion.years):
            for part in parts:
                yield from _below((*path, part), window, tier, purpose)
        case Check(Comparison() as node) if _ordered(node) is not None:
            op, of, at = _ordered(node) or (">=", node.left, 0.0)
            yield Cutoff(tier, path, window, of.unit, at, op in (">=", ">"), figure(of))
        case Total() as total:
            yield Cutoff(tier, path, window, "points", total.at_least, True, ("score", total.score, total.part))


def _skipped(criterion: Criterion, purpose: Purpose) -> bool:
    return criterion.role != "counts" or purpose in criterion.skip_if


def _ordered(node: Comparison) -> tuple[Relation, Value, float] | None:
    """A comparison as figure, relation and number; None where it is no order, or not with a number."""
    op, of, bound = node.op, node.left, node.right
    if isinstance(of, Literal):
        op, of, bound = FLIPPED[op], bound, of
    plain = isinstance(of, Literal) or of.unit in units.PLAIN
    if plain or op not in _ORDERED or not isinstance(bound, Literal):
        return None
    return (op, of, float(bound.value)) if isinstance(bound.value, int | float) else None


def _places(criterion: Criterion) -> Iterator[tuple[Hashable, float]]:
    """Every (figure, number) a criterion compares."""
    return _compared(criterion.body.node) if isinstance(criterion.body, Check) else iter(())


def _compared(node: Node) -> Iterator[tuple[Hashable, float]]:
    match node:
        case Comparison():
            found = _ordered(node)
            if found is not None:
                yield figure(found[1]), found[2]
        case Between(of, low, high):
            for bound in (low, high):
                if isinstance(bound, Literal) and isinstance(bound.value, int | float):
                    yield figure(of), float(bound.value)
        case _:
            for child in children(node):
                yield from _compared(child)


def figure(node: Value) -> Hashable:
    """What a value is, whatever the scheme that names it: a column, or what its measure is made of."""
    match node:
        case Literal():
            return node.value
        case Negative():
            return ("-", figure(node.of))
        case Arithmetic():
            return (node.op, figure(node.left), figure(node.right))
        case Name(field):
            measure = field.measure
            if measure is None:
                return (field.noun, field.name)
            if measure.of is None:
                return (measure.how, measure.rows)
            return figure(measure.of) if measure.how == "value" else (measure.how, measure.years, figure(measure.of))
    raise TypeError(type(node).__name__)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another criterion in force at the same time that cuts the same figure at the same number."""

    scheme: Scheme
    version: Version
    tier: Tier
    criterion: Criterion

    @property
    def label(self) -> Label:
        """`专精特新中小企业 · 营业收入`."""
        names = (self.tier.label, self.criterion.label)
        return Label(" · ".join(n.say("zh") for n in names), " · ".join(n.say("en") for n in names))


def elsewhere(book: RuleBook, scheme: Scheme, cutoff: Cutoff, days: list[date]) -> list[Elsewhere]:
    """Other tiers, of any scheme about the same subject, that cutoff where this one does on one of these days."""
    found = []
    for other in book.schemes.values():
        if other.subject != scheme.subject or (cutoff.unit == units.MONEY and other.currency != scheme.currency):
            continue
        for version in other.versions:
            if not any(span.covers(day, "new", batch) for span in version.spans for day in days
                       for batch in (None, *span.batches)):  # fmt: skip
                continue
            for tier, criterion, _ in version.criteria():
                if tier is not cutoff.tier and (cutoff.figure, cutoff.at) in _places(criterion):
                    found.append(Elsewhere(other, version, tier, criterion))
    return found
