"""What a need and an achievement are about, and how they say it.

A topic is a concept, a companion it works with, an application and a setting, all of one field. Two
listings about one topic can fit; with one part changed they only look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from tongtu.samples import texts
from tongtu.samples.draw import Bools, Draw, Ints, take
from tongtu.samples.ground import Ground
from tongtu.samples.indicators import Slots, spoken
from tongtu.samples.lore import Lore

#: how a text names things: the plant's word, the laboratory's, both, or English only
VOICES = ("industry", "laboratory", "both", "english")
INDUSTRY, LABORATORY, BOTH, ENGLISH = range(4)
#: how often a laboratory's text uses its own word for concept, companion, application and setting
_FORMAL_SHARE = {"c": 1.0, "m": 0.6, "a": 0.35, "s": 0.4}


@dataclass(frozen=True, slots=True)
class Topics:
    """Columns of concept, companion and application numbers (of the lore) and settings."""

    concept: Ints
    companion: Ints
    application: Ints
    setting: Ints

    def __len__(self) -> int:
        return len(self.concept)

    def rows(self, chosen: Ints) -> Topics:
        return Topics(self.concept[chosen], self.companion[chosen], self.application[chosen], self.setting[chosen])

    def key(self, lore: Lore) -> Ints:
        """One number for the whole topic."""
        n = lore.concepts.height
        return ((self.concept * n + self.companion) * n + self.application) * lore.settings.height + self.setting


def draw_topics(draw: Draw, lore: Lore, n: int) -> Topics:
    """Topics by weight of field."""
    field = draw.which(lore.fields["weight"].to_list(), n)
    return _around(draw, lore, member(draw, lore.subjects, field))


def distinct_topics(draw: Draw, lore: Lore, n: int) -> Topics:
    """Topics of which no two are the same, as long as there are enough of them."""
    found = draw_topics(draw, lore, 2 * n + 50)
    _, first = np.unique(found.key(lore), return_index=True)
    again = np.setdiff1d(np.arange(len(found)), first)
    return found.rows(np.concatenate([np.sort(first), again])[:n])


def beside(draw: Draw, lore: Lore, topics: Topics) -> Topics:
    """Topics with one part changed: another concept of the family, companion, application or setting."""
    part = draw.below(4, len(topics))
    other, sibling = _around(draw, lore, topics.concept), _sibling(draw, lore, topics.concept)
    return Topics(
        np.where(part == 0, sibling, topics.concept),
        np.where(part == 1, other.companion, topics.companion),
        np.where(part == 2, other.application, topics.application),
        np.where(part == 3, other.setting, topics.setting),
    )


def _around(draw: Draw, lore: Lore, concept: Ints) -> Topics:
    """A companion, an application and a setting that go with each concept."""
    family, field = lore.family_of[concept], lore.field_of[concept]
    companion, again = (member(draw, lore.near.companions, family) for _ in range(2))
    companion = np.where(companion == concept, again, companion)
    return Topics(
        concept, companion, member(draw, lore.near.applications, family), member(draw, lore.near.settings, field)
    )


def member(draw: Draw, groups: list[Ints], group: Ints) -> Ints:
    """A random member of each group asked for."""
    sizes = np.array([len(g) for g in groups], dtype=np.int64)
    flat, start = np.concatenate(groups), np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.asarray(flat[start[group] + draw.below(sizes[group])])


def _sibling(draw: Draw, lore: Lore, concept: Ints) -> Ints:
    """Another concept of the same family."""
    members = [np.flatnonzero(lore.family_of == f) for f in range(len(lore.near.companions))]
    return member(draw, members, lore.family_of[concept])


def slots_of_text(
    draw: Draw, ground: Ground, topics: Topics, voice: Ints, slots: Slots, lang: str, demand: bool
) -> pl.DataFrame:
    """The columns that sentence patterns fill: c m a s p q v spec n w d."""
    n, lore = len(topics), ground.lore
    variant = draw.below(2, n)
    named = {"c": topics.concept, "m": topics.companion, "a": topics.application}
    spoken_by = {slot: _relaxed(draw, voice, share) for slot, share in _FORMAL_SHARE.items()}
    columns = {slot: words(lore, index, spoken_by[slot], variant, lang) for slot, index in named.items()}
    columns["s"] = _setting(lore, topics.setting, spoken_by["s"], lang)
    phrases = lore.problems if demand else lore.approaches
    columns["p"] = take(phrases[lang], lore.family_of[topics.concept] * 2 + draw.below(2, n))
    formal = (voice != INDUSTRY) & draw.chance(0.4, n)
    columns["q"], columns["v"], columns["spec"] = spoken(lore, slots, lang, demand, formal)
    columns["n"] = pl.Series(draw.between(2, 12, n) * (10 if demand else 1))
    columns["w"] = pl.Series(draw.between(3, 18, n))
    columns["d"] = _amount(draw, lore, topics.concept, lang)
    return pl.DataFrame(columns).with_columns(pl.Series("formal", formal))


def _relaxed(draw: Draw, voice: Ints, share: float) -> Ints:
    """A laboratory names its own subject its own way, and what lies around it often as everybody does."""
    return np.where((voice == LABORATORY) & ~draw.chance(share, len(voice)), INDUSTRY, voice)


def words(lore: Lore, index: Ints, voice: Ints, variant: Ints, lang: str) -> pl.Series:
    """A concept's name as a voice says it."""
    plain, lab = (lore.words.zh, lore.words.zh_lab) if lang == "zh" else (lore.words.en, lore.words.en_lab)
    frame = pl.DataFrame(
        {
            "plain": take(plain, index),
            "first": take(lab[0], index),
            "second": take(lab[1], index),
            "voice": pl.Series(voice),
            "variant": pl.Series(variant),
        }
    )
    own = pl.when(pl.col("variant") == 0).then(pl.col("first")).otherwise(pl.col("second"))
    left, right = ("（", "）") if lang == "zh" else (" (", ")")
    both = pl.when(own == pl.col("plain")).then(own).otherwise(own + left + pl.col("plain") + right)
    said = (
        pl.when(pl.col("voice") == INDUSTRY)
        .then(pl.col("plain"))
        .when(pl.col("voice") == BOTH)
        .then(both)
        .otherwise(own)
    )
    return frame.select(said.alias("word")).to_series()


def _setting(lore: Lore, setting: Ints, voice: Ints, lang: str) -> pl.Series:
    plain, other = lore.settings[lang], lore.settings[f"{lang}_alt"]
    return take(plain, setting).zip_with(pl.Series(voice == INDUSTRY), take(other, setting))


def _amount(draw: Draw, lore: Lore, concept: Ints, lang: str) -> pl.Series:
    """A trial amount that suits the field: 20 kg, 5 台套."""
    field = lore.field_of[concept]
    unit = take(lore.fields["batch_unit"], field)
    count = pl.Series(take([3, 5, 10, 20, 30, 50], draw.below(6, len(concept))))
    sets = " 套" if lang == "zh" else " sets"
    named = pl.DataFrame(
        {"n": count.cast(pl.String), "u": unit, "material": take(pl.Series(lore.is_material), concept)}
    )
    weight = pl.col("u").is_in(["kg", "t"]) & pl.col("material")
    return named.select(pl.when(weight).then(pl.col("n") + " " + pl.col("u")).otherwise(pl.col("n") + sets)).to_series()


def write(
    draw: Draw,
    ground: Ground,
    frame: pl.DataFrame,
    concept: Ints,
    side: str,
    parts: tuple[str, ...],
    lang: str,
    left_out: Mapping[str, Bools] = MappingProxyType({}),
) -> tuple[pl.Series, pl.Series]:
    """Title and text of each row; `left_out`: by sentence, the rows that do without it."""
    patterns = ground.lore.patterns[side]
    thing = ground.lore.is_thing[concept]
    said = {part: _part(draw, frame, patterns, part, lang, thing) for part in ("title", *parts)}
    title = said.pop("title")
    kept = [nulls(sentence, ~left_out[part]) if part in left_out else sentence for part, sentence in said.items()]
    if lang == "zh":
        return title, texts.joined(*kept)
    return texts.capital(title), texts.joined(*map(texts.capital, kept), between=" ")


def _part(draw: Draw, frame: pl.DataFrame, patterns: dict[str, Any], part: str, lang: str, thing: Bools) -> pl.Series:
    """A sentence; where the patterns tell things from doings, by what the concept is."""
    if part in patterns:
        return texts.sentence(draw, frame, patterns[part][lang])
    things, doings = (texts.sentence(draw, frame, patterns[f"{part}_{form}"][lang]) for form in ("thing", "doing"))
    return things.zip_with(pl.Series(thing), doings)


def either(chosen: Bools | pl.Series, yes: pl.Series, no: pl.Series) -> pl.Series:
    """Row by row one of two columns."""
    return yes.zip_with(pl.Series(chosen), no)


def keywords(lore: Lore, topics: Topics, voice: Ints, variant: Ints, companion: Bools) -> pl.Series:
    """Concept and, where `companion`, what it works with, as the row's voice names them."""
    spoken = {
        name: either(voice == ENGLISH, *(words(lore, index, voice, variant, lang) for lang in ("en", "zh")))
        for name, index in {"c": topics.concept, "m": topics.companion}.items()
    }
    frame = pl.DataFrame({**spoken, "both": pl.Series(companion)})
    return frame.select(pl.when("both").then(pl.concat_list("c", "m")).otherwise(pl.concat_list("c"))).to_series()


def nulls(series: pl.Series, keep: Bools) -> pl.Series:
    """The series with null where `keep` is false."""
    return pl.DataFrame({"x": series, "k": pl.Series(keep)}).select(pl.when("k").then(pl.col("x"))).to_series()
