"""`Desk`: a market that stands, for viewers of one class of disclosure, at a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import polars as pl

from tongtu.match import eligible, indicators, listings, nearness, retrieve, sides
from tongtu.match.market import Judged, Market, Terms, depth, organisations, visible
from tongtu.match.nearness import Nearness
from tongtu.match.reasons import Writer
from tongtu.match.standing.board import Alike, Board, Posted
from tongtu.match.standing.kept import Repaired
from tongtu.match.standing.names import Names
from tongtu.match.standing.narrow import Fixed, market, readers
from tongtu.registry import Registry, concepts, noun
from tongtu.solve import check
from tongtu.terms import units
from tongtu.terms.faults import UsageFault
from tongtu.text.live import Live

_SHOWN = {"answer": "a", "question": "n"}
_COUNTS = ("met", "unmet", "unknown")
_SIDES = ("questions", "answers")


class Read(NamedTuple):
    """Listings as `Posted` has them, but for their vectors."""

    side: listings.Side
    sheet: indicators.Sheet
    holders: list[list[str]]
    offers: pl.DataFrame


class Desk:
    """Both sides of a market, standing: every new listing is answered, and finds who asks for it, at once.

    `terms`: see `market.Terms`; nothing above its `see` is kept. `ask`, `answer`: kinds of `sides.KINDS`; a kind
    whose items speak for it (a platform, an organisation) answers with its own listing alone. `folder`: where a
    face keeps the indexes, one folder a class of disclosure; None keeps them in memory. The registry is the truth:
    an index that was resumed is brought to it, and `repaired` says by what.

    Scores are those of `meet` with the new listing in the registry, but for `semantic`: the latent space is that
    of the listings the desk was opened with, or last compacted; new ones are folded in. What is on record beside
    listings (cases, results, titles, priorities) is that of the registry the desk was opened with. Candidates come
    from a live index, so which listings take the last places among those judged may differ.

    Where listings are taken: one row of `sides.SCHEMA`, as `sides.listings` makes it; `indicators` are rows of
    that noun about it, `ownership` too. Not for several threads at once. Raises UsageFault for a kind or class
    that does not exist and for anything but one listing; faults of the folder as `Live` does.
    """

    def __init__(self, registry: Registry, terms: Terms, ask: str, answer: str, folder: Path | None = None) -> None:
        self._terms, self.ask, self.answer = terms, ask, answer
        self._known, self._units = concepts.read(terms.glossary), units.names(terms.words.get("unit", {}))
        self._find = Names(self._known).find
        self._scene = terms.scene(registry)
        self._registry = visible(registry, self._scene)
        self._organisations = organisations(registry)
        asking = sides.listings(registry, ask, terms.see).filter(sides.is_open(terms.as_of))
        given = ((ask, sides.numbered(asking)), (answer, sides.listings(registry, answer, terms.see)))
        self._standing = eligible.standing(
            self._registry, ask, given[1][1].clear(), answer, terms.as_of, terms.verdicts
        )
        made = [self._read(self._registry, frame, kind) for kind, frame in given]
        self._lives = [Live(retrieve.FIELDS, folder and folder / name) for name in _SIDES]
        self._open(made)
        self._repaired = [board.repaired for board in self._boards]

    @property
    def repaired(self) -> Mapping[str, Repaired]:
        """What the indexes of `questions` and `answers` were not as the registry says, when they were opened."""
        return dict(zip(_SIDES, self._repaired, strict=True))

    def answers(self, listing: pl.DataFrame, indicators: pl.DataFrame | None = None, *, top: int = 10) -> pl.DataFrame:
        """The `top` best eligible answers to a new question, which need not stand.

        answer, rank (from 1), score, base, by_SIGNAL, indicators_met, indicators_unmet, indicators_unknown, why.
        """
        with self._questions.provisional(self._posted(self.ask, listing, indicators)) as n:
            now = self._market()
            judged = now.candidates([n], depth(top), top, check(None))
            return _shown(now, judged, "answer", top)

    def asked_by(
        self,
        listing: pl.DataFrame,
        indicators: pl.DataFrame | None = None,
        ownership: pl.DataFrame | None = None,
        *,
        top: int = 10,
    ) -> pl.DataFrame:
        """The `top` standing questions that a listing answers best, scored as it would answer them were it listed.

        question and the columns of `answers`. Questions are found by searching them with the listing.
        """
        posted = self._posted(self.answer, listing, indicators, ownership)
        with self._answers.provisional(posted) as a:
            now = self._market()
            found = self._asking(now, posted, a, depth(top))
            return _shown(now, now.judge(found), "question", top)

    def add(
        self, listing: pl.DataFrame, indicators: pl.DataFrame | None = None, ownership: pl.DataFrame | None = None
    ) -> list[Alike]:
        """A listing of either side stands from now on, in place of one of its id.

        Its `kind` says which side; where both are one kind it stands on both. Returns the listings of that kind
        that look like copies of it, to be proposed for merging; nothing is merged. A question that is not open
        on the desk's date does not stand.
        """
        kind = self._kind(listing)
        posted = self._posted(kind, listing, indicators, ownership)
        found: dict[Alike, None] = {}
        for board, side in zip(self._boards, (self.ask, self.answer), strict=True):
            if side != kind:
                continue
            found.update(dict.fromkeys(board.alike(posted)))
            if board is self._answers or posted.side.frame.select(sides.is_open(self._terms.as_of)).item():
                board.post(posted)
            else:
                board.take_down(posted.side.frame["id"][0])
        return list(found)

    change = add

    def remove(self, kind: str, key: str) -> bool:
        """A listing stands no longer and is never found again; says whether there was one."""
        boards = [b for b, k in zip(self._boards, (self.ask, self.answer), strict=True) if k == self._side(kind)]
        stood = [board.take_down(key) for board in boards]
        return any(stood)

    def compact(self) -> None:
        """Makes all anew from what stands: rows, latent space and index. Then nothing differs from a new desk."""
        made = []
        for board in self._boards:
            rows = [board.rows[key] for key in sorted(board.rows)]
            made.append(Read(board.part(rows), board.stated(rows), *board.held(rows)))
        for live in self._lives:
            live.compact()
        self._open(made)

    def judge(
        self, question: str, answer: str, useful: int, why: str | None = None, by: str | None = None,
        on: date | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        """What somebody says of a pair, as a row of the noun `judgments` for a face to store; nothing is kept here.

        Raises UsageFault where the desk is not one of needs and achievements, which alone are learnt from, and
        where `useful` is not 0..3.
        """
        if (self.ask, self.answer) != ("need", "achievement"):
            raise UsageFault.because("match_standing.no-judgments", "match_standing.no-judgments-repair")
        if useful not in range(4):
            raise UsageFault.because("match_standing.useful", "match_standing.useful-repair", useful=useful)
        key = "-".join(str(part) for part in (question, answer, by, on) if part is not None)
        row = {
            "judgment": key,
            "need": question,
            "achievement": answer,
            "by": by,
            "useful": useful,
            "why": why,
            "on": on,
        }
        return pl.DataFrame([row], schema={c.name: c.dtype() for c in noun("judgments").columns})

    def close(self) -> None:
        """Ends all work on the folder; what stands stays."""
        for live in self._lives:
            live.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, made: list[Read]) -> None:
        terms, (asking, answering) = self._terms, made
        near = nearness.prepared(asking.side, answering.side, terms.encode, terms.seed)
        vectors = [{name: both[k] for name, both in near.vectors.items()} for k in range(2)]
        self._fixed = Fixed(self._known, self._standing, near.space, self._organisations, self._scene)
        self._boards = [
            Board(Posted(*parts, of), live, read)
            for parts, of, live, read in zip(made, vectors, self._lives, readers(self._scene), strict=True)
        ]
        self._questions, self._answers = self._boards

    def _market(self) -> Market:
        """What `market.prepared` makes, of the listings that stand now; one that does so provisionally counts."""
        terms = replace(self._terms, model=self._terms.model.sized(self._answers.standing_rows))
        return market(terms, self._fixed, self._questions, self._answers)

    def _asking(self, now: Market, posted: Posted, a: int, limit: int) -> pl.DataFrame:
        """The questions worth a closer look, with what the listing's words say to each."""
        board = self._questions
        asked = retrieve.question(posted.side, 0, posted.sheet.quantities(1)[0], board.shelf)
        both = {space: (rows, board.vectors()[space]) for space, rows in posted.vectors.items()}
        (near,) = Nearness(self._fixed.space, both).nearest([0], limit // 2)
        rows = retrieve.look(asked, board.shelf, limit, None, near)["a"].to_list()
        own = posted.side.frame["id"][0] if self.ask == self.answer else None
        questions = [now.question(n) for n in rows if n != board.rows.get(own)]
        return retrieve.scored(questions, now.shelf, [[a]] * len(questions))

    # Listings made ready.

    def _read(self, registry: Registry, frame: pl.DataFrame, kind: str, find: listings.Find | None = None) -> Read:
        side = listings.side(frame, kind, self._known, find)
        sheet = indicators.sheet(registry, kind, side.subjects, self._known, self._units)
        return Read(side, sheet, *eligible.held(registry, side.frame, kind, self._terms.as_of))

    def _posted(
        self,
        kind: str,
        listing: pl.DataFrame,
        stated: pl.DataFrame | None,
        ownership: pl.DataFrame | None = None,
    ) -> Posted:
        """A listing as a viewer may know it, ready to stand."""
        frame = self._one(kind, listing)
        given = {"indicators": stated, "ownership": ownership}
        registry = Registry({name: rows for name, rows in given.items() if rows is not None})
        registry = visible(registry, self._terms.scene(registry))
        read = self._read(registry, frame, kind, self._find)
        vectors = {"semantic": nearness.folded(self._fixed.space, read.side)}
        if self._terms.encode is not None:
            vectors["encoder"] = nearness.encoded(self._terms.encode, read.side)
        return Posted(*read, vectors)

    def _one(self, kind: str, listing: pl.DataFrame) -> pl.DataFrame:
        if listing.height != 1 or "id" not in listing.columns or listing["id"][0] is None:
            raise UsageFault.because(
                "match_standing.one-listing", "match_standing.one-listing-repair", n=listing.height
            )
        return _one_of(listing, kind, self._terms.see)

    def _kind(self, listing: pl.DataFrame) -> str:
        return self._side(listing["kind"][0] if "kind" in listing.columns and listing.height == 1 else None)

    def _side(self, kind: str | None) -> str:
        if kind not in (self.ask, self.answer):
            raise UsageFault.because(
                "match_standing.other-kind", "match_standing.other-kind-repair", kind=kind or "", ask=self.ask,
                answer=self.answer,
            )  # fmt: skip
        return str(kind)


def _shown(now: Market, judged: Judged, side: str, top: int) -> pl.DataFrame:
    """The best eligible pairs, the first by id of those that score alike, with their reasons."""
    row, ids = _SHOWN[side], (now.offers if side == "answer" else now.needs).frame["id"]
    pairs = judged.pairs.hstack([ids[judged.pairs[row]].alias(side)]).filter(~pl.col("refused"))
    pairs = pairs.sort("score", side, descending=[True, False]).head(top)
    why = Writer(now).pairs(judged.of(pairs))
    shares = [c for c in pairs.columns if c.startswith("by_")]
    return pairs.select(
        side, pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"), "score", "base", *shares,
        *(pl.col(c).fill_null(0).alias(f"indicators_{c}") for c in _COUNTS),
        pl.Series("why", why, dtype=pl.String),
    )  # fmt: skip


def _one_of(listing: pl.DataFrame, kind: str, see: str) -> pl.DataFrame:
    """A listing in the columns of its kind, those that are absent or that a viewer may not see null."""
    out = {*_hidden(kind, see), *(name for name in sides.SCHEMA if name not in listing.columns)}
    nulls = [pl.lit(None, kind_).alias(name) for name, kind_ in sides.SCHEMA.items() if name in out]
    kept = [name for name in sides.SCHEMA if name not in out and name != "kind"]
    return sides.numbered(listing.select(*kept, *nulls, kind=pl.lit(kind)))


@cache
def _hidden(kind: str, see: str) -> list[str]:
    """Columns of listings of a kind that are above a viewer's class."""
    made = sides.kind_of(kind)
    single = {"directions": "direction", "regions": "region"}
    seen = sides.CLASSES[: sides.CLASSES.index(see) + 1]
    above = {c.name for c in noun(made.noun).columns if c.disclosure not in seen} - {made.key}
    return [
        name for name in sides.SCHEMA
        if name not in ("row", "id", "kind") and {made.columns.get(name, name), single.get(name, "")} & above
    ]  # fmt: skip
