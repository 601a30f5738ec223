"""Closed lists of codes with their names. The software's own lists live here; a pack brings a jurisdiction's."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources

from tongtu.terms.why import Label

#: vocabulary → code → name, in the order people should see them
Vocabularies = Mapping[str, Mapping[str, Label]]


@cache
def vocabularies() -> dict[str, dict[str, Label]]:
    """The lists that belong to no jurisdiction: stages, states, kinds, evidence grades."""
    file = resources.files(__package__) / "vocabularies.csv"
    found: dict[str, dict[str, Label]] = {}
    with file.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["vocabulary"], {})[row["code"]] = Label(row["zh"], row["en"])
    return found
