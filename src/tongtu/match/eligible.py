"""Eligibility: a filter with a reason, never a low score.

Each rule looks at candidate pairs and returns those it refuses, with the facts that say why. A pair may be
refused for several reasons; all are kept. What is not known refuses nobody, with one exception: an
ownership chain that was laid open and does not account for the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np
import polars as pl

from tongtu.match import sides
from tongtu.registry import Registry

_WHOLE = 1e-6  # shares are typed as decimals

#: n, a: rows of question and answer; rule: code of the reason; the rest: its facts
SCHEMA = {
    "n": pl.Int64,
    "a": pl.Int64,
    "rule": pl.String,
    "name": pl.String,
    "day": pl.Date,
    "value": pl.Float64,
    "limit": pl.Float64,
}

Refusal = tuple[int, int, str, str | None, date | None, float | None, float | None]

#: verdicts of the rules room: who, by which scheme, met or not, and why
VERDICTS = {"organisation": pl.String, "scheme": pl.String, "verdict": pl.String, "why": pl.String}


@dataclass(frozen=True)
class Standing:
    """Who holds what and who is bound to whom at a date.

    `holders`: organisations by row of the answer (holder and co-owners in force). `offers`: a, state, posted, closes,
    trl, trl_min, scheme, share (sum of ownership in force; null where no chain is recorded or one is missing),
    `closed` (the rule by which it answers nobody, if any) and `unaccounted` (its shares do not make the whole).
    `conflicts`: organisation, party, kind, until; both ways round. `root`: organisation → its group.
    `trades`: the owners of both sides make a deal, so they must not be one. `verdicts`: see `VERDICTS`.
    """

    holders: Sequence[Sequence[str]]
    offers: pl.DataFrame
    conflicts: pl.DataFrame
    root: dict[str, str]
    trades: bool
    ask_demands: bool
    verdicts: pl.DataFrame

    @cached_property
    def is_open(self) -> list[bool]:
        """By row: published, posted, not past, and its ownership accounted for."""
        return openly(self.offers)

    def related(self, organisation: str | None) -> list[str]:
        """Who may not answer this organisation: itself, its group, and those it has a conflict with."""
        if organisation is None or not self.trades:
            return []
        group = self._members[self.root.get(organisation, organisation)] | {organisation}
        return sorted(group | self._opponents[organisation])

    @cached_property
    def _members(self) -> defaultdict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for organisation, root in self.root.items():
            found[root].add(organisation)
        return found

    @cached_property
    def _opponents(self) -> defaultdict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for organisation, party in self.conflicts.select("organisation", "party").iter_rows():
            found[organisation].add(party)
        return found


def standing(
    registry: Registry, ask: str, answers: pl.DataFrame, answer: str, as_of: date, verdicts: pl.DataFrame | None = None
) -> Standing:
    """From the registry, for the listings that answer (`sides.SCHEMA`) a question of kind `ask`."""
    asked, answered = sides.kind_of(ask), sides.kind_of(answer)
    holders, offers = held(registry, answers, answer, as_of)
    return Standing(
        holders=holders,
        offers=offers,
        conflicts=conflicts(registry, as_of),
        root=roots(registry),
        trades=asked.trades and answered.trades,
        ask_demands=asked.demands or not answered.demands,
        verdicts=pl.DataFrame(schema=VERDICTS) if verdicts is None else verdicts.select(list(VERDICTS)),
    )


def held(registry: Registry, answers: pl.DataFrame, answer: str, as_of: date) -> tuple[list[list[str]], pl.DataFrame]:
    """Who holds each answer, and how it stands: `Standing.holders` and `Standing.offers`."""
    facts = answers.select(_stated(as_of)).rename({"row": "a"})
    parties = [*answers[["row", "organisation"]].iter_rows()]
    if answer == "achievement" and registry["ownership"].height:
        shares, co_owners = _ownership(registry, answers, as_of)
        facts = facts.drop("share", "unaccounted").join(shares, on="a", how="left", maintain_order="left")
        facts = facts.with_columns(unaccounted=_unaccounted())
        parties += co_owners.iter_rows()
    holders: list[set[str]] = [set() for _ in range(answers.height)]
    for a, organisation in parties:
        if organisation is not None:
            holders[a].add(organisation)
    return list(map(sorted, holders)), facts


@cache
def _stated(as_of: date) -> list[pl.Expr]:
    """`Standing.offers` where no chain of owners is recorded."""
    facts = [pl.col(c) for c in ("row", "state", "posted", "closes", "trl", "trl_min", "scheme")]
    share, whole = pl.lit(None, pl.Float64).alias("share"), pl.lit(False).alias("unaccounted")
    return [*facts, _closed(as_of).alias("closed"), share, whole]


def openly(offers: pl.DataFrame) -> list[bool]:
    """By row: published, posted, not past, and its ownership accounted for."""
    return [closed is None and not unaccounted for closed, unaccounted in offers[["closed", "unaccounted"]].iter_rows()]


def refuse(candidates: pl.DataFrame, asked: pl.DataFrame, now: Standing) -> pl.DataFrame:
    """Refusals of candidate pairs (n, a) by every rule but indicators: frame of `SCHEMA`.

    `asked`: the questions' listings, at least those that stand in a pair.
    """
    pairs = _Pairs(candidates, asked, now)
    found = [*_listing(pairs), *_level(pairs, now), *_scheme(pairs, now)]
    if now.trades:
        found += _meeting(pairs, now)
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    return pl.DataFrame(list(set(found)), schema=SCHEMA, orient="row").sort("n", "a", "rule", "name", "day")


class _Pairs:
    """Candidate pairs with what rules look at: `asked` of the questions, `offers` of the answers, a row each."""

    def __init__(self, candidates: pl.DataFrame, asked: pl.DataFrame, now: Standing) -> None:
        self.n, self.a = candidates["n"].to_list(), candidates["a"].to_list()
        places = np.searchsorted(asked["row"].to_numpy(), candidates["n"].to_numpy())
        self.asked = asked[["organisation", "trl", "trl_min", "scheme"]][places]
        self.offers = now.offers[candidates["a"]]


def conflicts(registry: Registry, as_of: date) -> pl.DataFrame:
    """organisation, party, kind, until: declared conflicts in force, both ways round."""
    now = registry["conflicts"].filter(_in_force(as_of))
    there = now.select(organisation="a", party="b", kind="kind", until="until")
    back = now.select(organisation="b", party="a", kind="kind", until="until")
    return pl.concat([there, back]).unique().sort("organisation", "party", "kind", "until")


def roots(registry: Registry) -> dict[str, str]:
    """Organisation → the last owner up its chain of groups; in a ring of owners, the first by id."""
    rows = registry["organisations"].select("organisation", "owner_group").iter_rows()
    above = {organisation: group for organisation, group in rows if group}
    found: dict[str, str] = {}
    for organisation in registry["organisations"]["organisation"].to_list():
        path = [organisation]
        while (last := path[-1]) in above and above[last] not in path:
            path.append(above[last])
        ring = path[path.index(above[last]) :] if last in above else [last]
        found[organisation] = min(ring)
    return found


def _meeting(pairs: _Pairs, now: Standing) -> Iterator[Refusal]:
    """Who would meet itself, its own group however many levels up, or a party to a conflict."""
    bound = defaultdict(list)
    for organisation, party, kind, until in now.conflicts.iter_rows():
        bound[organisation, party].append((kind, until))
    for n, a, asker in zip(pairs.n, pairs.a, pairs.asked["organisation"], strict=True):
        root = now.root.get(asker)
        for holder in now.holders[a] if asker is not None else ():
            if holder == asker:
                yield _refusal(n, a, "own")
            elif root is not None and now.root.get(holder) == root:
                yield _refusal(n, a, "group", name=root)
            for kind, until in bound.get((asker, holder), ()):
                yield _refusal(n, a, "conflict", name=kind, day=until)


def _closed(as_of: date) -> pl.Expr:
    """The rule by which a listing answers nobody at a date."""
    state = pl.col("state").fill_null("published") != "published"
    early, past = (pl.col("posted") > as_of).fill_null(False), (pl.col("closes") < as_of).fill_null(False)
    codes = map(pl.lit, ("state", "not-posted", "past"))
    which = zip((state, early, past), codes, strict=True)
    return pl.coalesce(pl.when(broken).then(code) for broken, code in which)


def _listing(pairs: _Pairs) -> Iterator[Refusal]:
    """What is said of the answer alone."""
    told = {"state": ("name", "state"), "not-posted": ("day", "posted"), "past": ("day", "closes")}
    offers = pairs.offers
    for k in offers["closed"].is_not_null().arg_true():
        rule = offers["closed"][k]
        fact, column = told[rule]
        yield _refusal(pairs.n[k], pairs.a[k], rule, **{fact: offers[column][k]})
    for k in offers["unaccounted"].arg_true():
        yield _refusal(pairs.n[k], pairs.a[k], "ownership", value=offers["share"][k])


def _level(pairs: _Pairs, now: Standing) -> Iterator[Refusal]:
    """Whoever demands a least level is not answered from below it."""
    answer, question = (pairs.offers, pairs.asked) if now.ask_demands else (pairs.asked, pairs.offers)
    level, limit = answer["trl"], question["trl_min"]
    for k in (level < limit).arg_true():
        yield _refusal(pairs.n[k], pairs.a[k], "trl", value=float(level[k]), limit=float(limit[k]))


def _scheme(pairs: _Pairs, now: Standing) -> Iterator[Refusal]:
    """A call or programme names the rules its applicants are judged by; who fails them is told which."""
    if now.verdicts.is_empty():
        return
    failed = defaultdict(list)
    unmet = now.verdicts.filter(verdict="unmet").drop_nulls(["organisation", "scheme"])
    for organisation, scheme, why in unmet.select("organisation", "scheme", "why").iter_rows():
        failed[organisation, scheme].append(why)
    sides = zip(
        pairs.n, pairs.a, *(pairs.asked[c] for c in ("organisation", "scheme")), pairs.offers["scheme"], strict=True
    )
    for n, a, asker, asked, offered in sides:
        for organisation, scheme in [(asker, offered), *((holder, asked) for holder in now.holders[a])]:
            for why in failed.get((organisation, scheme), ()):
                yield _refusal(n, a, "rule", name=why)


def _refusal(
    n: int, a: int, rule: str, name: str | None = None, day: date | None = None, value: float | None = None,
    limit: float | None = None,
) -> Refusal:  # fmt: skip
    return n, a, f"match.refused-{rule}", name, day, value, limit


def _unaccounted() -> pl.Expr:
    return ((pl.col("share") - 1.0).abs() > _WHOLE).fill_null(False)


def _ownership(registry: Registry, answers: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sum of owners' shares of each achievement that has a chain (null where one is not stated), and co-owners."""
    rows = answers.select("row", achievement="id")
    owners = registry["ownership"].filter(pl.col("right") == "owner", _in_force(as_of))
    sums = owners.group_by("achievement").agg(
        share=pl.when(pl.col("share").is_null().any()).then(None).otherwise(pl.col("share").sum()),
        owners=pl.len(),
    )
    chained = registry["ownership"].select("achievement").unique().join(sums, on="achievement", how="left")
    none_left = pl.col("owners").is_null()
    shares = chained.join(rows, on="achievement").select(
        a="row", share=pl.when(none_left).then(0.0).otherwise(pl.col("share"))
    )
    co_owners = owners.join(rows, on="achievement").select(a="row", organisation="holder").drop_nulls()
    return shares, co_owners


def _in_force(as_of: date) -> pl.Expr:
    begun = (pl.col("since") <= as_of).fill_null(True)
    return begun & (pl.col("until") >= as_of).fill_null(True)
