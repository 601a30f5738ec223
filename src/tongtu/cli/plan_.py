"""`tongtu plan FOLDER`: from a folder of workbooks to a plan, its report and its workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongtu import logs
from tongtu.cli.reading import asked, pack_of, read
from tongtu.cli.speak import Command, Day, Number, Place, flag, option
from tongtu.cli.wait import Bar, pad
from tongtu.config import settings
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

if TYPE_CHECKING:
    from tongtu.chain import Plan
    from tongtu.packs import Pack


def command(lang: Lang) -> click.Command:
    found = settings()
    params: list[click.Parameter] = [
        click.Argument(["folder"], type=Place("either")),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        option(lang, "known-at", type=Day(), metavar="DATE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
        option(lang, "priorities", type=Place("file"), metavar="FILE"),
        option(lang, "top", default=found["top"].value, type=Number(int, 1, 200), metavar="N"),
        option(lang, "least", default=found["least"].value, type=Number(float, 0.0, 1.0), metavar="P"),
        option(lang, "confidence", default=found["confidence"].value, type=Number(float, 0.05, 0.99), metavar="P"),
        option(lang, "seed", default=0, type=Number(int, 0, 2**31 - 1), metavar="N"),
        option(lang, "out", default="plan", type=Place(), metavar="FOLDER"),
        flag(lang, "report"),
    ]

    def run(folder: Path, as_of: date | None, known_at: date | None, pack: str | None, priorities: Path | None,
            top: int, least: float, confidence: float, seed: int, out: Path, report: bool) -> None:  # fmt: skip
        from tongtu.chain import Options

        law = pack_of(pack)
        options = Options(top=top, least=least, confidence=confidence)
        day = as_of or date.today()  # noqa: DTZ011 - the day where the person sits
        make(folder, law, out, day, lang, known_at=known_at, seed=seed, options=options,
             priorities=priorities, with_report=report)  # fmt: skip

    return Command("plan", lang, run, params)


def make(folder: Path, pack: Pack, out: Path, as_of: date, lang: Lang, *, known_at: date | None = None, seed: int = 0,
         options: object = None, priorities: Path | None = None, with_report: bool = True) -> Plan:  # fmt: skip
    """Reads, plans, saves, prints the summary; nothing is left behind when it is stopped half-way."""
    from tongtu import chain, registry

    records = read(folder, pack, lang)
    if priorities is not None:
        given = registry.load(priorities, vocabularies=pack.vocabularies, **asked())
        records = records.replace(priorities=given["priorities"])
    with Bar(lang) as bar:
        plan = chain.plan(records, pack, as_of=as_of, known_at=known_at, seed=seed,
                          options=options if isinstance(options, chain.Options) else None, progress=bar)  # fmt: skip
    note(plan)
    plan.save(out)
    click.echo(summary(plan, lang))
    if with_report:
        from tongtu.door import report

        for path in report(plan, out, pack, lang):
            click.echo(word("cli.written", lang, path=str(path)))
    return plan


def note(plan: Plan) -> None:
    """Seconds and counts of each link into the log; nothing of what the records say."""
    logger = logs.start(str(settings()["log_level"].value), str(settings()["log_format"].value))
    for row in plan["links"].iter_rows(named=True):
        seconds = plan.run["seconds"].get(row["link"])
        logger.info(
            "link", extra={"link": row["link"], "status": row["status"], "rows": row["rows_out"], "seconds": seconds}
        )


def summary(plan: Plan, lang: Lang) -> str:
    """One line per link: what entered, what left, and why."""
    lines = [word("cli.plan-head", lang, as_of=plan.manifest.as_of, digest=plan.digest()[:16])]
    for row in plan["links"].iter_rows(named=True):
        name = word(f"chain.link-{row['link']}", lang)
        counts = "–" if row["rows_in"] is None else f"{row['rows_in']} → {row['rows_out']}"
        lines.append(f"  {pad(name, 14)} {counts:>18}  {say(Why.from_json(row['why']), lang)}")
    return "\n".join(lines)
