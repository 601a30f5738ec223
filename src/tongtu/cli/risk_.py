"""`tongtu risk`: odds fitted on any table, and the outcome pact between members, in the shell."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped, later
from tongtu.terms.words import Lang

_COMMANDS = {
    "fit": later("risking.fitting", "fit"),
    "count": later("risking.pact", "count"),
    "split": later("risking.pact", "split"),
    "sum": later("risking.pact", "total"),
    "release": later("risking.pact", "release"),
    "compare": later("risking.pact", "compare"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "risk", _COMMANDS)
