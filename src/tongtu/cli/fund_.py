"""`tongtu fund`: capital in the shell: a portfolio under a budget and a loss cap, one case, tranches."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped
from tongtu.terms.words import Lang

_COMMANDS = {
    "portfolio": ("funding.portfolio", "command"),
    "case": ("funding.case", "command"),
    "tranches": ("funding.tranches", "command"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "fund", _COMMANDS)
