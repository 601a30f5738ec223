"""What to ask next: the one missing fact that settles most of what is still open.

A fact settles a criterion by itself when it is all the criterion lacks: no other column is missing, nothing
divides by zero, no amount is in a foreign currency, and no waiver is open that could still stand in for it. It helps
where it is one of several that are missing. Whether a tier could then be settled is computed by judging the
tier again with those criteria met, and with them unmet. Only criteria whose answer can still matter are counted:
not those below a part that already holds, nor in a tier that is already lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.rules import logic
from tongtu.rules.asking import trees
from tongtu.rules.asking.lacking import Asker, Blocks, Question
from tongtu.rules.columns import polars
from tongtu.rules.judging import Judgement
from tongtu.rules.model import Criterion, Tier
from tongtu.rules.program import name
from tongtu.rules.tables import tier_code
from tongtu.terms.why import Label, Why

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Touches:
    """A question and a criterion (None: whether the scheme covers one at all) that waits for it.

    Three columns say for whom: `PLACE.alone` where it is all that its condition lacks, `PLACE.settles` where it
    therefore settles it, `PLACE.helps` where it is one of several.
    """

    question: Question
    tier: Tier
    criterion: Criterion | None
    place: str

    @property
    def column(self) -> str:
        return f"{self.place}.alone"

    @property
    def path(self) -> str:
        return trees.COVERAGE if self.criterion is None else self.criterion.path


@dataclass(slots=True)
class _Tally:
    criteria: dict[str, int] = field(default_factory=dict)
    helped: dict[str, int] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    could: dict[str, int] = field(default_factory=dict)
    surely: int = 0


def ask_next(judgements: Judgement | Iterable[Judgement], subject: str | None = None) -> pl.DataFrame:
    """Missing facts of one subject (or of everybody), the one that settles most first.

    Columns: field (as `what_if` takes it; SCHEME.CRITERION for a person's decision), noun, column, year, label,
    settles_criteria, settles_tiers, could_settle_tiers, helps_criteria, criteria, tiers, why. `settles_criteria` counts
    open criteria the fact settles whatever it is, once for each subject; `settles_tiers` tiers that are then no longer
    waiting for data whichever way those criteria go, `could_settle_tiers` those where one of the ways suffices;
    `helps_criteria` criteria that lack other facts too. `criteria` and `tiers` name what is or could be settled, as
    SCHEME.CRITERION and SCHEME.TIER. Ties are broken by the name of the field.
    """
    given = [judgements] if isinstance(judgements, Judgement) else list(judgements)
    found: dict[Question, _Tally] = {}
    for judgement in given:
        if judgement.version is not None:
            _count(judgement if subject is None else judgement.only([subject]), found)
    table = pl.DataFrame([_row(question, tally) for question, tally in found.items()], schema=_FRAME, orient="row")
    order = ["settles_criteria", "settles_tiers", "could_settle_tiers", "helps_criteria"]
    return table.sort(*order, "field", descending=[True] * len(order) + [False])


_FRAME: dict[str, Any] = {
    "field": pl.String, "noun": pl.String, "column": pl.String, "year": pl.Int64, "label": pl.String,
    "settles_criteria": pl.Int64, "settles_tiers": pl.Int64, "could_settle_tiers": pl.Int64, "helps_criteria": pl.Int64,
    "criteria": pl.List(pl.String), "tiers": pl.List(pl.String), "why": pl.String,
}  # fmt: skip


def _row(question: Question, tally: _Tally) -> tuple[object, ...]:
    settled, helped = sum(tally.criteria.values()), sum(tally.helped.values())
    names = tuple(dict.fromkeys(tally.labels[path] for path in sorted(tally.criteria or tally.helped)))
    code, n = ("asking.ask", settled) if settled else ("asking.ask-helps", helped)
    why = Why(code, {"what": question.what, "n": n, "criteria": names})
    return (
        question.field, question.noun, question.column, question.year, question.what.to_json(),
        settled, tally.surely, sum(tally.could.values()), helped, sorted(tally.criteria), sorted(tally.could),
        why.to_json(),
    )  # fmt: skip


def _count(judgement: Judgement, found: dict[Question, _Tally]) -> None:
    """Adds one scheme's counts."""
    wide = judgement.facts.hstack(judgement.codes.drop(judgement.key).get_columns())
    version, scheme = judgement.version, judgement.scheme
    assert version is not None
    standing = [polars(tier_code(tier)).alias(f"tier.{tier.tier}") for tier in version.tiers]
    touches: list[_Touches] = []
    columns: list[pl.Expr] = []
    for one, exprs in _touching(judgement):
        touches.append(one)
        columns += [expr.fill_null(False).alias(f"{one.place}.{how}") for how, expr in exprs.items()]
    wide = wide.with_columns(*standing, *columns)
    for (question, path), several in _grouped(touches, lambda one: one.path):
        named, criterion = f"{scheme.scheme}.{path}", several[0].criterion
        counts = [int(_any(wide, several, how).sum()) for how in ("settles", "helps")]
        for n, into in zip(counts, ("criteria", "helped"), strict=True):
            if n:
                tally = found.setdefault(question, _Tally())
                getattr(tally, into)[named] = n
                tally.labels[named] = scheme.label if criterion is None else criterion.label
    real = [one for one in touches if wide[one.column].any()]
    for (question, tier), several in _grouped(real, lambda one: one.tier.tier):
        could, surely = _tier_settled(judgement, wide, several)
        if could:
            found[question].could[f"{scheme.scheme}.{tier}"] = could
            found[question].surely += surely


def _grouped(
    pairs: Iterable[_Touches], by: Callable[[_Touches], str]
) -> Iterable[tuple[tuple[Question, str], list[_Touches]]]:
    groups: dict[tuple[Question, str], list[_Touches]] = {}
    for one in pairs:
        groups.setdefault((one.question, by(one)), []).append(one)
    return groups.items()


def _any(wide: pl.DataFrame, several: list[_Touches], how: str) -> Flags:
    found: Flags = np.logical_or.reduce([wide[f"{one.place}.{how}"].to_numpy() for one in several])
    return found


def _tier_settled(judgement: Judgement, wide: pl.DataFrame, several: list[_Touches]) -> tuple[int, int]:
    """For how many a tier could be, and surely is, no longer open in the way it was."""
    tier, ways = several[0].tier, []
    before, applies = wide[f"tier.{tier.tier}"].to_numpy(), wide["applies"].to_numpy()
    for value, covered in ((logic.UNMET, logic.NOT_APPLICABLE), (logic.MET, None)):
        leaves = {
            id(one.criterion): np.where(
                wide[one.column].to_numpy(), np.int8(value), wide[trees.unwaived(tier, one.criterion)].to_numpy()
            )
            for one in several if one.criterion is not None
        }  # fmt: skip
        after = trees.Supposing(tier, judgement.purpose, wide, leaves).verdict()
        cover = [wide[one.column].to_numpy() for one in several if one.criterion is None]
        if cover and covered is not None:
            after = np.where(cover[0], np.int8(covered), after)
        unsure = (applies == logic.UNKNOWN) & ~(cover[0] if cover else False)
        ways.append(~unsure & (after != logic.UNKNOWN) & ((after != logic.MANUAL) | (before != logic.MANUAL)))
    asked = _any(wide, several, "alone") & np.isin(before, (logic.UNKNOWN, logic.MANUAL))
    return int((asked & (ways[0] | ways[1])).sum()), int((asked & ways[0] & ways[1]).sum())


def _touching(judgement: Judgement) -> Iterator[tuple[_Touches, dict[str, pl.Expr]]]:
    """Every question about every criterion, with where it stands alone, settles, and helps."""
    version, scheme = judgement.version, judgement.scheme
    assert version is not None
    asker, number = Asker(judgement), 0
    for tier in version.tiers:
        waiting: list[tuple[Criterion | None, Blocks, pl.Expr]] = []
        if scheme.applies is not None:
            blocks = Blocks()
            asker.node(blocks, scheme.applies, 1)
            waiting.append((None, blocks, pl.col("applies") == logic.UNKNOWN))
        for criterion, window, where in trees.open_leaves(tier):
            own = pl.col(trees.unwaived(tier, criterion))
            waiting += [(criterion, blocks, where & (own == code)) for blocks, code in asker.leaf(criterion, window)]
        for one, blocks, where in waiting:
            here = where & trees.is_open(polars(tier_code(tier)))
            for question in blocks.missing:
                number += 1
                alone = here & blocks.alone(question)
                settles = alone & ~_waiver_open(tier, one)
                helps = here & blocks.one_of(question) & ~settles
                exprs = {"alone": alone, "settles": settles, "helps": helps}
                yield _Touches(question, tier, one, f"touches.{number}"), exprs


def _waiver_open(tier: Tier, criterion: Criterion | None) -> pl.Expr:
    if criterion is None or criterion.waiver is None:
        return pl.lit(False)
    return trees.is_open(pl.col(name(tier, criterion.waiver)))
