"""Titles and the tiers that award them: who stands on which, in which order, and until when a title lasts.

Which tier stands above which is what the rules themselves say: above are tiers that require a title of the one
below, and tiers whose title excludes its holders from the one below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.registry import Registry
from tongtu.rules.lifecycle import state
from tongtu.rules.model import Criterion, Group, Holds, RuleBook, Scheme, Tier, Version


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier on the ladder: `kinds` of title it awards, `height` of the longest way up to it, the rungs right below
    it, and `ladder`, the name all rungs that are connected share ('' for a tier that stands alone)."""

    scheme: Scheme
    tier: Tier
    kinds: tuple[str, ...]
    below: tuple[str, ...]
    height: int = 0
    ladder: str = ""

    @property
    def name(self) -> str:
        return f"{self.scheme.scheme}:{self.tier.tier}"


def rungs(book: RuleBook) -> dict[str, Rung]:
    """Every tier that judges organisations, as its scheme's latest version with it says, by `scheme:tier`."""
    tiers = dict(_latest(book))
    awards = {name: tier.titles for name, (_, tier) in tiers.items()}
    by_kind: dict[str, list[str]] = {}
    for name, kinds in awards.items():
        for kind in kinds:
            by_kind.setdefault(kind, []).append(name)
    below: dict[str, set[str]] = {name: set() for name in tiers}
    for name, (_, tier) in tiers.items():
        for kind in required(tier.root):
            below[name].update(other for other in by_kind.get(kind, ()) if other != name)
        for kind in excluded(tier.root):
            for other in by_kind.get(kind, ()):
                if other != name:
                    below[other].add(name)
    heights = {name: _height(name, below, ()) for name in tiers}
    ladders = _connected(below)
    return {
        name: Rung(scheme, tier, awards[name], tuple(sorted(below[name])), heights[name], ladders[name])
        for name, (scheme, tier) in tiers.items()
    }


def _latest(book: RuleBook) -> Iterator[tuple[str, tuple[Scheme, Tier]]]:
    for name in book:
        scheme = book[name]
        if scheme.subject != "organisations":
            continue
        for version in sorted(scheme.versions, key=_began):
            for tier in version.tiers:
                yield f"{name}:{tier.tier}", (scheme, tier)


def _began(version: Version) -> date:
    return min((span.start for span in version.spans), default=date.min)


def required(criterion: Criterion) -> set[str]:
    """Kinds of title without one of which a criterion cannot be met."""
    if criterion.role != "counts":
        return set()
    own = _required(criterion)
    if criterion.waiver is None:
        return own
    instead = required(criterion.waiver)
    return own | instead if own and instead else set()


def _required(criterion: Criterion) -> set[str]:
    match criterion.body:
        case Holds(kinds):
            return set(kinds)
        case Group(negated=True):
            return set()
        case Group(parts, least):
            found = [required(part) for part in parts]
            needed = len(parts) if least is None else least
            lacking = sum(not kinds for kinds in found)
            return set().union(*found) if needed > lacking else set()
    return set()


def excluded(criterion: Criterion) -> set[str]:
    """Kinds of title whose holders cannot meet a criterion."""
    body = criterion.body
    if criterion.role != "counts" or criterion.waiver is not None or not isinstance(body, Group):
        return set()
    if body.negated:
        return {kind for part in body.parts if isinstance(part.body, Holds) for kind in part.body.kinds}
    return set().union(*(excluded(part) for part in body.parts)) if body.least is None else set()


def _height(name: str, below: dict[str, set[str]], seen: tuple[str, ...]) -> int:
    """Length of the longest way up; a circle is cut where it closes."""
    steps = [_height(other, below, (*seen, name)) for other in below[name] if other not in (*seen, name)]
    return 1 + max(steps, default=-1)


def _connected(below: dict[str, set[str]]) -> dict[str, str]:
    """The first name of all that are connected with each; '' for one that stands alone."""
    near = {name: set(others) for name, others in below.items()}
    for name, others in below.items():
        for other in others:
            near[other].add(name)
    found: dict[str, str] = {}
    for name in sorted(near):
        queue = [name] if name not in found else []
        while queue:
            one = queue.pop()
            if one not in found:
                found[one] = name if near[one] else ""
                queue += near[one]
    return found


def held(book: RuleBook, registry: Registry, subject: str | None = None, as_of: date | None = None) -> pl.DataFrame:
    """Titles with the tier that awards them: the columns of `titles`, and scheme, version, tier, until, reckoned.

    Those awarded by a day, by default all. `until` is the last day of validity as `lifecycle.state` has it: recorded,
    or else reckoned from the rule (`reckoned` is then true); null where neither says.
    """
    titles = registry["titles"]
    titles = titles if subject is None else titles.filter(pl.col("organisation") == subject)
    last = titles["valid_from"].max()
    day = as_of or (last if isinstance(last, date) else date.min)
    standing = state(book, titles, day).select("title", "scheme", "version", "until")
    tiers = {kind: rung.tier.tier for rung in rungs(book).values() for kind in rung.kinds}
    tier = pl.col("kind").replace_strict(tiers, default=None, return_dtype=pl.String)
    reckoned = pl.col("valid_to").is_null() & pl.col("until").is_not_null()
    joined = titles.join(standing, on="title", how="inner", maintain_order="left")
    return joined.with_columns(pl.when(pl.col("scheme").is_not_null()).then(tier).alias("tier"),
                               reckoned.alias("reckoned"))  # fmt: skip


def valid(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    """Those of `held` that are valid on a day."""
    return frame.filter(pl.col("valid_from") <= day, pl.col("until").is_null() | (pl.col("until") >= day))
