"""Who offers the services a gate needs, and which services nobody offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from tongtu.pathway.model import Offered
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

_OFFER = ("name", "name_en", "directions", "region")
_NAMED = 3  # offers named in a reason; the rest are counted

Supply = Literal["near", "elsewhere", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Someone who offers a service; empty `directions` or `region` serve all."""

    id: str
    name: Label
    directions: frozenset[str]
    region: str | None

    def serves(self, direction: str | None) -> bool:
        return direction is None or not self.directions or direction in self.directions


@dataclass(slots=True)
class Directory:
    """Offers by gate service, from service providers and from platforms.

    A service that nobody in the loaded directories offers is a hole; where the directories themselves are
    absent the supply is unknown, never a hole.
    """

    offers: dict[str, list[Offer]]
    complete: frozenset[str]
    _serving: dict[tuple[str, str | None], list[Offer]] = field(default_factory=dict)
    _memo: dict[tuple[str, str | None, str | None], tuple[Supply, Why]] = field(default_factory=dict)

    @classmethod
    def of(cls, registry: Registry, offered_by: Mapping[str, Offered]) -> Directory:
        offers: dict[str, list[Offer]] = {service: [] for service in vocabularies()["gate_service"]}
        for service, offer in _from_providers(registry):
            offers[service].append(offer)
        for service, offered in offered_by.items():
            offers[service] += _from_platforms(registry, offered)
        providers, platforms = "provider_services" in registry, "platforms" in registry
        complete = (service for service in offers if providers and (platforms or service not in offered_by))
        return cls(offers, frozenset(complete))

    def supply(self, service: str, direction: str | None, region: str | None) -> tuple[Supply, Why]:
        """Whether the service is offered in the region, elsewhere, by nobody, or unknown; and by whom."""
        key = (service, direction, region)
        if key not in self._memo:
            self._memo[key] = self._look_up(service, direction, region)
        return self._memo[key]

    def _look_up(self, service: str, direction: str | None, region: str | None) -> tuple[Supply, Why]:
        if (service, direction) not in self._serving:
            serving = [offer for offer in self.offers[service] if offer.serves(direction)]
            self._serving[service, direction] = sorted(serving, key=lambda offer: offer.id)
        found = self._serving[service, direction]
        near = [offer for offer in found if offer.region is None or region in (None, offer.region)]
        name = vocabularies()["gate_service"][service]
        if found:
            shown = near or found
            args = {"service": name, "n": len(shown), "names": tuple(o.name for o in shown[:_NAMED])}
            if near:
                return "near", Why("pathway.served", args)
            return "elsewhere", Why("pathway.served-elsewhere", args)
        if service in self.complete:
            return "none", Why("pathway.unserved", {"service": name})
        return "unknown", Why("pathway.supply-unknown", {"services": (name,)})


def _from_providers(registry: Registry) -> list[tuple[str, Offer]]:
    organisations = registry["organisations"].select("organisation", "name", "name_en")
    rows = (
        registry["provider_services"]
        .join(registry["providers"], on="provider")
        .join(organisations, on="organisation", how="left", suffix="_of")
        .unique(["provider", "gate_service"], keep="first", maintain_order=True)
        .with_columns(name=pl.coalesce("name_of", "provider"))
        .select("gate_service", "provider", *_OFFER)
    )
    return [(service, _offer(*row)) for service, *row in rows.iter_rows()]


def _from_platforms(registry: Registry, offered: Offered) -> list[Offer]:
    """Platforms of one of the kinds, or with a service of one of the categories."""
    services = registry["services"].filter(pl.col("category").is_in(offered.categories))
    by_service = pl.col("platform").is_in(services["platform"].unique().to_list())
    rows = registry["platforms"].filter(by_service | pl.col("kind").is_in(offered.kinds))
    return [_offer(*row) for row in rows.select("platform", *_OFFER).iter_rows()]


def _offer(id: str, name: str, name_en: str | None, directions: list[str] | None, region: str | None) -> Offer:
    return Offer(id, Label(name, name_en or ""), frozenset(directions or ()), region)
