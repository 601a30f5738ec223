"""What weak platforms lack for their next tier, and whether a plan brings them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu import sorting
from tongtu.pilots.diagnosis.cheapest import Option
from tongtu.pilots.diagnosis.measures import Activation
from tongtu.pilots.diagnosis.options import Lacking, Reach, Row, adds, for_tier, lacking
from tongtu.pilots.evaluation.evaluate import survey
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.registry import Registry

Figures = Mapping[str, tuple[float | None, str | None, float | None]]


@dataclass
class Towards:
    """The figures and strict tiers of the platforms in question."""

    rubric: Rubric
    performance: pl.DataFrame
    tiers: Mapping[str, str]
    figures: Mapping[str, Figures]
    plans: dict[str, tuple[Sequence[Reach], Sequence[Lacking], Row]]

    @classmethod
    def of(
        cls, registry: Registry, as_of: date, known_at: date | None, rubric: Rubric, platforms: pl.Series
    ) -> Towards:
        found = survey(registry, as_of, rubric, known_at=known_at)
        mine = pl.col("platform").is_in(platforms.implode())
        performance = found.performance().filter(mine)
        tiers = sorting.assign(rubric.sorting, performance).select("platform", "pessimistic")
        figures: dict[str, dict[str, tuple[float | None, str | None, float | None]]] = {}
        for name, frame in found.counted.items():
            for platform, *said in frame.filter(mine).select("platform", "value", "source", "declared").iter_rows():
                figures.setdefault(platform, {})[name] = (said[0], said[1], said[2])
        return cls(rubric, performance, dict(tiers.iter_rows()), figures, {})

    def asked(self, activation: Activation, found: Sequence[Reach], weak: Row) -> tuple[float, list[Option]]:
        """The weight missing to the next tier, and the measures that could bring it."""
        platform = weak["platform"]
        following = self._next(platform)
        if following is None:
            return 0.0, []
        missing = lacking(self.rubric, self.figures[platform], following)
        self.plans[platform] = (found, missing, weak)
        need = self.rubric.cutting_level - (1.0 - sum(one.weight for one in missing))
        return max(0.0, need), for_tier(activation, found, missing, weak)

    def support(self, platform: str) -> float:
        """Weight that supports the next tier now; all of it at the top."""
        if platform not in self.plans:
            return 1.0
        return 1.0 - sum(one.weight for one in self.plans[platform][1])

    def lifted(self, chosen: Mapping[str, Mapping[str, float]]) -> dict[str, bool]:
        """Whether the strict rule gives a better tier once the figures have moved as the plan says: thresholds and
        vetoes of the rubric count here."""
        rows = [self._moved(platform, chosen.get(platform, {})) for platform in self.performance["platform"]]
        moved = pl.DataFrame(rows, schema=self.performance.schema)
        names = [tier.name for tier in self.rubric.tiers]
        after = sorting.assign(self.rubric.sorting, moved).select("platform", "pessimistic")
        return {platform: names.index(tier) > names.index(self.tiers[platform]) for platform, tier in after.iter_rows()}

    def _moved(self, platform: str, units: Mapping[str, float]) -> dict[str, object]:
        figures = {name: value for name, (value, _, _) in self.figures[platform].items()}
        found, missing, weak = self.plans.get(platform, ((), (), {}))
        if "evidence" in units:
            provable = sorted((one for one in missing if one.provable), key=lambda one: -one.weight)
            for one in provable[: int(units["evidence"])]:
                figures[one.indicator.indicator] = self.figures[platform][one.indicator.indicator][2]
        for reach in found:
            taken = units.get(reach.measure.measure, 0.0)
            for name in reach.measure.moves if taken else ():
                value = figures.get(name)
                if value is not None:
                    figures[name] = value + taken * adds(reach, name, weak)
        return {"platform": platform, **{i.indicator: figures[i.indicator] for i in self.rubric.scored}}

    def _next(self, platform: str) -> str | None:
        names = [tier.name for tier in self.rubric.tiers]
        place = names.index(self.tiers[platform])
        return names[place + 1] if place + 1 < len(names) else None
