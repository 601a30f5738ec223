"""Who lies near whom: great-circle distances between regions, or kinship where coordinates are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.pilots.layout.problem import Bools, Floats
from tongtu.pilots.lines import areas
from tongtu.registry import Registry

#: mean radius of the Earth, IUGG
EARTH_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Map:
    """Regions by code: their point (null: unknown), the area they belong to, their parent."""

    point: dict[str, tuple[float, float]]
    area: dict[str, str]
    parent: dict[str, str]

    @classmethod
    def of(cls, registry: Registry) -> Map:
        rows = registry["regions"].select("region", "parent", "latitude", "longitude").iter_rows()
        point, parent = {}, {}
        for region, above, latitude, longitude in rows:
            if latitude is not None and longitude is not None:
                point[region] = (latitude, longitude)
            if above is not None and above != region:
                parent[region] = above
        return cls(point, areas(registry), parent)

    def area_of(self, region: str) -> str:
        return self.area.get(region, region)

    def above(self, region: str) -> list[str]:
        """The region and all that contain it."""
        found = [region]
        while (up := self.parent.get(found[-1])) is not None and up not in found:
            found.append(up)
        return found

    def distances(self, left: Sequence[str], right: Sequence[str]) -> Floats:
        """Kilometres from each of `left` to each of `right`; NaN where a point is missing on either side."""
        (a, b), (c, d) = (self._radians(side) for side in (left, right))
        half = np.sin((c - a[:, None]) / 2) ** 2 + np.cos(a)[:, None] * np.cos(c) * np.sin((d - b[:, None]) / 2) ** 2
        found: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
        same = np.array(left, object)[:, None] == np.array(right, object)[None, :]
        return np.where(same, 0.0, found)

    def kin(self, left: Sequence[str], right: Sequence[str]) -> Bools:
        """The same area (the level below the root of the tree): near enough where no distance is known."""
        codes: dict[str, int] = {}
        own, other = (np.array([codes.setdefault(self.area_of(r), len(codes)) for r in side]) for side in (left, right))
        found: Bools = own[:, None] == other[None, :]
        return found

    def _radians(self, regions: Sequence[str]) -> tuple[Floats, Floats]:
        unknown = (np.nan, np.nan)
        points = np.radians(np.array([self.point.get(r, unknown) for r in regions], np.float64).reshape(-1, 2))
        return points[:, 0], points[:, 1]
