"""What the documents of risk and capital are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from tongtu.chain.capital.ground import Capital
from tongtu.chain.dossier.charts import Scale
from tongtu.chain.dossier.charts.ticks import rounded, said
from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Column,
    Document,
    Paragraph,
    Section,
    Table,
    Tone,
    cell,
    same,
)
from tongtu.chain.dossier.room import Room
from tongtu.chain.network.pieces import day, label, number, paragraphs, share, status_of
from tongtu.chain.network.pieces import sentence as plainly
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.solve import Solution
from tongtu.terms.money import Money
from tongtu.terms.why import Ratio, Why

__all__ = [
    "DASH", "ROOM", "Row", "amount", "because", "blocks", "cell", "columns", "day", "document", "estimate", "facts",
    "label", "much", "note", "number", "odds", "optimum", "paragraphs", "percent", "same", "section", "sentence",
    "share", "shares", "table", "value", "words",
]  # fmt: skip

Row = dict[str, Any]
ROOM = Room("capital")
columns, table, section, note, facts = ROOM.columns, ROOM.table, ROOM.section, ROOM.note, ROOM.facts
DASH = same("—")
#: a point below so many results is not shown; its range is
LEAST = 20.0


def document(
    ground: Capital, title: Pair, sections: Sequence[Section], *stamp: Pair, foot: Sequence[Pair] = ()
) -> Document:  # fmt: skip
    whose = words("capital.of-pairs" if ground.pairs else "capital.of-cases", n=ground.cases.height)
    end = [*foot, words("capital.not-predicted"), words("capital.not-decided")]
    return Document(title, ground.network.stamp(*stamp, whose), sections, end, words("capital.brand"))


def blocks(*found: Block | None) -> list[Block]:
    return [one for one in found if one is not None]


def sentence(stored: str | Why | None, ground: Capital | None = None, own: str | None = None) -> Pair:
    """A reason as sentences; codes by their names, estimated money with four places that count.

    With `own` it speaks of a case: where too few results stand behind its odds, their range is told and no point.
    """
    if not stored:
        return ["", ""]
    why = Why.from_json(stored) if isinstance(stored, str) else stored
    if ground is not None and own is not None and isinstance(why.args.get("p"), Ratio):
        why = Why(why.code, {**why.args, "p": label(whole_odds(ground, own).text)}, why.parts)
    return plainly(_told(why, ground))


def because(stored: str | Why | None, ground: Capital | None = None, own: str | None = None) -> Cell:
    return cell(sentence(stored, ground, own))


def _told(why: Why, ground: Capital | None) -> Why:
    args = {name: _arg(given, ground) for name, given in why.args.items()}
    return Why(why.code, args, tuple(_told(part, ground) for part in why.parts))


def _arg(given: Any, ground: Capital | None) -> Any:
    match given:
        case Money(minor, currency):
            return Money(round(rounded(minor)), currency)
        case str() if ground is not None:
            return ground.named.get(given, given)
        case list() | tuple():
            return tuple(_arg(one, ground) for one in given)
        case Why():
            return _told(given, ground)
    return given


def whole_odds(ground: Capital, own: str) -> Cell:
    """The odds of passing all stages ahead."""
    rows = ground.of(ground.odds, own).filter(pl.col("stage") == "all").to_dicts()
    return odds(*(rows[0][name] for name in ("p", "low", "high", "n_eff"))) if rows else odds(None, None, None, None)


def amount(minor: float | None, currency: str | None, tone: Tone = "") -> Cell:
    """Money to the last unit: what is committed, asked, budgeted."""
    if minor is None:
        return cell(words("terms.unknown"), "soft")
    return cell(shown(Money(round(minor), currency or "CNY")), tone)


def estimate(minor: float | None, currency: str, tone: Tone = "") -> Cell:
    """Money that is estimated: four places that count."""
    if minor is None or minor != minor:
        return cell(words("terms.unknown"), "soft")
    return cell(much(minor, currency), tone)


def much(minor: float, currency: str) -> Pair:
    return said(Scale(same(""), "money", currency), minor)


def value(figure: float | None, ground: Capital, objective: str, tone: Tone = "") -> Cell:
    """A value in the unit of the objective: cases expected to be industrialised, or money."""
    if figure is None or figure != figure:
        return cell(DASH, "soft")
    return estimate(figure, ground.currency, tone) if objective == "value" else number(figure, tone, digits=3)


def odds(p: float | None, low: float | None, high: float | None, n_eff: float | None) -> Cell:
    """A point with its range where enough results stand behind it, else the range alone."""
    if low is None or high is None:
        return cell(words("terms.unknown"), "soft")
    between = f"{low:.0%}–{high:.0%}"
    if p is None or n_eff is None or n_eff < LEAST:
        return cell(same(between), "warn")
    return cell([f"{p:.0%}（{between}）", f"{p:.0%} ({between})"])


def percent(figure: float | None, digits: int = 1, tone: Tone = "") -> Cell:
    return cell(share(figure, digits), tone) if figure is not None and figure == figure else cell(DASH, "soft")


def shares(title: str) -> Scale:
    """The axis of a share from nothing to all."""
    return Scale(words(f"capital.{title}"), "share", low=0.0, high=1.0)


def optimum(solution: Solution, ground: Capital, objective: str) -> list[Block]:
    """How an optimisation ended: its value, its proven bound and the gap; what would have to give."""
    told = facts(
        ("status", status_of(solution)),
        ("value", value(solution.value, ground, objective)),
        ("bound", value(solution.bound, ground, objective)),
        ("gap", percent(solution.gap, 3)),
    )
    give = [[cell(both(one.limit), "bad"), number(one.by, digits=3)] for one in solution.relax]
    return [told, Table(columns("limit/long", "by/n"), give)] if give else [told]


def assumptions(ground: Capital, *uses: str) -> Section:
    """What is assumed, whose assumption it is, and how sure."""
    rows = [[cell([row["zh"], row["en"]]), cell(_assumed(row)), cell(same(str(row["source"]))),
             cell(same(str(row["grade"])), "warn" if row["grade"] == "ours" else "")]
            for row in ground.terms.rows if row["use"] in uses]  # fmt: skip
    return section("assumptions", [note("assumptions-are"), *table(("what/long", "value/n", "source", "grade/day"),
                                                                  rows, "nothing")])  # fmt: skip


def _assumed(row: Row) -> Pair:
    figure = float(row["value"])
    return same(f"{figure:g}") if row["use"] == "stress" else same(f"{figure * 100:g}%")


def left_out(ground: Capital, most: int | None) -> Section | None:
    """Cases whose odds or cost are unknown, and why."""
    rows = [[cell(ground.name(row["case"])), because(row["why"])] for row in ground.book.left.iter_rows(named=True)]
    return section("left-out", table(("case", "because/long"), rows, "nothing", most)) if rows else None


def noted(notes: Iterable[Why | str]) -> list[Block]:
    return [Paragraph(sentence(one), "soft") for one in notes]


def column(name: str, kind: str = "") -> Column:
    return columns(f"{name}/{kind}" if kind else name)[0]
