"""The market at a date: both sides prepared once, then looked through and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from tongtu.match import eligible, indicators, learning, listings, nearness, retrieve, sides, signals
from tongtu.match.nearness import Encode, Nearness
from tongtu.registry import Registry, concepts
from tongtu.registry.vocabularies import Vocabularies
from tongtu.solve import Progress
from tongtu.solve.runner import Runner
from tongtu.terms import units
from tongtu.terms.why import Label

_DEEP, _MORE = 6, 100  # candidates judged for each pair to be shown, and at most so many beyond them
_BLOCK = 64  # questions searched for at a time, after which progress is told


@dataclass(frozen=True, slots=True)
class Judged:
    """Candidates with all that was found out about them.

    `pairs`: n, a, the signals, their contributions, `score`, counts of indicators, `refused`; by question, the
    best first. `compared`: see `indicators.SCHEMA`. `rules`: see `eligible.SCHEMA`.
    """

    pairs: pl.DataFrame
    compared: pl.DataFrame
    rules: pl.DataFrame

    def joined(self, other: Judged) -> Judged:
        """With other candidates of the same questions."""
        pairs = _ordered(pl.concat([self.pairs, other.pairs]))
        return Judged(pairs, pl.concat([self.compared, other.compared]), pl.concat([self.rules, other.rules]))

    def of(self, pairs: pl.DataFrame) -> Judged:
        """What concerns these pairs."""
        return Judged(pairs, *(f.join(pairs, on=["n", "a"], how="semi") for f in (self.compared, self.rules)))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a market is made under.

    `see`: the disclosure class of the viewer; nothing above it is read, so no score, statistic or vector
    carries it. `encode`: texts → vectors of the tenant's own embedder; none is bundled. `verdicts`: what the
    rules room said of organisations (`eligible.VERDICTS`), for listings that name a scheme. `threads` search at a
    time, `runner` reads texts in parts; the answers depend on neither.
    """

    as_of: date
    glossary: pl.DataFrame
    words: Vocabularies
    see: str = "core"
    encode: Encode | None = None
    verdicts: pl.DataFrame | None = None
    seed: int = 0
    model: learning.Model = field(default_factory=learning.default)
    threads: int = 1
    industries: pl.DataFrame | None = None
    runner: Runner | None = None

    def scene(self, registry: Registry) -> signals.Scene:
        """What signals may look at."""
        if self.industries is None:
            return signals.Scene(registry, self.as_of, self.see)
        return signals.Scene(registry, self.as_of, self.see, self.industries)


@dataclass(frozen=True, slots=True)
class Market:
    """Listings of kind `ask` that are open, and all of kind `answer`; each side is numbered by id.

    `demanded`, `claimed`: indicators of the side that demands and of the other. `shelf`: the answers, indexed, with
    their statistics. `near`: vectors of both sides. `quantities`: what each question's indicators speak of.
    `measures`: the signals that listings' own fields give.
    """

    terms: Terms
    ask: str
    answer: str
    known: concepts.Glossary
    needs: listings.Side
    offers: listings.Side
    demanded: indicators.Sheet
    claimed: indicators.Sheet
    standing: eligible.Standing
    shelf: retrieve.Shelf
    near: Nearness
    quantities: list[list[str]]
    measures: Sequence[signals.Measure]
    organisations: Mapping[str, Label]

    def question(self, n: int) -> retrieve.Question:
        return retrieve.question(self.needs, n, self.quantities[n], self.shelf)

    def candidates(self, rows: Sequence[int], depth: int, top: int, tell: Progress) -> Judged:
        """The `depth` nearest answers of these questions, judged.

        Where so many of them are refused that fewer than `top` remain, a second search leaves out, inside
        the query, what is known beforehand to be refused.
        """
        found = self._look(rows, depth, tell, barred=False)
        judged = self.judge(found)
        asked, of = np.unique(judged.pairs["n"].to_numpy(), return_inverse=True)
        refused = np.bincount(of, judged.pairs["refused"].to_numpy(), len(asked))
        every = np.bincount(of, minlength=len(asked))
        short = asked[(every - refused < top) & (every >= depth)].tolist()
        if not short:
            return judged
        more = self._look(short, depth, tell, barred=True)
        more = more.join(found, on=["n", "a"], how="anti")
        return judged if more.is_empty() else judged.joined(self.judge(more))

    def judge(self, found: pl.DataFrame) -> Judged:
        """Signals, score and eligibility of candidate pairs."""
        compared = self._compare(found)
        pairs = self.terms.model.apply(self.signals(found, compared))
        rules = eligible.refuse(found, self.needs.of(found["n"]), self.standing)
        barred = {*rules[["n", "a"]].iter_rows(), *indicators.failed(compared)[["n", "a"]].iter_rows()}
        refused = [pair in barred for pair in pairs[["n", "a"]].iter_rows()]
        return Judged(_ordered(pairs.hstack([pl.Series("refused", refused, pl.Boolean)])), compared, rules)

    def signals(self, found: pl.DataFrame, compared: pl.DataFrame) -> pl.DataFrame:
        """`found` with every signal and its score."""
        pairs = found.hstack(self.near.signals(found))
        for measure in self.measures:
            pairs = pairs.hstack(measure(found))
        return pairs.join(indicators.counts(compared), on=["n", "a"], how="left", maintain_order="left")

    def _compare(self, found: pl.DataFrame) -> pl.DataFrame:
        """Indicators of candidate pairs, whoever of the two demands."""
        if self.standing.ask_demands:
            return indicators.compare(found, self.demanded, self.claimed)
        turned = indicators.compare(found.select(n="a", a="n"), self.demanded, self.claimed)
        return turned.rename({"n": "a", "a": "n"}).select(*indicators.SCHEMA).sort("n", "a", "i")

    def _look(self, rows: Sequence[int], depth: int, tell: Progress, *, barred: bool) -> pl.DataFrame:
        found = [pl.DataFrame(schema=retrieve.SCHEMA)]
        near = [[]] * len(rows) if barred else self.near.nearest(rows, depth // 2)
        bars: list[retrieve.Bar | None] = [None] * len(rows)
        if barred:
            asked = self.needs.frame[["organisation", "trl_min"]][list(rows)]
            demands = self.standing.ask_demands
            bars = [
                retrieve.Bar(self.standing.related(organisation), least if demands else None)
                for organisation, least in asked.iter_rows()
            ]
        for first in range(0, len(rows), _BLOCK):
            part = slice(first, first + _BLOCK)
            tell(rows[first], self.needs.rows)
            questions = [self.question(n) for n in rows[part]]
            found.append(
                retrieve.look_many(questions, self.shelf, depth, bars[part], near[part], threads=self.terms.threads)
            )
        tell(rows[-1] + 1 if len(rows) else 0, self.needs.rows)
        return self._without_itself(pl.concat(found))

    def _without_itself(self, found: pl.DataFrame) -> pl.DataFrame:
        """Pairs of two listings: where both sides are of one kind, none is its own answer."""
        if self.ask != self.answer:
            return found
        asked, offered = self.needs.frame["id"].gather(found["n"]), self.offers.frame["id"].gather(found["a"])
        return found.filter(asked != offered)


def depth(top: int) -> int:
    """Candidates judged for `top` answers to be shown."""
    return min(_DEEP * top, top + _MORE)


def visible(registry: Registry, scene: signals.Scene) -> Registry:
    """A registry whose indicators are what the viewer may know of them."""
    return registry if scene.see == sides.CLASSES[-1] else registry.replace(indicators=scene.table("indicators"))


def prepared(registry: Registry, terms: Terms, ask: str, answer: str, questions: pl.DataFrame | None = None) -> Market:
    """The market of a registry. `questions`: listings (`sides.SCHEMA`) that ask in place of the registry's own."""
    known, also = concepts.read(terms.glossary), units.names(terms.words.get("unit", {}))
    asking = sides.listings(registry, ask, terms.see) if questions is None else questions
    needs = listings.side(sides.numbered(asking.filter(sides.is_open(terms.as_of))), ask, known, runner=terms.runner)
    offers = listings.side(sides.listings(registry, answer, terms.see), answer, known, runner=terms.runner)
    scene = terms.scene(registry)
    shown = visible(registry, scene)
    asked, offered = (indicators.sheet(shown, s.kind, s.subjects, known, also) for s in (needs, offers))
    terms = replace(terms, model=terms.model.sized(offers.rows))
    standing = eligible.standing(registry, ask, offers.frame, answer, terms.as_of, terms.verdicts)
    demanded, claimed = (asked, offered) if standing.ask_demands else (offered, asked)
    spoken = offered.quantities(offers.rows)
    return Market(
        terms, ask, answer, known, needs, offers, demanded, claimed, standing,
        shelf=retrieve.Shelf(offers, spoken, standing.holders, standing.is_open),
        near=nearness.prepared(needs, offers, terms.encode, terms.seed),
        quantities=asked.quantities(needs.rows),
        measures=measures(scene, needs, offers),
        organisations=organisations(registry),
    )  # fmt: skip


def measures(scene: signals.Scene, needs: listings.Side, offers: listings.Side) -> list[signals.Measure]:
    """The signals of listings' own fields, ready for these two sides."""
    return [signal.prepare(needs.frame, offers.frame, scene) for signal in signals.ALL.values()]


def _ordered(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.sort("n", "score", "a", descending=[False, True, False])


def organisations(registry: Registry) -> dict[str, Label]:
    """Id → name."""
    rows = registry["organisations"].select("organisation", "name", "name_en").iter_rows()
    return {key: Label(name or key, name_en or "") for key, name, name_en in rows}
