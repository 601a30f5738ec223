"""`tongtu diff PLAN_A PLAN_B`: what moved, who gains, who loses, what it costs in expected outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.money import Money
from tongtu.terms.words import Lang, say, show, word


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["before"], type=Place("folder")),
        click.Argument(["after"], type=Place("folder")),
        option(lang, "rows", default=20, type=Number(int, 1, 100_000), metavar="N"),
    ]

    def run(before: Path, after: Path, rows: int) -> None:
        from tongtu.chain import Plan, diff

        found = diff(Plan.load(before), Plan.load(after))
        for cause in found.causes:
            click.echo(say(cause, lang))
        if found.empty:
            click.echo(word("cli.diff-none", lang))
        for name, frame in (
            ("pairs", found.pairs),
            ("slots", found.slots),
            ("money", found.money),
            ("members", found.members),
        ):
            if frame.height:
                click.echo(word(f"cli.diff-{name}", lang, n=frame.height))
                for row in frame.head(rows).iter_rows(named=True):
                    click.echo("  " + line(name, row, lang))
                if frame.height > rows:
                    click.echo("  " + word("cli.diff-rest", lang, n=frame.height - rows))
        old, new = found.expected
        click.echo(word("cli.diff-expected", lang, before=old, after=new, change=f"{new - old:+.3f}"))

    return Command("diff", lang, run, params)


def line(name: str, row: dict[str, Any], lang: Lang) -> str:
    """One change in one line: the mark, the key, then what it was and what it is."""
    mark = word(f"cli.diff-{row['change']}", lang)
    keys = [str(row[k]) for k in ("need", "achievement", "case", "stage", "organisation") if row.get(k) is not None]
    moved = [
        change(column, row, lang)
        for column in row
        if f"{column}_after" in row and row[column] != row[f"{column}_after"]
    ]
    return f"{mark} {' · '.join(keys)}  {'; '.join(moved)}".rstrip()


def change(column: str, row: dict[str, Any], lang: Lang) -> str:
    before, after = row[column], row[f"{column}_after"]
    if column in ("amount", "funded"):
        before = None if before is None else Money(before, row["currency"] or "CNY")
        after = None if after is None else Money(after, row["currency_after"] or "CNY")
    none = word("cli.diff-nothing", lang)
    return f"{none if before is None else show(before, lang)} → {none if after is None else show(after, lang)}"
