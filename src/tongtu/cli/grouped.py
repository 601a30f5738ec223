"""A command that holds commands of its own, each made when it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import click

from tongtu.cli.speak import Group
from tongtu.terms.words import Lang, word

Make = Callable[[Lang], click.Command]


def grouped(lang: Lang, name: str, commands: Mapping[str, Make]) -> click.Command:
    """The group `tongtu NAME`, its commands in order."""
    group = Group(name, lang, tuple(commands), lambda wanted: commands[wanted](lang), prefix=f"{name}-")
    group.params.append(click.Option(["--lang"], expose_value=False, metavar="zh|en", help=word("cli.opt-lang", lang)))
    return group


def later(module: str, function: str) -> Make:
    """A command of a module below `tongtu.cli` that is loaded when the command is called."""

    def make(lang: Lang) -> click.Command:
        made: click.Command = getattr(import_module(f"tongtu.cli.{module}"), function)(lang)
        return made

    return make
