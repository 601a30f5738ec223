"""How each project is coded, with what evidence, and where the codes contradict each other.

Three codings stand side by side and none is derived from another: the track (pure basic, applied basic,
industrialisation), the class of the Frascati Manual (OECD 2015), and Pasteur's quadrant (Stokes 1997) out of two
answers, whether understanding is sought and whether use is considered. Applied basic research is no Frascati class:
it is oriented basic research, Pasteur's corner, and coding it as `applied` is reported as a contradiction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.research.evidence import cited
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

_ROOM = "appraise_research"
QUADRANTS = ("bohr", "pasteur", "edison", "neither")
_CODED: Mapping[str, Any] = {
    "project": pl.String, "track": pl.String, "frascati": pl.String, "quadrant": pl.String,
    "understanding": pl.Boolean, "use_considered": pl.Boolean, "grade": pl.String, "coded_by": pl.String,
    "lead": pl.String, "direction": pl.String, "year": pl.Int64, "currency": pl.String, "budget": pl.Int64,
    "state_funds": pl.Int64, "own_funds": pl.Int64, "findings": pl.List(pl.String), "why": pl.String,
}  # fmt: skip


def coding(
    projects: pl.DataFrame, evidence: pl.DataFrame, *, as_of: date, known_at: date | None = None
) -> pl.DataFrame:
    """One row per project begun by the day (or of unknown beginning), by id.

    project, track, frascati, quadrant (bohr, pasteur, edison, neither; null where either answer is unknown),
    understanding, use_considered, grade (best evidence of the coding that holds), coded_by, lead, direction, year (of
    the beginning), currency, budget, state_funds, own_funds (minor units), findings (codes, see `findings`), why.
    """
    begun = projects.filter(pl.col("start").is_null() | (pl.col("start") <= as_of)).sort("project")
    proof = cited(begun, "project", "coding_evidence", evidence, as_of, known_at or as_of).select("project", "grade")
    coded = begun.join(proof, on="project", how="left").with_columns(
        _quadrant().alias("quadrant"), pl.col("start").dt.year().cast(pl.Int64).alias("year")
    )  # fmt: skip
    coded = coded.with_columns(findings=_contradictions())
    why = [_why(row).to_json() for row in coded.iter_rows(named=True)]
    return coded.with_columns(pl.Series("why", why, pl.String)).select(
        pl.col(name).cast(kind) for name, kind in _CODED.items()
    )


def findings(coded: pl.DataFrame) -> pl.DataFrame:
    """project, finding, why: what in the coding contradicts itself or rests on nothing, by project."""
    rows = (
        coded.select("project", "track", "frascati", "quadrant", finding="findings")
        .explode("finding")
        .drop_nulls("finding")
    )
    why = [Why(f"{_ROOM}.{row['finding']}", _codes(row)).to_json() for row in rows.iter_rows(named=True)]
    return rows.select("project", "finding").with_columns(pl.Series("why", why, pl.String))


def _quadrant() -> pl.Expr:
    seeks, uses = pl.col("understanding"), pl.col("use_considered")
    return (
        pl.when(seeks & ~uses).then(pl.lit("bohr"))
        .when(seeks & uses).then(pl.lit("pasteur"))
        .when(~seeks & uses).then(pl.lit("edison"))
        .when(~seeks & ~uses).then(pl.lit("neither"))
    )  # fmt: skip


def _contradictions() -> pl.Expr:
    """Codes of what does not go together; a code that is unknown contradicts nothing."""
    track, frascati, quadrant = pl.col("track"), pl.col("frascati"), pl.col("quadrant")
    seeks, uses = pl.col("understanding"), pl.col("use_considered")
    none = track.is_null() & frascati.is_null() & quadrant.is_null()
    found = {
        "uncoded": none,
        "coded-without-evidence": ~none & (pl.col("grade").is_null() | (pl.col("grade") == "E0")),
        "applied-basic-as-applied": (track == "applied_basic") & (frascati != "basic"),
        "applied-basic-elsewhere": (track == "applied_basic") & (quadrant != "pasteur"),
        "pure-basic-not-basic": (track == "pure_basic") & (frascati != "basic"),
        "pure-basic-with-use": (track == "pure_basic") & uses,
        "industrial-as-basic": (track == "industrialisation") & (frascati == "basic"),
        "basic-without-understanding": (frascati == "basic") & ~seeks,
        "applied-without-use": frascati.is_in(["applied", "development"]) & ~uses,
    }
    named = [pl.when(holds.fill_null(False)).then(pl.lit(code)) for code, holds in found.items()]
    return pl.concat_list(named).list.drop_nulls()


def _codes(row: Mapping[str, Any]) -> dict[str, Any]:
    """The three codings by their names."""
    quadrant = row["quadrant"]
    return {
        "track": name("track", row["track"]),
        "frascati": name("frascati", row["frascati"]),
        "quadrant": None if quadrant is None else Why(f"{_ROOM}.quadrant-{quadrant}"),
    }


def name(vocabulary: str, code: str | None) -> Label | None:
    return None if code is None else vocabularies()[vocabulary].get(code) or Label(code)


def _why(row: Mapping[str, Any]) -> Why:
    codes = _codes(row)
    told = {**codes, "grade": name("evidence_grade", row["grade"])}
    return Why(f"{_ROOM}.coded", told, tuple(Why(f"{_ROOM}.{code}", codes) for code in row["findings"]))
