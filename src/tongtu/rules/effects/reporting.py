"""The frames of an effect and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from tongtu.registry import noun
from tongtu.rules import units
from tongtu.rules.effects.cutoffs import Cutoff, Elsewhere
from tongtu.rules.effects.estimates import FIRMS, POWER, WORTH_SEEING, Crowd, Finding, Verdict
from tongtu.rules.effects.local import DISTINCT, Floats
from tongtu.rules.effects.ratio import Ratio as Interval
from tongtu.rules.effects.sample import Span, placed, scale, threshold
from tongtu.rules.model import Scheme, Tier
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Ratio, Why

_TEXT, _NUMBER, _COUNT = pl.String, pl.Float64, pl.Int64

#: estimate, low, high   relative change (0.12 is 12 %) with its 95 % interval; null unless the verdict is `estimated`
#: n_left, n_right       firms within the bandwidth on the failing and the passing side
#: bandwidth             in the distance's own unit; from, to: the figures it reaches, in `unit`
#: jump, later           of the share with the title at the cutoff; share below that got it while outcomes were measured
#: p_bunching            of so uneven a number of firms at the cutoff if nobody is moved over it
#: early, early_low, early_high   the same effect looked for before the title: should be zero
#: lost                  jump of the share of firms whose outcome is not recorded: should be zero
#: wanted                firms near the cutoff it would take to see a change of 10 %
TABLE = {
    "outcome": _TEXT, "estimand": _TEXT, "estimate": _NUMBER, "low": _NUMBER, "high": _NUMBER, "n_left": _COUNT,
    "n_right": _COUNT, "bandwidth": _NUMBER, "from": _NUMBER, "to": _NUMBER, "unit": _TEXT, "jump": _NUMBER,
    "later": _NUMBER, "p_bunching": _NUMBER, "early": _NUMBER, "early_low": _NUMBER, "early_high": _NUMBER,
    "lost": _NUMBER, "wanted": _COUNT, "verdict": _TEXT, "why": _TEXT,
}  # fmt: skip
CANDIDATES = {
    "criterion": _TEXT, "threshold": _NUMBER, "unit": _TEXT, "n_left": _COUNT, "n_right": _COUNT, "jump": _NUMBER,
    "low": _NUMBER, "high": _NUMBER, "chosen": pl.Boolean,
}  # fmt: skip
BINS = {
    "series": _TEXT, "low": _NUMBER, "high": _NUMBER, "right": pl.Boolean, "firms": _COUNT, "mean": _NUMBER,
}  # fmt: skip

#: Significance of the bunching test.
LEVEL = 0.05
#: Bins on each side of a picture, over twice the bandwidth; a mean of fewer firms would give single ones away.
_BINS, _FLOOR = 10, 5

Nothing = Literal["no_title", "no_cutoff"]


@dataclass(frozen=True, slots=True)
class Design:
    """The comparison: whose title, by which cutoff, in which rounds."""

    scheme: Scheme
    tier: Tier
    cutoff: Cutoff
    span: Span
    rounds: tuple[int, ...]

    @property
    def at(self) -> object:
        """The threshold as people read it."""
        return shown(threshold(self.cutoff, self.scheme), self.cutoff.unit, self.scheme.currency)

    @property
    def unit(self) -> str:
        return _unit(self.scheme, self.cutoff)

    def why(self, others: Sequence[Elsewhere], tried: int) -> Why:
        """What is compared; below it, everything a reader must know before believing it."""
        args = {
            "title": self.tier.label, "criterion": self.cutoff.criterion.label, "at": self.at,
            "rounds": _years(self.rounds), "before": self.span.before, "after": self.span.after,
            "by": self.cutoff.criterion.cite.label(),
        }  # fmt: skip
        caveats = [Why("effects.local")]
        if tried > 1:
            caveats.append(Why("effects.by-data"))
        if others:
            labels = tuple(dict.fromkeys(one.label for one in others))
            caveats.append(Why("effects.elsewhere", {"others": labels}))
        return Why("effects.design", args, tuple(caveats))


def shown(value: float, unit: str, currency: str) -> object:
    """A figure in major units as an argument of a sentence."""
    if unit == units.MONEY:
        return Money.of(str(round(value, 2)), currency)
    return Ratio(value) if unit == units.RATIO else Why(f"rules.in-{unit}", {"n": value})


def row(design: Design, outcome: str, found: Finding, p: float | None) -> dict[str, Any]:
    """One row of `TABLE`. Where firms bunch, what looked like an effect is none."""
    verdict = found.verdict
    if p is not None and p < LEVEL and verdict not in ("not_recorded", "too_few", "coarse"):
        verdict = "bunched"
    effect = found.effect if verdict == "estimated" else None
    reach = found.bandwidth
    ends = sorted(placed(sign * reach, design.cutoff, design.scheme) for sign in (-1, 1)) if reach else (None, None)
    return {
        "outcome": outcome, "estimand": _estimand(design, outcome).to_json(), **_interval("estimate", effect),
        "n_left": found.n_left, "n_right": found.n_right, "bandwidth": reach, "from": ends[0], "to": ends[1],
        "unit": design.unit, "jump": found.jump, "later": found.later, "p_bunching": p,
        **_interval("early", found.early), "lost": found.lost, "wanted": found.wanted, "verdict": verdict,
        "why": _why(design, outcome, found, verdict, p).to_json(),
    }  # fmt: skip


def _interval(name: str, found: Interval | None) -> dict[str, float | None]:
    low, high = ("low", "high") if name == "estimate" else (f"{name}_low", f"{name}_high")
    if found is None:
        return {name: None, low: None, high: None}
    return {name: found.value, low: found.low, high: found.high}


def _estimand(design: Design, outcome: str) -> Why:
    args = {"outcome": _named(design.scheme, outcome), "before": design.span.before, "after": design.span.after}
    return Why(f"effects.estimand-{scale(design.scheme, outcome)}", args)


def _why(design: Design, outcome: str, found: Finding, verdict: Verdict, p: float | None) -> Why:
    args: dict[str, Any] = {"outcome": _named(design.scheme, outcome)}
    if verdict == "estimated" and found.effect is not None:
        return _told(found, found.effect, args)
    match verdict:
        case "too_few":
            args |= {"left": found.n_left, "right": found.n_right, "at": design.at}
            if min(found.n_left, found.n_right) >= FIRMS:  # enough to try, yet the interval has no end
                return Why("effects.too-vague", args)
            args |= {"firms": FIRMS}
        case "coarse":
            args |= {"at": design.at, "distinct": DISTINCT}
        case "bunched":
            args |= {"at": design.at, "p": max(round(p or 0.0, 3), 0.001)}
        case "no_jump":
            args |= {"at": design.at, "jump": _share(found.jump or 0.0)}
        case "uneven_records":
            args |= {"lost": _share(found.lost or 0.0)}
    return Why(f"effects.{verdict.replace('_', '-')}", args)


def _told(found: Finding, effect: Interval, args: dict[str, Any]) -> Why:
    """An effect, or that none can be told apart and how many firms it would take."""
    firms = found.n_left + found.n_right
    args |= {**_said(effect), "firms": firms}
    parts = [Why("effects.checked", _said(found.early)) if found.early else Why("effects.unchecked")]
    if found.later:
        parts.append(Why("effects.later", {"share": _share(found.later)}))
    if effect.low <= 0 <= effect.high:
        args |= {"change": Ratio(WORTH_SEEING), "power": Ratio(POWER), "wanted": found.wanted}
        return Why("effects.open" if (found.wanted or 0) > firms else "effects.small", args, tuple(parts))
    return Why("effects.more" if effect.low > 0 else "effects.less", args, tuple(parts))


def _said(effect: Interval) -> dict[str, Ratio]:
    return {"estimate": _share(effect.value), "low": _share(effect.low), "high": _share(effect.high)}


def _share(value: float) -> Ratio:
    """As exact as such an estimate deserves to be read."""
    return Ratio(round(value, 3))


def nothing(verdict: Nothing, scheme: Scheme, tier: Tier | None, last: int) -> Why:
    """Why there is nothing to compare at all."""
    if verdict == "no_cutoff":
        return Why("effects.no-cutoff", {"scheme": scheme.label, "tier": tier.label if tier else scheme.label})
    return Why("effects.no-title", {"scheme": scheme.label, "last": last})


def empty_row(outcome: str, verdict: Nothing, why: Why) -> dict[str, Any]:
    return {"outcome": outcome, "n_left": 0, "n_right": 0, "verdict": verdict, "why": why.to_json()}


def table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{name: one.get(name) for name in TABLE} for one in rows], schema=TABLE)


def candidates(scheme: Scheme, tried: Sequence[tuple[Cutoff, Crowd, Interval | None, bool]]) -> pl.DataFrame:
    """The thresholds that could have served, with the firms and the title's jump at each."""
    rows = []
    for cutoff, crowd, jump, chosen in tried:
        left, right = crowd.count()
        values = (jump.value, jump.low, jump.high) if jump else (None, None, None)
        unit, at = _unit(scheme, cutoff), threshold(cutoff, scheme)
        rows.append((cutoff.criterion.path, at, unit, left, right, *values, chosen))
    return pl.DataFrame(rows, schema=CANDIDATES, orient="row")


def no_bins() -> pl.DataFrame:
    return pl.DataFrame(schema=BINS)


def bins(design: Design, crowd: Crowd, changes: Mapping[str, Floats], reach: Any) -> pl.DataFrame:
    """Means over bins of equal width on either side of the cutoff: `title` for the share holding it, then outcomes."""
    if reach is None:
        return no_bins()
    width = 2 * float(reach) / _BINS
    place = np.floor(crowd.x / width).astype(np.int64)
    place = np.where(crowd.right, np.maximum(place, 0), np.minimum(place, -1))
    rows = []
    for series, values in {"title": crowd.title.astype(np.float64), **changes}.items():
        for bin_ in range(-_BINS, _BINS):
            inside = (place == bin_) & np.isfinite(values)
            firms = len(np.unique(crowd.firm[inside]))
            ends = sorted(placed(edge * width, design.cutoff, design.scheme) for edge in (bin_, bin_ + 1))
            mean = float(values[inside].mean()) if firms >= _FLOOR else None
            rows.append((series, *ends, bin_ >= 0, firms, mean))
    return pl.DataFrame(rows, schema=BINS, orient="row")


def _unit(scheme: Scheme, cutoff: Cutoff) -> str:
    return scheme.currency if cutoff.unit == units.MONEY else cutoff.unit


def _named(scheme: Scheme, outcome: str) -> Label:
    column = noun(scheme.yearly).column(outcome)
    return Label(column.zh, column.en)


def _years(rounds: Sequence[int]) -> str:
    return str(rounds[0]) if len(rounds) == 1 else f"{rounds[0]}–{rounds[-1]}"
