"""`tongtu config`: every setting, its value, and where the value comes from."""

from __future__ import annotations

import click

from tongtu.cli.speak import Command
from tongtu.config import settings
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    def run() -> None:
        found = settings()
        width = max(map(len, found))
        for name, setting in found.items():
            value = str(setting.value) or "–"
            click.echo(f"{name:{width}}  {value:12}  {setting.origin:24}  {helped(name, lang)}")

    return Command("config", lang, run, [])


def helped(name: str, lang: Lang) -> str:
    return word(f"config.{name.replace('_', '-')}", lang)
