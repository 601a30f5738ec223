"""One wide row of facts per subject: its own columns, its yearly figures by year, sums over its child rows,
the titles it holds and the marks reviewers gave. A fact nobody recorded is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import units
from tongtu.rules.compiling import Compiler, column, finite
from tongtu.rules.expressions import Input, Measure, Node, inputs
from tongtu.rules.model import (
    Bands,
    BestOf,
    Bonus,
    Check,
    Criterion,
    Holds,
    Item,
    Linear,
    Scheme,
    Version,
    Window,
)

#: Reviewers' marks: the path of an ordinal item or a manual criterion, and its points, lowest to highest.
MARKS = {"subject": pl.String, "path": pl.String, "low": pl.Float64, "high": pl.Float64}


@dataclass(slots=True)
class Needs:
    """What a version must know of every subject."""

    inputs: dict[str, Input] = field(default_factory=dict)
    holds: dict[str, Holds] = field(default_factory=dict)

    def node(self, node: Node, backs: Iterable[int] = (1,)) -> None:
        for back in backs:
            for used in inputs(node, back):
                self.inputs.setdefault(column(used), used)

    def criterion(self, criterion: Criterion, window: Window) -> None:
        match criterion.body:
            case Check(node):
                self.node(node, window.years)
            case Holds() as title:
                self.holds[title.column] = title


def needs_of(scheme: Scheme, version: Version) -> Needs:
    needs = Needs()
    if scheme.applies is not None:
        needs.node(scheme.applies)
    for _, criterion, window in version.criteria():
        needs.criterion(criterion, window)
    for score in version.scores:
        for part in score.parts:
            for item in items_below(part.items):
                match item.scale:
                    case Bands(of=node) | Linear(of=node) | Bonus(node=node):
                        needs.node(node)
    return needs


def items_below(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        if isinstance(item.scale, BestOf):
            yield from items_below(item.scale.items)


def gather(scheme: Scheme, version: Version, registry: Registry, as_of: date) -> pl.DataFrame:
    """Facts about every subject, in the order of their keys. Money stays in minor units, as recorded."""
    needs = needs_of(scheme, version)
    key = noun(scheme.subject).key[0]
    used = list(needs.inputs.values())
    own = _own_columns(scheme.subject, [i for i in used if i.field.source == "subject"])
    facts = registry[scheme.subject].select(key, *own)
    for back in sorted({i.back for i in used if i.field.source == "yearly"}):
        wanted = [i for i in used if i.field.source == "yearly" and i.back == back]
        facts = _joined(facts, key, _year(scheme, registry, as_of.year - back, back, wanted))
    for measure in _over_rows(used):
        facts = _joined(facts, key, _rows(measure, registry, Compiler(as_of, scheme.currency)))
        facts = _absent(facts, measure, registry)
    titles = [_title(title, registry["titles"], key, as_of) for title in needs.holds.values()]
    return finite(facts.with_columns(titles))


def with_marks(facts: pl.DataFrame, paths: Iterable[str], marks: pl.DataFrame | None) -> pl.DataFrame:
    """`mark.PATH.low` and `.high` for each path; null where no reviewer has marked yet.

    Several reviewers of one path are joined: from the lowest mark to the highest.
    """
    given = pl.DataFrame(schema=MARKS) if marks is None else marks.select(list(MARKS)).cast(MARKS)  # type: ignore[arg-type]
    key = facts.columns[0]
    for path in paths:
        marked = given.filter(pl.col("path") == path)
        if marked.is_empty():
            nothing = pl.lit(None, pl.Float64)
            facts = facts.with_columns(nothing.alias(f"mark.{path}.low"), nothing.alias(f"mark.{path}.high"))
            continue
        lowest, highest = pl.col("low").min(), pl.col("high").max()
        span = marked.group_by("subject", maintain_order=True).agg(
            lowest.alias(f"mark.{path}.low"), highest.alias(f"mark.{path}.high")
        )
        facts = facts.join(span, left_on=key, right_on="subject", how="left", maintain_order="left")
    return facts


def _own_columns(noun_name: str, used: list[Input]) -> list[pl.Expr]:
    names = {i.field.name: column(i) for i in used}
    if any(i.field.unit == units.MONEY for i in used):
        names["currency"] = f"{noun_name}.currency"
    return [pl.col(name).alias(alias) for name, alias in names.items()]


def _year(scheme: Scheme, registry: Registry, year: int, back: int, used: list[Input]) -> pl.DataFrame:
    """The figures of one year, last record of each subject."""
    link = _link(scheme.yearly, scheme.subject)
    names = {i.field.name: column(i) for i in used}
    if any(i.field.unit == units.MONEY for i in used):
        names["currency"] = f"{scheme.yearly}.currency@{back}"
    frame = registry[scheme.yearly].filter(pl.col("year") == year)
    if frame[link].is_duplicated().any():
        frame = frame.sort(link, "recorded_at", nulls_last=False, maintain_order=True)
        frame = frame.unique(link, keep="last", maintain_order=True)
    return frame.select(link, *(pl.col(name).alias(alias) for name, alias in names.items()))


def _joined(facts: pl.DataFrame, key: str, more: pl.DataFrame) -> pl.DataFrame:
    link = more.columns[0]
    if facts[key].equals(more[link]):  # the usual case: one row each, in the same order
        return facts.hstack(more.drop(link).get_columns())
    return facts.join(more, left_on=key, right_on=link, how="left", maintain_order="left")


def _link(child: str, subject: str) -> str:
    return next(c.name for c in noun(child).columns if c.kind == "ref" and c.of == subject)


def _over_rows(used: list[Input]) -> list[Measure]:
    return [i.field.measure for i in used if i.field.measure is not None]


def _rows(measure: Measure, registry: Registry, compiler: Compiler) -> pl.DataFrame:
    """A figure per subject over its child rows; null where a row cannot be decided or added."""
    rows = measure.rows
    assert rows is not None
    counts = compiler.truth(rows.where) if rows.where is not None else pl.lit(True)
    if rows.years:
        start = _years_before(compiler.as_of, rows.years)
        counts = counts & (pl.col(rows.on) > start) & (pl.col(rows.on) <= compiler.as_of)
    amount = pl.lit(1)
    if rows.of is not None:
        amount = compiler.amount(rows.of)
    elif rows.distinct:
        amount = pl.col(rows.distinct)
    frame = finite(registry[rows.noun]).select(rows.link, counts.alias("counts"), amount.alias("amount"))
    undecided = pl.col("counts").is_null() | (pl.col("counts") & pl.col("amount").is_null())
    chosen = pl.col("amount").filter(pl.col("counts"))
    total = chosen.n_unique() if rows.distinct else chosen.sum()
    figure = pl.when(~undecided.any()).then(total).alias(f"measure.{measure.name}")
    return frame.group_by(rows.link, maintain_order=True).agg(figure)


def _absent(facts: pl.DataFrame, measure: Measure, registry: Registry) -> pl.DataFrame:
    """A subject without rows has zero only where the rule says absence means none, and the table is there."""
    rows = measure.rows
    assert rows is not None
    if rows.absent == "unknown" or rows.noun not in registry:
        return facts
    present = registry[rows.noun][rows.link].unique().implode()
    name = f"measure.{measure.name}"
    nothing = pl.col(name).is_null() & ~pl.col(facts.columns[0]).is_in(present)
    return facts.with_columns(pl.when(nothing).then(0).otherwise(pl.col(name)).alias(name))


def _title(title: Holds, titles: pl.DataFrame, key: str, as_of: date) -> pl.Expr:
    """True where a valid title is recorded. Without any titles in the registry nobody's are known."""
    if titles.is_empty():
        return pl.lit(None, pl.Boolean).alias(title.column)
    valid = titles.filter(
        pl.col("kind").is_in(list(title.kinds)),
        pl.col("valid_from") <= as_of,
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of),
    )
    sure = valid.filter(pl.col("level").is_in(list(title.levels))) if title.levels else valid
    perhaps = valid.filter(pl.col("level").is_null()) if title.levels else valid.head(0)
    found = pl.when(pl.col(key).is_in(sure["organisation"].unique().implode())).then(True)
    return (
        found.when(pl.col(key).is_in(perhaps["organisation"].unique().implode()))
        .then(None)
        .otherwise(False)
        .alias(title.column)
    )


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
