"""`tongtu research FOLDER`: dual research: coding, shares against targets, who leads, what became of it."""

from __future__ import annotations

from typing import Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.speak import Command
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    params = [option for option in of_network(lang) if option.name != "seed"]

    def run(**given: Any) -> None:
        from tongtu.chain.research import researched

        with ground(lang, seed=0, **given) as network:
            found = researched(network)
        hand_over(found, lang, **given)

    return Command("research", lang, run, params)
