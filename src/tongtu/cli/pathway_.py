"""`tongtu pathway`: the pathways of a pack in the shell."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped, later
from tongtu.terms.words import Lang

_COMMANDS = {
    "list": later("casing.roads", "list_"),
    "show": later("casing.roads", "show_"),
    "check": later("casing.roads", "check_"),
    "export": later("casing.roads", "export_"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "pathway", _COMMANDS)
