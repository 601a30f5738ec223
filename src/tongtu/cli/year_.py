"""`tongtu year FIRM`: what a year brought a firm, and what it can expect next."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from tongtu.cli.printing import deliver, of_one, today
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Command, Number, option
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    params = [
        *of_one(lang),
        option(lang, "year", type=Number(int, 1949, 2999), metavar="YEAR"),
    ]

    def run(firm: Path, subject: str | None, as_of: date | None, known_at: date | None, pack: str | None,
            year: int | None, **files: Path | None) -> None:  # fmt: skip
        from tongtu.chain import dossier

        law, day = pack_of(pack), as_of or today()
        asked = dossier.subject(read(firm, law, lang), law, subject, day, known_at=known_at)
        deliver(dossier.of_year(asked, year or day.year), day, lang, **files)

    return Command("year", lang, run, params)
