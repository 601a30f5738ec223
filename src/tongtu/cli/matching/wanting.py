"""`tongtu match demand`, `suppliers`, `health`: what the market asks for, where it is thin, how well it works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.matching.ground import ground, hand_over, of_market, rows
from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.folders import whole_folder
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.dossier import Document

_TOP = 5
#: the name of a letter is its addressee's id as far as a file system takes it
_LONGEST = 60
_MARK = "letters.txt"


def demand(lang: Lang) -> click.Command:
    out = click.Option(["--out"], type=Place(), metavar="FOLDER", help=word("cli.opt-out-letters", lang))
    params = [*of_market(lang), rows(lang), out]

    def run(rows: int, out: Path | None, **given: Any) -> None:
        from tongtu.chain import clearing

        with ground(lang, **given) as market:
            found = clearing.demanded(market)
            letters = found.letters() if out is not None else {}
        hand_over(found.document, lang, rows, **given)
        if out is not None:
            _send(letters, out, lang)

    return Command("match-demand", lang, run, params)


def suppliers(lang: Lang) -> click.Command:
    top = click.Option(["--top"], default=_TOP, type=Number(int, 1, 1000), metavar="N",
                       help=word("cli.opt-top-firms", lang, default=_TOP))  # fmt: skip
    asker, text = option(lang, "asker", metavar="ORG"), option(lang, "text", metavar="TEXT")
    params = [*of_market(lang), asker, text, top, rows(lang)]

    def run(asker: str | None, text: str | None, top: int, rows: int, **given: Any) -> None:
        from tongtu.chain import clearing

        with ground(lang, **given) as market:
            found = clearing.supplied(market, asker=asker, text=text, top=top)
        hand_over(found.document, lang, rows, **given)

    return Command("match-suppliers", lang, run, params)


def health(lang: Lang) -> click.Command:
    params = [*of_market(lang), rows(lang)]

    def run(rows: int, **given: Any) -> None:
        from tongtu.chain import clearing

        with ground(lang, **given) as market:
            found = clearing.measured(market)
        hand_over(found.document, lang, rows, **given)

    return Command("match-health", lang, run, params)


def _send(letters: dict[str, Document], out: Path, lang: Lang) -> None:
    """A page for each addressee, in a folder that appears whole; the mark lists who gets which."""
    from tongtu.chain import dossier

    with whole_folder(out, _MARK) as folder:
        lines = []
        for number, (who, letter) in enumerate(letters.items(), start=1):
            safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in who)[:_LONGEST]
            name = f"{number:03d}-{safe}.html"
            dossier.write_page(letter, folder / name, lang)
            lines.append(f"{name}\t{who}")
        (folder / _MARK).write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(word("cli.letters-written", lang, n=len(letters), path=str(out)))
