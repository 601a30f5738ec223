"""`tongtu risk fit`: the rates of any table, pooled, and what they say of another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import together
from tongtu.cli.printing import whole
from tongtu.cli.risking.tables import table
from tongtu.cli.speak import Command, Number, Place
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

if TYPE_CHECKING:
    import polars as pl

    from tongtu.risk.fitting import Fitted

_LEAK = 0.75
_FEW = 20.0
_NAMED = 30  # columns that are named in one line


def fit(lang: Lang) -> click.Command:
    def asked_for(name: str, **more: Any) -> click.Option:
        helped = word(f"cli.opt-fit-{name}", lang, default=more.get("default") or "")
        return click.Option([f"--{name}"], help=helped, **more)

    params: list[click.Parameter] = [
        click.Argument(["train"], type=Place("file")),
        asked_for("predict", type=Place("file"), metavar="NEW", required=True),
        asked_for("target", metavar="COLUMN", required=True),
        asked_for("cells", metavar="A,B", multiple=True),
        asked_for("drop", metavar="C,D", multiple=True),
        asked_for("keep", metavar="E,F", multiple=True),
        asked_for("time", metavar="COLUMN"),
        asked_for("leak", default=_LEAK, type=Number(float, 0.5, 1.0), metavar="AUC"),
        asked_for("out", type=Place(), metavar="FILE", required=True),
    ]

    def run(train: Path, predict: Path, target: str, cells: tuple[str, ...], drop: tuple[str, ...],
            keep: tuple[str, ...], time: str | None, leak: float, out: Path) -> None:  # fmt: skip
        import polars as pl

        from tongtu.registry.cells import as_text
        from tongtu.risk import fitting

        known, new = together(lambda: table(train), lambda: table(predict))
        named = {name: _named(given, known.columns) for name, given in
                 {"cells": cells, "drop": drop, "keep": keep}.items()}  # fmt: skip
        fitted = fitting.fit(known, target, **named, time=time, threshold=leak, new=new)
        found = fitting.predict(fitted, new)
        spelt = found["cell"].map_elements(as_text, return_dtype=pl.String)
        with whole(out, lang) as path:
            found.drop("why").with_columns(spelt).write_csv(path)
        for line in told(fitted, found):
            click.echo(say(line, lang))

    return Command("risk-fit", lang, run, params)


def told(fitted: Fitted, found: pl.DataFrame) -> list[Why]:
    """What the person should know, most important first."""
    from tongtu.risk.fitting import LEAST_NEW

    lines = [fitted.why, *(leak.why for leak in fitted.leaks)]
    if fitted.leaks:
        lines.append(Why("risk_fit.leaks-kept-out", {"columns": [leak.column for leak in fitted.leaks]}))
    lines += _together(fitted.left_out)
    cell = fitted.cells.name if fitted.cells is not None else None
    lines.append(Why("risk_fit.range", {"cell": cell, "n": LEAST_NEW}) if cell else Why("risk_fit.range-all"))
    few = int((found["n_eff"] < _FEW).sum())
    if few:
        lines.append(Why("risk_fit.few", {"n": few, "least": _FEW}))
    return lines


def _together(whys: tuple[Why, ...]) -> list[Why]:
    """Columns left out for one reason are named in one line."""
    found: dict[str, list[str]] = {}
    for why in whys:
        found.setdefault(why.code, []).append(why.args.get("column", ""))
    told = {why.code: why for why in whys}
    return [
        Why(code, {"column": [*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])]}) if names[0] else told[code]
        for code, names in found.items()
    ]


def _named(given: tuple[str, ...], columns: list[str]) -> list[str]:
    """Names as given, or several with commas between; a column whose own name has a comma is meant as it stands."""
    found: list[str] = []
    for one in given:
        names = [one] if one in columns else [part.strip() for part in one.replace("，", ",").split(",")]
        found += [name for name in names if name and name not in found]
    return found
