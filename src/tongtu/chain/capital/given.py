"""Tables a person gives for one question, and amounts said in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.given import Forms, Given
from tongtu.chain.network import Network, budgeted
from tongtu.registry import noun
from tongtu.registry.codes import Codes
from tongtu.registry.findings import Problem
from tongtu.terms import numbers
from tongtu.terms.faults import UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Label
from tongtu.terms.words import entries

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits

FORMS = Forms(
    __package__ or "",
    {"stages": ("case", "stage"), "correlations": ("direction", "other"), "structure": ("name",), "limits": ("name",)},
)
#: id of the fund whose money was named with an option
ASKED = "ASKED"


def stages(network: Network, path: Path, cases: Sequence[str], limits: Limits | None = None) -> pl.DataFrame:
    """Figures by stage that replace what the engines estimate for the cases they name. Raises DataRefused."""
    table = _table(network, "stages", path, limits)
    strange = ~table.frame["case"].is_in(list(cases)) & table.frame["case"].is_not_null()
    said = table.frame["case"].filter(strange).to_list()
    table.wrong("case", strange, [Problem.of("capital.given-no-case", case=one, ids=list(cases[:5])) for one in said])
    money = pl.any_horizontal(pl.col(name).is_not_null() for name in ("cost_low", "cost", "cost_high"))
    for name in ("currency", "price_year"):
        lacking = table.frame.select(money & pl.col(name).is_null()).to_series()
        table.wrong(name, lacking, Problem.of(f"capital.given-no-{name.replace('_', '-')}"))
    for name in ("cost_low", "cost", "cost_high", "days_low", "days", "days_high"):
        negative = (table.frame[name] < 0).fill_null(False)
        table.wrong(name, negative, Problem.of("capital.given-negative"))
    return table.done().drop("note")


def correlations(network: Network, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """`direction` and a column for each direction. A pair given once holds both ways; given twice, both are kept,
    and whether they agree is for the engine to say. Raises DataRefused."""
    rows = _table(network, "correlations", path, limits).done()
    names = sorted({*rows["direction"], *rows["other"]})
    known = {(row["direction"], row["other"]): row["correlation"] for row in rows.iter_rows(named=True)}
    columns = {
        other: [known.get((name, other), known.get((other, name), 1.0 if name == other else 0.0)) for name in names]
        for other in names
    }
    return pl.DataFrame({"direction": names, **columns})


def structure(network: Network, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """Layers as `risk.tranches` takes them. Raises DataRefused."""
    found = _table(network, "structure", path, limits).done().drop("note")
    return found.with_columns(zh="name", en="name")


def limits(
    network: Network, path: Path, bounds: Limits | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Floors (`minimum`) and ceilings (`cap`) as `risk.allocation` takes them. Raises DataRefused."""
    sides = {name: Label(**entries("capital")[f"side-{name}"]) for name in ("least", "most")}
    table = Given(FORMS, "limits", path, Codes({**network.pack.vocabularies, "limit_side": sides}), bounds,
                  network.pack.currency)  # fmt: skip
    said = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int64) for name in ("cases", "amount", "share"))
    table.wrong("cases", table.frame.select(said != 1).to_series(), Problem.of("capital.given-one-of"))
    rows = table.done().drop("note")
    floors, ceilings = (rows.filter(pl.col("side") == side).drop("side") for side in ("least", "most"))
    return floors.rename({"name": "minimum"}), ceilings.rename({"name": "cap"}).drop("each_year")


def _table(network: Network, name: str, path: Path, limits: Limits | None) -> Given:
    return Given(FORMS, name, path, Codes(network.pack.vocabularies), limits, network.pack.currency)


# ---------------------------------------------------------------------------------------------------- a few words


def money(network: Network, said: str, periods: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A budget said in a few words as one fund's: (funds, budgets), see `network.budgeted`."""
    rows = budgeted.budgets(network, said, periods).with_columns(fund=pl.lit(ASKED))
    year = pl.col("period_from").dt.year().cast(pl.Int64)
    typed = noun("budgets").schema()
    budgets = rows.with_columns(price_year=year).select(
        (pl.col(name) if name in (*rows.columns, "price_year") else pl.lit(None)).cast(kind).alias(name)
        for name, kind in typed.items()
    )
    fund = {"fund": ASKED, "name": "所给预算", "name_en": "The budget given"}
    schema = noun("funds").schema()
    return pl.DataFrame([{name: fund.get(name) for name in schema}], schema=schema), budgets


def cap(network: Network, said: str, budgets: pl.DataFrame, currency: str) -> int:
    """`30%` of the money, or `3亿元`, in minor units of the book's currency. Raises UsageFault."""
    text = said.strip()
    if text.endswith(("%", "％")):
        share = numbers.parse_ratio(text).value
        if share is None or not 0 <= float(share) <= 1:
            raise UsageFault.because("capital.no-cap", "capital.no-cap-repair", given=said)
        return round(float(share) * available(network, budgets, currency))
    return amount(text, currency)


def amount(said: str, currency: str) -> int:
    """`3亿元` in minor units of a currency. Raises UsageFault for what is no amount, or one of another currency."""
    read = numbers.parse_money(said).value
    if read is None or read.value < 0:
        raise UsageFault.because("capital.no-cap", "capital.no-cap-repair", given=said)
    own = read.currencies[0] if read.currencies else currency
    if own != currency:
        raise UsageFault.because("capital.cap-currency", "capital.cap-currency-repair", given=own, currency=currency)
    return Money.of(read.value, currency).minor


def available(network: Network, budgets: pl.DataFrame, currency: str) -> int:
    """All the money of budgets that have not ended, in one currency; what no rate converts is not counted."""
    from tongtu.risk.budgets import Exchange

    exchange = Exchange(network.registry["rates"], network.as_of)
    total = 0.0
    for row in budgets.filter(pl.col("period_to") >= network.as_of).sort("budget").iter_rows(named=True):
        rate = exchange.rate(row["currency"], currency) if row["currency"] and row["amount"] is not None else None
        total += row["amount"] * rate[0] if rate is not None else 0.0
    return round(total)
