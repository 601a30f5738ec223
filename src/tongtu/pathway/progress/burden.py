"""What the passage itself costs: who waits for whom, how often a case is handed on, asked twice, decided again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from tongtu.lifetimes import clopper_pearson, upper_of_none
from tongtu.lifetimes.special import two_sided
from tongtu.pathway.model import Pathway
from tongtu.pathway.progress.grouping import COVERAGE, LEAST, By, Row, frame, grouped, parts, why
from tongtu.pathway.progress.visits import known
from tongtu.terms.why import Ratio

Waits = Literal["role", "organisation", "version"]
#: what an event leaves a case waiting for: the work of its holder, a decision, the end of a hold; nothing where it ends
_WORK, _DECISION, _HELD = "work", "decision", "hold"
_AFTER = {"opened": _WORK, "entered": _WORK, "asked": _WORK, "submitted": _DECISION, "escalated": _DECISION,
          "resumed": _DECISION, "reopened": _WORK}  # fmt: skip
_DECIDED = {"go": "", "kill": "", "hold": _HELD, "recycle": _WORK}
_MOVED = ("assigned", "handed")
#: a gate is proposed for removal where at least so many decisions changed nothing, and a rate above this is ruled out
LEAST_DECISIONS, MOST_CHANGING = 20, 0.15

CASES = {"group": pl.String(), "cases": pl.Int64(), "handed": pl.Float64(), "handed_low": pl.Float64(),
         "handed_high": pl.Float64(), "asked": pl.Int64(), "asked_twice": pl.Int64(), "twice": pl.Float64(),
         "twice_low": pl.Float64(), "twice_high": pl.Float64(), "waiting": pl.Float64(), "waiting_low": pl.Float64(),
         "waiting_high": pl.Float64(), "days": pl.Float64(), "why": pl.String()}  # fmt: skip
WAITS = {"by": pl.String(), "code": pl.String(), "days": pl.Float64(), "waiting": pl.Float64(), "cases": pl.Int64(),
         "per_case": pl.Float64(), "share": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
         "why": pl.String()}  # fmt: skip
GATES = {"pathway": pl.String(), "gate": pl.String(), "stage": pl.String(), "decisions": pl.Int64(),
         "changed": pl.Int64(), "rate": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
         "levels": pl.Float64(), "days": pl.Float64(), "days_all": pl.Float64(), "remove": pl.Boolean(),
         "why": pl.String()}  # fmt: skip


def segments(
    events: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], *, as_of: date,
    known_at: date | None = None,
) -> pl.DataFrame:  # fmt: skip
    """case, stage, state (work, decision, hold), days, role, organisation: every stretch between two events of a case
    (and branch), named by what it waits for.

    Work waits for the holder, a decision for the owner of the stage's gate, a hold for the same; a case handed on waits
    for whom it was handed to. Days after the last exit wait for nobody.
    """
    log = known(events, as_of, known_at).sort("case", "on", pl.col("recorded_at").fill_null(pl.col("on")), "event")
    kind, decision = pl.col("kind"), pl.col("decision")
    state = (
        pl.when(kind == "decided")
        .then(decision.replace_strict(_DECIDED, default=None))
        .when(kind.is_in(["approved", "closed", "eliminated", "awarded", "shortlisted"]))
        .then(pl.lit(""))
        .otherwise(kind.replace_strict(_AFTER, default=None))
    )
    line = ["case", pl.col("branch").fill_null("")]
    told = log.with_columns(_state=state, _to=pl.when(kind.is_in(_MOVED)).then("to"))
    # whoever it was handed to is waited for until the case changes its state
    marked = told.with_columns(_turn=pl.col("_state").is_not_null().cum_sum().over(line)).with_columns(
        pl.col("_state").forward_fill().over(line),
        pl.col("stage").forward_fill().over(line),
        _to=pl.col("_to").forward_fill().over([*line, "_turn"]),
        _end=pl.col("on").shift(-1).over(line).fill_null(as_of),
    )
    stretches = marked.filter(pl.col("_state").is_in([_WORK, _DECISION, _HELD])).select(
        "case", "stage", state="_state", days=(pl.col("_end") - pl.col("on")).dt.total_days(), to="_to"
    )
    return _named(stretches.filter(pl.col("days") > 0), cases, pathways)


def _named(stretches: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway]) -> pl.DataFrame:
    owners = pl.DataFrame(
        [(path.id, path.version, stage.id, stage.gate.owner) for path in pathways.values() for stage in path.stages],
        schema=["pathway", "pathway_version", "stage", "owner"], orient="row",
    )  # fmt: skip
    have = [name for name in ("holder", "demander", "lead") if name in cases.columns]
    of = cases.select("case", "pathway", "pathway_version", *have)
    joined = stretches.join(of, on="case", how="inner", maintain_order="left").join(
        owners, on=["pathway", "pathway_version", "stage"], how="left", maintain_order="left"
    )
    role = pl.when(pl.col("state") == _WORK).then(pl.lit("holder")).otherwise("owner")
    blank = pl.lit(None, pl.String)
    holder = pl.coalesce(*(pl.col(name) for name in ("holder", "lead") if name in have), blank)
    whose = (
        pl.when(role == "holder").then(holder)
        .when(role == "demander").then(pl.col("demander") if "demander" in have else blank)
    )  # fmt: skip
    taken = pl.coalesce(
        *(pl.when(pl.col("to") == pl.col(name)).then(pl.lit(name)) for name in ("demander", "holder") if name in have),
        blank,
    )
    return joined.select(
        "case", "stage", "state", "days", role=pl.when(pl.col("to").is_null()).then(role).otherwise(taken),
        organisation=pl.coalesce("to", whose), version=pl.concat_str("pathway", pl.lit("@"), "pathway_version"),
    )  # fmt: skip


def waits(stretches: pl.DataFrame, *, by: Waits, coverage: float = COVERAGE) -> pl.DataFrame:
    """`WAITS`: of all days of all cases, how many waited for whom.

    For `role` and `organisation`: days waited for them, `waiting` of which for a decision or the end of a hold, and
    `share` of all days that were waited for. For `version`: the share of its cases' days that were waiting.
    """
    total = stretches.group_by("case").agg(y=pl.col("days").sum())
    waiting = pl.col("state") != _WORK
    rows: list[Row] = []
    for (code,), mine in stretches.drop_nulls(by).group_by(by, maintain_order=True):
        part = mine.filter(waiting) if by == "version" else mine
        whole = mine.group_by("case").agg(y=pl.col("days").sum()) if by == "version" else total
        share, low, high = ratio(part, whole, coverage)
        days, cases = float(mine["days"].sum()), mine["case"].n_unique()
        rows.append({
            "by": by, "code": code, "days": days, "waiting": float(mine.filter(waiting)["days"].sum()),
            "cases": cases, "per_case": days / cases, "share": share, "low": low, "high": high,
            "why": why(f"waits-{by}", cases=whole.height, coverage=Ratio(coverage)) if low is not None
            else why("too-few", n=whole.height, least=LEAST),
        })  # fmt: skip
    return frame(sorted(rows, key=lambda row: (-row["days"], row["code"])), WAITS)


def ratio(part: pl.DataFrame, whole: pl.DataFrame, coverage: float) -> tuple[float | None, float | None, float | None]:
    """Days of `part` among those of `whole` (case, y), with ends: cases are the units drawn (Cochran 1977, 6.4)."""
    found = part.group_by("case").agg(x=pl.col("days").sum())
    both = whole.join(found, on="case", how="left").with_columns(pl.col("x").fill_null(0))
    x, y = both["x"].to_numpy().astype(float), both["y"].to_numpy().astype(float)
    n, total = len(y), float(y.sum())
    if not total:
        return None, None, None
    share = float(x.sum()) / total
    if n < LEAST:
        return share, None, None
    error = np.sqrt(float(((x - share * y) ** 2).sum()) * n / (n - 1)) / total
    reach = two_sided(coverage) * error
    return share, max(share - reach, 0.0), min(share + reach, 1.0)


def burden(
    events: pl.DataFrame, cases: pl.DataFrame, stretches: pl.DataFrame, *, as_of: date, by: By | None = None,
    known_at: date | None = None, coverage: float = COVERAGE,
) -> pl.DataFrame:  # fmt: skip
    """`CASES`: hand-overs per case, documents asked for and how many of those for a second time, share of waiting days.

    The same name asked for twice of one case is asked twice, whoever asked. Days are in calendar days.
    """
    log = known(events, as_of, known_at)
    moved = log.filter(pl.col("kind").is_in(_MOVED)).group_by("case").agg(moved=pl.len())
    names = log.filter(pl.col("kind") == "asked").select("case", "asked").explode("asked").drop_nulls("asked")
    papers = names.group_by("case", "asked").agg(n=pl.len()).group_by("case").agg(
        asked=pl.col("n").sum(), twice=(pl.col("n") - 1).sum()
    )  # fmt: skip
    days = stretches.group_by("case").agg(
        days=pl.col("days").sum(), waiting=pl.col("days").filter(pl.col("state") != _WORK).sum()
    )
    table = grouped(cases.filter(pl.col("opened") <= as_of), by).sort("case")
    for more in (moved, papers, days):
        table = table.join(more, on="case", how="left", maintain_order="left")
    table = table.with_columns(pl.col("moved", "asked", "twice", "days", "waiting").fill_null(0))
    return frame([_burden(group, mine, coverage) for group, mine in parts(table, by)], CASES)


def _burden(group: str | None, mine: pl.DataFrame, coverage: float) -> Row:
    z, n = two_sided(coverage), mine.height
    moved = mine["moved"].to_numpy().astype(float)
    mean = float(moved.mean()) if n else None
    reach = z * float(moved.std(ddof=1)) / np.sqrt(n) if n >= LEAST else None
    rows = mine.select("case", days="twice"), mine.select("case", y="asked")
    twice = ratio(*rows, coverage)
    waiting = ratio(mine.select("case", days="waiting"), mine.select("case", y="days"), coverage)
    return {
        "group": group, "cases": n, "handed": mean,
        "handed_low": None if reach is None or mean is None else max(mean - reach, 0.0),
        "handed_high": None if reach is None or mean is None else mean + reach,
        "asked": int(mine["asked"].sum()), "asked_twice": int(mine["twice"].sum()),
        "twice": twice[0], "twice_low": twice[1], "twice_high": twice[2],
        "waiting": waiting[0], "waiting_low": waiting[1], "waiting_high": waiting[2], "days": float(mine["days"].sum()),
        "why": why("burden", n=n, coverage=Ratio(coverage)) if n >= LEAST else why("too-few", n=n, least=LEAST),
    }  # fmt: skip


def gates(
    events: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], stretches: pl.DataFrame, *,
    as_of: date, known_at: date | None = None, coverage: float = 0.95,
) -> pl.DataFrame:  # fmt: skip
    """`GATES`: decisions at each gate of each version of a pathway, how many were not go, and what the gate costs.

    `rate` of decisions that changed something, its ends by Clopper and Pearson; where none did, `high` is one-sided
    (nearly 3/n: the rule of three). `levels`: signatures and decisions per decision; `days`: mean days that a case
    waits for this gate. `remove`: none of at least `LEAST_DECISIONS` changed anything and a rate above
    `MOST_CHANGING` is ruled out: proposed for removal. A person decides: a gate may also deter.
    """
    log = known(events, as_of, known_at).join(
        cases.select("case", key=pl.concat_str("pathway", pl.lit("@"), "pathway_version")), on="case", how="inner"
    )  # fmt: skip
    at = {(key, stage.gate.id): stage.id for key, path in pathways.items() for stage in path.stages}
    acts = log.filter(pl.col("gate").is_not_null()).group_by("key", "gate").agg(
        decisions=(pl.col("kind").is_in(["decided", "approved"])).sum(),
        changed=((pl.col("kind") == "decided") & (pl.col("decision") != "go")).sum(),
        levels=pl.col("kind").is_in(["decided", "approved", "signed", "escalated"]).sum(),
    ).sort("key", "gate")  # fmt: skip
    waited = stretches.filter(pl.col("state") != _WORK).group_by("version", "stage").agg(days=pl.col("days").sum())
    cost = {(row["version"], row["stage"]): float(row["days"]) for row in waited.iter_rows(named=True)}
    rows = []
    for row in acts.iter_rows(named=True):
        stage = at.get((row["key"], row["gate"]))
        if row["decisions"]:
            rows.append(_gate(row, stage, cost.get((row["key"], stage or ""), 0.0), coverage))
    return frame(rows, GATES)


def _gate(row: Row, stage: str | None, days: float, coverage: float) -> Row:
    n, changed = int(row["decisions"]), int(row["changed"])
    low, high = (float(end) for end in clopper_pearson(changed, n, coverage))
    if not changed:
        high = float(upper_of_none(n, coverage))
    remove = not changed and n >= LEAST_DECISIONS and high <= MOST_CHANGING
    code = "gate-changes" if changed else "gate-remove" if remove else "gate-never-yet"
    return {
        "pathway": row["key"], "gate": row["gate"], "stage": stage, "decisions": n, "changed": changed,
        "rate": changed / n, "low": low, "high": high, "levels": row["levels"] / n, "days": days / n,
        "days_all": days, "remove": remove,
        "why": why(code, n=n, changed=changed, high=Ratio(round(high, 4)), days=round(days / n, 1),
                   least=LEAST_DECISIONS),
    }  # fmt: skip
