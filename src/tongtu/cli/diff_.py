"""`tongtu diff PLAN_A PLAN_B`: what moved, who gains, who loses, what it costs in expected outcome."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.money import Money
from tongtu.terms.why import Label
from tongtu.terms.words import Lang, say, show, word

if TYPE_CHECKING:
    from tongtu.chain import Plan


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["before"], type=Place("folder")),
        click.Argument(["after"], type=Place("folder")),
        option(lang, "rows", default=20, type=Number(int, 1, 100_000), metavar="N"),
    ]

    def run(before: Path, after: Path, rows: int) -> None:
        from tongtu.chain import Plan, diff

        old_plan, new_plan = Plan.load(before), Plan.load(after)
        found = diff(old_plan, new_plan)
        names = named(old_plan, lang) | named(new_plan, lang)
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
                    click.echo("  " + line(row, names, lang))
                if frame.height > rows:
                    click.echo("  " + word("cli.diff-rest", lang, n=frame.height - rows))
        old, new = found.expected
        click.echo(word("cli.diff-expected", lang, before=old, after=new, change=f"{new - old:+.3f}"))

    return Command("diff", lang, run, params)


def named(plan: Plan, lang: Lang) -> dict[str, str]:
    """Organisations by the name people know them by."""
    rows = plan.registry["organisations"].select("organisation", "name", "name_en").iter_rows()
    return {key: Label(zh or "", en or "").say(lang) or key for key, zh, en in rows}


def line(row: dict[str, Any], names: dict[str, str], lang: Lang) -> str:
    """One change in one line: the mark, the key, then what it was and what it is."""
    mark = word(f"cli.diff-{row['change']}", lang)
    keys = [str(row[k]) for k in ("need", "achievement", "case", "stage", "organisation") if row.get(k) is not None]
    keys = [names.get(key, key) for key in keys]
    moved = [
        change(column, row, lang)
        for column in row
        if column != "currency" and f"{column}_after" in row and row[column] != row[f"{column}_after"]
    ]
    return f"{mark} {' · '.join(keys)}  {'; '.join(moved)}".rstrip()


def change(column: str, row: dict[str, Any], lang: Lang) -> str:
    before, after = row[column], row[f"{column}_after"]
    if column in ("amount", "funded"):
        before = None if before is None else Money(before, row["currency"] or "CNY")
        after = None if after is None else Money(after, row["currency_after"] or "CNY")
    none = word("cli.diff-nothing", lang)
    return f"{none if before is None else show(before, lang)} → {none if after is None else show(after, lang)}"
