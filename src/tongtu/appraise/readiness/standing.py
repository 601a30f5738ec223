"""How far each subject has come on each scale: claimed, supported, verified, and what stops the next level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.readiness.answers import SUBJECT, answered, asked, gathered
from tongtu.appraise.readiness.assessed import from_assessments, scale_name
from tongtu.terms.why import Label, Why

#: how a level can stand, and the column of `answered` that says whether a question counts for it
STATUSES: Mapping[str, str] = {"claimed": "claims", "supported": "supports", "verified": "verifies"}
_ROOM = "appraise_readiness"
_STANDING: Mapping[str, Any] = {
    "subject_kind": pl.String, "subject": pl.String, "scale": pl.String, "claimed": pl.Int64, "highest": pl.Int64,
    "supported": pl.Int64, "verified": pl.Int64, "top": pl.Int64, "assessed": pl.Int64, "basis": pl.String,
    "claimed_stop": pl.String, "supported_stop": pl.String, "verified_stop": pl.String, "answered": pl.Int64,
    "questions": pl.Int64, "assessors": pl.Int64, "independents": pl.Int64, "assessor": pl.String, "on": pl.Date,
    "evidence": pl.List(pl.String), "grade": pl.String, "expired": pl.List(pl.String), "late": pl.List(pl.String),
    "why": pl.String,
}  # fmt: skip


def standing(
    answers: pl.DataFrame, checklists: pl.DataFrame, evidence: pl.DataFrame, *, as_of: date,
    known_at: date | None = None, assessments: pl.DataFrame | None = None,
) -> pl.DataFrame:  # fmt: skip
    """One row per subject and scale of which anything was said.

    subject_kind, subject, scale, claimed, highest, supported, verified, top, assessed (level said as such), basis
    (what the claim rests on: answers, assessment or both), claimed_stop, supported_stop, verified_stop (the question
    that stops the next level), answered, questions, assessors, independents, assessor, on (who spoke last, and when),
    evidence and grade (behind the supported level: what holds, and the weakest of its questions' best grades),
    expired, late, why.

    Level L stands when every question of levels 1 to L does (see `answered`) and one of level L is answered yes.
    A level is 0 where a question of level 1 is denied, and null where nothing is established either way: a question
    without an answer is unknown, not no. `highest` is the claim if every open question were answered yes.

    An assessment (a level said without answers) is a claim; where there are answers, it moves nothing else. Where
    there are none, it is supported if it says so and cites evidence that holds, and verified if it says so and is an
    independent assessor's or its evidence of at least E2. Scales without questions are left out.

    Raises DataRefused as `answered` does, and for an assessment beyond the top of its scale.
    """
    found = answered(answers, checklists, evidence, as_of=as_of, known_at=known_at)
    questions = asked(checklists, as_of)
    joined = levels(found, questions, from_assessments(assessments, evidence, questions, as_of, known_at or as_of))
    texts = {q: Label(zh, en) for q, zh, en in questions.select("question", "zh", "en").rows()}
    off = dict(_off_kind(found))
    why = [_why(row, texts, off.get(_key(row), 0)).to_json() for row in joined.iter_rows(named=True)]
    return joined.with_columns(pl.Series("why", why, pl.String)).select(
        pl.col(name).cast(kind) for name, kind in _STANDING.items()
    )


def levels(found: pl.DataFrame, questions: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The columns of `standing` without their reasons: from `answered`, `asked` and `from_assessments`."""
    return _joined(_from_answers(found, questions), said, questions)


def ladder(found: pl.DataFrame, questions: pl.DataFrame, counts: str, by: list[str]) -> pl.DataFrame:
    """Levels by one column of truth values: `by`, level, stop.

    found: `by`, scale, question, said, and the column `counts`; questions: as `asked` gives them.
    """
    required = questions.filter("gates").select("scale", "level", "question")
    whole = (
        found.select(by).unique(maintain_order=True).join(required, on="scale")
        .join(found.select(*by, "question", "said", counts), on=[*by, "question"], how="left")
        .sort(*by, "level", "question")
        .with_columns(
            ok=pl.col(counts).fill_null(False), yes=(pl.col("said") == "yes").fill_null(False),
            denied=pl.col("said").is_in(["no", "partly"]).fill_null(False),
        )
    )  # fmt: skip
    ceiling = whole.group_by(by).agg(
        pl.col("level").filter(~pl.col("ok")).min().alias("barred"),
        pl.col("question").filter(~pl.col("ok")).first().alias("stop"),
        (pl.col("denied") & (pl.col("level") == 1)).any().alias("none"),
    )
    below = pl.col("barred").is_null() | (pl.col("level") < pl.col("barred"))
    reached = whole.join(ceiling, on=by).filter(below, "yes").group_by(by).agg(pl.col("level").max())
    level = pl.coalesce("level", pl.when("none").then(pl.lit(0, pl.Int64)))
    return ceiling.join(reached, on=by, how="left").select(*by, level.alias("level"), "stop").sort(by)


def _from_answers(found: pl.DataFrame, questions: pl.DataFrame) -> pl.DataFrame:
    spoken = found.group_by(SUBJECT).agg(
        pl.len().cast(pl.Int64).alias("answered"),
        gathered("assessors").len().cast(pl.Int64).alias("assessors"),
        gathered("independents").len().cast(pl.Int64).alias("independents"),
        pl.col("assessor").sort_by("on", "question").last(),
        pl.col("on").max(),
        gathered("lapsed").alias("expired"),
        gathered("late"),
    )
    for status, counts in STATUSES.items():
        steps = ladder(found, questions, counts, SUBJECT).rename({"level": status, "stop": f"{status}_stop"})
        spoken = spoken.join(steps, on=SUBJECT, how="left")
    spoken = spoken.join(_highest(found, questions), on=SUBJECT, how="left")
    return spoken.join(_behind(found, spoken), on=SUBJECT, how="left")


def _highest(found: pl.DataFrame, questions: pl.DataFrame) -> pl.DataFrame:
    """The claim if every open question were answered yes."""
    open_too = found.select(SUBJECT).unique().join(questions, on="scale").join(
        found.select(*SUBJECT, "question", "said", "claims"), on=[*SUBJECT, "question"], how="left"
    ).with_columns(pl.col("claims").fill_null(True), pl.col("said").fill_null("yes"))  # fmt: skip
    return ladder(open_too, questions, "claims", SUBJECT).select(*SUBJECT, pl.col("level").alias("highest"))


def _behind(found: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """evidence, grade: what the supported level rests on."""
    under = found.join(spoken.select(*SUBJECT, "supported"), on=SUBJECT).filter(
        "gates", "supports", pl.col("level") <= pl.col("supported")
    )
    return under.group_by(SUBJECT).agg(gathered("evidence"), pl.col("grade").min())


def _joined(own: pl.DataFrame, said: pl.DataFrame, questions: pl.DataFrame) -> pl.DataFrame:
    counts = questions.group_by("scale").agg(
        pl.col("level").max().alias("top"), pl.len().cast(pl.Int64).alias("questions")
    )
    none = pl.col("answered").is_null()

    def stands(own_column: str, said_column: str) -> pl.Expr:
        return pl.when(none).then(said_column).otherwise(own_column).alias(own_column)

    basis = (
        pl.when(pl.col("assessed").is_null()).then(pl.lit("answers"))
        .when(none | (pl.col("assessed") > pl.col("claimed").fill_null(-1))).then(pl.lit("assessment"))
        .when(pl.col("assessed") == pl.col("claimed")).then(pl.lit("both"))
        .otherwise(pl.lit("answers"))
    )  # fmt: skip
    empty = pl.lit([], pl.List(pl.String))
    return (
        own.join(said, on=SUBJECT, how="full", coalesce=True).join(counts, on="scale", how="left")
        .with_columns(
            basis.alias("basis"),
            pl.max_horizontal("claimed", "assessed").alias("claimed"),
            pl.max_horizontal("highest", "assessed").alias("highest"),
            stands("supported", "said_supported"), stands("verified", "said_verified"),
            stands("assessors", "said_assessors"), stands("independents", "said_independents"),
            stands("assessor", "said_by"), stands("on", "said_on"),
            stands("evidence", "said_with"), stands("grade", "said_grade"),
            pl.col("answered").fill_null(0),
        )
        .with_columns(pl.col(name).fill_null(empty) for name in ("evidence", "expired", "late"))
        .sort(SUBJECT)
    )  # fmt: skip


def _off_kind(found: pl.DataFrame) -> list[tuple[tuple[str, str, str], int]]:
    """How many supported answers rest on another kind of evidence than the question asks for."""
    off = found.filter("supports", ~pl.col("fits").fill_null(True), pl.col("said") == "yes")
    return [((kind, name, scale), n) for kind, name, scale, n in off.group_by(SUBJECT).len().sort(SUBJECT).rows()]


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["subject_kind"], row["subject"], row["scale"]


def level_said(level: int | None, status: str) -> Why:
    """A level as said: where none is known to be claimed it is unknown, where none is shown there is none."""
    if level is not None:
        return Why(f"{_ROOM}.level", {"level": level})
    return Why(f"{_ROOM}.level-{'unknown' if status == 'claimed' else 'none'}")


def _why(row: Mapping[str, Any], texts: Mapping[str, Label], off_kind: int) -> Why:
    args = {
        "scale": scale_name(row["scale"]),
        "top": row["top"],
        **{name: level_said(row[name], name) for name in STATUSES},
    }
    parts = [part for part in _parts(row, texts, off_kind) if part is not None]
    return Why(f"{_ROOM}.standing", args, tuple(parts))


def _parts(row: Mapping[str, Any], texts: Mapping[str, Label], off_kind: int) -> Iterator[Why | None]:
    yield from _stops(row, texts)
    if row["answered"] and row["highest"] != row["claimed"]:
        yield Why(f"{_ROOM}.open", {"n": row["questions"] - row["answered"], "highest": row["highest"]})
    if row["basis"] != "answers":
        yield Why(f"{_ROOM}.basis-{row['basis']}", {"level": row["assessed"]})
    elif row["assessed"] is not None:
        yield Why(f"{_ROOM}.assessed-lower", {"level": row["assessed"]})
    if row["expired"]:
        yield Why(f"{_ROOM}.expired", {"n": len(row["expired"]), "ids": tuple(row["expired"])})
    if row["late"]:
        yield Why(f"{_ROOM}.late", {"n": len(row["late"]), "ids": tuple(row["late"])})
    if off_kind:
        yield Why(f"{_ROOM}.off-kind", {"n": off_kind})
    said = {"n": row["assessors"], "independents": row["independents"], "on": row["on"]}
    yield Why(f"{_ROOM}.spoken", said)


def _stops(row: Mapping[str, Any], texts: Mapping[str, Label]) -> Iterator[Why]:
    """The question that stops each status; one sentence where it is the same for several."""
    by_question: dict[str, list[str]] = {}
    for status in STATUSES:
        stop = row[f"{status}_stop"]
        if stop is not None:
            by_question.setdefault(stop, []).append(status)
    for question, statuses in by_question.items():
        told = {
            "statuses": tuple(Why(f"{_ROOM}.{one}") for one in statuses),
            "question": question,
            "asks": texts[question],
        }
        yield Why(f"{_ROOM}.stop", told)
