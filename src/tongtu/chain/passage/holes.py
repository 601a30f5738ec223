"""Services that gates ask for and nobody offers: holes in the chain."""

from __future__ import annotations

import polars as pl

from tongtu.chain.dossier.document import Section, cell
from tongtu.chain.passage.ground import Passage
from tongtu.chain.passage.pieces import because, note, section, table
from tongtu.registry import vocabularies


def holes(passage: Passage, case: str, most: int | None) -> Section | None:
    """Of the stages that a live case has still to pass, for its direction."""
    from tongtu.pathway.services import holes_of

    runs, now = passage.told_of(case), passage.state(case)
    if not now.live:
        return None
    passed = runs.ids(now.lines[0].passed)
    found = holes_of(runs.pathway, passage.network.registry, passage.rows[case]["direction"])
    names = vocabularies()["gate_service"]
    rows = [
        [cell(passage.stage(runs.key, row["stage"])), cell([names[row["service"]].say(lang) for lang in ("zh", "en")]),
         because(row["why"], "bad" if row["supply"] == "none" else "warn")]
        for row in found.filter(~pl.col("stage").is_in(passed)).iter_rows(named=True)
    ]  # fmt: skip
    return section("holes", [note("holes-are"), *table(("stage", "service", "because/long"), rows, "no-holes", most)])
