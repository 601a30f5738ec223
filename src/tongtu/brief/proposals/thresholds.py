"""The number of a clause as a check: which figure its words name, over which years, and how the number bounds it.

A占B比重        a ratio (A of at least 3% of B); without A that of the clause before (研发费用不低于…，占营业收入比重…)
近3年…合计      a sum, mean or growth over years; of a ratio the share of the two sums
每年…均         asked of each year
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongtu.brief.proposals import words
from tongtu.brief.proposals.draft import Check
from tongtu.brief.proposals.meanings import Figure, Meanings, Over
from tongtu.brief.proposals.spelling import plainly
from tongtu.rules import units

Row = Mapping[str, Any]

_OPERATORS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
#: unit of a rule → units of a text, in which the number may stand as it is
_FITS: Mapping[str, frozenset[str]] = {
    "years": frozenset({"year"}), "months": frozenset({"month"}), "days": frozenset({"day"}),
    "hours": frozenset({"hour"}), "persons": frozenset({"person"}), "m2": frozenset({"m2"}),
    "items": frozenset({"item", "organisation"}), units.NUMBER: frozenset({"item", "organisation", "person"}),
}  # fmt: skip
_LEAST, _MOST = Decimal("0.01"), Decimal("9e15")
_LISTED_NAME, _OWN_NAME = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class Said:
    """What a clause leaves to those after it: the years it names, and the column it speaks of."""

    years: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A clause of a folded text with its one number; `window` are the words for `years` that stand in it."""

    text: str
    start: int
    end: int
    row: Row
    window: re.Match[str] | None
    years: int

    @property
    def before(self) -> str:
        """The words in front of the number, without those for the years."""
        if self.window is None or self.window.end() > self.row["start"]:
            return self.text[self.start : self.row["start"]]
        every = words.phrase("each").match(self.window.group())  # 连续2年 asks it of each year
        between = f" {every.group()} " if every else " "
        return self.text[self.start : self.window.start()] + between + self.text[self.window.end() : self.row["start"]]

    @property
    def behind(self) -> str:
        return self.text[self.row["end"] : self.end]

    @property
    def reached(self) -> bool:
        """Whether the number is one to be reached (达到60项), so that more will do."""
        return words.ends(self.text[self.start : self.row["start"]], "reach")


def threshold(meanings: Meanings, clause: Threshold, before: Said, currency: str) -> tuple[Check, float] | None:
    """The check that a clause asks for and how sure it is; None where any word of it is not understood."""
    found = _figure(meanings, clause, before)
    if found is None:
        return None
    figure, each = found
    bounds = _bounds(clause.row, meanings.unit(figure), currency, clause.reached)
    sure = _OWN_NAME if figure in meanings.known or figure.column in meanings.columns else _LISTED_NAME
    return (Check(bounds, figure, each), sure) if bounds else None


def _figure(meanings: Meanings, clause: Threshold, before: Said) -> tuple[Figure, int] | None:
    """The figure that the words name, and of how many years each it is asked."""
    said, growth = words.without(f"{clause.before} {clause.behind}", "growth")
    said, mean = words.without(said, "mean") if not growth else (said, False)
    said, total = words.without(said, "total")
    said, each = words.without(said, "each")
    over = words.phrase("over").search(said)
    # A clause may leave out what it speaks of, unless the years before make it doubtful which ones are meant.
    open_ = before.column if clause.window is None and (clause.years < 2 or each) else ""
    figure = _single(meanings, said)
    part = words.phrase("part").match(clause.behind) if clause.row["family"] == "percent" else None
    if figure is None and part is not None:
        figure = _ratio(meanings, clause.before, clause.behind[part.end() :])
    elif figure is None and over is not None:
        figure = _share(meanings, said, over, open_)
    elif figure is None and growth and open_ and words.explained(said):
        figure = Figure(open_)
    return _windowed(figure, clause, growth, mean, total, each, meanings) if figure is not None else None


def _single(meanings: Meanings, said: str) -> Figure | None:
    meaning = meanings.named(said)
    return meaning.figure if meaning is not None else None


def _share(meanings: Meanings, said: str, over: re.Match[str], open_: str) -> Figure | None:
    """A占B比重, A perhaps from the clause before; None where no word for a share follows."""
    above, below = said[: over.start()], said[over.end() :]
    ends = list(words.phrase("share").finditer(below))
    if not ends or not words.explained(below[ends[-1].end() :]):
        return None
    if open_ and words.explained(above):
        base = _single(meanings, below[: ends[-1].start()])
        return Figure(parts=(Figure(open_), base)) if base is not None else None
    return _ratio(meanings, above, below[: ends[-1].start()])


def _ratio(meanings: Meanings, above: str, below: str) -> Figure | None:
    top, base = _single(meanings, above), _single(meanings, below)
    return Figure(parts=(top, base)) if top is not None and base is not None else None


def _windowed(
    figure: Figure, clause: Threshold, growth: bool, mean: bool, total: bool, each: bool, meanings: Meanings
) -> tuple[Figure, int] | None:
    """The figure over the years that its words say; None where they leave open how the years count."""
    years, windowed = clause.years, clause.window is not None and clause.years > 1
    if figure.over is not None or any(part.over for part in figure.parts):
        return (figure, 0) if not (growth or mean or total or each or windowed) else None
    if each:
        return (figure, years) if years > 1 and not (growth or mean or total) else None
    over: Over | None = "growth" if growth else "mean" if mean else "sum" if total else None
    if over is None and windowed and figure.parts:
        over = "sum"
    if over == "growth":
        made = Figure(figure.column, over, max(years, 1) if clause.window else 1) if figure.column else None
    elif over is not None:
        made = _over(figure, over, years) if windowed else None
    else:
        made = None if windowed else figure
    return (made, 0) if made is not None and meanings.unit(made) else None


def _over(figure: Figure, over: Over, years: int) -> Figure | None:
    """A column over years; of a ratio the share of the two sums, as 近3年研发费用占同期销售收入比例."""
    if not figure.parts:
        return Figure(figure.column, over, years)
    return Figure(parts=tuple(Figure(part.column, "sum", years) for part in figure.parts)) if over == "sum" else None


def _bounds(row: Row, unit: str, currency: str, reached: bool) -> tuple[str, ...]:
    """The bounds of a figure as a rule writes them; none where the number does not fit it, or bounds nothing."""
    if row["per"]:
        return ()
    if row["operator"] == "range":
        ends = [_literal(row, row[end], unit, currency) for end in ("low", "high")]
        return (f">= {ends[0]}", f"<= {ends[1]}") if all(ends) else ()
    operator = ">=" if row["operator"] == "eq" and reached else _OPERATORS.get(row["operator"], "")
    literal = _literal(row, row["value"], unit, currency)
    return (f"{operator} {literal}",) if operator and literal else ()


def _literal(row: Row, value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return ""
    if unit == units.MONEY:
        return (
            _money(Decimal(repr(value)) * Decimal(repr(row["factor"])), currency) if row["family"] == currency else ""
        )
    if unit == units.RATIO:
        return f"{plainly(Decimal(repr(value)) * Decimal(repr(row['factor'])))}%" if row["family"] == "percent" else ""
    return plainly(Decimal(repr(value))) if row["unit"] in _FITS.get(unit, ()) else ""


def _money(amount: Decimal, currency: str) -> str:
    """An amount as a rule writes it, in the largest scale that keeps it short; '' beyond what is counted in fen."""
    if abs(amount) > _MOST or amount != amount.quantize(_LEAST):
        return ""
    scales = (("亿", 8), ("万", 4), ("", 0)) if currency == "CNY" else (("bn", 9), ("m", 6), ("k", 3), ("", 0))
    name = "元" if currency == "CNY" else currency
    for scale, places in scales:
        scaled = amount.scaleb(-places)
        if abs(scaled) >= 1 or not places:
            gap = "" if currency == "CNY" else " "
            return f"{plainly(scaled)}{gap}{scale}{gap if scale else ''}{name}"
    return ""
