"""What a criterion waits for: facts somebody could supply, and what no answer would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from tongtu.registry import noun
from tongtu.rules import logic, units
from tongtu.rules.columns import polars
from tongtu.rules.compiling import column, currency_column
from tongtu.rules.expressions import Input, Node, divisors, inputs
from tongtu.rules.facts import items_below
from tongtu.rules.judging import Judgement
from tongtu.rules.model import (
    Bands,
    Bonus,
    Check,
    Criterion,
    Holds,
    Item,
    Linear,
    Manual,
    Ordinal,
    Total,
    Window,
)
from tongtu.terms.why import Label, Why


@dataclass(frozen=True, slots=True)
class Question:
    """A fact somebody could supply: a column of a noun in a year, a whole table, or a person's decision (no noun)."""

    field: str
    noun: str | None
    column: str | None
    year: int | None
    label: Label

    @property
    def what(self) -> Why:
        if self.year is not None:
            return Why("asking.field-year", {"name": self.label, "year": str(self.year)})
        kind = "decision" if self.noun is None else "table" if self.column is None else "field"
        return Why(f"asking.{kind}", {"name": self.label})


@dataclass(slots=True)
class Blocks:
    """What keeps a criterion open: the questions (with where each is unanswered), and what no answer removes."""

    missing: dict[Question, pl.Expr] = field(default_factory=dict)
    others: list[pl.Expr] = field(default_factory=list)

    def one_of(self, question: Question) -> pl.Expr:
        """Where a question is in the way, and all that is can be asked."""
        return self.missing[question] & ~pl.any_horizontal(self.others) if self.others else self.missing[question]

    def alone(self, question: Question) -> pl.Expr:
        """Where a question is all that is in the way."""
        unanswered = pl.sum_horizontal([where.cast(pl.Int16) for where in self.missing.values()])
        return self.one_of(question) & (unanswered == 1)


@dataclass(frozen=True, slots=True)
class Asker:
    """Finds what a criterion waits for."""

    judgement: Judgement

    def leaf(self, criterion: Criterion, window: Window) -> Iterator[tuple[Blocks, int]]:
        """What keeps a leaf open, for each of the two verdicts that are."""
        data, marks = Blocks(), Blocks()
        match criterion.body:
            case Check(node):
                for back in window.years:
                    self.node(data, node, back)
            case Holds() as title:
                data.missing[_table("titles")] = pl.col(title.column).is_null()
            case Manual(evidence):
                marks.missing[self._decision(criterion.path, evidence)] = pl.lit(True)
            case Total() as total:
                for item in self._items(total):
                    self._item(total.score, item, data, marks)
        yield data, logic.UNKNOWN
        yield marks, logic.MANUAL

    def node(self, blocks: Blocks, node: Node, back: int) -> None:
        compiler = self.judgement.compiler
        for used in inputs(node, back):
            absent = pl.col(column(used)).is_null()
            blocks.missing[self._question(used)] = absent
            if used.field.unit == units.MONEY and used.field.source != "measure":
                currency = pl.col(currency_column(used))
                blocks.missing[self._question(used, "currency")] = currency.is_null() & ~absent
                blocks.others.append((currency != compiler.currency).fill_null(False))
        for divisor, year in divisors(node, back):
            blocks.others.append(polars((compiler.value(divisor, year) <= 0).fill_null(False)))

    def _question(self, used: Input, instead: str = "") -> Question:
        found = used.field
        if found.measure is not None and found.measure.rows is not None:
            return _table(found.measure.rows.noun)
        known = noun(found.noun)
        last = instead or found.name.rpartition(".")[2]
        label = Label(known.column(last).zh, known.column(last).en) if instead else found.label
        year = self.judgement.as_of.year - used.back if used.back else None
        if found.source == "holder":
            return Question(f"{self.judgement.scheme.subject}.{found.ref}.{last}", known.name, last, None, label)
        path = f"{known.name}.{last}" if year is None else f"{known.name}.{year}.{last}"
        return Question(path, known.name, last, year, label)

    def _decision(self, path: str, label: Label) -> Question:
        return Question(f"{self.judgement.scheme.scheme}.{path}", None, None, None, label)

    def _items(self, total: Total) -> list[Item]:
        """What a score, or one part of it, is made of."""
        assert self.judgement.version is not None
        score = next(s for s in self.judgement.version.scores if s.score == total.score)
        parts = [part for part in score.parts if total.part in ("", part.part)]
        return [item for part in parts for item in part.items]

    def _item(self, score: str, item: Item, data: Blocks, marks: Blocks) -> None:
        low, high = (pl.col(f"score.{score}.{item.path}.{end}") for end in ("low", "high"))
        for one in items_below([item]):
            match one.scale:
                case Bands(of=node) | Linear(of=node) | Bonus(node=node):
                    self.node(data, node, 1)
            if one.scale.open:
                evidence = one.scale.evidence if isinstance(one.scale, Ordinal) else one.label
                unmarked = pl.col(f"mark.{one.path}.low").is_null() & (low < high)
                marks.missing[self._decision(one.path, evidence)] = unmarked


def _table(table: str) -> Question:
    known = noun(table)
    return Question(table, table, None, None, Label(known.zh, known.en))
