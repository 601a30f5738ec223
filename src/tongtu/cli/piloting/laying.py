"""`tongtu pilots layout`: where to strengthen, activate, supplement; plans and region workbooks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.printing import today
from tongtu.cli.speak import Command, Number, OneOf, Place, option
from tongtu.terms.folders import whole_folder
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.network.laid import Laid

_YEARS = 3
_SECONDS = 3600.0
_MARKS = {"plans": "plans.txt", "workbooks": "regions.txt"}


def command(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        option(lang, "budget", metavar="AMOUNT"),
        click.Option(["--periods"], type=Number(int, 1, 20), metavar="N",
                     help=word("cli.opt-periods", lang, default=_YEARS)),
        option(lang, "objective", default="coverage", type=OneOf("coverage", "p-median", "capacitated"),
               metavar="coverage|p-median|capacitated"),
        option(lang, "fair", default="none", type=OneOf("none", "worst", "weight"), metavar="none|worst|weight"),
        option(lang, "announced-too", is_flag=True),
        option(lang, "no-redundancy", is_flag=True),
        option(lang, "radius", type=Number(float, 0.0, 20_000.0), metavar="KM"),
        option(lang, "direction", multiple=True, metavar="CODE"),
        option(lang, "assumed-hours", type=Number(float, 0.0, 1e6), metavar="H"),
        option(lang, "seconds", type=Number(float, 0.1, _SECONDS), metavar="S"),
        option(lang, "region", metavar="CODE"),
        option(lang, "plans", type=Place(), metavar="FOLDER"),
        option(lang, "workbooks", type=Place(), metavar="FOLDER"),
    ]  # fmt: skip

    def run(budget: str | None, periods: int | None, objective: Any, fair: str, announced_too: bool,
            no_redundancy: bool, radius: float | None, direction: tuple[str, ...], assumed_hours: float | None,
            seconds: float | None, region: str | None, plans: Path | None, workbooks: Path | None,
            **given: Any) -> None:  # fmt: skip
        from tongtu.chain import network as net
        from tongtu.chain.network import budgeted, work

        fairness = {"none": "none", "worst": "lexicographic", "weight": "weighted"}[fair]
        chosen = {"fairness": fairness, "announced": announced_too, "radius_km": radius, "seconds": seconds,
                  "assumed_hours": assumed_hours}  # fmt: skip
        with ground(lang, **given) as network:
            own = None if budget is None else budgeted.budgets(network, budget, periods or _YEARS)
            found = net.laid(
                network, work.demand(network), periods=periods if own is None else None, objective=objective,
                settings={name: value for name, value in chosen.items() if value is not None}, budgets=own,
                redundancy=not no_redundancy,
                directions=[network.code("direction", one) for one in direction] or None, region=region,
            )  # fmt: skip
        hand_over(found, lang, **given)
        day = given["as_of"] or today()
        if plans is not None:
            _plans(found, plans, day, lang)
        if workbooks is not None:
            _workbooks(found, workbooks, day, lang)

    return Command("pilots-layout", lang, run, params)


def _plans(found: Laid, out: Path, day: date, lang: Lang) -> None:
    """A Word file for each platform to be built, in a folder that appears whole."""
    from tongtu.chain.dossier.docx import write_docx
    from tongtu.chain.network.planned import planned

    with whole_folder(out, _MARKS["plans"]) as folder:
        lines = []
        for number, (place, plan) in enumerate(planned(found).items(), start=1):
            name = f"{number:02d}-{_safe(place)}.docx"
            write_docx(plan, folder / name, day, lang)
            lines.append(f"{name}\t{plan.title[0 if lang == 'zh' else 1]}")
        (folder / _MARKS["plans"]).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    click.echo(word("cli.plans-written", lang, n=len(lines), path=str(out)))


def _workbooks(found: Laid, out: Path, day: date, lang: Lang) -> None:
    """A workbook for each area, in a folder that appears whole."""
    from tongtu.chain import dossier

    with whole_folder(out, _MARKS["workbooks"]) as folder:
        lines = []
        for area in found.areas:
            name = f"{_safe(area)}-{_safe(found.network.place(area)[0 if lang == 'zh' else 1])}.xlsx"
            dossier.write_workbook(found.of_region(area), folder / name, day, lang)
            lines.append(name)
        (folder / _MARKS["workbooks"]).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    click.echo(word("cli.workbooks-written", lang, n=len(lines), path=str(out)))


def _safe(name: str) -> str:
    """A name as far as every file system takes it."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]
