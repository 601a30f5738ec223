"""`tongtu template`: blank workbooks to fill in, with drop-downs from the pack."""

from __future__ import annotations

from pathlib import Path

import click

from tongtu.cli.reading import pack_of
from tongtu.cli.speak import Command, OneOf, Place, option
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    from tongtu.registry import nouns

    params: list[click.Parameter] = [
        click.Argument(["tables"], nargs=-1, type=OneOf(*nouns())),
        option(lang, "out", default="templates", type=Place(), metavar="FOLDER"),
        option(lang, "pack", metavar="NAME|FOLDER"),
    ]

    def run(tables: tuple[str, ...], out: Path, pack: str | None) -> None:
        from tongtu import registry

        law = pack_of(pack)
        out.mkdir(parents=True, exist_ok=True)
        for name in tables or tuple(nouns()):
            path = out / f"{name}.xlsx"
            registry.template(name, path, lang=lang, vocabularies=law.vocabularies)
            click.echo(word("cli.written", lang, path=str(path)))

    return Command("template", lang, run, params)
