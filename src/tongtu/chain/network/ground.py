"""What every document of the pilot network starts from: the records as known on a day, the pack, and the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.compose import with_pack
from tongtu.chain.dossier.pieces import by_pack
from tongtu.chain.dossier.subject import plausible
from tongtu.chain.report.spoken import Pair, labels, names, words
from tongtu.registry import Registry, noun, vocabularies
from tongtu.solve import Progress
from tongtu.terms.faults import Fault, TongtuError, UsageFault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.registry.codes import Codes
    from tongtu.registry.written import Known
    from tongtu.terms.checked import Checked

#: ids a fault names at most
_LISTED = 5


@dataclass(frozen=True)
class Network:
    """A registry, with the pack under it, as known at a date. See `network`."""

    pack: Pack
    registry: Registry
    as_of: date
    known_at: date
    seed: int = 0
    progress: Progress | None = field(default=None, repr=False)

    def filled(self, *nouns: str) -> None:
        """Raises UsageFault, naming every table that is wanted and has no rows."""
        empty = [noun(name) for name in nouns if name not in self.registry]
        if empty:
            told = {"tables": [Label(one.zh, one.en) for one in empty], "names": [one.name for one in empty]}
            raise UsageFault.because("network.no-rows", "network.no-rows-repair", **told)

    def one(self, name: str, key: str, column: str = "name") -> str:
        """The id of a row by its id or its name. Raises UsageFault, naming those that look like it."""
        made = noun(name)
        frame = self.registry[name].select(id=made.key[0], zh=column, en=f"{column}_en")
        ids = frame["id"].to_list()
        titled = frame.filter((pl.col("zh") == key) | (pl.col("en") == key))["id"].to_list()
        found = [key] if key in ids else titled
        if len(found) == 1:
            return str(found[0])
        raise self.not_among(name, key, titled or get_close_matches(key, ids, _LISTED, 0.3) or ids)

    def not_among(self, name: str, key: str, ids: Sequence[str]) -> TongtuError:
        """The fault that a row is none of those that could be meant."""
        made = noun(name)
        told = {"name": key, "table": Label(made.zh, made.en), "n": len(ids), "ids": list(ids[:_LISTED])}
        return UsageFault.because("network.no-row", "network.no-row-repair", **told)

    def code(self, vocabulary: str, said: str) -> str:
        """An entry of a closed list by code, name, or another name that the pack knows. Raises UsageFault."""
        checked = self.checked(vocabulary, said)
        if checked.fault is not None or checked.value is None:
            raise UsageFault(Fault(checked.fault or Why("terms.unknown"), checked.repair, value=said))
        return checked.value

    def checked(self, vocabulary: str, said: str) -> Checked[str]:
        """As `code`, with the fault instead of an error."""
        short = {name: code for code, names in self.short_regions.items() for name in names}
        also = {**self.pack.aliases.get(vocabulary, {}), **(short if vocabulary == "region" else {})}
        return self.codes.one(vocabulary, also.get(said.strip(), said))

    def tell(self, what: str, **args: object) -> None:
        """Names the work that begins, where somebody watches."""
        if self.progress is not None:
            self.progress(0, 1, Why(f"network.{what}", args))

    @cached_property
    def codes(self) -> Codes:
        """The closed lists, the software's and the pack's, with the regions and directions of the tables."""
        from tongtu.registry.codes import Codes

        return Codes(self.pack.vocabularies)

    @cached_property
    def units(self) -> dict[str, str]:
        """Spellings of units by the software's and the pack's lists."""
        from tongtu.terms import units

        return units.names({**vocabularies(), **self.pack.vocabularies}.get("unit", {}))

    @cached_property
    def known_words(self) -> Known:
        """What a reader of requirements in words goes by."""
        from tongtu.registry import concepts, written

        return written.known(self.registry, concepts.read(self.pack.glossary).spellings, self.units)

    # ------------------------------------------------------------------------------------------ names

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, Pair]]:
        return labels(self.pack)

    @cached_property
    def _names(self) -> dict[str, dict[str, Pair]]:
        return {}

    def label(self, vocabulary: str, code: str | None) -> Pair:
        return ["", ""] if code is None else self._labels.get(vocabulary, {}).get(code, [code, code])

    def name(self, table: str, key: str | None, column: str = "name") -> Pair:
        """What a row is called in both languages, or its id."""
        if key is None:
            return ["", ""]
        if table not in self._names:
            self._names[table] = names(self.registry, table, column)
        found = self._names[table].get(key)
        return found if found and found[0] else [key, key]

    def direction(self, code: str | None) -> Pair:
        return self.name("directions", code)

    def place(self, code: str | None) -> Pair:
        return self.name("regions", code)

    def row(self, table: str, key: str) -> dict[str, Any]:
        return self.registry[table].filter(pl.col(noun(table).key[0]) == key).row(0, named=True)

    @cached_property
    def short_regions(self) -> dict[str, Pair]:
        """Regions as a map names them."""
        return {row["region"]: [row["zh"], row["en"]] for row in self.pack.sheet("tiles").iter_rows(named=True)}

    # ------------------------------------------------------------------------------------------ head and foot

    def stamp(self, *more: Pair) -> list[Pair]:
        """As of when, as known when, by which pack."""
        day = words("dossier.as-of", day=self.as_of)
        if self.known_at != self.as_of:
            known = words("network.known-at", day=self.known_at)
            day = [f"{day[0]}，{known[0]}", f"{day[1]}, {known[1]}"]
        return [*more, day, by_pack(self.pack)]


def network(
    registry: Registry,
    pack: Pack,
    as_of: date,
    *,
    known_at: date | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Network:
    """The ground for the other functions. Raises UsageFault for a day that cannot be."""
    seen = with_pack(registry, pack).known(plausible(as_of), known_at)
    return Network(pack, seen, as_of, known_at or as_of, seed, progress)
