"""`mark`: the files that came in, once more, with their faulty cells marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.registry.read import PARQUET, sources
from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits


def mark(
    path: Path | str, out: Path | str, faults: Sequence[Fault], *, lang: Lang = "zh", limits: Limits | None = None
) -> list[Path]:
    """Copies of the faulty files of a folder (or of one file) in the folder `out`, cells filled and commented.

    `faults` as `check` gives them; comments are in both languages, `lang` names the files. A workbook too large
    to be kept is built anew with a sheet of faults, as the boundary decides. Files that cannot be marked
    (parquet, or refused at the boundary) are left out: their faults concern the file, not its cells.
    """
    from tongtu.registry import boundary

    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    limits = limits or boundary.Limits.own_folder()
    marked = []
    for source in sources(Path(path)):
        own = [f for f in faults if f.file == source.name]
        if not own or source.suffix.lower() == PARQUET:
            continue
        try:
            target = out / f"{source.stem}.{word('registry.marked', lang)}{source.suffix}"
            marked.append(boundary.mark(source, target, own, limits).path)
        except FileRefused:
            continue
    return marked
