"""`tongtu match clear`, `duplicates`, `learn`: the market cleared, listings entered twice, weights from judgments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.matching.ground import ground, hand_over, of_market, of_round, rows, tables_of
from tongtu.cli.printing import whole
from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.words import Lang, word

_TOP, _LEAST = 10, 0.1
_DECADES = 600  # months


def clear(lang: Lang) -> click.Command:
    share = Number(float, 0.0, 1.0)
    params = [
        *of_market(lang),
        click.Option(["--top"], default=_TOP, type=Number(int, 1, 1000), metavar="N",
                     help=word("cli.opt-top", lang, default=_TOP)),
        click.Option(["--least"], default=_LEAST, type=share, metavar="P",
                     help=word("cli.opt-least-score", lang, default=_LEAST)),
        option(lang, "floor", type=share, metavar="P"),
        option(lang, "cap", type=share, metavar="P"),
        click.Option(["--seed"], metavar="TEXT", help=word("cli.opt-published-seed", lang)),
        option(lang, "past", type=Number(int, 1, _DECADES), metavar="MONTHS"),
        *of_round(lang, "loads", "rankings", "apart"),
        rows(lang),
    ]  # fmt: skip

    def run(top: int, least: float, floor: float | None, cap: float | None, seed: str | None, past: int | None,
            rows: int, loads: Path | None, rankings: Path | None, apart: Path | None,
            **given: Any) -> None:  # fmt: skip
        from tongtu.chain import clearing

        with ground(lang, **given) as market:
            tables = tables_of(market, loads=loads, rankings=rankings, apart=apart, kinds=("need", "achievement"))
            found = clearing.allocated(market, top=top, least=least, floor=floor, cap=cap, seed=seed, months=past,
                                       **tables)  # fmt: skip
        hand_over(found.document, lang, rows, **given)

    return Command("match-clear", lang, run, params)


def duplicates(lang: Lang) -> click.Command:
    params = [*of_market(lang, weights=False), option(lang, "kind", metavar="KIND"), rows(lang)]

    def run(kind: str | None, rows: int, **given: Any) -> None:
        from tongtu.chain import clearing
        from tongtu.match import sides

        if kind is not None:
            sides.kind_of(kind)
        with ground(lang, **given) as market:
            found = clearing.doubled(market, kind)
        hand_over(found.document, lang, rows, **given)

    return Command("match-duplicates", lang, run, params)


def learn(lang: Lang) -> click.Command:
    out = click.Option(["--out"], type=Place(), metavar="FILE", required=True, help=word("cli.opt-out-weights", lang))
    params = [*of_market(lang), out]

    def run(out: Path, **given: Any) -> None:
        from tongtu.chain import clearing

        with ground(lang, **given) as market:
            found = clearing.learnt(market)
        hand_over(lambda _: found.document(), lang, 0, **given)
        if not found.deployed:
            click.echo(word("clearing.nothing-written", lang))
            return
        with whole(out, lang) as path:
            path.write_text(found.decided.model.to_json(), encoding="utf-8")

    return Command("match-learn", lang, run, params)
