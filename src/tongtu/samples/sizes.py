"""How many rows each scale has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Scale = Literal["demo", "region", "nation"]


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of one scale. `english`: share of listings with an English text beside the Chinese one;
    `tiers`: platforms of the national and of the key tier; the rest are reserve platforms."""

    needs: int
    achievements: int
    organisations: dict[str, int]
    regions: int
    people: int
    teams: int
    scenarios: int
    evidence: int
    platforms: int
    tiers: tuple[int, int]
    usage: int
    projects: int
    histories: int
    cases: int
    past_cases: int
    english: float

    @property
    def firms(self) -> int:
        return sum(self.organisations[kind] for kind in ("central_soe", "local_soe", "private", "sme"))


_DEMO = Size(
    needs=80,
    achievements=240,
    regions=8,
    people=90,
    teams=40,
    scenarios=24,
    evidence=260,
    platforms=16,
    tiers=(2, 4),
    usage=160,
    projects=30,
    histories=110,
    cases=12,
    past_cases=36,
    english=0.35,
    organisations={
        "central_soe": 8,
        "local_soe": 4,
        "private": 7,
        "sme": 14,
        "university": 7,
        "institute": 7,
        "hospital": 1,
        "platform_operator": 3,
        "fund": 2,
        "bank": 1,
        "insurer": 1,
        "provider": 4,
        "association": 1,
    },
)
_REGION = replace(
    _DEMO,
    needs=2_000,
    achievements=12_000,
    regions=10,
    people=3_000,
    teams=800,
    scenarios=400,
    evidence=9_000,
    platforms=120,
    tiers=(2, 14),
    usage=3_000,
    projects=1_200,
    histories=2_600,
    cases=240,
    past_cases=80,
    english=0.3,
    organisations={
        "central_soe": 60,
        "local_soe": 180,
        "private": 800,
        "sme": 3_200,
        "university": 60,
        "institute": 140,
        "hospital": 20,
        "platform_operator": 60,
        "fund": 20,
        "bank": 6,
        "insurer": 4,
        "provider": 140,
        "association": 10,
    },
)
_NATION = replace(
    _DEMO,
    needs=100_000,
    achievements=1_000_000,
    regions=99,
    people=120_000,
    teams=40_000,
    scenarios=12_000,
    evidence=500_000,
    platforms=2_400,
    tiers=(21, 241),
    usage=100_000,
    projects=60_000,
    histories=120_000,
    cases=6_000,
    past_cases=12_000,
    english=0.15,
    organisations={
        "central_soe": 2_400,
        "local_soe": 17_600,
        "private": 90_000,
        "sme": 490_000,
        "university": 1_300,
        "institute": 6_000,
        "hospital": 1_400,
        "platform_operator": 1_500,
        "fund": 900,
        "bank": 120,
        "insurer": 60,
        "provider": 4_000,
        "association": 300,
    },
)

SIZES: dict[str, Size] = {"demo": _DEMO, "region": _REGION, "nation": _NATION}
