"""What the commands of the clearinghouse share: their options, and the ground their documents stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.printing import files, save, show, today
from tongtu.cli.reading import asked, pack_of, read
from tongtu.cli.speak import Day, Number, Place, option
from tongtu.cli.wait import Bar
from tongtu.terms.faults import DataRefused, Fault, FileRefused, UsageFault
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    import polars as pl

    from tongtu.chain.clearing import Clearing
    from tongtu.chain.dossier import Document

#: rows of a table that are shown in the terminal; files hold all of them
ROWS = 10


def of_market(lang: Lang, *, weights: bool = True) -> list[click.Parameter]:
    """The parameters of every command about a market."""
    found: list[click.Parameter] = [
        click.Argument(["folder"], type=Place("either")),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        option(lang, "known-at", type=Day(), metavar="DATE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
        option(lang, "see", default="core", metavar="CLASS"),
        *files(lang),
    ]
    return [*found, option(lang, "weights", type=Place("file"), metavar="FILE")] if weights else found


def rows(lang: Lang) -> click.Option:
    helped = word("cli.opt-rows-shown", lang, default=ROWS)
    return click.Option(["--rows"], default=ROWS, type=Number(int, 1, 1_000_000), metavar="N", help=helped)


def of_round(lang: Lang, *names: str) -> list[click.Parameter]:
    """The options that name tables given for one round."""
    return [option(lang, name, type=Place("file"), metavar="FILE") for name in names]


def tables_of(
    market: Clearing, *, kinds: Sequence[str], loads: Path | None = None, rankings: Path | None = None,
    apart: Path | None = None, places: Mapping[str, int] | None = None,
) -> dict[str, pl.DataFrame | None]:  # fmt: skip
    """The tables of a round that were given, read; all their faults are told together."""
    from tongtu.chain.clearing import given

    limits = asked()["limits"]
    readers: dict[str, tuple[Path | None, Callable[[Path], pl.DataFrame]]] = {
        "loads": (loads, lambda path: given.loads(market, path, kinds, limits, places)),
        "rankings": (rankings, lambda path: given.rankings(market, path, limits)),
        "apart": (apart, lambda path: given.apart(market, path, limits)),
    }
    found: dict[str, pl.DataFrame | None] = {}
    faults: list[Fault] = []
    for name, (path, read_table) in readers.items():
        try:
            found[name] = None if path is None else read_table(path)
        except (DataRefused, FileRefused) as refused:
            faults += refused.faults
    if faults:
        raise DataRefused(faults)
    return found


@contextmanager
def ground(
    lang: Lang, *, folder: Path, as_of: date | None, known_at: date | None, pack: str | None, see: str,
    weights: Path | None = None, **_: Any,
) -> Iterator[Clearing]:  # fmt: skip
    """The market of a folder, with a progress line while the block works."""
    from tongtu.chain.clearing import clearing
    from tongtu.match import sides
    from tongtu.match.learning import Model

    if see not in sides.CLASSES:  # said before the folder is read, which may take a while
        raise UsageFault.because("match.no-class", "match.no-class-repair", see=see, classes=list(sides.CLASSES))
    model = None if weights is None else Model.load(weights)
    law = pack_of(pack)
    records = read(folder, law, lang)
    with Bar(lang) as bar:
        yield clearing(records, law, as_of or today(), known_at=known_at, see=see, model=model, progress=bar)


def hand_over(
    document: Callable[[int | None], Document], lang: Lang, shown: int, *, as_of: date | None, html: Path | None,
    pdf: Path | None, xlsx: Path | None, fonts: Path | None, **_: Any,
) -> None:  # fmt: skip
    """The first rows in the terminal, all of them in the files that were asked for."""
    show(document(shown), lang)
    if html or pdf or xlsx:
        save(document(None), as_of or today(), lang, html=html, pdf=pdf, xlsx=xlsx, fonts=fonts)
