"""`tongtu deadlines [FIRM]`: what falls due, for one firm or for everybody under the rules."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import click

from tongtu.cli.printing import deliver, of_one, today
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    _, *rest = of_one(lang)
    firm = click.Argument(["firm"], type=Place("either"), required=False)
    params = [firm, *rest, option(lang, "days", default=365, type=Number(int, 1, 3660), metavar="N")]

    def run(firm: Path | None, subject: str | None, as_of: date | None, known_at: date | None, pack: str | None,
            days: int, **files: Path | None) -> None:  # fmt: skip
        from tongtu.chain import dossier
        from tongtu.registry import Registry

        law, day = pack_of(pack), as_of or today()
        until = day + timedelta(days=days)
        if firm is None:
            document = dossier.all_deadlines(Registry(), law, day, until)
        else:
            asked = dossier.subject(read(firm, law, lang), law, subject, day, known_at=known_at)
            document = dossier.deadlines(asked, until)
        deliver(document, day, lang, **files)

    return Command("deadlines", lang, run, params)
