"""Two evaluation schemes over the projects of a folder: who rises, who falls, and by which criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.appraisal import pictures
from tongtu.chain.appraisal.pieces import (
    DASH,
    Row,
    because,
    cell,
    document,
    facts,
    joined,
    note,
    number,
    same,
    section,
    table,
    tell,
    words,
)
from tongtu.chain.dossier.document import Cell, Document, Paragraph, Section, Tone
from tongtu.chain.law import rule_book
from tongtu.chain.network import Network
from tongtu.chain.network.pieces import with_id
from tongtu.chain.report.spoken import Pair, both, pair
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.appraise.evaluation import Portfolio
    from tongtu.rules.model import Version

#: projects that a picture shows
_DRAWN = 20
_MOVES = ("rises", "falls", "holds", "open")
_TONES: dict[str, Tone] = {"rises": "good", "falls": "bad", "open": "warn", "holds": ""}
SCHEME = "project_evaluation"


@dataclass(frozen=True)
class Schemes:
    network: Network
    found: Portfolio

    def document(self, most: int | None = None) -> Document:
        sections = [self._head(), self._projects(most), self._tiers(most), self._sources(most)]
        scheme = rule_book(self.network.pack)[self.found.diff.before.scheme.scheme]
        title = words("appraisal.schemes-title", name=scheme.label)
        return document(self.network, title, sections)

    @property
    def rows(self) -> list[Row]:
        return self.found.rows.to_dicts()

    def _name(self, own: str) -> Pair:
        return with_id(self.network.name("projects", own, "title"), own)

    def _head(self) -> Section:
        counted = {move: sum(row["move"] == move for row in self.rows) for move in _MOVES}
        told = facts(
            ("old-version", cell(_version(self.found.old))),
            ("new-version", cell(_version(self.found.new))),
            ("projects", number(len(self.rows))),
            *((f"n-{move}", number(n, _TONES[move])) for move, n in counted.items()),
        )
        order = sorted(self.rows, key=lambda row: (-abs(_middle(row, "new") - _middle(row, "old")), row["project"]))
        drawn = [(row, self.network.name("projects", row["project"], "title")) for row in order[:_DRAWN]]
        return section("result", [told, pictures.moves(drawn), note("weigh-nothing")])

    def _projects(self, most: int | None) -> Section:
        order = sorted(self.rows, key=lambda row: (row["new_best"], row["new_worst"], row["project"]))
        heads = (
            "project",
            "points-old/n",
            "points-new/n",
            "rank-old/n",
            "rank-new/n",
            "grade-old",
            "grade-new",
            "move/day",
            "because/long",
        )
        return section(
            "projects", [note("ranks-are"), *table(heads, [self._project(row) for row in order], "nothing", most)]
        )

    def _project(self, row: Row) -> list[Cell]:
        brought = [both(part) for part in Why.from_json(row["why"]).parts]
        return [
            cell(self._name(row["project"])), *(_span(row[f"{s}_low"], row[f"{s}_high"]) for s in ("old", "new")),
            *(_span(row[f"{s}_best"], row[f"{s}_worst"]) for s in ("old", "new")),
            *(self._grade(row, s) for s in ("old", "new")),
            cell(words(f"appraisal.move-{row['move']}"), _TONES[row["move"]]), cell(joined(brought, "；", "; ")),
        ]  # fmt: skip

    def _grade(self, row: Row, side: str) -> Cell:
        version = self.found.old if side == "old" else self.found.new
        named = {one.zh: pair(one) for _, one in version.scores[0].grades}
        low, high = (named.get(row[f"{side}_{end}"], DASH) for end in ("lowest", "highest"))
        return cell(
            low if low == high else [f"{low[0]}至{high[0]}", f"{low[1]} to {high[1]}"], "" if low == high else "warn"
        )

    def _tiers(self, most: int | None) -> Section:
        """What became of each tier, and the criteria that decide: the rules room's own comparison."""
        labels = {t.tier: pair(t.label) for v in (self.found.old, self.found.new) for t in v.tiers}
        changes = self.found.diff.changes.iter_rows(named=True)
        rows = [
            [cell(self._name(row["project"])), cell(labels.get(row["tier"], same(row["tier"]))), because(row["why"])]
            for row in changes
        ]
        return section("tiers", table(("project", "tier/day", "because/long"), rows, "no-tier-change", most))

    def _sources(self, most: int | None) -> Section:
        known = self.found.sources.filter(pl.col("basis") != "unknown")
        rows = [self._source(row) for row in known.iter_rows(named=True)]
        unknown = self.found.sources.filter(pl.col("basis") == "unknown").height
        heads = ("project", "figure", "stated/n", "used/n", "basis/day", "case/day")
        blocks = [note("sources-are"), *table(heads, rows, "no-sources", most)]
        return section("sources", [*blocks, Paragraph(words("appraisal.unknown-figures", n=unknown), "soft")])

    def _source(self, row: Row) -> list[Cell]:
        basis = cell(words(f"appraisal.basis-{row['basis']}"), "good" if row["basis"] == "computed" else "warn")
        figure = cell(words(f"appraisal.of-{row['column']}"))
        case = cell(same(row["case"] or "—"))
        return [cell(self._name(row["project"])), figure, self._figure(row, "stated"), self._used(row), basis, case]

    def _figure(self, row: Row, name: str) -> Cell:
        value = row[name]
        if value is None:
            return cell(DASH, "soft")
        return cell(same(f"{value:.0%}" if row["column"] == "autonomy" else f"{value:.0f}"))

    def _used(self, row: Row) -> Cell:
        low, high = self._figure(row, "low").text, self._figure(row, "high").text
        return cell(low if low == high else same(f"{low[0]}–{high[0]}"))


def _version(version: Version) -> Pair:
    """What a version is called, since when, and whose it is: a document may name itself in both languages."""
    zh, _, en = version.cite.document.partition(" / ")
    since = min(span.start for span in version.spans)
    grade = words(f"rules.grade-{version.cite.grade.lower()}")
    return words("appraisal.version", name=Label(zh, en), day=since, grade=Label(*grade))


def _middle(row: Row, side: str) -> float:
    return float(row[f"{side}_low"] + row[f"{side}_high"]) / 2


def _span(low: float, high: float) -> Cell:
    said = [f"{round(one, 1):g}" for one in (low, high)]
    return cell(same(said[0] if said[0] == said[1] else "–".join(said)))


def schemes(
    network: Network, *, scheme: str = SCHEME, old: str | None = None, new: str | None = None, home: str = "CN"
) -> Schemes:
    """Both versions of a scheme on every project of the network. Raises UsageFault."""
    from tongtu.appraise.evaluation import computed, portfolio
    from tongtu.chain.appraisal.ground import appraisal

    network.filled("projects")
    book = rule_book(network.pack)
    if scheme not in book.schemes or book[scheme].subject != "projects":
        names = tuple(name for name in book if book[name].subject == "projects")
        raise UsageFault.because("appraisal.no-scheme", "appraisal.no-scheme-repair", name=scheme, names=names)
    tell(network, "reading-schemes")
    if "cases" in network.registry:
        ground = appraisal(network, home=home)
        maturity, autonomy = ground.maturity, ground.autonomy
    else:
        maturity, autonomy = _none(network)
    facts_ = computed(network.registry, maturity, autonomy)
    return Schemes(network, portfolio(book, scheme, network.registry, facts_, network.as_of, old=old, new=new))


def _none(network: Network) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables of a folder without cases."""
    from tongtu.appraise.autonomy import autonomy
    from tongtu.appraise.maturity import maturity

    empty = network.registry["cases"].select("case", "achievement", "need")
    registry, day = network.registry, network.as_of
    return maturity(empty, registry, day), autonomy(empty, registry, home="CN", as_of=day)
