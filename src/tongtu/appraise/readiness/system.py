"""System Readiness Level, for comparison with the literature; beside it, what its mean hides.

Sauser, Verma, Ramirez-Marquez and Gove (2006, CSER), normalised as the later papers do: levels over 9, a component
integrated with itself at 9, SRL_i = mean over the m_i integrations of i (itself included) of IRL_ij · TRL_j, and
the composite the mean of all SRL_i. Ordinal levels are multiplied as if they were ratios and a strong component
makes up for a weak one, so the lowest component and its weakest link are told with every composite. Composites
compare within one architecture alone: at equal levels they differ by q, the mean of 1/m_i.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.appraise.readiness.faults import fault
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TOP = 9
#: lowest composite of levels 2 to 9, by Austin and York (2015) as the DTU wiki on project management tables them
CUTS = (0.084, 0.157, 0.245, 0.349, 0.467, 0.601, 0.750, 0.914)


@dataclass(frozen=True)
class SystemReadiness:
    """Arrays with the leading axes that were given.

    components (…, n): SRL_i in 0..1; composite (…): their mean; lowest (…): their least; weakest (…): the component
    that has it; link (…, 2): that component and the one whose integration adds least to it (itself, where its own
    TRL does); q (…): mean of 1/m_i. Ties go to the first.
    """

    components: Floats
    composite: Floats
    lowest: Floats
    weakest: Ints
    link: Ints
    q: Floats
    names: tuple[str, ...]

    def why(self) -> Why:
        """One system in a sentence. Raises ValueError for several."""
        if self.composite.ndim:
            raise ValueError("several systems have no one sentence")
        first, second = self.link.tolist()
        told = {"composite": round(float(self.composite), 3), "lowest": round(float(self.lowest), 3),
                "weakest": self.names[first], "partner": self.names[second]}  # fmt: skip
        return Why(f"appraise_readiness.srl-{'own' if first == second else 'link'}", told)


def srl(trl: npt.ArrayLike, irl: npt.ArrayLike, *, names: Sequence[str] | None = None) -> SystemReadiness:
    """trl (…, n): levels 1..9; irl (…, n, n): 1..9 where two components meet, 0 where they do not; its diagonal is 9
    whatever it says.

    Raises DataRefused, naming components: levels out of range or broken, integrations that differ by direction, a
    component integrated with nothing, shapes that do not fit.
    """
    t, links = np.asarray(trl, np.float64), np.asarray(irl, np.float64)
    if t.ndim == 0 or links.shape != (*t.shape, t.shape[-1]):
        raise DataRefused(fault("srl-shape", trl=str(t.shape), irl=str(links.shape)))
    n = t.shape[-1]
    named = tuple(names) if names is not None else tuple(str(i + 1) for i in range(n))
    if len(named) != n or n == 0:
        raise DataRefused(fault("srl-shape", trl=str(t.shape), irl=str(links.shape)))
    _check(t.reshape(-1, n), links.reshape(-1, n, n), named)
    links = np.where(np.eye(n, dtype=bool), TOP, links) / TOP
    products = links * (t / TOP)[..., None, :]
    joined = links > 0
    m = joined.sum(-1)
    components = products.sum(-1) / m
    weakest = components.argmin(-1)
    rows = np.take_along_axis(np.where(joined, products, np.inf), weakest[..., None, None], -2)[..., 0, :]
    link = np.stack([weakest, rows.argmin(-1)], -1)
    return SystemReadiness(
        components, np.asarray(components.mean(-1)), np.asarray(components.min(-1)), np.asarray(weakest), link,
        np.asarray((1 / m).mean(-1)), named,
    )  # fmt: skip


def uniform_srl(level: npt.ArrayLike, q: float) -> Floats:
    """The composite of a system whose TRL and IRL are all at one level (1..9); q: mean of 1/m_i."""
    share = np.asarray(level, np.float64) / TOP
    return np.asarray(share**2 + (share - share**2) * q, np.float64)


def srl_level(composite: npt.ArrayLike) -> Ints:
    """The level 1..9 of a composite, by the cuts above: they fit the architecture they were made from, no other."""
    return np.asarray(np.searchsorted(CUTS, np.asarray(composite, np.float64), side="right") + 1, np.int64)


def _check(trl: Floats, irl: Floats, names: tuple[str, ...]) -> None:
    faults = [*_levels(trl, names), *_links(irl, names)]
    if faults:
        raise DataRefused(faults)


def _levels(trl: Floats, names: tuple[str, ...]) -> Iterator[Fault]:
    for system, i in np.argwhere(~((trl >= 1) & (trl <= TOP) & (trl == np.floor(trl)))).tolist():
        yield fault("srl-trl", system=system + 1, component=names[i], level=f"{trl[system, i]:g}")


def _links(irl: Floats, names: tuple[str, ...]) -> Iterator[Fault]:
    apart = ~np.eye(irl.shape[-1], dtype=bool)
    bad = ~((irl >= 0) & (irl <= TOP) & (irl == np.floor(irl))) & apart
    for system, i, j in np.argwhere(bad).tolist():
        yield fault("srl-irl", system=system + 1, first=names[i], second=names[j], level=f"{irl[system, i, j]:g}")
    uneven = np.triu((irl != irl.transpose(0, 2, 1)) & ~bad & ~bad.transpose(0, 2, 1), 1)
    for system, i, j in np.argwhere(uneven).tolist():
        levels = {"level": f"{irl[system, i, j]:g}", "other": f"{irl[system, j, i]:g}"}
        yield fault("srl-uneven", system=system + 1, first=names[i], second=names[j], **levels)
    alone = ~((irl != 0) & apart).any(-1)
    if irl.shape[-1] > 1:
        for system, i in np.argwhere(alone).tolist():
            yield fault("srl-alone", system=system + 1, component=names[i])
