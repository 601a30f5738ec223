"""The facts of a document as frames, one per kind of fact, every row with the characters that say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts import names
from tongtu.brief.facts.figures import Figure, figures
from tongtu.brief.facts.lexicon import Lexicon
from tongtu.brief.facts.plain import plain

Schema = Mapping[str, pl.DataType]

_SPAN: Schema = {"document": pl.String(), "start": pl.Int64(), "end": pl.Int64()}
_SURE: Schema = {"confidence": pl.Float64(), "why": pl.String()}


def _schema(**columns: pl.DataType) -> Schema:
    return {**_SPAN, **columns, **_SURE}


_TEXT, _COUNT = pl.String(), pl.Int64()
SCHEMAS: Mapping[str, Schema] = {
    "figures": _schema(
        what=_TEXT, subject=_TEXT, value=pl.Float64(), low=pl.Float64(), high=pl.Float64(), operator=_TEXT, unit=_TEXT,
        unit_written=_TEXT, scale=pl.Float64(), year=_COUNT, kind=_TEXT, deadline=pl.Date(), measures=pl.List(_TEXT),
        horizon=_COUNT, family=_TEXT, factor=pl.Float64(), per=_TEXT, form=_TEXT,
    ),
    "dates": _schema(kind=_TEXT, day=pl.Date(), precision=_TEXT, what=_TEXT),
    "actors": _schema(name=_TEXT, kind=_TEXT, canonical=_TEXT),
    "numbers": _schema(number=_TEXT, issuer_short=_TEXT, issuer=_TEXT, year=_COUNT, serial=_COUNT),
    "instruments": _schema(name=_TEXT, kind=_TEXT, strength=_COUNT),
    "directions": _schema(direction=_TEXT, written=_TEXT),
    "tiers": _schema(tier=_TEXT, vocabulary=_TEXT, written=_TEXT),
    "conditions": _schema(written=_TEXT, role=_TEXT),
    "references": _schema(written=_TEXT),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document says, kind by kind. All frames begin with document, start, end and end with confidence, why.

    figures      what it measures in the source's own words, subject, value (null for a range), low, high, operator
                 (eq ge gt le lt about range), unit, unit_written, scale, year it speaks of, kind (target outcome fact
                 limit change), deadline, measures (codes of known quantities), horizon (years a target runs; 0: its
                 own), family and factor of the unit (value × factor counts in the family's base unit), per (what it
                 is counted by), form (by: a step, to: a level)
    dates        kind (issued published effective until deadline event), day, precision, what
    actors       name, kind, canonical            numbers      number, issuer_short, issuer, year, serial
    instruments  name, kind, strength             directions   direction, written
    tiers        tier, vocabulary, written        conditions   written, role (subject requirement exception)
    references   articles that are named
    """

    figures: pl.DataFrame
    dates: pl.DataFrame
    actors: pl.DataFrame
    numbers: pl.DataFrame
    instruments: pl.DataFrame
    directions: pl.DataFrame
    tiers: pl.DataFrame
    conditions: pl.DataFrame
    references: pl.DataFrame


def extract(document: Document, lexicon: Lexicon) -> Facts:
    """All facts of a document; the same document and words always give the same frames, in reading order."""
    text = plain(document.text)
    found: dict[str, Iterable[dict[str, Any]]] = {
        "figures": [_figure(figure) for figure in figures(document, text, lexicon)]
    }
    for name in SCHEMAS:
        if name not in found:
            found[name] = getattr(names, name)(document, text, lexicon)
    return Facts(**{name: _frame(document, rows, SCHEMAS[name]) for name, rows in found.items()})


def _figure(figure: Figure) -> dict[str, Any]:
    quantity = figure.quantity
    return {
        "start": quantity.start, "end": quantity.end, "what": figure.what, "subject": figure.subject,
        "value": quantity.value, "low": quantity.low, "high": quantity.high, "operator": quantity.operator,
        "unit": quantity.unit.code, "unit_written": quantity.written, "scale": quantity.scale, "year": figure.year,
        "kind": figure.kind, "deadline": figure.deadline, "measures": list(figure.measures),
        "horizon": figure.horizon, "family": quantity.unit.family, "factor": quantity.unit.factor, "per": figure.per,
        "form": figure.form,
        "confidence": figure.confidence, "why": figure.why,
    }  # fmt: skip


def _frame(document: Document, rows: Iterable[dict[str, Any]], schema: Schema) -> pl.DataFrame:
    whole = [{"document": document.id, **row, "why": row["why"].to_json()} for row in rows]
    return pl.DataFrame(sorted(whole, key=lambda row: (row["start"], row["end"])), schema=schema)
