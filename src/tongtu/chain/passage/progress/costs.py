"""What the passage costs those on it, what goes past it, and whether goals will be met."""

from __future__ import annotations

from datetime import date
from itertools import accumulate

import polars as pl

from tongtu.chain.dossier.charts import Bar, Bars, Lines, Segment, Series
from tongtu.chain.dossier.document import Block, Cell, Paragraph, Section, cell, same
from tongtu.chain.law import pathways
from tongtu.chain.passage.progress.found import Progressed
from tongtu.chain.passage.progress.pieces import (
    DASH,
    Row,
    because,
    chart,
    count,
    explained,
    facts,
    figure,
    group_name,
    note,
    ranged,
    scale,
    section,
    share,
    table,
    told,
)
from tongtu.chain.report.spoken import Pair, money
from tongtu.pathway import progress as engine

#: organisations a picture shows
_DRAWN = 12


def costs(found: Progressed, most: int | None) -> list[Section]:
    return [_burden(found, most), _gates(found), _bypass(found, most), _goals(found)]


# ---------------------------------------------------------------------------------------------- burden


def _burden(found: Progressed, most: int | None) -> Section:
    rows = engine.burden(found.events, found.cases, found.segments, as_of=found.network.as_of, by=found.by)
    whole = rows.row(0, named=True)
    blocks: list[Block] = [note("burden-is"), facts(
        ("handed", figure(whole["handed"], whole["handed_low"], whole["handed_high"], 2)),
        ("asked", count(whole["asked"])),
        ("asked-twice", cell(_of(whole["asked_twice"], share(whole["twice"], whole["twice_low"], whole["twice_high"])),
                             "warn" if whole["asked_twice"] else "")),
        ("waiting", share(whole["waiting"], whole["waiting_low"], whole["waiting_high"])),
    )]  # fmt: skip
    for by in ("role", "organisation", "version"):
        blocks += _waits(found, by, most)
    if found.by is not None:
        heads = ("group", "n/n", "handed/n", "asked-twice/n", "waiting/n")
        cells = [[cell(group_name(found.network, found.by, row["group"])), count(row["cases"]),
                  figure(row["handed"], row["handed_low"], row["handed_high"], 2),
                  cell(_of(row["asked_twice"], share(row["twice"]))),
                  share(row["waiting"], row["waiting_low"], row["waiting_high"])]
                 for row in rows.iter_rows(named=True)]  # fmt: skip
        blocks += table(heads, cells, "nothing", most)
    return section("burden", blocks)


def _of(n: int, part: Cell) -> Pair:
    return [f"{n}，占 {part.text[0]}", f"{n}, {part.text[1]}"]


def _waits(found: Progressed, by: str, most: int | None) -> list[Block]:
    rows = engine.waits(found.segments, by=by)  # type: ignore[arg-type]
    bars = []
    for row in rows.head(_DRAWN).iter_rows(named=True):
        ends = [0.0, *accumulate((row["days"] - row["waiting"], row["waiting"]))]
        note_ = told("cases-n", n=row["cases"])
        bars.append(Bar(_whom(found, by, row["code"]), [Segment(ends[i], ends[i + 1], i) for i in (0, 1)], note_))
    legend = [(told("working"), "c0"), (told("deciding"), "bad")]
    blocks: list[Block] = []
    if bars and by != "version":
        blocks.append(chart(f"waits-{by}", Bars(scale("days", low=0.0), bars, legend)))  # type: ignore[arg-type]
    heads = (by, "cases/n", "days/n", "deciding/n", "per-case/n", f"share-{by}/n", "because/long")
    cells = [[cell(_whom(found, by, row["code"])), count(row["cases"]), count(row["days"]), count(row["waiting"]),
              count(row["per_case"]), share(row["share"], row["low"], row["high"]), because(row["why"])]
             for row in rows.iter_rows(named=True)]  # fmt: skip
    return [*blocks, *explained(heads, cells, "nothing", most)]


def _whom(found: Progressed, by: str, code: str) -> Pair:
    match by:
        case "role":
            return found.network.label("case_role", code)
        case "organisation":
            return found.network.name("organisations", code)
    return same(code)


def _gates(found: Progressed) -> Section:
    law = pathways(found.network.pack)
    rows = engine.gates(found.events, found.cases, law, found.segments, as_of=found.network.as_of)
    names = {(key, stage.gate.id): stage.gate.label for key, path in law.items() for stage in path.stages}
    cells: list[list[Cell]] = []
    for row in rows.sort("pathway", "days_all", descending=[False, True]).iter_rows(named=True):
        label = names.get((row["pathway"], row["gate"]))
        own = row["gate"]
        title = [f"{label.say('zh')}（{own}）", f"{label.say('en')} ({own})"] if label else same(own)
        cells.append([
            cell(same(row["pathway"])), cell(title), count(row["decisions"]), count(row["changed"]),
            share(row["rate"], row["low"], row["high"]), figure(row["levels"], None, None, 1),
            figure(row["days"], None, None, 1), count(row["days_all"]),
            cell(because(row["why"]).text, "bad" if row["remove"] else "soft"),
        ])  # fmt: skip
    heads = ["version", "gate/day", "decisions/n", "changed/n", "rate/n", "levels/n", "wait-days/n", "days-all/n",
             "because/long"]  # fmt: skip
    if rows["pathway"].n_unique() <= 1:
        heads, cells = heads[1:], [row[1:] for row in cells]
    n = int(rows["remove"].sum())
    lead = told("gates-remove", n=n) if n else told("gates-none")
    return section(
        "gates", [note("gates-are"), Paragraph(lead, "warn" if n else ""), *table(heads, cells, "no-decisions")]
    )


# ---------------------------------------------------------------------------------------------- bypass


def _bypass(found: Progressed, most: int | None) -> Section:
    contracts = found.contracts
    if contracts.is_empty():
        return section("bypass", [Paragraph(told("no-contracts"), "soft")])
    blocks: list[Block] = [note("bypass-is")]
    whole = engine.share(contracts)
    blocks.append(facts(
        ("through-n", share(whole["share"][0], whole["low"][0], whole["high"][0])),
        ("how-known", cell(told("given-matched", given=whole["given"][0], matched=whole["matched"][0],
                                n=whole["n"][0]))),
        *(("through-money", _money(row)) for row in whole.drop_nulls("currency").iter_rows(named=True)),
    ))  # fmt: skip
    first = contracts.filter(pl.col("order") == "first")
    if first.height and first.height < contracts.height:
        row = engine.share(first).row(0, named=True)
        blocks.append(facts(("first-orders", share(row["share"], row["low"], row["high"]))))
    by_year = engine.share(contracts, by="year").drop_nulls("group")
    blocks += _yearly(by_year)
    heads = ("year/day", "contracts/n", "through/n", "share-through/n", "money-through/n", "because/long")
    blocks += explained(
        heads, [_shared(same(row["group"]), row) for row in by_year.iter_rows(named=True)], "nothing", most
    )
    by_direction = engine.share(contracts, by="direction").drop_nulls("group")
    none = int(contracts["direction"].null_count())
    if by_direction.height:
        cells = [_shared(found.network.direction(row["group"]), row) for row in by_direction.iter_rows(named=True)]
        blocks += table(("direction", *heads[1:]), cells, "nothing", most)
    if none:
        blocks.append(note("no-direction", n=none))
    return section("bypass", [*blocks, *_differ(contracts)])


def _shared(name: Pair, row: Row) -> list[Cell]:
    return [cell(name), count(row["n"]), count(row["through"]), share(row["share"], row["low"], row["high"]),
            _money(row) if row["currency"] else cell(DASH, "soft"), because(row["why"])]  # fmt: skip


def _money(row: Row) -> Cell:
    part = share(row["amount_share"], row["amount_low"], row["amount_high"]).text
    amounts = [money(row[name], row["currency"]) for name in ("amount_through", "amount")]
    return cell([f"{amounts[0][0]} / {amounts[1][0]}，{part[0]}", f"{amounts[0][1]} of {amounts[1][1]}, {part[1]}"])


def _yearly(rows: pl.DataFrame) -> list[Block]:
    told_ = rows.drop_nulls(["share", "low", "high"]).unique("group", maintain_order=True)
    if told_.height < 2:
        return []
    middle = [(float(date(int(year), 7, 1).toordinal()), part) for year, part in told_.select("group", "share").rows()]
    series = [Series(told("through"), middle, "dots", "c0", told_.select("low", "high").rows())]
    return [chart("bypass", Lines(scale("signed-in", "day"), scale("share-through", "share", 0.0, 1.0), series))]


def _differ(contracts: pl.DataFrame) -> list[Block]:
    rows = engine.differences(contracts)
    cells = [[cell(told("group-through" if row["through"] else "group-outside")), count(row["n"]),
              figure(row["median"], row["low"], row["high"]), _typical(row), because(row["why"])]
             for row in rows.iter_rows(named=True)]  # fmt: skip
    p = rows["p"][0]
    blocks: list[Block] = [
        *table(("group", "contracts/n", "contact-days/n", "amount/n", "because/long"), cells, "nothing")
    ]
    if p is not None:
        blocks.append(Paragraph(told("differ-p", p=f"{p:.3f}" if p >= 0.001 else "< 0.001")))
    return [*blocks, Paragraph(told("selection"), "warn")]


def _typical(row: Row) -> Cell:
    if row["amount"] is None:
        return cell(DASH, "soft")
    amounts = [money(round(row[name]), row["currency"]) for name in ("amount", "amount_lower", "amount_upper")]
    return cell([f"{amounts[0][0]}（{amounts[1][0]} – {amounts[2][0]}）",
                 f"{amounts[0][1]} ({amounts[1][1]} – {amounts[2][1]})"])  # fmt: skip


# ---------------------------------------------------------------------------------------------- goals


def _goals(found: Progressed) -> Section:
    network = found.network
    rows = engine.projected(network.registry["goals"], _counts(found), _values(found), as_of=network.as_of)
    named = {row["goal"]: [row["name"], row["name_en"] or row["name"]] for row in
             network.registry["goals"].iter_rows(named=True)}  # fmt: skip
    cells = [[cell(named[row["goal"]]), cell(same("—" if row["deadline"] is None else row["deadline"].isoformat())),
              _valued(row, "target"), _valued(row, "now"), _valued(row, "value"), share(row["chance"])
              if row["chance"] is not None else cell(DASH, "soft"), because(row["why"])]
             for row in rows.iter_rows(named=True)]  # fmt: skip
    heads = ("goal", "deadline/day", "target/n", "now/n", "projected/n", "chance/n", "because/long")
    return section("goals", [note("goals-are"), *table(heads, cells, "no-goals")])


def _valued(row: Row, name: str) -> Cell:
    value = row[name]
    if value is None:
        return cell(DASH, "soft")
    low, high = (row["low"], row["high"]) if name == "value" else (None, None)
    if row["measure"] == "basic_share":
        ends = [None if one is None else f"{one:.2%}" for one in (low, high)]
        return cell(ranged(f"{value:.2%}", *ends))
    return figure(value, low, high)


def _counts(found: Progressed) -> dict[str, pl.Series]:
    """Dates of what goals count: cases that ended as done, titles that were awarded."""
    cases, titles = found.network.registry["cases"], found.network.registry["titles"]
    return {
        "cases_done": cases.filter(pl.col("state") == "done")["closed"],
        "titles": titles["valid_from"],
    }


def _values(found: Progressed) -> dict[str, pl.DataFrame]:
    """Yearly figures goals are read against; of several vintages of a year the last one published by then."""
    known = found.network.registry["statistics"].filter(
        (pl.col("scope") == "CN") & (pl.col("published") <= found.network.as_of)
    )
    last = known.sort("published").unique(["measure", "year"], keep="last", maintain_order=True)
    return {str(measure): part.select("year", "value").sort("year")
            for (measure,), part in last.group_by("measure", maintain_order=True)}  # fmt: skip
