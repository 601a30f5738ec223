"""The capital's links: odds, cost and time, what each case has proved, and which cases the budgets take."""

from __future__ import annotations

import polars as pl

from tongtu.chain.work import Outcome, Work
from tongtu.terms.why import Why


def odds(work: Work) -> Outcome:
    from tongtu import risk

    opened = _opened(work)
    found = risk.odds(work.registry["outcomes"], opened, as_of=work.as_of)
    pointed = found.filter((pl.col("stage") == "all") & pl.col("p").is_not_null()).height
    why = Why("chain.odds", {"n": opened.height, "pointed": pointed})
    return Outcome({"odds": found}, opened.height, found["case"].n_unique(), why)


def _opened(work: Work) -> pl.DataFrame:
    """Cases with open gates: case, direction, region, start_stage (the first stage that is not met)."""
    return work["cases"].select("case", "direction", "region").join(_start_stage(work), on="case")


def _start_stage(work: Work) -> pl.DataFrame:
    open_steps = work["steps"].filter(pl.col("verdict") != "met")
    first = open_steps.sort("case", "order").unique("case", keep="first", maintain_order=True)
    return first.select("case", start_stage="stage")


def planned(work: Work) -> pl.DataFrame:
    """What a case was planned to cost: the need's budget, else the achievement's price; null where neither is given."""
    needs = work.registry["needs"].select("need", "budget", "currency", "price_year")
    offers = work.registry["achievements"].select("achievement", "price", offered="currency", offered_year="price_year")
    joined = (
        work["cases"]
        .select("case", "need", "achievement", "direction")
        .join(needs, on="need")
        .join(offers, on="achievement")
    )
    has_budget = pl.col("budget").is_not_null()
    return joined.select(
        "case", "direction",
        planned_cost=pl.coalesce("budget", "price"),
        currency=pl.when(has_budget).then("currency").otherwise("offered"),
        price_year=pl.when(has_budget).then("price_year").otherwise("offered_year"),
        basis=pl.when(has_budget).then(pl.lit("budget")).when(pl.col("price").is_not_null()).then(pl.lit("price")),
    ).sort("case")  # fmt: skip


def estimates(work: Work) -> Outcome:
    from tongtu import risk

    cases = planned(work)
    found = risk.estimates(
        work.registry["outcomes"], cases, work["steps"], as_of=work.as_of, confidence=work.options.confidence
    )
    known = found["cost"].drop_nulls().len()
    return Outcome(
        {"estimates": found}, cases.height, known, Why("chain.estimates", {"n": cases.height, "known": known})
    )


def appraise(work: Work) -> Outcome:
    from tongtu import appraise

    cases = work["cases"]
    maturity = appraise.maturity(cases, work.registry, work.as_of)
    autonomy = appraise.autonomy(cases, work.registry, home=work.options.home, as_of=work.as_of)
    proved = maturity.filter((pl.col("dimension") != "overall") & pl.col("level").is_not_null())["case"].n_unique()
    levelled = maturity.filter((pl.col("dimension") == "overall") & pl.col("level").is_not_null()).height
    linked = autonomy["autonomy"].is_not_null().sum()
    why = Why("chain.appraised", {"n": cases.height, "proved": proved, "levelled": levelled, "linked": linked})
    return Outcome({"maturity": maturity, "autonomy": autonomy}, cases.height, proved, why)


def choose(work: Work) -> Outcome:
    from tongtu import risk

    registry = work.registry
    whole = work["odds"].filter(pl.col("stage") == "all").select("case", "p", "low", "high")
    asked = work["estimates"].select("case", "cost_ask", "currency", "price_year")
    cases = work["cases"].select("case", "direction", "region", track=pl.lit("industrialisation"))
    cases = cases.join(_start_stage(work), on="case", how="left", maintain_order="left")
    cases = cases.join(whole, on="case", how="left", maintain_order="left").join(
        asked, on="case", how="left", maintain_order="left"
    )
    found = risk.choose(
        cases,
        registry["funds"],
        registry["budgets"],
        registry["priorities"],
        as_of=work.as_of,
        rates=registry["rates"],
    )
    taken = found.funding.filter(pl.col("chosen")).height
    return Outcome(
        {"funding": found.funding},
        cases.height,
        taken,
        Why("chain.chosen", {"n": cases.height, "taken": taken}),
        (found.solution,),
    )
