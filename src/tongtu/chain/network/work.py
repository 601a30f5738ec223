"""What asks for lines: the open cases of the folder, the needs nobody works on yet, or pairs the chain would make."""

from __future__ import annotations

import polars as pl

from tongtu.chain.compose import LINKS
from tongtu.chain.law import pathways
from tongtu.chain.links.network import line_demand
from tongtu.chain.network.ground import Network
from tongtu.chain.work import Options, Work, travel
from tongtu.solve import check

#: the links that bring needs and achievements together and lead them through gates
_MATCHING = ("match", "allocate", "pathway")
OPEN = ("open", "recycled")


def of_cases(network: Network, *, behind: bool = False) -> Work:
    """The open cases of the folder, laid out along their pathways from the stage each is in.

    With `behind` the stages they have left behind stand there as well, as met.
    """
    from tongtu import pathway

    registry = network.registry
    cases = registry["cases"].filter(pl.col("state").is_in(OPEN))
    opened = cases.select("case", "need", "achievement", score=pl.lit(None, pl.Float64))
    laws = pathways(network.pack)
    work = _work(network)
    if opened.height:
        laid = pathway.lay_out(opened, registry, laws, network.pack.calendar, network.as_of, progress=work.progress)
        at = cases.select("case", _at="stage")
        steps = laid.steps.join(at, on="case", how="left", maintain_order="left")
        first = pl.col("order").filter(pl.col("stage") == pl.col("_at")).min().over("case").fill_null(0)
        ahead = pl.col("order") >= first
        if behind:
            verdict = pl.when(ahead).then("verdict").otherwise(pl.lit("met"))
            work.frames |= {"cases": laid.cases, "steps": steps.with_columns(verdict=verdict).drop("_at")}
        else:
            work.frames |= {"cases": laid.cases, "steps": steps.filter(ahead).drop("_at")}
    return work


def of_pairs(network: Network) -> Work:
    """Needs and achievements brought together as the chain would, and led through gates."""
    work = _work(network)
    travel(work, [link for link in LINKS if link.name in _MATCHING])
    return work


def demand(network: Network) -> pl.DataFrame:
    """direction, region, hours (null: unknown), a row per job: `line_demand` of the folder's own cases."""
    work = of_cases(network)
    found = line_demand(work)
    return found.filter(pl.col("direction").is_not_null())


def _work(network: Network) -> Work:
    return Work(network.registry, network.pack, network.as_of, network.seed, Options(), check(network.progress))
