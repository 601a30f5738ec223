"""What matters most for a case: each input by itself at the ends of its range, and what inputs do together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.chain.capital import pictures
from tongtu.chain.capital.ground import Capital
from tongtu.chain.capital.pieces import cell, estimate, much, note, percent, same, section, sentence, table, words
from tongtu.chain.dossier.charts import Bar, Bars, Scale, Segment
from tongtu.chain.dossier.document import Block, Cell, Chart, Paragraph, Section
from tongtu.chain.report.spoken import Pair

if TYPE_CHECKING:
    from tongtu.risk.sensitivity import Sensitivity
    from tongtu.risk.value.drivers import Figure

Row = dict[str, Any]
#: how far the discount rate is moved either way
_RATE = 0.02
#: bars of the pictures; the table has all
_SHOWN = 14
_INPUTS = {"name": pl.String(), **dict.fromkeys(("low", "middle", "high"), pl.Float64())}


@dataclass(frozen=True)
class Swings:
    """`rows`: name (`odds:pilot`, `payoff`, `rate`), low, high (of the input), at_low, at_high (of the result), most
    first; `base`: the result with every input at its middle; `found`: see `risk.sensitivity`. The result is the worth
    of the case in `money`, or where that is unknown (None) its odds of being industrialised."""

    ground: Capital
    rows: tuple[Row, ...]
    base: float
    found: Sensitivity
    money: str | None

    def section(self) -> Section:
        heads = ("input", "range", "at-low/n", "at-high/n", "swing/n")
        lines = [[cell(self._name(row["name"])), cell(self._range(row)), self._result(row["at_low"]),
                  self._result(row["at_high"]), self._result(abs(row["at_high"] - row["at_low"]))]
                 for row in self.rows]  # fmt: skip
        why = Paragraph(sentence(self.found.why), "soft")
        together = [self._indices()] if self.found.show == "indices" else []
        blocks: list[Block] = [note("tornado-is"), self._tornado(), why, *together, *table(heads, lines, "nothing")]
        return section("tornado", blocks)

    def _tornado(self) -> Chart:
        scale = pictures.money("rnpv", self.money) if self.money else Scale(words("capital.whole-odds"), "share")
        bars = [Bar(self._name(row["name"]), [Segment(row["at_low"], self.base, 0),
                                              Segment(self.base, row["at_high"], 1)], self._range(row))
                for row in self.rows[:_SHOWN]]  # fmt: skip
        picture = Bars(scale, bars, [(words("capital.at-low"), "c1"), (words("capital.at-high"), "c0")],
                       base=self.base, base_name=words("capital.as-believed"))  # fmt: skip
        return pictures.chart("tornado", picture)

    def _indices(self) -> Chart:
        """Sobol' indices: what each input explains alone, and what only together with others."""
        rows = []
        for row in self.found.indices.head(_SHOWN).iter_rows(named=True):
            first = max(row["first"], 0.0)
            parts = (first, max(row["total"] - first, 0.0))
            rows.append((self._name(row["name"]), parts, same(f"{row['total']:.0%}")))
        names = [words("capital.alone"), words("capital.with-others")]
        return pictures.stacked("indices", Scale(words("capital.of-variance"), "share", low=0.0), rows, names)

    def _name(self, name: str) -> Pair:
        what, _, stage = name.partition(":")
        said = words(f"capital.input-{what}")
        if not stage:
            return said
        at = self.ground.network.label("stage", stage)
        return [f"{at[0]}：{said[0]}", f"{at[1]}: {said[1]}"]

    def _range(self, row: Row) -> Pair:
        what = row["name"].partition(":")[0]
        if what in ("odds", "rate"):
            return same(f"{row['low']:.0%} … {row['high']:.0%}")
        if what == "days":
            return words("capital.days-range", low=round(row["low"]), high=round(row["high"]))
        ends = (much(row[end], self.money or self.ground.currency) for end in ("low", "high"))
        return [f"{a} … {b}" for a, b in zip(*ends, strict=True)]

    def _result(self, figure: float) -> Cell:
        return estimate(figure, self.money) if self.money else percent(figure)


def swings(ground: Capital, own: str) -> Swings | None:
    """The case's inputs from most to least influence; None where nothing has a range."""
    from tongtu.risk.sensitivity import sensitivity

    worth = _worth(ground, own, ground.terms.rate)
    figure, inputs = worth if worth is not None else _odds(ground, own)
    inputs = inputs.filter(pl.col("low") < pl.col("high"))
    if inputs.is_empty():
        return None
    found = sensitivity(figure, inputs, seed=ground.network.seed)
    rows = found.tornado.filter(pl.col("swing") > 0).to_dicts()
    rows += _rate(ground, own) if worth is not None else []
    rows.sort(key=lambda row: (-abs(row["at_high"] - row["at_low"]), row["name"]))
    base = float(found.tornado["at_middle"][0])
    money = ground.rows[own]["currency"] if worth is not None else None
    return Swings(ground, tuple(rows), base, found, money) if rows else None


def _worth(ground: Capital, own: str, rate: float) -> tuple[Figure, pl.DataFrame] | None:
    """Worth as a function of its inputs; what has no range is an input that stands still."""
    from tongtu.risk.value.drivers import drivers

    registry = ground.network.registry
    found = drivers(own, ground.cases, ground.stages, registry["cashflows"], rate=rate, as_of=ground.network.as_of,
                    rates=registry["rates"])  # fmt: skip
    if found is None:
        return None
    figure, inputs = found
    still = {row["name"]: np.asarray(row["middle"]) for row in inputs.iter_rows(named=True)}
    return lambda at: figure({**still, **at}), inputs.select(list(_INPUTS))


def _rate(ground: Capital, own: str) -> list[Row]:
    """The discount rate moved either way, all else at its middle."""
    low, high = max(ground.terms.rate - _RATE, 0.0), ground.terms.rate + _RATE
    ends = [_worth(ground, own, rate) for rate in (low, high)]
    at = [float(one[0]({})) for one in ends if one is not None]
    return (
        [{"name": "rate", "low": low, "high": high, "at_low": at[0], "at_high": at[1]}] if len(at) == len(ends) else []
    )


def _odds(ground: Capital, own: str) -> tuple[Figure, pl.DataFrame]:
    """The chance of passing all stages, with each stage's odds in its 80 % range."""
    believed = dict(ground.of(ground.stages, own).drop_nulls("p").select("stage", "p").iter_rows())
    ranges = {row["stage"]: row for row in ground.of(ground.odds, own).drop_nulls("low").iter_rows(named=True)}
    rows = [(f"odds:{stage}", min(ranges[stage]["low"], p), p, max(ranges[stage]["high"], p))
            for stage, p in believed.items() if stage in ranges]  # fmt: skip

    def figure(at: Mapping[str, Any]) -> Any:
        return prod((at.get(f"odds:{stage}", np.asarray(p)) for stage, p in believed.items()), start=np.asarray(1.0))

    return figure, pl.DataFrame(rows, _INPUTS, orient="row")
