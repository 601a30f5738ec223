"""Questions answered in pieces by several processes, from a market that is made once and laid down in a folder."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from tongtu.match import signals
from tongtu.match.market import Market, measures
from tongtu.registry import Registry
from tongtu.solve import laid
from tongtu.solve.runner import Runner

_TEXTS = {"title", "title_en", "text", "text_en"}


@dataclass(frozen=True, slots=True)
class Pieces:
    """Who works the pieces, and an empty folder for the market, to be removed afterwards.

    A piece is some of the questions: what is answered does not depend on how many there are, nor on who works them.
    """

    runner: Runner
    folder: Path


def lay(desk: Any, scene: signals.Scene, folder: Path, explain: bool) -> None:
    """Lays down a desk and the markets in it. What signals read of listings is read again in each process.

    Where nothing is to be explained, what only reasons are made of stays behind.
    """
    scene = signals.Scene(_signals_read(scene.registry), scene.as_of, scene.see, scene.industries)

    def reduce(thing: Any) -> Any:
        if type(thing) is not Market:
            return NotImplemented
        parts = {part.name: getattr(thing, part.name) for part in fields(thing) if part.name != "measures"}
        parts["terms"] = replace(thing.terms, runner=None)
        if not explain:
            parts["offers"] = thing.offers.bare()
        return _market, (parts, scene)

    laid.lay(desk, folder, reduce)
    take.cache_clear()


@lru_cache(maxsize=1)
def take(folder: Path) -> Any:
    """The desk that was laid down, opened once in a process."""
    return laid.take(folder)


def _signals_read(registry: Registry) -> Registry:
    """The records without texts and indicators, which a market has in its own form."""
    return Registry(
        {
            name: registry[name].with_columns(
                pl.lit(None, pl.String).alias(c) for c in _TEXTS & {*registry[name].columns}
            )
            for name in registry
            if name != "indicators"
        }
    )


def _market(parts: dict[str, Any], scene: signals.Scene) -> Market:
    return Market(**parts, measures=measures(scene, parts["needs"], parts["offers"]))
