"""`tongtu risk`: odds fitted on any table, and the outcome pact between members, in the shell."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped
from tongtu.terms.words import Lang

_COMMANDS = {
    "fit": ("risking.fitting", "fit"),
    "count": ("risking.pact", "count"),
    "split": ("risking.pact", "split"),
    "sum": ("risking.pact", "total"),
    "release": ("risking.pact", "release"),
    "compare": ("risking.pact", "compare"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "risk", _COMMANDS)
