"""`tongtu match ask`: one listing, a text, or a whole side asks another side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.matching.ground import ground, hand_over, of_market, rows
from tongtu.cli.printing import whole
from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.words import Lang, word

_TOP = 5


def command(lang: Lang) -> click.Command:
    params = [
        *of_market(lang),
        option(lang, "ask", default="need", metavar="KIND"),
        option(lang, "answer", default="achievement", metavar="KIND"),
        option(lang, "id", metavar="ID"),
        option(lang, "text", metavar="TEXT"),
        click.Option(["--top"], default=_TOP, type=Number(int, 1, 1000), metavar="N",
                     help=word("cli.opt-top-answers", lang, default=_TOP)),
        rows(lang),
        option(lang, "csv", type=Place(), metavar="FILE"),
    ]  # fmt: skip

    def run(ask: str, answer: str, id: str | None, text: str | None, top: int, rows: int, csv: Path | None,
            **given: Any) -> None:  # fmt: skip
        from tongtu.chain import clearing
        from tongtu.match import sides

        for kind in (ask, answer):
            sides.kind_of(kind)
        with ground(lang, **given) as market:
            found = clearing.ask(market, ask, answer, one=id, text=text, top=top)
        hand_over(found.document, lang, rows, **given)
        if csv is not None:
            with whole(csv, lang) as path:
                found.table(lang).write_csv(path, include_bom=True)

    return Command("match-ask", lang, run, params)
