"""Eligibility: a filter with a reason, never a low score.

Each rule looks at candidate pairs and returns those it refuses, with the facts that say why. A pair may be
refused for several reasons; all are kept. What is not known refuses nobody, with one exception: an
ownership chain that was laid open and does not account for the whole.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from tongtu.match import listings
from tongtu.registry import Registry

_WHOLE = 1e-6  # shares are typed as decimals

#: n, a: rows of need and achievement; rule: code of the reason; the rest: its facts
SCHEMA = {
    "n": pl.Int64,
    "a": pl.Int64,
    "rule": pl.String,
    "name": pl.String,
    "day": pl.Date,
    "value": pl.Float64,
    "limit": pl.Float64,
}


@dataclass(frozen=True)
class Standing:
    """Who holds what and who is bound to whom at a date.

    `parties`: a, organisation (holder and co-owners in force). `offers`: a, state, posted, trl, open, share
    (sum of ownership in force; null where no chain is recorded or a share is missing).
    `conflicts`: organisation, party, kind, until; both ways round. `root`: organisation → its group.
    """

    parties: pl.DataFrame
    offers: pl.DataFrame
    conflicts: pl.DataFrame
    root: dict[str, str]

    @cached_property
    def holders(self) -> list[list[str]]:
        """Organisations by row of the achievement."""
        found: list[list[str]] = [[] for _ in range(self.offers.height)]
        for a, organisation in self.parties.iter_rows():
            found[a].append(organisation)
        return found

    @cached_property
    def is_open(self) -> list[bool]:
        """By row: published, posted, and its ownership accounted for."""
        return self.offers.select(pl.col("open") & ~_unaccounted()).to_series().to_list()

    def related(self, organisation: str) -> list[str]:
        """Who may not answer this organisation: itself, its group, and those it has a conflict with."""
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


def standing(registry: Registry, offers: pl.DataFrame, as_of: date) -> Standing:
    """From the registry, for achievements with their `row`."""
    rows = offers.select("achievement", pl.col("row").alias("a"))
    owners = registry["ownership"].filter(pl.col("right") == "owner", _in_force(as_of))
    co_owners = owners.join(rows, on="achievement").select("a", organisation="holder").drop_nulls()
    own = offers.select(pl.col("row").alias("a"), "organisation").drop_nulls()
    parties = pl.concat([own, co_owners]).unique().sort("a", "organisation")
    facts = offers.select(
        "achievement", pl.col("row").alias("a"), "state", "posted", "trl", open=listings.is_published(as_of)
    )
    facts = facts.join(_shares(registry, owners), on="achievement", how="left", maintain_order="left")
    return Standing(parties, facts.drop("achievement"), _conflicts(registry, as_of), _roots(registry))


def refuse(candidates: pl.DataFrame, needs: pl.DataFrame, now: Standing) -> pl.DataFrame:
    """Refusals of candidate pairs (n, a) by every rule but indicators: frame of `SCHEMA`."""
    asked = needs.select(pl.col("row").alias("n"), pl.col("organisation").alias("asker"), "trl_min")
    pairs = candidates.select("n", "a").join(asked, on="n").join(now.offers, on="a")
    meeting = pairs.select("n", "a", "asker").join(now.parties, on="a")
    found = [_own(meeting), _group(meeting, now), _conflict(meeting, now), *_listing(pairs), _level(pairs)]
    empty = pl.DataFrame(schema=SCHEMA)
    return pl.concat([empty, *found], how="diagonal_relaxed").unique().sort("n", "a", "rule", "name", "day")


def _own(meeting: pl.DataFrame) -> pl.DataFrame:
    return _rule(meeting.filter(pl.col("asker") == pl.col("organisation")), "match.refused-own")


def _group(meeting: pl.DataFrame, now: Standing) -> pl.DataFrame:
    """Under one owner, however many levels up."""
    root = pl.DataFrame(list(now.root.items()), schema=["organisation", "root"], orient="row")
    root = root.cast(pl.String)
    both = meeting.filter(pl.col("asker") != pl.col("organisation")).join(root, on="organisation")
    both = both.join(root.rename({"organisation": "asker", "root": "asker_root"}), on="asker")
    same = both.filter(pl.col("root") == pl.col("asker_root"))
    return _rule(same, "match.refused-group", name=pl.col("root"))


def _conflict(meeting: pl.DataFrame, now: Standing) -> pl.DataFrame:
    facing = meeting.rename({"organisation": "party"})
    found = facing.join(now.conflicts.rename({"organisation": "asker"}), on=["asker", "party"])
    return _rule(found, "match.refused-conflict", name=pl.col("kind"), day=pl.col("until"))


def _listing(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    state = pl.col("state").fill_null("published") != "published"
    early = ~pl.col("open") & ~state
    return [
        _rule(pairs.filter(state), "match.refused-state", name=pl.col("state")),
        _rule(pairs.filter(early), "match.refused-not-posted", day=pl.col("posted")),
        _rule(pairs.filter(_unaccounted()), "match.refused-ownership", value=pl.col("share")),
    ]


def _level(pairs: pl.DataFrame) -> pl.DataFrame:
    short = pairs.filter(pl.col("trl") < pl.col("trl_min"))
    return _rule(short, "match.refused-trl", value=pl.col("trl"), limit=pl.col("trl_min"))


def _rule(refused: pl.DataFrame, code: str, **facts: pl.Expr) -> pl.DataFrame:
    typed = {name: fact.cast(SCHEMA[name]) for name, fact in facts.items()}
    return refused.select("n", "a", pl.lit(code).alias("rule"), **typed)


def _unaccounted() -> pl.Expr:
    return ((pl.col("share") - 1.0).abs() > _WHOLE).fill_null(False)


def _shares(registry: Registry, owners: pl.DataFrame) -> pl.DataFrame:
    """Sum of owners' shares of each achievement that has a chain; null where a share is not stated."""
    chained = registry["ownership"].select("achievement").unique()
    sums = owners.group_by("achievement").agg(
        share=pl.when(pl.col("share").is_null().any()).then(None).otherwise(pl.col("share").sum()),
        owners=pl.len(),
    )
    joined = chained.join(sums, on="achievement", how="left")
    none_left = pl.col("owners").is_null()
    return joined.select("achievement", share=pl.when(none_left).then(0.0).otherwise(pl.col("share")))


def _conflicts(registry: Registry, as_of: date) -> pl.DataFrame:
    now = registry["conflicts"].filter(_in_force(as_of))
    there = now.select(organisation="a", party="b", kind="kind", until="until")
    back = now.select(organisation="b", party="a", kind="kind", until="until")
    return pl.concat([there, back]).unique().sort("organisation", "party", "kind", "until")


def _in_force(as_of: date) -> pl.Expr:
    begun = (pl.col("since") <= as_of).fill_null(True)
    return begun & (pl.col("until") >= as_of).fill_null(True)


def _roots(registry: Registry) -> dict[str, str]:
    """Organisation → the last owner up its chain of groups; in a ring of owners, the first by id."""
    rows = registry["organisations"].select("organisation", "owner_group").iter_rows()
    above = {organisation: group for organisation, group in rows if group}
    roots: dict[str, str] = {}
    for organisation in registry["organisations"]["organisation"].to_list():
        path = [organisation]
        while (last := path[-1]) in above and above[last] not in path:
            path.append(above[last])
        ring = path[path.index(above[last]) :] if last in above else [last]
        roots[organisation] = min(ring)
    return roots
