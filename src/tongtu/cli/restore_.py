"""`tongtu restore FILE`: a hub out of a backup, into SQLite or PostgreSQL."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from tongtu.cli.backup_ import home_option, hub
from tongtu.cli.speak import Command, Place, flag
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["file"], type=Place("file")),
        home_option(lang),
        flag(lang, "replace", default=False),
    ]

    def run(file: Path, home: Path, replace: bool) -> None:
        began = time.monotonic()
        os.environ["TONGTU_HOME"] = str(home)
        from tongtu.hub.running import open_home

        lock = open_home()  # a hub that runs here would go on writing
        try:
            hub(home)
            from tongtu.hub.care.backup import restore

            kept = restore(file, replace)
        finally:
            os.close(lock)
        click.echo(word("cli.restore-done", lang, rows=kept.rows, files=kept.files,
                        seconds=round(time.monotonic() - began, 1)))  # fmt: skip

    return Command("restore", lang, run, params)
