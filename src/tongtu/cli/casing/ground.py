"""What the commands about cases share: their options, and the cases their documents stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import ground, of_network
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.passage import Passage


def of_case(lang: Lang, *more: click.Parameter) -> list[click.Parameter]:
    """The parameters of a command about one case: the folder, the case, then those of every network."""
    folder, *rest = of_network(lang)
    return [folder, click.Argument(["case"], required=False, metavar="CASE"), *more, *rest]


def own(lang: Lang, name: str, **more: Any) -> click.Option:
    """An option whose help stands under `cli.opt-case-<name>`."""
    return click.Option([f"--{name}"], help=word(f"cli.opt-case-{name}", lang), **more)


@contextmanager
def cases(lang: Lang, **given: Any) -> Iterator[Passage]:
    """The cases of a folder, replayed, with a progress line while the block works."""
    from tongtu.chain.passage import passage

    with ground(lang, **given) as network:
        yield passage(network)


def keep(path: Path, text: str) -> None:
    """Writes a file whose line ends are its own. Raises UsageFault where it cannot be written."""
    from tongtu.terms.faults import UsageFault

    try:
        path.write_bytes(text.encode())
    except OSError as error:
        told = {"path": str(path), "problem": error.strerror or "?"}
        raise UsageFault.because("passage.cannot-write", "passage.cannot-write-repair", **told) from None
