"""`tongtu pathway list|show|check|export`: the pathways of a pack, and files that are to become some."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.casing.ground import keep, own
from tongtu.cli.piloting.ground import hand_over
from tongtu.cli.printing import files, today
from tongtu.cli.reading import pack_of
from tongtu.cli.speak import Command, Day, OneOf, Place, option
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.packs import Pack

_ALL = 1000


def _of_pack(lang: Lang, *first: click.Parameter) -> list[click.Parameter]:
    return [*first, option(lang, "as-of", type=Day(), metavar="DATE"), option(lang, "pack", metavar="NAME|FOLDER"),
            *files(lang)]  # fmt: skip


def list_(lang: Lang) -> click.Command:
    def run(as_of: date | None, pack: str | None, **given: Any) -> None:
        from tongtu.chain.passage import roads

        hand_over(roads(pack_of(pack), as_of or today()), lang, rows=_ALL, as_of=as_of, **given)

    return Command("pathway-list", lang, run, _of_pack(lang))


def show_(lang: Lang) -> click.Command:
    def run(pathway: str, as_of: date | None, pack: str | None, **given: Any) -> None:
        from tongtu.chain.passage import road

        hand_over(road(pack_of(pack), pathway, as_of or today()), lang, rows=_ALL, as_of=as_of, **given)

    return Command("pathway-show", lang, run, _of_pack(lang, click.Argument(["pathway"], metavar="ID")))


def check_(lang: Lang) -> click.Command:
    """Among the pack's pathways, in the place of one of the same version. Raises PackRefused with every fault."""

    def run(file: Path, pack: str | None) -> None:
        from tongtu.cli.piloting.ground import text_of
        from tongtu.pathway import load

        law, text = pack_of(pack), text_of(file)
        own = _key(text, file.name)
        others = {name: other for name, other in law.texts("pathways").items() if _key(other, name) != own}
        found = load({**others, file.name: text}, law.vocabularies)[own]
        criteria = sum(len(stage.gate.criteria) for stage in found.stages)
        told = {"name": found.label, "version": found.version, "stages": len(found.stages), "criteria": criteria}
        click.echo(word("passage.pathway-holds", lang, **told))

    params: list[click.Parameter] = [
        click.Argument(["file"], type=Place("file")),
        option(lang, "pack", metavar="NAME|FOLDER"),
    ]
    return Command("pathway-check", lang, run, params)


def export_(lang: Lang) -> click.Command:
    def run(pathway: str, form: str, as_of: date | None, pack: str | None, out: Path | None) -> None:
        from tongtu.chain.passage import road
        from tongtu.pathway.exchange import bpmn

        law = pack_of(pack)
        found = road(law, pathway, as_of or today()).pathway
        text = bpmn(found, lang) if form == "bpmn" else _source(law, found.key)
        if out is None:
            click.echo(text, nl=False)
            return
        keep(out, text)
        click.echo(word("passage.file-written", lang, path=str(out)), err=True)

    params: list[click.Parameter] = [
        click.Argument(["pathway"], metavar="ID"),
        click.Option(
            ["--form"],
            default="bpmn",
            type=OneOf("bpmn", "yaml"),
            metavar="bpmn|yaml",
            help=word("cli.opt-pathway-form", lang),
        ),
        own(lang, "out", type=Place(), metavar="FILE"),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
    ]
    return Command("pathway-export", lang, run, params)


def _source(pack: Pack, key: str) -> str:
    """The file of the pack that holds a version, as it is written."""
    return next(text for file, text in pack.texts("pathways").items() if _key(text, file) == key)


def _key(text: str, file: str) -> str:
    """What a case would pin: id and version, as a file of a pathway states them."""
    from tongtu.terms import marked

    found, _ = marked.load(text, file)
    return f"{found.get('id')}@{found.get('version')}" if isinstance(found, Mapping) else file
