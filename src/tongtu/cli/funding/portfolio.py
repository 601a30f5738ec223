"""`tongtu fund portfolio`: what to fund under a budget and a loss cap, why not the others, what limits cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.funding.ground import capital, of_capital, own
from tongtu.cli.piloting.ground import hand_over
from tongtu.cli.speak import Command, Number, OneOf, Place
from tongtu.terms.words import Lang

_SCENARIOS, _MOST = 2000, 100_000
_YEARS = 3


def command(lang: Lang) -> click.Command:
    params = [
        *of_capital(lang),
        own(lang, "budget", metavar="AMOUNT"),
        own(lang, "periods", type=Number(int, 1, 20), metavar="N"),
        own(lang, "loss-cap", metavar="AMOUNT|SHARE"),
        own(lang, "level", type=Number(float, 0.5, 0.9999), metavar="L"),
        own(lang, "objective", default="outcome", type=OneOf("outcome", "value"), metavar="outcome|value"),
        own(lang, "limits", type=Place("file"), metavar="FILE"),
        own(lang, "scenarios", default=_SCENARIOS, type=Number(int, 100, _MOST), metavar="N"),
    ]

    def run(budget: str | None, periods: int | None, loss_cap: str | None, level: float | None, objective: Any,
            limits: Path | None, scenarios: int, **given: Any) -> None:  # fmt: skip
        from tongtu.chain import capital as cap
        from tongtu.chain.capital import given as tables

        with capital(lang, level=level, also=((limits, tables.limits),), **given) as (ground, (bounds,)):
            network = ground.network
            funds, budgets = (None, None) if budget is None else tables.money(network, budget, periods or _YEARS)
            held = network.registry["budgets"] if budgets is None else budgets
            most = None if loss_cap is None else tables.cap(network, loss_cap, held, ground.currency)
            floors, ceilings = bounds or (None, None)
            found = cap.portfolio(
                ground, funds=funds, budgets=budgets, minimums=floors, caps=ceilings, loss_cap=most,
                objective=objective, scenarios=scenarios,
            )  # fmt: skip
        hand_over(found, lang, **given)

    return Command("fund-portfolio", lang, run, params)
