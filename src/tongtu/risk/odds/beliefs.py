"""A Beta for each case and stage: prior → consortium cell → further keys → member, each borrowing from above.

Every level is pooled (see `pooling`) around what the level above says of it. To count no result twice, a cell takes
from above what all other cells say: its own results come in through its own members only. What a case's own path
does not reach (a direction without results, a new member) is one more cell of which nothing is known yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from math import log
from typing import Any

import numpy as np
import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.risk.odds.competing import Worth, curve, passing
from tongtu.risk.odds.counting import OPEN, known
from tongtu.risk.odds.covariates import Effect, effect
from tongtu.risk.pooling import Prior, Rates, pool
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label, Ratio, Why

#: Below this effective sample a range is given and no point.
LEAST = 20.0
_MONTH = 365.25 / 12

_SCHEMA = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "p": pl.Float64(), "a": pl.Float64(),
    "b": pl.Float64(), "n_eff": pl.Float64(), "prior_share": pl.Float64(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Belief:
    """Beta(a, b) of one stage, or nothing known (a = b = 0)."""

    stage: str
    a: float
    b: float
    n_eff: float
    prior_share: float | None
    why: Why

    @property
    def known(self) -> bool:
        return self.a > 0

    @property
    def label(self) -> Label:
        return label(self.stage)

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)


def beliefs(
    outcomes: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, reference: pl.DataFrame | None = None,
    stages: Sequence[str] | None = None, months: int | None = None, keys: Sequence[str] = (),
    covariates: Sequence[str] = (),
) -> pl.DataFrame:  # fmt: skip
    """One row per case and remaining stage: case, order (from 0), stage, p, a, b, n_eff, prior_share, why.

    `p` is the mean of Beta(a, b), given however small the sample is; all null where neither result nor prior is
    known. Estimand (`months` None): of the cases of the cell that enter the stage and are closed there as passed or
    failed, the share that passes, ever; else of all that enter, the share that has passed within so many months.
    The cell is the case's direction, then each of `keys` in turn (columns of both tables, such as `piloted`), then
    its `member` where `cases` has that column. `covariates`, numbers in both tables, move a case within its cell as far
    as past results bear it out (see `covariates`). Raises DataRefused for a prior that is none.
    """
    keyed, found = on_paths(outcomes, cases, as_of=as_of, reference=reference, stages=stages, months=months, keys=keys,
                            covariates=covariates)  # fmt: skip
    figures: dict[int, list[tuple[object, ...]]] = {}  # cases on one path share one tuple of beliefs
    rows: list[tuple[object, ...]] = []
    for case, along in zip(keyed["case"], found, strict=True):
        if id(along) not in figures:
            figures[id(along)] = [(k, *_figures(one)) for k, one in enumerate(along)]
        rows += [(case, *row) for row in figures[id(along)]]
    return pl.DataFrame(rows, _SCHEMA, orient="row")


def on_paths(
    outcomes: pl.DataFrame, cases: pl.DataFrame, *, as_of: date, reference: pl.DataFrame | None,
    stages: Sequence[str] | None, months: int | None = None, keys: Sequence[str] = (), covariates: Sequence[str] = (),
) -> tuple[pl.DataFrame, list[tuple[Belief, ...]]]:  # fmt: skip
    """Cases by id (case, start_stage, levels), and the beliefs about the stages ahead of each."""
    order = list(stages or vocabularies()["stage"])
    levels = ("direction", *keys, *(("member",) if "member" in cases.columns else ()))
    priors = _priors(reference)
    records = known(outcomes, as_of, (*levels, *(name for name in covariates if name not in levels))).drop("outcome")
    trees = {stage: _Tree.of(stage, records, levels, priors.get(stage), months) for stage in order}
    starts = pl.col("start_stage") if "start_stage" in cases.columns else pl.lit(None, pl.String)
    keyed = cases.select("case", starts.alias("start_stage"), *levels, *(pl.col(c).alias(f"_{c}") for c in covariates))
    keyed = keyed.sort("case")
    effects = {stage: _effect(trees[stage], records, levels, covariates) for stage in order} if covariates else {}
    known_paths: dict[tuple[Any, ...], tuple[Belief, ...]] = {}
    found = []
    for _, *at in keyed.iter_rows():
        start, path, own = at[0], at[1 : len(levels) + 1], at[len(levels) + 1 :]
        if tuple(at) not in known_paths:
            ahead = order[order.index(start) :] if start in order else order
            along = [trees[stage].at(path) for stage in ahead]
            known_paths[tuple(at)] = tuple(_moved(one, effects.get(one.stage), own, covariates) for one in along)
        found.append(known_paths[tuple(at)])
    return keyed.select("case", "start_stage", *levels), found


def _effect(tree: _Tree, records: pl.DataFrame, levels: Sequence[str], covariates: Sequence[str]) -> Effect | None:
    """What the covariates did to closed results of the stage, within their cells."""
    rows = records.filter(pl.col("stage") == tree.stage, pl.col("result") < 2)
    if tree.top is None or not rows.height:
        return None
    cells = {path: tree.at(path) for path in rows.select(levels).unique().iter_rows()}
    odds = np.array([log(cells[path].a / cells[path].b) for path in rows.select(levels).iter_rows()])
    figures = rows.select(pl.col(name).cast(pl.Float64) for name in covariates).fill_null(np.nan).to_numpy()
    return effect(figures, (rows["result"] == 0).cast(pl.Float64).to_numpy(), odds)


def _moved(one: Belief, by: Effect | None, own: Sequence[Any], covariates: Sequence[str]) -> Belief:
    if by is None or not one.known:
        return one
    a, b = by.moved(one.a, one.b, np.array([np.nan if x is None else float(x) for x in own]))
    if (a, b) == (one.a, one.b):
        unmoved = Why("risk_odds.unmoved", {"columns": list(covariates)})
        return replace(one, why=replace(one.why, parts=(*one.why.parts, unmoved)))
    told = {"columns": list(covariates), "before": Ratio(one.mean), "after": Ratio(a / (a + b))}
    why = replace(one.why, parts=(*one.why.parts, Why("risk_odds.moved", told)))
    return replace(one, a=a, b=b, n_eff=one.n_eff * (a + b) / (one.a + one.b), why=why)


def _figures(one: Belief) -> tuple[object, ...]:
    if not one.known:
        return one.stage, None, None, None, 0.0, one.prior_share, one.why.to_json()
    return one.stage, one.mean, one.a, one.b, one.n_eff, one.prior_share, one.why.to_json()


def _priors(reference: pl.DataFrame | None) -> dict[str, tuple[Prior, str]]:
    rows = reference.select("stage", "p", "n", "source").rows() if reference is not None else []
    faults = [
        Fault(Why("risk.prior-refused", {"stage": stage}), Why("risk.prior-repair"))
        for stage, p, n, _ in rows
        if p is None or n is None or not 0 < p < 1 or not n > 0
    ]
    if faults:
        raise DataRefused(faults)
    return {stage: (Prior(p, n), source or "") for stage, p, n, source in rows}


@dataclass
class _Node:
    """A cell: its records, its belief, the cells below it, and one more below of which nothing is known yet."""

    rows: pl.DataFrame
    belief: tuple[Rates, int] | None  # its place among its siblings
    below: dict[Any, _Node] = field(default_factory=dict)
    another: tuple[Rates, int] | None = None

    @cached_property
    def tally(self) -> dict[str, int]:
        return _tally(self.rows)

    @cached_property
    def undated(self) -> int:
        return int((~self.rows["dated"]).sum())


@dataclass(frozen=True)
class _Tree:
    """The cells of one stage, from all directions down to members; `top` is None where nothing is known."""

    stage: str
    top: _Node | None
    facts: Mapping[str, Any]
    levels: tuple[str, ...]
    prior: tuple[Prior, str] | None
    months: int | None

    @classmethod
    def of(
        cls, stage: str, records: pl.DataFrame, levels: tuple[str, ...], prior: tuple[Prior, str] | None,
        months: int | None,
    ) -> _Tree:  # fmt: skip
        rows = records.filter(pl.col("stage") == stage)
        facts = {"stage": label(stage), **{f"all_{name}": n for name, n in _tally(rows).items()}}
        top = None
        if prior is not None or _worth(rows, months).closed:
            top = _Node(rows, None)
            _grow(top, levels, prior[0] if prior else None, 1.0, months)
        return cls(stage, top, facts, levels, prior, months)

    def at(self, path: Sequence[Any]) -> Belief:
        """The belief about the deepest cell on the path that has results, or that a new one there would have."""
        if self.top is None:
            told = {"stage": label(self.stage), "open": self.facts["all_open"]}
            return Belief(self.stage, 0.0, 0.0, 0.0, None, Why("risk.odds-none", told))
        node, reached = self.top, 0
        while reached < len(path) and path[reached] in node.below:
            node, reached = node.below[path[reached]], reached + 1
        new = reached < len(path) and path[reached] is not None
        belief = node.another if node.another and (new or not reached) else node.belief
        assert belief is not None
        rates, k = belief
        n_eff, share = float(rates.n_eff[k]), float(rates.prior_share[k])
        why = self._why(node, path, reached, n_eff, share)
        return Belief(self.stage, float(rates.a[k]), float(rates.b[k]), n_eff, share, why)

    def _why(self, node: _Node, path: Sequence[Any], reached: int, n_eff: float, share: float) -> Why:
        code, facts = "risk_odds.stage-all", dict(self.facts)
        if reached:
            cell = [_name(level, key) for level, key in zip(self.levels, path[:reached], strict=False)]
            code, facts = "risk_odds.stage", {**facts, "cell": cell, **node.tally}
        parts = [Why("risk_odds.within", {"months": self.months}) if self.months else Why("risk_odds.ever")]
        if reached < len(path) and path[reached] is not None:
            parts.append(Why("risk_odds.new-cell", {"cell": _name(self.levels[reached], path[reached])}))
        if node.undated:
            parts.append(Why("risk_odds.undated", {"n": node.undated}))
        if n_eff < LEAST:
            parts.append(few(n_eff))
        if self.prior:
            said = {"source": self.prior[1], "p": Ratio(self.prior[0].mean), "n": self.prior[0].weight}
            parts.append(Why("risk.odds-prior", {**said, "share": Ratio(share)}))
        return Why(code, facts, tuple(parts))


def few(n_eff: float) -> Why:
    return Why("risk.odds-few", {"n_eff": round(n_eff, 1), "least": LEAST})


def _grow(node: _Node, levels: Sequence[str], prior: Prior | None, share: float, months: int | None) -> None:
    """Cells of the first level below a node whose common rate has that prior, and in them those of the next.

    `share` is what of that prior is prior indeed, and not results of other cells.
    """
    level = levels[0]
    groups = node.rows.group_by(level, maintain_order=True)  # those that name none still tell of the whole
    cells = [(key, rows, _worth(rows, months)) for (key,), rows in groups]
    cells = [cell for cell in cells if cell[2].closed]
    counts = np.array([(worth.passed, worth.closed) for *_, worth in cells]).reshape(-1, 2)
    rates = pool(counts[:, 0], counts[:, 1], prior, share)
    node.another = rates, len(cells)
    for k, (key, rows, _) in enumerate(cells):
        if key is None:
            continue
        child = node.below[key] = _Node(rows, (rates, k))
        if len(levels) > 1 and rows[levels[1]].drop_nulls().n_unique() > 1:
            apart = np.delete(counts, k, axis=0)
            others = pool(apart[:, 0], apart[:, 1], prior, share)
            a, b = float(others.a[-1]), float(others.b[-1])
            _grow(child, levels[1:], Prior(a / (a + b), a + b), float(others.prior_share[-1]), months)


def _worth(rows: pl.DataFrame, months: int | None) -> Worth:
    found = curve(rows["days"].to_numpy(), rows["result"].to_numpy().astype(np.int64))
    day = None if months is None else months * _MONTH
    return passing(found, day) if found.told(day) else Worth(0.0, 0.0)


def _tally(rows: pl.DataFrame) -> dict[str, int]:
    passed, failed, withdrawn, still = np.bincount(rows["result"].to_numpy(), minlength=OPEN + 1).tolist()
    return {"passed": passed, "closed": passed + failed, "open": still, "withdrawn": withdrawn}


def label(stage: str) -> Label:
    return vocabularies()["stage"].get(stage, Label(stage))


def _name(level: str, key: Any) -> Any:
    if isinstance(key, str):
        return vocabularies().get(level, {}).get(key, key)
    return Why(f"risk_odds.{level}-{str(key).lower()}") if level == "piloted" else str(key)
