"""What the commands that print a dossier share: its files, and its lines in the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongtu.cli.speak import Day, Place, option
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.dossier import Document
    from tongtu.chain.dossier.document import Tone

#: lines longer than this are hard to read, however wide the window is
_WIDEST = 140
_COLOURS = {"good": "green", "warn": "yellow", "bad": "red"}


def of_one(lang: Lang) -> list[click.Parameter]:
    """The parameters of every command about one subject."""
    return [
        click.Argument(["firm"], type=Place("either")),
        option(lang, "subject", metavar="ID"),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        option(lang, "known-at", type=Day(), metavar="DATE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
        *files(lang),
    ]


def today() -> date:
    return date.today()  # noqa: DTZ011 - the day where the person sits


def files(lang: Lang) -> list[click.Parameter]:
    """The options that name files to write."""
    named = [option(lang, name, type=Place(), metavar="FILE") for name in ("html", "pdf", "xlsx")]
    return [*named, option(lang, "fonts", type=Place("folder"), metavar="FOLDER")]


def deliver(document: Document, as_of: date, lang: Lang, **files: Path | None) -> None:
    """Prints the dossier and writes the files that were asked for: `save`."""
    show(document, lang)
    save(document, as_of, lang, **files)


def show(document: Document, lang: Lang) -> None:
    """The dossier in the terminal."""
    from tongtu.chain.dossier.shell import text

    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    click.echo(text(document, lang, width, paint))


def save(
    document: Document, as_of: date, lang: Lang, *, html: Path | None = None, pdf: Path | None = None,
    xlsx: Path | None = None, fonts: Path | None = None,
) -> None:  # fmt: skip
    """The files that were asked for, each whole or not at all."""
    from tongtu.chain import dossier

    if html is not None:
        with whole(html, lang) as path:
            dossier.write_page(document, path, lang)
    if pdf is not None:
        with whole(pdf, lang) as path:
            dossier.write_pdf(document, path, as_of, lang, fonts)
    if xlsx is not None:
        with whole(xlsx, lang) as path:
            dossier.write_workbook(document, path, as_of, lang)


@contextmanager
def whole(path: Path, lang: Lang) -> Iterator[Path]:
    """A path to write to whose file takes its place, and is told of, when the work is done.

    Raises UsageFault where it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        yield part
        part.replace(path)
    except OSError as error:
        told = {"path": str(path), "problem": error.strerror or type(error).__name__}
        raise UsageFault.because("cli.not-writable", "cli.not-writable-repair", **told) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    click.echo(word("cli.written", lang, path=str(path)))


def paint(said: str, tone: Tone) -> str:
    """Colour where a person watches; `click.echo` takes it away elsewhere."""
    if tone == "soft":
        return click.style(said, dim=True)
    return click.style(said, fg=_COLOURS[tone]) if tone else said
