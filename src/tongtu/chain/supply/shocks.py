"""What happens when somebody stops: cut sets, how long stocks last, disruption day by day, percolation."""

from __future__ import annotations

import polars as pl

from tongtu.chain.dossier.charts import Lines, Rule, Scale, Series
from tongtu.chain.dossier.document import Block, Cell, Section, Tone
from tongtu.chain.supply.ground import Supply
from tongtu.chain.supply.pieces import (
    DASH,
    Row,
    arrowed,
    because,
    cell,
    chained,
    chart,
    facts,
    joined,
    label,
    listed,
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
from tongtu.terms.why import Label

_NAMED = 6


def cuts(ground: Supply, most: int | None) -> Section:
    """Each foreign jurisdiction by itself, then one or two whose end ends the target."""
    from tongtu.appraise.autonomy import cuts as found

    blocks: list[Block] = [section("alone", _alone(ground, most)), note("cuts-are", item=_target(ground))]
    if ground.enough:
        blocks.append(note("enough-is", share=f"{ground.enough:.0%}"))
    for by in ("jurisdiction", "supplier"):
        rows = found(ground.graph, ground.target, by=by, enough=ground.enough)
        if by == "jurisdiction":  # nobody imposes a control on himself
            rows = rows.filter(
                ~pl.col("first").is_in(ground.home), ~pl.col("second").is_in(ground.home).fill_null(False)
            )
        body = [[cell(chained((row["first"], row["second"])), "bad" if row["order"] == 1 else "warn"),
                 number(row["order"]), cell(listed(ground.names(row["killed"]), _NAMED)),
                 cell(arrowed(ground.names(row["path"])))] for row in rows.iter_rows(named=True)]  # fmt: skip
        heads = (f"cut-{by}", "order/n", "killed", "path/long")
        blocks.append(section(f"cuts-{by}", table(heads, body, f"no-cut-{by}", most)))
    return section("cuts", blocks)


def _target(ground: Supply) -> Label:
    return label(ground.name(ground.target))


def _alone(ground: Supply, most: int | None) -> list[Block]:
    body = []
    for place, left in ground.alone:
        share = left.of(ground.target)
        rows = left.lost.filter(pl.col("item").is_in(sorted(ground.cone))).sort(
            "lost", descending=True, nulls_last=True
        )
        direct = rows.filter(pl.col("suppliers").list.len() > 0)["item"].to_list()
        steps = left.after.path(ground.target) if share.low < 1.0 else ()
        body.append([cell(same(place)), span(*share, tone(share.point)), number(len(direct)),
                     cell(listed(ground.names(direct), _NAMED)), cell(arrowed(ground.names(steps)))])  # fmt: skip
    heads = ("place/day", "remains/n", "items-direct/n", "which", "path/long")
    return [note("alone-is", item=_target(ground)), *table(heads, body, "no-foreign", most)]


def endurance(ground: Supply, most: int | None) -> Section:
    """Stock against the time until supply is back, item by item; what runs out first stands first."""
    from tongtu.appraise.autonomy import endurance as found

    rows = found(ground.graph, ground.target).filter(pl.col("item").is_in(sorted(ground.cone)))
    rows = rows.with_columns(short=pl.col("short").cast(pl.Int8)).sort(
        "short", "gap", "item", descending=[True, False, False], nulls_last=True
    )
    body = [[cell(ground.name(row["item"])), number(row["survives"], digits=0), number(row["recovers"], digits=0),
             _means(row["by"]), number(row["gap"], "bad" if row["short"] else "", digits=0),
             number(row["reach"], digits=0), because(row["why"])] for row in rows.iter_rows(named=True)]  # fmt: skip
    heads = ("item", "survives/n", "recovers/n", "recovers-by/day", "gap/n", "reach/n", "because/long")
    return section("endurance", [note("endurance-is"), *table(heads, body, "nothing", most)])


def _means(by: str | None) -> Cell:
    return state("by", "substitute-item" if by == "substitute" else by)


def _direct(lost: Row | None) -> Cell:
    """What an item loses itself; a dash where it is hit through its inputs alone."""
    return cell(DASH, "soft") if lost is None else span(lost["lost"], lost["lost_low"], lost["lost_high"])


def disruption(ground: Supply, most: int | None) -> Section | None:
    """Those named in `--without` stop: what is short from when, and what remains."""
    from tongtu.appraise.autonomy import disrupt
    from tongtu.appraise.dependency import stop

    who = [*ground.jurisdictions, *ground.suppliers]
    if not who:
        return None
    places, firms = ground.jurisdictions, ground.suppliers
    left = stop(ground.graph, jurisdictions=places, suppliers=firms)
    remains = left.of(ground.target)
    days = disrupt(ground.graph, jurisdictions=places, suppliers=firms, days=ground.days)
    days = days.filter(pl.col("item").is_in(sorted(ground.cone)))
    lost = {row["item"]: row for row in left.lost.iter_rows(named=True)}
    tones: Tone = tone(remains.point)
    direct = sum(item in ground.cone and bool(row["suppliers"]) for item, row in lost.items())
    told = facts(("who-stops", cell(joined([same(one) for one in who]))),
                 ("items-direct", number(direct)),
                 ("remains", span(remains.point, remains.low, remains.high, tones)))  # fmt: skip
    body = [
        [cell(ground.name(row["item"])), _direct(lost.get(row["item"])),
         span(*left.of(row["item"])), number(row["hit"], digits=0), number(row["stops"], "bad", digits=0),
         number(row["recovers"], digits=0), number(row["lost"], digits=0), yes_no(row["sure"], good=True)]
        for row in days.iter_rows(named=True)
    ]  # fmt: skip
    heads = ("item", "lost-own/n", "remains/n", "hit-day/n", "stops-day/n", "back-day/n", "lost-days/n", "sure/day")
    return section("disruption", [note("disruption-is"), told, *table(heads, body, "nobody-hit", most)])


def percolation(ground: Supply) -> Section:
    """Suppliers leave one by one, the largest first, or by chance: what share of items is still served."""
    from tongtu.appraise.autonomy import collapse, percolate

    target = ground.target
    sorted_ = percolate(ground.graph, target=target, by="supplier", order="share")
    chance = percolate(ground.graph, target=target, by="supplier", order="random", seed=ground.network.seed)
    share = Scale(words("supply.removed"), "share", low=0.0, high=1.0)
    series = [_series("largest-first", sorted_, "items"), _series("by-chance", chance, "items", band=True),
              _series("target-by-chance", chance, "target", dashed=True)]  # fmt: skip
    end = collapse(sorted_)
    rules = [] if end is None else [Rule("x", end, words("supply.collapse"), "bad")]
    picture = Lines(share, Scale(words("supply.still-served"), "share", low=0.0, high=1.0), series, rules)
    told = facts(("collapse-largest", percent(end, 0, "bad")), ("collapse-chance", percent(collapse(chance))))
    blocks: list[Block] = [note("percolation-is"), told, chart("percolation", picture, item=label(ground.name(target)))]
    return section("percolation", blocks)


def _series(code: str, rows: pl.DataFrame, column: str, *, band: bool = False, dashed: bool = False) -> Series:
    points = [(f, v) for f, v in rows.select("fraction", column).iter_rows() if v is not None]
    ends = [(a, b) for a, b in rows.select("items_low", "items_high").iter_rows()] if band else []
    return Series(
        words(f"supply.{code}"), points, "dashed" if dashed else "step", band=ends if len(ends) == len(points) else ()
    )
