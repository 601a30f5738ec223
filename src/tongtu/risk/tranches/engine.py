"""`tranches`: how a book's losses fall on those who bear them, at every correlation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.book import Book
from tongtu.risk.simulation import Factors
from tongtu.risk.simulation.scenarios import Worlds
from tongtu.risk.simulation.usable import usable
from tongtu.risk.tranches.structure import TRANCHES, Layer, Structure, structure
from tongtu.risk.tranches.waterfall import borne
from tongtu.solve.progress import Progress, check
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]

#: Correlations always shown.
RHOS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_CURVE = (0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999)
_WHOLE = 1e-9  # a layer within this share of its amount counts as lost altogether
_ONE = 0.5  # minor units: what is less than half of one is no loss

_FIGURES = {
    "rho": pl.Float64(), "name": pl.String(), "kind": pl.String(), "amount": pl.Float64(), "pd": pl.Float64(),
    "pd_se": pl.Float64(), "el": pl.Float64(), "el_se": pl.Float64(), "el_share": pl.Float64(), "lgd": pl.Float64(),
    "wiped": pl.Float64(), "cvar": pl.Float64(), "break_even": pl.Float64(), "price": pl.Float64(),
    "margin": pl.Float64(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Tranched:
    """`layers`: name, kind, attach, detach (shares of the capital; null for covers), amount (a tranche's; the most a
    cover pays, or would if all were lost), price.

    `figures`, by rho (null: the factor model) and layer, then `beyond` (what no layer takes) and `portfolio`: pd
    (chance of bearing anything), el (mean borne) and their standard errors, el_share (of its amount), lgd (share lost
    where anything is), wiped (chance of losing all of it), cvar (mean of the worst 1 - level), break_even (the price,
    as a share of its amount paid once, at which it earns nothing: el / amount for a cover, el_share / (1 - el_share)
    for a tranche, which is paid on what survives), margin (price less that). Money in minor units, before any interest.

    `curve`: rho, name, chance, borne (not exceeded with this chance). `conservation`: the largest difference, over all
    worlds and models, between what all layers bear and what is lost, as a share of the capital.
    """

    layers: pl.DataFrame
    figures: pl.DataFrame
    curve: pl.DataFrame
    capital: float
    conservation: float
    notes: tuple[Why, ...]
    worlds: int
    level: float
    seed: int


def tranches(
    book: Book, table: pl.DataFrame, *, factors: Factors | None = None, capital: float | None = None,
    worlds: int = 2048, sets: int = 8, seed: int = 0, rhos: Sequence[float] = (), level: float = 0.99,
    doubt: bool = True, costs: bool = True, progress: Progress | None = None,
) -> Tranched:  # fmt: skip
    """Every case is drawn in `sets` independent nets of `worlds`, under the factor model and under a plain one-factor
    model for each correlation of `RHOS` (always) and `rhos`; each world's losses run through the layers of `table` (see
    `structure`). All models see the same random numbers, so that they differ by their correlation alone.

    Raises DataRefused for a structure that cannot stand, UsageFault for settings that cannot be taken.
    """
    usable(book, levels=(level,), rhos=rhos, seed=seed, worlds=worlds, sets=sets)
    layered, tell = structure(book, table, capital=capital), check(progress)
    models: list[tuple[float | None, Factors, bool]] = [(None, factors or Factors(), doubt)]
    models += [(rho, Factors.plain(rho), False) for rho in sorted({*RHOS, *rhos})]
    seeds = np.random.SeedSequence(seed).generate_state(sets)
    figures, curve, worst = [], [], 0.0
    for k, (rho, model, unsure) in enumerate(models):
        nets, ready = [], Worlds(book, model, costs=costs, doubt=unsure)
        for net, own in enumerate(seeds):
            drawn = ready.draw(worlds, seed=int(own))
            found = borne(layered, drawn.loss)
            whole = drawn.loss.sum(axis=0, dtype=np.float64)
            worst = max(worst, float(np.abs(found.sum(axis=0) - whole).max()) / layered.capital)
            nets.append(np.vstack([found, whole]))
            tell(k * sets + net + 1, len(models) * sets)
        figures += [(rho, *row) for row in _figures(layered, nets, level)]
        curve += [(rho, *row) for row in _curve(layered, np.hstack(nets))]
    return Tranched(
        layers=_layers(layered), figures=pl.DataFrame(figures, _FIGURES, orient="row"),
        curve=pl.DataFrame(curve, {"rho": pl.Float64(), "name": pl.String(), "chance": pl.Float64(),
                                   "borne": pl.Float64()}, orient="row"),
        capital=layered.capital, conservation=worst, worlds=worlds * sets, level=level, seed=seed,
        notes=(Why("risk_tranches.redistributes"), Why("risk_tranches.correlation"), Why("risk_tranches.no-interest"),
               *book.notes),
    )  # fmt: skip


def _rows(layered: Structure) -> Iterator[tuple[str, str, Layer | None]]:
    for layer in layered.layers:
        yield layer.name, layer.kind, layer
    yield "beyond", "beyond", None
    yield "portfolio", "portfolio", None


def _figures(layered: Structure, nets: list[Floats], level: float) -> Iterator[tuple[Any, ...]]:
    everything = np.hstack(nets)
    for k, (name, kind, layer) in enumerate(_rows(layered)):
        borne_, worlds = everything[k], everything.shape[1]
        amount = layer.exposure if layer is not None else None
        hit = borne_ > _ONE
        pd, el = float(hit.mean()), float(borne_.mean())
        of = amount if amount else None
        share = el / of if of else None
        lgd = float(borne_[hit].mean()) / of if of and hit.any() else None
        wiped = float((borne_ >= of * (1 - _WHOLE)).mean()) if of else None
        fair = _break_even(kind, share)
        price = layer.price if layer is not None else None
        margin = price - fair if price is not None and fair is not None else None
        errors = [_error([f(net[k]) for net in nets]) for f in (lambda x: float((x > _ONE).mean()), np.mean)]
        why = Why("risk_tranches.never", {"worlds": worlds, "most": 3 / worlds}) if not hit.any() else _said(kind)
        yield (name, kind, amount, pd, errors[0], el, errors[1], share, lgd, wiped, _cvar(borne_, level), fair, price,
               margin, why.to_json())  # fmt: skip


def _break_even(kind: str, share: float | None) -> float | None:
    if share is None:
        return None
    if kind not in TRANCHES:
        return share
    return share / (1 - share) if share < 1 else None


def _error(values: Sequence[Any]) -> float | None:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None


def _cvar(values: Floats, level: float) -> float:
    """Mean of the greatest 1 - level, the last one counted in part."""
    tail = (1 - level) * len(values)
    whole = int(np.floor(tail + 1e-9))
    ordered = np.sort(values)[::-1]
    part = (tail - whole) * ordered[whole] if tail - whole > 1e-9 else 0.0
    return float((ordered[:whole].sum() + part) / tail)


def _said(kind: str) -> Why:
    return Why(f"risk_tranches.figure-{'tranche' if kind in TRANCHES else kind}")


def _curve(layered: Structure, everything: Floats) -> Iterator[tuple[Any, ...]]:
    for k, (name, _, _) in enumerate(_rows(layered)):
        for chance, value in zip(_CURVE, np.quantile(everything[k], _CURVE, method="inverted_cdf"), strict=True):
            yield name, chance, float(value)


def _layers(layered: Structure) -> pl.DataFrame:
    rows, at = [], 0.0
    for layer in layered.layers:
        attach = detach = None
        if layer.kind in TRANCHES:
            attach, at = at, at + layer.amount / layered.capital
            detach = at
        rows.append((layer.name, layer.kind, attach, detach, layer.exposure, layer.price))
    return pl.DataFrame(rows, {"name": pl.String(), "kind": pl.String(), "attach": pl.Float64(),
                               "detach": pl.Float64(), "amount": pl.Float64(), "price": pl.Float64()},
                        orient="row")  # fmt: skip
