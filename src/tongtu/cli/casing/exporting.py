"""`tongtu case export`: one case or all of them for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongtu.cli.casing.ground import cases, keep, of_case, own
from tongtu.cli.speak import Command, OneOf, Place
from tongtu.terms.words import Lang, word

#: options of documents, which an export is not
_OF_DOCUMENTS = ("seed", "html", "pdf", "xlsx", "fonts", "rows")
_FORMS = ("ocds", "xes", "ocel", "ics")


def command(lang: Lang) -> click.Command:
    params = of_case(
        lang,
        own(lang, "form", required=True, type=OneOf(*_FORMS), metavar="|".join(_FORMS)),
        own(lang, "out", type=Place(), metavar="FILE"),
        own(lang, "prefix", metavar="OCDS-PREFIX"),
        own(lang, "amounts", is_flag=True),
        own(lang, "waits-on", metavar="ORGANISATION"),
    )

    params = [one for one in params if one.name not in _OF_DOCUMENTS]

    def run(case: str | None, form: str, out: Path | None, prefix: str | None, amounts: bool, waits_on: str | None,
            **given: Any) -> None:  # fmt: skip
        from tongtu.chain.passage import exported

        with cases(lang, seed=0, **given) as passage:
            one = passage.one(case) if case else None
            text = exported(passage, form, lang, case=one, prefix=prefix, amounts=amounts, waits_on=waits_on)
        if out is None:
            click.echo(text, nl=False)
            return
        keep(out, text)
        click.echo(word("passage.file-written", lang, path=str(out)), err=True)

    return Command("case-export", lang, run, params)
