"""The market's links: who qualifies, which pairs fit, and which of them are proposed under both sides' capacities."""

from __future__ import annotations

import polars as pl

from tongtu.chain.law import rule_book
from tongtu.chain.work import Outcome, Work
from tongtu.registry import vocabularies
from tongtu.terms.why import Why


def judge(work: Work) -> Outcome:
    """Every scheme of the pack over every subject it speaks of, by the version in force."""
    from tongtu import rules

    book = rule_book(work.pack)
    judged = [
        rules.judge(book, scheme, work.registry, work.as_of) for scheme in book if book[scheme].subject in work.registry
    ]
    verdicts = pl.concat([_of_subject(j.key, j.verdicts) for j in judged])
    criteria = pl.concat([_of_subject(j.key, j.criteria) for j in judged])
    subjects = verdicts.n_unique(["subject_kind", "subject"])
    met = verdicts.filter(pl.col("verdict") == "met").height
    why = Why("chain.judged", {"n": subjects, "schemes": len(judged), "met": met})
    return Outcome({"verdicts": verdicts, "criteria": criteria}, subjects, verdicts.height, why)


def _of_subject(key: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({key: "subject"}).with_columns(subject_kind=pl.lit(key))


def match(work: Work) -> Outcome:
    from tongtu import match

    lists = {**vocabularies(), **work.pack.vocabularies}
    found = match.match(
        work.registry,
        glossary=work.pack.glossary,
        as_of=work.as_of,
        top=work.options.top,
        seed=work.seed,
        vocabularies=lists,
        industries=work.pack.sheet("industries"),
        progress=work.progress,
    )
    asked, matched = match.open_needs(work.registry, work.as_of).height, found.pairs["need"].n_unique()
    closed = work.registry["needs"].height - asked
    why = Why("chain.matched", {"n": asked, "matched": matched, "refused": found.refusals.height, "closed": closed})
    return Outcome({"pairs": found.pairs, "refusals": found.refusals}, asked, matched, why)


def allocate(work: Work) -> Outcome:
    from tongtu import match

    found = match.allocate(
        work["pairs"], work.registry, as_of=work.as_of, progress=work.progress,
        least=work.options.least, taken=match.open_cases(work.registry),
    )  # fmt: skip
    pairs = work["pairs"].height
    why = Why("chain.allocated", {"n": found.allocation.height, "unfilled": found.unfilled.height})
    return Outcome(
        {"allocation": found.allocation, "unfilled": found.unfilled},
        pairs,
        found.allocation.height,
        why,
        (found.solution,),
    )
