"""`tongtu match`: the clearinghouse in the shell; `rank` ranks any collection of texts for any questions."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click

from tongtu.cli.printing import whole
from tongtu.cli.speak import Command, Group, Number, Place, option
from tongtu.terms.words import Lang, say, word

_TOP = 100


def command(lang: Lang) -> click.Command:
    group = Group("match", lang, tuple(_COMMANDS), lambda name: _COMMANDS[name](lang), prefix="match-")
    group.params.append(click.Option(["--lang"], expose_value=False, metavar="zh|en", help=word("cli.opt-lang", lang)))
    return group


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


#: module and function of each command on a person's own tables; loaded when it is called
_OWN = {
    "ask": ("asking", "command"),
    "demand": ("wanting", "demand"),
    "suppliers": ("wanting", "suppliers"),
    "health": ("wanting", "health"),
    "clear": ("clearing", "clear"),
    "chains": ("chaining", "command"),
    "duplicates": ("clearing", "duplicates"),
    "learn": ("clearing", "learn"),
}


def _own(name: str) -> Callable[[Lang], click.Command]:
    module, function = _OWN[name]

    def load(lang: Lang) -> click.Command:
        made: click.Command = getattr(import_module(f"tongtu.cli.matching.{module}"), function)(lang)
        return made

    return load


_COMMANDS: dict[str, Callable[[Lang], click.Command]] = {**{name: _own(name) for name in _OWN}, "rank": _rank}
