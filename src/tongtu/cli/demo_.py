"""`tongtu demo`: a synthetic consortium, its plan, its report, and the report in the browser."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from tongtu.cli.plan_ import make
from tongtu.cli.reading import pack_of
from tongtu.cli.sample_ import write
from tongtu.cli.serve_ import serve
from tongtu.cli.speak import Command, Day, Number, Place, flag, option
from tongtu.config import settings
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    found = settings()
    params: list[click.Parameter] = [
        option(lang, "out", default="demo", type=Place(), metavar="FOLDER"),
        option(lang, "seed", default=1, type=Number(int, 0, 2**31 - 1), metavar="N"),
        option(lang, "as-of", default="2026-11-21", type=Day(), metavar="DATE"),
        option(lang, "port", default=found["port"].value, type=Number(int, 0, 65535), metavar="PORT"),
        flag(lang, "serve"),
    ]

    def run(out: Path, seed: int, as_of: date, port: int, serve: bool) -> None:
        go(out, seed, as_of, port, serve, lang)

    return Command("demo", lang, run, params)


def go(out: Path, seed: int, as_of: date, port: int, serving: bool, lang: Lang) -> None:
    rows = write(out / "workbooks", "demo", seed, "xlsx", as_of, lang)
    click.echo(word("cli.sample-done", lang, rows=sum(rows.values()), tables=len(rows), folder=str(out / "workbooks")))
    make(out / "workbooks", pack_of(None), out / "plan", as_of, lang)
    if serving:
        serve(out / "plan", str(settings()["host"].value), port, lang)
