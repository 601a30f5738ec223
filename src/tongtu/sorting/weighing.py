"""The smallest change of one weight that changes a category.

A weight is told as its share of the whole; the others keep their proportions. The agreement C is then linear in
the share: from what the others agree among themselves (share 0) to what this criterion says alone (share 1).
Objections do not depend on weights, so σ reaches the level exactly when C reaches some least value (see `needed`),
and a category can change only at the few shares where C passes one of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tongtu.sorting.core import Arrays, Outranking, arrays, over, under
from tongtu.sorting.figures import Bools, Floats, Ints, read
from tongtu.sorting.model import Sorting, label
from tongtu.sorting.needed import agreement
from tongtu.terms.why import Ratio, Why

_SCHEMA: Mapping[str, Any] = {
    "rule": pl.String, "category": pl.String, "becomes": pl.String, "criterion": pl.String, "from": pl.Float64,
    "to": pl.Float64, "change": pl.Float64, "why": pl.String,
}  # fmt: skip
#: where σ(a, b) and σ(b, a) pass the level together, rounding leaves a piece of no width between
_SLIVER = 1e-6
_RULES = ("pessimistic", "optimistic")


def weight_change(model: Sorting, performance: pl.DataFrame, *, most: int = 1) -> pl.DataFrame:
    """Up to `most` rows per subject and rule, ordered by id, rule (pessimistic first) and size of change.

    Columns: the subject, `rule`, `category`, `becomes`, `criterion`, `from` and `to` (shares of the total weight;
    at `to`, or as soon as it is passed, the category is another), `change`, `why`. A category that no single
    weight can change has no row. Raises UsageFault.
    """
    figures, it = read(model, performance), arrays(model)
    rows: list[dict[str, Any]] = []
    if model.profiles:
        shares = _Shares(figures.values, it)
        found = [list(shares.changes(rule, max(1, most))) for rule in range(len(_RULES))]
        for i, subject in enumerate(figures.ids):
            for rule, changes in zip(_RULES, found, strict=True):
                rows += [{figures.key: subject, "rule": rule, **_told(model, it, one)} for one in changes[i]]
    return pl.DataFrame(rows, schema={figures.key: figures.ids.dtype, **_SCHEMA})


@dataclass(frozen=True, slots=True)
class _Change:
    criterion: int
    to: float
    category: int
    becomes: int


@dataclass(frozen=True, slots=True)
class _Line:
    """Of subjects × criteria × profiles: C is `start` + share × `slope`; σ reaches the level where C is `asked`."""

    start: Floats
    slope: Floats
    asked: Floats

    @classmethod
    def of(cls, found: Outranking, it: Arrays) -> _Line:
        own = np.moveaxis(found.support, 2, 1)
        others = np.broadcast_to((1 - it.weights)[:, None], own.shape)
        rest = found.agreed[:, None, :] - own * it.weights[:, None]
        start = np.where(others > 0, rest / np.where(others > 0, others, 1.0), own)
        asked = np.broadcast_to(agreement(found.against, it)[:, None, :], own.shape)
        return cls(start, own - start, asked)

    def crossings(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (self.asked - self.start) / self.slope
        return np.where((share >= 0) & (share <= 1), share, np.nan)

    def reached(self, share: Floats) -> Bools:
        """At shares of subjects × criteria × points; profiles come last."""
        agreed = self.start[:, :, None, :] + share[..., None] * self.slope[:, :, None, :]
        held: Bools = agreed >= self.asked[:, :, None, :]
        return held


class _Shares:
    """The category as a function of each criterion's share: constant between crossings."""

    def __init__(self, values: Floats, it: Arrays) -> None:
        self.now = np.broadcast_to(it.weights, (len(values), len(it.weights)))
        self.strict, self.lenient = _Line.of(over(values, it), it), _Line.of(over(values, it, 1.0), it)
        self.above = _Line.of(under(values, it), it)

    def changes(self, rule: int, most: int) -> Iterator[list[_Change]]:
        """Per subject, the smallest changes first."""
        here, to, becomes = self._nearest(rule)
        size = np.abs(to - self.now)
        for i, order in enumerate(np.argsort(size, axis=1, kind="stable")[:, :most].tolist()):
            yield [
                _Change(j, float(to[i, j]), int(here[i, j]), int(becomes[i, j])) for j in order if size[i, j] >= 0
            ]  # fmt: skip

    def _places(self, share: Floats, rule: int) -> Ints:
        held = self.strict.reached(share) if rule == 0 else ~self.above.reached(share) | self.lenient.reached(share)
        places: Ints = held.sum(axis=-1, dtype=np.int64)
        return places

    def _nearest(self, rule: int) -> tuple[Ints, Floats, Ints]:
        """Subjects × criteria: the category, the nearest share where another begins (NaN: none), and which."""
        sides = (self.strict,) if rule == 0 else (self.lenient, self.above)
        ends = np.sort(np.concatenate([side.crossings() for side in sides], axis=-1), axis=-1)
        edge = np.zeros((*ends.shape[:2], 1))
        low = np.concatenate([edge, ends], axis=-1)
        high = np.nan_to_num(np.concatenate([ends, edge + 1], axis=-1), nan=1.0)
        between = self._places(np.nan_to_num((low + high) / 2), rule)
        now = self.now[..., None]
        here = self._places(now, rule)
        other = (between != here) & (high - low > _SLIVER)
        begins = np.where(low >= now, low, np.where(high <= now, high, np.nan))
        distance = np.where(other & ~np.isnan(begins), np.abs(begins - now), np.inf)
        nearest = distance.argmin(axis=-1)[..., None]
        found = np.isfinite(np.take_along_axis(distance, nearest, -1))
        to = np.where(found, np.take_along_axis(begins, nearest, -1), np.nan)
        return here[..., 0], to[..., 0], np.take_along_axis(between, nearest, -1)[..., 0]


def _told(model: Sorting, it: Arrays, change: _Change) -> dict[str, Any]:
    criterion = model.criteria[change.criterion]
    before = float(it.weights[change.criterion])
    category, becomes = model.categories[change.category], model.categories[change.becomes]
    args = {
        "criterion": label(criterion), "from": Ratio(round(before, 6)), "to": Ratio(round(change.to, 6)),
        "category": label(category), "becomes": label(becomes),
    }  # fmt: skip
    code = "weight-up" if change.to >= before else "weight-down"
    return {
        "category": category.name, "becomes": becomes.name, "criterion": criterion.name, "from": before,
        "to": change.to, "change": change.to - before, "why": Why(f"sorting.{code}", args).to_json(),
    }  # fmt: skip
