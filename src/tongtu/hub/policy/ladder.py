"""Fields by disclosure class: what of a record is shown at a clearance, and why the rest is not.

A column's class comes from the registry's definition of its noun. A record may raise a column (`raised`), never lower
it. A column above the clearance is absent from the row, not blank: an absent key cannot be told from a key that the
noun does not have. A column the noun does not know is absent too.

Core fields (核心商密) are kept outside: where one holds a value, those cleared for commercial content get its SHA-256,
everybody else nothing. A hash of something short can be guessed, therefore not even it is shown further down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from tongtu.hub.policy.tables import RANK
from tongtu.registry.columns import DISCLOSURE, nouns
from tongtu.terms.why import Why

_HASHED = re.compile(r"sha256:[0-9a-f]{64}")
_CORE = RANK["core"]
_HIGHEST = _CORE - 1


@cache
def columns(noun: str, clearance: str | None) -> tuple[str, ...]:
    """The columns of a noun that are open at this clearance, in the noun's order; an unknown noun has none."""
    level = _level(clearance)
    return tuple(column for column, rank in _ranks(noun).items() if rank <= level)


def redact(
    row: Mapping[str, Any], noun: str, clearance: str | None, raised: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The row as somebody with this clearance may see it.

    `raised`: column → class of this record, only ever stricter than the noun's own; an unknown class
    counts as core.
    """
    level = _level(clearance)
    shown = {}
    for column, rank in _ranks(noun, raised).items():
        if column not in row:
            continue
        if rank <= level:
            shown[column] = row[column]
        elif rank == _CORE and level == _HIGHEST:
            shown[column] = _hash(row[column])
    return shown


def hidden(noun: str, clearance: str | None, raised: Mapping[str, str] | None = None) -> dict[str, Why]:
    """Column → why it is not shown in clear, for the columns above this clearance."""
    level = _level(clearance)
    if not raised:
        return dict(_usually_hidden(noun, level))
    return {column: why_hidden(DISCLOSURE[rank]) for column, rank in _ranks(noun, raised).items() if rank > level}


@cache
def _usually_hidden(noun: str, level: int) -> dict[str, Why]:
    return {column: why_hidden(DISCLOSURE[rank]) for column, rank in _usual(noun).items() if rank > level}


def why_hidden(disclosure: str) -> Why:
    """Why a field of this class is not shown, and what would open it."""
    return Why(f"hub_policy.hidden-{disclosure if disclosure in RANK else 'core'}")


def _ranks(noun: str, raised: Mapping[str, str] | None = None) -> Mapping[str, int]:
    """Column → rank of its class in this record."""
    usual = _usual(noun)
    if not raised:
        return usual
    return {column: max(rank, RANK.get(raised[column], _CORE)) if column in raised else rank
            for column, rank in usual.items()}  # fmt: skip


@cache
def _usual(noun: str) -> dict[str, int]:
    found = nouns().get(noun)
    return {column.name: RANK[column.disclosure] for column in found.columns} if found else {}


def _level(clearance: str | None) -> int:
    """A clearance as a rank; none, or a word that is no class, opens nothing; nobody is cleared for core."""
    return min(RANK.get(clearance, -1), _HIGHEST) if clearance else -1


def _hash(value: Any) -> str | None:
    """The hash that stands for a value kept outside; one that is a hash already stands for itself."""
    if value is None or (isinstance(value, str) and _HASHED.fullmatch(value)):
        return value
    return "sha256:" + sha256(str(value).encode()).hexdigest()
