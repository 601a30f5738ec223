"""One wide row of facts per subject: its own columns, its yearly figures by year, sums over its child rows,
the titles it holds and the marks reviewers gave. A fact nobody recorded is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import units
from tongtu.rules.columns import Expr, col, lit, polars
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
    Manual,
    Scheme,
    Version,
    Window,
)

#: Reviewers' marks: the path of an ordinal item or a manual criterion, and its points, lowest to highest.
MARKS = {"subject": pl.String, "path": pl.String, "low": pl.Float64, "high": pl.Float64}

#: Where the subject's own reference to another row stands.
_REFERRED = "ref."


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


@lru_cache(maxsize=256)
def needs_of(scheme: Scheme, version: Version) -> Needs:
    """Found once for a version, and shared: not to be changed."""
    needs = Needs()
    if scheme.applies is not None:
        needs.node(scheme.applies)
    for _, criterion, window in version.criteria():
        needs.criterion(criterion, window)
    for tier in version.tiers:
        for node in (node for grant in tier.grants for node in grant.nodes()):
            needs.node(node)
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


def marked_paths(version: Version) -> list[str]:
    """Paths a reviewer may mark."""
    found = [c.path for _, c, _ in version.criteria() if isinstance(c.body, Manual)]
    for score in version.scores:
        for part in score.parts:
            found += [i.path for i in items_below(part.items) if i.scale.open]
    return sorted(set(found))


def gather(scheme: Scheme, version: Version, registry: Registry, as_of: date) -> pl.DataFrame:
    """Facts about every subject, in the order of their keys. Money stays in minor units, as recorded."""
    needs = needs_of(scheme, version)
    key = noun(scheme.subject).key[0]
    used = list(needs.inputs.values())
    own = _own_columns(scheme.subject, [i for i in used if i.field.source == "subject"])
    through = sorted({i.field.ref for i in used if i.field.ref} | ({scheme.holder} if scheme.holder else set()))
    facts = registry[scheme.subject].select(key, *own, *(pl.col(ref).alias(_REFERRED + ref) for ref in through))
    for ref in through:
        facts = _referred(facts, ref, registry, [i for i in used if i.field.ref == ref])
    for back in sorted({i.back for i in used if i.field.source == "yearly"}):
        wanted = [i for i in used if i.field.source == "yearly" and i.back == back]
        facts = _with_year(facts, scheme, registry, as_of.year - back, back, wanted)
    for measure in _over_rows(used):
        facts = _joined(facts, key, _rows(measure, registry, Compiler(as_of, scheme.currency)))
        facts = _absent(facts, measure, registry)
    holder = pl.col(_REFERRED + scheme.holder if scheme.holder else key)
    titles = [_title(title, registry["titles"], holder, as_of) for title in needs.holds.values()]
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


def _referred(facts: pl.DataFrame, ref: str, registry: Registry, used: list[Input]) -> pl.DataFrame:
    """Columns of the rows one of the subject's columns refers to; null where it names none that is recorded."""
    if not used:
        return facts
    target = used[0].field.noun
    names = {i.field.name.partition(".")[2]: column(i) for i in used}
    if any(i.field.unit == units.MONEY for i in used):
        names["currency"] = f"{target}.{ref}.currency"
    key = noun(target).key[0]
    more = registry[target].select(key, *(pl.col(name).alias(alias) for name, alias in names.items()))
    return facts.join(more, left_on=_REFERRED + ref, right_on=key, how="left", maintain_order="left")


def _with_year(
    facts: pl.DataFrame, scheme: Scheme, registry: Registry, year: int, back: int, used: list[Input]
) -> pl.DataFrame:
    """The figures of one year beside each subject; of several records of a year the last."""
    link = link_of(scheme.yearly, scheme.subject)
    names = {i.field.name: column(i) for i in used}
    if any(i.field.unit == units.MONEY for i in used):
        names["currency"] = f"{scheme.yearly}.currency@{back}"
    key, wanted = facts.columns[0], [pl.col(name).alias(alias) for name, alias in names.items()]
    read = dict.fromkeys((link, "year", "recorded_at", *names))  # a filter copies every column it is given
    frame = registry[scheme.yearly].select(list(read)).filter(pl.col("year") == year)
    if facts[key].equals(frame[link]):  # the usual case: one row each, in the same order
        return facts.hstack(frame.select(wanted).get_columns())
    if frame[link].is_duplicated().any():
        frame = frame.sort(link, "recorded_at", nulls_last=False, maintain_order=True)
        frame = frame.unique(link, keep="last", maintain_order=True)
    return _joined(facts, key, frame.select(link, *wanted))


def _joined(facts: pl.DataFrame, key: str, more: pl.DataFrame) -> pl.DataFrame:
    link = more.columns[0]
    return facts.join(more, left_on=key, right_on=link, how="left", maintain_order="left")


def link_of(child: str, subject: str) -> str:
    return next(c.name for c in noun(child).columns if c.kind == "ref" and c.of == subject)


def _over_rows(used: list[Input]) -> list[Measure]:
    return [i.field.measure for i in used if i.field.measure is not None]


def row_terms(measure: Measure, compiler: Compiler) -> tuple[Expr, Expr]:
    """Of a child row: whether it counts, and what it adds."""
    rows = measure.rows
    assert rows is not None
    counts = compiler.truth(rows.where) if rows.where is not None else lit(True)
    if rows.years:
        start = years_before(compiler.as_of, rows.years)
        counts = counts & (col(rows.on) > start) & (col(rows.on) <= compiler.as_of)
    if rows.of is not None:
        return counts, compiler.amount(rows.of)
    return counts, col(rows.distinct) if rows.distinct else lit(1)


def _rows(measure: Measure, registry: Registry, compiler: Compiler) -> pl.DataFrame:
    """A figure per subject over its child rows; null where a row cannot be decided or added."""
    rows = measure.rows
    assert rows is not None
    counts, amount = row_terms(measure, compiler)
    terms = {"counts": polars(counts), "amount": polars(amount)}
    frame = finite(registry[rows.noun]).select(rows.link, **terms)
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


def _title(title: Holds, titles: pl.DataFrame, holder: pl.Expr, as_of: date) -> pl.Expr:
    """True where the holder has a valid title; null where there is no holder, or the registry has no titles at all."""
    if titles.is_empty():
        return pl.lit(None, pl.Boolean).alias(title.column)
    valid = titles.filter(
        pl.col("kind").is_in(list(title.kinds)),
        pl.col("valid_from") <= as_of,
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of),
    )
    sure = valid.filter(pl.col("level").is_in(list(title.levels))) if title.levels else valid
    perhaps = valid.filter(pl.col("level").is_null()) if title.levels else valid.head(0)
    found = pl.when(holder.is_in(sure["organisation"].unique().implode())).then(True)
    return (
        found.when(holder.is_null() | holder.is_in(perhaps["organisation"].unique().implode()))
        .then(None)
        .otherwise(False)
        .alias(title.column)
    )


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
