"""Where a listing may go from where it stands: `lifecycle.csv` as a function.

draft ─submit→ review ─publish→ published ─(time)→ expiring ─(time)→ expired
  ↑              │ return           │                 │  renew → published
  └── returned ←─┘                  └──── withdraw ───┴────────→ withdrawn
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

#: states in which others may see a listing, by the policy's own rules
OPEN = ("published", "expiring")
UNFINISHED = ("draft", "returned")
GONE = "gone"


@cache
def moves() -> dict[tuple[str, str], str]:
    """(action, state) -> the state it leads to."""
    return {(row["action"], row["from"]): row["to"] for row in _rows()}


@cache
def by_clock() -> frozenset[str]:
    """The actions that the hub does itself when the time has come."""
    return frozenset(row["action"] for row in _rows() if row["by"] == "clock")


def after(state: str, action: str) -> str | None:
    """The state an action leads to; None where it does not start from this one."""
    return moves().get((action, state))


def actions_from(state: str) -> list[str]:
    """What people may do in a state, in the order of the table."""
    return [action for action, start in moves() if start == state and action not in by_clock()]


def _rows() -> list[dict[str, str]]:
    text = (resources.files(__package__) / "lifecycle.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
