"""What came out, who got how far, how fast, and whether faster than before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import polars as pl

from tongtu.chain.dossier.charts import Bar, Bars, Gantt, Lane, Lines, Segment, Series, Span
from tongtu.chain.dossier.charts.model import Colour
from tongtu.chain.dossier.document import Block, Cell, Chart, Paragraph, Section, Tone, cell, same
from tongtu.chain.law import pathways
from tongtu.chain.network.pieces import sentence
from tongtu.chain.passage.progress.found import WITHIN, Progressed
from tongtu.chain.passage.progress.pieces import (
    DASH,
    Row,
    because,
    chart,
    count,
    explained,
    figure,
    group_name,
    note,
    phase,
    scale,
    section,
    share,
    table,
    told,
)
from tongtu.chain.report.spoken import Pair
from tongtu.pathway import progress as engine
from tongtu.pathway.progress import OUTCOMES, Compression
from tongtu.registry import vocabularies
from tongtu.terms.why import Label

_FATES: tuple[tuple[str, Colour], ...] = (("passed", "good"), ("failed", "bad"), ("withdrawn", "warn"),
                                          ("open", "soft"))  # fmt: skip


def speed(found: Progressed, most: int | None) -> list[Section]:
    return [
        _headline(found),
        _funnel(found, most),
        _soon(found, most),
        _compression(found),
        _days(found, most),
        _queues(found),
        _finish(found, most),
    ]


# ---------------------------------------------------------------------------------------------- outcomes


def _headline(found: Progressed) -> Section:
    """Outcomes by year; activity in a table of its own."""
    rows = engine.headline(found.events, found.cases, as_of=found.network.as_of, stages=found.phases)
    years = sorted(rows["year"].unique().to_list())
    recent = years[-6:]
    blocks: list[Block] = [note("headline-is"), *_by_year(rows.filter("outcome"), recent, _rate),
                           note("activity-is"), *_by_year(rows.filter(~pl.col("outcome")), recent, _plain)]  # fmt: skip
    return section("headline", blocks)


def _by_year(rows: pl.DataFrame, years: Sequence[int], shown: object) -> list[Block]:
    from tongtu.chain.dossier.document import Column, Table

    heads = [
        Column(told("col-measure")),
        *(Column(same(str(year)), "n") for year in years),
        Column(told("col-all"), "n"),
    ]
    body = []
    for (measure,), mine in rows.group_by("measure", maintain_order=True):
        by_year = {row["year"]: row for row in mine.iter_rows(named=True)}
        cells = [shown(by_year[year]) if year in by_year else cell(DASH, "soft") for year in years]  # type: ignore[operator]
        body.append([cell(told(f"measure-{measure}")), *cells, count(int(mine["n"].sum()))])
    return [Table(heads, body)]


def _rate(row: Row) -> Cell:
    """The count of a year; for a year that is not over, also what it would be at that rate."""
    return figure(row["n"], row["low"], row["high"]) if row["years"] == 1 else figure(row["n"], None, None)


def _plain(row: Row) -> Cell:
    return count(row["n"])


# ---------------------------------------------------------------------------------------------- funnel and days


def _funnel(found: Progressed, most: int | None) -> Section:
    rows = engine.funnel(found.stays, found.cases, as_of=found.network.as_of)
    bars = []
    for row in rows.iter_rows(named=True):
        ends = [0.0, *accumulate(float(row[fate]) for fate, _ in _FATES)]
        pieces = [Segment(ends[i], ends[i + 1], i) for i in range(len(_FATES)) if ends[i + 1] > ends[i]]
        bars.append(Bar(phase(found.network, row["at"]), pieces, _converted(row)))
    legend = [(told(f"fate-{fate}"), colour) for fate, colour in _FATES]
    blocks: list[Block] = (
        [note("funnel-is"), chart("funnel", Bars(scale("cases", low=0.0), bars, legend))] if bars else []
    )
    heads = ("phase", "entered/n", "passed/n", "failed/n", "withdrawn/n", "open/n", "conversion/n", "because/long")
    cells = [_funnel_row(found, row) for row in rows.iter_rows(named=True)]
    blocks += table(heads, cells, "nothing")
    if found.by is not None:
        groups = engine.funnel(found.stays, found.cases, as_of=found.network.as_of, by=found.by).drop_nulls("group")
        named = [[cell(group_name(found.network, found.by, row["group"])), *_funnel_row(found, row)[:-1]]
                 for row in groups.iter_rows(named=True)]  # fmt: skip
        blocks += table(("group", *heads[:-1]), named, "nothing", most)
    return section("funnel", blocks)


def _converted(row: Row) -> Pair:
    if row["conversion"] is None:
        return told("n-entered", n=row["entered"])
    return told("converted", n=row["entered"], share=f"{row['conversion']:.0%}")


def _funnel_row(found: Progressed, row: Row) -> list[Cell]:
    return [cell(phase(found.network, row["at"])), *(count(row[name]) for name in ("entered", "passed", "failed",
            "withdrawn", "open")), share(row["conversion"], row["low"], row["high"]), because(row["why"])]  # fmt: skip


def _days(found: Progressed, most: int | None) -> Section:
    rows = engine.time_in_stage(found.stays, found.cases, as_of=found.network.as_of)
    bars = []
    for row in rows.drop_nulls(["median", "lower"]).iter_rows(named=True):
        upper = row["upper"] if row["upper"] is not None else row["median"]
        bars.append(Bar(phase(found.network, row["at"]), [Segment(row["lower"], upper)],
                        told("days-n", n=round(row["median"])), row["median"]))  # fmt: skip
    heads = ("phase", "n/n", "still/n", "median-days/n", "quartiles/n", "because/long")
    blocks: list[Block] = [note("days-are")]
    if bars:
        picture = Bars(scale("days", low=0.0), bars, [(told("middle-half"), "c0")])
        blocks.append(chart("days", picture))
    blocks += table(heads, [_days_row(found, row) for row in rows.iter_rows(named=True)], "nothing")
    if found.by is not None:
        groups = engine.time_in_stage(found.stays, found.cases, as_of=found.network.as_of, by=found.by)
        named = [[cell(group_name(found.network, found.by, row["group"])), *_days_row(found, row)[:-1]]
                 for row in groups.drop_nulls("group").iter_rows(named=True)]  # fmt: skip
        blocks += table(("group", *heads[:-1]), named, "nothing", most)
    return section("time-in-stage", blocks)


def _days_row(found: Progressed, row: Row) -> list[Cell]:
    ends = ["—" if row[name] is None else f"{row[name]:,.0f}" for name in ("lower", "upper")]
    return [cell(phase(found.network, row["at"])), count(row["n"]), count(row["open"]),
            figure(row["median"], row["low"], row["high"]), cell(same(" – ".join(ends)), "soft"),
            because(row["why"])]  # fmt: skip


def _queues(found: Progressed) -> Section:
    rows = engine.bottlenecks(found.stays, found.cases, as_of=found.network.as_of)
    cells = [[count(row["rank"]), cell(phase(found.network, row["at"])), share(row["share"], row["low"], row["high"]),
              count(row["queue"], "warn" if row["came"] > row["went"] else ""), count(row["came"]), count(row["went"]),
              figure(row["clears"], None, None, 1), because(row["why"])]
             for row in rows.iter_rows(named=True)]  # fmt: skip
    heads = ("rank/n", "phase", "share-of-days/n", "queue/n", "came/n", "went/n", "clears/n", "because/long")
    bars = [Bar(phase(found.network, row["at"]), [Segment(0.0, row["share"])], told("queue-n", n=row["queue"]))
            for row in rows.drop_nulls("share").iter_rows(named=True)]  # fmt: skip
    picture: list[Block] = [chart("queues", Bars(scale("share-of-days", "share", 0.0), bars, [(same(""), "c4")]))]
    return section(
        "bottlenecks", [note("bottlenecks-are"), *(picture if bars else []), *table(heads, cells, "nothing")]
    )


# ---------------------------------------------------------------------------------------------- how soon


def _soon(found: Progressed, most: int | None) -> Section:
    series, cells = [], []
    colours: dict[str, Colour] = {"produced": "c0", "first_order": "c1", "repeat_order": "c2"}
    for name in OUTCOMES:
        past = found.histories[name]
        curve = engine.reach(past, found.cases, outcome=name)
        points = [(0.0, 0.0), *curve.select("day", "reached").rows()]
        if past.height >= 5 and points[-1][1] > 0:
            band = [(0.0, 0.0), *curve.select("low", "high").rows()]
            series.append(Series(told(f"measure-{name}"), points, "step", colours[name], band))
        facts = engine.told(past, found.cases, outcome=name, within=WITHIN, by=found.by)
        cells += [_soon_row(found, row) for row in facts.iter_rows(named=True)]
    heads = (
        "group",
        "outcome",
        "n/n",
        "reached/n",
        "stopped/n",
        "under-way/n",
        "within/n",
        "half-by/n",
        "because/long",
    )
    blocks: list[Block] = [note("soon-is")]
    if series:
        blocks.append(chart("reach", Lines(scale("days-after", low=0.0), scale("share-reached", "share", 0.0), series)))
    return section("soon", [*blocks, *table(heads, cells, "nothing", most)], years=WITHIN // 365)


def _soon_row(found: Progressed, row: Row) -> list[Cell]:
    half = figure(row["median"], row["low"], row["high"]) if row["median"] is not None else cell(
        told("not-half") if row["share"] is not None else told("unknown-yet"), "soft")  # fmt: skip
    return [cell(group_name(found.network, found.by, row["group"])), cell(told(f"measure-{row['outcome']}")),
            count(row["n"]), count(row["reached"]), count(row["stopped"]), count(row["open"]),
            share(row["share"], row["share_low"], row["share_high"]), half, because(row["why"])]  # fmt: skip


# ---------------------------------------------------------------------------------------------- compression


def _compression(found: Progressed) -> Section:
    whole = found.compressed(found.histories["first_order"])
    blocks: list[Block] = [note("compression-is"), Paragraph(sentence(whole.why), _tone(whole))]
    blocks += _cohorts(whole, told("to-first-order"))
    for code in [one for one in vocabularies()["stage"] if (found.spells["at"] == one).any()]:
        one = found.compressed(engine.passages(found.spells, code))
        if one.cohorts["told"].sum() >= 2:
            title = told("passing", stage=Label(*phase(found.network, code)))
            blocks.append(Section(title, [Paragraph(sentence(one.why), _tone(one)), *_cohorts(one, title)]))
    return section("compression", blocks)


def _tone(one: Compression) -> Tone:
    """Good only where the whole interval is on the good side."""
    if one.yearly_low is None or one.yearly_high is None:
        return "warn"
    return "good" if one.yearly_low > 0 else "bad" if one.yearly_high < 0 else ""


def _cohorts(one: Compression, name: Pair) -> list[Block]:
    known = one.cohorts.filter("told").drop_nulls(["mean", "mean_low", "mean_high"])
    blocks: list[Block] = []
    if known.height >= 2:
        days = [(a.toordinal() + b.toordinal()) / 2 for a, b in known.select("since", "until").rows()]
        points = list(zip(days, known["mean"].to_list(), strict=True))
        band = known.select("mean_low", "mean_high").rows()
        series = [Series(name, points, "dots", "c0", band)]
        blocks.append(chart("cohorts", Lines(scale("opened", "day"), scale("mean-days"), series), tau=one.tau))
    heads = ("cohort/day", "n/n", "reached/n", "stopped/n", "under-way/n", "mean-days/n", "gained/n", "compressed/n",
             "naive/n", "because/long")  # fmt: skip
    return [*blocks, *table(heads, [_cohort(row) for row in one.cohorts.iter_rows(named=True)], "nothing")]


def _cohort(row: Row) -> list[Cell]:
    tone: Tone = "good" if (row["gained_low"] or 0) > 0 else "bad" if (row["gained_high"] or 0) < 0 else ""
    quiet = cell(DASH, "soft")
    return [
        cell(same(row["cohort"])), count(row["n"]), count(row["reached"]), count(row["stopped"]), count(row["open"]),
        figure(row["mean"], row["mean_low"], row["mean_high"]) if row["told"] else cell(told("unknown-yet"), "soft"),
        figure(row["gained"], row["gained_low"], row["gained_high"], tone=tone) if row["gained"] is not None else quiet,
        share(row["compressed"], row["compressed_low"], row["compressed_high"]) if row["compressed"] is not None
        else quiet,
        cell(same("—" if row["naive"] is None else f"{row['naive']:,.0f}"), "soft"), because(row["why"]),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------- finish


def _finish(found: Progressed, most: int | None) -> Section:
    network = found.network
    rows = engine.finishes(found.stays, found.cases, pathways(network.pack), as_of=network.as_of, seed=network.seed)
    rows = rows.sort("finish", "case", nulls_last=True)
    cells = [[cell(_case(found, row["case"])), cell(phase(network, row["stage"] or "")), count(row["ahead"]),
              cell(same("—" if row["finish"] is None else row["finish"].isoformat())),
              cell(same("—" if row["low"] is None else f"{row['low']} – {row['high'] or '?'}"), "soft"),
              because(row["why"])] for row in rows.iter_rows(named=True)]  # fmt: skip
    heads = ("case", "phase", "ahead/n", "finish/day", "between/day", "because/long")
    blocks: list[Block] = [note("finish-is")]
    known = rows.drop_nulls(["finish", "low", "high"]).head(20)
    if known.height:
        blocks.append(_spans(found, known))
    return section("finish", [*blocks, *explained(heads, cells, "no-open", most)])


def _spans(found: Progressed, known: pl.DataFrame) -> Chart:
    lanes = [Lane(_case(found, row["case"]), [Span(row["low"], row["high"], same(row["finish"].isoformat()))])
             for row in known.iter_rows(named=True)]  # fmt: skip
    return chart("finish", Gantt(lanes, [(told("eighty"), "c0")], found.network.as_of, told("col-case")))


def _case(found: Progressed, own: str) -> Pair:
    """A case by the title of its need, with its id."""
    rows = found.cases.filter(pl.col("case") == own).select("need", "achievement").rows()
    need, achievement = rows[0] if rows else (None, None)
    title = (
        found.network.name("needs", need, "title") if need else found.network.name("achievements", achievement, "title")
    )
    return [f"{title[0]}（{own}）", f"{title[1]} ({own})"] if any(title) and own not in title else same(own)
