"""What every case is going to ask for, stage by stage: how much, how long after its start, with what chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.book import Book
from tongtu.risk.special import normal_quantile
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STAGES = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "cost_low": pl.Float64(), "cost": pl.Float64(),
    "cost_high": pl.Float64(), "days": pl.Float64(), "start": pl.Date(),
}  # fmt: skip


@dataclass(frozen=True)
class Plans:
    """Cases in the order of ids; stage s of case i stands in row `first[i] + s`.

    By stage: `stage`, `amount` (minor units of the case's currency that suffice with the confidence asked for),
    `after` (days from the start of the case; NaN unknown), `reach` (chance that the stage is begun; NaN unknown).
    By case: `currency` (null unknown), `row` in the book (-1: its odds are unknown), `wait` (days from today until it
    may start), and why it is not in the book or has no plan (null where it has both).
    """

    cases: tuple[str, ...]
    first: Ints
    stage: tuple[str, ...]
    amount: Floats
    after: Floats
    reach: Floats
    currency: tuple[str | None, ...]
    row: Ints
    wait: Ints
    left: tuple[Why | None, ...]

    def __len__(self) -> int:
        return len(self.cases)

    def total(self) -> Floats:
        """Per case, all its stages."""
        case = np.repeat(np.arange(len(self)), np.diff(self.first))
        return np.asarray(np.bincount(case, self.amount, len(self)), np.float64)


def plans(
    book: Book, attributes: pl.DataFrame, stages: pl.DataFrame | None, confidence: float, as_of: int
) -> Plans:  # fmt: skip
    """Rated cases as the book has them; the others from `stages`, the frame the book was made of. `as_of` in days
    since 1970."""
    given = _given(stages)
    rows = pl.concat([_rated(book, confidence), _unrated(book, given, confidence)])
    table = attributes.select("case", own="currency").with_row_index("item")
    rows = table.select("case", "item").join(rows, on="case").sort("item", "order", maintain_order=True)
    count = np.bincount(rows["item"].to_numpy(), minlength=table.height)
    place = {case: k for k, case in enumerate(book.cases)}
    why = {case: Why.from_json(text) for case, text in book.left.select("case", "why").rows()}
    begins = dict(given.sort("case", "order").unique("case", keep="first").select("case", "start").rows())
    return Plans(
        cases=tuple(table["case"]),
        first=np.r_[0, np.cumsum(count)].astype(np.int64),
        stage=tuple(rows["stage"]),
        amount=rows["amount"].to_numpy(),
        after=rows["after"].fill_null(float("nan")).to_numpy(),
        reach=rows["reach"].fill_null(float("nan")).to_numpy(),
        currency=tuple(book.currency if case in place else own for case, own in table.select("case", "own").rows()),
        row=np.array([place.get(case, -1) for case in table["case"]], np.int64),
        wait=np.array([_days(begins.get(case), as_of) for case in table["case"]], np.int64),
        left=tuple(
            None if case in place else why.get(case, Why("risk_allocation.not-in-book")) for case in table["case"]
        ),
    )


def _days(begins: object, as_of: int) -> int:
    from datetime import date

    return max(0, (begins - date(1970, 1, 1)).days - as_of) if isinstance(begins, date) else 0


def _given(stages: pl.DataFrame | None) -> pl.DataFrame:
    if stages is None:
        return pl.DataFrame(schema=_STAGES)
    return stages.select(
        pl.col(name).cast(kind) if name in stages.columns else pl.lit(None, kind).alias(name)
        for name, kind in _STAGES.items()
    )


def _rated(book: Book, confidence: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "case": [book.cases[i] for i in book.case], "stage": [book.stages[k] for k in book.stage],
            "order": np.arange(len(book.case)) - book.start[book.case],
            "amount": book.cost * np.exp(normal_quantile(confidence) * book.cost_sigma),
            "after": before(book.days, book.case), "reach": reach(book),
        },
        {"case": pl.String(), "stage": pl.String(), "order": pl.Int64(), "amount": pl.Float64(),
         "after": pl.Float64(), "reach": pl.Float64()},
    )  # fmt: skip


def _unrated(book: Book, given: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Cases with a cost for every stage; of their odds nothing is known."""
    known = given.filter(~pl.col("case").is_in(list(book.cases)))
    known = known.filter(pl.col("cost").is_not_null().all().over("case")).sort("case", "order")
    spread = (pl.col("cost_low") > 0) & (pl.col("cost_high") > pl.col("cost_low"))
    sigma = pl.when(spread).then((pl.col("cost_high") / pl.col("cost_low")).log() / (2 * normal_quantile(0.9)))
    codes = known["case"].rank("dense").cast(pl.Int64).to_numpy()
    days = known["days"].fill_null(float("nan")).to_numpy()
    return known.select(
        "case", "stage", pl.int_range(pl.len()).over("case").alias("order"),
        amount=pl.col("cost") * (normal_quantile(confidence) * sigma.fill_null(0.0)).exp(),
        after=pl.Series(before(days, codes), dtype=pl.Float64()), reach=pl.lit(None, pl.Float64()),
    )  # fmt: skip


def before(days: Floats, case: Ints) -> Floats:
    """Days of the stages before each, within its case; unknown from the first unknown on."""
    total = np.r_[0.0, np.cumsum(np.nan_to_num(days))][:-1]
    unknown = np.r_[0, np.cumsum(np.isnan(days))][:-1]
    if not len(days):
        return np.zeros(0)
    first = np.searchsorted(case, case, side="left")
    return np.where(unknown > unknown[first], np.nan, total - total[first])


def reach(book: Book) -> Floats:
    """Chance that each stage is begun."""
    sure = np.r_[0.0, np.cumsum(np.log(book.p))][:-1]
    return np.exp(sure - sure[book.start[book.case]]) if len(book.p) else np.zeros(0)
