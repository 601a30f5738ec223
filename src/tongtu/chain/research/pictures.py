"""The figures of dual research as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.charts import Bar, Bars, Lines, Mark, Scale, Segment, Series
from tongtu.chain.dossier.charts.model import PALETTE, Colour, Joint
from tongtu.chain.dossier.document import Chart
from tongtu.chain.research.pieces import SECTORS, Pair, label, sector, shares, words

if TYPE_CHECKING:
    from tongtu.chain.research.ground import Researched

_COLOURS: dict[str | None, Colour] = dict(zip(SECTORS, PALETTE, strict=True))


def chart(code: str, picture: Lines | Bars) -> Chart:
    return Chart(words(f"research.chart-{code}"), picture, words(f"research.chart-{code}-shows"))


def at(year: int) -> float:
    return float(date(year, 1, 1).toordinal())


def years(title: str = "year") -> Scale:
    return Scale(words(f"research.col-{title}"), "day")


def target(gap: dict[str, Any], rows: pl.DataFrame) -> Chart | None:
    """The newest figure of every year, earlier vintages as dots, the straight line to the target."""
    if rows.is_empty():
        return None
    unit = "share" if gap["unit"] == "ratio" else "number"
    newest = rows.sort("year", "vintage").group_by("year", maintain_order=True).last()
    older = rows.join(newest, on=["year", "vintage"], how="anti").sort("year", "vintage")
    series = [_series("newest", newest, "line", "c0")]
    if not older.is_empty():
        series.append(_series("older", older, "dots", "c1"))
    end = (at(gap["deadline"].year), gap["target"])
    if gap["baseline"] is not None and gap["baseline_year"] is not None:
        path = [(at(gap["baseline_year"]), gap["baseline"]), end]
        series.append(Series(words("research.path"), path, "dashed", "soft"))
    scale = Scale(words("research.share"), unit)  # type: ignore[arg-type]
    return chart("target", Lines(years(), scale, series, marks=[Mark(*end, words("research.target"))]))


def _series(name: str, rows: pl.DataFrame, joint: Joint, colour: Colour) -> Series:
    points = [(at(year), value) for year, value in rows.select("year", "value").rows()]
    notes = [words("research.vintage-note", year=str(y), value=f"{v * 100:.2f}%", day=day)
             for y, v, day in rows.select("year", "value", "published").rows()]  # fmt: skip
    return Series(words(f"research.{name}"), points, joint, colour, notes=notes)


def indexed(found: Researched, pairs: pl.DataFrame) -> Chart | None:
    """Each figure as a multiple of its value in the first year that all have in common."""
    told = pairs.filter(pl.col("verdict") != "unknown")
    if told.is_empty():
        return None
    start = told["since"].max()
    here = found.vintages.filter("latest", pl.col("scope") == found.scope)
    rows = here.drop_nulls("value").filter(pl.col("year") >= start)
    series = []
    for code in [*told["effort"].unique(maintain_order=True), *told["result"].unique(maintain_order=True)]:
        points = rows.filter(pl.col("measure") == code).sort("year").select("year", "value").rows()
        if points and points[0][0] == start:
            role: Joint = "dashed" if code in told["effort"] else "line"
            name = label(found.network, "statistic", code)
            series.append(Series(name, [(at(y), v / points[0][1]) for y, v in points], role))
    if len(series) < 2:
        return None
    return chart("indexed", Lines(years(), Scale(words("research.times"), "share"), series))


def composition(found: Researched) -> Chart:
    """Tracks in projects, and in the money of each currency."""
    codes = ["pure_basic", "applied_basic", "industrialisation", None]
    counts = found.shares.counts.filter(pl.col("coding") == "track")
    funds = found.shares.funds.filter(pl.col("coding") == "track")
    bars = [_whole(words("research.in-projects"), codes, dict(counts.select("class", "share").rows()))]
    for currency in funds.drop_nulls(["currency", "share"])["currency"].unique().sort():
        own = dict(funds.filter(pl.col("currency") == currency).select("class", "share").rows())
        bars.append(_whole(words("research.in-money", currency=currency), codes, own))
    colours: tuple[Colour, ...] = ("c0", "c1", "c2", "soft")
    legend = [(label(found.network, "track", code), colour) for code, colour in zip(codes, colours, strict=True)]
    return chart("composition", Bars(shares("share"), bars, legend))


def _whole(name: Pair, codes: Sequence[str | None], parts: dict[str | None, float | None]) -> Bar:
    segments, begin = [], 0.0
    for kind, code in enumerate(codes):
        size = parts.get(code) or 0.0
        if size:
            segments.append(Segment(begin, begin + size, kind))
            begin += size
    return Bar(name, segments)


def led_and_joined(found: Researched) -> Chart | None:
    """Projects led as a full piece of a bar, projects merely joined as a pale one behind it."""
    rows = {row["sector"]: row for row in found.leads.counts.iter_rows(named=True)}
    if not rows:
        return None
    bars = []
    for code in SECTORS:
        if code in rows:
            led, joined = rows[code]["led_share"], rows[code]["joined_share"]
            pieces = [Segment(0.0, led, 0), Segment(led, joined, 1)]
            bars.append(Bar(sector(code), pieces, [f"{led * 100:.0f}% · {joined * 100:.0f}%"] * 2))
    legend: list[tuple[Pair, Colour]] = [(words("research.led"), "c0"), (words("research.merely-joined"), "soft")]
    return chart("leads", Bars(shares("share"), bars, legend))


def by_direction(found: Researched) -> Chart | None:
    """Who leads the projects of each direction, in projects."""
    rows = found.by_direction.counts.filter(pl.col("led") > 0)
    if rows.is_empty():
        return None
    present = [code for code in (*SECTORS, None) if code in set(rows["sector"])]
    order = rows.group_by("direction").agg(pl.col("projects").max()).sort("projects", "direction",
                                                                         descending=[True, False])  # fmt: skip
    bars = []
    for direction, projects in order.rows():
        led = dict(rows.filter(pl.col("direction").eq_missing(direction)).select("sector", "led").rows())
        pieces = [float(led.get(code, 0)) for code in present]
        ends = [sum(pieces[:i]) for i in range(len(pieces) + 1)]
        name = words("research.unknown") if direction is None else found.network.direction(direction)
        segments = [Segment(ends[i], ends[i + 1], i) for i in range(len(pieces)) if pieces[i]]
        bars.append(Bar(name, segments, [f"{projects}"] * 2))
    legend = [(sector(code), _COLOURS.get(code, "soft")) for code in present]
    return chart("direction", Bars(Scale(words("research.projects"), low=0.0), bars, legend))


def by_year(found: Researched) -> Chart | None:
    """The share each kind of lead has of the projects begun in a year."""
    rows = found.by_year.counts.drop_nulls("year")
    if rows["year"].n_unique() < 2:
        return None
    series = []
    for code in SECTORS:
        own = dict(rows.filter(pl.col("sector") == code).select("year", "led_share").rows())
        if any(own.values()):
            points = [(at(year), own.get(year, 0.0)) for year in sorted(rows["year"].unique())]
            series.append(Series(sector(code), points, colour=_COLOURS[code]))
    return chart("year", Lines(years("begun"), shares("share-led"), series)) if series else None


def converted(found: Researched) -> Chart | None:
    """Share of the ended projects that converted; the bar of each track is its interval, the tick its share."""
    rows = found.conversion.drop_nulls("share")
    if rows.is_empty():
        return None
    bars = [
        Bar(label(found.network, "track", row["track"]), [Segment(row["low"], row["high"])],
            words("research.part-of", part=row["converted"], whole=row["ended"], share=f"{row['share'] * 100:.1f}%"),
            tick=row["share"])
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    return chart("converted", Bars(shares("share"), bars, [(words("research.interval"), "c0")]))
