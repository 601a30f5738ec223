"""How far each item is one's own, and how concentrated its supply is."""

from __future__ import annotations

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Section
from tongtu.chain.supply.ground import Supply
from tongtu.chain.supply.pieces import (
    DASH,
    Row,
    arrowed,
    cell,
    fitting,
    note,
    number,
    percent,
    same,
    section,
    span,
    state,
    table,
    tone,
    words,
    yes_no,
)


def autonomy(ground: Supply, most: int | None) -> Section:
    """A row per item beneath the target, the least autonomous first."""
    rows = ground.figures.filter(pl.col("item").is_in(sorted(ground.cone)))
    heads = ("item", "kind/day", "own/n", "autonomy/n", "mean/n", "route", "weakest")
    body = [_autonomy(ground, row) for row in rows.iter_rows(named=True)]
    blocks: list[Block] = [note("autonomy-is"), *table(heads, body, "nothing", most)]
    others = _ends(ground)
    if others:
        blocks += [note("ends-are"), *table(("item", "autonomy/n", "weakest"), others, "nothing", most)]
    return section("autonomy", blocks)


def _autonomy(ground: Supply, row: Row) -> list[Cell]:
    kinds = dict(ground.network.registry["items"].select("item", "kind").iter_rows())
    stand_in = row.get("substitute")
    route = words("supply.by-substitute", item=ground.name(stand_in)[0], item_en=ground.name(stand_in)[1]) if stand_in \
        else same(row["route"] or "")  # fmt: skip
    return [
        cell(ground.name(row["item"])), cell(ground.network.label("item_kind", kinds.get(row["item"]))),
        percent(row["own"]), span(row["autonomy"], row["low"], row["high"], tone(row["autonomy"])),
        percent(row["mean"]), cell(route), cell(ground.name(row["weakest"])),
    ]  # fmt: skip


def _ends(ground: Supply) -> list[list[Cell]]:
    """The other end products, where nobody asked for one item."""
    from tongtu.chain.supply.ground import ends

    if ground.asked:
        return []
    others = [item for item in ends(ground.graph) if item != ground.target]
    rows = ground.figures.filter(pl.col("item").is_in(others))
    return [[cell(ground.name(row["item"])), span(row["autonomy"], row["low"], row["high"], tone(row["autonomy"])),
             cell(ground.name(row["weakest"]))] for row in rows.iter_rows(named=True)]  # fmt: skip


def concentration(ground: Supply, most: int | None) -> Section:
    """By jurisdiction and by supplier, the most concentrated first."""
    firms = {row["item"]: row for row in ground.by_supplier.iter_rows(named=True)}
    rows = ground.by_place.filter(pl.col("item").is_in(sorted(ground.cone)))
    rows = rows.sort("hhi_normalised", "item", descending=[True, False], nulls_last=True)
    body = [_concentration(ground, row, firms[row["item"]]) for row in rows.iter_rows(named=True)]
    heads = ("item", "hhi-place/n", "effective/n", "largest-place", "largest-share/n", "single/day", "hhi-firm/n",
             "largest-firm")  # fmt: skip
    return section("concentration", [note("concentration-is"), *table(heads, body, "no-supplies", most)])


def _concentration(ground: Supply, place: Row, firm: Row) -> list[Cell]:
    return [
        cell(ground.name(place["item"])), fitting(place["hhi"], place["hhi_low"], place["hhi_high"]),
        number(place["effective"], digits=1), cell(same(place["largest"] or "")),
        span(place["share"], place["share_low"], place["share_high"]),
        yes_no(place["single"], good=None if place["largest"] in ground.home else False),
        fitting(firm["hhi"], firm["hhi_low"], firm["hhi_high"]), cell(same(firm["largest"] or "")),
    ]  # fmt: skip


def research(ground: Supply, most: int | None) -> Section | None:
    """Instruments, software, data and reagents beneath open cases and the target."""
    from tongtu.appraise.dependency import research_inputs

    rows = research_inputs(ground.network.registry, ground.graph, ground.found, targets=[ground.target])
    if rows.is_empty():
        return None
    body = [[cell(same(row["case"]) if row["case"] else DASH), cell(ground.name(row["target"])),
             cell(ground.name(row["item"])), state("kind", row["kind"]),
             span(row["autonomy"], row["low"], row["high"], tone(row["autonomy"])),
             cell(same(row["largest"] or "—")), percent(row["share"]),
             cell(arrowed(ground.names(row["path"])))] for row in rows.iter_rows(named=True)]  # fmt: skip
    heads = ("case/day", "for", "item", "kind/day", "autonomy/n", "largest-place", "largest-share/n", "path/long")
    return section("research", [note("research-is"), *table(heads, body, "nothing", most)])
