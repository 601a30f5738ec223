"""`tongtu pilots`: the network of pilot platforms in the shell: tiers, diagnosis, layout, search, schedule."""

from __future__ import annotations

from importlib import import_module

import click

from tongtu.cli.speak import Group
from tongtu.terms.words import Lang, word

#: module and function of each command; loaded when it is called
_COMMANDS = {
    "tier": ("tiering", "tier"),
    "diagnose": ("tiering", "diagnose"),
    "layout": ("laying", "command"),
    "search": ("searching", "command"),
    "schedule": ("scheduling", "command"),
}


def command(lang: Lang) -> click.Command:
    group = Group("pilots", lang, tuple(_COMMANDS), lambda name: _load(name, lang), prefix="pilots-")
    group.params.append(click.Option(["--lang"], expose_value=False, metavar="zh|en", help=word("cli.opt-lang", lang)))
    return group


def _load(name: str, lang: Lang) -> click.Command:
    module, function = _COMMANDS[name]
    made: click.Command = getattr(import_module(f"tongtu.cli.piloting.{module}"), function)(lang)
    return made
