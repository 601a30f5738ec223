"""What a met tier unlocks for each subject: amounts of money, access to resources, and what may be reclaimed.

An amount is what would be granted if the conditions hold; the verdict says whether they do. Where the facts leave an
increase open the amount is an interval; where a figure it is computed from is missing it is null, and the reason names
what is missing. An amount is never zero for want of a fact. Amounts are rounded to minor units, halves up, after
increases and cap; below zero there is nothing to grant.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.rules import columns, logic, tables
from tongtu.rules.columns import Expr, Type, col, concat, lit, when
from tongtu.rules.compiling import Compiler
from tongtu.rules.expressions import Literal, Node, label
from tongtu.rules.model import Grant, Lifecycle, Tier
from tongtu.rules.program import Stage
from tongtu.rules.rendering import chosen, filled, hole
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio, Why

if TYPE_CHECKING:
    from tongtu.rules.judging import Judgement

_TEXT = pl.String()
_SCHEMA = {
    "scheme": _TEXT, "tier": _TEXT, "grant": _TEXT, "kind": _TEXT, "resource": _TEXT, "verdict": _TEXT,
    "amount_low": pl.Int64(), "amount_high": pl.Int64(), "currency": _TEXT, "per": _TEXT, "reclaimed": _TEXT,
    "quota": pl.Float64(), "unit": _TEXT, "priority": pl.Int64(), "until": pl.Date(), "why": _TEXT,
}  # fmt: skip

_TYPES: dict[str, Type] = {"quota": "float", "priority": "int64", "until": "date"}

#: Before the names of a grant's own columns, while they stand beside the facts.
_OWN = "grant."


def table(judgement: Judgement) -> pl.DataFrame:
    """One row per subject and grant; see `Judgement.grants`."""
    asked = list(grant_columns(judgement))
    if not asked:
        return pl.DataFrame(schema={judgement.key: _TEXT, **_SCHEMA})
    covered, blocks = tables.covered_by(judgement), []
    for stages, cells in asked:
        staged = reduce(tables.beside, stages, covered)
        blocks.append(tables.chosen(staged, cells))
    return tables.interleaved(pl.collect_all(blocks))


def grant_columns(judgement: Judgement) -> Iterator[tuple[list[Stage], Stage]]:
    """For each grant of each tier: stages of its own columns beside the facts, and the cells of its row."""
    for tier in judgement.version.tiers if judgement.version is not None else ():
        for grant in tier.grants:
            found = _Unlocked(judgement.compiler, tier, grant)
            yield [found.settled(), found.told()], _cells(judgement, found)


def _cells(judgement: Judgement, found: _Unlocked) -> Stage:
    tier, grant = found.tier, found.grant
    lasting = judgement.version.lifecycle if judgement.version is not None else Lifecycle()
    constants: dict[str, object] = {
        "scheme": judgement.scheme.scheme,
        "tier": tier.tier,
        "grant": grant.grant,
        "kind": grant.kind,
        "resource": grant.resource or None,
        "currency": judgement.scheme.currency if grant.amount is not None else None,
        "per": grant.per if grant.amount is not None or grant.quota is not None else None,
        "quota": grant.quota.value if grant.quota is not None else None,
        "unit": grant.quota.unit if grant.quota is not None else None,
        "priority": grant.priority,
        "until": _until(grant, lasting, judgement.as_of),
    }
    cells = {name: lit(value, _TYPES.get(name, "text")) for name, value in constants.items()}
    cells |= {name: logic.word(col(_OWN + name)) for name in ("verdict", "reclaimed")}
    cells |= {name: col(_OWN + name) for name in ("amount_low", "amount_high")}
    cells["why"] = _why(found)
    return {judgement.key: col(judgement.key), **{name: cells[name] for name in _SCHEMA}}


def _until(grant: Grant, lifecycle: Lifecycle, as_of: date) -> date | None:
    """Last day of what is granted on `as_of`; a title's own last day where it comes with one."""
    months = grant.lasts.months
    if grant.lasts.with_title and lifecycle.valid_years is not None:
        months = 12 * lifecycle.valid_years
    if months is None:
        return None
    years, month = divmod(as_of.month - 1 + months, 12)
    year = as_of.year + years
    return date(year, month + 1, min(as_of.day, monthrange(year, month + 1)[1])) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Unlocked:
    """One grant as columns beside the facts."""

    compiler: Compiler
    tier: Tier
    grant: Grant

    def settled(self) -> Stage:
        """The verdicts of the tier, of the grant's own condition and of its claw-backs, and the amounts."""
        truth, grant = self.compiler.truth, self.grant
        own = logic.constant(logic.MET) if grant.when is None else logic.code(truth(grant.when))
        bites = [logic.code(truth(r.node)) for r in grant.reclaims]
        found = {
            "tier": tables.tier_code(self.tier),
            "own": own,
            "reclaimed": logic.some(bites) if bites else lit(None, "int8"),
            "amount_low": self._amount("low"),
            "amount_high": self._amount("high"),
        }
        return {_OWN + name: value for name, value in found.items()}

    def told(self) -> Stage:
        """The verdict on both tier and condition (what does not apply to a subject is not granted to it either),
        and what is granted and reclaimed, as reasons."""
        tier, own = col(f"{_OWN}tier"), col(f"{_OWN}own")
        verdict = when(tier == logic.NOT_APPLICABLE).then(tier).otherwise(logic.every([tier, own]))
        found = {"verdict": verdict, "what": _what(self), "reclaim": _reclaim(self)}
        return {_OWN + name: value for name, value in found.items()}

    def _amount(self, end: str) -> Expr:
        """The lowest or highest amount, in minor units."""
        grant = self.grant
        if grant.amount is None:
            return lit(None, "int64")
        total = self.compiler.amount(grant.amount).cast("float")
        for more in grant.more:
            holds, added = self.compiler.truth(more.node), self.compiler.amount(more.amount).cast("float")
            nothing = lit(0.0)
            open_ = columns.least([added, nothing]) if end == "low" else columns.greatest([added, nothing])
            open_ = when(added.is_not_null()).then(open_)
            total = total + when(holds).then(added).when(~holds).then(nothing).otherwise(open_)
        if grant.cap is not None:
            cap = self.compiler.amount(grant.cap).cast("float")
            total = when(total <= cap).then(total).when(cap < total).then(cap)
        return _minor(total)

    def lacks(self) -> Expr:
        """JSON list of what the amount still lacks."""
        grant = self.grant
        nodes: list[Node] = [node for node in (grant.amount, grant.cap) if node is not None]
        nodes += [node for more in grant.more for node in (more.node, more.amount)]
        return _blockers(self.compiler, nodes)


def _minor(amount: Expr) -> Expr:
    """Whole minor units, halves up. A product is first rounded to 4 places, so that 35 % of 10 is 3.5, not 3.4999…"""
    return amount.clip(0.0, None).round(4).round().cast("int64")


def _blockers(compiler: Compiler, nodes: Iterable[Node]) -> Expr:
    found = {what.to_json(): (where, what) for node in nodes for where, what in compiler.blockers(node)}
    return chosen(list(found.values()))


# reasons


def _why(found: _Unlocked) -> Expr:
    grant, tier = found.grant, found.tier
    args = {
        "name": grant.label, "tier": tier.label, "by": grant.cite.label(),
        "what": hole("what"), "because": hole("because"), "reclaim": hole("reclaim"),
    }  # fmt: skip
    said = {}
    for code, word in enumerate(logic.VERDICTS):
        holes = {"because": _because(found, code), **{name: col(_OWN + name) for name in ("what", "reclaim")}}
        said[code] = filled(Why(f"grants.{word.replace('_', '-')}", args, _terms(grant)), holes)
    return columns.by_code(col(f"{_OWN}verdict"), said)


def _because(found: _Unlocked, code: int) -> Expr:
    """Which of the two, tier and own condition, has this verdict."""
    parts: list[tuple[Expr, Why | Label]] = [(col(f"{_OWN}tier") == code, found.tier.label)]
    if found.grant.when is not None:
        parts.append((col(f"{_OWN}own") == code, label(found.grant.when)))
    return chosen(parts)


def _what(found: _Unlocked) -> Expr:
    """JSON of what is granted: an amount, an interval, an amount not known yet, or a use."""
    grant = found.grant
    if grant.amount is None:
        kind = vocabularies()["grant_kind"].get(grant.kind, Label(grant.kind))
        resource = vocabularies()["resource_kind"].get(grant.resource, Label(grant.resource))
        plain = Why("grants.access", {"resource": resource}) if grant.resource else Why("grants.kind", {"kind": kind})
        return lit(plain.to_json())
    currency = found.compiler.currency
    low_end, high_end = col(f"{_OWN}amount_low"), col(f"{_OWN}amount_high")
    low, high = _money(low_end, currency), _money(high_end, currency)
    point = filled(_spread(grant, hole("low")), {"low": low})
    between = Why("grants.between", {"low": hole("low"), "high": hole("high"), "lacks": hole("lacks")})
    open_ = filled(_spread(grant, between), {"low": low, "high": high, "lacks": found.lacks()})
    unknown = filled(Why("grants.amount-unknown", {"lacks": hole("lacks")}), {"lacks": found.lacks()})
    return when(low_end == high_end).then(point).when(low_end < high_end).then(open_).otherwise(unknown)


def _spread(grant: Grant, amount: object) -> Why:
    """Once, each year, or over several years."""
    if grant.per == "year":
        code = "grants.yearly" if grant.over_years == 1 else "grants.yearly-for"
    else:
        code = "grants.once" if grant.over_years == 1 else "grants.spread"
    return Why(code, {"amount": amount, "years": grant.over_years})


def _money(minor: Expr, currency: str) -> Expr:
    return concat([lit('{"$money":['), minor, lit(f',"{currency}"]}}')])


def _reclaim(found: _Unlocked) -> Expr:
    """What the claw-back says, after the sentence; nothing where it does not bite."""
    compiler, reclaims = found.compiler, found.grant.reclaims
    if not reclaims:
        return lit('""')
    codes = [logic.code(compiler.truth(r.node)) for r in reclaims]
    said: list[Why | Label] = [Why("grants.reclaim", {"name": r.label, "share": Ratio(r.share)}) for r in reclaims]
    lacks = _blockers(compiler, [r.node for r in reclaims])
    bites = filled(
        Why("grants.reclaimed", {"parts": hole("parts")}),
        {"parts": chosen([(code == logic.MET, text) for code, text in zip(codes, said, strict=True)])},
    )
    open_ = filled(
        Why("grants.reclaim-unknown", {"parts": hole("parts"), "lacks": hole("lacks")}),
        {
            "parts": chosen([(code == logic.UNKNOWN, text) for code, text in zip(codes, said, strict=True)]),
            "lacks": lacks,
        },
    )
    verdict = col(f"{_OWN}reclaimed")
    return when(verdict == logic.MET).then(bites).when(verdict == logic.UNKNOWN).then(open_).otherwise(lit('""'))


def _terms(grant: Grant) -> tuple[Why, ...]:
    """What holds for everybody: cap, payments, quota, priority, duration."""
    terms = []
    if isinstance(grant.cap, Literal):
        terms.append(Why("grants.cap", {"cap": Money(int(grant.cap.value), grant.cap.currency)}))  # type: ignore[arg-type]
    terms += [Why("grants.payment", {"share": Ratio(p.share), "when": p.when}) for p in grant.payments]
    if grant.quota is not None:
        code = "grants.quota-yearly" if grant.per == "year" else "grants.quota"
        terms.append(Why(code, {"quota": Quantity(grant.quota.value, grant.quota.unit)}))
    if grant.priority is not None:
        terms.append(Why("grants.priority", {"n": grant.priority}))
    if grant.lasts.months is not None:
        terms.append(Why("grants.months", {"n": grant.lasts.months}))
    if grant.lasts.with_title:
        terms.append(Why("grants.with-title"))
    return tuple(terms)
