"""Why a criterion or a tier has its verdict, for every subject at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tongtu.rules import columns, logic, units
from tongtu.rules.columns import Expr, col, lit, when
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
NOTHING = lit(None, "float")


@dataclass(frozen=True, slots=True)
class Figures:
    """A criterion in numbers: money in major units, all null where it has none."""

    observed: Expr = NOTHING
    threshold: Expr = NOTHING
    unit: str = ""
    op: Relation = ">="

    @property
    def short(self) -> Expr:
        """How far the figure is from the threshold, on the wrong side of it."""
        if self.op in (">=", ">"):
            return self.threshold - self.observed
        return self.observed - self.threshold if self.op in ("<=", "<") else NOTHING

    @property
    def margin(self) -> Expr:
        """How far it is on the right side."""
        if self.op in (">=", ">"):
            return self.observed - self.threshold
        return self.threshold - self.observed if self.op in ("<=", "<") else NOTHING


def not_in_force(judgement: Judgement) -> Expr:
    """Why nobody could be judged."""
    args = {"scheme": judgement.scheme.label, "day": judgement.as_of, "purpose": _purpose(judgement)}
    return lit(Why("rules.not-in-force", args).to_json())


def of_tier(judgement: Judgement, tier: Tier, code: Expr) -> Expr:
    """Why a tier is or is not reached: the criteria that decide it."""
    scheme = judgement.scheme
    cases = _group_whys("tier", tier, tier.root)
    cases[logic.NOT_APPLICABLE] = lit(Why("rules.not-covered", {"scheme": scheme.label}).to_json())
    why = columns.by_code(code, cases)
    if scheme.applies is None:
        return why
    lacks = chosen(list(judgement.compiler.blockers(scheme.applies)))
    unsure = Why("rules.coverage-unknown", {"scheme": scheme.label, "lacks": hole("lacks")})
    return when(col("applies") == logic.UNKNOWN).then(filled(unsure, {"lacks": lacks})).otherwise(why)


def figures(criterion: Criterion, window: Window, compiler: Compiler) -> Figures:
    """What is observed and asked; over several years the one that decides (worst of each, best of any)."""
    match criterion.body:
        case Check(Comparison(op, left, right)):
            if isinstance(left, Literal):
                op, left, right = FLIPPED[op], right, left
            lowest = (op in (">=", ">")) == window.each
            pick = columns.least if lowest else columns.greatest
            observed = pick([_shown(compiler, left, year) for year in window.years])
            threshold = pick([_shown(compiler, right, year) for year in window.years])
            return Figures(observed, threshold, left.unit, op) if left.unit not in units.PLAIN else Figures()
        case Check(Between(of)) if of.unit not in units.PLAIN:
            return Figures(_shown(compiler, of, window.years[0]), unit=of.unit)
        case Total() as total:
            points = stored(total.column)
            settled = when(points.low == points.high).then(points.high)
            return Figures(settled, lit(total.at_least), "points")
    return Figures()


def _shown(compiler: Compiler, node: Value, year: int) -> Expr:
    if node.unit in units.PLAIN:
        return NOTHING
    if isinstance(node, Literal) and node.unit == units.MONEY:
        return lit(float(node.shown().major))  # type: ignore[union-attr]
    return compiler.shown(node, year)


def of_criterion(
    judgement: Judgement,
    tier: Tier,
    criterion: Criterion,
    window: Window,
    found: Figures,
    code: Expr,
    own: Expr,
) -> Expr:
    """Why a criterion has its verdict; `own` is the verdict it would have without its waiver."""
    match criterion.body:
        case Group():
            cases = _group_whys("group", tier, criterion)
        case Total() as total:
            cases = _points_whys(criterion, total)
        case _:
            cases = _leaf_whys(judgement, criterion, window, found)
    skipped = {"name": criterion.label, "purpose": _purpose(judgement)}
    cases[logic.NOT_APPLICABLE] = lit(Why("rules.skipped", skipped).to_json())
    why = columns.by_code(own, cases)
    if criterion.waiver is None:
        return why
    args = {"name": criterion.label, "waiver": criterion.waiver.label, "by": _by(criterion)}
    waived, open_ = (lit(Why(f"rules.{code_}", args).to_json()) for code_ in ("waived", "waiver-open"))
    settled = when((code == logic.MET) & (own != logic.MET)).then(waived)
    return settled.when((code != logic.UNMET) & (own == logic.UNMET)).then(open_).otherwise(why)


def _leaf_whys(judgement: Judgement, criterion: Criterion, window: Window, found: Figures) -> dict[int, Expr]:
    said: dict[str, object] = {"name": criterion.label, "by": _by(criterion)}
    plain = {value: lit(Why(f"rules.{logic.VERDICTS[value]}", said).to_json()) for value in (0, 3)}
    evidence = criterion.body.evidence if isinstance(criterion.body, Manual) else criterion.label
    plain[logic.MANUAL] = lit(Why("rules.manual", {**said, "evidence": evidence}).to_json())
    unknown = Why("rules.unknown", {**said, "lacks": hole("lacks")})
    plain[logic.UNKNOWN] = filled(unknown, {"lacks": _lacks(judgement.compiler, criterion, window)})
    if not found.unit or isinstance(getattr(criterion.body, "node", None), Between):
        return plain
    # Two amounts of one row compare in any currency; only those in the scheme's can be said in it.
    sayable = found.observed.is_not_null() & found.threshold.is_not_null()
    measured = _measured(judgement, found, said)
    return plain | {value: when(sayable).then(why).otherwise(plain[value]) for value, why in measured.items()}


def _measured(judgement: Judgement, found: Figures, said: dict[str, object]) -> dict[int, Expr]:
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


def _lacks(compiler: Compiler, criterion: Criterion, window: Window) -> Expr:
    if isinstance(criterion.body, Holds):
        return lit(f"[{Why('rules.no-titles-known').to_json()}]")
    if not isinstance(criterion.body, Check):
        return lit("[]")
    found: dict[str, tuple[Expr, Why]] = {}
    for year in window.years:
        for where, what in compiler.blockers(criterion.body.node, year):
            found.setdefault(what.to_json(), (where, what))
    return chosen(list(found.values()))


def _points_whys(criterion: Criterion, total: Total) -> dict[int, Expr]:
    points = stored(total.column)
    asked = {"name": criterion.label, "by": _by(criterion), "reach": total.at_least}
    args = {**asked, "low": hole("low"), "high": hole("high")}
    holes = {"low": points.low.round(4).cast("text"), "high": points.high.round(4).cast("text")}
    return {value: filled(Why(f"rules.points-{logic.VERDICTS[value]}", args), holes) for value in range(4)}


def _group_whys(kind: str, tier: Tier, criterion: Criterion) -> dict[int, Expr]:
    label = tier.label if criterion is tier.root else criterion.label
    args = {"name": label, "parts": hole("parts"), "by": _by(criterion)}
    return {
        value: filled(Why(f"rules.{kind}-{logic.VERDICTS[value]}", args), {"parts": _deciding(tier, criterion, value)})
        for value in range(4)
    }


def _deciding(tier: Tier, criterion: Criterion, value: int) -> Expr:
    """The parts that make a group what it is: those with its own verdict (for none-of, with the opposite)."""
    if not isinstance(criterion.body, Group):
        return lit("[]")
    opposite = {logic.MET: logic.UNMET, logic.UNMET: logic.MET}
    looked = opposite.get(value, value) if criterion.body.negated else value
    parts = [p for p in criterion.body.parts if p.role == "counts"]
    return chosen([(col(f"{tier.tier}:{p.path}") == looked, p.label) for p in parts])


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


def _by(criterion: Criterion) -> Label:
    return criterion.cite.label()


def _purpose(judgement: Judgement) -> Why:
    return Why(f"rules.purpose-{judgement.purpose}")
