"""What every document of the clearinghouse starts from: who may see what, as of when, by which weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.compose import with_pack
from tongtu.chain.dossier.pieces import by_pack
from tongtu.chain.dossier.subject import plausible
from tongtu.chain.law import rule_book
from tongtu.chain.report.spoken import Pair, both, labels, names, shown, words
from tongtu.match import engine, learning, sides
from tongtu.match.eligible import VERDICTS
from tongtu.registry import Registry, noun, vocabularies
from tongtu.registry.vocabularies import Vocabularies
from tongtu.solve import Progress
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

#: ids a fault names at most
_LISTED = 5


@dataclass(frozen=True)
class Clearing:
    """A registry as known at a date, seen by a viewer of class `see`, scored by `model`. See `clearing`."""

    pack: Pack
    registry: Registry
    as_of: date
    see: str
    model: learning.Model
    progress: Progress | None = field(default=None, repr=False)
    _listings: dict[str, pl.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)
    _titles: dict[str, dict[str, Pair]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _owners: dict[str, dict[str, str | None]] = field(default_factory=dict, init=False, repr=False, compare=False)

    # ------------------------------------------------------------------------------------------ what there is

    @cached_property
    def vocabularies(self) -> Vocabularies:
        return {**vocabularies(), **self.pack.vocabularies}

    def listings(self, kind: str) -> pl.DataFrame:
        """Listings of a kind as the viewer may know them."""
        if kind not in self._listings:
            self._listings[kind] = sides.listings(self.registry, kind, self.see)
        return self._listings[kind]

    def filled(self, *kinds: str) -> None:
        """Raises UsageFault for kinds that do not exist or of which the tables hold nothing."""
        for kind in kinds:
            if self.listings(kind).is_empty():
                made = noun(sides.kind_of(kind).noun)
                args = {"name": Label(made.zh, made.en), "table": made.name}
                raise UsageFault.because("clearing.empty-side", "clearing.empty-side-repair", **args)

    def listing(self, kind: str, key: str) -> str:
        """The id of a listing, by its id or its title. Raises UsageFault, naming those that look like it."""
        frame = self.listings(kind)
        ids = frame["id"].to_list()
        titled = frame.filter((pl.col("title") == key) | (pl.col("title_en") == key))["id"].to_list()
        found = [key] if key in ids else titled
        if len(found) == 1:
            return str(found[0])
        alike = titled or get_close_matches(key, ids, _LISTED, 0.3) or ids[:_LISTED]
        made = noun(sides.kind_of(kind).noun)
        args = {"name": key, "side": Label(made.zh, made.en), "n": len(ids), "ids": tuple(alike[:_LISTED])}
        raise UsageFault.because("clearing.no-listing", "clearing.no-listing-repair", **args)

    def covers(self, least: str) -> bool:
        """Whether the viewer's class sees what is open to `least`."""
        return sides.CLASSES.index(self.see) >= sides.CLASSES.index(least)

    def require(self, least: str) -> None:
        """Raises UsageFault where the viewer's class is below."""
        if not self.covers(least):
            args = {"see": self.see, "classes": sides.CLASSES[sides.CLASSES.index(least) :]}
            raise UsageFault.because("clearing.class-too-low", "clearing.class-too-low-repair", **args)

    # ------------------------------------------------------------------------------------------ engines

    def meet(
        self, ask: str, answer: str, top: int, questions: pl.DataFrame | None = None, *, explain: bool = True
    ) -> engine.Matches:  # fmt: skip
        """Any side asks any other; those who fail the rules that a listing names are refused."""
        if questions is None:  # whoever brings its own questions has named the work
            self.tell("matching")
        return engine.meet(
            self.registry, ask=ask, answer=answer, glossary=self.pack.glossary, as_of=self.as_of, top=top,
            see=self.see, questions=questions, verdicts=self.verdicts({ask, answer}), model=self.model,
            industries=self.pack.sheet("industries"), explain=explain,
            progress=self.progress, vocabularies=self.vocabularies,
        )  # fmt: skip

    def matched(self, top: int) -> engine.Matches:
        """Needs ask for achievements, in the columns of the chain's tables."""
        self.filled("need", "achievement")
        found = self.meet("need", "achievement", top)
        named = {"question": "need", "answer": "achievement"}
        return engine.Matches(*(f.rename(named, strict=False) for f in (found.pairs, found.refusals, found.closed)))

    def among(self, ask: str, answer: str, pairs: pl.DataFrame) -> engine.Matches:
        """These pairs (question, answer) alone, with their score, and those of them who are not eligible."""
        from tongtu.match.among import among

        self.tell("matching")
        return among(
            self.registry, pairs, ask=ask, answer=answer, glossary=self.pack.glossary, as_of=self.as_of, see=self.see,
            verdicts=self.verdicts({ask, answer}), model=self.model, industries=self.pack.sheet("industries"),
            vocabularies=self.vocabularies, progress=self.progress,
        )  # fmt: skip

    def verdicts(self, kinds: set[str]) -> pl.DataFrame:
        """What the rules say of organisations, by the schemes that listings of these kinds name: `VERDICTS`."""
        from tongtu.rules import judge

        book = rule_book(self.pack)
        wanted = {s for kind in kinds for s in self.listings(kind)["scheme"].drop_nulls().unique().to_list()}
        found = [pl.DataFrame(schema=VERDICTS)]
        for name in sorted(wanted & {s for s in book if book[s].subject == "organisations"}):
            said = judge(book, name, self.registry, self.as_of).verdicts
            met = said.filter(pl.col("verdict") != "unmet")["organisation"].unique()
            failed = said.filter(~pl.col("organisation").is_in(met.implode())).unique(
                "organisation", keep="first", maintain_order=True
            )
            found.append(failed.select(list(VERDICTS)))
        return pl.concat(found)

    def tell(self, what: str, **args: object) -> None:
        """Names the work that begins, where somebody watches."""
        if self.progress is not None:
            self.progress(0, 1, Why(f"clearing.{what}", args))

    # ------------------------------------------------------------------------------------------ names

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, Pair]]:
        return labels(self.pack)

    def label(self, vocabulary: str, code: str | None) -> Pair:
        return ["", ""] if code is None else self._labels.get(vocabulary, {}).get(code, [code, code])

    @cached_property
    def directions(self) -> dict[str, Pair]:
        return names(self.registry, "directions")

    @cached_property
    def regions(self) -> dict[str, Pair]:
        return names(self.registry, "regions")

    def name(self, kind: str, key: str | None) -> Pair:
        """A listing's title in both languages, or its id."""
        if key is None:
            return ["", ""]
        if kind not in self._titles:
            rows = self.listings(kind).select("id", "title", "title_en").iter_rows()
            self._titles[kind] = {own: [zh or en or own, en or zh or own] for own, zh, en in rows}
        return self._titles[kind].get(key, [key, key])

    def ask_of(self, kind: str) -> Pair:
        """What a kind is called."""
        made = noun(sides.kind_of(kind).noun)
        return [made.zh, made.en]

    def owner(self, kind: str, key: str) -> Pair:
        """Who stands behind a listing, as far as the viewer may know."""
        if kind not in self._owners:
            self._owners[kind] = dict(self.listings(kind).select("id", "organisation").iter_rows())
        return self.name("organisation", self._owners[kind].get(key))

    # ------------------------------------------------------------------------------------------ head and foot

    def stamp(self, *more: Pair) -> list[Pair]:
        """As of when, for whose eyes, by which pack and weights."""
        seen = words("clearing.seen-by", see=Label(*words(f"clearing.class-{self.see}")))
        day = words("dossier.as-of", day=self.as_of)
        head = [f"{d}{stop}{s}" for d, stop, s in zip(day, "，,", seen, strict=True)]
        head[1] = head[1].replace(",", ", ", 1)
        return [*more, head, by_pack(self.pack)]

    def foot(self, *, scored: bool = True) -> list[Pair]:
        """What the score is, what it rests on, and that nothing is decided here."""
        source = Label(*both(self.model.source))
        weights = words("clearing.weights", version=self.model.version, source=source)
        told = [words("clearing.score-is", what=Label(*both(self.model.estimand))), weights] if scored else []
        return [*told, words("clearing.not-decided")]


def clearing(
    registry: Registry,
    pack: Pack,
    as_of: date,
    *,
    known_at: date | None = None,
    see: str = sides.CLASSES[-1],
    model: learning.Model | None = None,
    progress: Progress | None = None,
) -> Clearing:
    """The ground for the other functions. Raises UsageFault for a class or a day that cannot be."""
    if see not in sides.CLASSES:
        raise UsageFault.because("match.no-class", "match.no-class-repair", see=see, classes=list(sides.CLASSES))
    seen = with_pack(registry, pack).known(plausible(as_of), known_at)
    return Clearing(pack, seen, as_of, see, model or learning.default(), progress)


def percent(value: float | None, digits: int = 1) -> Pair:
    """A share as people read it; unknown where it is null."""
    if value is None:
        return words("terms.unknown")
    return shown(f"{value * 100:.{digits}f}%")
