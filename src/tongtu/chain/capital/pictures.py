"""The figures of risk and capital as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import much, same, shares, words
from tongtu.chain.dossier.charts import Bar, Bars, Dot, Heat, Lines, Mark, Rule, Scale, Segment, Series
from tongtu.chain.dossier.charts.model import PALETTE, Colour
from tongtu.chain.dossier.document import Chart
from tongtu.chain.report.spoken import Pair

#: points a curve is drawn with
_POINTS = 41
#: edges of the chance of failing
_FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def money(title: str, currency: str, low: float | None = None) -> Scale:
    return Scale(words(f"capital.{title}"), "money", currency, low)


def plain(title: str, low: float | None = None) -> Scale:
    return Scale(words(f"capital.{title}"), low=low)


def chart(code: str, picture: Lines | Bars | Heat, told: str | None = None, **args: object) -> Chart:
    """Its title under `capital.chart-CODE`; what it shows under `told`, or under `capital.chart-CODE-shows`."""
    return Chart(words(f"capital.chart-{code}"), picture, words(f"capital.{told or f'chart-{code}-shows'}", **args))


def thinned(points: Sequence[tuple[float, float]], most: int = _POINTS) -> list[tuple[float, float]]:
    """Points at even steps, both ends among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def exceeding(ground: Capital, curve: pl.DataFrame, marks: Iterable[tuple[str, float]]) -> Chart:
    """The chance that the loss is greater than x."""
    rows = curve.filter(pl.col("measure") == "loss").select("x", "exceed").rows()
    rules = [Rule("x", at, words(f"capital.{code}"), "bad" if code == "cap" else "soft") for code, at in marks]
    picture = Lines(money("loss", ground.currency, 0.0), shares("chance-more"),
                    [Series(same(""), thinned([(max(x, 0.0), p) for x, p in rows]))], rules)  # fmt: skip
    return chart("loss", picture)


def counts(frame: pl.DataFrame) -> Chart:
    """How many cases are industrialised, with the chance of each number."""
    shown = frame.filter(pl.col("p") >= 0.0005)
    bars = [Bar(same(f"{row['count']}"), [Segment(0.0, row["p"])], same(f"≥ {row['count']}: {row['at_least']:.0%}"))
            for row in shown.iter_rows(named=True)]  # fmt: skip
    picture = Bars(Scale(words("capital.chance"), "share", low=0.0), bars, [(same(""), "c0")])
    return chart("counts", picture)


def by_rho(ground: Capital, stress: pl.DataFrame, level: float) -> Chart:
    """Mean and tail of the loss by correlation; the factor model as a line across."""
    at = stress.filter(pl.col("measure") == "loss")
    tail = at.filter(pl.col("figure") == "cvar", (pl.col("level") - level).abs() < 1e-9)
    mean = at.filter(pl.col("figure") == "mean")
    series = [Series(words("capital.tail-loss", level=f"{level:.0%}"), _rho(tail), colour="c4"),
              Series(words("capital.expected-loss"), _rho(mean), colour="c0")]  # fmt: skip
    model = tail.filter(pl.col("rho").is_null())["value"].to_list()
    rules = [Rule("y", one, words("capital.factor-model"), "warn") for one in model[:1]]
    return chart("rho", Lines(plain("rho", 0.0), money("loss", ground.currency, 0.0), series, rules))


def _rho(rows: pl.DataFrame) -> list[tuple[float, float]]:
    return rows.drop_nulls("rho").sort("rho").select("rho", "value").rows()


def frontier(
    ground: Capital, rows: pl.DataFrame, objective: str, at: tuple[float, float] | None
) -> Chart:  # fmt: skip
    """What a tighter cap on the tail costs: reached, and proven not to be beaten."""
    kept = rows.drop_nulls("value").sort("cap")
    reached = kept.select("cap", "value").rows()
    bound = kept.drop_nulls("bound").select("cap", "bound").rows()
    y = money("value", ground.currency) if objective == "value" else plain("outcome", 0.0)
    series = [Series(words("capital.reached"), reached), Series(words("capital.bound"), bound, "dashed", "soft")]
    marks = [] if at is None else [Mark(*at, words("capital.chosen"))]
    return chart("frontier", Lines(money("cap", ground.currency), y, series, marks=marks))


def heat(ground: Capital, rows: Sequence[tuple[str, float, float]]) -> Chart | None:
    """Cases by chance of failing and by loss on failing: counts as shades, each case as a dot.

    Edges of the loss are the fifths of the cases rounded to two places, so that no square is empty by its choice.
    """
    if len(rows) < 2:
        return None
    losses = [loss for _, _, loss in rows]
    edges = _edges(losses)
    cells = [[float(sum(_in(p, a) and _in(loss, b) for _, p, loss in rows)) for a in pairwise(_FIFTHS)]
             for b in pairwise(edges)]  # fmt: skip
    dots = [Dot(p, loss, _told(ground, own, p, loss)) for own, p, loss in rows]
    picture = Heat(shares("chance-failing"), money("loss-failing", ground.currency), _FIFTHS, edges, cells, dots,
                   words("capital.cases"))  # fmt: skip
    return chart("heat", picture)


def _edges(losses: list[float]) -> list[float]:
    found = [0.0]
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        value = float(np.quantile(losses, share))
        digits = 1 - int(np.floor(np.log10(value))) if value > 0 else 0
        edge = float(np.ceil(value * 10.0**digits) / 10.0**digits)
        if edge > found[-1]:
            found.append(edge)
    return found if len(found) > 1 else [0.0, 1.0]


def _in(value: float, ends: tuple[float, float]) -> bool:
    """Between two edges, the upper one included: losses end on edges."""
    return ends[0] < value <= ends[1] or (value == 0 and ends[0] == 0)


def _told(ground: Capital, own: str, p: float, loss: float) -> Pair:
    said = much(loss, ground.currency)
    return [f"{name} · {p:.0%} · {amount}" for name, amount in zip(ground.name(own), said, strict=True)]


def contributions(code: str, scale: Scale, rows: Sequence[tuple[Pair, float, Pair]], most: int = 15) -> Chart:
    """The greatest parts of a whole, most first."""
    shown = sorted(rows, key=lambda row: -row[1])[:most]
    bars = [Bar(name, [Segment(0.0, value)], note) for name, value, note in shown]
    return chart(code, Bars(scale, bars, [(same(""), "c0")]))


def stacked(code: str, scale: Scale, rows: Sequence[tuple[Pair, Sequence[float], Pair]], names: Sequence[Pair],
            colours: Sequence[Colour] = PALETTE) -> Chart:  # fmt: skip
    """Parts of each row one after another."""
    bars = []
    for name, parts, note in rows:
        ends = [0.0, *np.cumsum(parts).tolist()]
        bars.append(Bar(name, [Segment(a, b, k) for k, (a, b) in enumerate(pairwise(ends))], note))
    return chart(code, Bars(scale, bars, list(zip(names, colours, strict=False))))
