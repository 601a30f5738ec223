"""The plain Python face: the same functions as the shell's, with paths and names where people would give them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tongtu import chain, packs, registry
from tongtu.chain.report import write_page, write_workbook
from tongtu.terms.words import Lang


def load(folder: str | Path, pack: str | Path = "cn", **options: Any) -> registry.Registry:
    """A folder of workbooks as a Registry, codes checked against the pack.

    Raises DataRefused with every fault (file, sheet, row, column, value, what is wrong, how to repair).
    `options` go to `tongtu.registry.load`.
    """
    return registry.load(Path(folder), vocabularies=_pack(pack).vocabularies, **options)


def plan(
    found: registry.Registry, pack: str | Path | packs.Pack = "cn", *, as_of: date | str, **options: Any
) -> chain.Plan:
    """An industrialisation plan; `options` go to `tongtu.chain.plan` (known_at, seed, options, progress)."""
    day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    return chain.plan(found, _pack(pack), as_of=day, **options)


def report(made: chain.Plan, folder: str | Path, pack: str | Path | packs.Pack = "cn", lang: Lang = "zh") -> list[Path]:
    """Writes `report.html` (both languages) and `plan.xlsx` (one language) into a folder."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    page = write_page(made, made.registry, _pack(pack), place / "report.html")
    return [page, write_workbook(made, made.registry, place / "plan.xlsx", lang)]


def _pack(pack: str | Path | packs.Pack) -> packs.Pack:
    return packs.load(pack) if isinstance(pack, str | Path) else pack
