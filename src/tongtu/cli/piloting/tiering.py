"""`tongtu pilots tier` and `diagnose`: where each platform stands and what would lift it; what holds weak ones back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network, text_of, together
from tongtu.cli.reading import asked
from tongtu.cli.speak import Command, Number, OneOf, Place, option
from tongtu.terms.words import Lang, word

_DRAWS = 1000


def tier(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        option(lang, "platform", metavar="ID"),
        option(lang, "direction", metavar="CODE"),
        *(option(lang, name, type=Place("file"), metavar="FILE") for name in ("rubric", "contest", "examples")),
        click.Option(["--draws"], default=_DRAWS, type=Number(int, 100, 100_000), metavar="N",
                     help=word("cli.opt-draws", lang, default=_DRAWS)),
    ]  # fmt: skip

    def run(platform: str | None, direction: str | None, rubric: Path | None, contest: Path | None,
            examples: Path | None, draws: int, **given: Any) -> None:  # fmt: skip
        from tongtu.chain import network as net
        from tongtu.chain.network import given as tables

        with ground(lang, **given) as network:
            rule = net.rubric(network, None if rubric is None else text_of(rubric), rubric.name if rubric else "")
            limits = asked()["limits"]
            contested, examined, where = together(
                None if contest is None else lambda: tables.contested(network, rule, contest, limits),
                None if examples is None else lambda: tables.examples(network, rule, examples, limits),
                None if direction is None else lambda: network.code("direction", direction),
            )
            found = net.tiered(network, platform=platform, direction=where, rubric=rule, contested=contested,
                               examples=examined, draws=draws)  # fmt: skip
        hand_over(found, lang, **given)

    return Command("pilots-tier", lang, run, params)


def diagnose(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        option(lang, "platform", metavar="ID"),
        option(lang, "direction", metavar="CODE"),
        option(lang, "least-used", type=Number(int, 1, 1_000_000), metavar="N"),
        option(lang, "target", default="idle", type=OneOf("idle", "peers", "tier"), metavar="idle|peers|tier"),
    ]

    def run(platform: str | None, direction: str | None, least_used: int | None, target: Any,
            **given: Any) -> None:  # fmt: skip
        from tongtu.chain import network as net

        with ground(lang, **given) as network:
            where = None if direction is None else network.code("direction", direction)
            found = net.diagnosed(network, platform=platform, direction=where, limit=least_used, target=target)
        hand_over(found, lang, **given)

    return Command("pilots-diagnose", lang, run, params)
