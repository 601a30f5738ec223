"""`tongtu map FILE`: a proposal how a foreign table maps onto one of ours, for a person to edit."""

from __future__ import annotations

from pathlib import Path

import click

from tongtu.cli.speak import Command, OneOf, Place, option
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    from tongtu.registry import nouns

    params: list[click.Parameter] = [
        click.Argument(["file"], type=Place("file")),
        option(lang, "noun", type=OneOf(*nouns()), metavar="TABLE"),
        option(lang, "out", type=Place(), metavar="FILE"),
    ]

    def run(file: Path, noun: str | None, out: Path | None) -> None:
        from tongtu import registry

        found = registry.propose_mapping(file, noun=noun)
        path = found.save(out or file.with_name(f"{file.stem}.map.yaml"))
        click.echo(word("cli.mapped", lang, path=str(path), noun=registry.noun(found.noun).label(lang)))
        if found.unmapped:
            click.echo(word("cli.map-left", lang, columns=tuple(found.unmapped)))

    return Command("map", lang, run, params)
