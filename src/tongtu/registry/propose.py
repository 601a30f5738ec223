"""Proposing a `Mapping` for a table with headers of its own: by names in both languages, types and samples.

A header is compared with a column's machine key, both labels and the aliases of `aliases.csv`; what stands
below it must be readable as the column's kind. The best pairs are taken first, each header and column once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongtu.registry import names
from tongtu.registry.columns import Column, Noun, noun, nouns
from tongtu.registry.mapped import Column as Cells
from tongtu.registry.mapped import Foreign
from tongtu.registry.mapping import Derived, Mapping, Pick
from tongtu.terms import dates, ids, numbers
from tongtu.terms.checked import Checked, plain
from tongtu.terms.faults import TongtuError, UsageFault

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits, Sheet

SAMPLE = 400
#: a pair below this is not proposed
ENOUGH = 0.6
#: weight of the name against what the cells hold
_NAME, _CELLS = 0.75, 0.25
#: words that stand for `unknown` in tables of others, beside those of `numbers.BLANKS`
_UNKNOWN = numbers.BLANKS | {"unavailable", "not available", "not applicable", "none given", "不适用"}
#: reference columns from whose names a table can be made
_NAMED = ("organisations",)

_READERS: dict[str, Callable[[str], Checked[Any]]] = {
    "date": dates.parse_date, "money": numbers.parse_money, "float": numbers.parse_number,
    "int": numbers.parse_number, "ratio": numbers.parse_ratio, "year": ids.check_year, "uscc": ids.check_uscc,
    "orcid": ids.check_orcid, "ror": ids.check_ror, "patent": ids.check_patent, "division": ids.check_division,
    "currency": ids.check_currency,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A header that may be a column, with a score from 0 to 1."""

    header: str
    column: str
    score: float


def propose_mapping(path: Path | str, *, noun: str | None = None, limits: Limits | None = None) -> Mapping:
    """A mapping for the first sheet with rows, to be read and edited by a person.

    noun: what the rows are, where it is known; else the noun that fits best. What fits no column is listed
    as `unmapped`. Raises FileRefused where the file cannot be read, UsageFault where nothing fits.
    """
    from tongtu.registry import boundary

    path = Path(path)
    limits = limits or boundary.Limits.own_folder()
    sheet = next((s for s in boundary.read(path, limits) if s.columns), None)
    if sheet is None:
        raise UsageFault(TongtuError.because("registry.map-empty", file=path.name).faults)
    return propose_for(sheet, path, noun)


def propose_for(sheet: Sheet, path: Path, noun_name: str | None = None) -> Mapping:
    """The same for a sheet that was read already."""
    table = Foreign.of(sheet)
    samples = Samples(table)
    candidates = [noun(noun_name)] if noun_name else [*nouns().values()]
    ranked = [(_fit(found, pairs := pair_up(found, samples), path), pairs, found) for found in candidates]
    best, pairs, found = max(ranked, key=lambda r: r[0])
    if best <= 0 or not pairs:
        raise UsageFault(TongtuError.because("registry.map-nothing", file=path.name).faults)
    return _mapping(found, pairs, table, path)


class Samples:
    """Some cells of every foreign column, and how far they can be read as each kind."""

    def __init__(self, table: Foreign) -> None:
        self.cells = {header: _sample(cells) for header, cells in table.columns.items()}
        self._shares: dict[tuple[str, str], float] = {}

    def share(self, header: str, kind: str) -> float:
        if (header, kind) not in self._shares:
            self._shares[header, kind] = _readable(self.cells[header], kind)
        return self._shares[header, kind]


def pair_up(found: Noun, samples: Samples) -> list[Pair]:
    """The best pairs of headers and columns, each used once."""
    pairs = [
        Pair(header, column.name, round(score, 3))
        for header in samples.cells
        for column in found.columns
        if (score := _score(header, column, samples)) >= ENOUGH
    ]
    order = {header: i for i, header in enumerate(samples.cells)}
    taken: list[Pair] = []
    for pair in sorted(pairs, key=lambda p: (-p.score, order[p.header])):
        if all(pair.header != t.header and pair.column != t.column for t in taken):
            taken.append(pair)
    return sorted(taken, key=lambda p: [c.name for c in found.columns].index(p.column))


def _score(header: str, column: Column, samples: Samples) -> float:
    """How well a header and its cells fit a column; 0 where the cells cannot be of its kind."""
    bare, _ = names.unit_in(header)
    name = max(likeness(h, n) for h in {header, bare} for n in _names(column))
    cells = samples.share(header, column.kind) if name >= 0.5 else 0.0
    return _NAME * name + _CELLS * cells if cells >= 0.5 else 0.0


def likeness(header: str, name: str) -> float:
    """1 for the same name; else the share of common words, or of common pairs of Chinese characters."""
    (one, a), (other, b) = _form(header), _form(name)
    if one == other:
        return 1.0
    return 0.9 * 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


@cache
def _form(text: str) -> tuple[str, frozenset[str]]:
    """A name as compared whole, and in parts: Latin words in the singular, overlapping Chinese pairs."""
    typed = re.sub(r"([a-z])([A-Z])", r"\1 \2", plain(text)).lower()
    latin = [w.rstrip("s") for w in re.findall(r"[a-z0-9]+", typed) if w not in ("the", "of", "a", "in")]
    chinese = [run[i : i + 2] for run in re.findall(r"[\u4e00-\u9fff]+", typed) for i in range(max(1, len(run) - 1))]
    return names.key(text), frozenset(latin + chinese)


def _readable(sample: Sequence[str], kind: str) -> float:
    """The share of cells that a column of this kind can hold."""
    if not sample:
        return 0.5
    reader = _READERS.get(kind)
    if reader is not None:
        return sum(reader(t).ok for t in sample) / len(sample)
    if kind == "id":
        return len({t for t in sample if len(t) <= 64}) / len(sample)
    if kind == "long":
        return 1.0 if sum(map(len, sample)) / len(sample) >= 40 else 0.6
    if kind == "bool":
        known = ("是", "否", "yes", "no", "y", "n", "true", "false", "0", "1")
        return sum(t.casefold() in known for t in sample) / len(sample)
    return 1.0


def _fit(found: Noun, pairs: Sequence[Pair], path: Path) -> float:
    """How well a noun explains a table: what is paired, what stays missing, what the file is called."""
    got = {p.column for p in pairs}
    missing = sum(c.required and c.name not in got and c.kind != "id" for c in found.columns)
    said = max((likeness(_stem(path), n) for n in _names_of(found)), default=0.0)
    return sum(p.score for p in pairs) - 1.5 * missing + 2 * (said if said >= 0.5 else 0)


def _mapping(found: Noun, pairs: Sequence[Pair], table: Foreign, path: Path) -> Mapping:
    columns = {p.column: _pick(p, found.column(p.column)) for p in pairs}
    blank = _blank_words(table, [p.header for p in pairs])
    if "text" in columns and "title" in columns and _has_blanks(table, columns["text"].headers[0], blank):
        columns["text"] = Pick((columns["text"].headers[0], columns["title"].headers[0]))
    key = found.key[0]
    own_key = len(found.key) == 1 and found.column(key).kind == "id"
    needs_key = own_key and (key not in columns or _has_blanks(table, columns[key].headers[0], blank))
    named = [c for c in found.columns if c.kind == "ref" and c.of in _NAMED and c.name in columns]
    derive = {c.of: Derived(c.name, constants={"kind": "other"}) for c in named[:1]}
    return Mapping(
        file=path.name, noun=found.name, columns=columns, sheet=table.name, blank=blank,
        make={key: f"{_stem(path)}-{{row}}"} if needs_key else {}, derive=derive,
        unmapped=tuple(h for h in table.columns if h not in {p.header for p in pairs}),
    )  # fmt: skip


def _pick(pair: Pair, column: Column) -> Pick:
    """The header, with the unit that stands in it where the column has one."""
    _, unit = names.unit_in(pair.header)
    return Pick((pair.header,), unit=unit if unit and names.unit_of(column, unit) else "")


def _blank_words(table: Foreign, headers: Iterable[str]) -> tuple[str, ...]:
    """Words for `unknown` that stand in the mapped columns, as written."""
    said = {c for h in headers for c in table.columns[h] if isinstance(c, str) and c.strip().casefold() in _UNKNOWN}
    return tuple(sorted(said))


def _has_blanks(table: Foreign, header: str, blank: Sequence[str]) -> bool:
    return any(c is None or c in blank for c in table.columns[header])


def _sample(cells: Cells) -> list[str]:
    said = [str(c) for c in cells if c is not None and str(c).strip().casefold() not in _UNKNOWN]
    return said[:: max(1, len(said) // SAMPLE)][:SAMPLE]


@cache
def _names(column: Column) -> list[str]:
    own = [column.name.replace("_", " "), column.zh, column.en]
    return own + [a for n, c, a in _aliases() if c == column.name and n in ("*", column.noun)]


def _names_of(found: Noun) -> list[str]:
    aliases = (a for n, c, a in _aliases() if n == found.name and not c)
    return [found.name.replace("_", " "), found.zh, found.en, *aliases]


def _stem(path: Path) -> str:
    """The file's name without numbers and separators around it."""
    return re.sub(r"[\W\d_]+$|^[\W\d_]+", "", path.stem) or path.stem


@cache
def _aliases() -> list[tuple[str, str, str]]:
    """Noun (`*` for any), column (empty for the noun itself), and another name people give it."""
    file = resources.files(__package__) / "aliases.csv"
    with file.open(encoding="utf-8") as stream:
        return [(r["noun"], r["column"], r["alias"]) for r in csv.DictReader(stream)]
