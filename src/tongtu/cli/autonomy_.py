"""`tongtu autonomy ITEMS.xlsx`: what a product stands on, where that breaks, and what could stand in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.reading import asked, pack_of
from tongtu.cli.speak import Command, Number
from tongtu.terms.faults import DataRefused
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.network import Network
    from tongtu.chain.supply import Supply

_HOME = "CN"


def command(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        _own(lang, "item", metavar="ID"),
        _own(lang, "home", default=_HOME, metavar="CODE[,CODE]"),
        _own(lang, "without", multiple=True, metavar="CODE|NAME"),
        _own(lang, "days", type=Number(float, 0.0, 36_500.0), metavar="N"),
        _own(lang, "control", multiple=True, metavar="FILE|BY:ITEM"),
        _own(lang, "enough", default=0.0, type=Number(float, 0.0, 1.0), metavar="R"),
        _own(lang, "rounding", default=0.0, type=Number(float, 0.0, 0.5), metavar="R"),
    ]

    def run(folder: Path, pack: str | None, **given: Any) -> None:
        from tongtu.chain.supply import Told

        try:
            with ground(lang, folder=folder, pack=pack, **given) as network:
                found = Told(_supply(network, **given))
                found.document(given["rows"])
        except DataRefused as refused:
            raise DataRefused(_located(refused, folder, pack)) from None
        hand_over(found, lang, **given)

    return Command("autonomy", lang, run, params)


def _own(lang: Lang, name: str, **more: Any) -> click.Option:
    """An option whose help stands under `supply.opt-NAME`."""
    return click.Option([f"--{name}"], help=word(f"supply.opt-{name}", lang), **more)


def _supply(
    network: Network, *, item: str | None, home: str, without: tuple[str, ...], control: tuple[str, ...],
    rounding: float, enough: float, days: float | None, **_: Any,
) -> Supply:  # fmt: skip
    from tongtu.chain.supply import announced, supply

    codes = [code.strip().upper() for code in home.replace("，", ",").split(",") if code.strip()]
    found = supply(network, home=codes or [_HOME], item=item, without=without, rounding=rounding, enough=enough,
                   days=days)  # fmt: skip
    return announced(found, control, asked()["limits"])


def _located(refused: DataRefused, folder: Path, pack: str | None) -> list[Any]:
    """The faults at the rows they come from."""
    from tongtu.chain.supply import located

    return located(refused.faults, folder, vocabularies=pack_of(pack).vocabularies, **asked())
