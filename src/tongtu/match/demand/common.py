"""`common`: alike open needs of many organisations, gathered into common demands and ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import polars as pl

from tongtu.match import eligible, listings
from tongtu.match.demand import alike, demanded, worth
from tongtu.match.demand.frames import DEMANDS, MEMBERS, made
from tongtu.match.demand.ground import ground
from tongtu.match.demand.seen import count_told, may_see
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.solve import Progress, check
from tongtu.terms.why import Label, Why

_NAMED = 3  # concepts in a label
_MOST = 0.5  # a concept is the demand's own where at least this share of its needs names it
_URGENCIES = ("high", "medium", "low")
_READ = (
    "row", "organisation", "owner_group", "title", "title_en", "urgency", "directions", "regions", "closes",
    "trl_min", "trl_target",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Demands:
    """Common demands as a viewer of class `see` may know them: frames of `frames.DEMANDS`, `MEMBERS`, `BUDGETS`
    and `INDICATORS`. A demand of one need is listed too, so that every open need stands in exactly one."""

    demands: pl.DataFrame
    members: pl.DataFrame
    budgets: pl.DataFrame
    indicators: pl.DataFrame
    see: str


@dataclass(frozen=True, slots=True)
class Named:
    """The concepts that listings name, and how a group of them is called.

    `places`: concepts that say where a thing is used; they stand last.
    """

    side: listings.Side
    labels: Mapping[str, Label]
    places: frozenset[str]

    def own(self, rows: Sequence[int], centre: int) -> list[str]:
        """Concepts at least half of the listings name: first those of the central title, then the commonest."""
        counted = Counter(concept for row in rows for concept in self.side.named[row])
        own = (c for c, n in counted.items() if n >= _MOST * len(rows))
        titled = self.side.titled[centre]
        return sorted(own, key=lambda c: (c in self.places, c not in titled, -counted[c], c))

    def label(self, own: Sequence[str], centre: Row) -> Label:
        """The shared concepts that the central title names; that title itself where there is none."""
        names = [self.labels[c] for c in own if c in self.side.titled[centre["row"]]][:_NAMED]
        if not names:
            return Label(centre["title"] or centre["need"], centre["title_en"] or "")
        english = [name.en for name in names if name.en]
        whole = ", ".join(english) if len(english) == len(names) else ""
        return Label("、".join(name.say("zh") for name in names), whole)


def common(
    registry: Registry,
    glossary: pl.DataFrame,
    as_of: date,
    *,
    see: str = "core",
    least: float = alike.LEAST,
    seed: int = 0,
    vocabularies: Vocabularies | None = None,
    progress: Progress | None = None,
) -> Demands:
    """Gather the open needs that are alike: see `alike` for how, `worth` for how demands are ranked.

    Groups are formed from what the viewer may read and nothing else. How many owner groups stand behind a
    demand and what they would pay together is told to who may not know them singly only where that gives
    nobody away (`seen.told`); needs of one owner group count as one voice. `least`: the mean likeness that
    holds a demand together. Raises UsageFault for a class that does not exist, Cancelled when `progress` does.
    """
    tell, base = check(progress), ground(registry, glossary, as_of, see, vocabularies)
    side = base.listed("need")
    tell(0, 3, Why("match_demand.reading"))
    (rows,) = base.rows(side)
    tell(1, 3, Why("match_demand.comparing"))
    near = alike.neighbours(rows, len(alike.concept_columns(side)), least=least, seed=seed)
    tell(2, 3, Why("match_demand.gathering"))
    label = alike.groups(rows, near, least=least)
    book = _book(registry, side, label, alike.fits(rows, label), see)
    stated = demanded.shared(base.sheet("need", side.frame), book.select("row", "demand"))
    budgets = worth.budgets(book, open_=may_see(see, "needs", "budget", "currency", "organisation"))
    named = Named(side, base.known.labels, base.places)
    frame = _demands(book, named, worth.Ranking(budgets, base.view["priorities"], as_of), see)
    members = made(list(book.iter_rows(named=True)), MEMBERS).sort("demand", "need")
    tell(3, 3)
    return Demands(frame, members, budgets, stated, see)


def _book(registry: Registry, side: listings.Side, label: alike.Ints, fit: alike.Floats, see: str) -> pl.DataFrame:
    """Every open need with its demand; `voice` (its owner group), `amount` and `of` (its currency) come from the
    whole registry and are for sums alone, the other columns are as the viewer may see them."""
    ids = side.frame["id"].to_list()
    first = [ids[row] for row in np.unique(label, return_index=True)[1]]
    root = eligible.roots(registry)
    frame = side.frame.rename({"id": "need"}).with_columns(
        demand=pl.Series([f"CD-{first[group]}" for group in label], dtype=pl.String),
        fit=pl.Series(fit, dtype=pl.Float64, nan_to_null=True),
    )
    whole = registry["needs"].select("need", "budget", voice="organisation", of="currency")
    frame = frame.join(whole, on="need", how="left", maintain_order="left").with_columns(
        voice=pl.col("voice").replace(root),
        amount=pl.when(pl.col("of").is_not_null()).then(pl.col("budget")),
    )
    known = may_see(see, "needs", "organisation") and may_see(see, "organisations", "owner_group")
    return frame.with_columns(owner_group=pl.col("voice") if known else pl.lit(None, pl.String))


def _demands(book: pl.DataFrame, named: Named, ranking: worth.Ranking, see: str) -> pl.DataFrame:
    identities = may_see(see, "needs", "organisation")
    rows = []
    columns = [*_READ, "demand", "need", "voice", "fit"]
    ordered = book.sort("demand", "need").select(columns).iter_rows(named=True)
    for _, group in groupby(ordered, key=itemgetter("demand")):
        members = list(group)
        row = _facts(members, named)
        row["voices"] = count_told(len(_distinct(members, "voice")), identities=identities)
        points, parts = ranking.of(row, members)
        args = {"label": Label(row["label"], row["label_en"] or ""), "points": points, "n": row["size"]}
        told = Why("match_demand.demand", args, (*parts, *_more(row, named.labels, identities)))
        rows.append({**row, "points": points, "why": told.to_json()})
    frame = made(rows, DEMANDS).sort("points", "size", "demand", descending=[True, True, False])
    return frame.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))


def _facts(members: Sequence[Row], named: Named) -> dict[str, Any]:
    """What a demand's needs say together; `members` by id."""
    centre = max(members, key=lambda need: need["fit"] or 0.0)
    own = named.own([need["row"] for need in members], centre["row"])
    name = named.label(own, centre)
    mix = {f"urgency_{u}": sum(need["urgency"] == u for need in members) for u in _URGENCIES}
    deadlines = [need["closes"] for need in members if need["closes"] is not None]
    levels = [need["trl_target"] or need["trl_min"] or 0 for need in members]
    return {
        "demand": members[0]["demand"],
        "label": name.zh,
        "label_en": name.en or None,
        "centre": centre["need"],
        "needs": [need["need"] for need in members],
        "size": len(members),
        "organisations": _distinct(members, "organisation") or None,
        "owner_groups": _distinct(members, "owner_group") or None,
        **mix,
        "urgency_unknown": len(members) - sum(mix.values()),
        "concepts": own,
        "directions": _spread(members, "directions"),
        "regions": _spread(members, "regions"),
        "first_deadline": min(deadlines, default=None),
        "last_deadline": max(deadlines, default=None),
        "undated": len(members) - len(deadlines),
        "trl_target": max(levels) or None,
    }


def _more(row: Row, labels: Mapping[str, Label], identities: bool) -> tuple[Why, ...]:
    """Reasons beside the points: what is shared, and which needs count as one voice."""
    found = []
    if row["size"] > 1 and row["concepts"]:
        found.append(Why("match_demand.shares", {"concepts": tuple(labels[c] for c in row["concepts"])}))
    if not identities:
        found.append(Why("match_demand.identities-hidden"))
    elif row["size"] > row["voices"]:
        found.append(Why("match_demand.one-voice", {"needs": row["size"], "n": row["voices"]}))
    return tuple(found)


def _distinct(members: Sequence[Row], column: str) -> list[str]:
    return sorted({need[column] for need in members if need[column] is not None})


def _spread(members: Sequence[Row], column: str) -> list[str]:
    return sorted({value for need in members for value in need[column] or ()})
