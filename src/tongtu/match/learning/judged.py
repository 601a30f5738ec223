"""Judged pairs as a trainer reads them: what counts as useful, in which order, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: what a pair may be known by, in the order people read it
SIGNALS = (
    "lexical", "concepts", "semantic", "encoder", "indicators", "field",
    "readiness", "region", "freshness", "record", "priority",
)  # fmt: skip
#: of the degrees 0 useless, 1 little, 2 useful, 3 very useful (`judgments.useful`), the least that counts as useful
USEFUL_FROM = 2.0
_MOST_USEFUL = 3.0


@dataclass(frozen=True, slots=True)
class Examples:
    """Judged pairs by question and answer: `x` rows × signals (NaN = unknown), `question` numbered from 0.

    `useful`: the degree judged, `y`: 1.0 where that counts as useful. `frame`: the rows as given, sorted.
    """

    frame: pl.DataFrame
    signals: tuple[str, ...]
    question: Ints
    x: Floats
    useful: Floats
    y: Floats
    weight: Floats

    @property
    def told(self) -> Bools:
        """Which signals any pair of a row's question knows."""
        return told(~np.isnan(self.x), self.question)

    @property
    def questions(self) -> int:
        return int(self.question.max()) + 1 if self.question.size else 0

    def of(self, rows: npt.NDArray[np.bool_]) -> Examples:
        """Some of the rows; questions keep their numbers."""
        return Examples(
            self.frame.filter(pl.Series(rows)), self.signals,
            self.question[rows], self.x[rows], self.useful[rows], self.y[rows], self.weight[rows],
        )  # fmt: skip


def read(judged: pl.DataFrame, signals: Sequence[str]) -> Examples:
    """Judged pairs in the order of question and answer, so that the order of rows changes no answer.

    `judged`: question, answer, useful (0..3), any of the signals (0..1, null unknown), and optionally weight (> 0).
    Raises DataRefused with every fault.
    """
    faults = [*_missing(judged), *strange(judged, signals)]
    if not faults:
        faults = list(_wrong(judged))
    if faults:
        raise DataRefused(faults)
    frame = judged.sort("question", "answer")
    useful = frame["useful"].cast(pl.Float64).to_numpy()
    weight = frame["weight"].cast(pl.Float64).to_numpy() if "weight" in frame.columns else np.ones(frame.height)
    number = frame["question"].rank("dense").cast(pl.Int64).to_numpy() - 1
    return Examples(
        frame, tuple(signals), number, matrix(frame, signals),
        useful, (useful >= USEFUL_FROM).astype(np.float64), weight,
    )  # fmt: skip


def told(known: Bools, question: Ints) -> Bools:
    """Which signals any pair of a row's question knows; `known`: rows × signals."""
    if not known.size:
        return known
    _, number = np.unique(question, return_inverse=True)
    some = np.zeros((int(number.max()) + 1, known.shape[1]), bool)
    np.logical_or.at(some, number, known)
    return np.asarray(some[number])


def matrix(frame: pl.DataFrame, signals: Sequence[str]) -> Floats:
    """Signals by column, NaN where unknown; a signal the frame does not have is unknown for every pair."""
    found = np.full((frame.height, len(signals)), np.nan, order="F")
    have = set(frame.columns)
    for column, name in enumerate(signals):
        if name in have:
            found[:, column] = _numbers(frame[name])
    return found


def _numbers(column: pl.Series) -> Floats:
    """NaN where unknown."""
    if column.dtype != pl.Float64:
        column = column.cast(pl.Float64)
    return column.to_numpy()


def strange(frame: pl.DataFrame, signals: Sequence[str]) -> Iterator[Fault]:
    """A fault for each signal that is not a number in 0..1."""
    schema = frame.schema
    for name in signals:
        kind = schema.get(name, pl.Null())
        if kind == pl.Null:
            continue
        if not kind.is_numeric():
            yield _fault("signal-text", name)
            continue
        known = _numbers(frame[name])
        wrong = known[(known < 0.0) | (known > 1.0)]
        if wrong.size:
            yield _fault("signal-range", name, value=float(wrong.min() if wrong.min() < 0.0 else wrong.max()))


def _missing(judged: pl.DataFrame) -> Iterator[Fault]:
    for name in ("question", "answer", "useful"):
        if name not in judged.columns:
            yield _fault("column-missing", name)
    for name in ("useful", "weight"):
        if name in judged.columns and not judged.schema[name].is_numeric():
            yield _fault("column-text", name)


def _wrong(judged: pl.DataFrame) -> Iterator[Fault]:
    for name in ("question", "answer", "useful"):
        if n := judged[name].null_count():
            yield _fault("column-empty", name, n=n)
    if n := judged.height - judged.select("question", "answer").n_unique():
        yield _fault("pair-twice", "answer", n=n)
    useful = judged["useful"].cast(pl.Float64)
    if n := int((~useful.is_between(0.0, _MOST_USEFUL)).sum()):
        yield _fault("useful-range", "useful", n=n)
    if "weight" in judged.columns:
        weight = judged["weight"].cast(pl.Float64)
        if n := int((~((weight > 0.0) & weight.is_finite()).fill_null(False)).sum()):
            yield _fault("weight-range", "weight", n=n)


def _fault(code: str, column: str, **args: object) -> Fault:
    args = {"column": column, **args}
    return Fault(Why(f"match_learning.{code}", args), Why(f"match_learning.{code}-repair", args), column=column)
