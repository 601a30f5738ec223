"""A model of usefulness: signals of a pair in; a calibrated probability, and what each signal adds to it, out.

    z  = base of the form + Σ parts            (`linear` or `trees`; an unknown signal's part is 0)
    p  = calibration(z)                        (strictly increasing)
    by = part · (p(z) − p(z₀)) / (z − z₀)      (z₀: every signal unknown)

The last line shares the probability's points among the signals: Aumann and Shapley's value (1974), which integrated
gradients (Sundararajan, Taly & Yan 2017) compute along the straight path from z₀; it has this closed form because
every gradient along the path is the curve's slope times the part. Shares are rounded to six digits and what rounding
leaves over goes to the largest of them: `base + Σ by` is the score to the last digit, and the score keeps z's order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tongtu.match.learning import judged
from tongtu.match.learning.calibration import Calibration
from tongtu.match.learning.judged import Bools, Floats
from tongtu.match.learning.linear import Linear
from tongtu.match.learning.trees import Trees
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from pathlib import Path

_MICRO = 1_000_000
_CHUNK = 1 << 17  # rows at a time, which stay in the cache
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, with its interval over questions (95 %, bootstrap); None where none was taken."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Says how likely it is that a judge finds a proposed pair useful (see `judged.USEFUL_FROM`).

    `source` says in words what it was trained on, `judgments` and `questions` on how many; `measured`: figures by
    name, on pairs held back from training. `grade`: ours, as every weight of this room is. `crowding`: what a sum loses
    for each e-fold of answers beyond `answers`, the size of market the model speaks of (see `sized`).
    """

    name: str
    version: str
    made_on: date
    source: Why
    judgments: int
    questions: int
    form: Linear | Trees
    calibration: Calibration
    measured: Mapping[str, Figure] = field(default_factory=dict)
    grade: str = "ours"
    crowding: float = 0.0
    answers: int = 1

    @property
    def kind(self) -> str:
        """`linear` or `trees`."""
        return self.form.kind

    @property
    def signals(self) -> tuple[str, ...]:
        return self.form.signals

    @property
    def base(self) -> float:
        """The score of a pair of which nothing is known."""
        return round(self.calibration.at(self.form.base), 6)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with `score` (0..1), `base`, and `by_SIGNAL` for each signal of the model, all in steps of 1e-6.

        `by_SIGNAL` is null where the signal is unknown: it adds nothing. A signal the frame does not have is
        unknown for every pair. A column `n` or `question` says which pairs are one question's: what some of them
        know counts otherwise than what none does (see `Linear.parts`). Raises DataRefused where a signal is no number
        in 0..1.
        """
        if faults := [*judged.strange(frame, self.signals)]:
            raise DataRefused(faults)
        x = judged.matrix(frame, self.signals)
        told, parts = self._told(frame, x), []
        for first in range(0, max(frame.height, 1), _CHUNK):
            part = slice(first, first + _CHUNK)
            parts.append(self._scored(x[part], told[part]))
        made = parts[0] if len(parts) == 1 else pl.concat(parts, rechunk=True)
        absent = [column for column in frame.columns if column not in made.columns]
        return frame[absent].hstack(made)

    @property
    def estimand(self) -> Why:
        """What the score is a probability of."""
        return Why("match_learning.estimand")

    def interval(self, score: pl.Series) -> pl.DataFrame:
        """low, high: the 95 % interval of each score, null where the model was given none.

        It says how well judgments pin the curve down at that score (questions drawn again), not how much the
        pairs that share a score differ.
        """
        ends = self.calibration.interval(score.cast(pl.Float64).to_numpy())
        return pl.DataFrame([pl.Series(n, end, nan_to_null=True) for n, end in zip(("low", "high"), ends, strict=True)])

    def sized(self, answers: int) -> Model:
        """The same model for a market of so many answers.

        The more listings there are, the more of them look alike, and the less a given likeness proves. Orders are
        not touched, only probabilities. A model without `crowding` stays as it is.
        """
        if not self.crowding:
            return self
        shift = self.crowding * math.log(max(answers, 1) / self.answers)
        form = replace(self.form, intercept=self.form.intercept - shift)
        return replace(self, form=form, answers=max(answers, 1))

    def scores(self, frame: pl.DataFrame) -> Floats:
        """Probabilities alone, unrounded."""
        x = judged.matrix(frame, self.signals)
        parts = self.form.parts(x, self._told(frame, x))
        return self.calibration(self.form.base + parts.sum(axis=1))

    def versioned(self) -> Model:
        """With a version made of its day and the digest of what it computes."""
        text = repr((self.form, self.calibration, self.crowding, self.answers))
        return replace(self, version=f"{self.made_on.isoformat()}-{sha256(text.encode()).hexdigest()[:8]}")

    def to_json(self) -> str:
        """Readable JSON with a format number; `from_json` gives an equal model."""
        from tongtu.match.learning import stored

        return stored.write(self)

    @staticmethod
    def from_json(text: str | bytes, file: str = "") -> Model:
        """Raises DataRefused with every fault of the text, each with its place; `file` names it."""
        from tongtu.match.learning import stored

        return stored.read(text, file)

    @staticmethod
    def load(path: Path) -> Model:
        """A model from a file. Raises DataRefused as `from_json`, OSError where there is no file."""
        return Model.from_json(path.read_bytes(), path.name)

    def _told(self, frame: pl.DataFrame, x: Floats) -> Bools:
        """Which signals any pair of a row's question knows; the question is `n` or `question`, or else the row."""
        known = ~np.isnan(x)
        by = next((name for name in ("n", "question") if name in frame.columns), None)
        if by is None:
            return known
        question = frame[by] if frame[by].dtype.is_integer() else frame[by].rank("dense").cast(pl.Int64)
        return judged.told(known, question.to_numpy())

    def _scored(self, x: Floats, told: Bools) -> pl.DataFrame:
        parts = self.form.parts(x, told)
        start = self.form.base
        z = start + parts.sum(axis=1)
        base, p = self.calibration.at(start), self.calibration(z)
        apart = np.abs(z - start) > _NEAR
        rate = np.full(z.shape, self.calibration.slope(start))
        np.divide(p - base, z - start, out=rate, where=apart)
        points, score = _rounded(parts * rate[:, None], round(base * _MICRO), p)
        points[np.isnan(x)] = np.nan
        columns = {f"by_{name}": points[:, column] for column, name in enumerate(self.signals)}
        made = {"score": score, "base": np.full(z.shape, self.base), **columns}
        return pl.DataFrame([pl.Series(name, values, nan_to_null=True) for name, values in made.items()])


def _rounded(shares: Floats, base: int, p: Floats) -> tuple[Floats, Floats]:
    """Shares and score in steps of 1e-6; the rest that rounding leaves goes to the largest share of the row."""
    score = np.rint(p * _MICRO)
    if not shares.shape[1]:
        return shares, score / _MICRO
    steps = np.rint(shares * _MICRO)
    rest = score - base - steps.sum(axis=1)
    steps[np.arange(p.size), np.abs(shares).argmax(axis=1)] += rest
    return steps / _MICRO, score / _MICRO
