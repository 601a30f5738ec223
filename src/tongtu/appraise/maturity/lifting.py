"""The cheapest evidence that secures a level or reaches the next, and who can produce it.

A set of dimensions is enough when, with each at its new level and everything else as it stands, the rule gives the
target. Every dimension is left, brought so far that it no longer vetoes, or brought to the target; all such choices
are looked at (three to the tenth at most), so the sets told are exact: none contains another that is enough. (The
sorting room's `smallest_change` finds the fewest; here a larger set may be cheaper or sooner.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any, Literal

import numpy as np
import polars as pl

from tongtu.appraise.maturity.rule import Rule
from tongtu.appraise.maturity.scale import Dimension, MaturityScale, maturity_scale, named, ways
from tongtu.appraise.maturity.table import OVERALL
from tongtu.terms.why import Why

#: what somebody offers: `serves` is a code of gate_service or service_category, `days` are from now until the evidence
#: is there, `opens` is when work can begin; money in minor units
OFFERS: Mapping[str, Any] = {
    "offer": pl.String, "serves": pl.String, "seller": pl.String, "region": pl.String, "price": pl.Int64,
    "currency": pl.String, "days": pl.Int64, "opens": pl.Date,
}  # fmt: skip
NEXT: Mapping[str, Any] = {
    "case": pl.String, "goal": pl.String, "target": pl.Int64, "option": pl.Int64, "size": pl.Int64,
    "dimension": pl.String, "from": pl.Int64, "to": pl.Int64, "grade": pl.String, "kind": pl.String,
    "offer": pl.String, "seller": pl.String, "region": pl.String, "near": pl.Boolean, "price": pl.Int64,
    "currency": pl.String, "days": pl.Int64, "opens": pl.Date, "status": pl.String, "total": pl.Int64,
    "total_days": pl.Int64, "why": pl.String,
}  # fmt: skip
Status = Literal["own", "offered", "unpriced", "nobody"]
Row = dict[str, Any]
_FAR = 10**18


def next_evidence(
    table: pl.DataFrame,
    offers: pl.DataFrame,
    *,
    scale: MaturityScale | None = None,
    near: Mapping[str, str | None] | None = None,
    most: int = 3,
) -> pl.DataFrame:
    """What would lift each case of `table` (the frame of `maturity`), a row per dimension of a set.

    `goal`: `next` lifts the level as far as known by one; `secure` makes that level stand even if what is unknown came
    to nothing, and `prove` does so for what a case without a level could be at most (1 where nothing is claimed).
    `option` counts up to `most` sets, cheapest first, each better than those before in something: what nobody offers,
    unknown fees, money, days, number. `from` is null where nothing is shown, `grade` is the least that supports `to`.

    Of several offers the one in the case's own region comes first (`near`: case → region), then the lower price, the
    fewer days, the id. `status`: one makes it oneself (`own`), somebody offers it at a price or without one, or
    `nobody` does. `total` counts an offer once, however much it produces, and is null where a price is unknown or
    currencies differ; `total_days` is that of the longest, as they can run side by side. A case at the top has no rows
    but those that secure it.
    """
    scale = scale or maturity_scale()
    shop = _Shop(offers, scale)
    found: list[Row] = []
    for (case,), rows in table.sort("case", maintain_order=True).group_by("case", maintain_order=True):
        told = {row["dimension"]: row for row in rows.iter_rows(named=True)}
        search = _Search(told, scale, shop, (near or {}).get(str(case)))
        for goal, target in search.goals():
            for option, chosen in enumerate(_telling(search.sets(goal, target))[:most], 1):
                found += _rows({"case": case, "goal": goal, "target": target, "option": option}, chosen)
    return pl.DataFrame(found, schema=dict(NEXT))


@dataclass(frozen=True, slots=True)
class Lift:
    """One dimension brought to a level: by which evidence, from whom."""

    dimension: str
    start: int | None
    to: int
    grade: str | None
    kind: str | None
    status: Status
    near: bool
    offer: Row

    @property
    def price(self) -> int | None:
        return 0 if self.status == "own" else self.offer.get("price")

    @property
    def days(self) -> int | None:
        return 0 if self.status == "own" else self.offer.get("days")


class _Shop:
    """Offers by what they serve, and the evidence that each grade of a dimension asks for."""

    def __init__(self, offers: pl.DataFrame, scale: MaturityScale) -> None:
        self.scale = scale
        self.kinds = {(d, g): (kind, tuple(services)) for d, g, kind, services in ways().iter_rows()}
        self.by: dict[str, list[Row]] = {}
        for row in offers.select(list(OFFERS)).sort("offer", "serves", "seller").iter_rows(named=True):
            self.by.setdefault(row["serves"], []).append(row)

    def lift(self, dimension: str, start: int | None, to: int, region: str | None) -> Lift:
        grade = self.scale.asked(to)
        kind, services = self.kinds.get((dimension, grade or ""), (None, ()))
        if kind is not None and not services:
            return Lift(dimension, start, to, grade, kind, "own", near=False, offer={})
        found = [row for service in services for row in self.by.get(service, ())]
        if not found:
            return Lift(dimension, start, to, grade, kind, "nobody", near=False, offer={})
        best = min(found, key=lambda row: _preferred(row, region))
        status: Status = "unpriced" if best["price"] is None else "offered"
        near = region is not None and best["region"] == region
        return Lift(dimension, start, to, grade, kind, status, near=near, offer=best)


def _preferred(row: Row, region: str | None) -> tuple[Any, ...]:
    far = region is not None and row["region"] != region
    price, days = row["price"], row["days"]
    return (far, price is None, price or 0, days is None, days or 0, row["opens"] or date.max, row["offer"])


class _Search:
    """Sets of lifts that bring one case to a level."""

    def __init__(self, told: Mapping[str, Row], scale: MaturityScale, shop: _Shop, region: str | None) -> None:
        self.scale, self.shop, self.region, self.whole = scale, shop, region, told[OVERALL]
        self.shown = {d.code: told[d.code]["level"] for d in scale.dimensions}
        self.could = {d.code: told[d.code]["high"] for d in scale.dimensions}

    @cached_property
    def rule(self) -> Rule:
        return Rule(self.scale)

    def goals(self) -> Iterator[tuple[str, int]]:
        level = self.whole["level"]
        if level is None:
            yield "prove", self.whole["high"] or 1
            return
        if (self.whole["low"] or 0) < level:
            yield "secure", level
        if level < self.scale.top:
            yield "next", level + 1

    def sets(self, goal: str, target: int) -> list[tuple[Lift, ...]]:
        """Minimal sets, cheapest first. What is unknown stands in nobody's way of the next level, and secures none."""
        stands = [self._stands(d, goal) for d in self.scale.dimensions]
        choices = [self._choices(d, now, target) for d, now in zip(self.scale.dimensions, stands, strict=True)]
        tried = list(product(*choices))
        levels = self.rule.levels(np.array(tried, np.int64))
        enough = [made for made, level in zip(tried, levels.tolist(), strict=True) if level >= target]
        return sorted((self._lifts(stands, made) for made in _minimal(enough)), key=_cost)

    def _stands(self, dimension: Dimension, goal: str) -> int:
        shown, could = self.shown[dimension.code], self.could[dimension.code]
        if shown is not None:
            return int(shown)
        if goal != "next":
            return 0
        return dimension.top if could is None else int(could)

    def _choices(self, dimension: Dimension, stands: int, target: int) -> Sequence[int]:
        passing = target - self.scale.tolerance
        options = [stands]
        if dimension.required and stands < passing:
            options = [passing]
        if stands < target and target not in options:
            options.append(target)
        return options

    def _lifts(self, stands: Sequence[int], made: Sequence[int]) -> tuple[Lift, ...]:
        steps = zip(self.scale.dimensions, stands, made, strict=True)
        return tuple(
            self.shop.lift(d.code, self.shown[d.code], to, self.region) for d, now, to in steps if to > now
        )  # fmt: skip


def _telling(sets: Sequence[tuple[Lift, ...]]) -> list[tuple[Lift, ...]]:
    """Each set that is better in some way than every one before it."""
    kept: list[tuple[Lift, ...]] = []
    for one in sets:
        mine = _cost(one)[:-1]
        if not any(all(a <= b for a, b in zip(_cost(other)[:-1], mine, strict=True)) for other in kept):
            kept.append(one)
    return kept


def _minimal(enough: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Those from which nothing can be taken away: no other is as low or lower everywhere."""
    if not enough:
        return []
    rows = np.array(sorted(enough, key=sum))
    kept: list[int] = []
    for n, row in enumerate(rows):
        if not kept or not (rows[kept] <= row).all(axis=1).any():
            kept.append(n)
    return [tuple(int(value) for value in rows[n]) for n in kept]


def _cost(lifts: tuple[Lift, ...]) -> tuple[Any, ...]:
    """What nobody offers first of all to be avoided, then unknown prices, then money, days, number, names."""
    price, _ = _total(lifts)
    return (
        sum(one.status == "nobody" for one in lifts),
        sum(one.price is None for one in lifts),
        _FAR if price is None else price,
        max((one.days or 0 for one in lifts), default=0),
        len(lifts),
        tuple((one.dimension, one.to) for one in lifts),
    )


def _total(lifts: tuple[Lift, ...]) -> tuple[int | None, str | None]:
    """Each offer is paid once, however many pieces of evidence it produces."""
    paid = {one.offer.get("offer"): one for one in lifts}.values()
    currencies = {one.offer.get("currency") for one in paid if one.price}
    prices = [one.price for one in paid]
    if None in [one.price for one in lifts] or len(currencies) > 1:
        return None, None
    return sum(price for price in prices if price is not None), next(iter(currencies), None)


def _rows(head: Row, lifts: tuple[Lift, ...]) -> Iterator[Row]:
    total, _ = _total(lifts)
    days = [one.days for one in lifts]
    longest = None if None in days else max((d for d in days if d is not None), default=0)
    for one in lifts:
        yield {
            **head, "size": len(lifts), "dimension": one.dimension, "from": one.start, "to": one.to,
            "grade": one.grade, "kind": one.kind, "status": one.status,
            "near": one.near if one.offer else None, "price": one.price, "days": one.days,
            **{name: one.offer.get(name) for name in ("offer", "seller", "region", "currency", "opens")},
            "total": total, "total_days": longest, "why": _why(one).to_json(),
        }  # fmt: skip


def _why(lift: Lift) -> Why:
    args = {
        "dimension": named(lift.dimension), "start": lift.start, "to": lift.to,
        "grade": None if lift.grade is None else named(lift.grade, "evidence_grade"),
        "kind": None if lift.kind is None else named(lift.kind, "evidence_kind"),
    }  # fmt: skip
    asked = Why("appraise_maturity.lift" if lift.start is not None else "appraise_maturity.show", args)
    route = "near" if lift.near and lift.status == "offered" else lift.status
    return Why(asked.code, asked.args, (Why(f"appraise_maturity.by-{route}"),))
