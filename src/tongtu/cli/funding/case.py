"""`tongtu fund case`: one case before those who would pay for it."""

from __future__ import annotations

from typing import Any

import click

from tongtu.cli.funding.ground import capital, of_capital, own
from tongtu.cli.piloting.ground import hand_over
from tongtu.cli.speak import Command, Number
from tongtu.terms.words import Lang

_SIDES = ("holder", "taker")


def command(lang: Lang) -> click.Command:
    params = [
        *of_capital(lang),
        own(lang, "case", metavar="ID"),
        *(own(lang, f"{side}-rate", type=Number(float, 0.0, 1.0), metavar="R") for side in _SIDES),
        *(own(lang, f"{side}-factor", default=1.0, type=Number(float, 0.0, 100.0), metavar="F") for side in _SIDES),
        *(own(lang, f"{side}-alone", metavar="AMOUNT") for side in _SIDES),
    ]

    def run(case: str | None, holder_rate: float | None, taker_rate: float | None, holder_factor: float,
            taker_factor: float, holder_alone: str | None, taker_alone: str | None, **given: Any) -> None:  # fmt: skip
        from tongtu.chain import capital as cap
        from tongtu.chain.capital import given as tables

        with capital(lang, **given) as (ground, _):
            own_id = ground.one(case)
            currency = ground.rows[own_id]["currency"] or ground.currency
            ways = [None if said is None else float(tables.amount(said, currency))
                    for said in (holder_alone, taker_alone)]  # fmt: skip
            sides = cap.Sides(holder_rate, taker_rate, holder_factor, taker_factor, ways[0], ways[1] or 0.0)
            found = cap.case(ground, own_id, sides=sides)
        hand_over(found, lang, **given)

    return Command("fund-case", lang, run, params)
