"""The words of a jurisdiction that facts are read by: units, scales, operators, cues, measures, names.

They are data of a pack (its folder `briefs`), folded as the texts are, and compiled once. A list the pack does not
have is empty: then nothing of that kind is found.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tongtu.brief.facts.plain import plain
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.why import Label, Why

Row = dict[str, str]
#: file → columns it must have; those of `_NUMBERS` hold numbers
_COLUMNS = {
    "scales": ("written", "factor"),
    "units": ("written", "unit", "family", "factor", "place"),
    "heads": ("written", "unit"),
    "operators": ("written", "place", "operator"),
    "plans": ("written", "from", "to"),
    "cues": ("role", "written"),
    "measures": ("measure", "zh", "en", "families", "patterns", "kind"),
    "issuers": ("short", "name"),
    "actors": ("name", "aliases", "kind"),
    "suffixes": ("written", "lang", "kind"),
    "instruments": ("written", "lang", "kind", "strength"),
    "conditions": ("role", "before", "after"),
    "dates": ("kind", "written"),
    "directions": ("direction", "written"),
    "forecasts": ("role", "written"),
    "observed": ("measure", "family", "unit", "factor", "patterns"),
    "scoring": ("score", "part", "name", "value", "source", "grade", "since"),
}
_NUMBERS = frozenset(("factor", "from", "to", "strength", "value"))


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is counted: its code, the family whose members convert by `factor`, and where it is written."""

    code: str
    family: str
    factor: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity that texts name in several ways: each pattern is a set of words that must all stand there."""

    code: str
    label: Label
    families: frozenset[str]
    patterns: tuple[tuple[str, ...], ...]
    kind: str


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Lists by name, and what is compiled from them. It is known by its identity, for it never changes."""

    lists: Mapping[str, tuple[Row, ...]]
    vocabularies: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def rows(self, name: str) -> tuple[Row, ...]:
        return self.lists.get(name, ())

    @cached_property
    def scales(self) -> dict[str, float]:
        return {plain(r["written"]): float(r["factor"]) for r in self.rows("scales")}

    @cached_property
    def units(self) -> dict[str, Unit]:
        return {plain(r["written"]): Unit(r["unit"], r["family"], float(r["factor"])) for r in self.rows("units")}

    @cached_property
    def by_code(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units.values()}

    @cached_property
    def heads(self) -> dict[str, Unit]:
        """Nouns that say what is counted where no measure word stands: 6000万农村人口."""
        return {plain(r["written"]): self.by_code[r["unit"]] for r in self.rows("heads") if r["unit"] in self.by_code}

    def operators(self, place: str) -> dict[str, str]:
        return {plain(r["written"]): r["operator"] for r in self.rows("operators") if r["place"] == place}

    @cached_property
    def plans(self) -> dict[str, tuple[int, int]]:
        return {plain(r["written"]): (int(r["from"]), int(r["to"])) for r in self.rows("plans")}

    @cached_property
    def cues(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for row in self.rows("cues"):
            found.setdefault(row["role"], []).append(plain(row["written"]))
        return {role: longest_first(words) for role, words in found.items()}

    @cached_property
    def _cue_patterns(self) -> dict[str, re.Pattern[str]]:
        return {role: re.compile(any_of(words)) for role, words in self.cues.items()}

    def cue(self, role: str) -> re.Pattern[str]:
        """A pattern of the words with this role; one that matches nothing where there are none."""
        return self._cue_patterns.get(role, _NOTHING)

    def either(self, *roles: str) -> re.Pattern[str]:
        """A pattern of the words with any of these roles."""
        if roles not in self._joined:
            self._joined[roles] = re.compile(any_of(word for role in roles for word in self.cues.get(role, ())))
        return self._joined[roles]

    @cached_property
    def _joined(self) -> dict[tuple[str, ...], re.Pattern[str]]:
        return {}

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(
            Measure(
                row["measure"],
                Label(row["zh"], row["en"]),
                frozenset(row["families"].split("|")),
                tuple(tuple(plain(p).split("+")) for p in row["patterns"].split(";") if p),
                row["kind"],
            )
            for row in self.rows("measures")
        )


_NOTHING = re.compile(r"(?!)")


def longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(words), key=lambda word: (-len(word), word)))


def any_of(words: Iterable[str]) -> str:
    """A pattern of one of these words, the longest that fits; a Latin word stands by itself.

    Words with the same beginning share it (a trie), so that a place where none begins is left at once.
    """
    known = {word for word in words if word}
    latin = {word for word in known if word[0].isascii() and word[0].isalpha()}
    parts = [before + _shared(found) for before, found in (("", known - latin), (r"(?<![a-z])", latin)) if found]
    return "(?:" + "|".join(parts) + ")" if parts else r"(?!)"


def _shared(words: Iterable[str], begun: str = "") -> str:
    """A pattern of the rests of words that all begin with `begun`, longer ones first."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words):
        rests.setdefault(word[len(begun) : len(begun) + 1], []).append(word)
    ends = [r"(?![a-z])" if begun[-1:].isascii() and begun[-1:].isalpha() else ""] if rests.pop("", None) else []
    more = [
        (r"\s+" if sign == " " else re.escape(sign)) + _shared(those, begun + sign) for sign, those in rests.items()
    ]
    both = more + ends
    return both[0] if len(both) == 1 else "(?:" + "|".join(both) + ")"


def lexicon(
    texts: Mapping[str, str],
    vocabularies: Mapping[str, Mapping[str, Label]] | None = None,
    aliases: Mapping[str, Mapping[str, str]] | None = None,
) -> Lexicon:
    """The lists of a pack: `pack.texts("briefs")`, `pack.vocabularies`, `pack.aliases`.

    Raises PackRefused with every column that is missing and every cell that is no number.
    """
    faults: list[Fault] = []
    lists = {name: _rows(name, texts[f"{name}.csv"], faults) for name in _COLUMNS if f"{name}.csv" in texts}
    if faults:
        raise PackRefused(faults)
    return Lexicon(lists, vocabularies or {}, aliases or {})


def _rows(name: str, text: str, faults: list[Fault]) -> tuple[Row, ...]:
    file = f"briefs/{name}.csv"
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in _COLUMNS[name] if column not in (reader.fieldnames or ())]
    if missing:
        why = Why("brief_facts.no-columns", {"names": tuple(missing)})
        faults.append(Fault(why, Why("brief_facts.no-columns-repair", {"names": tuple(missing)}), file))
        return ()
    rows = []
    for number, row in enumerate(reader, start=2):
        cells = {key: (value or "").strip() for key, value in row.items() if key is not None and value is not None}
        for column in _NUMBERS.intersection(_COLUMNS[name]):
            if not _is_number(cells.get(column, "")):
                args = {"column": column}
                faults.append(
                    Fault(Why("brief_facts.no-number", args), Why("brief_facts.no-number-repair", args), file,
                          row=number, column=column, value=cells.get(column, ""))
                )  # fmt: skip
        rows.append(dict.fromkeys(_COLUMNS[name], "") | cells)
    return tuple(rows)


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False
