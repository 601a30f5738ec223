"""Which conditions of a coded rule moved from one version to the next, as a frame.

The rules room compares the versions (`rules.exchange.changes`); here its answer gets both languages, the numbers of a
threshold that alone moved, and the articles both sides stand on, so that a brief can cite them.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.registry import Vocabularies, vocabularies
from tongtu.rules.exchange.changes import Change, changes
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.expressions import Comparison, Literal
from tongtu.rules.model import Check, Criterion, Scheme, Total, Version
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, Lang

SCHEMA: dict[str, Any] = {
    "scheme": pl.String, "tiers": pl.List(pl.String), "name_zh": pl.String, "name_en": pl.String, "change": pl.String,
    **{
        f"{name}_{side}": kind
        for side in ("from", "to")
        for name, kind in (
            ("path", pl.List(pl.String)), ("asked", pl.String), ("asked_en", pl.String), ("threshold", pl.Float64),
            ("unit", pl.String), ("cite", pl.String),
        )
    },
    "why": pl.String,
}  # fmt: skip


def rule_changes(scheme: Scheme, old: Version, new: Version, *, codes: Vocabularies | None = None) -> pl.DataFrame:
    """Every condition that either version asks for, one row each. `codes` are lists of a pack whose entries have names.

    Columns: scheme, tiers it was paired in, name_zh, name_en, change (tightened relaxed changed new dropped same), and
    for both sides (`_from`, `_to`) path, asked, asked_en (what was asked in words), threshold and unit where one
    number decides (money in minor units), cite; why.
    """
    known = {**vocabularies(), **(codes or {})}
    said = {lang: _changes(scheme, old, new, lang, known) for lang in LANGUAGES}
    rows = [_row(scheme.scheme, old, new, zh, en) for zh, en in zip(said["zh"], said["en"], strict=True)]
    return pl.DataFrame(rows, schema=SCHEMA)


def _changes(scheme: Scheme, old: Version, new: Version, lang: Lang, codes: Vocabularies) -> list[Change]:
    """In an order that does not depend on the language, so that both tell the same change in one row."""
    before, after = (Speaker(lang, scheme.currency, version.scores, codes) for version in (old, new))
    found = changes(old, new, before, after)
    return sorted(found, key=lambda c: ([p for p, _ in c.after], [p for p, _ in c.before], c.tiers))


def _row(scheme: str, old: Version, new: Version, zh: Change, en: Change) -> dict[str, Any]:
    name = Label(zh.name, en.name)
    asked = {
        side: Label("；".join(s for _, s in getattr(zh, key)), "; ".join(s for _, s in getattr(en, key)))
        for side, key in (("from", "before"), ("to", "after"))
    }
    args = {"name": name, **{key: asked[side] for side, key in (("from", "before"), ("to", "after")) if asked[side].zh}}
    return {
        "scheme": scheme, "tiers": list(zh.tiers), "name_zh": zh.name, "name_en": en.name, "change": zh.kind,
        **_side(old, zh.before, asked["from"], "from"), **_side(new, zh.after, asked["to"], "to"),
        "why": Why(f"brief_changes.rule-{zh.kind}", args).to_json(),
    }  # fmt: skip


def _side(version: Version, paths: tuple[tuple[str, str], ...], asked: Label, suffix: str) -> dict[str, Any]:
    names = [path for path, _ in paths]
    found = [criterion for _, criterion, _ in version.criteria() if criterion.path in names]
    threshold, unit = _threshold(found[0]) if len(names) == 1 and found else (None, None)
    cite = found[0].cite.label().zh if found else None
    return {
        f"path_{suffix}": names, f"asked_{suffix}": asked.zh or None, f"asked_en_{suffix}": asked.en or None,
        f"threshold_{suffix}": threshold, f"unit_{suffix}": unit, f"cite_{suffix}": cite,
    }  # fmt: skip


def _threshold(criterion: Criterion) -> tuple[float | None, str | None]:
    match criterion.body:
        case Check(Comparison(_, _, Literal(float() | int() as value, unit))) if not isinstance(value, bool):
            return float(value), unit
        case Total(_, _, at_least):
            return float(at_least), "points"
    return None, None
