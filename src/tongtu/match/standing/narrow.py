"""The market of two boards: found among all that stands, judged on the few that were found.

`Market` reads both sides once and judges every question; here one question is judged at a time, so what is read
of each listing is read of the candidates alone. Statistics, vectors and the space are those of the boards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.match import concepts, eligible, signals
from tongtu.match.market import Judged, Market, Terms, measures
from tongtu.match.nearness import Nearness
from tongtu.match.standing.board import Board
from tongtu.terms.why import Label
from tongtu.text.vectors import Space


@dataclass(frozen=True, slots=True)
class Fixed:
    """What does not change while listings come and go. `standing`: who is bound to whom; its listings are not used."""

    known: concepts.Glossary
    standing: eligible.Standing
    space: Space
    organisations: Mapping[str, Label]
    scene: signals.Scene


@dataclass(frozen=True, slots=True)
class Wide(Market):
    """A market whose sides are all rows of two boards. `judge` reads no more of them than the pairs need."""

    questions: Board
    answers: Board
    scene: signals.Scene

    def judge(self, found: pl.DataFrame) -> Judged:
        n, a = (found[name].unique().sort().to_list() for name in ("n", "a"))
        asked, offered = self.questions.stated(n), self.answers.stated(a)
        (demanded, demands), (claimed, claims) = (
            (asked, offered) if self.standing.ask_demands else (offered, asked)
        )  # fmt: skip
        needs, offers = self.questions.part(n), self.answers.part(a)
        few = Market(
            self.terms, self.ask, self.answer, self.known, needs, offers, demanded, claimed,
            standing=self.answers.standing(a),
            shelf=self.shelf,
            near=Nearness(self.near.space, {s: (q[n], o[a]) for s, (q, o) in self.near.vectors.items()}),
            quantities=[],
            measures=measures(self.scene, needs, offers),
            organisations=self.organisations,
        )  # fmt: skip
        judged = few.judge(found.with_columns(_places(n, found["n"]), _places(a, found["a"])))
        compared = _numbered(judged.compared, n=n, a=a, i=demands)
        claim = pl.col("j").replace_strict(dict(enumerate(claims)), default=None, return_dtype=pl.Int64)
        return Judged(
            _numbered(judged.pairs, n=n, a=a), compared.with_columns(claim), _numbered(judged.rules, n=n, a=a)
        )


def wide(terms: Terms, fixed: Fixed, questions: Board, answers: Board) -> Wide:
    """The market as both boards are now."""
    demanded, claimed = (questions, answers) if fixed.standing.ask_demands else (answers, questions)
    asked, offered = questions.vectors(), answers.vectors()
    return Wide(
        terms, questions.side.kind, answers.side.kind, fixed.known,
        needs=questions.side,
        offers=answers.side,
        demanded=demanded.sheet,
        claimed=claimed.sheet,
        standing=fixed.standing,
        shelf=answers.shelf,
        near=Nearness(fixed.space, {name: (asked[name], offered[name]) for name in asked}),
        quantities=questions.spoken,
        measures=[],
        organisations=fixed.organisations,
        questions=questions,
        answers=answers,
        scene=fixed.scene,
    )  # fmt: skip


def _places(rows: Sequence[int], of: pl.Series) -> pl.Series:
    """Where each of these numbers stands in `rows`, which are in order."""
    return pl.Series(of.name, np.searchsorted(np.array(rows, np.int64), of.to_numpy()), pl.Int64)


def _numbered(frame: pl.DataFrame, **by: Sequence[int]) -> pl.DataFrame:
    """The numbers that the boards know, in place of those counted from 0."""
    return frame.with_columns(pl.Series(name, rows, pl.Int64)[frame[name]].alias(name) for name, rows in by.items())
