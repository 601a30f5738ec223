"""Marks of state secrets (国家秘密) in a text: what bears one is refused, whichever way it came, and is not kept.

The marks are data (`secrecy_marks.csv`). Commercial secrets (商密) are another matter: they have disclosure classes of
their own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label


def mark(text: str) -> Label | None:
    """The first mark of a state secret in a text, by its name; the text itself is never repeated."""
    return next((label for pattern, label in _marks() if pattern.search(text)), None)


def suspect(texts: Iterable[str]) -> bool:
    """Whether any of many texts may hold a mark, seen in one pass over all of them."""
    whole = "\n".join(texts)
    return any(pattern.search(whole) for pattern, _ in _marks())


def refuse(*texts: str) -> None:
    """Raises UsageFault where one of the texts that somebody wrote bears a mark."""
    found = next(filter(None, map(mark, texts)), None)
    if found is not None:
        raise UsageFault.because("hub_policy.state-secret", "hub_policy.state-secret-repair", mark=found)


@cache
def _marks() -> tuple[tuple[re.Pattern[str], Label], ...]:
    with (resources.files(__package__) / "secrecy_marks.csv").open(encoding="utf-8") as stream:
        return tuple((re.compile(r["pattern"], re.M), Label(r["zh"], r["en"])) for r in csv.DictReader(stream))
