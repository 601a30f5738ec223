"""Which units and quantities there are, beyond what anybody could know without the registry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tongtu import text as spelling
from tongtu.registry import Registry
from tongtu.registry.written import words
from tongtu.terms import units


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader knows: spellings of units, units in use, and quantities by their canonical names."""

    names: units.Names
    used: Collection[str]
    quantities: Collection[str]

    def unit(self, written: str) -> bool:
        """Whether this is a unit, and no word that happens to look like one."""
        if written in self.used or written in self.names or written in words.COUNTERS:
            return True
        if written.lower() in words.NO_UNIT or (written.islower() and written.isalpha() and len(written) > 2):
            return written in words.PLAIN
        return not written[0].isdigit() and "=" not in units.scale(written, self.names).dimension

    def quantity(self, written: str) -> bool:
        return spelling.canonical(written).strip() in self.quantities


def known(registry: Registry, spelt: Iterable[str], names: units.Names) -> Known:
    """From the units and quantities of the registry's indicators, and names `spelt` canonically (the glossary's)."""
    own = registry["indicators"]
    used = {plain(unit) for unit in own["unit"].drop_nulls().unique()}
    every = {name for column in ("quantity", "quantity_en") for name in own[column].drop_nulls().unique()}
    own_names = {spelling.canonical(name).strip() for name in every}
    return Known(names, used, (own_names | {name.strip() for name in spelt}) - {""})


def plain(text: str) -> str:
    """Compatibility forms, powers of ten kept as such, one kind of minus and of signs."""
    text = re.sub(r"10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "10^" + unicodedata.normalize("NFKC", m[1]), text)
    text = unicodedata.normalize("NFKC", text)
    for odd, usual in (("−", "-"), ("≧", "≥"), ("≦", "≤"), ("⩾", "≥"), ("⩽", "≤")):
        text = text.replace(odd, usual)
    return text
