"""The published figures: the share of basic research against its target, effort beside results, the trap's legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.research import pictures
from tongtu.chain.research.pieces import (
    Block,
    Cell,
    Paragraph,
    Row,
    Section,
    Tone,
    cell,
    figure,
    joined,
    label,
    note,
    number,
    section,
    sentence,
    table,
    words,
)

if TYPE_CHECKING:
    from tongtu.chain.research.ground import Researched

_STATUS: dict[str, Tone] = {"reached": "good", "missed": "bad", "under_way": "", "unknown": "soft"}
_VERDICT: dict[str, Tone] = {"parted": "bad", "together": "good", "effort_flat": "warn", "unknown": "soft"}


def targets(found: Researched, most: int | None) -> Section:
    """Each goal with its figure, and all vintages of what it measures."""
    blocks: list[Block] = [note("targets-are")]
    if found.gaps.is_empty():
        blocks.append(Paragraph(words("research.no-targets"), "soft"))
    for gap in found.gaps.iter_rows(named=True):
        blocks.append(Paragraph(sentence(gap["why"]), _STATUS[gap["status"]]))
        rows = found.vintages.filter(pl.col("measure") == gap["measure"], pl.col("scope") == gap["scope"])
        picture = pictures.target(gap, rows.drop_nulls("value"))
        blocks += [picture] if picture is not None else []
        blocks += _vintages(rows, most)
    return section("targets", blocks)


def _vintages(rows: pl.DataFrame, most: int | None) -> list[Block]:
    lines = [
        [cell([f"{row['year']}"] * 2), number(row["vintage"]), _value(row), _revised(row),
         cell([row["published"].isoformat()] * 2), cell([row["grade"]] * 2)]
        for row in rows.sort("year", "vintage", descending=[True, True]).iter_rows(named=True)
    ]  # fmt: skip
    heads = ("year/day", "vintage/n", "value/n", "revised/n", "published/day", "grade/day")
    return table(heads, lines, "nothing", most)


def _value(row: Row) -> Cell:
    """A figure, or the bounds that are all the source says."""
    if row["value"] is not None:
        return figure(row["value"], row["unit"], "" if row["latest"] else "soft")
    if row["low"] is None and row["high"] is None:
        return cell(words("terms.unknown"), "soft")
    side, bound = ("low", row["low"]) if row["low"] is not None else ("high", row["high"])
    at = figure(bound, row["unit"]).text
    return cell([words(f"research.bound-{side}", value=one)[i] for i, one in enumerate(at)])


def _revised(row: Row) -> Cell:
    if row["revised"] is None:
        return cell(["", ""])
    if row["unit"] == "ratio":
        return cell([words("research.points", points=f"{row['revised'] * 100:+.2f}")[i] for i in (0, 1)])
    return figure(row["revised"], row["unit"])


def paradox(found: Researched) -> Section:
    """Effort beside results, pair by pair: no score is made of them."""
    pairs = found.dashboard.paradox
    told: list[Block] = [note("paradox-is")]
    told += [Paragraph(sentence(row["why"]), _VERDICT[row["verdict"]])
             for row in pairs.filter(pl.col("verdict") != "unknown").iter_rows(named=True)]  # fmt: skip
    compared = pictures.indexed(found, pairs)
    told += [compared] if compared is not None else []
    told += _figures(found, "paradox")
    unknown = [label(found.network, "statistic", code)
               for code in pairs.filter(pl.col("verdict") == "unknown")["result"].unique().sort()]  # fmt: skip
    if unknown:
        named = [("、", ", ")[i].join(one[i] for one in unknown) for i in (0, 1)]
        told.append(Paragraph([words("research.not-compared", measures=one)[i] for i, one in enumerate(named)], "soft"))
    return section("paradox", told)


def trap(found: Researched) -> Section:
    return section("trap", [note("trap-is"), *_figures(found, "trap")])


def _figures(found: Researched, panel: str) -> list[Block]:
    rows = found.dashboard.rows.filter(pl.col("panel") == panel)
    lines = [
        [cell(label(found.network, "statistic", row["measure"])), cell(words(f"research.role-{row['role']}")),
         cell([str(row["year"] or "")] * 2), _value(row | {"latest": True}), _trend(row),
         cell(words(f"research.concern-{row['concern']}")),
         cell([row["published"].isoformat() if row["published"] else ""] * 2), cell([row["grade"] or ""] * 2)]
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    heads = ("measure", "role/day", "year/day", "value/n", "trend", "concern/day", "published/day", "grade/day")
    return table(heads, lines, "nothing")


def _trend(row: Row) -> Cell:
    """Which way over which years, set off where that is the direction of concern."""
    if row["trend"] is None:
        return cell(words("research.no-trend" if row["year"] else "research.not-loaded"), "soft")
    told = words(f"research.trend-{row['trend']}")
    span = f"{row['since']}–{row['until']}"
    return cell([f"{told[0]}（{span}）", f"{told[1]} ({span})"], "warn" if row["concerned"] else "")


def sources(found: Researched) -> Section:
    """Where every published figure of this document comes from."""
    shown = {row["measure"] for row in found.gaps.iter_rows(named=True)} | {
        row["measure"] for row in found.dashboard.rows.iter_rows(named=True)
    }
    rows = found.vintages.filter(pl.col("measure").is_in(shown), pl.col("scope") == found.scope)
    cited = rows.group_by("source", "grade", "published").agg(pl.col("year").max(), pl.col("measure").unique().sort())
    lines = [
        [cell([row["published"].isoformat()] * 2), cell([str(row["year"])] * 2),
         cell(joined([label(found.network, "statistic", one) for one in row["measure"]])),
         cell([row["grade"]] * 2), cell([row["source"]] * 2)]
        for row in cited.sort("published", "source", descending=[True, False]).iter_rows(named=True)
    ]  # fmt: skip
    return section(
        "sources", table(("published/day", "year/day", "measure", "grade/day", "source/long"), lines, "nothing")
    )
