"""A budget said in a few words, a year at a time, as rows of the table of budgets."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tongtu.chain.network.ground import Network
from tongtu.registry import noun
from tongtu.terms.faults import UsageFault
from tongtu.terms.money import Money
from tongtu.terms.numbers import parse_money


def budgets(network: Network, said: str, periods: int) -> pl.DataFrame:
    """`8000万元` for each of so many years from the day; one amount a year where several are separated by commas.

    Raises UsageFault for what is no amount, or for as many amounts as there are no years.
    """
    parts = [part.strip() for part in said.replace("，", ";").replace("、", ";").split(";") if part.strip()]
    amounts = [parse_money(part).value for part in parts]
    wrong = [part for part, amount in zip(parts, amounts, strict=True) if amount is None or amount.value < 0]
    if wrong or not amounts:
        raise UsageFault.because("network.no-amount", "network.no-amount-repair", given=wrong or [said])
    if len(amounts) not in (1, periods):
        raise UsageFault.because("network.amounts", "network.amounts-repair", given=len(amounts), n=periods)
    rows = []
    for year in range(periods):
        amount = amounts[year if len(amounts) > 1 else 0]
        assert amount is not None
        currency = amount.currencies[0] if amount.currencies else network.pack.currency
        begin, end = _year(network.as_of, year), _year(network.as_of, year + 1) - timedelta(1)
        rows.append({"budget": f"B{year + 1}", "fund": None, "period_from": begin, "period_to": end,
                     "amount": Money.of(amount.value, currency).minor, "currency": currency})  # fmt: skip
    schema = noun("budgets").schema()
    return pl.DataFrame(rows, schema={name: kind for name, kind in schema.items() if name in rows[0]})


def _year(day: date, later: int) -> date:
    """The same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + later)
    except ValueError:
        return date(day.year + later, 3, 1)
