"""What may be done or may come: technology routes, bottlenecks, control lists, dependency on imports."""

from __future__ import annotations

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Paragraph, Section, Tone
from tongtu.chain.report.spoken import Pair, named
from tongtu.chain.supply.ground import Supply
from tongtu.chain.supply.pieces import (
    DASH,
    Row,
    arrowed,
    because,
    cell,
    day,
    fitting,
    label,
    listed,
    note,
    number,
    percent,
    same,
    section,
    sentence,
    span,
    state,
    table,
    tone,
    words,
)
from tongtu.terms.faults import DataRefused

_NAMED = 4
_STANDS: dict[str, Tone] = {"solved": "good", "case": "good", "both": "warn", "need": "warn", "achievement": "warn",
                            "nobody": "bad", "unseen": "soft"}  # fmt: skip
_BEST: dict[bool | None, Tone] = {True: "good", False: "soft", None: "warn"}


def routes(ground: Supply, most: int | None) -> Section | None:
    """Items beneath the target that can be had in several ways, each way beside the others."""
    found = [item for item in sorted(ground.cone) if len(ground.graph.routes(item)) > 1]
    if not found:
        return None
    found.sort(key=lambda item: (item != ground.target, item))
    shown = found if most is None else found[:most]
    return section("routes", [note("routes-are"), *(_compared(ground, item) for item in shown)])


def _compared(ground: Supply, item: str) -> Section:
    from tongtu.appraise.dependency import compare

    found = compare(ground.graph, ground.found, item, maturity=_levels(ground), days=_lead(ground))
    body = [[cell(same(row["route"] or "—")),
             span(row["autonomy"], row["autonomy_low"], row["autonomy_high"], tone(row["autonomy"])),
             cell(ground.name(row["autonomy_by"])), _ended(row, "maturity"), cell(ground.name(row["maturity_by"])),
             _ended(row, "days"), cell(ground.name(row["days_by"])), _ended(row, "cost"),
             because(row["why"], _BEST[row["best"]])] for row in found.routes.iter_rows(named=True)]  # fmt: skip
    heads = ("route", "autonomy/n", "decides-autonomy", "maturity/n", "decides-maturity", "days/n", "decides-days",
             "cost/n", "because/long")  # fmt: skip
    pairs = found.pairs.filter(pl.col("route") < pl.col("other"))
    told = [Paragraph(sentence(row["why"])) for row in _told(found.pairs, pairs)]
    title = words("supply.routes-to", item=label(ground.name(item)))
    return Section(title, [*table(heads, body, "nothing"), *told])


def _told(pairs: pl.DataFrame, once: pl.DataFrame) -> list[Row]:
    """Of each two routes the direction that says most."""
    both = {(row["route"], row["other"]): row for row in pairs.iter_rows(named=True)}
    weight = {"dominates": 0, "dominates_by_points": 1, "trades": 2, "unknown": 3}
    return [min((both[a, b], both[b, a]), key=lambda row: (weight[row["verdict"]], not row["better"], row["route"]))
            for a, b in once.select("route", "other").iter_rows()]  # fmt: skip


def _ended(row: Row, name: str) -> Cell:
    point, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if point is None:
        return cell(DASH if low is None else same(f"≥ {low:g}"), "soft")
    if low is not None and high is not None and high > low:
        return cell([f"{point:g}（{low:g}–{high:g}）", f"{point:g} ({low:g}–{high:g})"])
    return number(point)


def _lead(ground: Supply) -> pl.DataFrame:
    """Days until an item is delivered: the quickest of its suppliers, and how far they differ."""
    known = ground.graph.supplies.drop_nulls("lead_days").group_by("item").agg(
        pl.col("lead_days").min().alias("value"), pl.col("lead_days").max().alias("high")
    )  # fmt: skip
    return known.with_columns(low="value").sort("item")


def _levels(ground: Supply) -> pl.DataFrame | None:
    """Industrial application maturity of the furthest case about each item, where the folder has cases."""
    registry = ground.network.registry
    needs = registry["needs"].select("need", "item").drop_nulls("item")
    cases = registry["cases"].filter(pl.col("closed").is_null()).join(needs, on="need")
    if cases.is_empty():
        return None
    from tongtu import appraise

    levels = appraise.maturity(cases.drop("item"), registry, ground.network.as_of)
    whole = levels.filter(pl.col("dimension") == "overall").select("case", "level", "low", "high").drop_nulls("level")
    joined = whole.join(cases.select("case", "item"), on="case")
    best = joined.sort("item", "level", "case", descending=[False, True, False]).unique("item", keep="first")
    figures = {"value": "level", "low": "low", "high": "high"}
    return best.select("item", **{name: pl.col(of).cast(pl.Float64) for name, of in figures.items()}).sort("item")


# ------------------------------------------------------------------------------------------------ bottlenecks


def bottlenecks(ground: Supply, most: int | None) -> Section:
    """Criticality of what is beneath the target, then the dated lists with who is at work on each entry."""
    from tongtu.appraise.autonomy import criticality
    from tongtu.appraise.dependency import bottlenecks as found

    network = ground.network
    ranked = criticality(ground.graph, ground.home, target=ground.target, seed=network.seed)
    body = [[number(row["rank"]), _ranks(row), cell(ground.name(row["item"])), percent(row["autonomy"]),
             percent(row["value_share"]), number(row["days"], digits=0), number(row["criticality"], digits=2),
             percent(row["top10"]),
             because(row["why"] if row["rank"] is None else None)] for row in ranked.iter_rows(named=True)]  # fmt: skip
    heads = ("rank/n", "ranks/day", "item", "autonomy/n", "value-share/n", "substitute-days/n", "criticality/n",
             "top10/n", "because/long")  # fmt: skip
    blocks: list[Block] = [section("ranked", [note("ranked-is"), *table(heads, body, "nothing", most)])]
    lists = found(network.registry, as_of=network.as_of, critical=ranked)
    return section("bottlenecks", [*blocks, section("listed", _listed(ground, lists, most))])


def _ranks(row: Row) -> Cell:
    low, high = row["rank_low"], row["rank_high"]
    return cell(DASH, "soft") if low is None else cell(same(f"{low:g}–{high:g}" if low != high else f"{low:g}"))


def _listed(ground: Supply, lists: pl.DataFrame, most: int | None) -> list[Block]:
    body = [[cell(named(row)), _list_name(row), day(row["on"]),
             cell(ground.network.label("bottleneck_status", row["status"])),
             number(row["rank"]), cell(listed([same(one) for one in row["needs"]], _NAMED)),
             cell(listed([same(one) for one in row["achievements"]], _NAMED)),
             cell(listed([same(one) for one in row["cases"]], _NAMED)), state("stand", row["stand"], _STANDS)]
            for row in lists.iter_rows(named=True)]  # fmt: skip
    heads = ("bottleneck", "list", "on/day", "status-then/day", "rank/n", "needs", "achievements", "cases", "stand")
    return [note("listed-is"), *table(heads, body, "no-list", most)]


def _list_name(row: Row) -> Cell:
    return cell(words("supply.own-list") if row["list"] == "items" else same(row["list"]))


# ------------------------------------------------------------------------------------------------ controls


def controls(ground: Supply, most: int | None) -> Section | None:
    """Lists known and lists given: what they name, who stands on it, what remains."""
    from tongtu.appraise.dependency import hit

    parts: list[Block] = []
    for title, frame, regardless in (("controls-known", ground.controls, False),
                                     ("controls-given", ground.announced, True)):  # fmt: skip
        if frame.is_empty():
            continue
        found = hit(frame, ground.network.registry, as_of=ground.network.as_of, home=ground.home, graph=ground.graph,
                    regardless=regardless)  # fmt: skip
        told: list[Block] = [Paragraph(sentence(row["why"])) for row in found.lists.iter_rows(named=True)]
        parts.append(section(title, [*told, *_controlled(ground, found.items, most),
                                     *_reached(ground, found.reached, most)]))  # fmt: skip
    return section("controls", [note("controls-are"), *parts]) if parts else None


def _controlled(ground: Supply, items: pl.DataFrame, most: int | None) -> list[Block]:
    body = [[cell(same(row["control"])), cell(same(row["jurisdiction"])), cell(ground.name(row["item"])),
             day(row["since"]), day(row["until"]), state("control", row["state"]),
             _lost(row), because(row["why"])]
            for row in items.iter_rows(named=True)]  # fmt: skip
    heads = ("control", "by-whom/day", "item", "since/day", "until/day", "state/day", "lost-own/n", "because/long")
    return table(heads, body, "nothing", most)


def _lost(row: Row) -> Cell:
    return cell(DASH, "soft") if row["item"] is None else span(row["lost"], row["lost_low"], row["lost_high"])


def _reached(ground: Supply, reached: pl.DataFrame, most: int | None) -> list[Block]:
    body = [[state("reached", row["kind"]), cell(_who(ground, row)), cell(ground.name(row["hit"])),
             percent(1.0), span(row["after"], row["after_low"], row["after_high"], tone(row["after"])),
             cell(arrowed(ground.names(row["path"])))] for row in reached.iter_rows(named=True)]  # fmt: skip
    heads = ("kind/day", "who", "hit", "before/n", "after/n", "path/long")
    return table(heads, body, "nobody-reached", most)


def _who(ground: Supply, row: Row) -> Pair:
    if row["kind"] == "need":
        return ground.network.name("needs", row["id"], "title")
    return same(row["id"]) if row["kind"] == "case" else ground.name(row["id"])


# ------------------------------------------------------------------------------------------------ trade


def imports(ground: Supply, most: int | None) -> Section | None:
    """Products one's own side depends on others for, where the folder has trade."""
    from tongtu.appraise.dependency import GEODEP, dependency

    trade = ground.network.registry["trade"]
    if trade.is_empty():
        return None
    try:
        found = dependency(trade, ground.home).products
    except DataRefused as refused:
        return section("imports", [Paragraph(sentence(fault.what), "warn") for fault in refused.faults])
    order = pl.col("dependent").cast(pl.Int8).fill_null(0) * 2 - pl.col("dependent").is_not_null().cast(pl.Int8)
    rows = found.sort(order, "hhi_imports", "product", descending=[True, True, False], nulls_last=True)
    body = [[cell(same(row["product"])), _verdict(row["dependent"]), number(row["held"]),
             fitting(row["hhi_imports"], row["hhi_imports_low"], row["hhi_imports_high"]),
             _from(row),
             fitting(row["hhi_exports"], row["hhi_exports_low"], row["hhi_exports_high"]), _ratio(row["ratio"]),
             because(row["why"])] for row in rows.iter_rows(named=True)]  # fmt: skip
    heads = ("product/day", "dependent/day", "held/n", "hhi-imports/n", "supplier/day",
             "hhi-exports/n", "imports-per-exports/n", "because/long")  # fmt: skip
    told = note("imports-are", threshold=GEODEP.imports, ratio=GEODEP.ratio, least=GEODEP.least, years=GEODEP.years)
    return section("imports", [told, *table(heads, body, "nothing", most)])


def _verdict(value: bool | None) -> Cell:
    return cell(words("terms.unknown"), "soft") if value is None else cell(
        words("supply.is-dependent" if value else "supply.not-dependent"), "bad" if value else "good")  # fmt: skip


def _from(row: Row) -> Cell:
    """The largest source with its share."""
    share = row["supplier_share"]
    return cell(same(row["supplier"] or "—") if share is None else same(f"{row['supplier']} {share:.0%}"))


def _ratio(value: float | None) -> Cell:
    if value is not None and value == float("inf"):
        return cell(words("supply.without-exports"), "bad")
    return number(value, digits=2)
