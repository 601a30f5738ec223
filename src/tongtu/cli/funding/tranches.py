"""`tongtu fund tranches`: who bears which part of the losses, by correlation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.funding.ground import capital, of_capital, own
from tongtu.cli.piloting.ground import hand_over
from tongtu.cli.speak import Command, Place
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    params = [*of_capital(lang), own(lang, "structure", type=Place("file"), metavar="FILE")]

    def run(structure: Path | None, **given: Any) -> None:
        from tongtu.chain import capital as cap
        from tongtu.chain.capital import given as tables

        with capital(lang, also=((structure, tables.structure),), **given) as (ground, (layers,)):
            found = cap.layered(ground, structure=layers)
        hand_over(found, lang, **given)

    return Command("fund-tranches", lang, run, params)
