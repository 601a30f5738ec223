"""From what somebody typed into a form to the values of a record, through the converters of the workbooks.

The same cell is understood, or refused with the same words, whether it came in a workbook or on a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tongtu.hub.listings.kinds import Child, Field, Kind
from tongtu.hub.listings.vocab import codes, currency
from tongtu.hub.policy.secrecy import mark
from tongtu.registry.columns import DISCLOSURE, Noun
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

#: rows of one noun that a form takes
MOST_ROWS = 200
#: the strictest class a field may be put into here: 核心商密 are kept outside
STRICTEST = DISCLOSURE[: DISCLOSURE.index("core")]
_REQUIRED = "registry.required"
SECRET = "hub_policy.state-secret"
Typed = dict[str, str]


@dataclass(slots=True)
class Row:
    """One row of what belongs to a listing: its id where it is kept already, as typed and as understood."""

    uid: str
    typed: Typed
    values: dict[str, Any] = field(default_factory=dict)
    gone: bool = False

    @property
    def blank(self) -> bool:
        return not any(self.typed.values())


@dataclass(slots=True)
class Given:
    """A form as sent. `faults` name the noun as file, the row of what belongs to it, and the column by its name."""

    typed: Typed
    raised: dict[str, str]
    rows: dict[str, list[Row]]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def kept(self, noun: str) -> list[Row]:
        """The rows of a noun that say something and were not taken away."""
        return [row for row in self.rows.get(noun, ()) if not row.gone and not row.blank]

    @property
    def secret(self) -> bool:
        """Whether something in it bears a mark of a state secret."""
        return any(f.what.code == SECRET for f in self.faults)

    @property
    def stops_saving(self) -> list[Fault]:
        """A draft may be incomplete, but what stands in it is readable."""
        return [f for f in self.faults if f.what.code != _REQUIRED]


def read(kind: Kind, sent: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> Given:
    """The form of a listing; nothing is trusted, everything that cannot be read is a fault at its field.

    `sent`: name -> last value, `many`: name -> all values, as Django's QueryDict gives them.
    """
    typed = _typed(kind.asked, "", sent, many)
    return judge(kind, Given(typed, _raised(kind, sent), {c.noun.name: _rows(c, sent, many) for c in kind.children}))


def judge(kind: Kind, given: Given) -> Given:
    """The same form with the values of what was typed, and every fault; one with marks of state secrets has no
    values, and what bears a mark is not repeated."""
    given.faults = _secrets(kind, given)
    if given.faults:
        return given
    values, given.faults = convert(kind.noun, kind.asked, [given.typed])
    given.values = values[0]
    for child in kind.children:
        kept = given.kept(child.noun.name)
        found, faults = convert(child.noun, child.ask, [row.typed for row in kept])
        for row, values_of in zip(kept, found, strict=True):
            row.values = values_of
        given.faults += faults
    return given


def _secrets(kind: Kind, given: Given) -> list[Fault]:
    """A fault for each field that bears a mark of a state secret; the field is emptied."""
    places: list[tuple[str, int | None, Typed]] = [(kind.name, None, given.typed)]
    places += [(c.noun.name, n, row.typed) for c in kind.children for n, row in enumerate(given.kept(c.noun.name))]
    found = []
    for noun, row, typed in places:
        for name, seen in [(name, seen) for name, text in typed.items() if (seen := mark(text)) is not None]:
            typed[name] = ""
            found.append(Fault(Why(SECRET, {"mark": seen}), Why(f"{SECRET}-repair"), noun, row=row, column=name))
    return found


def convert(noun: Noun, asked: Sequence[Field], rows: Sequence[Typed]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Values by column for each row, and every fault that is an error; `Fault.row` counts from 0."""
    if not rows:
        return [], []
    import polars as pl

    from tongtu.registry.blocks import Block, Cells
    from tongtu.registry.convert import convert_rows
    from tongtu.registry.names import Unit
    from tongtu.registry.validate import Table, validate

    fields = [f for f in asked if not resolved_here(f)]
    blank = dict.fromkeys([f.name for f in fields] + ["currency"] * any(f.column.kind == "money" for f in fields))
    # what is left empty and may be is not converted, which for a form takes longer than all the rest
    fields = [f for f in fields if f.column.required or any(row.get(f.name) for row in rows)] or fields
    cells = {f.name: Cells.of([row.get(f.name) or None for row in rows]) for f in fields}
    units = {f.name: Unit(Decimal(f.scale)) for f in fields if f.column.kind == "money"}
    block = Block(
        noun, noun.name, "", pl.int_range(len(rows), eager=True), cells, {name: name for name in cells}, units
    )
    frame, findings = convert_rows(block, codes(), currency())
    findings.merge([validate({noun.name: Table.of([(block, frame)])})])
    faults = [replace(f, value="") for f in findings.faults if f.severity == "error"]
    for f in fields:
        faults += _too_long(noun, f, rows)
    names = [*cells, *(["currency"] if units else [])]
    return [{**blank, **row} for row in frame.select(list(dict.fromkeys(names))).iter_rows(named=True)], faults


def resolved_here(asked: Field) -> bool:
    """References are not cells: the page offers what may be named, and `saving` looks it up."""
    return asked.column.kind in ("ref", "refs", "subject")


def missing(noun: Noun, values: Mapping[str, Any], asked: Sequence[Field], row: int | None = None) -> list[Fault]:
    """What a listing must say before it is submitted and does not."""
    return [
        Fault(Why(_REQUIRED), Why(f"{_REQUIRED}-repair"), noun.name, row=row, column=f.name)
        for f in asked
        if f.column.required and values.get(f.name) in (None, "", [])
    ]


def _too_long(noun: Noun, asked: Field, rows: Sequence[Typed]) -> list[Fault]:
    what = Why("hub_listings.too-long", {"n": asked.most})
    repair = Why("hub_listings.too-long-repair", {"n": asked.most})
    return [
        Fault(what, repair, noun.name, row=n, column=asked.name)
        for n, row in enumerate(rows)
        if asked.most and len(row.get(asked.name, "")) > asked.most
    ]


def _typed(asked: Sequence[Field], prefix: str, sent: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> Typed:
    """Every field as one text; several choices are joined as in a cell. A line is a line, and NUL is nothing."""
    found = {}
    for f in asked:
        name = prefix + f.name
        text = ";".join(many.get(name, ())) if f.column.kind == "codes" else sent.get(name, "")
        found[f.name] = text.replace("\0", "").replace("\r\n", "\n").strip()
    return found


def _raised(kind: Kind, sent: Mapping[str, str]) -> dict[str, str]:
    """Fields put into a stricter class than their column's own; a wish for a looser one is not heard."""
    found = {}
    for f in kind.asked:
        wish = sent.get(f"class-{f.name}", "")
        if wish in STRICTEST and DISCLOSURE.index(wish) > DISCLOSURE.index(f.column.disclosure):
            found[f.name] = wish
    return found


def _rows(child: Child, sent: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> list[Row]:
    count = sent.get(f"{child.noun.name}-rows", "0")
    most = min(int(count), MOST_ROWS) if count.isdecimal() and len(count) < 5 else 0
    rows = []
    for n in range(most):
        prefix = f"{child.noun.name}-{n}-"
        typed = _typed(child.ask, prefix, sent, many)
        rows.append(Row(sent.get(f"{prefix}uid", ""), typed, gone=bool(sent.get(f"{prefix}gone"))))
    return rows
