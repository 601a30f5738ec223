"""The columns of the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

OPEN, TRUE, FALSE, UNDECIDABLE = "open", "true", "false", "undecidable"
STATES = (OPEN, TRUE, FALSE, UNDECIDABLE)
MODALITIES = ("certain", "likely", "possible")

CLAIMS: Mapping[str, Any] = {
    "claim": pl.String, "document": pl.String, "start": pl.Int64, "end": pl.Int64, "statement": pl.String,
    "source": pl.String, "speaker": pl.String, "modality": pl.String, "conditional": pl.Boolean,
    "measure": pl.String, "measure_zh": pl.String, "measure_en": pl.String, "what": pl.String, "scope": pl.String,
    "operator": pl.String, "low": pl.Float64, "high": pl.Float64, "unit": pl.String, "form": pl.String,
    "observed_unit": pl.String, "observed_factor": pl.Float64, "tolerance": pl.Float64, "figure_start": pl.Int64,
    "figure_end": pl.Int64, "made": pl.Date, "due": pl.Date, "due_precision": pl.String, "state": pl.String,
    "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip

_POINT = pl.Struct({"year": pl.Int64, "value": pl.Float64, "published": pl.Date, "source": pl.String})
FOLLOWED: Mapping[str, Any] = {
    **CLAIMS, "first_year": pl.Int64, "first_value": pl.Float64, "last_year": pl.Int64, "last_value": pl.Float64,
    "pace": pl.Float64, "needed": pl.Float64, "on_pace": pl.Boolean, "trajectory": pl.List(_POINT),
}  # fmt: skip

SOURCES: Mapping[str, Any] = {
    "source": pl.String, "claims": pl.Int64, "open": pl.Int64, "undecidable": pl.Int64, "true": pl.Int64,
    "false": pl.Int64, "resolved": pl.Int64, "share": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "why": pl.String,
}  # fmt: skip
