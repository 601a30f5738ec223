"""What the commands of the pilot network share: their options, and the ground their documents stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from tongtu.cli.matching.ground import rows
from tongtu.cli.printing import files, save, show, today
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Day, Number, Place, option
from tongtu.cli.wait import Bar
from tongtu.terms.faults import DataRefused, Fault, FileRefused, PackRefused, TongtuError, UsageFault
from tongtu.terms.words import Lang

if TYPE_CHECKING:
    from tongtu.chain.dossier import Document
    from tongtu.chain.network import Network

_SEEDS = 2**31 - 1


class Told(Protocol):
    """What a command has found: its document of the first rows, or of all."""

    def document(self, most: int | None = None) -> Document: ...


def of_network(lang: Lang) -> list[click.Parameter]:
    """The parameters of every command about a network."""
    return [
        click.Argument(["folder"], type=Place("either")),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        option(lang, "known-at", type=Day(), metavar="DATE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
        option(lang, "seed", default=0, type=Number(int, 0, _SEEDS), metavar="N"),
        *files(lang),
        rows(lang),
    ]


@contextmanager
def ground(
    lang: Lang, *, folder: Path, as_of: date | None, known_at: date | None, pack: str | None, seed: int, **_: Any
) -> Iterator[Network]:  # fmt: skip
    """The network of a folder, with a progress line while the block works."""
    from tongtu.chain.network import network

    law = pack_of(pack)
    records = read(folder, law, lang)
    with Bar(lang) as bar:
        yield network(records, law, as_of or today(), known_at=known_at, seed=seed, progress=bar)


def hand_over(
    found: Told, lang: Lang, *, rows: int, as_of: date | None, html: Path | None, pdf: Path | None,
    xlsx: Path | None, fonts: Path | None, **_: Any,
) -> None:  # fmt: skip
    """The first rows in the terminal, all of them in the files that were asked for; workbooks get flat tables."""
    show(found.document(rows), lang)
    day = as_of or today()
    if html or pdf:
        save(found.document(None), day, lang, html=html, pdf=pdf, fonts=fonts)
    if xlsx:
        flat: Callable[[], Document] | None = getattr(found, "sheets", None)
        save(flat() if flat is not None else found.document(None), day, lang, xlsx=xlsx)


def text_of(path: Path) -> str:
    """A text file of a person's own. Raises UsageFault where it is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        told = {"path": str(path), "problem": getattr(error, "strerror", None) or "UTF-8"}
        raise UsageFault.because("cli.no-text", "cli.no-text-repair", **told) from None


def together(*readers: Callable[[], Any] | None) -> list[Any]:
    """What each reader gives; the faults of all files that cannot be taken are told together."""
    found: list[Any] = []
    faults: list[Fault] = []
    first: TongtuError | None = None
    for one in readers:
        try:
            found.append(None if one is None else one())
        except (DataRefused, FileRefused, PackRefused, UsageFault) as refused:
            first, faults = first or refused, [*faults, *refused.faults]
    if first is not None:
        raise type(first)(faults)
    return found
