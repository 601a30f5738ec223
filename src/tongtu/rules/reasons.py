"""Why a criterion or a tier has its verdict, for every subject at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from tongtu.rules import logic, units
from tongtu.rules.compiling import Compiler
from tongtu.rules.expressions import FLIPPED, Between, Comparison, Literal, Relation, Value
from tongtu.rules.model import (
    Check,
    Criterion,
    Group,
    Holds,
    Manual,
    Tier,
    Total,
    Window,
)
from tongtu.rules.rendering import chosen, filled, hole, quantity
from tongtu.rules.scoring import stored
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.rules.judging import Judgement

_OPS: dict[Relation, str] = {">=": "ge", ">": "gt", "<=": "le", "<": "lt", "=": "eq", "<>": "ne"}
_NOTHING = pl.lit(None, pl.Float64)


@dataclass(frozen=True, slots=True)
class Figures:
    """A criterion in numbers: money in major units, all null where it has none."""

    observed: pl.Expr = _NOTHING
    threshold: pl.Expr = _NOTHING
    unit: str = ""
    op: Relation = ">="

    @property
    def short(self) -> pl.Expr:
        """How far the figure is from the threshold, on the wrong side of it."""
        if self.op in (">=", ">"):
            return self.threshold - self.observed
        return self.observed - self.threshold if self.op in ("<=", "<") else _NOTHING


def not_in_force(judgement: Judgement) -> pl.Expr:
    """Why nobody could be judged."""
    args = {"scheme": judgement.scheme.label, "day": judgement.as_of, "purpose": _purpose(judgement)}
    return pl.lit(Why("rules.not-in-force", args).to_json())


def of_tier(judgement: Judgement, tier: Tier, code: pl.Expr) -> pl.Expr:
    """Why a tier is or is not reached: the criteria that decide it."""
    scheme = judgement.scheme
    cases = _group_whys("tier", tier, tier.root)
    cases[logic.NOT_APPLICABLE] = pl.lit(Why("rules.not-covered", {"scheme": scheme.label}).to_json())
    why = _switch(code, cases)
    if scheme.applies is None:
        return why
    lacks = chosen(list(judgement.compiler.blockers(scheme.applies)))
    unsure = Why("rules.coverage-unknown", {"scheme": scheme.label, "lacks": hole("lacks")})
    return pl.when(pl.col("applies") == logic.UNKNOWN).then(filled(unsure, {"lacks": lacks})).otherwise(why)


def figures(criterion: Criterion, window: Window, compiler: Compiler) -> Figures:
    """What is observed and asked; over several years the one that decides (worst of each, best of any)."""
    match criterion.body:
        case Check(Comparison(op, left, right)):
            if isinstance(left, Literal):
                op, left, right = FLIPPED[op], right, left
            lowest = (op in (">=", ">")) == window.each
            pick = pl.min_horizontal if lowest else pl.max_horizontal
            observed = pick([_shown(compiler, left, year) for year in window.years])
            threshold = pick([_shown(compiler, right, year) for year in window.years])
            return Figures(observed, threshold, left.unit, op) if left.unit not in units.PLAIN else Figures()
        case Check(Between(of)) if of.unit not in units.PLAIN:
            return Figures(_shown(compiler, of, window.years[0]), unit=of.unit)
        case Total() as total:
            points = stored(total.column)
            settled = pl.when(points.low == points.high).then(points.high)
            return Figures(settled, pl.lit(total.at_least), "points")
    return Figures()


def _shown(compiler: Compiler, node: Value, year: int) -> pl.Expr:
    if node.unit in units.PLAIN:
        return _NOTHING
    if isinstance(node, Literal) and node.unit == units.MONEY:
        return pl.lit(float(node.shown().major))  # type: ignore[union-attr]
    return compiler.shown(node, year)


def of_criterion(
    judgement: Judgement,
    tier: Tier,
    criterion: Criterion,
    window: Window,
    found: Figures,
    code: pl.Expr,
    own: pl.Expr,
) -> pl.Expr:
    """Why a criterion has its verdict; `own` is the verdict it would have without its waiver."""
    match criterion.body:
        case Group():
            cases = _group_whys("group", tier, criterion)
        case Total() as total:
            cases = _points_whys(criterion, total)
        case _:
            cases = _leaf_whys(judgement, criterion, window, found)
    skipped = {"name": criterion.label, "purpose": _purpose(judgement)}
    cases[logic.NOT_APPLICABLE] = pl.lit(Why("rules.skipped", skipped).to_json())
    why = _switch(own, cases)
    if criterion.waiver is None:
        return why
    args = {"name": criterion.label, "waiver": criterion.waiver.label, "by": _by(criterion)}
    waived, open_ = (pl.lit(Why(f"rules.{code_}", args).to_json()) for code_ in ("waived", "waiver-open"))
    settled = pl.when((code == logic.MET) & (own != logic.MET)).then(waived)
    return settled.when((code != logic.UNMET) & (own == logic.UNMET)).then(open_).otherwise(why)


def _leaf_whys(judgement: Judgement, criterion: Criterion, window: Window, found: Figures) -> dict[int, pl.Expr]:
    said: dict[str, object] = {"name": criterion.label, "by": _by(criterion)}
    plain = {value: pl.lit(Why(f"rules.{logic.VERDICTS[value]}", said).to_json()) for value in (0, 3)}
    evidence = criterion.body.evidence if isinstance(criterion.body, Manual) else criterion.label
    plain[logic.MANUAL] = pl.lit(Why("rules.manual", {**said, "evidence": evidence}).to_json())
    unknown = Why("rules.unknown", {**said, "lacks": hole("lacks")})
    plain[logic.UNKNOWN] = filled(unknown, {"lacks": _lacks(judgement.compiler, criterion, window)})
    if not found.unit or isinstance(getattr(criterion.body, "node", None), Between):
        return plain
    return {**plain, **_measured(judgement, found, said)}


def _measured(judgement: Judgement, found: Figures, said: dict[str, object]) -> dict[int, pl.Expr]:
    """Met and unmet with the figure, the threshold and what is missing."""
    holes = {
        "observed": quantity(found.observed, found.unit, judgement.scheme.currency),
        "threshold": quantity(found.threshold, found.unit, judgement.scheme.currency),
        "short": quantity(found.short, found.unit, judgement.scheme.currency),
    }
    op = Why(f"rules.op-{_OPS[found.op]}")
    args = {**said, "op": op, "observed": hole("observed"), "threshold": hole("threshold")}
    met = filled(Why("rules.met-figure", args), holes)
    if found.op in ("=", "<>"):
        return {logic.MET: met, logic.UNMET: filled(Why("rules.unmet-figure", args), holes)}
    side = "short" if found.op in (">=", ">") else "over"
    unmet = filled(Why(f"rules.{side}", {**args, "short": hole("short")}), holes)
    return {logic.MET: met, logic.UNMET: unmet}


def _lacks(compiler: Compiler, criterion: Criterion, window: Window) -> pl.Expr:
    if isinstance(criterion.body, Holds):
        return pl.lit(f"[{Why('rules.no-titles-known').to_json()}]")
    if not isinstance(criterion.body, Check):
        return pl.lit("[]")
    found: dict[str, tuple[pl.Expr, Why]] = {}
    for year in window.years:
        for where, what in compiler.blockers(criterion.body.node, year):
            found.setdefault(what.to_json(), (where, what))
    return chosen(list(found.values()))


def _points_whys(criterion: Criterion, total: Total) -> dict[int, pl.Expr]:
    points = stored(total.column)
    asked = {"name": criterion.label, "by": _by(criterion), "reach": total.at_least}
    args = {**asked, "low": hole("low"), "high": hole("high")}
    holes = {"low": points.low.round(4).cast(pl.String), "high": points.high.round(4).cast(pl.String)}
    return {value: filled(Why(f"rules.points-{logic.VERDICTS[value]}", args), holes) for value in range(4)}


def _group_whys(kind: str, tier: Tier, criterion: Criterion) -> dict[int, pl.Expr]:
    label = tier.label if criterion is tier.root else criterion.label
    args = {"name": label, "parts": hole("parts"), "by": _by(criterion)}
    return {
        value: filled(Why(f"rules.{kind}-{logic.VERDICTS[value]}", args), {"parts": _deciding(tier, criterion, value)})
        for value in range(4)
    }


def _deciding(tier: Tier, criterion: Criterion, value: int) -> pl.Expr:
    """The parts that make a group what it is: those with its own verdict (for none-of, with the opposite)."""
    if not isinstance(criterion.body, Group):
        return pl.lit("[]")
    opposite = {logic.MET: logic.UNMET, logic.UNMET: logic.MET}
    looked = opposite.get(value, value) if criterion.body.negated else value
    parts = [p for p in criterion.body.parts if p.role == "counts"]
    return chosen([(pl.col(f"{tier.tier}:{p.path}") == looked, p.label) for p in parts])


def explain(judgement: Judgement, subject: str, tier: str | None) -> Why:
    """See `Judgement.why`."""
    one = judgement.only([subject])
    rows = one.verdicts.filter(pl.col("tier") == tier) if tier is not None else one.verdicts
    if rows.is_empty():
        raise KeyError(f"{subject} was not judged for {tier or judgement.scheme.scheme}")
    head = Why.from_json(rows["why"][0])
    table = one.criteria
    if judgement.version is not None and not table.is_empty():
        top = ~pl.col("criterion").str.contains(".", literal=True) & (pl.col("tier") == rows["tier"][0])
        parts = tuple(Why.from_json(text) for text in table.filter(top)["why"])
        return Why(head.code, head.args, parts)
    return head


def _switch(code: pl.Expr, cases: dict[int, pl.Expr]) -> pl.Expr:
    def step(chain: pl.Expr, case: tuple[int, pl.Expr]) -> pl.Expr:
        return pl.when(code == case[0]).then(case[1]).otherwise(chain)

    return reduce(step, cases.items(), pl.lit(None, pl.String))


def _by(criterion: Criterion) -> Label:
    return criterion.cite.label()


def _purpose(judgement: Judgement) -> Why:
    return Why(f"rules.purpose-{judgement.purpose}")
