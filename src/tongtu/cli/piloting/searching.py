"""`tongtu pilots search`: lines for what a process needs, and routes of several steps."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.reading import asked
from tongtu.cli.speak import Command, Day, Number, OneOf, Place, option
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang, word

_TOP = 5
_HOURS = 1e6


def command(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        option(lang, "need", metavar="ID"),
        *(option(lang, name, type=Place("file"), metavar="FILE") for name in ("request", "steps")),
        option(lang, "direction", metavar="CODE"),
        option(lang, "category", multiple=True, metavar="CODE"),
        option(lang, "process", metavar="TEXT"),
        click.Option(["--batch"], metavar="AMOUNT", help=word("cli.opt-batch-size", lang)),
        option(lang, "quantity", multiple=True, metavar="TEXT"),
        click.Option(["--must"], is_flag=True, help=word("cli.opt-must", lang)),
        option(lang, "hours", type=Number(float, 0.0, _HOURS), metavar="H"),
        option(lang, "region", metavar="CODE"),
        option(lang, "earliest", type=Day(), metavar="DATE"),
        option(lang, "by", default="cost", type=OneOf("cost", "days", "km"), metavar="cost|days|km"),
        click.Option(["--top"], default=_TOP, type=Number(int, 1, 1000), metavar="N",
                     help=word("cli.opt-top-lines", lang, default=_TOP)),
    ]  # fmt: skip

    def run(need: str | None, request: Path | None, steps: Path | None, direction: str | None,
            category: tuple[str, ...], process: str | None, batch: str | None, quantity: tuple[str, ...], must: bool,
            hours: float | None, region: str | None, earliest: date | None, by: str, top: int,
            **given: Any) -> None:  # fmt: skip
        from tongtu.chain import network as net
        from tongtu.chain.network import asking
        from tongtu.chain.network import given as tables

        own: dict[str, Any] = {"direction": direction, "categories": category, "process": process, "batch": batch,
               "quantities": quantity, "hours": hours, "region": region, "earliest": earliest}  # fmt: skip
        written = any(value not in (None, ()) for value in own.values())
        _one_way(need=need, request=request, steps=steps, written=written and steps is None)
        with ground(lang, **given) as network:
            limits = asked()["limits"]
            if steps is not None:
                rows, needed = tables.requests(network, steps, limits, steps=True)
                home = None if region is None else network.code("region", region)
                found = net.routed(network, rows, needed, ways=top, by=by, region=home)
            else:
                if request is not None:
                    rows, needed = tables.requests(network, request, limits)
                elif written:
                    rows, needed = asking.asked(network, **own, must=must)
                else:
                    rows, needed = asking.of_needs(network, need)
                found = net.searched(network, rows, needed, top=top)
        hand_over(found, lang, **given)

    return Command("pilots-search", lang, run, params)


def _one_way(**ways: object) -> None:
    """Raises UsageFault where what is wanted is said in several ways at once."""
    said = [name for name, value in ways.items() if value]
    if len(said) > 1:
        named = [f"--{name}" if name != "written" else "--quantity …" for name in said]
        raise UsageFault.because("cli.one-way", "cli.one-way-repair", options=named)
