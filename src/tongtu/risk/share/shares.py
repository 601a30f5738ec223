"""Additive secret sharing: a member's counts as shares of which all but one tell nothing.

Among N members each figure x becomes x₁ + … + x_N mod 2⁶⁴, where N − 1 of the parts are 64 random bits from the
operating system and the last is what remains; any N − 1 parts are uniform and independent of x (Blakley and Meadows
1985; the textbook n-of-n scheme). Member j gets part j of everybody, adds them, and hands on the partial sum alone;
the partial sums add up to the total. 2⁶⁴ and not a prime: nothing is multiplied, and every 8 random bytes are used.

Threat model: honest but curious members who follow the steps, and a channel to each of them that others cannot
read. N − 1 members together learn the last one's counts, as they would from any exact sum; whoever adds the partial
sums sees the exact total. A member who lies about its counts is not found out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.share.counting import Counts
from tongtu.risk.share.refusal import fault, refused
from tongtu.risk.share.taxonomy import FIGURES, RESULTS, Taxonomy
from tongtu.terms.faults import DataRefused, Fault

Words = npt.NDArray[np.uint64]
Random = Callable[[int], bytes]

#: With two members, each could subtract its own counts from the total.
LEAST_MEMBERS = 3
MOST_MEMBERS = 10_000

#: What is shared; `entered` is the sum of the four results.
SHARED = (*RESULTS, "timed", "days")


@dataclass(frozen=True, slots=True)
class Share:
    """Part `holder` of `of`, of one member's counts, or the partial sum of such parts.

    `members` names whose counts are in it and `splits` the act of splitting, in the same order: a share has one of
    each, a partial sum all of them, sorted by member. `values` are the cells of `SHARED`, figure by figure.
    """

    round: str
    taxonomy: str
    holder: int
    of: int
    members: tuple[str, ...]
    splits: tuple[str, ...]
    whole: bool
    values: Words
    partial: bool = False
    name: str = ""  # the file it came in, for faults


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over members, exact: `frame` has the cell and the figures, Int64. `shared`: by secret sharing; `whole`:
    nothing was held back by any member."""

    round: str
    taxonomy: str
    members: tuple[str, ...]
    frame: pl.DataFrame
    shared: bool
    whole: bool


def split(counts: Counts, among: int, *, random: Random = os.urandom) -> list[Share]:
    """One share for each of `among` members. Raises DataRefused for fewer than 3 or more than 10,000.

    `random` gives bytes of cryptographic quality; anything but the default is for tests.
    """
    if not LEAST_MEMBERS <= among <= MOST_MEMBERS:
        raise refused("risk_share.among", n=among, least=LEAST_MEMBERS, most=MOST_MEMBERS)
    secret = counts.frame.select(SHARED).fill_null(0).to_numpy().astype(np.uint64).ravel(order="F")
    size = len(secret)
    drawn = np.frombuffer(random(8 * size * (among - 1)), "<u8").reshape(among - 1, size).astype(np.uint64)
    parts = [*drawn, secret - drawn.sum(axis=0, dtype=np.uint64)]
    mark = random(16).hex()
    return [
        Share(counts.round, counts.taxonomy.digest, holder, among, (counts.member,), (mark,), counts.whole, part)
        for holder, part in enumerate(parts, start=1)
    ]


def partial(shares: Sequence[Share]) -> Share:
    """What one member hands on: the sum of everybody's shares for it.

    Raises DataRefused where shares are doubled, for another holder, of another round, taxonomy or number of members,
    or do not come from all of them.
    """
    shares = sorted(shares, key=lambda share: share.members)
    first = shares[0]
    faults = [*_foreign(shares), *_doubled([(s.members[0], s) for s in shares], "member")]
    faults += [fault("risk_share.other-holder", s.name, holder=s.holder, expected=first.holder) for s in shares
               if s.holder != first.holder]  # fmt: skip
    given = {share.members[0] for share in shares}
    if not faults and len(given) < first.of:
        faults.append(fault("risk_share.member-missing", given=sorted(given), n=first.of - len(given), of=first.of))
    if faults:
        raise DataRefused(faults)
    values = np.add.reduce([share.values for share in shares], dtype=np.uint64)
    return replace(
        first, members=tuple(s.members[0] for s in shares), splits=tuple(s.splits[0] for s in shares),
        values=values, partial=True, whole=all(s.whole for s in shares), name="",
    )  # fmt: skip


def add(partials: Sequence[Share], taxonomy: Taxonomy) -> Total:
    """The total from all partial sums. Raises DataRefused for one missing, doubled, foreign, or of other shares."""
    partials = sorted(partials, key=lambda part: part.holder)
    first = partials[0]
    faults = [*_foreign(partials), *_doubled([(str(p.holder), p) for p in partials], "holder")]
    if first.taxonomy != taxonomy.digest:
        faults.append(fault("risk_share.taxonomy-other", first.name, digest=first.taxonomy, expected=taxonomy.digest))
    faults += [fault("risk_share.other-shares", p.name, members=p.members) for p in partials
               if (p.members, p.splits) != (first.members, first.splits)]  # fmt: skip
    missing = sorted(set(range(1, first.of + 1)) - {p.holder for p in partials})
    if missing:
        faults.append(fault("risk_share.holder-missing", holders=missing, of=first.of))
    if faults:
        raise DataRefused(faults)
    values = np.add.reduce([part.values for part in partials], dtype=np.uint64)
    figures = values.reshape(len(SHARED), taxonomy.cells.height)
    if int(figures.max(initial=0)) >= 1 << 53:
        raise refused("risk_share.sum-absurd")
    frame = taxonomy.cells.with_columns(
        pl.Series(name, row.astype(np.int64)) for name, row in zip(SHARED, figures, strict=True)
    )
    return Total(first.round, first.taxonomy, first.members, _entered(frame), True, first.whole)


def add_counts(counts: Sequence[Counts]) -> Total:
    """The total a trusted operator makes of exact counts. Raises DataRefused for fewer than 3 members, one twice, other
    rounds or taxonomies, and for counts in which nothing was held back: those travel as shares only."""
    counts = sorted(counts, key=lambda one: one.member)
    first, faults = counts[0], []
    for before, one in zip([None, *counts], counts, strict=False):
        if before is not None and before.member == one.member:
            faults.append(fault("risk_share.doubled-member", who=one.member))
        if (one.round, one.taxonomy.digest) != (first.round, first.taxonomy.digest):
            faults.append(fault("risk_share.foreign", who=one.member, round=one.round, expected=first.round))
        if one.whole:
            faults.append(fault("risk_share.whole-to-operator", who=one.member))
    members = tuple(one.member for one in counts)
    if len(set(members)) < LEAST_MEMBERS:
        faults.append(fault("risk_share.few-members", n=len(set(members)), least=LEAST_MEMBERS))
    if faults:
        raise DataRefused(faults)
    figures = np.add.reduce([one.frame.select(SHARED).fill_null(0).to_numpy() for one in counts])
    frame = first.taxonomy.cells.with_columns(pl.Series(name, figures[:, k]) for k, name in enumerate(SHARED))
    return Total(first.round, first.taxonomy.digest, members, _entered(frame), False, False)


def _entered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(entered=pl.sum_horizontal(RESULTS)).select(
        pl.exclude(FIGURES), *(pl.col(name).cast(pl.Int64) for name in FIGURES)
    )


def _foreign(shares: Sequence[Share]) -> list[Fault]:
    """Shares of another round, taxonomy, number of members or kind than the first."""
    first = shares[0]
    alike = (first.round, first.taxonomy, first.of, first.partial, len(first.values))
    return [
        fault("risk_share.foreign", share.name, who=share.members[0], round=share.round, expected=first.round)
        for share in shares
        if (share.round, share.taxonomy, share.of, share.partial, len(share.values)) != alike
    ]


def _doubled(named: Sequence[tuple[str, Share]], what: str) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for who, share in named:
        if who in seen:
            faults.append(fault(f"risk_share.doubled-{what}", share.name, who=who))
        seen.add(who)
    return faults
