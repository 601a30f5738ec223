"""`tongtu rules`: the pack's rules as a list, a page, a decision table, a workbook; two versions compared; effects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongtu.cli.grouped import grouped
from tongtu.cli.printing import deliver, files, today, whole
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Command, Day, Number, OneOf, Place, option
from tongtu.terms.words import Lang, say, word

if TYPE_CHECKING:
    from tongtu.rules.model import Purpose


def command(lang: Lang) -> click.Command:
    return grouped(lang, "rules", _COMMANDS)


def _shared(lang: Lang) -> list[click.Parameter]:
    return [option(lang, "as-of", type=Day(), metavar="DATE"), option(lang, "pack", metavar="NAME|FOLDER")]


def _of_version(lang: Lang) -> list[click.Parameter]:
    """One version of a scheme, written to a file."""
    return [
        click.Argument(["scheme"]),
        option(lang, "version-of", metavar="VERSION"),
        click.Option(["--out"], type=Place(), metavar="FILE", help=word("cli.opt-out-file", lang)),
        *_shared(lang),
    ]


def _purpose(lang: Lang) -> click.Option:
    return option(lang, "purpose", default="new", type=OneOf("new", "review"), metavar="new|review")


def _as_purpose(text: str) -> Purpose:
    return "review" if text == "review" else "new"


def _list(lang: Lang) -> click.Command:
    def run(as_of: date | None, pack: str | None, **to: Path | None) -> None:
        from tongtu.chain.dossier.lawbook import listing

        day = as_of or today()
        deliver(listing(pack_of(pack), day), day, lang, **to)

    return Command("rules-list", lang, run, [*_shared(lang), *files(lang)])


def _page(lang: Lang) -> click.Command:
    def run(scheme: str, out: Path | None, as_of: date | None, pack: str | None) -> None:
        from tongtu.chain.dossier.lawbook import scheme_of
        from tongtu.rules import exchange

        law = pack_of(pack)
        found = scheme_of(law, scheme)
        page = exchange.page(found, lang, as_of or today(), codes=law.vocabularies)
        with whole(out or Path(f"{scheme}.html"), lang) as path:
            path.write_text(page, encoding="utf-8")

    return Command("rules-page", lang, run, [p for p in _of_version(lang) if p.name != "version_of"])


def _dmn(lang: Lang) -> click.Command:
    def run(scheme: str, version_of: str | None, out: Path | None, as_of: date | None, pack: str | None,
            purpose: str) -> None:  # fmt: skip
        from tongtu.chain.dossier import lawbook
        from tongtu.rules import exchange

        found, chosen = lawbook.scheme_of(pack_of(pack), scheme), _as_purpose(purpose)
        version = lawbook.version_of(found, version_of, as_of or today(), chosen)
        made = exchange.to_dmn(found, version, chosen, lang)
        with whole(out or Path(f"{scheme}-{version.version}.dmn"), lang) as path:
            path.write_text(made.xml, encoding="utf-8")
        for note in made.notes:
            click.echo(say(note, lang))

    return Command("rules-dmn", lang, run, [*_of_version(lang), _purpose(lang)])


def _workbook(lang: Lang) -> click.Command:
    def run(scheme: str, version_of: str | None, out: Path | None, as_of: date | None, pack: str | None) -> None:
        from tongtu.chain.dossier import lawbook
        from tongtu.rules import exchange

        law, day = pack_of(pack), as_of or today()
        found = lawbook.scheme_of(law, scheme)
        version = lawbook.version_of(found, version_of, day)
        with whole(out or Path(f"{scheme}-{version.version}.xlsx"), lang) as path:
            exchange.to_workbook(found, version, path, lang=lang, codes=law.vocabularies, as_of=day)

    return Command("rules-workbook", lang, run, _of_version(lang))


def _diff(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        *(click.Argument([name]) for name in ("scheme", "before", "after")),
        click.Argument(["folder"], type=Place("either")),
        *_shared(lang),
        _purpose(lang),
        option(lang, "rows", default=20, type=Number(int, 1, 1_000_000), metavar="N"),
        *files(lang),
    ]

    def run(scheme: str, before: str, after: str, folder: Path, as_of: date | None, pack: str | None, purpose: str,
            rows: int, **to: Path | None) -> None:  # fmt: skip
        from tongtu.chain.dossier.lawbook import changed

        law, day = pack_of(pack), as_of or today()
        document = changed(law, read(folder, law, lang), scheme, before, after, day, _as_purpose(purpose), rows)
        deliver(document, day, lang, **to)

    return Command("rules-diff", lang, run, params)


def _effect(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["scheme"]),
        click.Argument(["folder"], type=Place("either")),
        *_shared(lang),
        option(lang, "title", metavar="KIND"),
        option(lang, "version-of", metavar="VERSION"),
        option(lang, "criterion", metavar="PATH"),
        *files(lang),
    ]

    def run(scheme: str, folder: Path, as_of: date | None, pack: str | None, title: str | None,
            version_of: str | None, criterion: str | None, **to: Path | None) -> None:  # fmt: skip
        from tongtu.chain.dossier import lawbook

        law, day = pack_of(pack), as_of or today()
        if version_of is not None:
            lawbook.version_of(lawbook.scheme_of(law, scheme), version_of, day)
        document = lawbook.of_title(law, read(folder, law, lang), scheme, day, title=title, version=version_of,
                                    criterion=criterion)  # fmt: skip
        deliver(document, day, lang, **to)

    return Command("rules-effect", lang, run, params)


_COMMANDS: dict[str, Callable[[Lang], click.Command]] = {
    "list": _list, "page": _page, "dmn": _dmn, "workbook": _workbook, "diff": _diff, "effect": _effect,
}  # fmt: skip
