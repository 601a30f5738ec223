"""The planted truth of matching: which pairs really fit, which only look alike, which listings are copies.

Computed from what the tables say, not from what was intended: a pair fits when both are about one topic,
every indicator that must be met is met at the same condition, the achievement is mature enough, and its
holder and the asking firm are not related. `open`: both were published and the need still asks at the sample's date.

Grade 3: every indicator met. 2: one that is not a must has no measured value. 1: one that is not a must is missed.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.samples.achievements import Offers
from tongtu.samples.draw import Bools, Ints, take
from tongtu.samples.ground import Ground
from tongtu.samples.indicators import SLOTS, Slots, satisfies
from tongtu.samples.listings import VOICES
from tongtu.samples.needs import Needs
from tongtu.samples.organisations import Actors

MET, MISSED, UNKNOWN = 0, 1, 2


def truth(ground: Ground, actors: Actors, needs: Needs, offers: Offers) -> dict[str, pl.DataFrame]:
    """Tables `pairs`, `lookalikes` and `duplicates`."""
    need, offer = _same_topic(ground, needs, offers)
    verdict = _verdicts(ground, needs.slots.rows(need), offers.slots.rows(offer))
    must = needs.must[need] & (needs.slots.quantity[need] >= 0)
    wish = ~needs.must[need] & (needs.slots.quantity[need] >= 0)
    mature = offers.trl[offer] >= needs.trl_min[need]
    related = _related(actors, needs.buyer[need], offers.holder[offer])
    fits = mature & ~related & ~(must & (verdict != MET)).any(axis=1)
    missed, silent = (wish & (verdict == MISSED)).any(axis=1), (wish & (verdict == UNKNOWN)).any(axis=1)
    grade = np.where(missed, 1, np.where(silent, 2, 3))
    frame = pl.DataFrame(
        {
            "need": needs.frame["need"].gather(need),
            "achievement": offers.label.gather(offer),
            "grade": grade,
            "voice": take(VOICES, offers.voice[offer]),
            "open": needs.open[need] & (offers.state[offer] == 0),
            "fits": fits,
            "reason": _reason(must, verdict, mature, related),
        }
    ).sort("need", "achievement")
    return {
        "pairs": frame.filter("fits").drop("fits", "reason"),
        "lookalikes": frame.filter(~pl.col("fits")).select("need", "achievement", "reason"),
        "duplicates": _duplicates(offers),
    }


def _same_topic(ground: Ground, needs: Needs, offers: Offers) -> tuple[Ints, Ints]:
    """Row numbers of every need and achievement about one topic."""
    lore = ground.lore
    left = pl.DataFrame({"key": needs.topics.key(lore)}).with_row_index("need")
    right = pl.DataFrame({"key": offers.topics.key(lore)}).with_row_index("offer")
    both = left.join(right, on="key").sort("need", "offer")
    return both["need"].to_numpy().astype(np.int64), both["offer"].to_numpy().astype(np.int64)


def _verdicts(ground: Ground, wanted: Slots, given: Slots) -> Ints:
    """Per slot of the need: met, missed, or unknown where nothing comparable was measured."""
    q = ground.lore.quantities
    verdict = np.full(wanted.quantity.shape, UNKNOWN, dtype=np.int64)
    for a in range(SLOTS):
        for b in range(SLOTS):
            alike = wanted.quantity[:, a] == given.quantity[:, b]
            alike &= (wanted.quantity[:, a] >= 0) & (wanted.condition[:, a] == given.condition[:, b])
            good = satisfies(q, wanted.quantity[:, a], wanted.value[:, a], given.value[:, b])
            verdict[:, a] = np.where(alike, np.where(good, MET, MISSED), verdict[:, a])
    return verdict


def _related(actors: Actors, asking: Ints, holding: Ints) -> Bools:
    """One organisation, or two of one group."""
    group = actors.group[asking]
    return np.asarray((asking == holding) | ((group >= 0) & (group == actors.group[holding])))


def _reason(must: Bools, verdict: Ints, mature: Bools, related: Bools) -> pl.Series:
    missed, silent = (must & (verdict == MISSED)).any(axis=1), (must & (verdict == UNKNOWN)).any(axis=1)
    which = np.select([missed, silent, ~mature, related], [0, 1, 2, 3], default=0)
    return take(["indicator missed", "not comparable", "too immature", "related parties"], which)


def _duplicates(offers: Offers) -> pl.DataFrame:
    rows = np.flatnonzero(offers.copy_of >= 0)
    return pl.DataFrame(
        {"achievement": offers.label.gather(rows), "copy_of": offers.label.gather(offers.copy_of[rows])}
    ).sort("achievement")
