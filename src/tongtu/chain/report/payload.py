"""What the page shows, as plain JSON: the plan's tables joined with names, every text in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.report import stressed, underway
from tongtu.chain.report.accounts import members, titles
from tongtu.chain.report.figures import budgets, factors, flow, goals, tiles
from tongtu.chain.report.listings import achievements, needs
from tongtu.chain.report.passages import cases, slot, stage_odds
from tongtu.chain.report.platforms import layout, platform_tiers, rubric_notice
from tongtu.chain.report.spoken import Pair, both, labels, names, words
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, entries

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan
    from tongtu.packs import Pack

_VERDICTS = ("met", "unmet", "unknown", "manual", "not_applicable")


def payload(plan: Plan, registry: Registry, pack: Pack) -> dict[str, Any]:
    """Everything the page's script reads, under the names it reads them by."""
    coverage = plan["coverage"]
    return {
        "meta": _meta(plan, registry),
        "words": {name: [entry[lang] for lang in LANGUAGES] for name, entry in entries("report").items()},
        "labels": _labels(registry, pack),
        "tiles_top": tiles(plan),
        "links": [_link(row) for row in plan["links"].iter_rows(named=True)],
        "flow": flow(plan),
        "needs": needs(plan, registry),
        "need_titles": names(registry, "needs", "title"),
        "achievements": achievements(plan, registry),
        "cases": cases(plan),
        "standing": underway.standing(plan),
        "progress": underway.progress(plan),
        "critical": underway.critical(plan, registry),
        "tracks": underway.tracks(plan),
        "slots": [slot(row) for row in plan["slots"].iter_rows(named=True)],
        "holes": [{**row, "why": both(row["why"])} for row in plan["holes"].iter_rows(named=True)],
        "stage_odds": stage_odds(plan),
        "budgets": budgets(plan, registry),
        "risk": {"level": stressed.level(plan), "rows": stressed.together(plan)},
        "values": stressed.values(plan),
        "solutions": [_solution(row) for row in plan["solutions"].iter_rows(named=True)],
        "coverage": [{**row, "why": both(row["why"])} for row in coverage.iter_rows(named=True)],
        "coverage_directions": sorted({d for d in coverage["direction"].to_list() if d}),
        "directions_loaded": both(pack.directions_loaded(plan.manifest.as_of)),
        "factors": factors(plan),
        "tiles": pack.sheet("tiles").select("region", x="tile_x", y="tile_y").to_dicts(),
        "platform_tiers": platform_tiers(plan),
        "rubric": rubric_notice(pack) if plan["tiers"].height else ["", ""],
        "layout": layout(plan, registry),
        "goals": goals(plan, registry),
        "titles": titles(plan, pack),
        "members": members(plan, registry, pack),
    }


def _meta(plan: Plan, registry: Registry) -> dict[str, Any]:
    manifest = plan.manifest.to_dict()
    synthetic = registry["organisations"].filter(pl.col("profile").str.contains("合成样例|synthetic sample")).height > 0
    kept = {name: manifest[name] for name in ("as_of", "known_at", "pack", "pack_version", "seed", "program")}
    digests = {"registry_digest": manifest["registry_digest"][:16], "digest": plan.digest()[:16]}
    return {**kept, **digests, "synthetic": synthetic}


def _labels(registry: Registry, pack: Pack) -> dict[str, dict[str, Pair]]:
    found = labels(pack)
    roles = {
        name.removeprefix("role-"): entry for name, entry in entries("pathway").items() if name.startswith("role-")
    }
    return {
        **found,
        "stage": {**underway.stage_names(pack), **found["stage"]},
        "org": names(registry, "organisations"),
        "platform": names(registry, "platforms"),
        "line": names(registry, "lines"),
        "region_short": {row["region"]: [row["zh"], row["en"]] for row in pack.sheet("tiles").iter_rows(named=True)},
        "role": {name: [entry[lang] for lang in LANGUAGES] for name, entry in roles.items()},
        "verdict": {v: words(f"report.verdict-{v.replace('_', '-')}") for v in _VERDICTS},
        "maturity_dimension": {**found["maturity_dimension"], "overall": words("chain.overall")},
    }


def _link(row: dict[str, Any]) -> dict[str, Any]:
    name = words(f"chain.link-{row['link']}")
    return {
        "name": name,
        "status": row["status"],
        "in": row["rows_in"],
        "out": row["rows_out"],
        "why": both(row["why"]),
    }


def _solution(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "key": row["problem"], "problem": words(f"chain.problem-{row['problem']}"), "why": both(row["why"])}
