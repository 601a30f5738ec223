"""`tongtu case list|show|log|check`: what the logs tell."""

from __future__ import annotations

from typing import Any

import click

from tongtu.cli.casing.ground import cases, of_case, own
from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.speak import Command, OneOf
from tongtu.terms.words import Lang

_STATES = ("open", "held", "recycled", "killed", "done")


def list_(lang: Lang) -> click.Command:
    states = OneOf(*_STATES)
    params = [*of_network(lang), own(lang, "state", type=states, multiple=True, metavar="|".join(_STATES)),
              own(lang, "waits-on", metavar="ORGANISATION")]  # fmt: skip

    def run(state: tuple[str, ...], waits_on: str | None, **given: Any) -> None:
        from tongtu.chain.passage import listed

        with cases(lang, **given) as passage:
            found = listed(passage, tuple(state), waits_on)
        hand_over(found, lang, **given)

    return Command("case-list", lang, run, params)


def show_(lang: Lang) -> click.Command:
    def run(case: str | None, **given: Any) -> None:
        from tongtu.chain.passage import shown

        with cases(lang, **given) as passage:
            found = shown(passage, case)
        hand_over(found, lang, **given)

    return Command("case-show", lang, run, of_case(lang))


def log_(lang: Lang) -> click.Command:
    def run(case: str | None, **given: Any) -> None:
        from tongtu.chain.passage import logged

        with cases(lang, **given) as passage:
            found = logged(passage, case)
        hand_over(found, lang, **given)

    return Command("case-log", lang, run, of_case(lang))


def check_(lang: Lang) -> click.Command:
    """Exit code 1 where an event is one that its case does not allow, as for every table with faults."""

    def run(**given: Any) -> int:
        from tongtu.chain.passage import checked

        with ground(lang, **given) as network:
            found = checked(network)
        hand_over(found, lang, **given)
        return 1 if found.errors else 0

    return Command("case-check", lang, run, of_network(lang))
