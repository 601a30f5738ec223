"""The cases that ask for money, with what the engines believe of each: odds, cost and days by stage, what they bring.

The folder's own open cases; where there are none, or on request, the pairs the chain would bring together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.capital.terms import Terms, terms
from tongtu.chain.links.capital import planned
from tongtu.chain.links.passage import comparable
from tongtu.chain.network import Network
from tongtu.chain.network import work as working
from tongtu.chain.report.spoken import Pair
from tongtu.chain.work import Work
from tongtu.registry import vocabularies
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.risk.book import Book
    from tongtu.risk.costtime import Reference
    from tongtu.risk.simulation import Factors

Row = dict[str, Any]


@dataclass(frozen=True)
class Capital:
    """`cases`: case, need, achievement, direction, region, track, kind, item, start_stage, planned_cost, basis,
    currency, price_year, weight; `stages`: the stage frame;
    `payoffs`: what a success brings, as `risk.value.payoffs` tells it; `pairs`: whether these are pairs the chain
    would make. See `capital`."""

    network: Network
    terms: Terms
    cases: pl.DataFrame
    stages: pl.DataFrame
    payoffs: pl.DataFrame
    reference: Reference
    book: Book
    factors: Factors
    pairs: bool

    @cached_property
    def odds(self) -> pl.DataFrame:
        """The chain's table: no point below 20 results."""
        from tongtu.risk.odds import odds

        return odds(self.network.registry["outcomes"], self.cases, as_of=self.network.as_of)

    @property
    def currency(self) -> str:
        return self.book.currency

    @cached_property
    def rows(self) -> dict[str, Row]:
        return {row["case"]: row for row in self.cases.iter_rows(named=True)}

    @cached_property
    def named(self) -> dict[str, Label]:
        return codes(self.network)

    def name(self, own: str) -> Pair:
        """What a case is called: the title of its need, with its id."""
        need = self.rows.get(own, {}).get("need")
        title = self.network.name("needs", need, "title")
        return [f"{title[0]}（{own}）", f"{title[1]} ({own})"] if any(title) and title[0] != need else [own, own]

    def short(self, own: str) -> Pair:
        """A case's title without its id, for pictures."""
        need = self.rows.get(own, {}).get("need")
        title = self.network.name("needs", need, "title")
        return title if any(title) else [own, own]

    def one(self, said: str | None) -> str:
        """The id of a case by its id, its need or its need's title. Raises UsageFault, naming some."""
        if said is None:
            told = {"n": len(self.rows), "ids": sorted(self.rows)[:5]}
            raise UsageFault.because("capital.which-case", "capital.which-case-repair", **told)
        for column in ("case", "need"):
            found = self.cases.filter(pl.col(column) == said)["case"].to_list()
            if len(found) == 1:
                return str(found[0])
        titled = [own for own, row in self.rows.items() if said in self.network.name("needs", row["need"], "title")]
        if len(titled) == 1:
            return titled[0]
        raise self.network.not_among("cases", said, titled or sorted(self.rows))

    def of(self, frame: pl.DataFrame, own: str) -> pl.DataFrame:
        """The rows of a case."""
        return frame.filter(pl.col("case") == own)


def open_cases(network: Network, *, pairs: bool = False) -> Work:
    """The folder's open cases along their pathways; where there are none, or on request, the pairs the chain would
    make. Raises UsageFault where nothing asks for money."""
    network.filled("outcomes")
    network.tell("capital-cases")
    work = working.of_cases(network, behind=True)
    if pairs or work["cases"].is_empty():
        network.filled("needs", "achievements")
        work = working.of_pairs(network)
    if work["cases"].is_empty():
        raise UsageFault.because("capital.no-cases", "capital.no-cases-repair")
    return work


def capital(
    network: Network, *, work: Work | None = None, own: pl.DataFrame | None = None,
    sectors: pl.DataFrame | None = None, assumed: Terms | None = None,
) -> Capital:  # fmt: skip
    """The ground for the other functions.

    `work`: cases from elsewhere than `open_cases`; `own`: figures by stage that replace the engines' for the cases
    they name; `sectors`: correlations between directions; `assumed`: terms other than the pack's. Raises DataRefused
    with everything that is wrong, UsageFault where nothing asks for money.
    """
    assumed = assumed or terms(network.pack)
    work = work or open_cases(network)
    with readable(network):
        return _capital(network, work, own, sectors, assumed)


def _capital(
    network: Network, work: Work, own: pl.DataFrame | None, sectors: pl.DataFrame | None, assumed: Terms
) -> Capital:  # fmt: skip
    from tongtu.risk.book import book
    from tongtu.risk.costtime import reference
    from tongtu.risk.value import payoffs

    cases = attributes(work)
    past = reference(network.registry["outcomes"], as_of=network.as_of)
    stages = stage_frame(work, cases, assumed, past)
    stages = stages if own is None else _replaced(stages, own)
    cases = _priced(network, cases, stages)
    paid = payoffs(cases, network.registry["cashflows"], rate=assumed.rate, as_of=network.as_of)
    made = book(
        cases, stages, paid, currency=network.pack.currency, rates=network.registry["rates"], as_of=network.as_of
    )
    factors = assumed.factors(sectors).checked(made)
    paired = set(cases["case"]).isdisjoint(network.registry["cases"]["case"])
    return Capital(network, assumed, cases, stages, paid, past, made, factors, paired)


@contextmanager
def readable(network: Network) -> Iterator[None]:
    """Faults of the engines with stages and directions by their names, as a person knows them."""
    try:
        yield
    except DataRefused as refused:
        named = codes(network)
        raise DataRefused([_named(fault, named) for fault in refused.faults]) from None


def codes(network: Network) -> dict[str, Label]:
    """What engines say in codes, by their names: stages and directions."""
    found = {code: Label(*network.label("stage", code)) for code in vocabularies()["stage"]}
    return found | {code: Label(*network.direction(code)) for code in network.registry["directions"]["direction"]}


def _named(fault: Fault, named: Mapping[str, Label]) -> Fault:
    def told(why: Why | None) -> Why | None:
        return None if why is None else Why(why.code, {name: shown(arg) for name, arg in why.args.items()}, why.parts)

    def shown(arg: Any) -> Any:
        if isinstance(arg, (list, tuple)):
            return tuple(shown(one) for one in arg)
        return named.get(arg, arg) if isinstance(arg, str) else arg

    return replace(fault, what=told(fault.what) or fault.what, repair=told(fault.repair))


def attributes(work: Work) -> pl.DataFrame:
    """What the models want to know of each case; its track is its own, industrialisation where none is said."""
    registry = work.registry
    tracks = registry["cases"].select("case", "track")
    items = registry["needs"].select("need", "item")
    kinds = registry["directions"].select("direction", kind="maturity_kind")
    first = steps_of(work).filter(pl.col("verdict") != "met").sort("case", "order")
    start = first.unique("case", keep="first", maintain_order=True).select("case", start_stage="stage")
    joined = work["cases"].select("case", "need", "achievement", "direction", "region")
    for more, key in ((tracks, "case"), (items, "need"), (kinds, "direction"), (start, "case"),
                      (planned(work).drop("direction"), "case")):  # fmt: skip
        joined = joined.join(more.unique(key, keep="first", maintain_order=True), on=key, how="left",
                             maintain_order="left")  # fmt: skip
    return joined.with_columns(
        track=pl.col("track").fill_null("industrialisation"), weight=pl.lit(None, pl.Float64)
    ).sort("case")


def steps_of(work: Work) -> pl.DataFrame:
    """A row per case and stage, from its first gate to its last; met where all its gates are."""
    met = pl.when((pl.col("verdict") == "met").all()).then(pl.lit("met")).otherwise(pl.lit("unmet"))
    return (
        comparable(work)
        .sort("case", "order")
        .group_by("case", "stage", maintain_order=True)
        .agg(pl.col("order").min(), pl.col("start").min(), pl.col("due").max(), verdict=met)
        .sort("case", "order")
    )


def stage_frame(work: Work, cases: pl.DataFrame, assumed: Terms, past: Reference) -> pl.DataFrame:
    """The stage frame: beliefs beside cost and days, one row per case and stage still before it."""
    from tongtu.risk.costtime import by_stage
    from tongtu.risk.odds import beliefs

    believed = beliefs(work.registry["outcomes"], cases, as_of=work.as_of)
    steps = steps_of(work)
    shares = _shares(steps, assumed)
    laid = by_stage(past, cases, steps, shares=shares)
    joined = laid.join(believed.drop("order").rename({"why": "odds_why"}), on=["case", "stage"], how="left",
                       maintain_order="left")  # fmt: skip
    return joined.sort("case", "order")


def _shares(steps: pl.DataFrame, assumed: Terms) -> pl.DataFrame | None:
    """The pack's shares of a whole case's cost; stages it knows nothing of leave it to planned days."""
    known = set(assumed.stage_shares["stage"])
    return assumed.stage_shares if known and set(steps["stage"]) <= known else None


def _replaced(stages: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """The stage frame with one's own figures: cases named there have the stages named there and no others.

    Order is that of `after` where it is given, else of the rows. Odds replace the belief, and one figure of cost or
    days all three: a middle of one's own between ends of the engines' would be neither's. Raises DataRefused.
    """
    mine = own.with_row_index("_at").with_columns(order=pl.col("_at").cast(pl.Int64)).drop("_at")
    theirs = stages.drop("order").rename({c: f"_{c}" for c in stages.columns if c not in ("case", "stage", "order")})
    joined = mine.join(theirs, on=["case", "stage"], how="left", maintain_order="left")
    given = pl.lit(Why("capital.given-by-you").to_json())
    sure = pl.col("p").is_not_null()
    counted = (pl.col("n") > 0) & pl.col("p").is_between(0, 1, closed="none")
    filled = joined.with_columns(
        *(_said(what, f"{what}{end}") for what in ("cost", "days") for end in ("_low", "", "_high")),
        *(pl.coalesce(name, f"_{name}").alias(name) for name in ("currency", "price_year", "start")),
        p=pl.coalesce("p", "_p"),
        a=pl.when(counted).then(pl.col("p") * pl.col("n")).when(~sure).then("_a"),
        b=pl.when(counted).then((1 - pl.col("p")) * pl.col("n")).when(~sure).then("_b"),
        n_eff=pl.when(sure).then("n").otherwise("_n_eff"),
        prior_share=pl.when(~sure).then("_prior_share"),
        odds_why=pl.when(sure).then(given).otherwise("_odds_why"),
        why=given,
        **{f"{what}_n_eff": pl.col(f"_{what}_n_eff") for what in ("cost", "days")},
    )
    laid = _in_order(filled) if own["after"].is_not_null().any() else filled
    kept = stages.join(own.select("case").unique(), on="case", how="anti", maintain_order="left")
    return pl.concat([kept, laid.select(stages.columns)], how="vertical_relaxed").sort("case", "order")


def _said(what: str, name: str) -> pl.Expr:
    """One's own figure where any of the three is one's own, else the engines'."""
    any_of = pl.any_horizontal(pl.col(f"{what}{end}").is_not_null() for end in ("_low", "", "_high"))
    return pl.when(any_of).then(name).otherwise(f"_{name}").alias(name)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Stages put where `after` puts them. Raises DataRefused for a circle, naming it."""
    from tongtu.risk.order import in_order

    faults: list[Fault] = []
    found = in_order(rows, faults)
    if faults:
        raise DataRefused(faults)
    return found


def _priced(network: Network, cases: pl.DataFrame, stages: pl.DataFrame) -> pl.DataFrame:
    """Cases with the currency and price year of their stages; those of which no cost is known count in the pack's."""
    own = stages.group_by("case").agg(
        pl.col("currency").drop_nulls().first().alias("_currency"),
        pl.col("price_year").drop_nulls().first().alias("_year"),
        pl.col("cost").is_null().all().alias("_free"),
    )
    free = pl.col("_free").fill_null(True)
    joined = cases.join(own, on="case", how="left", maintain_order="left")
    return joined.with_columns(
        currency=pl.coalesce("_currency", "currency", pl.when(free).then(pl.lit(network.pack.currency))),
        price_year=pl.coalesce("_year", "price_year", pl.when(free).then(pl.lit(network.as_of.year, pl.Int64))),
    ).drop("_currency", "_year", "_free")
