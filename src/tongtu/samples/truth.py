"""Writing the planted truth, and the note that says a sample is synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    import polars as pl

NOTE = "README.txt"


def write_truth(truth: Mapping[str, pl.DataFrame], folder: Path) -> list[Path]:
    """One CSV (UTF-8) a table, and a note in both languages; returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in sorted(truth):
        file = folder / f"{name}.csv"
        truth[name].write_csv(file, line_terminator="\n")
        written.append(file)
    readme = folder / NOTE
    readme.write_text(
        f"{note('zh')}\n\n{word('samples.truth', 'zh')}\n\n{note('en')}\n\n{word('samples.truth', 'en')}\n",
        encoding="utf-8",
    )
    return [*written, readme]


def note(lang: Lang) -> str:
    """What a sample is, for a file that lies beside it."""
    return word("samples.note", lang)
