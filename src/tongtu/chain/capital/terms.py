"""What is assumed where nobody says otherwise: data of the pack, each figure with its source and grade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.terms.faults import PackRefused

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.risk.simulation import Factors

SHEET, STRUCTURE = "capital", "tranches"
Row = dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """`shares`: of the variance of results that market, sector and technology cause; `stress`: correlations that
    stand beside every result; `rate`: real, a year; `level`: of the tail; `pilot`: odds without and with a pilot run
    as published, and the share of their difference that the run itself causes; `stage_shares`: `stage, share` of a
    case's whole cost; `structure`: layers as `risk.tranches` takes them; `rows`: all of it as it stands in the pack."""

    shares: tuple[float, float, float]
    stress: tuple[float, ...]
    rate: float
    level: float
    pilot: tuple[float, float, float]
    stage_shares: pl.DataFrame
    structure: pl.DataFrame
    rows: tuple[Row, ...]

    def factors(self, sectors: pl.DataFrame | None = None) -> Factors:
        """What cases have in common, with correlations between directions where they are given."""
        from tongtu.risk.simulation import Factors

        market, sector, technology = self.shares
        return Factors(market, sector, technology, sectors=sectors)

    def but(self, *, rate: float | None = None, level: float | None = None) -> Terms:
        """The same with what a person gave in place of the pack's."""
        return replace(self, rate=self.rate if rate is None else rate, level=self.level if level is None else level)


def terms(pack: Pack) -> Terms:
    """The pack's assumptions. Raises PackRefused, naming what the sheet lacks."""
    sheet = pack.sheet(SHEET)
    rows = sheet.to_dicts()
    named = {row["name"]: row for row in rows}
    wanted = ("factor_market", "factor_sector", "factor_technology", "rate", "level", "pilot_without", "pilot_with",
              "pilot_causal_share")  # fmt: skip
    absent = [name for name in wanted if name not in named]
    stress = tuple(float(row["value"]) for row in rows if row["use"] == "stress")
    if absent or not stress:
        told = {"sheet": SHEET, "names": absent or ["stress"]}
        raise PackRefused.because("capital.pack-lacks", "capital.pack-lacks-repair", **told)
    value = {name: float(named[name]["value"]) for name in wanted}
    by_stage = sheet.filter(pl.col("use") == "stage_cost").select("stage", share=pl.col("value").cast(pl.Float64))
    return Terms(
        (value["factor_market"], value["factor_sector"], value["factor_technology"]), stress, value["rate"],
        value["level"], (value["pilot_without"], value["pilot_with"], value["pilot_causal_share"]), by_stage,
        _structure(pack), tuple(rows),
    )  # fmt: skip


def _structure(pack: Pack) -> pl.DataFrame:
    """The pack's sample layers, as `risk.tranches` takes them, with their names in both languages."""
    sheet = pack.sheet(STRUCTURE)
    return sheet.select(
        pl.col("tranche").alias("name"), "kind", pl.col("order").cast(pl.Int64),
        pl.lit(None, pl.Int64).alias("amount"), pl.col("share").cast(pl.Float64), pl.col("price").cast(pl.Float64),
        "zh", "en", "source", "grade",
    )  # fmt: skip
