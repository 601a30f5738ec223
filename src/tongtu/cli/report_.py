"""`tongtu report PLAN`: the report and the workbook of a saved plan."""

from __future__ import annotations

from pathlib import Path

import click

from tongtu.cli.reading import pack_of
from tongtu.cli.speak import Command, Place, option
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["plan"], type=Place("folder")),
        option(lang, "pack", metavar="NAME|FOLDER"),
        option(lang, "out", type=Place(), metavar="FOLDER"),
    ]

    def run(plan: Path, pack: str | None, out: Path | None) -> None:
        from tongtu.chain import Plan
        from tongtu.door import report

        for path in report(Plan.load(plan), out or plan, pack_of(pack), lang):
            click.echo(word("cli.written", lang, path=str(path)))

    return Command("report", lang, run, params)
