"""`tongtu match chains`: need → achievement → platform → enterprise → capital as one flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.matching.ground import ground, hand_over, of_market, of_round, rows, tables_of
from tongtu.cli.speak import Command, Number, option
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang, word

_TOP, _LEAST = 10, 0.1
_KINDS = "need,achievement,platform,organisation,fund"
_DECADES = 600  # months


class Listed(click.ParamType[tuple[str, ...]]):
    """Words separated by commas."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in str(value).replace("，", ",").split(",") if part.strip())


class Counted(click.ParamType[dict[str, int]]):
    """Whole numbers by name: `platform=3,fund=20`."""

    name = "counts"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, int]:
        if isinstance(value, dict):
            return value
        found = {}
        for part in Listed().convert(value, param, ctx):
            name, _, count = part.partition("=")
            if not count.strip().isdecimal():
                raise UsageFault.because("cli.bad-places", "cli.bad-places-repair", value=part)
            found[name.strip()] = int(count)
        return found


def command(lang: Lang) -> click.Command:
    params = [
        *of_market(lang),
        option(lang, "kinds", default=_KINDS, type=Listed(), metavar="KINDS"),
        option(lang, "over", type=Listed(), metavar="KINDS"),
        option(lang, "ends", type=Listed(), metavar="KINDS"),
        option(lang, "places", type=Counted(), metavar="KIND=N"),
        click.Option(["--top"], default=_TOP, type=Number(int, 1, 1000), metavar="N",
                     help=word("cli.opt-top", lang, default=_TOP)),
        click.Option(["--least"], default=_LEAST, type=Number(float, 0.0, 1.0), metavar="P",
                     help=word("cli.opt-least-score", lang, default=_LEAST)),
        option(lang, "past", type=Number(int, 1, _DECADES), metavar="MONTHS"),
        *of_round(lang, "loads", "apart"),
        rows(lang),
    ]  # fmt: skip

    def run(kinds: tuple[str, ...], over: tuple[str, ...] | None, ends: tuple[str, ...] | None,
            places: dict[str, int] | None, top: int, least: float, past: int | None, rows: int, loads: Path | None,
            apart: Path | None, **given: Any) -> None:  # fmt: skip
        from tongtu.chain import clearing
        from tongtu.match import sides

        for kind in kinds:
            sides.kind_of(kind)
        with ground(lang, **given) as market:
            tables = tables_of(market, kinds=kinds, loads=loads, apart=apart, places=places)
            found = clearing.chained(market, kinds=kinds, over=over or (), ends=ends, top=top, least=least, months=past,
                                     places=places, loads=tables["loads"], apart=tables["apart"])  # fmt: skip
        hand_over(found.document, lang, rows, **given)

    return Command("match-chains", lang, run, params)
