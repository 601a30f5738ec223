"""`plan(registry, pack, as_of)`: the whole chain as one function. Nothing else composes the engines."""

from __future__ import annotations

import resource
from datetime import date
from typing import TYPE_CHECKING

from tongtu.chain.links import capital, market, network, passage
from tongtu.chain.plan import Manifest, Plan
from tongtu.chain.work import Link, Options, Work, travel
from tongtu.registry import Registry, noun
from tongtu.solve import Progress, check

if TYPE_CHECKING:
    import polars as pl

    from tongtu.packs import Pack

#: the chain, in order; the second entry names the tables a link cannot do without
LINKS = (
    Link("judge", ("firm_years",), market.judge),
    Link("match", ("needs", "achievements"), market.match),
    Link("allocate", ("pairs",), market.allocate),
    Link("pathway", ("allocation",), passage.pathway),
    Link("standing", ("events",), passage.standing),
    Link("slots", ("cases", "platforms", "lines"), passage.slots),
    Link("odds", ("cases", "outcomes"), capital.odds),
    Link("estimates", ("cases",), capital.estimates),
    Link("appraise", ("cases",), capital.appraise),
    Link("critical", ("items", "supplies"), network.critical),
    Link("tracks", ("projects",), network.tracks),
    Link("choose", ("cases", "budgets"), capital.choose),
    Link("network", ("needs", "platforms"), network.coverage),
    Link("tiers", ("platforms",), network.tiers),
    Link("layout", ("needs", "platforms", "budgets"), network.layout),
    Link("goals", ("goals",), network.goals),
    Link("members", ("organisations",), network.members),
)

#: tables that the pack fills where the registry is silent; a registry's own row wins by key
PACKED = (
    "directions",
    "focus",
    "goals",
    "regions",
    "priorities",
    "documents",
    "mechanisms",
    "statistics",
    "bottlenecks",
    "controls",
)


def plan(
    registry: Registry,
    pack: Pack,
    *,
    as_of: date,
    known_at: date | None = None,
    seed: int = 0,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Plan:
    """From records to an industrialisation plan: what was in force at `as_of`, as recorded by `known_at`.

    Pure: the same arguments give the same plan, digest for digest, whatever the order of rows.
    Raises DataRefused or Infeasible where an engine does; `progress` may raise Cancelled.
    """
    known_at = known_at or as_of
    options = options or Options()
    seen = with_pack(registry, pack).known(as_of, known_at)
    work = Work(seen, pack, as_of, seed, options, check(progress))
    seconds = travel(work, LINKS)
    manifest = Manifest(
        pack=pack.name, pack_version=pack.version, pack_digest=pack.digest, registry_digest=registry.digest(),
        as_of=as_of, known_at=known_at, seed=seed, options=options.to_dict(),
    )  # fmt: skip
    return Plan(manifest, work.frames, seen, {"seconds": seconds, "peak_memory_mb": peak_memory()})


def with_pack(registry: Registry, pack: Pack) -> Registry:
    """The registry with the pack's own tables put under it."""
    return registry.replace(**{name: _under(registry[name], pack.table(name), name) for name in PACKED})


def _under(own: pl.DataFrame, packed: pl.DataFrame, name: str) -> pl.DataFrame:
    import polars as pl

    return pl.concat([own, packed.join(own, on=noun(name).key, how="anti")])


def peak_memory() -> float:
    """Largest resident size of this process so far, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
