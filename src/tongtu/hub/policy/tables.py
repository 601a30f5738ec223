"""The CSV files as checked tables: the vocabulary, and the rules expanded from it.

A line that names a word no table knows stops the program when the policy is read: a policy with a typing error is no
policy.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tongtu.hub.policy.model import CONDITIONS
from tongtu.registry.columns import DISCLOSURE

RANK = {name: rank for rank, name in enumerate(DISCLOSURE)}
Row = dict[str, str]
_CELLS = ("roles", "actions", "relations", "states")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one table in the order of its file, their groups, and their rows."""

    rows: Mapping[str, Row]
    groups: Mapping[str, tuple[str, ...]]

    def expand(self, text: str) -> frozenset[str]:
        """The words a cell of permissions.csv stands for; raises ValueError on one that is not known."""
        named = (self.groups.get(word) or (word,) for word in text.split())
        found = frozenset(word for words in named for word in words)
        if not found or not found <= self.rows.keys():
            raise ValueError(f"permissions.csv: {text!r} names none of {', '.join(self.rows)}")
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of permissions.csv; `conditions` are the fields of a question that must all be true."""

    line: int
    roles: frozenset[str]
    actions: frozenset[str]
    relations: frozenset[str]
    up_to: int
    states: frozenset[str]
    conditions: tuple[str, ...]
    allows: bool
    reason: str


@cache
def vocabulary(name: str) -> Vocabulary:
    """One of roles, relations, states, actions: words by the first column, and `any` beside the groups they name."""
    read = [row for _, row in table(name)]
    first = next(iter(read[0]))
    rows = {row[first]: row for row in read}
    names = dict.fromkeys(group for row in read for group in row["groups"].split())
    groups = {g: tuple(word for word, row in rows.items() if g in row["groups"].split()) for g in names}
    return Vocabulary(rows, {"any": tuple(rows), **groups})


@cache
def rules() -> tuple[Rule, ...]:
    """The policy in the order of its file."""
    return tuple(_rule(line, row) for line, row in table("permissions"))


def table(name: str) -> list[tuple[int, Row]]:
    """Rows of a CSV file with their line numbers; a line that starts with # is for the reader."""
    text = (resources.files(__package__) / f"{name}.csv").read_text(encoding="utf-8")
    kept = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    numbers = (n for n, _ in kept[1:])
    return list(zip(numbers, csv.DictReader(line for _, line in kept), strict=True))


def indexed(given: Iterable[Rule]) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """(role, action) → the rules that speak of them, in the order of the file."""
    found: dict[tuple[str, str], list[Rule]] = {}
    for rule in given:
        for role in rule.roles:
            for action in rule.actions:
                found.setdefault((role, action), []).append(rule)
    return {key: tuple(named) for key, named in found.items()}


def _rule(line: int, row: Row) -> Rule:
    when = row["when"].split()
    if row["effect"] not in ("allow", "deny") or row["up_to"] not in RANK or not CONDITIONS.keys() >= set(when):
        raise ValueError(f"permissions.csv, line {line}: {row['effect']!r}, {row['up_to']!r} or {row['when']!r}")
    roles, actions, relations, states = (vocabulary(n).expand(row[n]) for n in _CELLS)
    needed = tuple(CONDITIONS[word] for word in when)
    return Rule(
        line, roles, actions, relations, RANK[row["up_to"]], states, needed, row["effect"] == "allow", row["reason"]
    )
