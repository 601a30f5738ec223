"""What the commands of capital share: their options, and the cases their documents stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import ground, of_network, together
from tongtu.cli.reading import asked
from tongtu.cli.speak import Number, Place
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.capital import Capital
    from tongtu.chain.network import Network
    from tongtu.registry.boundary import Limits

#: a table of a person's own, read for a network within the settings' limits
Reader = Callable[["Network", Path, "Limits"], Any]
_MOST_RATE = 1.0


def of_capital(lang: Lang) -> list[click.Parameter]:
    """The parameters of every command about capital."""
    return [
        *of_network(lang),
        click.Option(["--pairs"], is_flag=True, help=word("cli.opt-fund-pairs", lang)),
        *(own(lang, name, type=Place("file"), metavar="FILE") for name in ("stages", "correlations")),
        own(lang, "rate", type=Number(float, 0.0, _MOST_RATE), metavar="R"),
    ]


def own(lang: Lang, name: str, **more: Any) -> click.Option:
    """An option whose help stands under `cli.opt-fund-<name>`."""
    return click.Option([f"--{name}"], help=word(f"cli.opt-fund-{name}", lang), **more)


@contextmanager
def capital(
    lang: Lang, *, pairs: bool, stages: Path | None, correlations: Path | None, rate: float | None,
    level: float | None = None, also: tuple[tuple[Path | None, Reader], ...] = (), **given: Any,
) -> Iterator[tuple[Capital, list[Any]]]:  # fmt: skip
    """The cases of a folder and what `also` read, with a progress line while the block works.

    The faults of all files that cannot be taken are told together.
    """
    from tongtu.chain import capital as cap
    from tongtu.chain.capital import given as tables
    from tongtu.chain.capital.ground import open_cases

    limits = asked()["limits"]
    with ground(lang, **given) as network:
        work = open_cases(network, pairs=pairs)
        known = work["cases"]["case"].to_list()
        mine, sectors, *rest = together(
            None if stages is None else lambda: tables.stages(network, stages, known, limits),
            None if correlations is None else lambda: tables.correlations(network, correlations, limits),
            *(_read(network, path, reader, limits) for path, reader in also),
        )
        assumed = cap.terms(network.pack).but(rate=rate, level=level)
        yield cap.capital(network, work=work, own=mine, sectors=sectors, assumed=assumed), rest


def _read(network: Network, path: Path | None, reader: Reader, limits: Limits) -> Callable[[], Any] | None:
    return None if path is None else lambda: reader(network, path, limits)
