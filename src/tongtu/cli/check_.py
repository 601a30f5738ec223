"""`tongtu check FOLDER`: every fault of a folder, and copies of its workbooks with the faulty cells marked."""

from __future__ import annotations

from pathlib import Path

import click

from tongtu.cli.reading import asked, pack_of
from tongtu.cli.speak import Command, Place, option
from tongtu.cli.wait import Bar
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["folder"], type=Place("either")),
        option(lang, "pack", metavar="NAME|FOLDER"),
        option(lang, "mark", type=Place(), metavar="FOLDER"),
    ]

    def run(folder: Path, pack: str | None, mark: Path | None) -> int:
        from tongtu import registry

        law = pack_of(pack)
        with Bar(lang) as bar:
            faults = registry.check(folder, vocabularies=law.vocabularies, progress=bar, **asked())
        for fault in faults:
            click.echo(fault.say(lang))
        errors = sum(f.severity == "error" for f in faults)
        click.echo(word("cli.checked", lang, errors=errors, warnings=len(faults) - errors))
        if mark is not None and faults:
            for path in registry.mark(folder, mark, faults, lang=lang):
                click.echo(word("cli.written", lang, path=str(path)))
        return 1 if errors else 0

    return Command("check", lang, run, params)
