"""`tongtu pilots`: the network of pilot platforms in the shell: tiers, diagnosis, layout, search, schedule."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped
from tongtu.terms.words import Lang

_COMMANDS = {
    "tier": ("piloting.tiering", "tier"),
    "diagnose": ("piloting.tiering", "diagnose"),
    "layout": ("piloting.laying", "command"),
    "search": ("piloting.searching", "command"),
    "schedule": ("piloting.scheduling", "command"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "pilots", _COMMANDS)
