"""`tongtu case`: cases in the shell: all of them, one from need to industry, its log, its checks, its exports."""

from __future__ import annotations

import click

from tongtu.cli.grouped import grouped, later
from tongtu.terms.words import Lang

_COMMANDS = {
    "list": later("casing.telling", "list_"),
    "show": later("casing.telling", "show_"),
    "log": later("casing.telling", "log_"),
    "check": later("casing.telling", "check_"),
    "migrate": later("casing.migrating", "command"),
    "export": later("casing.exporting", "command"),
    "progress": later("casing.progress", "command"),
}


def command(lang: Lang) -> click.Command:
    return grouped(lang, "case", _COMMANDS)
