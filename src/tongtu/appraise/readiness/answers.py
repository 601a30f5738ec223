"""Which answer to each question of a checklist stands on a day, and what each is worth.

An answer stands until the same assessor answers the question anew; of two on one day the later recorded
counts, then the lower. Answers to a question that has been retired are kept in the table and not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.readiness.faults import fault
from tongtu.terms.faults import DataRefused, Fault

SUBJECT = ["subject_kind", "subject", "scale"]
#: answers from worst to best
SAID = ("no", "partly", "not_applicable", "yes")
_PASSING = ["not_applicable", "yes"]
#: evidence of this grade supports; of this grade it verifies. A claim on paper (E0) does neither.
SUPPORTS, VERIFIES = "E1", "E2"
_FOUND: Mapping[str, Any] = {
    "subject_kind": pl.String, "subject": pl.String, "scale": pl.String, "level": pl.Int64, "question": pl.String,
    "gates": pl.Boolean, "said": pl.String, "worst": pl.String, "claims": pl.Boolean, "supports": pl.Boolean,
    "verifies": pl.Boolean, "assessors": pl.List(pl.String), "independents": pl.List(pl.String),
    "assessor": pl.String, "on": pl.Date, "evidence": pl.List(pl.String), "grade": pl.String, "fits": pl.Boolean,
    "lapsed": pl.List(pl.String), "late": pl.List(pl.String), "answers": pl.List(pl.String),
}  # fmt: skip


def answered(
    answers: pl.DataFrame,
    checklists: pl.DataFrame,
    evidence: pl.DataFrame,
    *,
    as_of: date,
    known_at: date | None = None,
) -> pl.DataFrame:
    """One row per subject, scale and question that has an answer on the day.

    subject_kind, subject, scale, level, question, gates (whether the level asks for it), said and worst (best and
    worst answer that stands), claims, supports, verifies (what it counts for), assessors and independents (whose
    answers stand; blank where no name is given), assessor (who said the best; the latest of them) and on (when),
    evidence (what holds of that cited) and its best grade, fits (some of it is of the kind asked for; null where none
    is asked), lapsed, late (cited, but dated after the answer or not in force yet), answers.

    Claimed: someone says yes. Supported: nobody says no or partly, and a yes cites evidence of at least E1 that
    holds. Verified: besides, such evidence is of at least E2, or an independent assessor says yes as well. "Not
    applicable" counts like yes where a reason or evidence stands with it, and for verification only where an
    independent assessor says so.

    Raises DataRefused for an answer to a question that no checklist has, or that is another scale's, and for
    checklists with a question twice or a level that asks nothing.
    """
    check(answers, checklists)
    known = evidence.filter(pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= (known_at or as_of)))
    standing = current(answers, checklists, as_of=as_of, known_at=known_at)
    return _by_question(_weighed(standing.join(_cited(standing, known, as_of), on="answer", how="left")))


def asked(checklists: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """scale, level, question, gates, asks, zh, en: the questions in force, by level."""
    begun = pl.col("since").is_null() | (pl.col("since") <= as_of)
    lasting = pl.col("until").is_null() | (pl.col("until") >= as_of)
    gates = pl.col("required").fill_null("yes") != "no"
    return checklists.filter(begun & lasting).sort("scale", "level", "question").select(
        "scale", pl.col("level").cast(pl.Int64), "question", gates.alias("gates"), "asks", "zh", "en"
    )  # fmt: skip


def current(
    answers: pl.DataFrame, checklists: pl.DataFrame, *, as_of: date, known_at: date | None = None
) -> pl.DataFrame:
    """The answers that stand on the day, one per subject, question and assessor, with `level`, `gates`, `asks`."""
    told = pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= (known_at or as_of))
    rank = pl.col("said").replace_strict({said: i for i, said in enumerate(SAID)}, return_dtype=pl.Int64)
    return (
        answers.filter(pl.col("on") <= as_of, told)
        .with_columns(rank.alias("rank"), pl.col("independent").fill_null(False))
        .sort("on", "recorded_at", "rank", "answer", descending=[False, False, True, False], nulls_last=False)
        .unique([*SUBJECT, "question", "assessor"], keep="last", maintain_order=True)
        .join(asked(checklists, as_of).drop("zh", "en"), on=["scale", "question"], how="inner")
        .sort("answer")
    )


def check(answers: pl.DataFrame, checklists: pl.DataFrame) -> None:
    """Raises DataRefused with every fault of the checklists and of what the answers refer to."""
    faults = [*_checklist_faults(checklists), *_answer_faults(answers, checklists)]
    if faults:
        raise DataRefused(faults)


def _checklist_faults(checklists: pl.DataFrame) -> Iterator[Fault]:
    twice = checklists.filter(pl.col("question").is_duplicated())["question"].unique(maintain_order=True)
    yield from (fault("question-twice", "checklists", question, question=question) for question in twice)
    asking = checklists.filter(pl.col("required").fill_null("yes") != "no")
    for scale, levels in asking.group_by("scale", maintain_order=True).agg("level").sort("scale").rows():
        silent = sorted(set(range(1, max(levels) + 1)) - set(levels))
        if silent:
            yield fault("level-asks-nothing", "checklists", scale, scale=scale, levels=tuple(silent))


def _answer_faults(answers: pl.DataFrame, checklists: pl.DataFrame) -> Iterator[Fault]:
    scales = dict(checklists.select("question", "scale").rows())
    for answer, scale, question in answers.sort("answer").select("answer", "scale", "question").rows():
        belongs = scales.get(question)
        if belongs is None:
            yield fault("no-question", "answers", question, answer=answer, question=question)
        elif belongs != scale:
            yield fault("other-scale", "answers", scale, answer=answer, question=question, scale=belongs)


def gathered(name: str) -> pl.Expr:
    """All ids in the lists of a group, each once."""
    return pl.col(name).explode(empty_as_null=True).drop_nulls().unique().sort()


def _cited(answers: pl.DataFrame, evidence: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """answer, holding, lapsed, late (ids), grade, kinds: what the evidence an answer cites is worth on the day."""
    since = pl.coalesce("valid_from", "dated")
    over = (pl.col("valid_to") < as_of).fill_null(False)
    ahead = ((since > as_of) | (pl.col("dated") > pl.col("on"))).fill_null(False)
    cited = (
        answers.select("answer", "on", "evidence").explode("evidence", empty_as_null=True).drop_nulls("evidence")
        .unique(["answer", "evidence"]).join(evidence, on="evidence", how="inner")
        .select("answer", "evidence", "grade", "kind", over=over, ahead=~over & ahead)
        .with_columns(holds=~pl.col("over") & ~pl.col("ahead"))
    )  # fmt: skip
    names, holds = pl.col("evidence"), pl.col("holds")
    return cited.group_by("answer").agg(
        names.filter(holds).sort().alias("holding"),
        names.filter("over").sort().alias("lapsed"),
        names.filter("ahead").sort().alias("late"),
        pl.col("grade").filter(holds).max(),
        pl.col("kind").filter(holds).unique().sort().alias("kinds"),
    )


def _weighed(answers: pl.DataFrame) -> pl.DataFrame:
    """Each answer with what it counts for on its own."""
    yes, aside = pl.col("said") == "yes", pl.col("said") == "not_applicable"
    paper = (pl.col("grade") >= SUPPORTS).fill_null(False)
    third = (pl.col("grade") >= VERIFIES).fill_null(False)
    reasoned = paper | (pl.col("note").fill_null("") != "")
    return answers.with_columns(
        supporting=(yes & paper) | (aside & reasoned),
        third=(yes & third) | (pl.col("independent") & (yes | aside)),
        person=pl.col("assessor").fill_null(""),
        fitting=pl.when(pl.col("asks").is_not_null()).then(
            pl.col("kinds").list.contains(pl.col("asks")).fill_null(False)
        ),
    )


def _by_question(answers: pl.DataFrame) -> pl.DataFrame:
    best = pl.col("rank") == pl.col("rank").max()
    ordered = answers.sort("on", "answer")
    found = ordered.group_by(*SUBJECT, "level", "question").agg(
        pl.col("gates").first(),
        pl.col("rank").max().alias("best"),
        pl.col("rank").min().alias("least"),
        pl.col("supporting").any(),
        pl.col("third").any(),
        pl.col("person").sort().alias("assessors"),
        pl.col("person").filter("independent").sort().alias("independents"),
        pl.col("assessor").filter(best).last(),
        pl.col("on").filter(best).last(),
        gathered("holding").alias("evidence"),
        pl.col("grade").max(),
        pl.col("fitting").any(ignore_nulls=False).alias("fits"),
        gathered("lapsed"),
        gathered("late"),
        pl.col("answer").sort().alias("answers"),
    )
    names = dict(enumerate(SAID))
    said = {"said": "best", "worst": "least"}
    found = found.with_columns(
        pl.col(column).replace_strict(names, return_dtype=pl.String).alias(name) for name, column in said.items()
    ).with_columns(claims=pl.col("said").is_in(_PASSING), firm=pl.col("worst").is_in(_PASSING))
    found = found.with_columns(
        supports=pl.col("firm") & pl.col("supporting"), verifies=pl.col("firm") & pl.col("supporting") & pl.col("third")
    )
    return found.select(pl.col(name).cast(kind) for name, kind in _FOUND.items()).sort(*SUBJECT, "level", "question")
