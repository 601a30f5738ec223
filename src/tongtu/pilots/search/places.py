"""How far apart regions lie: great circles between their coordinates; nothing where either has none.

A region is 0 km from itself even without coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from tongtu.pilots.search.values import Floats, Ints

EARTH_KM = 6371.0088  # mean radius (IUGG)


class Places:
    """The regions that `regions` names and those that only lines name, with their coordinates in radians."""

    def __init__(self, regions: pl.DataFrame, also: Sequence[str | None]) -> None:
        told = regions.select("region", "latitude", "longitude")
        own = {region: (latitude, longitude) for region, latitude, longitude in told.iter_rows()}
        names = sorted({*own, *(one for one in also if one)})
        at = [own.get(name, (None, None)) for name in names]
        self.index = {name: i for i, name in enumerate(names)}
        self._points = np.radians(np.array([[np.nan if x is None else x for x in one] for one in at]).reshape(-1, 2))

    def of(self, names: Sequence[str | None]) -> Ints:
        """The number of each region, -1 for none."""
        return np.array([self.index.get(name or "", -1) for name in names], np.int64)

    def distance(self, here: int, there: Ints) -> Floats:
        """Kilometres from one region to others; NaN where nobody can tell."""
        if here < 0:
            return np.full(len(there), np.nan)
        found = great_circle(self._points[here], self._points)
        found[here] = 0.0
        return np.where(there >= 0, found[there], np.nan)


def great_circle(here: Floats, there: Floats) -> Floats:
    """Haversine distances in km; latitudes and longitudes in radians."""
    half = (there - here) / 2
    across = np.sin(half[:, 0]) ** 2 + np.cos(here[0]) * np.cos(there[:, 0]) * np.sin(half[:, 1]) ** 2
    found: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(across, 0.0, 1.0)))
    return found
