"""What the commands of the pact show: what leaves the house, what stays, what was spent, what it is good for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Column, Document, Facts, Paragraph, Section, Table, cell, same
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.share.taxonomy import CELL, FIGURES, OTHER
from tongtu.terms.why import Label, Ratio, Why
from tongtu.terms.words import Lang, say

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.risk.share import Counts, Ledger, Release, Taxonomy, Total

_HALF = 0.5


def counted(counts: Counts, pack: Pack, most: int) -> Document:
    """What is in the file, and what is not, with the reason."""
    leaves = counts.frame.filter(pl.col("entered") > 0)
    sent, had = int(leaves["entered"].sum()), int(counts.exact["entered"].sum())
    facts = [
        ("told-member", same(counts.member)), ("told-round", same(counts.round)),
        ("told-taxonomy", same(f"{counts.taxonomy.name} {counts.taxonomy.digest}")),
        ("told-mode", words("risk_share.mode-whole" if counts.whole else "risk_share.mode-floored")),
        ("told-sent", shown(sent)), ("told-kept", shown(had - sent)),
    ]  # fmt: skip
    notes = [Paragraph(words("risk_share.told-blank"), "soft")] if not counts.whole else []
    if had - sent > _HALF * had:
        notes.append(Paragraph(words("risk_share.told-much-kept", share=Ratio((had - sent) / had)), "warn"))
    sections = [Section(words("risk_share.told-summary"), [_facts(facts), *notes])]
    sections.append(Section(words("risk_share.told-leaves"), _rows(leaves, FIGURES, pack, most)))
    if counts.held.height:
        sections.append(Section(words("risk_share.told-stays"), _rows(counts.held, ("entered", "why"), pack, most)))
    if counts.left_out:
        sections.append(Section(words("risk_share.told-left-out"), [Paragraph(both(why)) for why in counts.left_out]))
    return Document(words("risk_share.title-count"), [], sections, [words("risk_share.foot")])


def summed(total: Total, pack: Pack) -> Document:
    facts = [
        ("told-round", same(total.round)), ("told-members", shown(list(total.members))),
        ("told-mode", words("risk_share.mode-shared" if total.shared else "risk_share.mode-operator")),
        ("told-sum-results", shown(total.frame["entered"].sum())),
    ]  # fmt: skip
    note = Paragraph(words("risk_share.told-exact"), "warn")
    section = Section(words("risk_share.told-summary"), [_facts(facts), note])
    return Document(words("risk_share.title-sum"), [], [section], [words("risk_share.foot")])


def released(made: Release, taxonomy: Taxonomy, ledger: Ledger, members: Sequence[str]) -> Document:
    """The guarantee in words, and what each member has spent."""
    from tongtu.risk.share import worst_auc

    year = made.round[:4]
    facts = [
        ("told-round", same(made.round)), ("told-members", shown(made.members)),
        ("told-epsilon", shown(made.plan.epsilon)), ("told-scale", shown(made.plan.results)),
        ("told-rows", shown(taxonomy.rows_per_project)),
        ("told-worst", words("risk_share.worst", auc=round(worst_auc(made.plan.epsilon), 3))),
        ("told-root", same(ledger.root)),
    ]  # fmt: skip
    notes: list[Block] = [Paragraph(words("risk_share.told-guarantee" if made.whole else "risk_share.told-pattern"))]
    if made.again:
        notes.insert(0, Paragraph(words("risk_share.told-again", on=made.on), "warn"))
    columns = [_column(name) for name in ("told-member", "told-spent-year", "told-spent-all", "told-limit")]
    spent = [
        [cell(same(member)), *(cell(shown(float(x))) for x in (ledger.spent(member, year), ledger.spent(member))),
         cell(shown(ledger.limit))]
        for member in members
    ]  # fmt: skip
    sections = [
        Section(words("risk_share.told-summary"), [_facts(facts), *notes]),
        Section(words("risk_share.told-budget", year=year), [Table(columns, spent)]),
    ]
    return Document(words("risk_share.title-release"), [], sections, [words("risk_share.foot")])


def compared(found: pl.DataFrame, pooled: Release, pack: Pack, most: int) -> Document:
    """Cells in which the member has projects: own odds, pooled odds, what either side gains."""
    mine = found.filter(pl.col("entered") > 0)
    weight = mine["entered"] / max(mine["entered"].sum(), 1)
    facts = [
        ("told-round", same(pooled.round)), ("told-members", shown(pooled.members)),
        ("told-epsilon", shown(pooled.plan.epsilon)),
        ("told-gain", words("risk_share.nats", value=float((mine["gain"] * weight).sum()))),
        ("told-gave", words("risk_share.nats", value=float((mine["gave"] * weight).sum()))),
    ]  # fmt: skip
    columns = [*(_column(name) for name in CELL), *(_column(f"col-{name}", "n") for name in _COMPARED)]
    rows = [[*_place(row, pack), *_odds(row)] for row in mine.head(most).iter_rows(named=True)]
    blocks: list[Block] = [Table(columns, rows), *_more(mine.height, most)]
    sections = [
        Section(words("risk_share.told-summary"), [_facts(facts), Paragraph(words("risk_share.told-read"), "soft")]),
        Section(words("risk_share.told-compared"), blocks),
    ]
    return Document(words("risk_share.title-compare"), [], sections, [words("risk_share.foot")])


_COMPARED = ("own-closed", "own", "pooled", "n-eff", "gain", "gave")


def spoken(found: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The whole table for a file, its reasons in words."""
    return found.with_columns(pl.col("why").map_elements(lambda t: say(Why.from_json(t), lang), pl.String))


def _odds(row: dict[str, Any]) -> list[Cell]:
    texts = [
        same(f"{row['own_passed']}/{row['own_closed']}"), _belief(row["own"], row["own_low"], row["own_high"]),
        _belief(row["p"], row["low"], row["high"]), same(f"{row['n_eff']:.1f}"), same(f"{row['gain'] * 1000:.1f}"),
        same(f"{row['gave'] * 1000:.1f}"),
    ]  # fmt: skip
    return [cell(text) for text in texts]


def _belief(p: float | None, low: float, high: float) -> Pair:
    """The point where there is one, and the range."""
    span = f"{low:.0%}–{high:.0%}"
    return same(span if p is None else f"{p:.1%} ({span})")


def _rows(frame: pl.DataFrame, figures: Sequence[str], pack: Pack, most: int) -> list[Block]:
    """Cells with figures, as far as they are shown."""
    if frame.is_empty():
        return [Paragraph(words("risk_share.told-nothing"), "soft")]
    kinds = [_column(name if name == "why" else f"col-{name}", "long" if name == "why" else "n") for name in figures]
    rows = [
        [*_place(row, pack), *(cell(both(row[name]) if name == "why" else shown(row[name])) for name in figures)]
        for row in frame.head(most).with_columns(pl.col(n) for n in figures).iter_rows(named=True)
    ]
    return [Table([*(_column(name) for name in CELL), *kinds], rows), *_more(frame.height, most)]


def _more(height: int, most: int) -> list[Block]:
    return [Paragraph(words("risk_share.told-more", n=height - most), "soft")] if height > most else []


def _place(row: dict[str, Any], pack: Pack) -> list[Cell]:
    """A cell of the taxonomy in words."""
    stage = vocabularies()["stage"].get(row["stage"], Label(row["stage"]))
    place = words("risk_share.place-other") if row["place"] == OTHER else _named(row["place"], pack)
    return [cell(shown(stage)), cell(place), cell(same(row["band"])), cell(words(_PILOTED[row["piloted"]]))]


def _named(place: str, pack: Pack) -> Pair:
    lists = (pack.vocabularies.get(name, {}) for name in ("area", "direction"))
    return next((shown(found[place]) for found in lists if place in found), same(place))


_PILOTED = {
    "yes": "risk_share.piloted-yes", "no": "risk_share.piloted-no", "unknown": "risk_share.piloted-unknown",
}  # fmt: skip


def _facts(rows: Sequence[tuple[str, Pair]]) -> Facts:
    return Facts([(words(f"risk_share.{name}"), cell(text)) for name, text in rows])


def _column(name: str, kind: Any = "") -> Column:
    return Column(words(f"risk_share.{name}"), kind)
