"""The document of progress over the sample: whole in both languages, honest where little is known."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from tongtu import samples
from tongtu.chain.dossier.document import Chart, Document, Paragraph, Section, Table, plain
from tongtu.chain.network import Network, network
from tongtu.chain.passage.progress import progress
from tongtu.packs import load
from tongtu.pathway.progress import BY
from tongtu.registry import Registry, vocabularies
from tongtu.terms.faults import UsageFault

AS_OF = date(2026, 11, 20)


@cache
def ground() -> Network:
    pack = load("cn")
    known = {**vocabularies(), **pack.vocabularies}
    made = samples.make("demo", 7, glossary=pack.glossary, vocabularies=known, as_of=AS_OF)
    return network(Registry(made.tables), pack, AS_OF)


def pieces(document: Document) -> list[Any]:
    found: list[Any] = []

    def walk(blocks: Any) -> None:
        for block in blocks:
            found.append(block)
            if isinstance(block, Section):
                walk(block.blocks)

    walk(document.sections)
    return found


@pytest.mark.parametrize("by", [None, *BY])
def test_every_table_is_whole_and_spoken_in_both_languages(by: Any) -> None:
    document = progress(ground(), by=by).document(5)
    for side in (0, 1):
        text = str(plain(document, side))
        assert "passage_progress." not in text
        assert "pathway_progress." not in text
        assert "nan" not in text.lower().split()
    for one in pieces(document):
        if isinstance(one, Table):
            assert all(len(row) == len(one.columns) for row in one.rows)
    assert sum(isinstance(one, Chart) for one in pieces(document)) >= 6


def test_since_takes_later_cases_and_contracts_alone() -> None:
    whole, late = progress(ground()), progress(ground(), since=date(2024, 1, 1))
    assert 0 < late.cases.height < whole.cases.height
    assert late.cases["opened"].min() >= date(2024, 1, 1)  # type: ignore[operator]
    assert late.contracts.height < whole.contracts.height
    assert set(late.stays["case"]) <= set(late.cases["case"])


def test_what_cannot_be_said_of_few_cases_is_said() -> None:
    registry = ground().registry
    few = registry["cases"].head(3)
    events = registry["events"].join(few.select("case"), on="case", how="semi")
    found = progress(network(registry.replace(cases=few, events=events), load("cn"), AS_OF))
    told = [one.text[1] for one in pieces(found.document()) if isinstance(one, Paragraph)]
    assert any("cannot be said yet" in one for one in told)
    assert found.compressed(found.histories["first_order"]).yearly is None


def test_no_cases_is_told_as_a_fault() -> None:
    registry = ground().registry
    with pytest.raises(UsageFault):
        progress(network(registry.replace(events=pl.DataFrame(schema=registry["events"].schema)), load("cn"), AS_OF))
