"""Achievements: what laboratories have, in the laboratory's words, planted around the needs.

Per need one to four that truly fit, a few of the same topic that do not (an indicator missed, measured at
another condition, or too immature), more that only look alike, and the rest about anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.samples import listings
from tongtu.samples.draw import Bools, Draw, Echo, Floats, Ints, dates, ids, lists, take
from tongtu.samples.ground import SOURCE, Ground, constant, money, none, priced
from tongtu.samples.indicators import SLOTS, Slots, draw_slots, value
from tongtu.samples.listings import ENGLISH, INDUSTRY, Topics
from tongtu.samples.needs import COOPERATION, Needs
from tongtu.samples.organisations import Actors, holders

_PARTS = ("lead", "scope", "measured", "status")
#: shares of the voices: industry, laboratory, both, English only
_VOICES = (0.22, 0.6, 0.12, 0.06)
#: shares of needs with one, two, three and four fitting achievements
_FITS = (0.5, 0.28, 0.15, 0.07)
#: of what is left: same topic but unfit, neighbouring topic, any topic
_REST = (0.35, 0.35, 0.3)
_COPIES = 0.015
#: listings that do not say what they work with and where
_TERSE = 0.3
_STATES, _STATE_SHARES = ("published", "withdrawn", "review"), (96, 2, 2)
_CHUNK = 100_000
FIT, UNMET, CONDITION, IMMATURE, NEAR, ANY = range(6)
_TYPES = {
    "material": "material",
    "device": "product",
    "system": "equipment",
    "component": "product",
    "process": "process",
    "method": "software",
}


@dataclass(frozen=True, slots=True)
class Offers:
    """The hidden side of the achievements: why each was planted, its topic, values and voice."""

    label: pl.Series
    role: Ints
    need: Ints
    topics: Topics
    slots: Slots
    trl: Ints
    voice: Ints
    formal: Bools
    holder: Ints
    state: Ints
    copy_of: Ints

    def __len__(self) -> int:
        return len(self.role)


def plan(ground: Ground, actors: Actors, needs: Needs) -> Offers:
    """Who offers what; the texts follow in `frames`."""
    draw, lore = ground.draw("achievements"), ground.lore
    total = ground.size.achievements
    copies = int(total * _COPIES)
    role, need = _roles(draw, ground, total - copies)
    n = len(role)
    about = needs.topics.rows(np.maximum(need, 0))
    near, anything = listings.beside(draw, lore, about), listings.draw_topics(draw, lore, n)
    topics = _either(role == ANY, anything, _either(role == NEAR, near, about))
    free = draw_slots(draw, lore, topics.concept, third=0.5, low=0.15, high=0.95)
    planted = _planted(draw, ground, needs.slots.rows(np.maximum(need, 0)), role)
    same = (role <= IMMATURE)[:, None]
    slots = Slots(*(np.where(same, getattr(planted, k), getattr(free, k)) for k in Slots.__slots__))
    trl_min = needs.trl_min[np.maximum(need, 0)]
    trl = np.clip(np.where(role <= CONDITION, trl_min + draw.below(4, n), draw.between(2, 8, n)), 1, 9)
    trl = np.where(role == IMMATURE, np.maximum(trl_min - draw.between(1, 2, n), 1), trl)
    holder = _independent(
        ground, actors, draw, needs, need, role, holders(ground, actors, draw, lore.field_of[topics.concept])
    )
    voice = draw.which(_VOICES, n)
    # Copies are dealt among the rest, so that ids tell nothing.
    source = np.concatenate([np.arange(n), draw.below(n, copies)])
    copied = np.concatenate([np.full(n, False), np.full(copies, True)])
    shuffle = draw.order(total)
    source, copied = source[shuffle], copied[shuffle]
    where = np.empty(n, dtype=np.int64)
    where[source[~copied]] = np.flatnonzero(~copied)
    formal = (voice != INDUSTRY) & draw.chance(0.4, n)
    state = np.where(role == FIT, 0, draw.which(_STATE_SHARES, n))
    return Offers(
        ids("A", total),
        role[source],
        need[source],
        topics.rows(source),
        slots.rows(source),
        trl[source],
        voice[source],
        formal[source],
        holder[source],
        state[source],
        np.where(copied, where[source], -1),
    )


def _either(chosen: Bools, yes: Topics, no: Topics) -> Topics:
    return Topics(*(np.where(chosen, getattr(yes, k), getattr(no, k)) for k in Topics.__slots__))


def _roles(draw: Draw, ground: Ground, total: int) -> tuple[Ints, Ints]:
    """Role of each achievement and the need it was planted for (-1 for none)."""
    n = ground.size.needs
    fits = 1 + draw.which(_FITS, n)
    planted = np.repeat(np.arange(n), fits)[:total]
    left = total - len(planted)
    hard, near = int(left * _REST[0]), int(left * _REST[1])
    roles = [
        np.full(len(planted), FIT),
        draw.between(UNMET, IMMATURE, hard),
        np.full(near, NEAR),
        np.full(left - hard - near, ANY),
    ]
    targets = [planted, draw.below(n, hard), draw.below(n, near), none(left - hard - near)]
    return np.concatenate(roles).astype(np.int64), np.concatenate(targets).astype(np.int64)


def _planted(draw: Draw, ground: Ground, wanted: Slots, role: Ints) -> Slots:
    """Measured values around a need's thresholds: better for a fit, worse in the first slot for a miss."""
    q = ground.lore.quantities
    n = len(role)
    place = wanted.place + draw.uniform(0.05, 0.7, n * SLOTS).reshape(n, SLOTS) * (1 - wanted.place)
    count = q.condition_count[np.maximum(wanted.quantity[:, 0], 0)]
    other = (role == CONDITION) & (count > 1)
    unmet = (role == UNMET) | ((role == CONDITION) & (count <= 1))
    worse = wanted.place[:, 0] * draw.uniform(0.1, 0.75, n)
    place[:, 0] = np.where(unmet, worse, place[:, 0])
    condition, quantity = wanted.condition.copy(), wanted.quantity.copy()
    condition[:, 0] = np.where(other, (condition[:, 0] + 1) % np.maximum(count, 1), condition[:, 0])
    # The optional indicator: met, not reported, or missed.
    fate = draw.which([6, 2, 2], n)
    quantity[:, 2] = np.where(fate == 1, -1, quantity[:, 2])
    place[:, 2] = np.where(fate == 2, wanted.place[:, 2] * 0.5, place[:, 2])
    return Slots(quantity, condition, place, _not_worse(ground, wanted, quantity, place, unmet))


def _not_worse(ground: Ground, wanted: Slots, quantity: Ints, place: Floats, unmet: Bools) -> Floats:
    """Rounded values; rounding alone never turns a planted fit into a miss."""
    q = ground.lore.quantities
    found = value(q, quantity, place)
    lower = q.lower_is_better[np.maximum(quantity, 0)]
    bounded = np.where(lower, np.minimum(found, wanted.value), np.maximum(found, wanted.value))
    meant = place >= wanted.place
    meant[:, 0] &= ~unmet
    return np.where(meant, bounded, found)


def _independent(
    ground: Ground, actors: Actors, draw: Draw, needs: Needs, need: Ints, role: Ints, holder: Ints
) -> Ints:
    """A fit never comes from the asking group itself: related parties are no match."""
    asking = needs.buyer[np.maximum(need, 0)]
    group = actors.group[asking]
    related = (holder == asking) | ((group >= 0) & (actors.group[holder] == group))
    public = actors.of("university", "institute")
    outside = public[draw.below(len(public), len(holder))]
    return np.where(related & (role == FIT), outside, holder)


def frames(ground: Ground, actors: Actors, needs: Needs, offers: Offers) -> Iterator[pl.DataFrame]:
    """The achievements noun in parts of at most 100,000 rows."""
    for start in range(0, len(offers), _CHUNK):
        chosen = np.arange(start, min(start + _CHUNK, len(offers)))
        first = np.where(offers.copy_of[chosen] >= 0, offers.copy_of[chosen], chosen)
        yield _frame(ground, actors, needs, offers, chosen, Echo(ground.seed, "achievement texts", first))


def _frame(ground: Ground, actors: Actors, needs: Needs, offers: Offers, chosen: Ints, draw: Draw) -> pl.DataFrame:
    lore, n = ground.lore, len(chosen)
    topics, voice = offers.topics.rows(chosen), offers.voice[chosen]
    holder, copied = offers.holder[chosen], offers.copy_of[chosen] >= 0
    terse = draw.chance(_TERSE, n)
    left_out = {"scope": terse, "status": copied}
    text = _texts(ground, draw, topics, voice, offers.slots.rows(chosen), left_out)
    target = np.maximum(offers.need[chosen], 0)
    fit = offers.role[chosen] == FIT
    price = np.where(
        fit,
        (needs.budget[target] * draw.uniform(0.2, 0.6, n)).astype(np.int64) // 10_000 * 10_000,
        draw.amounts(20, 2000, n, unit=10_000),
    )
    age = draw.between(10, 700, n)
    field = lore.field_of[topics.concept]
    claims = np.clip(offers.trl[chosen] - draw.below(3, n), 1, 9)
    return pl.DataFrame(
        {
            "achievement": offers.label.gather(chosen),
            "organisation": actors.ids.gather(holder),
            **text,
            "keywords": listings.keywords(lore, topics, voice, draw.below(2, n), ~terse),
            "direction": ground.topic_direction(topics.concept),
            "focus": take(lore.concepts["focus"], topics.concept),
            "region": ground.region_codes(actors.region[holder]),
            "result_type": _type(lore.concepts["kind"], topics.concept),
            "trl": offers.trl[chosen],
            "mrl": claims,
            "ipc": _ipc(lore.fields["ipc"], draw, field),
            "patents": _patents(draw, ground, n),
            "price": money(np.maximum(price, 50_000)),
            **priced(ground, n),
            "capacity": 1 + draw.which([5, 3, 2], n),
            "cooperation": _cooperation(draw, needs, target, fit),
            "posted": dates(ground.as_of, -age),
            "state": take(_STATES, offers.state[chosen]),
            "source": constant(SOURCE, n).zip_with(pl.Series(~copied), constant(f"{SOURCE}：转载", n)),
        }
    )


def _texts(
    ground: Ground, draw: Draw, topics: Topics, voice: Ints, slots: Slots, left_out: dict[str, Bools]
) -> dict[str, pl.Series]:
    """Title and text; an English-only listing has them in English, and no second language."""
    n = len(topics)
    said = listings.slots_of_text(draw, ground, topics, voice, slots, "zh", demand=False)
    title, text = listings.write(draw, ground, said, topics.concept, "offer", _PARTS, "zh", left_out)
    said = listings.slots_of_text(draw, ground, topics, voice, slots, "en", demand=False)
    title_en, text_en = listings.write(draw, ground, said, topics.concept, "offer", _PARTS, "en", left_out)
    only = voice == ENGLISH
    second = draw.chance(ground.size.english, n) & ~only
    return {
        "title": listings.either(only, title_en, title),
        "title_en": listings.nulls(title_en, second),
        "text": listings.either(only, text_en, text),
        "text_en": listings.nulls(text_en, second),
    }


def _type(kinds: pl.Series, concept: Ints) -> pl.Series:
    return take(kinds.replace_strict(_TYPES, default="applied"), concept)


def _ipc(classes: pl.Series, draw: Draw, field: Ints) -> pl.Series:
    """One or two classes of the field."""
    split = take(classes.str.split(";"), field)
    frame = pl.DataFrame({"c": split, "k": pl.Series(1 + draw.below(2, len(field)))})
    return frame.select(pl.col("c").list.head(pl.col("k"))).to_series()


def _patents(draw: Draw, ground: Ground, n: int) -> pl.Series:
    """Application numbers with valid check digits; serials above nine million were never given out."""
    serial = 9_000_000 + draw.below(1_000_000, n)
    year = ground.as_of.year - draw.between(1, 6, n)
    digits = [
        *(year // 10**p % 10 for p in (3, 2, 1, 0)),
        np.ones(n, dtype=np.int64),
        *(serial // 10**p % 10 for p in range(6, -1, -1)),
    ]
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    check = sum(w * d for w, d in zip(weights, digits, strict=True)) % 11
    body = pl.Series(year * 10**8 + 10**7 + serial).cast(pl.String)
    number = body + "." + take(list("0123456789X"), np.asarray(check))
    frame = pl.DataFrame({"p": number, "has": draw.chance(0.7, n)})
    return frame.select(pl.when("has").then(pl.concat_list("p"))).to_series()


def _cooperation(draw: Draw, needs: Needs, target: Ints, fit: Bools) -> pl.Series:
    """Ways of co-operation; a fit shares at least one with its need."""
    own = draw.below(len(COOPERATION), len(target))
    return lists(COOPERATION, np.where(fit, needs.cooperation[target], own))
