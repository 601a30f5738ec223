"""What can lift a weak platform and what it costs, as data.

`packs/cn/pilots/platform_activation.yaml` shows every key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from tongtu.registry import vocabularies
from tongtu.rules.reading.page import Page
from tongtu.terms import marked
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

FOLDER, FILE = "pilots", "platform_activation.yaml"
#: what may bind; `evidence` binds a tier alone
FACTORS = ("staff", "equipment", "opening", "price", "listing", "demand")
_HEAD = (
    "activation", "version", "name", "since", "source", "grade", "currency", "idle", "binds", "better", "neighbours",
    "measures",
)  # fmt: skip
_MEASURE = (
    "measure", "factor", "name", "unit", "steps", "at_most", "unit_cost", "cost", "hours", "share", "moves",
)  # fmt: skip
_MOVES = ("hours", "share")
#: more levels than people would tell apart only cost time
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Measure:
    """Closes a factor's gap to the nearest better peers in equal steps; for demand the gap is the open needs.

    at_most    units at the most
    unit_cost  major units of money per unit; None: not known.   fees: what it costs is the fee income given up
    hours      `peers`: a unit brings what it brings the peers, times `share`; `uplift`: the platform's own hours
               times the share of the gap that is closed, times `share`; '': none
    moves      indicator → what a unit adds to it: a number, `hours`, or `share` (the factor itself)
    """

    measure: str
    factor: str
    label: Label
    unit: str
    steps: int
    at_most: float
    unit_cost: float | None
    fees: bool
    hours: Literal["peers", "uplift", ""]
    share: float
    moves: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Activation:
    """`idle`: use below which a public platform is weak; `binds`: a factor binds below so much of its peers' median;
    `better`: a peer is better from so many times the platform's use; `neighbours`: how many it is compared with."""

    name: Label
    source: str
    grade: str
    currency: str
    idle: float
    binds: float
    better: float
    neighbours: int
    measures: tuple[Measure, ...]

    def of(self, factor: str) -> Measure | None:
        return next((one for one in self.measures if one.factor == factor), None)


@lru_cache(maxsize=8)
def activation_of(pack: Pack) -> Activation:
    """The pack's measures. Raises PackRefused with every fault, or where the pack has none."""
    text = pack.texts(FOLDER).get(FILE)
    if text is None:
        what, repair = (Why(f"pilots_diagnosis.no-measures{tail}", {"file": FILE}) for tail in ("", "-repair"))
        raise PackRefused(Fault(what, repair, f"{FOLDER}/{FILE}"))
    return read_activation(text, f"{FOLDER}/{FILE}")


def read_activation(text: str, file: str = FILE) -> Activation:
    """Measures and costs from a file of one's own. Raises PackRefused with every fault, each with its line."""
    page = Page(file)
    document, faults = marked.load(text, file)
    page.faults += faults
    found = None if document is None and faults else page.mapping(document, 1)
    read = None if found is None else _activation(page, found)
    if page.faults or read is None:
        raise PackRefused(page.faults)
    return read


def _activation(page: Page, found: Marked) -> Activation:
    page.only(found, _HEAD)
    page.text(found, "activation")
    page.day(found, "since")
    entries = list(page.mappings(found, "measures"))
    measures = tuple(_measure(page, entry) for entry in entries)
    for n, (entry, one) in enumerate(zip(entries, measures, strict=True)):
        if one.measure in {before.measure for before in measures[:n]}:
            _fault(page, entry.line, "measure-twice", "measure", name=one.measure)
    return Activation(
        page.label(found), page.text(found, "source"), page.one_of(found, "grade", vocabularies()["source_grade"]),
        page.text(found, "currency"), _within(page, found, "idle", 0, 1), _within(page, found, "binds", 0, 1),
        _within(page, found, "better", 1, 100), page.positive(found, "neighbours"), measures,
    )  # fmt: skip


def _measure(page: Page, found: Marked) -> Measure:
    page.only(found, _MEASURE)
    hours = page.one_of(found, "hours", ("peers", "uplift", ""), "")
    steps = page.positive(found, "steps", 1)
    if steps > _STEPS:
        _fault(page, found.at("steps"), "too-many-steps", "steps", most=_STEPS)
    fees = page.one_of(found, "cost", ("fees", ""), "") == "fees"
    cost = None if found.get("unit_cost") is None else _within(page, found, "unit_cost", 0, math.inf)
    at_most = _within(page, found, "at_most", 0, math.inf) if "at_most" in found else math.inf
    return Measure(
        page.word(found, "measure"), page.one_of(found, "factor", (*FACTORS, "evidence")), page.label(found),
        page.text(found, "unit", ""), min(steps, _STEPS), at_most, cost, fees,
        "peers" if hours == "peers" else "uplift" if hours == "uplift" else "",
        _within(page, found, "share", 0, 1, 1.0), _moves(page, found),
    )  # fmt: skip


def _moves(page: Page, found: Marked) -> dict[str, float | str]:
    if found.get("moves") is None:
        return {}
    table = page.mapping(found["moves"], found.at("moves"), "moves") or Marked()
    said = {name: value if value in _MOVES else page.number(table, name) for name, value in table.items()}
    return {str(name): value for name, value in said.items()}


def _within(page: Page, found: Marked, key: str, low: float, high: float, default: float | None = None) -> float:
    value = float(page.number(found, key, default))
    if not (low <= value <= high and math.isfinite(value)) and key in found:
        _fault(page, found.at(key), "out-of-range", key, name=key, value=value, low=low, high=high)
        return low
    return value


def _fault(page: Page, line: int, code: str, key: str, **args: Any) -> None:
    page.fault(line, f"pilots_diagnosis.{code}", key=key, **args)
