"""The whole way at once: need → achievement → platform → enterprise → capital, places counted on every layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import polars as pl

from tongtu import match
from tongtu.chain.clearing.allocated import in_conflict, no_place_left, relaxed, status_of
from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import document, label, number, section, table, with_id
from tongtu.chain.dossier.document import Block, Cell, Column, Document, Facts, Paragraph, Section, Table, cell, same
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.chain.work import Options
from tongtu.match import sides
from tongtu.match.allocate import Chained, chains
from tongtu.match.allocate.places import facts
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

KINDS = ("need", "achievement", "platform", "organisation", "fund")
#: organisations that take a result into production
FIRMS = frozenset({"central_soe", "local_soe", "private", "sme", "foreign"})
#: so many times as many organisations are asked for, so that enough firms are among them
_WIDER = 4

Link = tuple[str, str]


@dataclass(frozen=True)
class Chaining:
    """Chains with the pairs they were made from. `apart`: source, target, why by link; `assumed`: places of listings
    that state none, by kind."""

    clearing: Clearing
    kinds: Sequence[str]
    pairs: Mapping[Link, pl.DataFrame]
    apart: Mapping[Link, pl.DataFrame]
    taken: pl.DataFrame
    assumed: Mapping[str, int]
    found: Chained

    def document(self, most: int | None = None) -> Document:
        way = words("clearing.chain-way", kinds=[label(self._called(kind)) for kind in self.kinds])
        give = relaxed(self.found.solution, "relax-or")
        full = no_place_left(self.clearing, self.found.full, most, self._called)
        sections = [self._result(), *give, self._layers(), self._chains(most), *self._links(most),
                    self._unfilled(most), full, *self._apart(most)]  # fmt: skip
        return document(self.clearing, words("clearing.chains-title"), sections, way)

    def _result(self) -> Section:
        solution = self.found.solution
        facts: list[tuple[Pair, Cell]] = [
            (words("clearing.chains-n"), cell(shown(self.found.chains.height))),
            (words("clearing.without-chain-n"), cell(shown(self.found.unfilled.height))),
            (words("clearing.taken-n"), cell(shown(self.taken.height))),
            (words("clearing.total"), number(solution.value)),
            (words("clearing.bound"), number(solution.bound)),
            (words("clearing.gap"), cell(same("—") if solution.gap is None else percent(solution.gap, 2))),
        ]
        blocks: list[Block] = [Facts(facts), Paragraph(words("clearing.chain-score"), "soft")]
        return section("result", blocks, status_of(solution))

    def _layers(self) -> Section:
        """What each layer has to give, and how much of it is used."""
        used = {kind: self.found.chains[kind].count() for kind in self.kinds}
        rows = []
        for kind in self.kinds:
            every = pl.concat([frame[kind] for link, frame in self.pairs.items() if kind in link]).n_unique()
            full = self.found.full.filter(pl.col("kind") == kind).height
            assumed = self.assumed.get(kind)
            note = words("clearing.places-assumed", n=assumed) if assumed is not None else same("")
            rows.append([cell(self._called(kind)), cell(same(str(every))), cell(same(str(used[kind]))),
                         cell(same("—" if kind == self.kinds[0] else str(full))), cell(note, "soft")])  # fmt: skip
        return section("layers", table(("layer", "in-play/n", "chains-of/n", "full-of/n", "note/long"), rows, "none"))

    @cached_property
    def _ranked(self) -> pl.DataFrame:
        """The chains, best first, with their rank."""
        ranked = self.found.chains.sort("score", "chain", descending=[True, False])
        return ranked.with_columns(rank=pl.int_range(1, pl.len() + 1))

    def _chains(self, most: int | None) -> Section:
        if self._ranked.is_empty():
            return section("chains", [Paragraph(words("clearing.no-chains"), "soft")])
        heads = [Column(self._called(kind)) for kind in self.kinds]
        columns = [Column(words("clearing.col-rank"), "n"), *heads, Column(words("clearing.col-score"), "n")]
        rows = []
        for row in self._ranked.head(most or self._ranked.height).iter_rows(named=True):
            passed = [self._on(kind, row[kind]) for kind in self.kinds]
            rows.append([cell(same(str(row["rank"]))), *passed, number(row["score"])])
        blocks: list[Block] = [Table(columns, rows)]
        if len(rows) < self._ranked.height:
            blocks.append(Paragraph(words("clearing.more", n=self._ranked.height - len(rows)), "soft"))
        return section("chains", blocks)

    def _links(self, most: int | None) -> list[Section]:
        """In files: every chain link by link, with its scores."""
        if most is not None or self._ranked.is_empty():
            return []
        rows = [
            [cell(same(str(rank))), cell(both(part))]
            for rank, why in self._ranked.select("rank", "why").iter_rows()
            for part in Why.from_json(why).parts
        ]
        return [section("chain-links", table(("rank/n", "because/long"), rows, "none"))]

    def _unfilled(self, most: int | None) -> Section:
        first = self.kinds[0]
        rows = [[self._on(first, row[first]), cell(same(str(row["missing"]))), cell(both(row["why"]))]
                for row in self.found.unfilled.iter_rows(named=True)]  # fmt: skip
        return section("no-way", table(("question", "missing/n", "because/long"), rows, "everyone-has-a-way", most))

    def _apart(self, most: int | None) -> list[Section]:
        rows = [
            [self._on(source, row[source]), self._on(target, row[target]), cell(both(row["why"]))]
            for (source, target), frame in self.apart.items()
            for row in frame.iter_rows(named=True)
        ]
        heads = ("from", "to", "because/long")
        return [section("left-out", table(heads, rows, "nothing-left-out", most))] if rows else []

    def _called(self, kind: str) -> Pair:
        """A layer by the short name it has in a chain."""
        return words(f"clearing.layer-{kind}") if kind in KINDS else self.clearing.ask_of(kind)

    def _on(self, kind: str, own: str | None) -> Cell:
        if own is None:
            return cell(words("clearing.passed-over"), "soft")
        return cell(with_id(self.clearing.name(kind, own), own))


def chained(
    clearing: Clearing,
    *,
    kinds: Sequence[str] = KINDS,
    over: Sequence[str] = (),
    ends: Sequence[str] | None = None,
    top: int = Options().top,
    least: float = Options().least,
    months: int | None = None,
    places: Mapping[str, int] | None = None,
    loads: pl.DataFrame | None = None,
    apart: pl.DataFrame | None = None,
) -> Chaining:
    """The chains of greatest total score through these layers, nobody beyond its places nor below its minimum.

    `over`: layers that a chain may pass over; `ends`: where it may end (default: the last). `top`: answers proposed
    on each link; `least`: needs and achievements less likely to be useful are left out, on other links the score only
    ranks. `places`: of listings of a kind that state none (default 1). `months`, `loads`, `apart` as in `allocated`.
    Raises UsageFault for layers that do not exist, stand twice or are empty, and as `allocated` does.
    """
    clearing.require("restricted")
    stated = places or {}
    _check(kinds, over, stated)
    clearing.filled(*kinds)
    pairs, removed = _pairs(clearing, kinds, over, top, least, months, apart)
    clearing.tell("allocating")
    taken = match.open_cases(clearing.registry)
    limits = _with_places(clearing, kinds, loads, stated)
    found = chains(pairs, clearing.registry, kinds=kinds, ends=ends, loads=limits, taken=taken,
                   progress=clearing.progress)  # fmt: skip
    return Chaining(clearing, kinds, pairs, removed, taken, _assumed(clearing, pairs, kinds, stated), found)


def _check(kinds: Sequence[str], over: Sequence[str], places: Mapping[str, int]) -> None:
    for kind in kinds:
        sides.kind_of(kind)
    if len(kinds) < 2 or len(set(kinds)) < len(kinds):
        raise UsageFault.because("clearing.chain-kinds", "clearing.chain-kinds-repair", kinds=tuple(kinds))
    for kind in (*over, *places):
        if kind not in kinds or (kind in over and kind in (kinds[0], kinds[-1])):
            args = {"kind": kind, "kinds": tuple(kinds)}
            raise UsageFault.because("clearing.chain-layer", "clearing.chain-layer-repair", **args)


def _pairs(
    clearing: Clearing, kinds: Sequence[str], over: Sequence[str], top: int, least: float, months: int | None,
    apart: pl.DataFrame | None,
) -> tuple[dict[Link, pl.DataFrame], dict[Link, pl.DataFrame]]:  # fmt: skip
    """Scored pairs of each two layers that may follow each other, and those that must not meet. Only who was reached
    so far asks the next layer."""
    links = [(kinds[i], kinds[j]) for i, j in combinations(range(len(kinds)), 2) if set(kinds[i + 1 : j]) <= set(over)]
    pairs: dict[Link, pl.DataFrame] = {}
    removed: dict[Link, pl.DataFrame] = {}
    for source, target in sorted(links, key=lambda link: kinds.index(link[0])):
        reached = [frame[source] for (_, to), frame in pairs.items() if to == source]
        found = _link(clearing, source, target, top, pl.concat(reached) if reached else None)
        if (source, target) == ("need", "achievement"):
            found = found.filter(pl.col("score") >= least)
        conflict = in_conflict(clearing, found, months, apart, source, target)
        removed[source, target] = conflict
        pairs[source, target] = found.join(conflict, on=[source, target], how="anti", maintain_order="left")
    return pairs, removed


def _link(clearing: Clearing, source: str, target: str, top: int, reached: pl.Series | None) -> pl.DataFrame:
    """The `top` answers on the next layer to whoever was reached."""
    clearing.tell("linking", source=label(clearing.ask_of(source)), target=label(clearing.ask_of(target)))
    asking = clearing.listings(source)
    if reached is not None:
        asking = asking.filter(pl.col("id").is_in(reached.unique().implode()))
    schema = {source: pl.String, target: pl.String, "score": pl.Float64}
    if asking.is_empty():
        return pl.DataFrame(schema=schema)
    firms = target == "organisation"
    found = clearing.meet(source, target, top * (_WIDER if firms else 1), sides.numbered(asking), explain=False).pairs
    named = found.select(pl.col("question").alias(source), pl.col("answer").alias(target), "score")
    if not firms:
        return named
    kind = clearing.registry["organisations"].select(organisation="organisation", kind="kind")
    firm = kind.filter(pl.col("kind").is_in(FIRMS))
    return named.join(firm, on="organisation", how="semi", maintain_order="left").group_by(
        source, maintain_order=True
    ).head(top)  # fmt: skip


def _unstated(clearing: Clearing, kind: str) -> pl.DataFrame:
    """id of the listings that state no places."""
    return facts(clearing.registry, kind).filter(pl.col("capacity").is_null()).select("id")


def _assumed(
    clearing: Clearing, pairs: Mapping[Link, pl.DataFrame], kinds: Sequence[str], places: Mapping[str, int]
) -> dict[str, int]:  # fmt: skip
    """Places assumed on each layer on which a listing in play states none."""
    found = {}
    for kind in kinds:
        playing = pl.concat([frame[kind] for link, frame in pairs.items() if kind in link]).unique()
        if _unstated(clearing, kind).filter(pl.col("id").is_in(playing.implode())).height:
            found[kind] = places.get(kind, 1)
    return found


def _with_places(
    clearing: Clearing, kinds: Sequence[str], loads: pl.DataFrame | None, places: Mapping[str, int]
) -> pl.DataFrame:  # fmt: skip
    """The loads, and the places of listings that state none, where the loads do not say either."""
    schema: dict[str, Any] = {"kind": pl.String, "id": pl.String, "least": pl.Int64, "most": pl.Int64, "until": pl.Date}
    said = pl.DataFrame(schema=schema) if loads is None else loads
    rows = [_unstated(clearing, kind).select(pl.lit(kind).alias("kind"), "id", pl.lit(places.get(kind, 1), pl.Int64)
                                             .alias("assumed")) for kind in kinds]  # fmt: skip
    whole = said.join(pl.concat(rows), on=["kind", "id"], how="full", coalesce=True)
    return whole.with_columns(most=pl.coalesce("most", "assumed")).select(list(schema)).sort("kind", "id")
