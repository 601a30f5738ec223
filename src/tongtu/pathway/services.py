"""Who offers the services a gate needs, and which services nobody offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from tongtu.pathway.model import Offered, Pathway, Stage
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

_OFFER = ("name", "name_en", "directions", "region")
_NAMED = 3  # offers named in a reason; the rest are counted

Supply = Literal["near", "elsewhere", "none", "unknown"]

_HOLE: Mapping[str, Any] = {
    "stage": pl.String, "phase": pl.String, "gate": pl.String, "service": pl.String, "supply": pl.String,
    "whole": pl.Boolean, "why": pl.String,
}  # fmt: skip


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


def holes_of(pathway: Pathway, registry: Registry, direction: str | None = None) -> pl.DataFrame:
    """The services of a pathway that nobody in the network offers, stage by stage, before any case needs them.

    Returns stage, phase, gate (or the statutory step that needs it), service, supply (`none`: nobody offers it;
    `unknown`: the directories that would tell are not loaded), whole (nobody offers any service of that stage) and why,
    in working order. With a `direction` only offers that serve it count.
    """
    directory = Directory.of(registry, pathway.offered_by)
    rows = [row for stage in pathway.stages for row in _holes_at(stage, directory, direction)]
    return pl.DataFrame(rows, schema=_HOLE, orient="row")


def _holes_at(stage: Stage, directory: Directory, direction: str | None) -> list[tuple[Any, ...]]:
    asked = [(stage.gate.id, service) for service in stage.gate.services]
    asked += [(step.id, service) for step in stage.statutory for service in step.services]
    found = [(at, service, *directory.supply(service, direction, None)) for at, service in asked]
    missing = [row for row in found if row[2] in ("none", "unknown")]
    whole = len(missing) == len(found)
    return [(stage.id, stage.phase, at, service, supply, whole, why.to_json()) for at, service, supply, why in missing]
