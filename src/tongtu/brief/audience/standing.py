"""Who gains, who loses and who is near, as named groups with counts: the rules engine over a registry, twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.audience import counting
from tongtu.brief.audience.counting import GROUPS, labelled
from tongtu.brief.audience.dimensions import labels, members
from tongtu.brief.audience.nearness import blocking, near
from tongtu.registry import Registry, Vocabularies
from tongtu.rules import judge, logic
from tongtu.rules.asking import Diff, diff
from tongtu.rules.asking.trees import COVERAGE
from tongtu.rules.model import Purpose, RuleBook, Tier, Version
from tongtu.rules.program import APPLIES
from tongtu.terms.why import Label, Why

_STANDING = ("tier", "effect", "transition", "before", "after")
_CELL = ("tier", "effect", "transition", "group_by", "group")
_NAMED = 3  # deciding criteria that a sentence names
_BECAUSE = {
    "gains": "stood-in-the-way", "loses": "decided-by", "opens": "waits-for", "closes": "decided-by", "near": "lacks",
    "other": "waits-for",
}  # fmt: skip


def compared(
    book: RuleBook, scheme: str, old: str | None, new: str, registry: Registry, as_of: date, purpose: Purpose
) -> Diff:
    """Two versions of a scheme on the same subjects and day; a scheme without an older one applied to nobody before.

    Raises KeyError for a scheme the book, or a version the scheme, does not have.
    """
    after = judge(book, scheme, registry, as_of, purpose, version=new)
    if old is not None:
        return diff(judge(book, scheme, registry, as_of, purpose, version=old), after)
    nobody = after.codes.select(after.key)
    return diff(replace(after, version=None, facts=nobody, codes=nobody), after)


def standing(changes: Diff) -> pl.DataFrame:
    """KEY, tier, effect, transition, before, after, criteria: everybody whose verdict changed, and who is near.

    Whom a new rule rules out that did not concern them before, or one that leaves them out as before, is not moved.
    Who is near stands there twice where its verdict changed as well; before and after are then null.
    """
    key = changes.after.key
    moved = changes.changes.with_columns(_effect().alias("effect")).drop_nulls("effect")
    moved = moved.select(key, *_STANDING, "criteria")
    version = changes.after.version
    return pl.concat([moved, *(_near(changes, tier) for tier in (version.tiers if version else ()))])


def _effect() -> pl.Expr:
    """What a change of verdict does to those it concerns; null for those who were out and are."""
    before, after = pl.col("before"), pl.col("after")
    out, open_ = ("unmet", "not_applicable"), ("manual", "unknown")
    return (
        pl.when(after == "met").then(pl.lit("gains"))
        .when((before == "met") & after.is_in(out)).then(pl.lit("loses"))
        .when(before.is_in(out) & after.is_in(open_)).then(pl.lit("opens"))
        .when(before.is_in(open_) & after.is_in(out)).then(pl.lit("closes"))
        .when(~(before.is_in(out) & after.is_in(out))).then(pl.lit("other"))
    )  # fmt: skip


def _near(changes: Diff, tier: Tier) -> pl.DataFrame:
    named = [pl.when(where).then(pl.lit(criterion.path)) for criterion, where in blocking(tier)]
    found = changes.after.codes.filter(near(tier))
    return found.select(
        changes.after.key,
        pl.lit(tier.tier).alias("tier"),
        *(pl.lit("near").alias(name) for name in ("effect", "transition")),
        *(pl.lit(None, pl.String).alias(name) for name in ("before", "after")),
        pl.concat_list(named).list.drop_nulls().alias("criteria"),
    )


@dataclass(frozen=True)
class Naming:
    """What tiers, groups and criteria of a comparison are called."""

    changes: Diff
    groups: Mapping[tuple[str, str], Label]

    @classmethod
    def of(cls, changes: Diff, registry: Registry, codes: Vocabularies | None) -> Naming:
        return cls(changes, labels(registry, changes.after.scheme.subject, codes))

    def tier(self, name: str) -> Label:
        versions = (self.changes.after.version, self.changes.before.version)
        return next(tier.label for version in versions if version for tier in version.tiers if tier.tier == name)

    def group(self, group_by: str, group: str) -> Label:
        return self.groups.get((group_by, group), Label(group))

    def criteria(self, effect: str, tier: str, paths: list[str]) -> tuple[Label, ...]:
        """Names, each once: for those who gain of what stood in the way before, for others of what decides now."""
        known = self._known(self.changes.before.version if effect == "gains" else self.changes.after.version, tier)
        return tuple(dict.fromkeys(known[path] for path in paths if path in known))

    @staticmethod
    def _known(version: Version | None, tier: str) -> dict[str, Label]:
        own = {COVERAGE: labelled("coverage")}
        return own | {c.path: c.label for t, c, _ in version.criteria() if t.tier == tier} if version else own


def groups(found: pl.DataFrame, registry: Registry, naming: Naming, floor: int) -> pl.DataFrame:
    """GROUPS of a comparison: `found`, its `standing`, counted in every group its subjects are in."""
    after = naming.changes.after
    within = members(registry, after.scheme.subject, after.as_of, after.scheme.yearly)
    rows = found.join(within, on=after.key)
    counts = rows.group_by(_CELL).agg(pl.len().cast(pl.Int64).alias("subjects"), _same("before"), _same("after"))
    whole = covered(naming.changes).join(within, on=after.key)
    everybody = whole.group_by("group_by", "group").agg(pl.len().cast(pl.Int64).alias("of"))
    table = counts.join(_deciding(rows), on=_CELL, how="left").join(everybody, on=["group_by", "group"], how="left")
    table = table.with_columns(
        pl.lit(after.scheme.scheme).alias("scheme"), pl.lit(after.scheme.subject).alias("noun"),
    )  # fmt: skip
    told = list(_told(counting.protected(table.sort(_CELL), floor), naming, floor))
    return counting.ordered(pl.DataFrame(told, schema=GROUPS))


def _same(column: str) -> pl.Expr:
    """A verdict that all of a group share; null where they differ."""
    return pl.when(pl.col(column).n_unique() == 1).then(pl.col(column).min()).alias(column)


def covered(changes: Diff) -> pl.DataFrame:
    """Those whom either version covers, or may."""
    sides = [j.codes for j in (changes.before, changes.after) if APPLIES in j.codes.columns]
    found = [side.filter(pl.col(APPLIES) != logic.UNMET).select(changes.after.key) for side in sides]
    return pl.concat(found).unique()


def _deciding(rows: pl.DataFrame) -> pl.DataFrame:
    """The criteria that decide in each group, most often deciding first."""
    each = rows.explode("criteria").drop_nulls("criteria").group_by(*_CELL, "criteria").len()
    often = each.sort(*_CELL, -pl.col("len").cast(pl.Int64), "criteria")
    return often.group_by(_CELL, maintain_order=True).agg("criteria")


def _told(table: pl.DataFrame, naming: Naming, floor: int) -> Iterator[dict[str, Any]]:
    for row in table.to_dicts():
        tier, group = naming.tier(row["tier"]), naming.group(row["group_by"], row["group"])
        shown = not row["small"]
        paths = (row["criteria"] or []) if shown else []
        yield {
            **{name: row[name] for name in GROUPS if name in row},
            "tier_zh": tier.zh, "tier_en": tier.en, "label_zh": group.zh, "label_en": group.en,
            "before": row["before"] if shown else None, "after": row["after"] if shown else None,
            "criteria": paths, "ids": [],
            "why": _why(row, tier, group, naming.criteria(row["effect"], row["tier"], paths), floor).to_json(),
        }  # fmt: skip


def _why(row: Mapping[str, Any], tier: Label, group: Label, criteria: tuple[Label, ...], floor: int) -> Why:
    args: dict[str, Any] = {
        "group": group, "name": tier, "count": counting.told(row["subjects"], row["few"], row["noun"], floor),
    }  # fmt: skip
    if row["effect"] == "other":
        args["after"] = labelled(f"verdict-{row['after'].replace('_', '-')}")
    return Why(f"brief_audience.group-{row['effect']}", args, tuple(_parts(row, criteria, floor)))


def _parts(row: Mapping[str, Any], criteria: tuple[Label, ...], floor: int) -> Iterator[Why]:
    if row["of"] is not None:
        yield Why("brief_audience.covers", {"count": counting.told(row["of"], False, row["noun"], floor)})
    if criteria:
        yield Why(f"brief_audience.{_BECAUSE[row['effect']]}", {"criteria": criteria[:_NAMED]})
