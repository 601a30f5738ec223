"""The frozen taxonomy: which cells exist, before anybody counts.

A cell is stage × place × band × piloted: the stage entered, the area (or direction) of the project, the years in
which it was entered, and whether it had a pilot run. The list of cells is fixed by the taxonomy and never by data,
so that an empty cell tells nothing by its absence. Its digest stands in every file of a round.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from importlib import resources
from itertools import pairwise, product
from typing import Any

import orjson
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.share.refusal import fault, refused
from tongtu.terms.faults import DataRefused

#: The columns that name a cell, in order.
CELL = ("stage", "place", "band", "piloted")
#: What is counted in a cell: every project that entered has one of four results; `timed` of the closed ones have
#: known days, and `days` is their sum.
RESULTS = ("passed", "failed", "withdrawn", "censored")
FIGURES = ("entered", *RESULTS, "timed", "days")

OTHER = "other"
PILOTED = ("yes", "no", "unknown")


@dataclass(frozen=True)
class Taxonomy:
    """`places` are areas or directions; `bands` first years, the last entry being the year after the last band."""

    name: str
    stages: tuple[str, ...]
    places: tuple[str, ...]
    bands: tuple[int, ...]
    floor: int = 5
    days_cap: int = 1825
    known: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def digest(self) -> str:
        """Of everything that decides which cells there are and how they are counted."""
        return sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]

    @cached_property
    def cells(self) -> pl.DataFrame:
        """One row per cell, in the order in which figures are shared."""
        rows = product(self.stages, self.places, self.band_names, PILOTED)
        return pl.DataFrame(list(rows), dict.fromkeys(CELL, pl.String()), orient="row")

    @property
    def band_names(self) -> tuple[str, ...]:
        return tuple(f"{first}-{after - 1}" for first, after in pairwise(self.bands))

    @property
    def rows_per_project(self) -> int:
        """How many rows one project can have: at most one at each stage that is asked about."""
        return len(self.stages)

    def to_toml(self) -> str:
        """The frozen copy that a consortium keeps and every member reads."""
        listed: dict[str, object] = {"name": self.name, "stages": list(self.stages), "places": list(self.places)}
        listed |= {"bands": list(self.bands[:-1]), "end": self.bands[-1], "floor": self.floor}
        listed |= {"days_cap": self.days_cap, "known": [list(one) for one in self.known]}
        return "".join(f"{key} = {orjson.dumps(value).decode()}\n" for key, value in listed.items())


def standard(places: Sequence[str], stages: Sequence[str] | None = None) -> Taxonomy:
    """Ours, over the places of a pack. Fewer stages mean less noise: a project has at most one row at each."""
    text = (resources.files(__package__) / "taxonomy.toml").read_text(encoding="utf-8")
    given = tomllib.loads(text) | {"stages": list(stages or vocabularies()["stage"]), "places": [*places, OTHER]}
    return _made(given, "taxonomy.toml")


def read_taxonomy(text: str, name: str = "") -> Taxonomy:
    """From a frozen copy. Raises DataRefused with every fault."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise refused("risk_share.taxonomy-unreadable", name, problem=str(error)) from None
    return _made(given, name)


def _made(given: Mapping[str, Any], name: str) -> Taxonomy:
    wrong = [key for key, sound in _SOUND.items() if not sound(given.get(key))]
    bands = [*given["bands"], given["end"]] if not {"bands", "end"} & set(wrong) else []
    if any(first >= after for first, after in pairwise(bands)):
        wrong.append("bands")
    if wrong:
        raise DataRefused(fault("risk_share.taxonomy-wrong", name, key=key) for key in wrong)
    lists = {key: tuple(given[key]) for key in ("stages", "places")}
    known = tuple(tuple(one) for one in given["known"])
    return Taxonomy(given["name"], **lists, bands=tuple(bands), floor=given["floor"], days_cap=given["days_cap"],
                    known=known)  # fmt: skip


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 1 << 31


def _names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v for v in value) and _once(value)


def _once(values: list[Any]) -> bool:
    return len(set(values)) == len(values)


_SOUND: dict[str, Callable[[Any], bool]] = {
    "name": lambda v: isinstance(v, str) and bool(v),
    "stages": lambda v: _names(v) and set(v) <= set(vocabularies()["stage"]),
    "places": lambda v: _names(v) and OTHER in v,
    "bands": lambda v: isinstance(v, list) and bool(v) and all(_whole(year, 1000) for year in v),
    "end": lambda v: _whole(v, 1000),
    "floor": lambda v: _whole(v, 2),
    "days_cap": lambda v: _whole(v, 1),
    "known": lambda v: isinstance(v, list) and all(_names(one) and set(one) < set(CELL) for one in v),
}  # fmt: skip
