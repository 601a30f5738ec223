"""The smallest change of figures that lifts a subject into a higher category, by the pessimistic rule.

One indicator where one suffices, in closed form (see `needed`). Where none does, the fewest that suffice together:
their number is exact. Among sets of that number the least total is exact for MR-Sort; with thresholds it is the
least of those that raise each criterion to full support or out of its objection, each then lowered as far as the
others allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from tongtu.sorting.core import Arrays, arrays, places
from tongtu.sorting.figures import Floats, read, sign
from tongtu.sorting.model import Sorting, label
from tongtu.sorting.moves import Move, Moves, movable
from tongtu.sorting.needed import least
from tongtu.sorting.together import together
from tongtu.sorting.written import written
from tongtu.terms.why import Why

_SCHEMA: Mapping[str, Any] = {
    "category": pl.String, "goal": pl.String, "target": pl.String, "option": pl.Int64, "size": pl.Int64,
    "criterion": pl.String, "from": pl.Float64, "to": pl.Float64, "change": pl.Float64, "relative": pl.Float64,
    "total": pl.Float64, "why": pl.String,
}  # fmt: skip

_LAST_DIGITS = 1e-9

Goal = Literal["next", "top"]


@dataclass(frozen=True, slots=True)
class _Option:
    """Criteria and the figures they must reach, better always greater."""

    raised: tuple[tuple[int, float], ...]
    proven: bool = True


def smallest_change(
    model: Sorting,
    performance: pl.DataFrame,
    *,
    moves: Mapping[str, Move] | None = None,
    most: int = 1,
    goals: Sequence[Goal] = ("next", "top"),
) -> pl.DataFrame:
    """What would lift each subject one category (`goal` is `next`) and into the best (`top`).

    A row per criterion of an option, ordered by id, goal and option: the subject column, `category`, `goal`,
    `target`, `option` (up to `most` single indicators, least relative change first; sets come alone), `size`
    (criteria in it), `criterion`, `from`, `to` and `change` in the figure's units, `relative` (change over the
    criterion's scale), `total` (their sum), `why`. `from`, `change` and `relative` are null where the figure is
    missing: then it must be shown to be at least `to`; options that rest on one come last. A goal out of reach
    has one row without criterion. Subjects in the best category have none. `moves` names the criteria that can
    change, and how (default: all of them; the scale is the span of the profiles). Raises UsageFault.
    """
    figures, it = read(model, performance), arrays(model)
    can = movable(model, it, moves)
    reached, _ = places(figures.values, it)
    rows: list[dict[str, Any]] = []
    for goal in goals:
        below = np.flatnonzero(reached < len(model.profiles))
        targets = reached[below] if goal == "next" else np.full(len(below), len(model.profiles) - 1)
        options = _options(it, figures.values[below], targets, can, most)
        for i, target, found in zip(below, targets, options, strict=True):
            place = {"category": model.categories[reached[i]].name, "goal": goal}
            told = _told(model, figures.values[i], int(target), found, can)
            rows += [{figures.key: figures.ids[int(i)], **place, **row} for row in told]
    return pl.DataFrame(rows, schema={figures.key: figures.ids.dtype, **_SCHEMA}).sort(
        figures.key, "goal", maintain_order=True
    )


def _options(it: Arrays, values: Floats, targets: Any, can: Moves, most: int) -> Iterator[list[_Option]]:
    """Per subject its options; none where the target is out of reach."""
    limits = it.limits[targets]
    alone = can.within(least(values, limits, it))
    relative = np.abs(alone - values) / can.scale
    for i, asked in enumerate(alone):
        possible = [int(j) for j in np.flatnonzero(~np.isnan(asked))]
        if possible:
            possible.sort(key=lambda j, i=i: (np.isnan(relative[i, j]), relative[i, j], j))  # type: ignore[misc]
            yield [_Option(((j, float(asked[j])),)) for j in possible[: max(1, most)]]
            continue
        found = together(values[i], limits[i], it, can)
        yield [_Option(found.raised, found.proven)] if found else []


def _told(
    model: Sorting, values: Floats, target: int, options: Sequence[_Option], can: Moves
) -> Iterator[dict[str, Any]]:
    category = model.categories[target + 1]
    if not options:
        why = Why("sorting.out-of-reach", {"category": label(category)}).to_json()
        yield {"target": category.name, "why": why}
    for option, one in enumerate(options, 1):
        raised = one.raised
        relative = [abs(to - values[j]) / can.scale[j] for j, to in raised]
        known = [distance for distance in relative if not np.isnan(distance)]
        parts = _together(model, one)
        for (j, to), distance in zip(raised, relative, strict=True):
            criterion = model.criteria[j]
            before, after = sign(criterion.falling) * values[j], sign(criterion.falling) * to
            missing = bool(np.isnan(before))
            yield {
                "target": category.name, "option": option, "size": len(raised), "criterion": criterion.name,
                "from": None if missing else float(before), "to": after + 0.0,
                "change": None if missing else float(after - before),
                "relative": None if missing else float(distance), "total": sum(known) if known else None,
                "why": _why(model, j, None if missing else float(before), after, target, parts),
            }  # fmt: skip


def _together(model: Sorting, option: _Option) -> tuple[Why, ...]:
    if len(option.raised) == 1:
        return ()
    names = [label(model.criteria[j]) for j, _ in option.raised]
    code = "together" if option.proven else "together-found"
    return (Why(f"sorting.{code}", {"criteria": names, "n": len(names)}),)


def _why(model: Sorting, j: int, before: float | None, after: float, target: int, parts: tuple[Why, ...]) -> str:
    criterion = model.criteria[j]
    beyond = _leaves_veto(model, j, after, target)
    up = not criterion.falling
    args = {
        "criterion": label(criterion),
        "to": written(after, criterion.unit, up=None if beyond else up),
        "category": label(model.categories[target + 1]),
    }
    if before is None:
        code = "show-least" if up else "show-most"
    else:
        args["from"] = written(before, criterion.unit)
        code = "raise" if up else "lower"
    return Why(f"sorting.{code}{'-beyond' if beyond else ''}", args, parts).to_json()


def _leaves_veto(model: Sorting, j: int, after: float, target: int) -> bool:
    """Whether the figure stands just past a veto that holds up to and including its limit."""
    criterion = model.criteria[j]
    if model.gradual_veto or criterion.veto is None:
        return False
    bar = sign(criterion.falling) * model.profiles[target].values[criterion.name] - criterion.veto
    return 0 < sign(criterion.falling) * after - bar <= _LAST_DIGITS * max(1.0, abs(bar))
