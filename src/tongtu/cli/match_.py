"""`tongtu match`: the clearinghouse in the shell; `rank` ranks any collection of texts for any questions."""

from __future__ import annotations

from pathlib import Path

import click

from tongtu.cli.grouped import grouped, later
from tongtu.cli.printing import whole
from tongtu.cli.speak import Command, Number, Place, option
from tongtu.terms.words import Lang, say, word

_TOP = 100


def command(lang: Lang) -> click.Command:
    return grouped(lang, "match", _COMMANDS)


def _rank(lang: Lang) -> click.Command:
    params: list[click.Parameter] = [
        option(lang, "corpus", type=Place("file"), metavar="FILE", required=True),
        option(lang, "queries", type=Place("file"), metavar="FILE", required=True),
        option(lang, "qrels", type=Place("file"), metavar="FILE"),
        option(lang, "group", metavar="FIELD"),
        click.Option(["--top"], default=_TOP, type=Number(int, 1, 1_000_000), metavar="N",
                     help=word("cli.opt-top-ranked", lang, default=_TOP)),
        click.Option(["--out"], type=Place(), metavar="FILE", required=True, help=word("cli.opt-out-run", lang)),
    ]  # fmt: skip

    def run(corpus: Path, queries: Path, qrels: Path | None, group: str | None, top: int, out: Path) -> None:
        from tongtu.match import ranking

        documents, questions = ranking.read_texts(corpus, group=group), ranking.read_texts(queries)
        judgments = ranking.read_judgments(qrels, questions["id"], documents["id"]) if qrels else None
        found = ranking.rank(documents, questions, judgments=judgments, group=group and ranking.PROFILE, top=top)
        with whole(out, lang) as path:
            found.run.write_csv(path, separator="\t", quote_style="never")
        if judgments is not None:
            click.echo(say(found.told, lang))

    return Command("match-rank", lang, run, params)


_COMMANDS = {
    "ask": later("matching.asking", "command"),
    "demand": later("matching.wanting", "demand"),
    "suppliers": later("matching.wanting", "suppliers"),
    "health": later("matching.wanting", "health"),
    "clear": later("matching.clearing", "clear"),
    "chains": later("matching.chaining", "command"),
    "duplicates": later("matching.clearing", "duplicates"),
    "learn": later("matching.clearing", "learn"),
    "rank": _rank,
}
