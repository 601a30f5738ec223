"""Needs: what industry asks for, in industry's words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.samples import listings
from tongtu.samples.draw import Bools, Ints, dates, ids, lists, take
from tongtu.samples.ground import SOURCE, Ground, constant, money, priced
from tongtu.samples.indicators import Slots, draw_slots, rows
from tongtu.samples.listings import INDUSTRY, LABORATORY, Topics
from tongtu.samples.organisations import Actors, buyers

_PARTS = ("background", "context", "spec", "delivery", "constraint")
#: some needs are written by engineers fresh from the laboratory
_FORMAL = 0.12
COOPERATION = [
    ["licence", "joint_development"],
    ["joint_development", "commissioned"],
    ["purchase", "commissioned"],
    ["licence", "assignment"],
    ["joint_development", "use_first"],
    ["purchase", "service"],
]


@dataclass(frozen=True, slots=True)
class Needs:
    """The noun's frame, its indicators, and the hidden side: topics, thresholds, lowest TRL, budget in yuan."""

    frame: pl.DataFrame
    indicators: pl.DataFrame
    topics: Topics
    slots: Slots
    must: Bools
    trl_min: Ints
    budget: Ints
    cooperation: Ints
    buyer: Ints
    open: Bools


def make(ground: Ground, actors: Actors, items: pl.DataFrame) -> Needs:
    draw, lore, n = ground.draw("needs"), ground.lore, ground.size.needs
    topics = listings.distinct_topics(draw, lore, n)
    slots = draw_slots(draw, lore, topics.concept, third=0.6, low=0.3, high=0.72)
    must = np.stack([np.full(n, True), draw.chance(0.6, n), np.full(n, False)], axis=1)
    field = lore.field_of[topics.concept]
    buyer = buyers(ground, actors, draw, field)
    voice = np.where(draw.chance(_FORMAL, n), LABORATORY, INDUSTRY)
    said = listings.slots_of_text(draw, ground, topics, voice, slots, "zh", demand=True)
    title, text = listings.write(draw, ground, said, topics.concept, "need", _PARTS, "zh")
    english = draw.chance(ground.size.english, n)
    said_en = listings.slots_of_text(draw, ground, topics, voice, slots, "en", demand=True)
    title_en, text_en = listings.write(draw, ground, said_en, topics.concept, "need", _PARTS, "en")
    trl_min = draw.between(3, 6, n)
    budget = draw.amounts(80, 3000, n, unit=10_000)
    cooperation = draw.below(len(COOPERATION), n)
    age = draw.between(5, 400, n)
    life = draw.between(420, 700, n)
    state = draw.which([94, 3, 1.5, 1.5], n)
    life = np.where(state == 1, np.minimum(age - 4, 90).clip(1), life)
    label = ids("N", n)
    frame = pl.DataFrame(
        {
            "need": label,
            "organisation": actors.ids.gather(buyer),
            "title": title,
            "title_en": listings.nulls(title_en, english),
            "text": text,
            "text_en": listings.nulls(text_en, english),
            "keywords": listings.keywords(lore, topics, voice, np.zeros(n, dtype=np.int64), np.full(n, True)),
            "direction": ground.topic_direction(topics.concept),
            "focus": take(lore.concepts["focus"], topics.concept),
            "region": ground.region_codes(actors.region[buyer]),
            "trl_min": trl_min,
            "trl_target": np.minimum(trl_min + draw.between(2, 3, n), 9),
            "urgency": take(["low", "medium", "high"], draw.which([5, 3, 2], n)),
            "budget": money(budget),
            **priced(ground, n),
            "capacity": 1 + draw.which([8, 2], n),
            "cooperation": lists(COOPERATION, cooperation),
            **_bottleneck(lore.concepts["concept"], topics.concept, items),
            "posted": dates(ground.as_of, -age),
            "deadline": dates(ground.as_of, life - age),
            "state": take(["published", "expired", "withdrawn", "draft"], state),
            "source": constant(SOURCE, n),
        }
    )
    formal = said["formal"].to_numpy()
    demands = rows(lore, slots, "need", label, must, True, formal, np.full(n, True))
    return Needs(frame, demands, topics, slots, must, trl_min, budget, cooperation, buyer, state == 0)


def _bottleneck(names: pl.Series, concept: Ints, items: pl.DataFrame) -> dict[str, pl.Series]:
    """The item of the supply graph a need is about, and whether it is on the bottleneck list."""
    frame = pl.DataFrame({"concept": take(names, concept)})
    known = items.filter(pl.col("concept") != "").unique("concept", keep="first", maintain_order=True)
    found = frame.join(known.select("concept", "item", "bottleneck"), on="concept", how="left", maintain_order="left")
    return {"item": found["item"], "bottleneck": found["bottleneck"] == "yes"}
