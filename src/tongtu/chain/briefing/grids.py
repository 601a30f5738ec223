"""The tables of a brief: what changed, who is affected, forecasts and what became of them, facts as they were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.brief.document import Document, Span
from tongtu.brief.model import Brief
from tongtu.chain.briefing.passages import Places
from tongtu.chain.briefing.shape import Edit, Grid, Passage, Row
from tongtu.chain.briefing.wording import named, percent, said, when
from tongtu.chain.dossier.document import Cell, Column, Tone, cell, joined, same
from tongtu.chain.law import rule_book
from tongtu.chain.report.spoken import Pair, both, pair, shown
from tongtu.registry import noun
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

#: what moved most tellingly comes first
_ORDER = ("tightened", "relaxed", "raised", "lowered", "respecified", "changed", "new", "introduced", "dropped")
_TONES: dict[str, Tone] = {
    "tightened": "warn", "relaxed": "good", "new": "warn", "dropped": "soft", "raised": "good", "lowered": "warn",
    "introduced": "good", "added": "good", "removed": "soft", "gains": "good", "opens": "good", "loses": "bad",
    "closes": "bad", "near": "warn", "true": "good", "false": "bad", "undecidable": "soft",
}  # fmt: skip


def columns(*names: str) -> list[Column]:
    """Columns by the names of their headings; `name/kind` sets how they look."""
    split = (name.partition("/") for name in names)
    return [Column(said(f"col-{name}"), kind or "") for name, _, kind in split]  # type: ignore[arg-type]


def grid(title: Pair, heads: Sequence[str], rows: Sequence[Row], note: str = "") -> list[Grid]:
    """One table; none without rows."""
    return [Grid(title, columns(*heads), rows, said(note) if note else None)] if rows else []


# --- what changed ------------------------------------------------------------------------------------------


def changes(brief: Brief, places: Places, pack: Pack) -> list[Grid]:
    """Conditions of coded rules, scheme by scheme, targets and passages that are not what they were."""
    sides = _sides(brief)
    targets = [_target(row, sides, places) for row in _moved(brief, "targets")]
    found = grid(said("grid-targets"), ("measure", "change/day", "before", "after"), targets)
    rules = _moved(brief, "rules")
    for scheme in dict.fromkeys(row["scheme"] for row in rules):
        title = said("grid-rules", scheme=rule_book(pack)[scheme].label)
        rows = [_condition(row) for row in rules if row["scheme"] == scheme]
        found += grid(title, ("condition", "change/day", "before", "after"), rows)
    if sides is not None:
        passages = [_reworded(row, sides, places) for row in _moved(brief, "text")]
        found += grid(said("grid-text"), ("article/day", "change/day", "wording/long"), passages, "grid-text-note")
    return found


def _moved(brief: Brief, kind: str) -> list[dict[str, Any]]:
    """Rows of what changed; those of a text in its order, others by how much they say."""
    frame = brief.changes.get(kind)
    if frame is None or frame.is_empty():
        return []
    rows = [row for row in frame.iter_rows(named=True) if row["change"] != "same" or row.get("moved")]
    return rows if kind == "text" else sorted(rows, key=lambda row: _ORDER.index(row["change"]))


def _sides(brief: Brief) -> tuple[Document, Document] | None:
    """The earlier version and the document compared with it."""
    earlier = brief.sources.filter(pl.col("role") == "earlier")["document"].to_list()
    known = {document.id: document for document in brief.documents}
    before = [known[one] for one in earlier if one in known]
    return (before[-1], brief.documents[0]) if before else None


def _change(row: dict[str, Any]) -> Cell:
    return cell(named("change", row["change"]), _TONES.get(row["change"], ""))


def _condition(row: dict[str, Any]) -> Row:
    before, after = (_asked(row, side) for side in ("from", "to"))
    cells = [cell([row["name_zh"], row["name_en"]]), _change(row), cell(before, "soft"), cell(after)]
    return Row(cells, how=both(row["why"]))


def _asked(row: dict[str, Any], side: str) -> Pair:
    """What one version asks, and below it the article that does."""
    zh, cite = row[f"asked_{side}"] or "—", row[f"cite_{side}"]
    below = f"\n〔{cite}〕" if cite else ""
    return [zh + below, (row[f"asked_en_{side}"] or zh) + below]


def _target(row: dict[str, Any], sides: tuple[Document, Document] | None, places: Places) -> Row:
    args = Why.from_json(row["why"]).args
    before, after = (shown(args[side]) if side in args else same("—") for side in ("before", "after"))
    spans = []
    for document, side in zip(sides or (), ("from", "to"), strict=False):
        if row[f"start_{side}"] is not None:
            spans.append(Span(document.id, row[f"start_{side}"], row[f"end_{side}"]))
    cells = [cell(same(row["measure"])), _change(row), cell(before, "soft"), cell(after)]
    return Row(cells, places.passages(spans[::-1]), both(row["why"]))


def _reworded(row: dict[str, Any], sides: tuple[Document, Document], places: Places) -> Row:
    before, after = sides
    spans = [Span(document.id, row[f"start_{side}"], row[f"end_{side}"])
             for document, side in ((after, "to"), (before, "from")) if row[f"start_{side}"] is not None]  # fmt: skip
    label = row["label_to"] or row["label_from"] or "—"
    moved = row["moved"] and row["change"] == "same"
    kind = cell(named("change", "moved")) if moved else _change(row)
    return Row([cell(same(label)), kind, list(_edits(row, before, after))], places.passages(spans), both(row["why"]))


def _edits(row: dict[str, Any], before: Document, after: Document) -> Iterator[Edit]:
    """A passage as pieces that stayed, went or came; one that only came or went is one piece."""
    if not row["edits"]:
        side, document, op = ("from", before, "delete") if row["start_to"] is None else ("to", after, "insert")
        op = op if row["change"] in ("added", "removed") else "keep"
        yield Edit(op, document.text[row[f"start_{side}"] : row[f"end_{side}"]])
        return
    at = row["start_to"]
    for edit in row["edits"]:
        pieces = (("keep", after.text[at : edit["start_to"]]),
                  ("delete", before.text[edit["start_from"] : edit["end_from"]]),
                  ("insert", after.text[edit["start_to"] : edit["end_to"]]))  # fmt: skip
        yield from (Edit(op, text) for op, text in pieces if text)
        at = edit["end_to"]
    if at < row["end_to"]:
        yield Edit("keep", after.text[at : row["end_to"]])


# --- who should care ---------------------------------------------------------------------------------------


def audience(brief: Brief, places: Places, pack: Pack) -> list[Grid]:
    """Named groups with counts: those a rule moves, and those that work in what is touched.

    What concerns everybody comes first; a part too small to be counted is left out, for it tells nothing.
    """
    rows = [row for row in brief.audience.iter_rows(named=True) if row["group_by"] == "all" or not row["small"]]
    rows.sort(key=lambda row: row["group_by"] != "all")
    moved = [_group(row, pack) for row in rows if row["effect"] != "works"]
    works = [_worker(row) for row in rows if row["effect"] == "works"]
    return [
        *grid(said("grid-audience"), ("effect/day", "tier", "group", "subjects/n", "criteria"), moved, "audience-note"),
        *grid(said("grid-works"), ("noun", "group", "subjects/n"), works),
    ]


def _group(row: dict[str, Any], pack: Pack) -> Row:
    known = _criteria(pack, row["scheme"])
    deciding = joined([known.get(path, same(path)) for path in row["criteria"] or []])
    effect = cell(named("effect", row["effect"]), _TONES.get(row["effect"], ""))
    tier = cell([row["tier_zh"] or "", row["tier_en"] or ""])
    return Row([effect, tier, cell(_label(row)), cell(_count(row)), cell(deciding, "soft")], how=both(row["why"]))


def _worker(row: dict[str, Any]) -> Row:
    of = noun(row["noun"])
    return Row([cell([of.zh, of.en]), cell(_label(row)), cell(_count(row))], how=both(row["why"]))


def _label(row: dict[str, Any]) -> Pair:
    if row["group_by"] == "all":
        return said("everybody")
    return [row["label_zh"] or row["group"], row["label_en"] or row["group"]]


def _count(row: dict[str, Any]) -> Pair:
    if row["small"] or row["subjects"] is None:
        return said("few")
    return shown(row["subjects"]) if row["of"] is None else said("n-of", n=row["subjects"], of=row["of"])


@lru_cache(maxsize=64)
def _criteria(pack: Pack, scheme: str | None) -> dict[str, Pair]:
    """Names of a scheme's criteria by their paths, those of its newest version in front."""
    if scheme is None:
        return {}
    versions = rule_book(pack)[scheme].versions
    return {one.path: pair(one.label) for version in reversed(versions) for _, one, _ in version.criteria()}


# --- forecasts ---------------------------------------------------------------------------------------------


def claims(brief: Brief, places: Places, pack: Pack) -> list[Grid]:
    """Forecasts with what they say of which day, and what became of them so far."""
    rows = [_claim(row, places) for row in brief.claims.iter_rows(named=True)]
    return grid(said("grid-claims"), ("statement/long", "speaker", "due/day", "state/day"), rows)


def _claim(row: dict[str, Any], places: Places) -> Row:
    due = when(row["due"], row["due"], row["due_precision"]) if row["due"] else said("no-due")
    state = cell(named("state", row["state"]), _TONES.get(row["state"], ""))
    cells = [cell(same(" ".join(row["statement"].split()))), cell(same(row["source"] or "—")), cell(due), state]
    return Row(cells, places.of_row(row), both(row["why"]))


# --- facts -------------------------------------------------------------------------------------------------


def facts(brief: Brief, places: Places, pack: Pack) -> list[Grid]:
    """What was read, kind by kind: figures as they stand, everything else once with how often it was said."""
    found: list[Grid] = []
    figures = _rows(brief, "figures")
    if figures:
        rows = [_figure(row, places) for row in figures]
        found += grid(said("grid-figures"), ("measure", "figure", "nature/day", "of-when/day", "sure/n"), rows)
    for kind, key, naming in (("actors", "canonical", "kind"), ("directions", "direction", ""),
                              ("numbers", "number", "issuer"), ("instruments", "name", "kind")):  # fmt: skip
        rows = _once(_rows(brief, kind), key, naming, places, pack)
        found += grid(said(f"grid-{kind}"), ("name", "what", "times/n"), rows)
    return found


def _rows(brief: Brief, kind: str) -> list[dict[str, Any]]:
    frame = brief.facts.get(kind)
    return [] if frame is None else frame.to_dicts()


def _figure(row: dict[str, Any], places: Places) -> Row:
    spans = places.of_row(row)
    of = when(row["deadline"], row["deadline"], "day") if row["deadline"] else same(str(row["year"] or ""))
    cells = [cell(same(row["subject"] or row["what"] or "—")), cell(same(spans[0].quote if spans else "")),
             cell(named("nature", row["kind"])), cell(of), cell(same(percent(row["confidence"])), "soft")]  # fmt: skip
    return Row(cells, spans, both(row["why"]))


def _once(rows: list[dict[str, Any]], key: str, naming: str, places: Places, pack: Pack) -> list[Row]:
    """One row for each name, those said most often first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[key] or row.get("name") or "", []).append(row)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_named(name, of, naming, places, pack) for name, of in ordered if name]


def _named(name: str, rows: list[dict[str, Any]], naming: str, places: Places, pack: Pack) -> Row:
    label = pack.vocabularies.get("directions", {}).get(name) or Label(name)
    what = named("what", rows[0].get(naming)) if naming else same("")
    passages: list[Passage] = [passage for row in rows[:3] for passage in places.of_row(row)]
    cells = [cell(pair(label)), cell(what, "soft"), cell(same(str(len(rows))))]
    return Row(cells, tuple(passages), both(rows[0]["why"]))
