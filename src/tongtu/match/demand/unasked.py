"""`unasked`: technologies nobody asks for, the demand nearest to each, and what separates the two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from tongtu.match import indicators, listings
from tongtu.match.demand import alike
from tongtu.match.demand.common import Demands
from tongtu.match.demand.frames import UNASKED, made
from tongtu.match.demand.ground import Ground, ground
from tongtu.match.demand.unmet import FLOOR
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label, Ratio, Why

_CHUNK = 1000  # achievements compared with all demands at a time
_DIGITS = 6
_SHORT = ("unmet", "nearly")

Row = Mapping[str, Any]


def unasked(
    demands: Demands,
    pairs: pl.DataFrame,
    refusals: pl.DataFrame,
    registry: Registry,
    glossary: pl.DataFrame,
    as_of: date,
    *,
    floor: float = FLOOR,
    vocabularies: Vocabularies | None = None,
) -> pl.DataFrame:
    """Open achievements without a pair at or above `floor`: frame of `frames.UNASKED`, the nearest demand first.

    The nearest demand is the one whose mean is most alike (see `alike`), and in it the need most alike; shared
    and missing concepts, indicators and readiness are that need's. A refusal of the two is given as the reason
    it is. `pairs`, `refusals`: as `match` returns them for the class of the demands' viewer; what is said of
    either side is what that viewer may know.
    """
    base = ground(registry, glossary, as_of, demands.see, vocabularies)
    offered = base.listed_frame("achievement").select("id")
    asked = pairs.filter(pl.col("score") >= floor).select(id="achievement")
    offers = base.listed("achievement", offered.join(asked, on="id", how="anti"))
    needs = base.listed("need", demands.members.select(id="need"))
    near = _nearest(offers, needs, demands, base)
    short = _short(near, needs, offers, base)
    refused = {(row[0], row[1]): row[2] for row in refusals.select("need", "achievement", "why").iter_rows()}
    rows = [_row(row, needs, offers, short, refused, base) for row in near.iter_rows(named=True)]
    return made(rows, UNASKED).sort("likeness", "achievement", descending=[True, False], nulls_last=True)


def _nearest(offers: listings.Side, needs: listings.Side, demands: Demands, base: Ground) -> pl.DataFrame:
    """a, n (null where nothing is alike), demand, likeness."""
    rows, asked = base.rows(offers, needs)
    order = demands.members.select("demand", id="need").sort("demand")
    numbered = needs.frame.select("row", "id").join(order, on="id", how="left", maintain_order="left")
    names = sorted(set(order["demand"].to_list()))
    number = {name: k for k, name in enumerate(names)}
    label = np.array([number[name] for name in numbered["demand"].to_list()], np.int64)
    which, likeness = _best(rows, alike.centres(asked, label))
    found = _most_alike(rows, asked, which, label)
    return pl.DataFrame(
        {
            "a": pl.Series(range(offers.rows), dtype=pl.Int64),
            "n": pl.Series(found, dtype=pl.Int64),
            "demand": pl.Series([names[k] if k >= 0 else None for k in which.tolist()], dtype=pl.String),
            "likeness": pl.Series(likeness, dtype=pl.Float64, nan_to_null=True),
        }
    )


def _best(rows: alike.Rows, centres: alike.Rows) -> tuple[alike.Ints, alike.Floats]:
    """For each row the centre most alike (-1 and NaN where none shares a column), by blocks of rows."""
    which, likeness = np.full(rows.shape[0], -1, np.int64), np.full(rows.shape[0], np.nan)
    columns = centres.T.tocsr()
    for first in range(0, rows.shape[0], _CHUNK):
        block = (rows[first : first + _CHUNK] @ columns).tocsr()
        block.data = block.data.round(_DIGITS)
        row = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        order = np.lexsort((block.indices, -block.data, row))
        filled, at = np.unique(row[order], return_index=True)
        which[first + filled] = block.indices[order[at]]
        likeness[first + filled] = block.data[order[at]]
    return which, likeness


def _most_alike(rows: alike.Rows, asked: alike.Rows, which: alike.Ints, label: alike.Ints) -> list[int | None]:
    """For each row the member of its group that is most alike, the first of equals; None where it has no group."""
    members = np.argsort(label, kind="stable")
    first = np.searchsorted(label[members], np.arange(label.max(initial=-1) + 2))
    near = np.flatnonzero(which >= 0)
    sizes = np.diff(first)[which[near]]
    a = np.repeat(near, sizes)
    place = np.arange(len(a)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    n = members[first[which[a]] + place]
    order = np.lexsort((n, -alike.dots(rows, asked, a, n), a))
    best = order[np.unique(a[order], return_index=True)[1]]
    found: list[int | None] = [None] * len(which)
    for row, member in zip(a[best].tolist(), n[best].tolist(), strict=True):
        found[row] = member
    return found


def _short(near: pl.DataFrame, needs: listings.Side, offers: listings.Side, base: Ground) -> dict[int, list[Why]]:
    """By achievement: the demanded indicators it misses, in words."""
    pairs = near.drop_nulls("n").select("n", "a")
    demanded, claimed = base.sheet("need", needs.frame), base.sheet("achievement", offers.frame)
    compared = indicators.compare(pairs, demanded, claimed).filter(pl.col("status").is_in(_SHORT))
    asks, claims = indicators.Spoken(demanded), indicators.Spoken(claimed)
    found: dict[int, list[Why]] = defaultdict(list)
    for row in compared.sort("a", "i").iter_rows(named=True):
        found[row["a"]].append(indicators.why(asks, row["i"], claims, row["j"], row["status"]))
    return found


def _row(
    near: Row,
    needs: listings.Side,
    offers: listings.Side,
    short: Mapping[int, list[Why]],
    refused: Mapping[tuple[str, str], str],
    base: Ground,
) -> dict[str, object]:
    offer = offers.frame.row(near["a"], named=True)
    label = Label(offer["title"] or offer["id"], offer["title_en"] or "")
    if near["n"] is None:
        return {"achievement": offer["id"], "why": Why("match_demand.unasked-alone", {"achievement": label}).to_json()}
    need = needs.frame.row(near["n"], named=True)
    wants, has = needs.named[near["n"]], offers.named[near["a"]]
    shared, missing = sorted(wants & has), sorted(wants - has)
    lacks = _levels(need, offer)
    told = refused.get((need["id"], offer["id"]))
    parts = [
        *([Why("match_demand.shares", {"concepts": base.names(shared)})] if shared else []),
        *([Why("match_demand.misses", {"concepts": base.names(missing)})] if missing else []),
        *short.get(near["a"], []),
        *([Why("match_demand.level-short", {"n": lacks, "trl": offer["trl"]})] if lacks else []),
        *([Why.from_json(told)] if told else []),
    ]
    args = {"need": Label(need["title"] or need["id"], need["title_en"] or ""), "likeness": Ratio(near["likeness"])}
    why = Why("match_demand.unasked", {**args, "achievement": label}, tuple(parts))
    return {
        "achievement": offer["id"], "demand": near["demand"], "need": need["id"], "likeness": near["likeness"],
        "shared": shared, "missing": missing, "indicators_short": len(short.get(near["a"], [])), "trl_short": lacks,
        "refused": told is not None, "why": why.to_json(),
    }  # fmt: skip


def _levels(need: Row, offer: Row) -> int | None:
    """Levels below the one the need aims at, or accepts at least; null where either is unknown."""
    wanted = need["trl_target"] if need["trl_target"] is not None else need["trl_min"]
    if wanted is None or offer["trl"] is None:
        return None
    return max(int(wanted) - int(offer["trl"]), 0)
