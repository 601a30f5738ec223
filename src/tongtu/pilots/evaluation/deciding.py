"""From gates, sorting and what is held now to the tier that is decided, with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tongtu import sorting
from tongtu.pilots.evaluation.applied import Applied
from tongtu.pilots.evaluation.gates import standing
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.terms.why import Label, Ratio, Why

Row = dict[str, Any]


def decide(
    work: Applied, told: pl.DataFrame, sorted_: pl.DataFrame, held: pl.DataFrame, firm: pl.DataFrame,
    levels: pl.DataFrame, tied: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    """`Tiers.tiers`: one row per platform, in the order of their ids."""
    rubric = work.rubric
    parts = [
        standing(rubric, told, work.covers()),
        sorted_.select("platform", strict="pessimistic", lenient="optimistic", missing="missing", sorted="why"),
        held.select("platform", held="previous", reached="category", change="change", moved="why"),
        _shares(rubric, firm),
        levels.select("platform", level_low="low", level_high="high"),
        tied,
        _support(rubric, work.performance(), sorted_),
    ]
    frame = parts[0]
    for part in parts[1:]:
        frame = frame.join(part, on="platform", how="left", maintain_order="left")
    failing = _failing(told)
    rows = [_decided(rubric, row, failing.get(row["platform"], {}), work) for row in frame.iter_rows(named=True)]
    return _ordered(rubric, pl.DataFrame(rows, schema=_schema(rubric)))


def _schema(rubric: Rubric) -> Mapping[str, Any]:
    text, number = pl.String, pl.Float64
    return {
        "platform": text, "held": text, "tier": text, "gate": text, "strict": text, "lenient": text,
        "support": number, "missing": pl.Int64, **{f"share_{tier.name}": number for tier in rubric.tiers},
        "share_low": number, "share_high": number, "level_low": number, "level_high": number, "change": text,
        "gap": pl.Boolean, "statement": text, "fills": pl.Boolean, "why": text,
    }  # fmt: skip


def _shares(rubric: Rubric, firm: pl.DataFrame) -> pl.DataFrame:
    wide = firm.select("platform").unique(maintain_order=True)
    for tier in rubric.tiers:
        own = firm.filter(pl.col("category") == tier.name)
        ends = {f"{end}_{tier.name}": f"pessimistic_{end}" for end in ("low", "high")}
        wide = wide.join(
            own.select("platform", **{f"share_{tier.name}": "pessimistic", **ends}), on="platform", how="left",
            maintain_order="left",
        )  # fmt: skip
    return wide


def _support(rubric: Rubric, performance: pl.DataFrame, sorted_: pl.DataFrame) -> pl.DataFrame:
    """Credibility of reaching the next tier's profile; at the top, of its own."""
    schema: Mapping[str, Any] = {"platform": pl.String, "support": pl.Float64}
    if performance.is_empty():
        return pl.DataFrame(schema=schema)
    places = {tier.name: n for n, tier in enumerate(rubric.tiers)}
    credible = sorting.credibility(rubric.sorting, performance)[0]
    last = credible.shape[1] - 1
    rows = [
        (platform, float(credible[n, min(places[tier], last)]))
        for n, (platform, tier) in enumerate(sorted_.select("platform", "pessimistic").iter_rows())
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _failing(told: pl.DataFrame) -> dict[str, dict[str, list[Why]]]:
    """Reasons of the gates that are not passed, by platform and tier."""
    found: dict[str, dict[str, list[Why]]] = {}
    rows = told.filter(pl.col("verdict").is_in(["unmet", "unknown", "manual"]))
    for platform, tier, why in rows.select("platform", "tier", "why").iter_rows():
        found.setdefault(platform, {}).setdefault(tier, []).append(Why.from_json(why))
    return found


def _decided(rubric: Rubric, row: Row, failing: Mapping[str, list[Why]], work: Applied) -> Row:
    names = [tier.name for tier in rubric.tiers]
    if row["covers"] is False:
        why = Why("pilots_evaluation.tier-outside", {"rubric": rubric.name})
        return {**_kept(rubric, row), "tier": None, "gate": "not_applicable", "why": why.to_json()}
    reached = names.index(row["reached"])
    # a gate of a tier holds for every tier above it
    first = next((n for n in range(reached + 1) if row[names[n]] != "met"), None)
    allowed = reached if first is None else first - 1
    gate = "met" if first is None else row[names[first]]
    parts = [] if first is None else list(failing.get(names[first], ()))
    if row["covers"] is None:
        parts.append(Why("pilots_evaluation.not-judged"))
    tier = None if allowed < 0 else names[allowed]
    why = _why(rubric, row, tier, gate, parts, work)
    share = {end: row[f"{end}_{row['strict']}"] for end in ("low", "high")}
    shares = {f"share_{end}": value for end, value in share.items()}
    return {**_kept(rubric, row), **shares, "tier": tier, "gate": gate, "why": why.to_json()}


def _kept(rubric: Rubric, row: Row) -> Row:
    return {name: row.get(name) for name in _schema(rubric)}


def _why(rubric: Rubric, row: Row, tier: str | None, gate: str, gates: list[Why], work: Applied) -> Why:
    args: dict[str, object] = {"rubric": rubric.name}
    if tier is None:
        code = "tier-refused" if gate == "unmet" else "tier-open"
    elif gate != "met":
        code = "tier-limited"
        args |= {"tier": rubric.label(tier), "reached": rubric.label(row["reached"])}
    elif row["reached"] != row["strict"]:
        code = "tier-kept"
        args |= {"tier": rubric.label(tier), "reached": rubric.label(row["strict"])}
    else:
        code, args["tier"] = "tier", rubric.label(tier)
    return Why(f"pilots_evaluation.{code}", args, (*gates, *_parts(rubric, row, work)))


def _parts(rubric: Rubric, row: Row, work: Applied) -> Iterator[Why]:
    yield Why("pilots_evaluation.by-figures", {"sorted": Why.from_json(row["sorted"])})
    if row["held"] is not None:
        yield Why.from_json(row["moved"])
    share = row[f"share_{row['strict']}"]
    stays = {"draws": work.draws, "share": Ratio(round(share, 4)), "tier": rubric.label(row["strict"])}
    yield Why("pilots_evaluation.stability", stays)
    ends = {end: Ratio(round(row[f"level_{end}"], 4)) for end in ("low", "high")}
    yield Why("pilots_evaluation.level-span", ends)
    if row["fills"]:
        stated = row["statement"] == "met"
        directions = tuple(_direction(work, code) for code in row["gaps"] or ())
        yield Why(
            "pilots_evaluation.gap-stated" if stated else "pilots_evaluation.gap-filled", _gaps(stated, directions)
        )
    elif row["statement"] == "unmet":
        yield Why("pilots_evaluation.gap-refused")
    if rubric.notice.zh:
        yield Why("pilots_evaluation.ours", {"notice": rubric.notice})


def _gaps(stated: bool, directions: tuple[Label, ...]) -> dict[str, object]:
    return {} if stated else {"directions": directions}


def _direction(work: Applied, code: str) -> Label:
    return work.directions.get(code, Label(code))


def _ordered(rubric: Rubric, frame: pl.DataFrame) -> pl.DataFrame:
    """With `order`: place within the tier by support, then by the tie-break; null without a tier."""
    names = [tier.name for tier in rubric.tiers]
    rounded = frame.with_columns(pl.col("support").round(9))
    placed = sorting.preferred(
        rounded.drop_nulls("tier"), order=names, first="support", then=("fills",), category="tier"
    ).select("platform", order="place")
    found = frame.join(placed, on="platform", how="left", maintain_order="left")
    return found.select(pl.exclude("why"), "why")
