"""The report's two ledgers: what each member asked, offered, owes and got; and who qualifies for which title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.law import rule_book
from tongtu.chain.report.spoken import Pair, money, named, names, pair, words
from tongtu.registry import Registry

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan
    from tongtu.packs import Pack

#: a member's page lists at most this many of each; the workbook has all
LISTED = 12
#: the page shows this many members, the busiest first
SHOWN = 400


def members(plan: Plan, registry: Registry, pack: Pack) -> list[dict[str, Any]]:
    rows = plan["members"].with_columns(busy=pl.sum_horizontal("asked", "offered", "cases"))
    rows = rows.sort("busy", "organisation", descending=[True, False]).head(SHOWN)
    needs, offers = _listed(registry, "needs", rows), _listed(registry, "achievements", rows)
    cases, held = _case_lines(plan, registry), _verdict_lines(plan, scheme_names(pack), rows)
    about = {r["organisation"]: r for r in registry["organisations"].iter_rows(named=True)}
    found = []
    for row in rows.iter_rows(named=True):
        org = row["organisation"]
        info = about.get(org, {})
        found.append({
            "id": org, **{k: row[k] for k in ("asked", "offered", "matched", "cases", "owes", "met")},
            "about": [info.get("profile") or info.get(name) or org for name in ("name", "name_en")],
            "funded": money(row["funded"], row["currency"]) if row["funded"] else ["0", "0"],
            "needs": needs.get(org, []), "achievements": offers.get(org, []), "case_lines": cases.get(org, [])[:LISTED],
            "titles": held.get(org, []),
        })  # fmt: skip
    return found


def _listed(registry: Registry, noun: str, wanted: pl.DataFrame) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for row in registry[noun].join(wanted, on="organisation", how="semi").iter_rows(named=True):
        lines = found.setdefault(row["organisation"], [])
        if len(lines) < LISTED:
            lines.append(named(row, "title"))
    return found


def _case_lines(plan: Plan, registry: Registry) -> dict[str, list[Pair]]:
    """Organisation → its cases with what became of their funding."""
    titles = names(registry, "needs", "title")
    funded = set(plan["funding"].filter(pl.col("chosen"))["case"])
    found: dict[str, list[Pair]] = {}
    for row in plan["cases"].iter_rows(named=True):
        state = words("report.chosen" if row["case"] in funded else "report.not-chosen")
        line = [f"{title} · {s}" for title, s in zip(titles.get(row["need"], [row["need"]] * 2), state, strict=True)]
        for org in {row["demander"], row["holder"]} - {None}:
            found.setdefault(org, []).append(line)
    return found


def _verdict_lines(plan: Plan, schemes: dict[str, Pair], wanted: pl.DataFrame) -> dict[str, list[Pair]]:
    firms = plan["verdicts"].filter(pl.col("subject_kind") == "organisation").rename({"subject": "organisation"})
    found: dict[str, list[Pair]] = {}
    for row in firms.join(wanted, on="organisation", how="semi").iter_rows(named=True):
        verdict = words(f"report.verdict-{row['verdict'].replace('_', '-')}")
        scheme = schemes.get(row["scheme"], [row["scheme"]] * 2)
        found.setdefault(row["organisation"], []).append([f"{s}: {v}" for s, v in zip(scheme, verdict, strict=True)])
    return found


def titles(plan: Plan, pack: Pack) -> list[dict[str, Any]]:
    """Per scheme and tier: how many meet it, miss it, wait for a person, are unknown; and what most often lacks."""
    most, schemes, tiers = _most_missed(plan), scheme_names(pack), tier_names(pack)
    verdicts = plan["verdicts"].group_by("scheme", "version", "tier", "verdict").len()
    groups = verdicts.partition_by("scheme", "version", "tier", as_dict=True)
    found = []
    for (scheme, version, tier), group in sorted(groups.items(), key=lambda entry: str(entry[0])):
        counts = dict(zip(group["verdict"], group["len"], strict=True))
        found.append({
            "scheme": schemes.get(str(scheme), [str(scheme)] * 2),
            "tier": tiers.get((scheme, tier), [str(tier)] * 2),
            "version": version,
            "most_missed": most.get((scheme, tier), ["", ""]),
            **{verdict: counts.get(verdict, 0) for verdict in ("met", "unmet", "manual", "unknown")},
        })  # fmt: skip
    return found


def _most_missed(plan: Plan) -> dict[tuple[Any, ...], Pair]:
    """(scheme, tier) → the criterion that most organisations do not meet, with how many."""
    unmet = plan["criteria"].filter(pl.col("verdict") == "unmet").group_by("scheme", "tier", "criterion").len()
    first = unmet.sort("len", "criterion", descending=[True, False]).unique(["scheme", "tier"], keep="first")
    return {
        (row["scheme"], row["tier"]): [f"{row['criterion']} ({row['len']})"] * 2 for row in first.iter_rows(named=True)
    }


def scheme_names(pack: Pack) -> dict[str, Pair]:
    return {name: pair(scheme.label) for name, scheme in rule_book(pack).schemes.items()}


def tier_names(pack: Pack) -> dict[tuple[Any, ...], Pair]:
    schemes = rule_book(pack).schemes.values()
    return {(s.scheme, t.tier): pair(t.label) for s in schemes for version in s.versions for t in version.tiers}
