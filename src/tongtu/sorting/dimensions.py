"""What a category owes to each dimension: every subject sorted without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from tongtu.sorting.core import arrays, places
from tongtu.sorting.figures import Floats, Ints, read
from tongtu.sorting.model import Profile, Sorting, label
from tongtu.sorting.sound import fault
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Label, Why


def without_dimensions(
    model: Sorting,
    performance: pl.DataFrame,
    dimensions: Mapping[str, str],
    labels: Mapping[str, Label] | None = None,
) -> pl.DataFrame:
    """A row per subject and dimension, ordered by id, then as the dimensions first appear among the criteria.

    `dimensions` gives each criterion's dimension. Columns: the subject, `dimension`, `pessimistic` and
    `optimistic` without it, `shift` (by how many categories the pessimistic one is better without it), `why`.
    The three are null where nothing that weighs would be left. Raises UsageFault.
    """
    found = list(_faults(model, dimensions))
    if found:
        raise UsageFault(found)
    figures = read(model, performance)
    before, _ = places(figures.values, arrays(model))
    frames = []
    for name in dict.fromkeys(dimensions[c.name] for c in model.criteria):
        left = [j for j, c in enumerate(model.criteria) if dimensions[c.name] != name]
        shown = (labels or {}).get(name) or Label(name)
        frame = _without(model, figures.values, before, left, shown)
        frames.append(frame.select(figures.ids, pl.lit(name).alias("dimension"), pl.all()))
    return pl.concat(frames).with_row_index("_row").sort(figures.key, "_row").drop("_row")


def _faults(model: Sorting, dimensions: Mapping[str, str]) -> Iterator[Fault]:
    names = {c.name for c in model.criteria}
    if absent := sorted(names - set(dimensions)):
        yield fault("no-dimension", names=absent)
    if unknown := sorted(set(dimensions) - names):
        yield fault("criteria-unknown", names=unknown)


def _without(model: Sorting, values: Floats, before: Ints, left: list[int], dimension: Label) -> pl.DataFrame:
    schema = {"pessimistic": pl.String, "optimistic": pl.String, "shift": pl.Int64, "why": pl.String}
    if not sum(model.criteria[j].weight for j in left):
        why = Why("sorting.only-dimension", {"dimension": dimension}).to_json()
        return pl.DataFrame([(None, None, None, why)] * len(values), schema=schema, orient="row")
    pessimistic, optimistic = places(values[:, left], arrays(_reduced(model, left)))
    categories = pl.Series([c.name for c in model.categories], dtype=pl.String)
    pairs = list(zip(before.tolist(), pessimistic.tolist(), strict=True))
    whys = {pair: _why(model, dimension, *pair) for pair in set(pairs)}
    columns = {
        "pessimistic": categories.gather(pessimistic),
        "optimistic": categories.gather(optimistic),
        "shift": (pessimistic - before).astype(np.int64),
        "why": [whys[pair] for pair in pairs],
    }
    return pl.DataFrame(columns, schema=schema)


def _reduced(model: Sorting, left: list[int]) -> Sorting:
    criteria = tuple(model.criteria[j] for j in left)
    profiles = tuple(Profile(p.category, {c.name: p.values[c.name] for c in criteria}) for p in model.profiles)
    return replace(model, criteria=criteria, profiles=profiles, total=None)


def _why(model: Sorting, dimension: Label, before: int, after: int) -> str:
    args = {"dimension": dimension, "category": label(model.categories[before])}
    if before == after:
        return Why("sorting.same-without", args).to_json()
    code = "better-without" if after > before else "worse-without"
    return Why(f"sorting.{code}", {**args, "becomes": label(model.categories[after])}).to_json()
