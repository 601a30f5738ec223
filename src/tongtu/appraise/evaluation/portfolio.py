"""Two versions of a scheme on the same projects on one day: points, ranks, grades, and who rises or falls, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from tongtu.appraise.evaluation.facts import Facts
from tongtu.appraise.evaluation.ranking import moved, ranked
from tongtu.registry import Registry
from tongtu.rules import Judgement, RuleBook, judge
from tongtu.rules.asking import Diff, diff
from tongtu.rules.model import Scheme, Version
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Why

SIDES = ("old", "new")
ROWS: Mapping[str, Any] = {
    "project": pl.String,
    **{f"{side}_{name}": pl.Float64 for side in SIDES for name in ("low", "high")},
    **{f"{side}_{name}": pl.Int64 for side in SIDES for name in ("best", "worst")},
    **{f"{side}_{name}": pl.String for side in SIDES for name in ("lowest", "highest")},
    "move": pl.String, "shift_low": pl.Int64, "shift_high": pl.Int64, "why": pl.String,
}  # fmt: skip
PARTS: Mapping[str, Any] = {
    "project": pl.String, "side": pl.String, "part": pl.String, "zh": pl.String, "en": pl.String, "low": pl.Float64,
    "high": pl.Float64, "points": pl.Float64,
}  # fmt: skip
_UNGRADED = ""


@dataclass(frozen=True)
class Portfolio:
    """What two versions make of the same projects.

    `rows`: a row per project (see `ROWS`): the points it can have under each version, the ranks, the grades by their
    Chinese names from the lowest to the highest it can have; `move` is rises, falls, holds or open, and it gains
    between `shift_low` and `shift_high` ranks. `parts`: what each part of each version brings each project.
    `sources`: which figures are computed, which stated. `diff`: changes of tiers with the criteria that decide, from
    the rules room.
    """

    old: Version
    new: Version
    rows: pl.DataFrame
    parts: pl.DataFrame
    sources: pl.DataFrame
    diff: Diff = field(repr=False)


def versions(scheme: Scheme, as_of: date, old: str | None = None, new: str | None = None) -> tuple[Version, Version]:
    """The two to compare: by name, or the one in force and the one before it. Raises UsageFault."""
    named = {one.version: one for one in scheme.versions}
    unknown = [name for name in (old, new) if name is not None and name not in named]
    order = sorted(scheme.versions, key=lambda one: (_since(one), one.version))
    told: dict[str, Any] = {"scheme": scheme.label, "names": tuple(one.version for one in order)}
    if unknown:
        raise UsageFault.because("appraise_evaluation.no-version", "appraise_evaluation.no-version-repair",
                                 name=unknown[0], **told)  # fmt: skip
    after = named[new] if new is not None else scheme.in_force(as_of)
    earlier = [one for one in order if after is not None and one is not after and _since(one) <= _since(after)]
    before = named[old] if old is not None else earlier[-1] if earlier else None
    if before is None or after is None:
        raise UsageFault.because("appraise_evaluation.one-version", "appraise_evaluation.one-version-repair",
                                 day=as_of, **told)  # fmt: skip
    return before, after


def _since(version: Version) -> date:
    return min((span.start or date.min for span in version.spans), default=date.min)


def portfolio(
    book: RuleBook,
    scheme: str,
    registry: Registry,
    facts: Facts,
    as_of: date,
    *,
    old: str | None = None,
    new: str | None = None,
) -> Portfolio:
    """Both versions on every project. What is unknown stays unknown: points, ranks and grades are intervals.

    `facts` are those of `computed`. Raises UsageFault where the scheme has no such versions, or one without a score.
    """
    law = book[scheme]
    pair = versions(law, as_of, old, new)
    bare = [one.version for one in pair if not one.scores]
    if bare:
        raise UsageFault.because("appraise_evaluation.no-score", "appraise_evaluation.no-score-repair",
                                 scheme=law.label, names=tuple(bare))  # fmt: skip
    ends = {name: registry.replace(projects=getattr(facts, name)) for name in ("point", "least", "most")}
    judged = [
        {name: judge(book, scheme, held, as_of, version=one.version) for name, held in ends.items()} for one in pair
    ]
    points = [_points(found) for found in judged]
    tables = [_side(side, version, found) for side, version, found in zip(SIDES, pair, points, strict=True)]
    rows = tables[0].join(tables[1], on="project", maintain_order="left").with_columns(
        move=moved(),
        shift_low=pl.col("old_best") - pl.col("new_worst"), shift_high=pl.col("old_worst") - pl.col("new_best"),
    )  # fmt: skip
    parts = pl.concat([_parts(*given) for given in zip(SIDES, pair, points, strict=True)]).sort(
        "project", "side", maintain_order=True
    )
    whys = pl.Series(list(_whys(rows, parts)), dtype=pl.String)
    told = rows.with_columns(why=whys).select(pl.col(name).cast(kind) for name, kind in ROWS.items())
    return Portfolio(*pair, told, parts, facts.sources, diff(judged[0]["point"], judged[1]["point"]))


def _points(judged: Mapping[str, Judgement]) -> pl.DataFrame:
    """project, part (null: the whole), low, high: what is known alone narrowed by both ends of what was computed.

    Points that fall as a figure rises (no scheme that ships does) are not narrowed: the ends then do not enclose them.
    """
    kept = ["project", "part"]
    frames = {
        name: one.scores.filter(pl.col("item").is_null(), pl.col("score") == _score(one)).select(*kept, "low", "high")
        for name, one in judged.items()
    }
    ends = frames["least"].select(*kept, floor="low").join(
        frames["most"].select(*kept, ceiling="high"), on=kept, nulls_equal=True, maintain_order="left"
    )  # fmt: skip
    joined = frames["point"].join(ends, on=kept, nulls_equal=True, maintain_order="left")
    sound = pl.col("floor") <= pl.col("ceiling")
    return joined.with_columns(
        low=pl.when(sound).then(pl.max_horizontal("low", "floor")).otherwise("low"),
        high=pl.when(sound).then(pl.min_horizontal("high", "ceiling")).otherwise("high"),
    ).drop("floor", "ceiling")


def _score(judgement: Judgement) -> str:
    assert judgement.version is not None
    return judgement.version.scores[0].score


def _side(side: str, version: Version, points: pl.DataFrame) -> pl.DataFrame:
    whole = ranked(points.filter(pl.col("part").is_null()).select("project", "low", "high").sort("project"))
    return whole.with_columns(
        lowest=_grade(version, "low"), highest=_grade(version, "high")
    ).select("project", pl.exclude("project").name.prefix(f"{side}_"))  # fmt: skip


def _grade(version: Version, column: str) -> pl.Expr:
    found: pl.Expr = pl.lit(_UNGRADED)
    for least, label in sorted(version.scores[0].grades, key=lambda grade: grade[0]):
        found = pl.when(pl.col(column) >= least).then(pl.lit(label.zh)).otherwise(found)
    return found


def _parts(side: str, version: Version, points: pl.DataFrame) -> pl.DataFrame:
    labels = {"part": [], "zh": [], "en": [], "points": []}  # type: dict[str, list[Any]]
    for part in version.scores[0].parts:
        for name, value in zip(labels, (part.part, part.label.zh, part.label.en, part.points), strict=True):
            labels[name].append(value)
    named = pl.DataFrame(labels, schema={name: PARTS[name] for name in labels})
    found = points.filter(pl.col("part").is_not_null()).join(named, on="part", maintain_order="left")
    return found.with_columns(side=pl.lit(side)).select(pl.col(name).cast(kind) for name, kind in PARTS.items())


def _whys(rows: pl.DataFrame, parts: pl.DataFrame) -> Iterable[str]:
    """Which way, from which rank to which, and what brought the points under each version."""
    gained: dict[tuple[str, str], list[Why]] = {}
    for row in parts.iter_rows(named=True):
        gained.setdefault((row["project"], row["side"]), []).append(_gained(row))
    for row in rows.iter_rows(named=True):
        ranks = {side: _rank(row[f"{side}_best"], row[f"{side}_worst"]) for side in SIDES}
        brought = (
            Why(f"appraise_evaluation.{side}", {"parts": tuple(gained.get((row["project"], side), ()))})
            for side in SIDES
        )
        yield Why(f"appraise_evaluation.{row['move']}", ranks, tuple(brought)).to_json()


def _rank(best: int, worst: int) -> Why:
    if best == worst:
        return Why("appraise_evaluation.rank", {"rank": best})
    return Why("appraise_evaluation.ranks", {"best": best, "worst": worst})


def _gained(row: Mapping[str, Any]) -> Why:
    name = Label(row["zh"], row["en"])
    low, high = round(row["low"], 2), round(row["high"], 2)
    if low == high:
        return Why("appraise_evaluation.points", {"part": name, "points": low, "most": row["points"]})
    return Why("appraise_evaluation.points-between", {"part": name, "low": low, "high": high, "most": row["points"]})
