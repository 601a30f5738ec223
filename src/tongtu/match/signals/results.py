"""What people and places have brought to an end, as far as it was known on a day.

A result is a stage that was passed or failed, or a case that was done or stopped and has no such stage.
Withdrawn and open ones say neither. Each counts for everyone who took part: reporter, holder of the
achievement and its team, owner of the need, lead and partners of the case, its platform and who runs it.
"""

from __future__ import annotations

import polars as pl

from tongtu.match.signals.signal import Scene

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "result": pl.String, "kind": pl.String, "id": pl.String, "direction": pl.String, "passed": pl.Boolean,
}  # fmt: skip
_CASE_ENDS = {"done": True, "killed": False}
_STAGE_ENDS = {"passed": True, "failed": False}


def results(scene: Scene) -> pl.DataFrame:
    """result, kind, id, direction, passed: one row a result and party."""
    achievements = scene.table("achievements").select("achievement", "team", holder="organisation", field="direction")
    stages = _stages(scene).join(achievements, on="achievement", how="left")
    cases = _cases(scene).join(achievements, on="achievement", how="left")
    ended = cases.filter(pl.col("passed").is_not_null()).join(stages.select("case"), on="case", how="anti")
    parties = _parties(cases, scene)
    by_case = parties.join(stages.select("case", "result", "direction", "field", "passed"), on="case")
    own = parties.join(ended.select("case", "field", "passed"), on="case").with_columns(
        result=pl.concat_str(pl.lit("c:"), "case")
    )
    told = [
        _named(stages, "organisation", "member"),
        _named(stages, "organisation", "holder"),
        _named(stages, "team", "team"),
    ]
    rows = [*told, by_case, own.with_columns(direction=pl.lit(None, pl.String))]
    typed = [
        frame.select("result", "kind", "id", pl.coalesce("direction", "field").alias("direction"), "passed")
        for frame in rows
    ]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *typed]).drop_nulls(["id"]).unique(["result", "kind", "id"])


def _stages(scene: Scene) -> pl.DataFrame:
    closed = scene.until("entered") & (pl.col("left") <= scene.as_of).fill_null(True)
    rows = scene.table("outcomes").filter(closed, pl.col("result").is_in(list(_STAGE_ENDS)))
    passed = pl.col("result").replace_strict(_STAGE_ENDS, return_dtype=pl.Boolean)
    return rows.select(
        "case", "achievement", "member", "direction", result=pl.concat_str(pl.lit("s:"), "outcome"), passed=passed
    )


def _cases(scene: Scene) -> pl.DataFrame:
    """Cases with `passed`: null for one that had not come to an end on the day."""
    ends = pl.col("state").replace_strict(_CASE_ENDS, default=None, return_dtype=pl.Boolean)
    rows = scene.table("cases").filter(scene.until("opened"))
    passed = pl.when(scene.until("closed")).then(ends)
    return rows.select("case", "need", "achievement", "lead", "partners", "platform", passed=passed)


def _parties(cases: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """case, kind, id: who took part in a case."""
    owners = scene.table("needs").select("need", owner="organisation")
    runs = scene.table("platforms").select("platform", operator="organisation")
    known = cases.join(owners, on="need", how="left").join(runs, on="platform", how="left")
    partners = known.explode("partners", empty_as_null=True)
    found = [_named(known, "organisation", c, "case") for c in ("lead", "holder", "owner", "operator")]
    found += [_named(partners, "organisation", "partners", "case")]
    found += [_named(known, kind, kind, "case") for kind in ("team", "platform")]
    return pl.concat(found).drop_nulls().unique()


def _named(rows: pl.DataFrame, kind: str, column: str, only: str = "") -> pl.DataFrame:
    kept = [only] if only else ["result", "direction", "field", "passed"]
    return rows.select(*kept, pl.lit(kind).alias("kind"), pl.col(column).alias("id"))


def deliveries(scene: Scene) -> pl.DataFrame:
    """kind, id, delivered: services done for outside users by a platform, a service, or who runs the platform."""
    runs = scene.table("platforms").select("platform", organisation="organisation")
    ended = (pl.coalesce("date_to", "date_from") <= scene.as_of).fill_null(False)
    usage = scene.table("usage").filter(ended, pl.col("external").fill_null(True))
    usage = usage.join(runs, on="platform", how="left")
    found = [usage.select(pl.lit(kind).alias("kind"), id=kind) for kind in ("platform", "service", "organisation")]
    return pl.concat(found).drop_nulls().group_by("kind", "id").agg(delivered=pl.len().cast(pl.Int64))


def titles(scene: Scene) -> pl.DataFrame:
    """organisation, titles: kinds of title an organisation holds on the day."""
    in_force = (pl.col("valid_from") <= scene.as_of) & (pl.col("valid_to") >= scene.as_of).fill_null(True)
    held = scene.table("titles").filter(in_force)
    return held.group_by("organisation").agg(titles=pl.col("kind").n_unique().cast(pl.Int64))
