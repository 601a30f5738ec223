"""`tongtu brief FILE...`: policy documents and news to briefs, in the shell, as a page, as JSON, text and a feed."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongtu.cli.printing import paint, today, whole
from tongtu.cli.reading import asked, pack_of, read
from tongtu.cli.speak import Command, Day, Place, option
from tongtu.cli.wait import Bar
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

if TYPE_CHECKING:
    from tongtu.brief.drafting import Drafted
    from tongtu.brief.model import Brief
    from tongtu.chain.drafting import Endpoint
    from tongtu.packs import Pack
    from tongtu.registry import Registry

_WIDEST = 140
_PLAIN = 100
#: reasons for dropping a draft that are told, each once
_REASONS = 5
#: forms a brief is written in: option → file in the folder of `--out`
FORMS = {"html": "brief.html", "json": "brief.json", "text": "brief.txt", "atom": "brief.atom"}


def command(lang: Lang) -> click.Command:
    forms = [click.Option([f"--{form}"], type=Place(), metavar="FILE", help=word(f"cli.opt-brief-{form}", lang))
             for form in FORMS]  # fmt: skip
    params: list[click.Parameter] = [
        click.Argument(["files"], nargs=-1, required=True, type=Place("either"), metavar="FILE..."),
        click.Option(["--registry"], type=Place("either"), metavar="FOLDER", help=word("cli.opt-brief-registry", lang)),
        click.Option(["--since"], type=Place("either"), metavar="FILE", multiple=True,
                     help=word("cli.opt-brief-since", lang)),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
        *forms,
        click.Option(["--out"], type=Place(), metavar="FOLDER", help=word("cli.opt-brief-out", lang)),
        click.Option(["--draft"], metavar="URL", help=word("cli.opt-brief-draft", lang)),
        click.Option(["--model"], metavar="NAME", default="", help=word("cli.opt-brief-model", lang)),
    ]  # fmt: skip

    def run(files: tuple[Path, ...], registry: Path | None, since: tuple[Path, ...], as_of: date | None,
            pack: str | None, out: Path | None, draft: str | None, model: str,
            **forms: Path | None) -> None:  # fmt: skip
        if registry is None:  # tables of a dozen rows: threads cost twice what they bring
            os.environ.setdefault("POLARS_MAX_THREADS", "1")
        from tongtu.chain.dossier.subject import plausible

        law, day = pack_of(pack), plausible(as_of or today())
        asked_of = _endpoint(draft, model) if draft is not None else None
        records = read(registry, law, lang) if registry is not None else None
        briefs = _briefs(files, since, law, day, records, lang)
        if asked_of is not None:
            briefs = _drafted(briefs, asked_of, law, lang)
        _show(briefs, law, lang)
        for form, name in FORMS.items():
            for path in dict.fromkeys((forms[form], out / name if out is not None else None)):
                if path is not None:
                    with whole(path, lang) as part:
                        part.write_text(_written(form, briefs, law, lang), encoding="utf-8")

    return Command("brief", lang, run, params)


def _briefs(
    files: tuple[Path, ...], since: tuple[Path, ...], law: Pack, day: date, records: Registry | None, lang: Lang
) -> tuple[Brief, ...]:  # fmt: skip
    from tongtu.chain import briefing

    limits = asked()["limits"]
    with Bar(lang) as bar:
        found, earlier = (briefing.documents_of(paths, limits=limits, progress=bar) for paths in (files, since))
        return briefing.compose(found, law, day, registry=records, earlier=earlier, progress=bar)


def _endpoint(address: str, model: str) -> Endpoint:
    """The model to ask, with the key of the environment. Raises UsageFault."""
    from tongtu.chain import drafting

    given = {drafting.ADDRESS: address, **({drafting.MODEL: model} if model else {})}
    found = drafting.from_environment({**os.environ, **given})
    if found is None:
        raise UsageFault.because("cli.brief-no-address", "cli.see-help")
    return found


def _drafted(briefs: tuple[Brief, ...], endpoint: Endpoint, law: Pack, lang: Lang) -> tuple[Brief, ...]:
    """The briefs with a model's wording beside their sentences; what was refused is counted on standard error."""
    from tongtu.chain import briefing, drafting

    made: list[tuple[Brief, Drafted]] = []
    with Bar(lang) as bar:
        for brief in briefs:
            bar(len(made), len(briefs), Why("briefing.drafting"))
            made.append(drafting.draft(brief, endpoint, lang=lang, lexicon=briefing.words_of(law)))
    refused = [Why.from_json(why) for _, drafted in made for why in drafted.refused["why"]]
    if refused:
        reasons = [say(why, lang) for why in dict.fromkeys(refused)]
        click.echo("\n".join([word("cli.brief-refused", lang, n=len(refused)), *reasons[:_REASONS]]), err=True)
    return tuple(brief for brief, _ in made)


def _show(briefs: tuple[Brief, ...], law: Pack, lang: Lang) -> None:
    from tongtu.chain import briefing

    width = min(shutil.get_terminal_size((_PLAIN, 24)).columns, _WIDEST)
    click.echo(briefing.text(briefs, law, lang, width, paint))


def _written(form: str, briefs: tuple[Brief, ...], law: Pack, lang: Lang) -> str:
    from tongtu.chain import briefing

    match form:
        case "html":
            return briefing.page(briefs, law, lang)
        case "json":
            return briefing.stored(briefs)
        case "atom":
            return briefing.atom(briefs, law, lang)
    return briefing.text(briefs, law, lang, _PLAIN) + "\n"
