"""Manners of writing: what one who asks, one who states, and a data sheet mean by the same words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tongtu.registry.written import words


@dataclass(frozen=True, slots=True)
class Manner:
    """`alone`: what a figure without a relation means, "" where that cannot be told. `leads`: words at the head of a
    quantity that say how its figure is meant. `tolerances`: whether `25±2 ℃` is a range of values; `named_after`:
    whether a quantity may follow its figure; `in_units`: whether nothing counts without a unit."""

    alone: str
    relations: Mapping[str, re.Pattern[str]] = field(default_factory=lambda: words.RELATIONS)
    leads: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    tolerances: bool = True
    named_after: bool = True
    in_units: bool = False

    def led(self, operator: str, name: str) -> tuple[str, str]:
        """The relation and the name of a quantity, its leading word taken at its word."""
        for code, pattern in self.leads.items():
            if match := pattern.match(name):
                kept = operator if operator == "between" else code
                return kept, name[match.end() :].strip(" :")
        return operator, name


#: "350 Wh/kg" of one who asks may mean at least, about or exactly
ASKING = Manner("")
#: of one who has it, or who says what must be there, it is the value
STATING = Manner("eq")
#: what a process requires of a line: no figure without its unit
REQUIRING = Manner("eq", in_units=True)
#: `最高温度1600℃`, `控制精度±0.1 ℃`: what a machine can do, a name and a figure with its unit
SHEET = Manner("eq", words.SHEET_RELATIONS, words.LEADS, tolerances=False, named_after=False, in_units=True)
