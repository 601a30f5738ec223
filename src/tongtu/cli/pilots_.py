"""`tongtu pilots`: the network of pilot platforms in the shell: tiers, diagnosis, layout, search, schedule."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped, later
from tongtu.terms.words import Lang

_COMMANDS = {
    "tier": later("piloting.tiering", "tier"),
    "diagnose": later("piloting.tiering", "diagnose"),
    "layout": later("piloting.laying", "command"),
    "search": later("piloting.searching", "command"),
    "schedule": later("piloting.scheduling", "command"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "pilots", _COMMANDS)
