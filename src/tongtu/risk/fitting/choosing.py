"""What to believe of the effects, decided on rows and periods that were held out, never on those to be predicted.

Rolling origins where there is a clock (fit on all periods before, look at the next), five parts else. Looked at:
how much of the effects to keep (a share of 0 is the base rate), whether more columns beat the cells alone by more than
the noise of the comparison, and how far cells stray from what was said of them beyond what sampling explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.risk.fitting.additive import Additive, additive
from tongtu.risk.fitting.level import Level, level
from tongtu.risk.scores import rolling_origin
from tongtu.risk.special import TENTH

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: rows looked at while choosing; more tell nothing new
MOST = 40_000
_PARTS, _ORIGINS, _LEAST_PERIODS = 5, 4, 3
_KEEP = np.linspace(0, 1, 21)
_MEMORY = (1.0, 0.8, 0.6, 0.4, 0.2)
_SEEN = 10  # rows of a held-out cell that are worth looking at
#: until many cells were held out, rates are taken to drift by this much (standard deviation of log odds). Ours.
DRIFT, _DRIFT_WORTH = 0.15, 10.0
#: what is kept of effects that go to another draw without a period to test them on. Ours: periods asked for 0.6–0.9.
_UNTRIED = 0.7


@dataclass(frozen=True, slots=True)
class Data:
    """Rows ready for a model: results, periods with their times, codes by column, the cell of each row."""

    y: Floats
    period: Codes
    times: Floats  # by period, in order
    codes: tuple[Codes, ...]
    sizes: tuple[int, ...]
    cell: Codes

    def of(self, rows: Mask | npt.NDArray[np.int64], blocks: Sequence[int] | None = None) -> Data:
        """Some rows, and some of the columns."""
        used = range(len(self.codes)) if blocks is None else blocks
        codes = tuple(self.codes[k][rows] for k in used)
        return Data(self.y[rows], self.period[rows], self.times, codes, tuple(self.sizes[k] for k in used),
                    self.cell[rows])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """Effects, and where the level stands next. The level is that of the rows as they come, so `middle`, the mean
    effect of the rows that count, is taken off the effects."""

    effects: Additive
    middle: float
    level: Level
    seen: Floats  # level of each period, as log odds
    error: Floats  # and its variance
    times: Floats

    @classmethod
    def of(cls, data: Data, memory: float = 1.0, another: bool = False) -> Model:
        """`another`: what is to be predicted is another draw, and nothing tells how far its level lies off."""
        used, period = np.unique(data.period, return_inverse=True)
        times = data.times[used]
        weight = memory ** (times[-1] - times)
        found = additive(data.y, period, weight, data.codes, data.sizes)
        middle = float(np.average(found.effects(data.codes), weights=weight[period])) if data.codes else 0.0
        n, k = np.bincount(period) + 1.0, np.bincount(period, data.y) + 0.5
        seen, error = np.log(k / (n - k)), n / (k * (n - k))
        if len(used) < 2:
            whim = DRIFT**2 if another else 0.0
            return cls(found, middle, Level(float(seen[0]), float(error[0]), 0.0, whim), seen, error, times)
        return cls(found, middle, level(seen, error, np.diff(times, prepend=times[0])), seen, error, times)


@dataclass(frozen=True, slots=True)
class Held:
    """Predictions of held-out rows: level, effects, their variances, and the part each was held out in."""

    y: Floats
    level: Floats
    effect: Floats
    variance: Floats
    level_variance: Floats
    cell: Codes
    part: Codes

    def p(self, keep: float) -> Floats:
        return 1 / (1 + np.exp(-(self.level + keep * self.effect)))

    def losses(self, keep: float) -> Floats:
        p = np.clip(self.p(keep), 1e-9, 1 - 1e-9)
        return -(self.y * np.log(p) + (1 - self.y) * np.log1p(-p))


@dataclass(frozen=True, slots=True)
class Tried:
    """One set of columns: how it did on held-out rows, against the base rate."""

    blocks: tuple[int, ...]
    memory: float
    keep: float
    loss: float
    gain: float
    error: float  # of the gain


@dataclass(frozen=True, slots=True)
class Choice:
    """The columns chosen, the share of their effects to keep, and how far cells drift beyond what the
    effects' variance tells (a variance of log odds)."""

    blocks: tuple[int, ...]
    memory: float
    keep: float
    drift: float
    by_time: bool
    tried: tuple[Tried, ...]


def choose(data: Data, cells: Sequence[int], further: Sequence[int], another: bool = False) -> Choice:
    """First the cells' own columns, taken where they better the base rate on held-out rows: they shrink to it anyhow.
    Then one further column after the other, taken where it betters what stands by more than the noise of the
    comparison, over all that was held out and over the last part of it: what helped once and helps no more is no
    help. `another`: see `Model`."""
    if len(data.y) > MOST:
        data = data.of(np.arange(0, len(data.y), -(-len(data.y) // MOST)))
    parts, by_time = _parts(data)
    if not parts:
        return Choice((), 1.0, 0.0, DRIFT**2, by_time, ())
    trial = _Trial(data, parts, by_time)
    best = trial.look((), (1.0,))
    tried = [best.tried]
    for blocks in [tuple(cells)] if cells else []:
        best = trial.better(best, trial.look(blocks, _MEMORY), tried, sure=False)
    for one in further:
        best = trial.better(best, trial.look((*best.tried.blocks, one), (best.tried.memory,)), tried)
    if best.tried.blocks not in ((), tuple(cells)):
        best = trial.better(best, trial.look(best.tried.blocks, _MEMORY), tried)
    habit = DRIFT if by_time or another else 0.0
    drift = _stray(best.held, best.held.part if by_time else 0 * best.held.part, best.tried.keep, habit)
    keep = best.tried.keep * (_UNTRIED if another else 1.0)
    return Choice(best.tried.blocks, best.tried.memory, keep, drift, by_time, tuple(tried))


@dataclass(frozen=True, slots=True)
class _Looked:
    tried: Tried
    held: Held
    losses: Floats


@dataclass
class _Trial:
    """Sets of columns on the same held-out rows."""

    data: Data
    parts: Sequence[tuple[Mask, Mask]]
    by_time: bool
    plain: Floats | None = None  # losses of the base rate

    def look(self, blocks: tuple[int, ...], memories: Sequence[float]) -> _Looked:
        """The set with the memory and the share of effects that do best."""
        found = []
        for memory in memories if self.by_time else (1.0,):
            held = _held(self.data, blocks, memory, self.parts)
            keep = _keep(held) if blocks else 0.0
            losses = held.losses(keep)
            self.plain = losses if self.plain is None else self.plain
            tried = Tried(blocks, memory, keep, float(losses.mean()), *_gain(self.plain - losses))
            found.append(_Looked(tried, held, losses))
        return min(found, key=lambda each: (each.tried.loss, -each.tried.memory))

    def better(self, stands: _Looked, new: _Looked, tried: list[Tried], sure: bool = True) -> _Looked:
        """The new one if it is better, `sure`: beyond the noise and lately as well; else what stands."""
        tried.append(new.tried)
        apart = stands.losses - new.losses
        spans = [apart, apart[new.held.part == new.held.part.max()]] if self.by_time else [apart]
        if not sure:
            return new if apart.mean() > 0 else stands
        return new if all(gain > error for gain, error in map(_gain, spans)) else stands


def _keep(held: Held) -> float:
    """The share of effects to keep: the middle of what each part asks for, so that one part in which a cell broke with
    its past does not decide for all."""
    losses = np.stack([held.losses(share) for share in _KEEP])
    parts = [losses[:, held.part == part].mean(axis=1) for part in np.unique(held.part)]
    return float(np.median([_KEEP[loss.argmin()] for loss in parts]))


def _gain(apart: Floats) -> tuple[float, float]:
    return float(apart.mean()), float(apart.std() / np.sqrt(len(apart)))


def _parts(data: Data) -> tuple[list[tuple[Mask, Mask]], bool]:
    """(fit on, look at) masks; whether they follow time."""
    periods = np.unique(data.period)
    if len(periods) > _LEAST_PERIODS:
        found = [(past, ahead) for past, ahead in rolling_origin(data.period, _LEAST_PERIODS)
                 if past.sum() >= _SEEN and 0 < data.y[past].sum() < past.sum()]  # fmt: skip
        if found:
            return found[-_ORIGINS:], True
    if len(data.y) < 2 * _PARTS:
        return [], False
    part = np.arange(len(data.y)) % _PARTS
    return [(part != k, part == k) for k in range(_PARTS)], False


def _held(data: Data, blocks: tuple[int, ...], memory: float, parts: Sequence[tuple[Mask, Mask]]) -> Held:
    found = []
    for k, (past, ahead) in enumerate(parts):
        model, rows = Model.of(data.of(past, blocks), memory), data.of(ahead, blocks)
        n = len(rows.y)
        effect = model.effects.effects(rows.codes) - model.middle if blocks else np.zeros(n)
        variance = model.effects.variances(rows.codes) if blocks else np.zeros(n)
        gap = data.times[rows.period] - model.times[-1]
        at = np.full(n, model.level.mean)
        found.append((rows.y, at, effect, variance, model.level.ahead(gap), rows.cell, np.full(n, k)))
    return Held(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _stray(held: Held, part: Codes, keep: float, habit: float) -> float:
    """Variance of drift, so that four in five held-out cells lie within the 80 % range said of them.

    Compared: a cell's log odds as seen, to first order, with what was said of it, both against the other cells held
    out with it (`part`): what all of them share is the level's error, which the level's own variance tells. In the
    range are the chance of the cell's own rows and the effects' variance; what is missing is drift.
    """
    p = held.p(keep)
    pairs, place = np.unique(np.column_stack([part, held.cell]), axis=0, return_inverse=True)
    place = place.ravel()
    n = np.bincount(place)
    noise = 1 / np.bincount(place, p * (1 - p))
    off = np.bincount(place, held.y - p) * noise
    own = np.bincount(place, keep**2 * held.variance) / n
    seen = n >= _SEEN
    part, off, own, noise = pairs[seen, 0], off[seen], own[seen], noise[seen]
    share = 1 / (noise + own + habit**2)
    whole = np.bincount(part, share)
    off = off - (np.bincount(part, share * off) / np.where(whole > 0, whole, 1.0))[part]
    free = 1 - share / whole[part]  # what taking the middle off has taken from each cell's own variance
    told = free > 0.3
    off, own, noise = (off / np.sqrt(np.where(told, free, 1.0)))[told], own[told], noise[told]
    if not len(off):
        return habit**2

    worth = _DRIFT_WORTH / (len(off) + _DRIFT_WORTH)
    return (1 - worth) * _missing(off, noise + own) + worth * habit**2


def _missing(off: Floats, known: Floats) -> float:
    """The least variance beyond what is known with which four in five lie inside."""
    if _inside(off, known) >= 0.8:
        return 0.0
    low, high = 0.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if _inside(off, known + middle) >= 0.8 else (middle, high)
    return high


def _inside(off: Floats, variance: Floats) -> float:
    return float((np.abs(off) <= TENTH * np.sqrt(variance)).mean())
