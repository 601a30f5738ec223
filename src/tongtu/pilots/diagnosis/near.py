"""The nearest better peers of a weak platform: same kind, a direction shared, of similar size, used well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from tongtu.pilots.diagnosis.measures import Activation
from tongtu.terms.why import Label, Quantity, Ratio, Why

NEAR: Mapping[str, Any] = {
    "platform": pl.String, "peer": pl.String, "place": pl.Int64, "use": pl.Float64, "times": pl.Float64,
    "same_area": pl.Boolean, "why": pl.String,
}  # fmt: skip
#: what size is measured by: jobs at once, full-time staff, equipment at cost
_SIZES = ("places", "people", "value")
Row = Mapping[str, Any]


class Peers:
    """All platforms that one could learn from: those whose use is known."""

    def __init__(self, facts: pl.DataFrame, activation: Activation) -> None:
        self.rows: Sequence[Row] = facts.filter(pl.col("use") > 0).to_dicts()
        self.activation = activation
        self.sizes = np.array([[_log(row[name]) for name in _SIZES] for row in self.rows], float).reshape(
            -1, len(_SIZES)
        )
        self.by_direction: dict[tuple[str | None, str], list[int]] = {}
        for n, row in enumerate(self.rows):
            for direction in dict.fromkeys(row["directions"] or ()):
                self.by_direction.setdefault((row["kind"], direction), []).append(n)

    def of(self, weak: Row) -> list[tuple[Row, float]]:
        """Those used clearly better, each with how many times as large it is: those above the threshold first, then the
        nearest; ties go to the same area, then by id.

        Distance is the mean of the logarithms of the ratios of what both state of places, staff and equipment; those
        that state nothing in common come last.
        """
        own = np.array([_log(weak[name]) for name in _SIZES])
        named: Iterable[int] = {
            n for d in weak["directions"] or () for n in self.by_direction.get((weak["kind"], d), ())
        }
        found = []
        for n in sorted(named):
            row = self.rows[n]
            if row["platform"] == weak["platform"] or row["use"] < self._least(weak):
                continue
            apart = self.sizes[n] - own
            known = apart[~np.isnan(apart)]
            distance = float(np.abs(known).mean()) if len(known) else np.inf
            times = float(np.exp(known.mean())) if len(known) else np.nan
            idle, away = row["use"] < self.activation.idle, row["area"] != weak["area"]
            found.append((idle, round(distance, 9), away, row["platform"], row, times))
        found.sort(key=lambda one: one[:4])
        return [(row, times) for *_, row, times in found[: self.activation.neighbours]]

    def _least(self, weak: Row) -> float:
        """The use from which a platform is better; of one whose use is unknown, those above the threshold are."""
        known = weak["use"] is not None
        return float(self.activation.better * weak["use"]) if known else self.activation.idle


def _log(value: float | None) -> float:
    return float(np.log(value)) if value is not None and value > 0 else np.nan


def told(
    weak: Row, peers: list[tuple[Row, float]], names: Mapping[str, Label], of: Mapping[str, Label]
) -> list[dict[str, Any]]:
    """Rows of `NEAR`: why each peer is near. `names`: platforms; `of`: directions."""
    rows = []
    for place, (peer, times) in enumerate(peers, start=1):
        shared = tuple(of.get(d, Label(d)) for d in sorted(set(weak["directions"]) & set(peer["directions"])))
        same = peer["area"] is not None and peer["area"] == weak["area"]
        known = not np.isnan(times)
        args = {"peer": names[peer["platform"]], "directions": shared, "use": Ratio(round(peer["use"], 4))}
        parts = [Why("pilots_diagnosis.near-size", {"times": Quantity(round(times, 2), "")})] if known else []
        parts += [Why("pilots_diagnosis.near-area")] if same else []
        rows.append({
            "platform": weak["platform"], "peer": peer["platform"], "place": place, "use": peer["use"],
            "times": times if known else None, "same_area": same,
            "why": Why("pilots_diagnosis.near", args, tuple(parts)).to_json(),
        })  # fmt: skip
    return rows
