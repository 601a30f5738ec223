"""`tongtu judge FIRM`: what a firm holds, what it lacks and until when, in the shell, as a page and as a PDF."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from tongtu.cli.printing import deliver, of_one, today
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Command, OneOf, option
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    params = [
        *of_one(lang),
        option(lang, "purpose", default="new", type=OneOf("new", "review"), metavar="new|review"),
        option(lang, "batch", metavar="BATCH"),
        option(lang, "scheme", multiple=True, metavar="SCHEME"),
        option(lang, "what-if", multiple=True, metavar="PATH=VALUE"),
    ]

    def run(firm: Path, subject: str | None, as_of: date | None, known_at: date | None, pack: str | None,
            purpose: str, batch: str | None, scheme: tuple[str, ...], what_if: tuple[str, ...],
            **files: Path | None) -> None:  # fmt: skip
        from tongtu.chain import dossier

        changes, law, day = supposed(what_if), pack_of(pack), as_of or today()
        asked = dossier.subject(read(firm, law, lang), law, subject, day, known_at=known_at, batch=batch,
                                purpose="review" if purpose == "review" else "new", schemes=scheme)  # fmt: skip
        deliver(dossier.judged(asked, changes), day, lang, **files)

    return Command("judge", lang, run, params)


#: what people write for yes, no and "not known"
_WORDS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False,
          "none": None, "null": None, "未知": None, "": None}  # fmt: skip


def supposed(given: tuple[str, ...]) -> dict[str, object]:
    """`PATH=VALUE` pairs as `what_if` takes them. Raises UsageFault naming each that is no such pair."""
    pairs = [(path.strip(), sign, value.strip()) for path, sign, value in (one.partition("=") for one in given)]
    wrong = [one for one, (path, sign, _) in zip(given, pairs, strict=True) if not path or not sign]
    if wrong:
        raise UsageFault.because("cli.bad-what-if", "cli.bad-what-if-repair", given=wrong)
    return {path: _WORDS.get(value.lower(), value) for path, _, value in pairs}
