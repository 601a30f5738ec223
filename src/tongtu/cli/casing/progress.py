"""`tongtu case progress`: outcomes, funnel, speed, compression, burden, bypass and goals over all cases of a folder."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.speak import Command, Day, OneOf
from tongtu.terms.words import Lang, word

_BY = ("direction", "pathway", "version", "organisation")


def command(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        _own(lang, "by", type=OneOf(*_BY), metavar="|".join(_BY)),
        _own(lang, "since", type=Day(), metavar="DATE"),
    ]

    def run(by: Any, since: date | None, **given: Any) -> None:
        from tongtu.chain.passage.progress import progress

        with ground(lang, **given) as network:
            found = progress(network, by=by, since=since)
        hand_over(found, lang, **given)

    return Command("case-progress", lang, run, params)


def _own(lang: Lang, name: str, **more: Any) -> click.Option:
    return click.Option([f"--{name}"], help=word(f"passage_progress.opt-{name}", lang), **more)
