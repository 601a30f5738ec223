"""The operations by room; `load` registers them once, in the order in which they are described."""

from __future__ import annotations

from functools import cache
from importlib import import_module

_ROOMS = ("me", "listings", "matches", "exchange", "work", "nouns")


@cache
def load() -> None:
    for room in _ROOMS:
        import_module(f"{__name__}.{room}")
