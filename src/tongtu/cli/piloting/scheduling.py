"""`tongtu pilots schedule`: cases over lines, replanned with as few moves as possible, as a calendar feed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network, together
from tongtu.cli.printing import whole
from tongtu.cli.reading import asked
from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    import polars as pl

    from tongtu.chain.network import Network

_WORK = 600.0


def command(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        option(lang, "jobs", type=Place("file"), metavar="FILE"),
        click.Option(["--pairs"], is_flag=True, help=word("cli.opt-pairs", lang)),
        option(lang, "improve", default=0.0, type=Number(float, 0.0, _WORK), metavar="WORK"),
        option(lang, "previous", type=Place("file"), metavar="FILE"),
        option(lang, "ics", type=Place(), metavar="FILE"),
        option(lang, "csv-slots", type=Place(), metavar="FILE"),
    ]

    def run(jobs: Path | None, pairs: bool, improve: float, previous: Path | None, ics: Path | None,
            csv_slots: Path | None, **given: Any) -> None:  # fmt: skip
        from tongtu.chain import network as net
        from tongtu.chain.network import given as tables

        with ground(lang, **given) as network:
            limits = asked()["limits"]
            wanted, before = together(
                None if jobs is None else lambda: tables.jobs(network, jobs, limits),
                None if previous is None else lambda: tables.slots(network, previous, limits),
            )
            found = net.scheduled(network, _jobs(network, pairs) if wanted is None else wanted, improve=improve,
                                  previous=before)  # fmt: skip
        hand_over(found, lang, **given)
        if ics is not None:
            with whole(ics, lang) as path:
                path.write_bytes(found.calendar(lang).encode())
        if csv_slots is not None:
            with whole(csv_slots, lang) as path:
                found.kept(lang).write_csv(path, include_bom=True)

    return Command("pilots-schedule", lang, run, params)


def _jobs(network: Network, pairs: bool) -> pl.DataFrame:
    from tongtu.chain.links.passage import pilot_jobs
    from tongtu.chain.network import work

    return pilot_jobs(work.of_pairs(network) if pairs else work.of_cases(network))
