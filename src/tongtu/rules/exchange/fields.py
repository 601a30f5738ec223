"""The figures a version needs, by the tables they are recorded in, and the criteria each is needed for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tongtu.registry import Noun, noun
from tongtu.rules import units
from tongtu.rules.expressions import Field, Measure, Name, Node, inputs, walk
from tongtu.rules.facts import items_below, needs_of
from tongtu.rules.model import Check, Holds, Scheme, Version
from tongtu.rules.rubric import Bands, Bonus, Linear


@dataclass(slots=True)
class Figure:
    """A column to be filled in: the years it is needed of (counted back, none for what has no year), and for what."""

    noun: str
    column: str
    unit: str
    years: set[int] = field(default_factory=set)
    asked: dict[str, None] = field(default_factory=dict)


def figures(scheme: Scheme, version: Version) -> list[Figure]:
    """Every column that a verdict depends on, in the order the version asks for them."""
    found: dict[tuple[str, str], Figure] = {}

    def add(noun_name: str, column: str, unit: str, back: int, path: str) -> None:
        one = found.setdefault((noun_name, column), Figure(noun_name, column, unit))
        one.years |= {back} if back else set()
        one.asked.setdefault(path)

    for path, node, backs in _asked(scheme, version):
        for used in (u for back in backs for u in inputs(node, back)):
            for column, unit in _columns(used.field):
                add(*column, unit, used.back, path)
    if any(isinstance(c.body, Holds) for _, c, _ in version.criteria()):
        paths = [c.path for _, c, _ in version.criteria() if isinstance(c.body, Holds)]
        for name in ("kind", "level", "valid_from", "valid_to"):
            for path in dict.fromkeys(paths):
                add("titles", name, units.DATE if name.startswith("valid") else units.TEXT, 0, path)
    return list(found.values())


def _asked(scheme: Scheme, version: Version) -> Iterator[tuple[str, Node, tuple[int, ...]]]:
    """(path, expression, years) of everything that reads a figure."""
    if scheme.applies is not None:
        yield "", scheme.applies, (1,)
    for _, criterion, window in version.criteria():
        if isinstance(criterion.body, Check):
            yield criterion.path, criterion.body.node, window.years
    for part in (part for score in version.scores for part in score.parts):
        for item in items_below(part.items):
            match item.scale:
                case Bands(of=node) | Linear(of=node) | Bonus(node=node):
                    yield item.path, node, (1,)
    for grant in (grant for tier in version.tiers for grant in tier.grants):
        for node in grant.nodes():
            yield grant.grant, node, (1,)


def _columns(used: Field) -> Iterator[tuple[tuple[str, str], str]]:
    """The columns behind a name: its own, or those a measure over child rows reads."""
    if used.measure is None:
        assert used.column is not None
        yield (used.noun, used.column.name), used.unit
    else:
        yield from _row_columns(used.measure)


def _row_columns(measure: Measure) -> Iterator[tuple[tuple[str, str], str]]:
    rows = measure.rows
    assert rows is not None
    for node in (rows.of, rows.where):
        for name in (n for n in walk(node) if isinstance(n, Name)) if node is not None else ():
            yield (rows.noun, name.field.name), name.unit
    for column in (rows.distinct, rows.on):
        if column:
            yield (rows.noun, column), units.DATE if column == rows.on else units.TEXT


def tables(scheme: Scheme, version: Version) -> list[Noun]:
    """The nouns to be filled in, each with its required columns and those the version needs, in their order."""
    wanted: dict[str, set[str]] = {scheme.subject: set()}
    money: set[str] = set()
    for figure in figures(scheme, version):
        wanted.setdefault(figure.noun, set()).add(figure.column)
        money |= {figure.noun} if figure.unit == units.MONEY else set()
    for noun_name, column in _links(scheme, version):
        wanted.setdefault(noun_name, set()).add(column)
    for name in money:
        wanted[name].add("currency")
    return [_only(noun(name), names) for name, names in wanted.items()]


def _links(scheme: Scheme, version: Version) -> Iterator[tuple[str, str]]:
    """Columns by which one table finds another."""
    for used in needs_of(scheme, version).inputs.values():
        if used.field.ref:
            yield scheme.subject, used.field.ref
        if used.field.measure is not None and used.field.measure.rows is not None:
            yield used.field.measure.rows.noun, used.field.measure.rows.link
    if scheme.holder:
        yield scheme.subject, scheme.holder


def _only(whole: Noun, names: set[str]) -> Noun:
    return replace(whole, columns=tuple(c for c in whole.columns if c.required or c.name in names))
