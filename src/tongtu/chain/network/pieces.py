"""What the network's documents are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Document,
    Paragraph,
    Section,
    Table,
    Tone,
    cell,
    joined,
    same,
)
from tongtu.chain.dossier.room import Room
from tongtu.chain.network.ground import Network
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.solve import Solution
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Why

Row = dict[str, Any]

ROOM = Room("network")
columns, table, section, note, facts = ROOM.columns, ROOM.table, ROOM.section, ROOM.note, ROOM.facts

_TONES: dict[str, Tone] = {"optimal": "good", "feasible": "warn", "stopped_by_time": "warn", "empty": "soft"}
DASH = same("—")
#: units that are words of a language
_NAMED = {"month": "months", "h/a": "hours-a-year", "examples": "examples", "h": "hours"}

#: a page tells of so many platforms one by one; beyond, the table stands alone and `--platform` tells of one
IN_DEPTH = 60


def document(
    network: Network, title: Pair, sections: Sequence[Section], *stamp: Pair, foot: Sequence[Pair] = ()
) -> Document:
    end = [*foot, words("network.not-decided")]
    return Document(title, network.stamp(*stamp), sections, end, words("network.brand"))


def listed(parts: Iterable[Pair]) -> Pair:
    """Sentences one after another."""
    return joined([part for part in parts if any(part)], "；", "; ")


def sentence(stored: str | Why | None) -> Pair:
    """A reason with its finer ones as sentences one after another, not in brackets."""
    if not stored:
        return ["", ""]
    why = Why.from_json(stored) if isinstance(stored, str) else stored
    return listed([both(Why(why.code, why.args)), *map(both, why.parts)])


def because(stored: str | Why | None, tone: Tone = "") -> Cell:
    return cell(sentence(stored), tone)


def with_id(name: Pair, own: str) -> Pair:
    """A name with the id behind it, once."""
    return name if own in name else [f"{name[0]}（{own}）", f"{name[1]} ({own})"]


def label(said: Pair) -> Label:
    """A pair as an argument of a sentence."""
    return Label(*said)


def number(value: float | None, tone: Tone = "", digits: int | None = None) -> Cell:
    """A figure, or a dash where there is none."""
    if value is None:
        return cell(DASH, "soft")
    return cell(shown(value if digits is None else round(value, digits)), tone)


def quantity(value: float | None, unit: str | None, tone: Tone = "") -> Cell:
    """A figure with its unit: shares as percentages, money as amounts, yes or no as words."""
    if value is None:
        return cell(words("terms.unknown"), "soft")
    if unit == "ratio":
        return cell(share(value), tone)
    if unit == "bool":
        return cell(shown(value >= 1), tone)
    if unit and len(unit) == 3 and unit.isupper():  # an ISO 4217 currency, in major units
        return cell(shown(Money.of(round(value), unit)), tone)
    if unit in _NAMED:
        return cell(words(f"network.unit-{_NAMED[unit]}", n=round(float(value), 4)), tone)
    zh, en = shown(Quantity(round(float(value), 4), unit or ""))
    counted = bool(unit) and all("\u4e00" <= c <= "\u9fff" for c in unit or "")  # a measure word, which English lacks
    return cell([zh, en.removesuffix(f" {unit}") if counted else en], tone)


def share(value: float | None, digits: int = 1) -> Pair:
    """A share as people read it."""
    return DASH if value is None else same(f"{value * 100:.{digits}f}%")


def between(low: float | None, high: float | None) -> Pair:
    return DASH if low is None or high is None else same(f"{low:.2f} – {high:.2f}")


def kilometres(value: float | None) -> Cell:
    return cell(DASH, "soft") if value is None else cell(same(f"{value:,.0f} km"))


def hours(value: float | None) -> Cell:
    return cell(DASH, "soft") if value is None else cell(same(f"{value:,.0f}"))


def cost(minor: int | None, currency: str | None) -> Cell:
    if minor is None:
        return cell(words("terms.unknown"), "soft")
    return cell(shown(Money(int(minor), currency or "CNY")))


def day(value: Any) -> Cell:
    return cell(DASH if value is None else same(value.isoformat()))


def state(name: str, value: str | None, tones: dict[str, Tone] | None = None) -> Cell:
    """A word of a closed list of an engine: `network.NAME-VALUE`."""
    if value is None:
        return cell(DASH, "soft")
    return cell(words(f"network.{name}-{value.replace('_', '-')}"), (tones or {}).get(value, ""))


def status_of(solution: Solution) -> Cell:
    """How an optimisation ended."""
    return state("status", solution.status, {**_TONES, solution.status: _TONES.get(solution.status, "bad")})


def optima(solutions: Iterable[Solution]) -> list[Block]:
    """Each optimum with its value, its proven bound and the gap between; and what would have to give."""
    found = list(solutions)
    rows = [[cell(words(f"network.problem-{s.problem.rpartition('.')[2]}")), status_of(s),
             _valued(s.value, s.unit), _valued(s.bound, s.unit), cell(share(s.gap, 2))] for s in found]  # fmt: skip
    blocks = table(("problem/long", "status", "value/n", "bound/n", "gap/n"), rows, "no-optimum")
    give = [[cell(both(relax.limit), "bad"), _valued(relax.by, relax.unit)] for s in found for relax in s.relax]
    return [*blocks, Table(columns("limit/long", "by/n"), give)] if give else blocks


def _valued(value: float | None, unit: str) -> Cell:
    return cell(DASH, "soft") if value is None else quantity(value, unit)


def paragraphs(whys: Iterable[str | Why], tone: Tone = "soft") -> list[Block]:
    return [Paragraph(sentence(why), tone) for why in whys]
