"""`meet`: any side of a market asks any other, and is answered with ranked, explained pairs and those refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tongtu.match import learning, reasons, sides
from tongtu.match import pieces as laid
from tongtu.match.market import Judged, Market, Terms, depth, prepared
from tongtu.match.nearness import Encode
from tongtu.match.pieces import Pieces
from tongtu.match.profiles import Explain, Profiles
from tongtu.match.signals import Scene
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.vocabularies import vocabularies as own_vocabularies
from tongtu.solve import Progress, check

_SPREAD = 2_000  # questions judged at a time, so that a nation's candidates never stand in memory at once
_COUNTS = ("met", "unmet", "unknown")
_Answered = tuple[pl.DataFrame, pl.DataFrame]  # pairs and refusals


@dataclass(frozen=True, slots=True)
class Matches:
    """Ranked pairs, pairs refused, and `closed`: who did not ask, and why. Columns: see `meet` and `match`."""

    pairs: pl.DataFrame
    refusals: pl.DataFrame
    closed: pl.DataFrame


def meet(
    registry: Registry,
    *,
    ask: str,
    answer: str,
    glossary: pl.DataFrame,
    as_of: date,
    top: int = 10,
    see: str = "core",
    questions: pl.DataFrame | None = None,
    verdicts: pl.DataFrame | None = None,
    encode: Encode | None = None,
    model: learning.Model | None = None,
    industries: pl.DataFrame | None = None,
    seed: int = 0,
    explain: bool = True,
    vocabularies: Vocabularies | None = None,
    progress: Progress | None = None,
    pieces: Pieces | None = None,
) -> Matches:
    """The `top` best eligible listings of kind `answer` for every open listing of kind `ask`, with reasons.

    `ask`, `answer`: kinds of `sides.KINDS`. `questions`: listings that ask in place of the registry's.
    `see`: the viewer's disclosure class (`sides.CLASSES`); nothing above it is read. `glossary`: see `concepts.read`.
    `industries`: IPC symbols and keywords by industry (`signals.INDUSTRIES`). `verdicts`: see `eligible.VERDICTS`.
    `encode`: texts → vectors of the tenant's own embedder. `model`: the weights (default: those shipped).
    `vocabularies`: names of codes; a vocabulary `unit` in it names units. `explain`: without it `why` is null, and
    the contributions stand alone. `pieces`: questions are answered in several processes, the same way.

    `pairs`: question, answer, rank (from 1), score (0..1, see `learning`), base and by_SIGNAL, which add up to it
    (null where a signal is unknown), indicators_met, indicators_unmet, indicators_unknown, why. `refusals`: question,
    answer, why: pairs that would have stood among the `top` were they eligible. `closed`: question, why.

    Two steps, as in retrieval generally: candidates from a lexical index and, in markets up to 200,000 answers,
    from a latent space; then a score over signals. Departs from expertise matchers (TPMS and its kin) in that
    eligibility is never part of a score and unknown signals are left out of it. Raises UsageFault for a kind or
    class that does not exist, Cancelled when `progress` does.
    """
    words = vocabularies if vocabularies is not None else own_vocabularies()
    weights = model or learning.default()
    runner = None if pieces is None else pieces.runner
    terms = Terms(
        as_of, glossary, words, see, encode, verdicts, seed, model=weights, industries=industries, runner=runner
    )
    tell = check(progress)
    asked = _Asked(top, explain)

    def desk() -> Pairs | Profiles:
        kind = Profiles if sides.kind_of(answer).items else Pairs
        return kind(registry, terms, ask, answer, questions)

    found = asked.here(desk(), tell) if pieces is None else asked.there(desk, terms.scene(registry), pieces, tell)
    pairs, refusals = (pl.concat(frames) for frames in zip(*found, strict=True))
    return Matches(pairs, refusals, _closed(sides.listings(registry, ask) if questions is None else questions, as_of))


def match(
    registry: Registry,
    *,
    glossary: pl.DataFrame,
    as_of: date,
    top: int = 10,
    seed: int = 0,
    vocabularies: Vocabularies | None = None,
    progress: Progress | None = None,
    **options: object,
) -> Matches:
    """`meet` for needs and achievements, in the columns of the chain's tables.

    `pairs`: need, achievement, rank, score, indicators_met, indicators_unmet, indicators_unknown, why.
    `refusals`: need, achievement, why. `closed`: need, why.
    """
    found = meet(
        registry, ask="need", answer="achievement", glossary=glossary, as_of=as_of, top=top, seed=seed,
        vocabularies=vocabularies, progress=progress, **options,  # type: ignore[arg-type]
    )  # fmt: skip
    named = {"question": "need", "answer": "achievement"}
    pairs, refusals, closed = (f.rename(named, strict=False) for f in (found.pairs, found.refusals, found.closed))
    shown = [c for c in pairs.columns if not c.startswith("by_") and c != "base"]
    return Matches(pairs.select(shown), refusals, closed)


class Pairs:
    """Answers that speak for themselves."""

    def __init__(self, *made_of: Any) -> None:
        self.market = prepared(*made_of)

    def candidates(self, rows: Sequence[int], depth: int, top: int, tell: Progress) -> tuple[Judged, Explain]:
        judged = self.market.candidates(rows, depth, top, tell)
        return judged, lambda kept: reasons.Writer(self.market).pairs(judged.of(kept))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is wanted of a desk, and how it is worked: some questions at a time, here or in other processes."""

    top: int
    explain: bool

    def here(self, desk: Pairs | Profiles, tell: Progress) -> list[_Answered]:
        return [self.answered(desk, rows, tell) for rows in _spread(desk.market.needs.rows)]

    def there(
        self, make: Callable[[], Pairs | Profiles], scene: Scene, pieces: Pieces, tell: Progress
    ) -> list[_Answered]:
        """The desk is let go once it is laid down: whoever works a piece opens it there."""
        desk = make()
        parts = [(self, pieces.folder, rows) for rows in _spread(desk.market.needs.rows)]
        laid.lay(desk, scene, pieces.folder, self.explain)
        del desk
        try:
            return pieces.runner.map(_piece, parts, tell)
        finally:
            laid.take.cache_clear()

    def answered(self, desk: Pairs | Profiles, rows: Sequence[int], tell: Progress) -> _Answered:
        """Pairs and refusals of some questions."""
        judged, reason = desk.candidates(rows, depth(self.top), self.top, tell)
        kept, refused = _places(judged.pairs, self.top)
        why = reason(kept) if self.explain else [None] * kept.height
        counts = [pl.col(c).fill_null(0).alias(f"indicators_{c}") for c in _COUNTS]
        shares = [c for c in kept.columns if c.startswith("by_")]
        numbers = kept.select(pl.col("rank").cast(pl.Int64), "score", "base", *shares, *counts)
        named = _named(kept, desk.market, why)
        pairs = pl.concat([named.drop("why"), numbers, named.select("why")], how="horizontal")
        writer = reasons.Writer(desk.market)
        return pairs, _named(refused, desk.market, writer.refusals(judged.of(refused)))


def _piece(part: tuple[_Asked, Path, range]) -> _Answered:
    """In the process of a worker: the answers to some questions of the desk that lies in a folder."""
    asked, folder, rows = part
    return asked.answered(laid.take(folder), rows, check(None))


def _spread(questions: int) -> list[range]:
    """Some questions at a time, at least once."""
    rows = range(questions)
    return [rows[first : first + _SPREAD] for first in range(0, max(questions, 1), _SPREAD)]


def _places(pairs: pl.DataFrame, top: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The `top` eligible of each question, ranked; and those refused that stood before the last of them."""
    kept = pairs.filter(~pl.col("refused")).group_by("n", maintain_order=True).head(top)
    kept = kept.with_columns(rank=pl.int_range(1, pl.len() + 1).over("n"))
    last = kept.group_by("n").agg(last=pl.col("score").min(), kept=pl.len())
    refused = pairs.filter(pl.col("refused")).join(last, on="n", how="left", maintain_order="left")
    in_time = (pl.col("kept").fill_null(0) < top) | (pl.col("score") > pl.col("last"))
    return kept, refused.filter(in_time).group_by("n", maintain_order=True).head(top)


def _named(rows: pl.DataFrame, market: Market, why: list[str] | list[None]) -> pl.DataFrame:
    """Ids in place of row numbers, and the reason."""
    asked, offered = market.needs.frame["id"], market.offers.frame["id"]
    return pl.DataFrame(
        {
            "question": asked.gather(rows["n"]),
            "answer": offered.gather(rows["a"]),
            "why": pl.Series(why, dtype=pl.String),
        }
    )


def _closed(listings: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Listings that do not ask at this date: question, why."""
    rows = listings.filter(~sides.is_open(as_of))
    why = [sides.why_closed(row, as_of).to_json() for row in rows.iter_rows(named=True)]
    return pl.DataFrame({"question": rows["id"], "why": pl.Series(why, dtype=pl.String)})
