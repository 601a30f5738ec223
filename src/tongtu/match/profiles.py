"""Profiles: an organisation, a platform or a team answers with the listings that speak for it.

What a profile is worth to a question is the mean of its best three items (`signals.profiles`), its own text being
one of them. Who may not meet is asked of the profile itself; a listing that is not open speaks for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from tongtu.match import sides, signals
from tongtu.match.market import Judged, Market, Terms, prepared
from tongtu.match.reasons import Writer
from tongtu.registry import Registry
from tongtu.solve import Progress
from tongtu.terms.why import Label, Ratio, Why

#: rows of kept pairs → their reasons, as JSON in their order
Explain = Callable[[pl.DataFrame], list[str]]
_WIDE = 2  # items looked at for each profile to be judged
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Voice:
    """A market whose answers speak for profiles: `owner` maps rows of its answers, `a` to `profile`."""

    market: Market
    owner: pl.DataFrame
    place: int


class Profiles:
    """Answers of a kind that has items; used like a `Market`, its pairs being of questions and profiles."""

    def __init__(
        self, registry: Registry, terms: Terms, ask: str, answer: str, questions: pl.DataFrame | None = None
    ) -> None:
        self.market = prepared(registry, terms, ask, answer, questions)
        own = self.market.offers.frame.select(a="row", profile="row")
        self._voices = [_Voice(self.market, own, 0)]
        owners = sides.owners(registry, answer).join(
            self.market.offers.frame.select(owner="id", profile="row"), on="owner"
        )
        for place, kind in enumerate(sides.kind_of(answer).items, 1):
            items = prepared(registry, terms, ask, kind, questions)
            spoken = owners.filter(pl.col("item_kind") == kind).select(id="item", profile="profile")
            rows = items.offers.frame.filter(pl.Series(items.standing.is_open, dtype=pl.Boolean)).select("id", a="row")
            self._voices.append(_Voice(items, rows.join(spoken, on="id").select("a", "profile"), place))

    def candidates(self, rows: Sequence[int], depth: int, top: int, tell: Progress) -> tuple[Judged, Explain]:
        """Profiles judged for these questions, and what writes their reasons."""
        said = [v.market.candidates(rows, depth * (_WIDE if v.place else 1), top, tell) for v in self._voices]
        items = pl.concat(list(self._heard(said)), how="diagonal_relaxed")
        found = self._worth(items)
        judged = said[0].pairs.select("n", "a")
        others = found.select("n", "a").join(judged, on=["n", "a"], how="anti")
        known = said[0].joined(self.market.judge(_unread(others))) if others.height else said[0]
        refused = known.pairs.select("n", "a", "refused", "met", "unmet", "unknown")
        pairs = found.join(refused, on=["n", "a"], how="left", maintain_order="left")
        pairs = pairs.sort("n", "score", "a", descending=[False, True, False])
        return Judged(pairs, known.compared, known.rules), lambda kept: self._why(kept, said)

    def _why(self, kept: pl.DataFrame, said: Sequence[Judged]) -> list[str]:
        """The reason of each profile: those of the items that count for it."""
        counted = kept.select("n", "a", "items").explode("items").drop_nulls().unnest("items")
        told: dict[tuple[int, int, int], Why] = {}
        for voice, judged in zip(self._voices, said, strict=True):
            asked = counted.filter(pl.col("place") == voice.place).select("n", a="item").unique()
            pairs = judged.pairs.join(asked, on=["n", "a"], how="semi", maintain_order="left")
            texts = Writer(voice.market).pairs(judged.of(pairs))
            for (n, a), text in zip(pairs.select("n", "a").iter_rows(), texts, strict=True):
                told[n, voice.place, a] = self._item(voice, a, Why.from_json(text))
        rows = kept.select("n", "score", "items").iter_rows()
        return [
            Why(
                "match.profile",
                {"n": len(items), "score": Ratio(score)},
                tuple(told[n, item["place"], item["item"]] for item in items),
            ).to_json()
            for n, score, items in rows
        ]

    def _heard(self, said: Sequence[Judged]) -> Iterator[pl.DataFrame]:
        """n, profile, item and every number, of all voices; what is not known adds nothing."""
        for voice, judged in zip(self._voices, said, strict=True):
            shares = [c for c in judged.pairs.columns if c.startswith("by_")]
            numbers = judged.pairs.select("n", "a", "score", "base", *(pl.col(c).fill_null(0.0) for c in shares))
            heard = numbers.join(voice.owner, on="a")
            item = pl.struct(place=pl.lit(voice.place, pl.Int64), item=pl.col("a"))
            yield heard.select("n", "profile", "score", "base", *shares, item=item)

    def _worth(self, items: pl.DataFrame) -> pl.DataFrame:
        """n, a (profile), its numbers and the items that count; the parts still add up to the score."""
        owner = items.select("item", a="profile").unique()
        found = signals.aggregate(items.drop("profile"), owner)
        shares = [c for c in found.columns if c.startswith("by_")]
        found = found.with_columns(pl.col("base", *shares).round(_DIGITS))
        return found.with_columns(score=pl.sum_horizontal("base", *shares).round(_DIGITS).clip(0.0, 1.0))

    def _item(self, voice: _Voice, a: int, why: Why) -> Why:
        title, title_en, name = voice.market.offers.frame.select("title", "title_en", "id").row(a)
        return Why("match.item", {"item": Label(title or name, title_en or "")}, (why,))


def _unread(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs found through items: what their own words say was not looked at."""
    return pairs.select("n", "a", lexical=pl.lit(None, pl.Float64), concepts=pl.lit(None, pl.Float64))
