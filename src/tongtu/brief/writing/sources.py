"""The sources of a brief: every report of the event, what part it has in it, and how far it is to be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.writing.instrument import speaker
from tongtu.brief.writing.material import EARLIER, Material
from tongtu.terms.why import Why

SOURCES: Mapping[str, Any] = {
    "document": pl.String, "outlet": pl.String, "title": pl.String, "address": pl.String, "published": pl.Date,
    "official": pl.Boolean, "role": pl.String, "copy_of": pl.String, "grade": pl.String, "why": pl.String,
}  # fmt: skip


def sources(material: Material, reasons: Mapping[str, str]) -> pl.DataFrame:
    """One row for each document in the brief's order, the earlier version last. `reasons` are gathering's, as JSON.

    grade: A where a government or its media speaks, C where one other outlet does, empty where nobody is named.
    """
    rows = [
        _row(d, d.outlet or speaker(material, d), material.roles[d.id], material.copies.get(d.id), reasons.get(d.id))
        for d in material.documents
    ]
    if material.before is not None and material.before.id not in material.roles:
        rows.append(_row(material.before, material.before.outlet, EARLIER, None, None))
    return pl.DataFrame(rows, schema=dict(SOURCES))


def _row(document: Document, outlet: str, role: str, copy_of: str | None, reason: str | None) -> dict[str, Any]:
    grade = "A" if document.official else "C" if outlet else ""
    return {
        "document": document.id, "outlet": outlet, "title": document.title, "address": document.address,
        "published": document.published, "official": document.official, "role": role, "copy_of": copy_of,
        "grade": grade, "why": reason or Why(f"brief_writing.source-{role}").to_json(),
    }  # fmt: skip
