"""A committee's categories as rules: weights, cutting level and profiles of MR-Sort, learnt from its examples.

As many examples as can be are restored, and of the rules that restore these the one with the widest margin between
coalitions and the level. The examples left over are the fewest that must be doubted for the rest to follow
one set of rules (proven so where the solution is optimal).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.solve import Progress, Solution, Status, check
from tongtu.sorting.core import arrays, places
from tongtu.sorting.examples import Examples, examples_of, profile_values
from tongtu.sorting.fit import WIDEST, Fit, Fitting, slack, supports, weighed
from tongtu.sorting.model import Category, Criterion, Sorting, label
from tongtu.sorting.turns import start
from tongtu.terms.why import Why

_SCHEMA: Mapping[str, Any] = {
    "given": pl.String, "restored": pl.String, "doubted": pl.Boolean, "margin": pl.Float64, "why": pl.String,
}  # fmt: skip
_FIRST, _MORE = 1, 20  # nodes of the first search, and how many times as many the next one has
_PROVEN = 1e-6
_SHOWN = 5
_OPTIMAL: Status = "optimal"


@dataclass(frozen=True, slots=True)
class Learned:
    """`model`: the rules. `examples`, by id: the subject, `given`, `restored` (by the rules), `doubted`, `margin` (how
    far its nearest coalition is on the right side of the level), `why`. `solution` is about how many are restored,
    `margin` about the widest margin; `notes` say what the examples leave open."""

    model: Sorting
    examples: pl.DataFrame
    solution: Solution
    margin: Solution
    notes: tuple[Why, ...] = ()


def learn(
    performance: pl.DataFrame,
    examples: pl.DataFrame,
    criteria: Sequence[Criterion],
    categories: Sequence[Category],
    *,
    level: tuple[float, float] = (0.5, 1.0),
    nodes: int = 20,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Rules for `categories` (worst first) from `examples`: the subject column of `performance`, and `category`.

    Of `criteria` only name, label, direction and unit are used. Missing figures support nothing. `nodes` limits each
    of the two searches, so the same examples give the same rules; `seconds` stops between searches and marks the
    solution `stopped_by_time`. Raises UsageFault, and Cancelled as `progress` does.
    """
    given = examples_of(performance, examples, criteria, categories, level)
    limits = _Limits(nodes, None if seconds is None else time.monotonic() + seconds, check(progress))
    first, solution = _most(given, level, limits)
    best, margin = _widest(given, level, first, limits)
    model = _model(given, best, criteria, categories)
    return Learned(model, _told(given, best, model), solution, margin, tuple(_open(given, best, model)))


@dataclass(frozen=True, slots=True)
class _Limits:
    nodes: int
    until: float | None
    progress: Progress

    @property
    def over(self) -> bool:
        return self.until is not None and time.monotonic() >= self.until


def _most(given: Examples, level: tuple[float, float], limits: _Limits) -> tuple[Fit, Solution]:
    """As many restored as can be."""
    best, everybody = start(given, level), float(len(given.place))
    bound, status = everybody, _OPTIMAL
    if best.count < everybody:
        best, bound, status = _search(given, level, best, None, limits)
        bound = min(everybody, float(int(bound + _PROVEN)))
    proven = best.count >= bound
    return best, Solution("sorting-learn", _OPTIMAL if proven else status, float(best.count), bound, "examples")


def _widest(given: Examples, level: tuple[float, float], first: Fit, limits: _Limits) -> tuple[Fit, Solution]:
    """The widest margin with the same examples restored."""
    wider = weighed(given, first.positions, level, first.restored)
    best = wider if wider.count >= first.count else first
    best, bound, status = _search(given, level, best, first.count, limits)
    return best, Solution("sorting-margin", status, best.margin, max(bound, best.margin), "weight")


def _search(
    given: Examples, level: tuple[float, float], best: Fit, keep: int | None, limits: _Limits
) -> tuple[Fit, float, Status]:
    """From `best` on, in ever larger trees, until proven or the limits are reached."""
    fitting = Fitting(given, level, None if keep is None else best.restored)
    nodes, bound = min(_FIRST, limits.nodes), float(len(given.place)) if keep is None else WIDEST
    while not limits.over:
        answer = fitting.program.solve(fitting.columns(best), nodes, limits.progress)
        if answer is None:
            break
        restored = answer.x[fitting.kept] > 0.5
        found = weighed(given, fitting.positions(answer.x), level, restored)
        best = found if _value(found, keep) > _value(best, keep) else best
        bound = min(bound, -answer.bound)
        if bound - _value(best, keep) <= _PROVEN:
            return best, bound, "optimal"
        if nodes >= limits.nodes:
            return best, bound, "feasible"
        nodes = min(_MORE * nodes, limits.nodes)
    return best, bound, "stopped_by_time" if limits.over else "feasible"


def _value(fit: Fit, keep: int | None) -> float:
    """What is maximised: the number restored, or the margin where enough are."""
    if keep is None:
        return float(fit.count)
    return fit.margin if fit.count >= keep else -1.0


def _model(
    given: Examples, fit: Fit, criteria: Sequence[Criterion], categories: Sequence[Category]
) -> Sorting:  # fmt: skip
    """The rules, their numbers as short as keeps what they restore."""
    weights, level, held = fit.weights, fit.level, supports(given, fit.positions)
    for digits in range(2, 10):
        short, cut = fit.weights.round(digits), round(fit.level, digits)
        far = slack(given, held, short / max(short.sum(), 1e-9), cut)
        if (far[fit.restored] > 0).all():
            weights, level = short, cut
            break
    learnt = tuple(
        Criterion(c.name, float(w), c.label, falling=c.falling, unit=c.unit)
        for c, w in zip(criteria, weights, strict=True)
    )
    profiles = profile_values(given, fit.positions, criteria, categories)
    return Sorting(learnt, tuple(categories), profiles, min(1.0, max(0.5, level)), gradual_veto=False)


def _told(given: Examples, fit: Fit, model: Sorting) -> pl.DataFrame:
    it = arrays(model)
    restored, _ = places(given.values, it)
    far = slack(given, supports(given, fit.positions), it.weights, model.cutting_level)
    rows = []
    for i, subject in enumerate(given.ids):
        wanted, got = model.categories[int(given.place[i])], model.categories[int(restored[i])]
        rows.append(
            {
                given.ids.name: subject, "given": wanted.name, "restored": got.name, "doubted": wanted != got,
                "margin": float(far[i]), "why": _why(given, i, wanted, got).to_json(),
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema={given.ids.name: given.ids.dtype, **_SCHEMA})


def _why(given: Examples, i: int, wanted: Category, got: Category) -> Why:
    if wanted == got:
        return Why("sorting.restored", {"category": label(wanted)})
    others = [given.ids[b if a == i else a] for a, b in given.clashes if i in (a, b)]
    parts = (Why("sorting.contradicts", {"others": [str(one) for one in others[:_SHOWN]]}),) if others else ()
    return Why("sorting.doubted", {"given": label(wanted), "category": label(got)}, parts)


def _open(given: Examples, fit: Fit, model: Sorting) -> Iterator[Why]:
    """Profiles that lie below or above every figure seen: the examples do not say by how much."""
    for h, category in enumerate(model.categories[1:]):
        for j, criterion in enumerate(model.criteria):
            if fit.positions[h, j] in (0, len(given.seen[j])):
                args = {"criterion": label(criterion), "category": label(category)}
                yield Why("sorting.beyond-seen", args)
