"""The capital's links: odds, cost and time, what each case has proved, and which cases the budgets take."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tongtu.chain.links.passage import comparable
from tongtu.chain.work import Outcome, Work
from tongtu.terms.why import Label, Why

#: worlds in which the budgets' choice is weighed, and in which the chosen are then looked at together
SCENARIOS, POINTS, SETS = 1000, 512, 4


def odds(work: Work) -> Outcome:
    from tongtu import risk

    opened = _opened(work)
    found = risk.odds(work.registry["outcomes"], opened, as_of=work.as_of).with_columns(
        pl.col("why").pipe(_named, work.pack.vocabularies["direction"])
    )
    pointed = found.filter((pl.col("stage") == "all") & pl.col("p").is_not_null()).height
    why = Why("chain.odds", {"n": opened.height, "pointed": pointed})
    return Outcome({"odds": found}, opened.height, found["case"].n_unique(), why)


def _named(whys: pl.Expr, names: Mapping[str, Label]) -> pl.Expr:
    """Stored reasons with the direction by its name: the engine knows only its code."""

    def told(text: str) -> str:
        why = Why.from_json(text)
        cell = tuple(names.get(code, code) for code in why.args.get("cell", ()))
        return Why(why.code, {**why.args, "cell": cell} if cell else why.args, why.parts).to_json()

    return whys.map_batches(lambda s: s.replace_strict({t: told(t) for t in s.unique()}), pl.String)


def _opened(work: Work) -> pl.DataFrame:
    """Cases with open gates: case, direction, region, start_stage (the first stage that is not met)."""
    return work["cases"].select("case", "direction", "region").join(_start_stage(work), on="case")


def _start_stage(work: Work) -> pl.DataFrame:
    open_steps = comparable(work).filter(pl.col("verdict") != "met")
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
        work.registry["outcomes"], cases, comparable(work), as_of=work.as_of, confidence=work.options.confidence
    )
    known = found["cost"].drop_nulls().len()
    return Outcome(
        {"estimates": found}, cases.height, known, Why("chain.estimates", {"n": cases.height, "known": known})
    )


def appraise(work: Work) -> Outcome:
    from tongtu import appraise
    from tongtu.chain.appraisal import readiness, readings

    cases = work["cases"]
    autonomy = appraise.autonomy(cases, work.registry, home=work.options.home, as_of=work.as_of)
    given = readings(cases, autonomy, readiness(work.registry, work.pack, work.as_of), work.as_of)
    maturity = appraise.maturity(cases, work.registry, work.as_of, given=given)
    proved = maturity.filter((pl.col("dimension") != "overall") & pl.col("level").is_not_null())["case"].n_unique()
    levelled = maturity.filter((pl.col("dimension") == "overall") & pl.col("level").is_not_null()).height
    linked = autonomy["autonomy"].is_not_null().sum()
    why = Why("chain.appraised", {"n": cases.height, "proved": proved, "levelled": levelled, "linked": linked})
    return Outcome({"maturity": maturity, "autonomy": autonomy}, cases.height, proved, why)


def choose(work: Work) -> Outcome:
    """The budgets' choice among the cases, each paid as a whole, with what the chosen may lose together."""
    from tongtu.chain import capital
    from tongtu.risk.allocation import allocate
    from tongtu.risk.simulation import scenarios, simulate

    registry = work.registry
    asked = capital.of_work(work)
    drawn = scenarios(asked.book, SCENARIOS, factors=asked.factors, seed=work.seed, progress=work.progress)
    found = allocate(
        asked.book, drawn, registry["funds"], registry["budgets"], registry["priorities"], as_of=work.as_of,
        attributes=asked.cases, stages=asked.stages, level=asked.terms.level, confidence=work.options.confidence,
        committed="whole", rates=registry["rates"], progress=work.progress,
    )  # fmt: skip
    taken = found.cases.filter("chosen")["case"].to_list()
    run = simulate(
        asked.book.only(taken), factors=asked.factors, seed=work.seed, points=POINTS, scramblings=SETS,
        levels=(asked.terms.level,), stress=asked.terms.stress, progress=work.progress,
    ) if taken else None  # fmt: skip
    risk, values = capital.risk(run, asked.currency), capital.values(asked)
    tables = {"funding": _funding(found.cases), "risk": risk, "values": values}
    why = Why("chain.chosen", {"n": asked.cases.height, "taken": len(taken)})
    return Outcome(tables, asked.cases.height, len(taken), why, (found.solution,))


def _funding(cases: pl.DataFrame) -> pl.DataFrame:
    """The plan's table from the allocation's: what a case is given in all, and what it is expected to bring about."""
    chosen = pl.col("chosen")
    given = pl.when(chosen).then(pl.col("committed") + pl.col("reserved")).otherwise(0)
    expected = pl.when(chosen).then(pl.col("value")).otherwise(0.0)
    return cases.select(
        "case", "chosen", "fund", "budget", given.alias("amount"), "currency", "weight", "p",
        expected.alias("expected"), "why",
    )  # fmt: skip
