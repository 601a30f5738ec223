"""`tongtu sample`: a synthetic consortium with its planted truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from tongtu.cli.speak import Command, Day, Number, OneOf, Place, option
from tongtu.cli.wait import Bar
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.registry.writing import Form

#: what a scale is written as where nothing else is asked: people read demo, machines read nation
FORMS: dict[str, Form] = {"demo": "xlsx", "region": "xlsx", "nation": "parquet"}


def command(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        option(lang, "scale", default="demo", type=OneOf(*FORMS), metavar="demo|region|nation"),
        option(lang, "seed", default=1, type=Number(int, 0, 2**31 - 1), metavar="N"),
        option(lang, "out", default="sample", type=Place(), metavar="FOLDER"),
        option(lang, "form", type=OneOf("xlsx", "csv", "parquet"), metavar="xlsx|csv|parquet"),
        option(lang, "as-of", default="2026-11-21", type=Day(), metavar="DATE"),
    ]

    def run(scale: str, seed: int, out: Path, form: str | None, as_of: date) -> None:
        written = write(out, scale, seed, cast("Form", form) if form else FORMS[scale], as_of, lang)
        click.echo(word("cli.sample-done", lang, rows=sum(written.values()), tables=len(written), folder=str(out)))

    return Command("sample", lang, run, params)


def write(out: Path, scale: str, seed: int, form: Form, as_of: date, lang: Lang) -> dict[str, int]:
    """Writes the sample folder and its truth, one table after another; rows by table.

    An earlier sample in the folder is replaced whole; raises UsageFault where the folder holds something else.
    """
    from tongtu import packs, registry, samples
    from tongtu.terms.folders import whole_folder

    pack = packs.load("cn")
    lists = {**registry.vocabularies(), **pack.vocabularies}
    counts, truth = {}, {}
    with Bar(lang) as bar, whole_folder(out, "truth") as fresh:
        parts = samples.stream(scale, seed, glossary=pack.glossary, vocabularies=lists, as_of=as_of, progress=bar)
        for part in parts:
            if part.is_truth:
                truth[part.name] = part.frame
            elif part.frame.height:
                counts[part.name] = part.frame.height
                table = registry.Registry({part.name: part.frame})
                registry.write(table, fresh, form=form, lang=lang, vocabularies=pack.vocabularies)
        samples.write_truth(truth, fresh / "truth")
    return counts
