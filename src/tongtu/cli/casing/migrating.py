"""`tongtu case migrate`: what another version of the pathway would change, and the row that would do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.casing.ground import cases, keep, of_case, own
from tongtu.cli.piloting.ground import hand_over
from tongtu.cli.speak import Command, Place
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    params = of_case(lang, own(lang, "to", required=True, metavar="VERSION"),
                     own(lang, "write", type=Place(), metavar="FILE.csv"))  # fmt: skip

    def run(case: str | None, to: str, write: Path | None, **given: Any) -> None:
        from tongtu.chain.passage import migrated

        with cases(lang, **given) as passage:
            found = migrated(passage, case, to)
            row = found.event() if write else None
        hand_over(found, lang, **given)
        if write is not None and row is not None:
            keep(write, _csv(row, lang))
            click.echo(word("passage.row-written", lang, path=str(write)), err=True)

    return Command("case-migrate", lang, run, params)


def _csv(row: Any, lang: Lang) -> str:
    """The event as a table of the registry: headings in the person's language, a mark so that Excel reads UTF-8."""
    import polars as pl

    from tongtu.registry import noun

    heads = {column.name: column.label(lang) for column in noun("events").columns}
    flat = row.with_columns(pl.col(pl.List(pl.String)).list.join("；"))
    return "\ufeff" + str(flat.rename(heads).write_csv())
