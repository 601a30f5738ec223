"""ELECTRE TRI-B and MR-Sort once more, from the definitions, one number at a time in plain Python; and random cases."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

from tongtu.sorting import Category, Criterion, Profile, Sorting

ROUNDING = 1e-9


def support(behind, q, p):
    if behind is None:
        return None
    if behind <= q:
        return 1.0
    if behind >= p:
        return 0.0
    return (p - behind) / (p - q)


def objection(behind, p, v, gradual):
    if behind is None or v is None:
        return 0.0
    if behind >= v:
        return 1.0
    if not gradual or behind <= p:
        return 0.0
    return (behind - p) / (v - p)


def sigma(model, behind, missing, weights=None):
    """`behind`: criterion -> how far, None where a figure is missing."""
    weights = weights or {c.name: c.weight for c in model.criteria}
    agreed, against = 0.0, []
    for c in model.criteria:
        part = support(behind[c.name], c.indifference, c.preference)
        agreed += weights[c.name] * (missing if part is None else part)
        against.append(objection(behind[c.name], c.preference, c.veto, model.gradual_veto))
    agreed /= sum(weights.values())
    held = agreed
    for d in against:
        if d >= 1:
            return 0.0
        if d > agreed:
            held *= (1 - d) / (1 - agreed)
    return held


def gap(c, x, b):
    """How far figure x is behind b."""
    if x is None:
        return None
    return x - b if c.falling else b - x


def sigmas(model, row, profile, weights=None):
    """Strict σ(a, b), lenient σ(a, b), σ(b, a)."""
    over = {c.name: gap(c, row[c.name], profile.values[c.name]) for c in model.criteria}
    under = {name: None if x is None else -x for name, x in over.items()}
    return sigma(model, over, 0.0, weights), sigma(model, over, 1.0, weights), sigma(model, under, 0.0, weights)


def tiers(model, row, level=None, weights=None):
    """Index of the pessimistic and of the optimistic category."""
    level = (model.cutting_level if level is None else level) - ROUNDING
    found = [sigmas(model, row, profile, weights) for profile in model.profiles]
    pessimistic = 0
    for h in range(len(found), 0, -1):
        if found[h - 1][0] >= level:
            pessimistic = h
            break
    optimistic = len(found)
    for h, (_, lenient, above) in enumerate(found):
        if above >= level and not lenient >= level:
            optimistic = h
            break
    return pessimistic, optimistic


def rows_of(frame):
    return {row["id"]: {k: v for k, v in row.items() if k != "id"} for row in frame.iter_rows(named=True)}


@st.composite
def sortings(draw, criteria=4, profiles=2, plain=False):
    """Random models; `plain`: MR-Sort without vetoes."""
    made = []
    for n in range(criteria):
        q = 0 if plain else draw(st.integers(0, 2))
        p = q if plain else q + draw(st.integers(0, 3))
        veto = None if plain else draw(st.one_of(st.none(), st.integers(p + 1, p + 6)))
        weight = draw(st.integers(1, 6))
        made.append(Criterion(f"c{n}", weight, indifference=q, preference=p, veto=veto, falling=draw(st.booleans())))
    bars = {c.name: [draw(st.integers(2, 9))] for c in made}
    for c in made:
        for _ in range(profiles - 1):
            step = draw(st.integers(0, 4))
            bars[c.name].append(bars[c.name][-1] + (-step if c.falling else step))
    categories = tuple(Category(f"k{n}") for n in range(profiles + 1))
    limits = tuple(Profile(f"k{h + 1}", {name: b[h] for name, b in bars.items()}) for h in range(profiles))
    level = draw(st.sampled_from([0.5, 0.55, 0.625, 0.7, 0.75, 0.9, 1.0]))
    gradual = draw(st.booleans()) and not plain
    return Sorting(tuple(made), categories, limits, level, gradual_veto=gradual)


@st.composite
def figures(draw, model, least=1, most=6, missing=True):
    figure = st.integers(-2, 16).map(float)
    figure = st.one_of(figure, figure, figure, st.none()) if missing else figure
    rows = draw(st.lists(st.tuples(*[figure for _ in model.criteria]), min_size=least, max_size=most))
    columns = {c.name: pl.Series([row[j] for row in rows], dtype=pl.Float64) for j, c in enumerate(model.criteria)}
    return pl.DataFrame({"id": [f"s{i:02d}" for i in range(len(rows))], **columns})


@st.composite
def cases(draw, plain=False, missing=True, most=6, criteria=4):
    model = draw(sortings(plain=plain, criteria=criteria))
    return model, draw(figures(model, missing=missing, most=most))
