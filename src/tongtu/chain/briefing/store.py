"""Briefs as JSON: everything they are made of, beside each reason its words in both languages, and back without loss.

    {"format": "tongtu-briefs/1", "briefs": [{
       "id", "as_of", "headline": SENTENCE, "sentences": [SENTENCE], "documents": [...],
       "tables": {sources, timeline, claims, audience, scores: TABLE}, "facts", "changes": {kind: TABLE}}]}
    SENTENCE  id, field, label, zh, en, says and derivation (reasons as data), spans with their quotation, confidence
    TABLE     columns (name: type) and rows (objects); a reason in a cell is JSON text

What is derived (words, quotations, ids of sentences) is written for whoever reads the file and left aside on the way
back, so a changed quotation in a file cannot become one of a source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from tongtu.brief.document import Block, Document, Span
from tongtu.brief.model import Brief, Sentence
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

if TYPE_CHECKING:
    import polars as pl

FORMAT = "tongtu-briefs/1"
_TABLES = ("sources", "timeline", "claims", "audience", "scores")
_PLAIN = ("String", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64",
          "Boolean", "Date", "Null")  # fmt: skip


def stored(briefs: Iterable[Brief]) -> str:
    """Briefs as one JSON text; equal briefs give equal bytes."""
    whole = {"format": FORMAT, "briefs": [to_json(brief) for brief in briefs]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def restored(text: str) -> tuple[Brief, ...]:
    """The briefs of such a text. Raises ValueError for any other."""
    try:
        whole = json.loads(text)
        if whole["format"] != FORMAT:
            raise ValueError(f"not {FORMAT}")
        return tuple(from_json(brief) for brief in whole["briefs"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not {FORMAT}: {type(error).__name__}") from None


def to_json(brief: Brief) -> dict[str, Any]:
    """One brief as plain values."""
    known = {document.id: document for document in brief.documents}
    return {
        "id": brief.id,
        "as_of": brief.as_of.isoformat(),
        "headline": _sentence(brief.headline, known),
        "sentences": [_sentence(sentence, known) for sentence in brief.sentences],
        "documents": [{**asdict(d), "published": d.published and d.published.isoformat()} for d in brief.documents],
        "tables": {name: _table(getattr(brief, name)) for name in _TABLES},
        "facts": {kind: _table(frame) for kind, frame in brief.facts.items()},
        "changes": {kind: _table(frame) for kind, frame in brief.changes.items()},
    }


def from_json(value: Mapping[str, Any]) -> Brief:
    """The brief of plain values. Raises ValueError for anything else."""
    try:
        return Brief(
            id=str(value["id"]),
            as_of=date.fromisoformat(value["as_of"]),
            headline=_told(value["headline"]),
            sentences=tuple(map(_told, value["sentences"])),
            documents=tuple(map(_document, value["documents"])),
            facts={kind: _frame(table) for kind, table in value["facts"].items()},
            changes={kind: _frame(table) for kind, table in value["changes"].items()},
            **{name: _frame(value["tables"][name]) for name in _TABLES},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no brief: {type(error).__name__} {error}") from None


def _sentence(sentence: Sentence, known: Mapping[str, Document]) -> dict[str, Any]:
    spans = [{**asdict(span), "quote": known[span.document].quote(span)} for span in sentence.spans]
    return {
        "id": sentence.id, "field": sentence.field, "label": sentence.label,
        **{lang: say(sentence.says, lang) for lang in LANGUAGES},
        "says": _packed(sentence.says), "spans": spans,
        "derivation": sentence.derivation and _packed(sentence.derivation), "confidence": sentence.confidence,
    }  # fmt: skip


def _packed(why: Why) -> Any:
    return json.loads(why.to_json())


def _why(value: Any) -> Why:
    return Why.from_json(json.dumps(value))


def _told(value: Mapping[str, Any]) -> Sentence:
    spans = tuple(Span(span["document"], int(span["start"]), int(span["end"])) for span in value["spans"])
    why = _why(value["derivation"]) if value["derivation"] else None
    return Sentence(value["field"], _why(value["says"]), value["label"], spans, why, value["confidence"])


def _document(value: Mapping[str, Any]) -> Document:
    day = date.fromisoformat(value["published"]) if value["published"] else None
    return Document(**{**value, "blocks": tuple(Block(**block) for block in value["blocks"]), "published": day})


def _table(frame: pl.DataFrame) -> dict[str, Any]:
    rows = [{name: _cell(cell) for name, cell in row.items()} for row in frame.iter_rows(named=True)]
    return {"columns": {name: _kind(dtype) for name, dtype in frame.schema.items()}, "rows": rows}


def _cell(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case list():
            return [_cell(part) for part in value]
        case dict():
            return {name: _cell(part) for name, part in value.items()}
    return value


def _kind(dtype: Any) -> Any:
    import polars as pl

    match dtype:
        case pl.List():
            return {"list": _kind(dtype.inner)}
        case pl.Struct():
            return {"struct": {field.name: _kind(field.dtype) for field in dtype.fields}}
    name = str(dtype)
    if name not in _PLAIN:
        raise TypeError(f"a brief cannot keep a column of {name}")
    return name


def _frame(table: Mapping[str, Any]) -> pl.DataFrame:
    import polars as pl

    schema = {name: _dtype(kind) for name, kind in table["columns"].items()}
    rows = [{name: _read(row[name], kind) for name, kind in table["columns"].items()} for row in table["rows"]]
    try:
        return pl.DataFrame(rows, schema=schema)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"no table: {error}") from None


def _dtype(kind: Any) -> Any:
    import polars as pl

    match kind:
        case {"list": inner}:
            return pl.List(_dtype(inner))
        case {"struct": fields}:
            return pl.Struct({name: _dtype(inner) for name, inner in fields.items()})
        case str() if kind in _PLAIN:
            return getattr(pl, kind)
    raise ValueError(f"no type of a column: {kind}")


def _read(value: Any, kind: Any) -> Any:
    match kind:
        case "Date" if value is not None:
            return date.fromisoformat(value)
        case {"list": inner} if value is not None:
            return [_read(part, inner) for part in value]
        case {"struct": fields} if value is not None:
            return {name: _read(value[name], inner) for name, inner in fields.items()}
    return value
