"""`tongtu backup FILE`: the hub's database, attachments and keys in one file."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from tongtu.cli.speak import Command, Place, option
from tongtu.config import settings
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [click.Argument(["file"], type=Place()), home_option(lang)]

    def run(file: Path, home: Path) -> None:
        began = time.monotonic()
        hub(home)
        from tongtu.hub.care.backup import backup

        kept = backup(file)
        click.echo(word("cli.backup-done", lang, rows=kept.rows, files=kept.files, path=str(file),
                        seconds=round(time.monotonic() - began, 1)))  # fmt: skip

    return Command("backup", lang, run, params)


def home_option(lang: Lang) -> click.Option:
    return option(lang, "home", default=settings()["home"].value or "hub", type=Place(), metavar="FOLDER")


def hub(home: Path) -> None:
    """Django on the hub in this folder. Raises UsageFault with all faults of the settings."""
    from tongtu.hub.care.ground import check

    os.environ["TONGTU_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")
    check(settings())
    import django

    django.setup()
