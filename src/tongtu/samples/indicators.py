"""Measurable demands and claims: which quantities, at which condition, with which value.

A value lies on its quantity's range at a place between 0 (the worst of it) and 1 (the best). A listing has
three slots: two of the concept's own quantities and one general to its kind. Thresholds and measurements
are rounded as people write them, and only then compared, so that the planted truth is the truth of the tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.samples.draw import Bools, Draw, Floats, Ints, ids, take
from tongtu.samples.lore import Lore, Quantities
from tongtu.samples.texts import joined

SLOTS = 3
_DECADE = 10.0


@dataclass(frozen=True, slots=True)
class Slots:
    """Columns are slots: quantity (-1 where the slot is empty), condition (-1 where none), place, value."""

    quantity: Ints
    condition: Ints
    place: Floats
    value: Floats

    def rows(self, chosen: Ints) -> Slots:
        return Slots(self.quantity[chosen], self.condition[chosen], self.place[chosen], self.value[chosen])


def value(quantities: Quantities, quantity: Ints, place: Floats) -> Floats:
    """The rounded value at a place of the range: log scale where it spans a decade, linear elsewhere."""
    q = np.maximum(quantity, 0)
    low, high = quantities.low[q], quantities.high[q]
    share = np.where(quantities.lower_is_better[q], 1 - place, place)
    wide = (low > 0) & (high / np.where(low > 0, low, 1) > _DECADE)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithmic = np.exp(
            np.log(np.where(wide, low, 1)) + share * np.log(np.where(wide, high / np.where(wide, low, 1), 1))
        )
    raw = np.where(wide, logarithmic, low + share * (high - low))
    step = np.where(
        wide,
        10.0 ** (np.floor(np.log10(np.abs(np.where(wide, raw, 1)))) - 1),
        10.0 ** np.floor(np.log10(high - low) - 1.3),
    )
    step = np.where(quantities.whole[q], np.maximum(step, 1.0), step)
    # Adding 0.0 turns a negative zero into zero; twelve digits remove what the step's own rounding left.
    return np.asarray(_twelve(np.round(raw / step) * step) + 0.0)


def _twelve(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        digits = 11 - np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values))))
    return np.array(
        [round(v, int(d)) for v, d in zip(values.ravel().tolist(), digits.ravel().tolist(), strict=True)]
    ).reshape(values.shape)


def draw_slots(draw: Draw, lore: Lore, concept: Ints, third: float, low: float, high: float) -> Slots:
    """Quantities of each concept with a condition and a place in low..high; the third slot with a chance."""
    n, q = len(concept), lore.quantities
    own = q.own[concept]
    first = draw.below(own)
    second = (first + 1 + draw.below(np.maximum(own - 1, 1))) % own
    general = own + draw.below(np.maximum(q.total[concept] - own, 1))
    has = draw.chance(third, n) & (q.total[concept] > own)
    columns = [q.pool[concept, first], q.pool[concept, second], np.where(has, q.pool[concept, general], -1)]
    quantity = np.stack(columns, axis=1)
    count = np.where(quantity >= 0, q.condition_count[np.maximum(quantity, 0)], 0)
    condition = np.where(count > 0, draw.below(count.ravel()).reshape(count.shape), -1)
    place = draw.uniform(low, high, n * SLOTS).reshape(n, SLOTS)
    return Slots(quantity, condition, place, value(q, quantity, place))


def satisfies(quantities: Quantities, quantity: Ints, wanted: Floats, measured: Floats) -> Bools:
    """Whether a measured value is at least as good as the one wanted."""
    lower = quantities.lower_is_better[np.maximum(quantity, 0)]
    return np.asarray(np.where(lower, measured <= wanted, measured >= wanted))


def conditions(quantities: Quantities, quantity: Ints, condition: Ints) -> pl.Series:
    """The condition's text, null where there is none."""
    frame = pl.DataFrame({"c": take(quantities.conditions, quantity), "i": pl.Series(condition)})
    at = pl.when(pl.col("i") >= 0).then(pl.col("i"))
    return frame.select(pl.col("c").list.get(at, null_on_oob=True)).to_series()


def written(values: Floats) -> pl.Series:
    """Numbers as people write them: 0.002, 35, 120000."""
    return pl.Series([f"{v:.0f}" if abs(v) >= 1e5 else f"{v:.6g}" for v in values.tolist()], dtype=pl.String)


def spoken(
    lore: Lore, slots: Slots, lang: str, demand: bool, laboratory: Bools
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """First quantity, first value with unit, and the whole list as one phrase."""
    names, values, phrases = [], [], []
    for slot in range(SLOTS):
        name, amount, phrase = _slot(lore.quantities, slots, slot, lang, demand, laboratory)
        names.append(name)
        values.append(amount)
        phrases.append(phrase)
    return names[0], values[0], joined(*phrases, between="，" if lang == "zh" else ", ")


def _slot(
    q: Quantities, slots: Slots, slot: int, lang: str, demand: bool, laboratory: Bools
) -> tuple[pl.Series, pl.Series, pl.Series]:
    quantity, numbers = slots.quantity[:, slot], slots.value[:, slot]
    lower = take(pl.Series(q.lower_is_better), quantity)
    frame = pl.DataFrame(
        {
            "zh": take(q.zh, quantity),
            "lab": take(q.zh_lab, quantity),
            "en": take(q.en, quantity),
            "unit": take(q.unit_zh if lang == "zh" else q.unit_en, quantity),
            "value": written(numbers),
            "lower": lower,
            "at": conditions(q, quantity, slots.condition[:, slot]),
            "laboratory": pl.Series(laboratory),
        }
    )
    unit, at = pl.col("unit"), pl.col("at")
    close = unit.is_in(["", "%", "℃", "″", "′"])
    amount = pl.when(close).then(pl.col("value") + unit).otherwise(pl.col("value") + " " + unit)
    mark = (
        pl.when(pl.col("lower")).then(pl.lit(" ≤ ")).otherwise(pl.lit(" ≥ "))
        if demand
        else pl.lit(" " if lang == "en" else "")
    )
    if lang == "zh":
        name = pl.when("laboratory").then(pl.col("lab")).otherwise(pl.col("zh"))
        tail = pl.when(at.is_null()).then(pl.lit("")).otherwise("（" + at + "）")
        between = mark if demand else pl.lit(" ")
    else:
        name, between = pl.col("en"), mark
        plain = at.is_null() | at.str.contains(r"\p{Han}")
        tail = pl.when(plain).then(pl.lit("")).otherwise(" (" + at + ")")
    found = frame.select(
        name.alias("name"),
        (mark.alias("mark") + amount).str.strip_chars().alias("amount"),
        (name + between + amount + tail).alias("phrase"),
    )
    return found["name"], found["amount"], found["phrase"]


def rows(
    lore: Lore,
    slots: Slots,
    kind: str,
    subject: pl.Series,
    must: Bools,
    demand: bool,
    laboratory: Bools,
    bound: Bools,
    evidence: pl.Series | None = None,
) -> pl.DataFrame:
    """Rows of the indicators noun without ids; `bound`: a claim given as a limit, not as a measured value."""
    q, parts = lore.quantities, []
    for slot in range(SLOTS):
        there = np.flatnonzero(slots.quantity[:, slot] >= 0)
        quantity, numbers = slots.quantity[there, slot], pl.Series(slots.value[there, slot])
        frame = pl.DataFrame(
            {
                "subject": subject.gather(there),
                "zh": take(q.zh, quantity),
                "lab": take(q.zh_lab, quantity),
                "quantity_en": take(q.en, quantity),
                "unit": take(q.unit, quantity),
                "value": numbers,
                "lower": take(pl.Series(q.lower_is_better), quantity),
                "method": take(q.method, quantity),
                "conditions": conditions(q, quantity, slots.condition[there, slot]),
                "must": must[there, slot],
                "laboratory": laboratory[there],
                "limit": bound[there] | demand,
                "order": there,
            }
        )
        if evidence is not None:
            frame = frame.with_columns(evidence.gather(there).alias("evidence"))
        parts.append(frame.with_columns(pl.lit(slot).alias("slot")))
    limit, lower, number = pl.col("limit"), pl.col("lower"), pl.col("value")
    operator = pl.when(~limit).then(pl.lit("eq")).when(lower).then(pl.lit("le")).otherwise(pl.lit("ge"))
    frame = pl.concat(parts).sort("order", "slot")
    columns = [
        pl.lit(kind).alias("subject_kind"),
        "subject",
        pl.when("laboratory").then(pl.col("lab")).otherwise(pl.col("zh")).alias("quantity"),
        "quantity_en",
        operator.alias("operator"),
        pl.when(limit & lower).then(None).otherwise(number).alias("low"),
        pl.when(limit & ~lower).then(None).otherwise(number).alias("high"),
        pl.when(pl.col("unit") != "").then(pl.col("unit")).alias("unit"),
        "conditions",
        pl.when(pl.col("method") != "").then(pl.col("method")).alias("method"),
        "must",
        *(["evidence"] if evidence is not None else []),
    ]
    return frame.select(columns)


def numbered(*parts: pl.DataFrame) -> pl.DataFrame:
    """All indicators with their ids."""
    frame = pl.concat(parts, how="diagonal")
    return frame.select(ids("I", frame.height).alias("indicator"), pl.all())
