"""What a draft leaves to a person, as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.terms.why import Why

QUESTIONS: dict[str, Any] = {
    "question": pl.String, "kind": pl.String, "path": pl.String, "document": pl.String, "start": pl.Int64,
    "end": pl.Int64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be settled before the draft may be used; without a place it concerns the whole.

    kind: effective version scheme tier subject scope structure condition figure grant
    """

    kind: str
    why: Why
    path: str = ""
    start: int | None = None
    end: int | None = None


def table(document: str, questions: Iterable[Question]) -> pl.DataFrame:
    """Questions about the whole first, then those about a place in reading order; their ids name kind and place."""
    rows = {}
    for found in questions:
        key = f"{found.kind}\n{found.path}\n{found.start}\n{found.end}\n{found.why.to_json()}"
        name = hashlib.sha256(f"{document}\n{key}".encode()).hexdigest()[:12]
        place = None if found.start is None else document
        rows[name] = (name, found.kind, found.path, place, found.start, found.end, found.why.to_json())
    order = sorted(rows.values(), key=lambda row: (row[4] is not None, row[4] or 0))
    return pl.DataFrame(order, schema=QUESTIONS, orient="row")
