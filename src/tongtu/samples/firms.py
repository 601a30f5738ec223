"""Firm-years and titles, with firms planted exactly at, above and just below the thresholds of two titles.

The thresholds are those that `packs/cn/rules` states with their sources. Here they stand a second time, in
`data/titles.csv` and in the expressions below, so that the rule engine is scored against an independent
reading. The truth says for each firm whether its figures meet the numeric criteria; criteria that a person
must judge are left out. A figure that is not known makes the verdict null, unless another criterion fails.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from tongtu.samples.draw import Bools, Draw, Floats, Ints, dates, ids, take
from tongtu.samples.ground import MINOR, SOURCE, Ground, constant
from tongtu.samples.lore import table
from tongtu.samples.organisations import FIRMS, Actors

_YEARS = 3
_MILLION = 1_000_000
#: how small firms are placed: anywhere, or at / above / one criterion below the thresholds of a title
PLACED = ("any", "srdi_at", "srdi_above", "srdi_below", "giant_at", "giant_above", "giant_below")
_SHARES = (0.66, 0.05, 0.1, 0.06, 0.03, 0.06, 0.04)
#: the one criterion that a firm placed below misses: its figure and how far it lies on the wrong side
_MISSES = (("main", -0.01), ("debt", 0.01), ("ip", -1.0), ("score", -0.5), ("years", -0.5), ("rd", -10_000.0))


def make(ground: Ground, actors: Actors) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Firm-years, titles, and the truth of titles."""
    draw = ground.draw("firms")
    rows = actors.of(*FIRMS)
    small = np.isin(actors.kind[rows], [i for i, k in enumerate(actors.kinds) if k in ("sme", "private")])
    placed = np.zeros(len(rows), dtype=np.int64)
    placed[small] = draw.dealt(_SHARES, int(small.sum()))
    figures = _figures(draw, placed, small)
    last = ground.as_of.year - 1
    years = [_year(ground, actors, rows, figures, draw, back, last - back) for back in range(_YEARS - 1, -1, -1)]
    frame = pl.concat(years)
    titles = _titles(ground, actors, draw, rows, placed)
    return frame.sort("organisation", "year"), titles, truth(frame, titles, ground.as_of)


def _figures(draw: Draw, placed: Ints, small: Bools) -> dict[str, Floats]:
    """The last year of each firm; money in yuan."""
    n = len(placed)
    revenue: Floats = np.where(small, 1.0, 60.0) * draw.amounts(3, 400, n, unit=_MILLION).astype(np.float64)
    ip = draw.between(0, 12, n).astype(np.float64)
    found: dict[str, Floats] = {
        "revenue": revenue,
        "main": draw.uniform(0.55, 0.99, n).round(2),
        "debt": draw.uniform(0.2, 0.9, n).round(2),
        "rd": np.round(revenue * draw.uniform(0.01, 0.15, n), -4),
        "years": draw.between(1, 18, n).astype(np.float64),
        "ip": ip,
        "own": np.minimum(draw.between(0, 8, n), ip),
        "score": draw.uniform(30, 85, n).round(1),
        "share": draw.uniform(0.005, 0.3, n).round(3),
        "rank": draw.between(1, 60, n).astype(np.float64),
        "growth": draw.uniform(0.85, 1.6, n).round(2),
    }
    at = {row.pop("figure"): {k: float(v) for k, v in row.items()} for row in table("titles").iter_rows(named=True)}
    for scheme, first in (("srdi", 1), ("giant", 4)):
        chosen = (placed >= first) & (placed <= first + 2)
        better = np.where(placed == first, 0.0, draw.uniform(0.05, 1.0, n))
        for name, line in at.items():
            value = np.round(line[scheme] + line["better"] * better, int(line["digits"]))
            found[name] = np.where(chosen, value, found[name])
        _lean(found, chosen & draw.chance(0.5, n) & (better == 0))
        _miss(
            found, {name: line[scheme] for name, line in at.items()}, placed == first + 2, draw.below(len(_MISSES), n)
        )
    return found


def _lean(found: dict[str, Floats], chosen: Bools) -> None:
    """Firms whose R&D is exactly three per cent of a larger revenue, instead of the least amount."""
    larger = np.maximum(found["rd"] / 0.03, 100 * _MILLION)
    found["revenue"] = np.where(chosen, larger, found["revenue"])
    found["rd"] = np.where(chosen, np.round(larger * 0.03), found["rd"])


def _miss(found: dict[str, Floats], at: dict[str, float], chosen: Bools, which: Ints) -> None:
    """One criterion of each chosen firm falls just short of its threshold."""
    for number, (name, change) in enumerate(_MISSES):
        found[name] = np.where(chosen & (which == number), at[name] + change, found[name])
    found["own"] = np.minimum(found["own"], found["ip"])


def _year(
    ground: Ground, actors: Actors, rows: Ints, figures: dict[str, Floats], draw: Draw, back: int, year: int
) -> pl.DataFrame:
    """One year of every firm: earlier years are smaller by the firm's growth."""
    n = len(rows)
    revenue = np.round(figures["revenue"] / figures["growth"] ** (back / 2) / 10_000) * 10_000
    assets = np.round(revenue * 1.25 / 10_000) * 10_000
    employees = np.maximum(8, np.round(revenue / 900_000)).astype(np.int64)
    equity = np.where(draw.chance(0.06, n), draw.amounts(5, 60, n, unit=_MILLION), 0)
    debt = assets * figures["debt"]
    known = draw.chance(np.where(revenue > 0, 0.97, 1.0), n)
    share = draw.uniform(0.86, 0.99, n)  # costs over revenue

    def fen(values: Floats) -> pl.Series:
        return pl.Series(np.round(values * MINOR).astype(np.int64))

    award = draw.which([96, 0.7, 3.3], n)
    body = draw.which([88, 1, 6, 5], n)
    return pl.DataFrame(
        {
            "organisation": actors.ids.gather(rows),
            "year": np.full(n, year),
            "currency": constant("CNY", n),
            "price_year": np.full(n, year),
            "revenue": fen(revenue),
            "main_revenue": fen(revenue * figures["main"]),
            "rd_spend": fen(figures["rd"]),
            "total_cost": fen(revenue * share),
            "total_assets": fen(assets),
            "total_debt": fen(debt),
            "net_assets": fen(assets - debt),
            "net_profit": fen(revenue * (1 - share) * 0.8),
            "equity_raised": fen(equity.astype(np.float64)),
            "employees": employees,
            "rd_staff": (employees * 0.22).astype(np.int64),
            "sci_tech_staff": (employees * 0.3).astype(np.int64),
            "segment_years": np.maximum(figures["years"] - back, 0.0),
            "segment_share": figures["share"],
            "domestic_rank": figures["rank"].astype(np.int64),
            "ip_class1": np.maximum(figures["ip"] - back, 0).astype(np.int64),
            "ip_class1_own": np.maximum(figures["own"] - back, 0).astype(np.int64),
            "ip_class2": draw.between(0, 20, n),
            "high_tech_revenue": fen(revenue * figures["main"] * 0.8),
            "rd_domestic": fen(figures["rd"] * 0.9),
            "award_level": take(["national", "provincial", "none"], np.where(figures["ip"] > 8, award - 1, 2) % 3),
            "award_rank": _rank(draw, figures["ip"] > 8, award),
            "rd_body_level": take(["national", "provincial", "municipal", "none"], (body - 1) % 4),
            "platform_score": _known(figures["score"], known),
            "digital_level": draw.between(0, 4, n),
            "abnormal_list": draw.chance(0.004, n),
            "accident_3y": draw.chance(0.006, n),
            "excluded_product": draw.chance(0.002, n),
            "valid_from": dates(date(year, 12, 31), np.zeros(n, dtype=np.int64)),
            "recorded_at": dates(date(year + 1, 4, 30), np.zeros(n, dtype=np.int64)),
            "source": constant(SOURCE, n),
        }
    )


def _rank(draw: Draw, may: Bools, award: Ints) -> pl.Series:
    rank = draw.between(1, 5, len(award))
    return pl.DataFrame({"r": rank, "has": may & (award > 0)}).select(pl.when("has").then("r")).to_series()


def _known(values: Floats, known: Bools) -> pl.Series:
    return pl.DataFrame({"v": values, "k": known}).select(pl.when("k").then("v")).to_series()


def _titles(ground: Ground, actors: Actors, draw: Draw, rows: Ints, placed: Ints) -> pl.DataFrame:
    """Titles held: the first tier by most small firms, 专精特新 by those placed for the next, and others."""
    n = len(rows)
    held = {
        "innovative_sme": (np.isin(placed, (1, 2, 3, 4, 5, 6)) | draw.chance(0.25, n), "provincial"),
        "technology_sme": (draw.chance(0.2, n), "provincial"),
        "srdi_sme": (np.isin(placed, (4, 5, 6)) | draw.chance(0.04, n), "provincial"),
        "high_tech": (draw.chance(0.3, n), "national"),
        "little_giant": ((placed == 5) & draw.chance(0.3, n), "national"),
    }
    parts = []
    for kind in ground.codes("title_kind", list(held)):
        holder, level = held[kind]
        chosen = rows[holder]
        since = -draw.between(60, 950, len(chosen))
        # A few have just run out: an expired title counts as none.
        ended = draw.chance(0.04, len(chosen)) & (placed[holder] == 0)
        since = np.where(ended, since - 1100, since)
        parts.append(
            pl.DataFrame(
                {
                    "organisation": actors.ids.gather(chosen),
                    "kind": constant(kind, len(chosen)),
                    "level": constant(level, len(chosen)),
                    "issuer": constant(f"{SOURCE}：主管部门", len(chosen)),
                    "valid_from": dates(ground.as_of, since),
                    "valid_to": dates(ground.as_of, since + 1095),
                    "recorded_at": dates(ground.as_of, since + 20),
                }
            )
        )
    frame = pl.concat(parts)
    number = ids("合成", frame.height)
    return frame.select(
        ids("T", frame.height).alias("title"),
        "organisation",
        "kind",
        "level",
        number.alias("number"),
        pl.exclude("organisation", "kind", "level"),
        pl.lit(SOURCE).alias("source"),
    )


def truth(firm_years: pl.DataFrame, titles: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Per firm and scheme whether the numeric criteria are met: organisation, scheme, meets, failed (criteria)."""
    last = as_of.year - 1
    names = (
        "revenue",
        "main_revenue",
        "rd_spend",
        "total_assets",
        "total_debt",
        "equity_raised",
        "segment_years",
        "ip_class1",
        "ip_class1_own",
        "award_level",
        "award_rank",
        "rd_body_level",
        "platform_score",
        "segment_share",
        "domestic_rank",
    )
    wide = firm_years.filter(pl.col("year") == last).select("organisation", *names)
    for back in (1, 2):
        earlier = firm_years.filter(pl.col("year") == last - back)
        wide = wide.join(
            earlier.select("organisation", *(pl.col(c).alias(f"{c}_{back}") for c in names)),
            on="organisation",
            how="left",
            maintain_order="left",
        )
    held = titles.filter((pl.col("valid_from") <= as_of) & (pl.col("valid_to") >= as_of))
    for kinds, name in ((["innovative_sme", "technology_sme"], "first"), (["srdi_sme"], "second")):
        holders = held.filter(pl.col("kind").is_in(kinds))["organisation"].unique()
        wide = wide.with_columns(pl.col("organisation").is_in(holders.implode()).alias(name))
    return pl.concat([_verdict(wide, "srdi", _srdi()), _verdict(wide, "little_giant", _giant())]).sort(
        "organisation", "scheme"
    )


def _verdict(wide: pl.DataFrame, scheme: str, criteria: dict[str, pl.Expr]) -> pl.DataFrame:
    judged = wide.select("organisation", *(e.alias(name) for name, e in criteria.items()))
    failed = pl.concat_list(*(pl.when(~pl.col(name)).then(pl.lit(name)) for name in criteria)).list.drop_nulls()
    return judged.select(
        "organisation",
        pl.lit(scheme).alias("scheme"),
        pl.all_horizontal(*criteria).alias("meets"),
        failed.list.join(";").alias("failed"),
    )


def _both_years(share: float, least: int) -> pl.Expr:
    years = [
        (pl.col(f"rd_spend{s}") >= least) & (pl.col(f"rd_spend{s}") / pl.col(f"revenue{s}") >= share)
        for s in ("", "_1")
    ]
    return years[0] & years[1]


def _srdi() -> dict[str, pl.Expr]:
    c = pl.col
    award = (c("award_level").is_in(["national", "provincial"]) & (c("award_rank") <= 3)).fill_null(False)
    body = c("rd_body_level").is_in(["national", "provincial"]).fill_null(False)
    return {
        "S1": c("first") & (c("segment_years") >= 3),
        "S2": (c("revenue") >= 15 * _MILLION * MINOR)
        | (c("equity_raised") + c("equity_raised_1") >= 20 * _MILLION * MINOR),
        "S3": (c("main_revenue") / c("revenue") >= 0.8) & (c("total_debt") / c("total_assets") <= 0.8),
        "S4": _both_years(0.03, _MILLION * MINOR),
        "S5": (c("ip_class1") >= 1) | award | body,
        "S7": c("platform_score") >= 50,
    }


def _giant() -> dict[str, pl.Expr]:
    c = pl.col
    waived = ((c("award_level") == "national") & (c("award_rank") <= 3)).fill_null(False)
    return {
        "G1": c("second") & (c("segment_years") >= 3),
        "G2": (c("revenue") >= 50 * _MILLION * MINOR)
        & (c("main_revenue") / c("revenue") >= 0.9)
        & (c("revenue") / c("revenue_2") >= 1.1025)
        & (c("total_debt") / c("total_assets") <= 0.75),
        "G3": (c("rd_spend") + c("rd_spend_1") >= 12 * _MILLION * MINOR) & _both_years(0.03, 0),
        "G4": (c("ip_class1_own") >= 4) | waived,
        "G5": (c("segment_share") >= 0.1) | (c("domestic_rank") <= 3),
        "G7": c("platform_score") >= 60,
    }
