"""Who is compared: firms by round of awards, how far each was from the cutoff, who got the title, what became of it.

A round is a calendar year in which the title was given. Its firms are those that did not hold the title when the
year began and for whom the cutoff can decide; they are judged on the round's most frequent day of award, by the figures
the law then asked for. Rounds are pooled, each firm's distance counted from the cutoff (Cattaneo, Keele, Titiunik &
Vazquez-Bare 2016); a firm may appear in several, which the errors allow for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import logic, units
from tongtu.rules.columns import polars
from tongtu.rules.effects.cutoffs import Cutoff
from tongtu.rules.judging import Judgement
from tongtu.rules.model import Scheme
from tongtu.rules.reasons import figures
from tongtu.terms.money import exponent

Scale = Literal["log", "level"]


@dataclass(frozen=True, slots=True)
class Round:
    """A year of awards; `day` stands for the days they were given on."""

    year: int
    day: date
    awards: int


@dataclass(frozen=True, slots=True)
class Span:
    """How many years before and after the year of the award are compared; that year itself is left out."""

    before: int
    after: int


def rounds(awards: pl.DataFrame, last: int) -> list[Round]:
    """Years of awards up to `last`, each with the day most were given on, the earliest of several."""
    days = awards.group_by("valid_from").len().sort("len", "valid_from", descending=[True, False])
    by_year = days.group_by(pl.col("valid_from").dt.year().alias("year"), maintain_order=True)
    found = by_year.agg(pl.col("valid_from").first(), pl.col("len").sum()).sort("year")
    return [Round(year, day, int(count)) for year, day, count in found.iter_rows() if year <= last]


def compared(
    judged: Sequence[tuple[Round, Judgement]], cutoff: Cutoff, awards: pl.DataFrame, scheme: Scheme, span: Span
) -> pl.DataFrame:
    """firm, round, figure, x, right, title, later: one row per firm and round, in their order.

    `figure` is in major units; `x` its distance from the cutoff, positive where it passes: a difference, and for money
    the logarithm of the quotient, because amounts are skewed. `later`: got the title only while we still look.
    """
    parts = [_round(one, judgement, cutoff, awards, scheme, span) for one, judgement in judged]
    return pl.concat(parts).sort("firm", "round")


def _round(
    one: Round, judgement: Judgement, cutoff: Cutoff, awards: pl.DataFrame, scheme: Scheme, span: Span
) -> pl.DataFrame:
    key, start, year = judgement.key, date(one.year, 1, 1), pl.col("valid_from").dt.year()
    held = awards.filter(pl.col("valid_from") < start, pl.col("valid_to").is_null() | (pl.col("valid_to") >= start))
    now = awards.filter(year == one.year)
    after = awards.filter(year > one.year, year <= one.year + span.after)
    wide = judgement.facts.hstack(judgement.codes.drop(key).get_columns()).lazy()
    observed = figures(cutoff.criterion, cutoff.window, judgement.compiler).observed
    passed = pl.col(cutoff.passed)
    title = pl.col("firm").is_in(now["organisation"].unique().implode())
    return (
        wide.filter(cutoff.decides(), passed.is_in([logic.MET, logic.UNMET]))
        .select(pl.col(key).alias("firm"), polars(observed).cast(pl.Float64).alias("figure"), right=passed == logic.MET)
        .with_columns(_distance(cutoff, scheme).alias("x"), pl.lit(one.year).alias("round"))
        .filter(pl.col("x").is_finite(), ~pl.col("firm").is_in(held["organisation"].unique().implode()))
        .select("firm", "round", "figure", "x", "right", title=title)
        .with_columns(later=~pl.col("title") & pl.col("firm").is_in(after["organisation"].unique().implode()))
        .collect()
    )


def threshold(cutoff: Cutoff, scheme: Scheme) -> float:
    """The cutoff in major units."""
    return cutoff.at / 10 ** exponent(scheme.currency) if cutoff.unit == units.MONEY else cutoff.at


def _distance(cutoff: Cutoff, scheme: Scheme) -> pl.Expr:
    at, sign = threshold(cutoff, scheme), 1.0 if cutoff.upward else -1.0
    if cutoff.unit != units.MONEY or at <= 0:
        return (pl.col("figure") - at) * sign
    return pl.when(pl.col("figure") > 0).then((pl.col("figure") / at).log()) * sign


def placed(x: float, cutoff: Cutoff, scheme: Scheme) -> float:
    """The figure at a distance from the cutoff, in major units."""
    at, sign = threshold(cutoff, scheme), 1.0 if cutoff.upward else -1.0
    if cutoff.unit != units.MONEY or at <= 0:
        return at + sign * x
    return float(at * math.exp(sign * x))


def scale(scheme: Scheme, outcome: str) -> Scale:
    """Money is compared in logarithms, all else as it stands: counts have zeros, of which there is no logarithm."""
    return "log" if noun(scheme.yearly).column(outcome).kind == "money" else "level"


def followed(sample: pl.DataFrame, registry: Registry, scheme: Scheme, outcome: str, span: Span) -> pl.DataFrame:
    """post, change, early: a figure after the award, its change since before, and its change while still before.

    In the order of `sample`. Means over the years recorded; logarithms where `scale` says so, which leaves out a
    year at zero. `early` is the last year before less the earlier ones: nothing the title can have moved.
    """
    back = pl.col("year").cast(pl.Int32) - pl.col("round")
    value, last = pl.col("value"), pl.col("value").filter(back == -1).first()
    post = value.filter(back >= 1, back <= span.after).mean()
    pre = value.filter(back <= -1, back >= -span.before).mean()
    earlier = value.filter(back <= -2, back >= -max(span.before, 2)).mean()
    found = (
        sample.lazy().select("firm", "round")
        .join(_values(registry, scheme, outcome).lazy(), on="firm", maintain_order="left_right")
        .group_by("firm", "round")
        .agg(post=post, change=post - pre, early=last - earlier)
    )  # fmt: skip
    joined = sample.lazy().select("firm", "round").join(found, on=["firm", "round"], how="left", maintain_order="left")
    return joined.select("post", "change", "early").collect()


def _values(registry: Registry, scheme: Scheme, outcome: str) -> pl.DataFrame:
    """firm, year, value: the last record of each year; money only in the scheme's currency."""
    link = next(c.name for c in noun(scheme.yearly).columns if c.kind == "ref" and c.of == scheme.subject)
    frame = registry[scheme.yearly]
    if frame.select(link, "year").is_duplicated().any():
        frame = frame.sort(link, "year", "recorded_at", nulls_last=False, maintain_order=True)
        frame = frame.unique([link, "year"], keep="last", maintain_order=True)
    value = pl.col(outcome).cast(pl.Float64)
    if scale(scheme, outcome) == "log":
        value = pl.when(value > 0, pl.col("currency") == scheme.currency).then(value.log())
    return frame.select(pl.col(link).alias("firm"), "year", value=value).filter(pl.col("value").is_finite())
