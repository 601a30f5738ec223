"""`tongtu fund`: capital in the shell: a portfolio under a budget and a loss cap, one case, tranches."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped, later
from tongtu.terms.words import Lang

_COMMANDS = {
    "portfolio": later("funding.portfolio", "command"),
    "case": later("funding.case", "command"),
    "tranches": later("funding.tranches", "command"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "fund", _COMMANDS)
