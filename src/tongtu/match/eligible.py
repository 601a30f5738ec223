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

#: verdicts of the rules room: who, by which scheme, met or not, and why
VERDICTS = {"organisation": pl.String, "scheme": pl.String, "verdict": pl.String, "why": pl.String}


@dataclass(frozen=True)
class Standing:
    """Who holds what and who is bound to whom at a date.

    `parties`: a, organisation (holder and co-owners in force). `offers`: a, state, posted, closes, trl, trl_min,
    scheme, open, share (sum of ownership in force; null where no chain is recorded or a share is missing).
    `conflicts`: organisation, party, kind, until; both ways round. `root`: organisation → its group.
    `trades`: the owners of both sides make a deal, so they must not be one. `verdicts`: see `VERDICTS`.
    """

    parties: pl.DataFrame
    offers: pl.DataFrame
    conflicts: pl.DataFrame
    root: dict[str, str]
    trades: bool
    ask_demands: bool
    verdicts: pl.DataFrame

    @cached_property
    def holders(self) -> list[list[str]]:
        """Organisations by row of the answer."""
        found: list[list[str]] = [[] for _ in range(self.offers.height)]
        for a, organisation in self.parties.iter_rows():
            found[a].append(organisation)
        return found

    @cached_property
    def is_open(self) -> list[bool]:
        """By row: published, posted, not past, and its ownership accounted for."""
        return self.offers.select(pl.col("open") & ~_unaccounted()).to_series().to_list()

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
    own = answers.select(pl.col("row").alias("a"), "organisation").drop_nulls()
    shares, co_owners = _ownership(registry, answers, as_of) if answer == "achievement" else (None, own.clear())
    facts = answers.select(
        pl.col("row").alias("a"), "state", "posted", "closes", "trl", "trl_min", "scheme", open=sides.is_open(as_of)
    )
    known = shares if shares is not None else pl.DataFrame(schema={"a": pl.Int64, "share": pl.Float64})
    return Standing(
        parties=pl.concat([own, co_owners]).unique().sort("a", "organisation"),
        offers=facts.join(known, on="a", how="left", maintain_order="left"),
        conflicts=conflicts(registry, as_of),
        root=roots(registry),
        trades=asked.trades and answered.trades,
        ask_demands=asked.demands or not answered.demands,
        verdicts=pl.DataFrame(schema=VERDICTS) if verdicts is None else verdicts.select(list(VERDICTS)),
    )


def refuse(candidates: pl.DataFrame, asked: pl.DataFrame, now: Standing, as_of: date) -> pl.DataFrame:
    """Refusals of candidate pairs (n, a) by every rule but indicators: frame of `SCHEMA`.

    `asked`: the questions' listings, at least those that stand in a pair.
    """
    asking = asked.select(pl.col("row").alias("n"), pl.col("organisation").alias("asker"), "trl", "trl_min", "scheme")
    offers = now.offers[candidates["a"].unique().sort()]
    pairs = candidates.select("n", "a").join(asking, on="n").join(offers, on="a", suffix="_a")
    found = [*_listing(pairs, as_of), _level(pairs, now), *_scheme(pairs, now)]
    if now.trades:
        parties = now.parties.join(offers.select("a"), on="a", how="semi")
        meeting = pairs.select("n", "a", "asker").join(parties, on="a")
        found += [_own(meeting), _group(meeting, now), _conflict(meeting, now)]
    empty = pl.DataFrame(schema=SCHEMA)
    return pl.concat([empty, *found], how="diagonal_relaxed").unique().sort("n", "a", "rule", "name", "day")


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


def _own(meeting: pl.DataFrame) -> pl.DataFrame:
    return _rule(meeting.filter(pl.col("asker") == pl.col("organisation")), "match.refused-own")


def _group(meeting: pl.DataFrame, now: Standing) -> pl.DataFrame:
    """Under one owner, however many levels up."""
    others = meeting.filter(pl.col("asker") != pl.col("organisation"))
    seen = pl.concat([others["asker"], others["organisation"]]).unique().to_list()
    root = {organisation: now.root[organisation] for organisation in seen if organisation in now.root}
    of = {
        name: pl.col(name).replace_strict(root, default=None, return_dtype=pl.String)
        for name in ("asker", "organisation")
    }
    same = others.filter(of["asker"] == of["organisation"])
    return _rule(same, "match.refused-group", name=of["organisation"])


def _conflict(meeting: pl.DataFrame, now: Standing) -> pl.DataFrame:
    facing = meeting.rename({"organisation": "party"})
    found = facing.join(now.conflicts.rename({"organisation": "asker"}), on=["asker", "party"])
    return _rule(found, "match.refused-conflict", name=pl.col("kind"), day=pl.col("until"))


def _listing(pairs: pl.DataFrame, as_of: date) -> list[pl.DataFrame]:
    state = pl.col("state").fill_null("published") != "published"
    early = (pl.col("posted") > as_of).fill_null(False) & ~state
    past = (pl.col("closes") < as_of).fill_null(False) & ~state & ~early
    return [
        _rule(pairs.filter(state), "match.refused-state", name=pl.col("state")),
        _rule(pairs.filter(early), "match.refused-not-posted", day=pl.col("posted")),
        _rule(pairs.filter(past), "match.refused-past", day=pl.col("closes")),
        _rule(pairs.filter(_unaccounted()), "match.refused-ownership", value=pl.col("share")),
    ]


def _level(pairs: pl.DataFrame, now: Standing) -> pl.DataFrame:
    """Whoever demands a least level is not answered from below it."""
    level, limit = ("trl_a", "trl_min") if now.ask_demands else ("trl", "trl_min_a")
    short = pairs.filter(pl.col(level) < pl.col(limit))
    return _rule(short, "match.refused-trl", value=pl.col(level), limit=pl.col(limit))


def _scheme(pairs: pl.DataFrame, now: Standing) -> list[pl.DataFrame]:
    """A call or programme names the rules its applicants are judged by; who fails them is told which."""
    if now.verdicts.is_empty():
        return []
    failed = now.verdicts.filter(pl.col("verdict") == "unmet")
    there = pairs.join(failed.rename({"organisation": "asker", "scheme": "scheme_a"}), on=["asker", "scheme_a"])
    holders = now.parties.rename({"organisation": "holder"})
    back = pairs.join(holders, on="a").join(failed.rename({"organisation": "holder"}), on=["holder", "scheme"])
    return [_rule(found, "match.refused-rule", name=pl.col("why")) for found in (there, back)]


def _rule(refused: pl.DataFrame, code: str, **facts: pl.Expr) -> pl.DataFrame:
    typed = {name: fact.cast(SCHEMA[name]) for name, fact in facts.items()}
    return refused.select("n", "a", pl.lit(code).alias("rule"), **typed)


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
