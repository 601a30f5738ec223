"""What changed: moved thresholds of coded rules, moved targets, reworded passages; else what the source says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tongtu.brief.document import Span
from tongtu.brief.model import Sentence
from tongtu.brief.writing.material import Material, computed
from tongtu.brief.writing.said import by_cue, under_heading
from tongtu.terms.why import Label, Why

_NAME = "what_changed"
_RULES, _TARGETS, _PASSAGES, _SAID = 6, 6, 3, 2
"""How many of each are told; the tables hold all."""
_REWRITTEN = 0.4
"""Share of passages that are new, above which no single one of them tells what changed."""
_STAYED = ("same",)
_WEIGHTS = {"tightened": 0, "relaxed": 0, "raised": 0, "lowered": 0, "new": 1, "introduced": 1, "dropped": 2}


def what_changed(material: Material) -> list[Sentence]:
    """Rules first, then targets, then words; what the text itself says was repealed or is new follows."""
    found = [*_rules(material, _NAME)[:_RULES], *_targets(material, _NAME)[:_TARGETS], *_texts(material)]
    found += by_cue(material, _NAME, "repeal", "repeals", most=_SAID)
    if not found:
        found += under_heading(material, _NAME, "says_changed", most=_SAID)
    return found or by_cue(material, _NAME, "change", "says-change", most=_SAID, formulas=False)


def largest(material: Material, name: str) -> list[Sentence]:
    """The one largest change, for the summary."""
    return [*_rules(material, name), *_targets(material, name)][:1]


def size(material: Material) -> dict[str, int]:
    """How many conditions and targets moved in which way."""
    counts: dict[str, int] = {}
    for kind in ("rules", "targets"):
        for change in _moved(material, kind).get_column("change") if _compared(material, kind) else ():
            counts[change] = counts.get(change, 0) + 1
    return counts


def _compared(material: Material, kind: str) -> bool:
    return kind in material.changes and not material.changes[kind].is_empty()


def _moved(material: Material, kind: str) -> pl.DataFrame:
    return material.changes[kind].filter(~pl.col("change").is_in(_STAYED))


def _rules(material: Material, name: str) -> list[Sentence]:
    """Conditions that moved, those whose threshold moved most in front."""
    if not _compared(material, "rules"):
        return []
    rows = sorted(_moved(material, "rules").iter_rows(named=True), key=_rule_order)
    return [_rule(material, name, row) for row in rows]


def _rule_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    moved = relative(row["threshold_from"], row["threshold_to"]) if row["unit_from"] == row["unit_to"] else 0.0
    return (_WEIGHTS.get(row["change"], 1), -moved, row["scheme"], row["path_to"] or [], row["path_from"] or [])


def relative(before: float | None, after: float | None) -> float:
    """The share by which a number moved; 0 where one of the two is unknown."""
    if before is None or after is None:
        return 0.0
    return abs(after - before) / max(abs(before), abs(after), 1e-300)


def _rule(material: Material, name: str, row: Mapping[str, Any]) -> Sentence:
    told, label = Why.from_json(row["why"]), material.title_of(row["scheme"], row["tiers"])
    cited = {"before": row["cite_from"] or "—", "after": row["cite_to"] or "—"}
    because = Why("brief_writing.from-rules", {"scheme": label or row["scheme"], **cited}, told.parts)
    what = Why(told.code, {key: _bare(value, row) for key, value in told.args.items()})
    says = Why("brief_writing.rule", {"scheme": label, "what": what}) if label else what
    return computed(name, says, because, _article(material, row["cite_to"] or ""))


def _bare(asked: Any, row: Mapping[str, Any]) -> Any:
    """What is asked, without the name of the condition that the sentence has said already."""
    if not isinstance(asked, Label) or asked.zh == row["name_zh"]:
        return asked
    once = asked.zh.count(row["name_zh"]) == 1 and asked.en.count(row["name_en"]) <= 1
    if not once:
        return asked
    english = asked.en.replace(f"{row['name_en']} is ", "").replace(row["name_en"], "").strip()
    return Label(asked.zh.replace(row["name_zh"], "") or asked.zh, english or asked.en)


def _article(material: Material, cite: str) -> Iterator[Span]:
    """The article of the preferred document that a citation names, so that a reader can open it."""
    document = material.primary
    words = "".join(cite.split())
    blocks = [b for b in document.blocks if b.label and b.label.startswith("第") and "".join(b.label.split()) in words]
    title = "".join(document.title.split())
    if blocks and title and any(part and part in words for part in (title, title.strip("《》"))):
        best = max(blocks, key=lambda block: len(block.label))
        yield Span(document.id, best.start, best.end)


def _targets(material: Material, name: str) -> list[Sentence]:
    """Targets that moved, the largest moves in front, then new ones and those no longer set."""
    if not _compared(material, "targets"):
        return []
    rows = sorted(_moved(material, "targets").iter_rows(named=True), key=_target_order)
    return [_target(material, name, row) for row in rows]


def _target_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    known = 0 if row["code"] else 1
    before, after = (next((row[f"{end}_{s}"] for end in ("low", "high") if row[f"{end}_{s}"] is not None), None)
                     for s in ("from", "to"))  # fmt: skip
    moved = relative(before, after) if row["unit_from"] == row["unit_to"] else 0.0
    return (_WEIGHTS.get(row["change"], 1), known, -moved, row["start_to"] or 0, row["start_from"] or 0)


def _target(material: Material, name: str, row: Mapping[str, Any]) -> Sentence:
    sides = ((material.primary, "to"), (material.before, "from"))
    spans = [Span(d.id, row[f"start_{s}"], row[f"end_{s}"]) for d, s in sides if d and row[f"start_{s}"] is not None]
    before = material.before.title if material.before else ""
    told, label = Why.from_json(row["why"]), material.measures.get(row["code"])
    args = {"before": before or "—", "after": material.primary.title or "—"}
    says = Why(told.code, {**told.args, "measure": label} if label else told.args)
    return computed(name, says, Why("brief_writing.from-targets", args, told.parts), spans, row["confidence"])


def _texts(material: Material) -> Iterator[Sentence]:
    """How many passages changed, and the first of those that came in."""
    if not _compared(material, "text") or material.before is None:
        return
    frame = material.changes["text"]
    counts = {change: frame.filter(pl.col("change") == change).height for change in ("changed", "added", "removed")}
    because = Why("brief_writing.from-versions", {"before": material.before.title or "—",
                                                  "after": material.primary.title or "—"})  # fmt: skip
    if any(counts.values()):
        yield computed(_NAME, Why("brief_writing.passages", dict(counts)), because)
    if counts["added"] > _REWRITTEN * frame.height:
        return
    told = 0
    for row in frame.filter(pl.col("change") == "added").sort("start_to").iter_rows(named=True):
        at = Span(material.primary.id, row["start_to"], row["end_to"])
        passage = next((p for p in material.passages[at.document] if at.start <= p.span.start < at.end), None)
        if passage is not None and told < _PASSAGES:
            told += 1
            yield material.quoted(_NAME, "added", passage.span, because)
