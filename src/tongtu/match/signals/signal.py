"""What a signal is, and what it may look at."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, TypeVar, cast

import polars as pl

from tongtu.match.sides import CLASSES
from tongtu.match.signals.pairs import Judge, Kinds, Known
from tongtu.registry import Registry, noun
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label, Why

T = TypeVar("T")
Row = Mapping[str, Any]
Schema = Mapping[str, pl.DataType | type[pl.DataType]]
#: pairs (n, a, …) → the signal and its facts, in the order given
Measure = Callable[[pl.DataFrame], pl.DataFrame]

#: listings → what counts of them, a row each
Read = Callable[[pl.DataFrame, "Scene"], pl.DataFrame]
Judged = Callable[[pl.DataFrame, "Scene"], pl.DataFrame]
Said = Callable[[Row, Vocabularies], Why]

#: which industry an IPC symbol or a keyword belongs to; a pack's sheet `industries`
INDUSTRIES: Schema = {
    "ipc": pl.String,
    "industry": pl.String,
    "direction": pl.String,
    "keywords": pl.List(pl.String),
}
_DIGITS = 6


@dataclass(frozen=True)
class Scene:
    """What signals may look at beside the two listings.

    `registry`: as known at `as_of` (`Registry.known`); signals leave out, besides, whatever is dated later.
    `see`: the disclosure class of the viewer; tables above it are empty, columns above it null.
    `industries`: frame of `INDUSTRIES`, further columns do not matter.
    """

    registry: Registry
    as_of: date
    see: str = CLASSES[-1]
    industries: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=INDUSTRIES))
    _known: dict[str, Known] = field(default_factory=dict, repr=False, compare=False)
    _made: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def known(self, what: str, columns: Sequence[str], judge: Judge) -> Known:
        """What was judged before under this name, of lists of codes in these columns."""
        if what not in self._known:
            self._known[what] = Known(Kinds(columns), judge)
        return self._known[what]

    def once(self, make: Callable[[Scene], T]) -> T:
        """What `make` reads from this scene, read once however many sides are prepared for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(T, self._made[make])

    def table(self, name: str) -> pl.DataFrame:
        """A noun's rows as the viewer may know them, recorded and valid by `as_of`."""
        frame, made = self.registry[name], noun(name)
        seen = CLASSES[: CLASSES.index(self.see) + 1]
        hidden = [c.name for c in made.columns if c.disclosure not in seen]
        if set(hidden) & set(made.key):
            return made.empty()
        for day in ("recorded_at", "valid_from"):
            if day in frame.columns:
                frame = frame.filter((pl.col(day) <= self.as_of).fill_null(True))
        return frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in hidden)

    def until(self, day: str) -> pl.Expr:
        """Whether something had happened by `as_of`; what is not dated had not."""
        return (pl.col(day) <= self.as_of).fill_null(False)


@dataclass(frozen=True, slots=True)
class Signal:
    """One way in which two listings may suit one another: a number in 0..1, null where it cannot be told.

    `facts`: the columns that stand beside it for the reason, all named `NAME_…`. `asking(listings, scene)` and
    `offering(listings, scene)` read what counts of listings that ask and that answer, a row each and each by itself,
    so that what was read of a listing stands as long as it does. `between(asking, offering, scene)` of what was read
    measures pairs, as often and in as many portions as wanted. `why(row, names)` says a row's facts; `names` are
    vocabularies, for the labels of codes.
    """

    name: str
    facts: Schema
    asking: Read
    offering: Read
    between: Callable[[pl.DataFrame, pl.DataFrame, Scene], Measure]
    why: Callable[[Row, Vocabularies], Why]

    def prepare(self, asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
        """What measures pairs of these listings."""
        return self.between(self.asking(asked, scene), self.offering(offered, scene), scene)

    def __call__(self, found: pl.DataFrame, asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> pl.DataFrame:
        """n, a, the signal and its facts for every pair of `found`, in its order."""
        return found.select("n", "a").hstack(self.prepare(asked, offered, scene)(found))

    @property
    def about(self) -> Why:
        """What the signal is, in a sentence."""
        return Why(f"match_signals.{self.name}-about")

    @property
    def schema(self) -> dict[str, pl.DataType | type[pl.DataType]]:
        return {"n": pl.Int64, "a": pl.Int64, self.name: pl.Float64, **self.facts}


@cache
def ours(signal: str) -> dict[str, Any]:
    """The numbers of a signal that are our own, from `ours.toml`."""
    text = (resources.files(__package__) / "ours.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)[signal])


def rounded(value: pl.Expr) -> pl.Expr:
    """A signal's value as it stands in a frame."""
    return value.cast(pl.Float64).clip(0.0, 1.0).round(_DIGITS)


def result(frame: pl.DataFrame, signal: str, facts: Schema, *kept: str) -> pl.DataFrame:
    """The columns a measure returns, typed, the signal `rounded` so that sums of parts stay exact."""
    return frame.select(*kept, rounded(pl.col(signal)), *(pl.col(name).cast(kind) for name, kind in facts.items()))


def by_kind(name: str, facts: Schema, read: Callable[[pl.DataFrame], pl.DataFrame], judge: Judged, why: Said) -> Signal:
    """A signal that both listings tell by lists of codes: `read` makes these of listings, `judge` compares them."""

    def known(scene: Scene, columns: Sequence[str] = ()) -> Known:
        return scene.known(name, columns, lambda once: result(judge(once, scene), name, facts, "pair"))

    def kinds(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
        lists = read(listings)
        return pl.DataFrame({"kind": known(scene, lists.columns).kinds.of(lists)})

    def between(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
        over = known(scene).over
        return lambda found: over(asked[found["n"]]["kind"], offered[found["a"]]["kind"])

    return Signal(name, facts, kinds, kinds, between, why)


def nothing(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """Of a side that says nothing: a row a listing all the same."""
    return pl.DataFrame({"row": listings["row"]})


def label(names: Vocabularies, vocabulary: str, code: str) -> Label:
    return names.get(vocabulary, {}).get(code, Label(code))
