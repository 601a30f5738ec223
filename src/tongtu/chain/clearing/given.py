"""Tables a person gives beside the folder, for one round: loads, rankings, who is to be kept apart.

An id is known by the listings of the market itself; which side it is of need not be said where only one side has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.given import Forms, Given
from tongtu.match import sides
from tongtu.match.allocate.places import facts
from tongtu.registry import Noun, noun
from tongtu.registry.codes import Codes
from tongtu.registry.findings import Problem
from tongtu.terms.why import Label

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits

Places = Mapping[str, int]

_ALIKE = 3  # ids that a fault names at most
FORMS = Forms(
    __package__ or "",
    {"loads": ("id", "kind"), "rankings": ("id", "other", "kind"), "apart": ("a", "b", "kind", "since", "until")},
)


def loads(
    market: Clearing, path: Path, kinds: Sequence[str], limits: Limits | None = None, places: Places | None = None
) -> pl.DataFrame:  # fmt: skip
    """kind, id, least, most, until: for `allocate` and `chains`. Raises DataRefused with every fault.

    `places`: of listings of a kind that state none themselves (default 1).
    """
    table = _Given(market, "loads", path, kinds, limits)
    table.resolve("id", "kind", kinds)
    table.fill("least", pl.col("least").fill_null(0))
    table.wrong("least", *_above_capacity(market, table.frame, kinds, places or {}))
    return table.done().select("kind", "id", "least", "most", "until")


def rankings(
    market: Clearing, path: Path, limits: Limits | None = None, kinds: tuple[str, str] = ("need", "achievement")
) -> pl.DataFrame:  # fmt: skip
    """kind, id, other, rank: for `agree`; `other` is of the side that `kind` is not. Raises DataRefused."""
    table = _Given(market, "rankings", path, kinds, limits)
    table.resolve("id", "kind", kinds)
    table.fill("other_kind", pl.col("kind").replace(dict(zip(kinds, kinds[::-1], strict=True))))
    table.resolve("other", "other_kind", kinds)
    return table.done().select("kind", "id", "other", "rank")


def apart(market: Clearing, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """a_kind, a, b_kind, b, kind, since, until: organisations or listings, for `declared`. Raises DataRefused."""
    kinds = [kind for kind in sides.KINDS if market.listings(kind).height]
    table = _Given(market, "apart", path, kinds, limits)
    for name in ("a", "b"):
        table.fill(f"{name}_kind", pl.lit(None, pl.String))
        table.resolve(name, f"{name}_kind", kinds)
    table.wrong("b", table.frame["a"] == table.frame["b"], Problem.of("clearing.given-itself"))
    return table.done().select("a_kind", "a", "b_kind", "b", "kind", "since", "until")


def _above_capacity(
    market: Clearing, rows: pl.DataFrame, kinds: Sequence[str], places: Places
) -> tuple[pl.Series, list[Problem]]:  # fmt: skip
    """Rows whose minimum is above the listing's own places, where the row itself gives no most."""
    own = [
        facts(market.registry, kind).select(
            pl.lit(kind).alias("kind"), "id", pl.col("capacity").fill_null(places.get(kind, 1))
        )
        for kind in kinds
    ]
    known = rows.join(pl.concat(own), on=["kind", "id"], how="left", maintain_order="left")
    capacity = known["capacity"].fill_null(1)
    over = (rows["most"].is_null() & rows["id"].is_not_null() & (rows["least"] > capacity)).fill_null(False)
    return over, [Problem.of("clearing.given-above-capacity", n=n) for n in capacity.filter(over)]


class _Given(Given):
    """A table whose ids are those of listings."""

    def __init__(
        self, market: Clearing, name: str, path: Path, kinds: Sequence[str], limits: Limits | None
    ) -> None:  # fmt: skip
        self.market = market
        super().__init__(FORMS, name, path, _codes(market, kinds), limits)

    def resolve(self, name: str, side: str, kinds: Sequence[str]) -> None:
        """Finds the side of each id; an id that no side has, or several have, is a fault."""
        known: dict[str, list[str]] = {}
        for kind in kinds:
            for own in self.market.listings(kind)["id"]:
                known.setdefault(own, []).append(kind)
        found, wrong, problems = [], [], []
        for own, said in self.frame.select(name, side).iter_rows():
            fits = [kind for kind in known.get(own, ()) if said in (None, kind)]
            found.append(fits[0] if len(fits) == 1 else said)
            wrong.append(own is not None and len(fits) != 1)
            if wrong[-1]:
                problems.append(self._unfit(own, said, fits, known))
        self.frame = self.frame.with_columns(pl.Series(side, found, dtype=pl.String))
        self.wrong(name, pl.Series(wrong, dtype=pl.Boolean), problems)

    def _unfit(self, own: str, said: str | None, fits: Sequence[str], known: Mapping[str, Sequence[str]]) -> Problem:
        if fits:
            return Problem.of("clearing.given-both", sides=[_label(kind) for kind in fits])
        if said is not None and own in known:
            return Problem.of("clearing.given-other-side", side=_label(said), found=[_label(k) for k in known[own]])
        among = [other for other, held in known.items() if said is None or said in held]
        alike = tuple(get_close_matches(own, among, _ALIKE, 0.5)) or tuple(sorted(among)[:_ALIKE])
        return Problem.of("clearing.given-unknown", ids=alike)


def tables() -> dict[str, Noun]:
    """The tables of `given.csv` by name."""
    return FORMS.tables


def _codes(market: Clearing, kinds: Sequence[str]) -> Codes:
    return Codes({**market.vocabularies, "side": {kind: _label(kind) for kind in kinds}})


def _label(kind: str) -> Label:
    made = noun(sides.kind_of(kind).noun)
    return Label(made.zh, made.en)
