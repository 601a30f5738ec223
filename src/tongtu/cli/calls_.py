"""`tongtu calls FIRM`: funding calls open to a firm, what each lacks, and a pre-filled outline."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from tongtu.cli.printing import deliver, of_one, today
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Command
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    params = of_one(lang)

    def run(firm: Path, subject: str | None, as_of: date | None, known_at: date | None, pack: str | None,
            **files: Path | None) -> None:  # fmt: skip
        from tongtu.chain import dossier

        law, day = pack_of(pack), as_of or today()
        asked = dossier.subject(read(firm, law, lang), law, subject, day, known_at=known_at)
        deliver(dossier.open_calls(asked), day, lang, **files)

    return Command("calls", lang, run, params)
