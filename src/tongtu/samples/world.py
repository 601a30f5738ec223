"""A whole sample, table by table: the registry's nouns, and the planted truth beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from tongtu.registry.columns import noun
from tongtu.samples import (
    achievements,
    firms,
    fit,
    history,
    indicators,
    lore,
    market,
    needs,
    organisations,
    passage,
    people,
    record,
    returns,
)
from tongtu.samples.ground import Ground, Vocabularies, lay
from tongtu.samples.lore import table
from tongtu.samples.network import Network
from tongtu.samples.organisations import Actors
from tongtu.samples.sizes import SIZES
from tongtu.solve.progress import Progress, check
from tongtu.terms.faults import TongtuError
from tongtu.terms.why import Label, Why

#: nouns and truth tables that a sample has
_STEPS = 45
#: the pathway and version that the sample's open cases are pinned to
PATHWAY = ("standard", "2026.1")


@dataclass(frozen=True, slots=True)
class Sample:
    """`tables`: frames by noun, fit for `registry.Registry`. `truth`: what engines are scored on and never read."""

    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


class Part(NamedTuple):
    """One finished table; `is_truth` tells the truth's tables from the registry's nouns."""

    name: str
    frame: pl.DataFrame
    is_truth: bool = False


def make(
    scale: str,
    seed: int,
    *,
    glossary: pl.DataFrame,
    vocabularies: Vocabularies,
    as_of: date,
    progress: Progress | None = None,
    pathway: tuple[str, str] = PATHWAY,
) -> Sample:
    """A synthetic consortium with invented organisations only; the same arguments give the same bytes.

    `scale`: demo (a few thousand rows, to be read by people), region (about 100,000 rows over all tables), nation
    (1,000,000 achievements, 100,000 needs, 600,000 firms, 2,400 platforms). `glossary` and `vocabularies` come
    from a pack and the registry.

    Raises TongtuError for an unknown scale, or where the pack lacks what the sample writes about.
    """
    sample = Sample({}, {})
    for part in stream(
        scale, seed, glossary=glossary, vocabularies=vocabularies, as_of=as_of, progress=progress, pathway=pathway
    ):
        (sample.truth if part.is_truth else sample.tables)[part.name] = part.frame
    return sample


def stream(
    scale: str,
    seed: int,
    *,
    glossary: pl.DataFrame,
    vocabularies: Vocabularies,
    as_of: date,
    progress: Progress | None = None,
    pathway: tuple[str, str] = PATHWAY,
) -> Iterator[Part]:
    """The same sample one finished table after another, so that a face can write each and let it go."""
    if scale not in SIZES:
        raise TongtuError.because("samples.scale", "samples.scale-repair", scale=scale, scales=list(SIZES))
    ground = lay(SIZES[scale], seed, as_of, lore.read(glossary), vocabularies)
    report, total = check(progress), _STEPS
    for done, part in enumerate(_parts(ground, pathway), start=1):
        if part.is_truth:
            yield part
            continue
        made = noun(part.name)
        report(min(done, total), total, Why("samples.made", {"table": Label(made.zh, made.en), "n": part.frame.height}))
        yield part._replace(frame=_conformed(part))
    report(total, total)


def _conformed(part: Part) -> pl.DataFrame:
    """Every column of the noun, in its order and type; a list without entries is an empty cell."""
    columns = []
    for column in noun(part.name).columns:
        value = (
            pl.col(column.name).cast(column.dtype())
            if column.name in part.frame.columns
            else pl.lit(None, column.dtype())
        )
        filled = pl.when(value.list.len() > 0).then(value) if column.many else value
        columns.append(filled.alias(column.name))
    strange = set(part.frame.columns) - {c.name for c in noun(part.name).columns}
    assert not strange, f"{part.name}: {strange}"
    return part.frame.select(columns)


def _parts(ground: Ground, pathway: tuple[str, str]) -> Iterator[Part]:
    actors = organisations.make(ground)
    members = organisations.memberships(ground, actors)
    yield Part("organisations", actors.frame)
    yield Part("memberships", members)
    yield Part("duties", organisations.duties(ground, actors, members))
    yield from _people(ground, actors)
    yield from _firms(ground, actors)
    yield from _clearinghouse(ground, actors, pathway)
    yield from _supply(ground)
    yield Part("scenarios", market.scenarios(ground, actors))
    for name, frame in zip(("providers", "provider_services"), market.providers(ground, actors), strict=True):
        yield Part(name, frame)
    for name, frame in zip(("funds", "budgets", "calls"), market.capital(ground, actors), strict=True):
        yield Part(name, frame)
    yield Part("data_resources", market.data_resources(ground, actors))


def _people(ground: Ground, actors: Actors) -> Iterator[Part]:
    staff, where = people.people(ground, actors)
    yield Part("people", staff)
    yield Part("teams", people.teams(ground, actors, staff, where))


def _firms(ground: Ground, actors: Actors) -> Iterator[Part]:
    years, titles, truth = firms.make(ground, actors)
    yield Part("firm_years", years)
    yield Part("titles", titles)
    yield Part("titles", truth, is_truth=True)


def _supply(ground: Ground) -> Iterator[Part]:
    for name, frame in zip(
        ("items", "components", "supplies"),
        market.supply_graph(ground, table("items"), table("components")),
        strict=True,
    ):
        yield Part(name, frame)


def _clearinghouse(ground: Ground, actors: Actors, pathway: tuple[str, str]) -> Iterator[Part]:
    """Both sides of the market, what stands behind them, the network that serves them, and their truth."""
    asked = needs.make(ground, actors, table("items"))
    yield Part("needs", asked.frame)
    offers = achievements.plan(ground, actors, asked)
    yield Part("achievements", pl.concat(achievements.frames(ground, actors, asked, offers)))
    yield Part("ownership", record.ownership(ground, actors, offers))
    proofs = record.evidence(ground, actors, offers)
    yield Part("evidence", proofs)
    n = len(offers)
    bound = ground.draw("claims").chance(0.2, n)
    claims = indicators.rows(
        ground.lore,
        offers.slots,
        "achievement",
        offers.label,
        np.full((n, indicators.SLOTS), False),
        False,
        offers.formal,
        bound,
        record.of_subject(offers, proofs),
    )
    yield Part("indicators", indicators.numbered(asked.indicators, claims))
    for name, frame in zip(("projects", "participants"), record.projects(ground, actors, offers), strict=True):
        yield Part(name, frame)
    yield Part("conflicts", record.conflicts(ground, actors, asked, offers))
    told = passage.passages(ground, actors, asked, offers, pathway)
    for name in ("cases", "events", "offers", "agreements", "contracts"):
        yield Part(name, getattr(told, name))
    yield Part("passages", told.truth, is_truth=True)
    yield Part("cashflows", returns.cashflows(ground, asked))
    known = history.odds(ground)
    yield Part("outcomes", history.outcomes(ground, actors, offers, known))
    yield Part("odds", history.truth(known), is_truth=True)
    for name, frame in fit.truth(ground, actors, asked, offers).items():
        yield Part(name, frame, is_truth=True)
    network = Network(ground, actors)
    for name in ("platforms", "lines", "equipment", "services", "openings", "builds", "usage"):
        yield Part(name, getattr(network, name)())
    yield Part("capacity", network.capacity(asked), is_truth=True)
