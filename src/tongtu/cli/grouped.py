"""A command that holds commands of its own, each loaded when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from tongtu.cli.speak import Group
from tongtu.terms.words import Lang, word


def grouped(lang: Lang, name: str, commands: Mapping[str, tuple[str, str]]) -> click.Command:
    """The group `tongtu NAME`; `commands` gives module (below `tongtu.cli`) and function of each, in order."""

    def load(wanted: str) -> click.Command:
        module, function = commands[wanted]
        made: click.Command = getattr(import_module(f"tongtu.cli.{module}"), function)(lang)
        return made

    group = Group(name, lang, tuple(commands), load, prefix=f"{name}-")
    group.params.append(click.Option(["--lang"], expose_value=False, metavar="zh|en", help=word("cli.opt-lang", lang)))
    return group
