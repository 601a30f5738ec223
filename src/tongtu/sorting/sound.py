"""What is wrong with a sorting: every fault at once, each with what to repair."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.sorting.model import Criterion, Sorting

#: A sum of published weights may miss their total by this share, as decimal fractions do.
_SUM = 1e-6


def fault(code: str, /, **args: Any) -> Fault:
    """A fault of this room; `sorting.CODE-repair` takes the same arguments."""
    return Fault(Why(f"sorting.{code}", args), Why(f"sorting.{code}-repair", args))


def number(value: object) -> bool:
    """A finite number; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def faults(model: Sorting) -> Iterator[Fault]:
    """What is not a number is named once, and kept out of every later question."""
    yield from _names(model)
    unread = set()
    for place, criterion, value in _numbers(model):
        if not number(value):
            unread.add((place, criterion))
            yield fault("not-a-number", place=place, name=criterion, value=str(value))
    sound = [c for c in model.criteria if ("criterion", c.name) not in unread]
    yield from _level(model, ("model", "cutting_level") in unread)
    yield from _weights(model, sound)
    for one in sound:
        yield from _thresholds(one)
    yield from _profiles(model, {name for place, name in unread if place != "model"})


def _names(model: Sorting) -> Iterator[Fault]:
    if not model.criteria:
        yield fault("no-criteria")
    for name in twice(c.name for c in model.criteria):
        yield fault("criterion-twice", name=name)
    for name in twice(c.name for c in model.categories):
        yield fault("category-twice", name=name)


def _numbers(model: Sorting) -> Iterator[tuple[str, str, object]]:
    yield "model", "cutting_level", model.cutting_level
    if model.total is not None:
        yield "model", "total", model.total
    for c in model.criteria:
        for value in (c.weight, c.indifference, c.preference, 0.0 if c.veto is None else c.veto):
            yield "criterion", c.name, value
    for profile in model.profiles:
        for name, value in profile.values.items():
            yield profile.category, name, value


def _level(model: Sorting, unread: bool) -> Iterator[Fault]:
    if not unread and not 0.5 <= model.cutting_level <= 1:
        yield fault("cutting-level", level=model.cutting_level)


def _weights(model: Sorting, sound: list[Criterion]) -> Iterator[Fault]:
    negative = [c.name for c in sound if c.weight < 0]
    total = sum(c.weight for c in sound)
    if negative or (len(sound) == len(model.criteria) and sound and total <= 0):
        yield fault("weights", names=negative or [c.name for c in sound])
    elif len(sound) == len(model.criteria) and model.total is not None and number(model.total):
        off = total - model.total
        if abs(off) > _SUM * abs(model.total):
            yield fault("weights-sum", sum=total, total=model.total, off=off)


def _thresholds(c: Criterion) -> Iterator[Fault]:
    if not 0 <= c.indifference <= c.preference or (c.veto or 0) < 0:
        yield fault("thresholds", name=c.name)
    if c.veto is not None and c.veto <= c.preference:
        yield fault("veto-first", name=c.name)


def _profiles(model: Sorting, unread: set[str]) -> Iterator[Fault]:
    wanted, given = [c.name for c in model.categories[1:]], [p.category for p in model.profiles]
    if wanted != given or not model.categories:
        yield fault("profile-per-category", wanted=wanted, given=given)
    names = {c.name for c in model.criteria}
    for profile in model.profiles:
        absent, unknown = sorted(names - set(profile.values)), sorted(set(profile.values) - names)
        if absent:
            yield fault("profile-criteria", category=profile.category, names=absent)
        if unknown:
            yield fault("profile-unknown", category=profile.category, names=unknown)
    for lower, upper in pairwise(model.profiles):
        for c in model.criteria:
            if c.name in unread or c.name not in lower.values or c.name not in upper.values:
                continue
            asked, before = upper.values[c.name], lower.values[c.name]
            if (asked > before) if c.falling else (asked < before):
                yield fault(
                    "profiles-cross", name=c.name, lower=lower.category, upper=upper.category,
                    asked=asked, before=before,
                )  # fmt: skip
