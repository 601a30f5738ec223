"""Control lists that a person gives for one question: a table, or a few words such as `US:scanner,eda_tool`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tongtu.registry import noun
from tongtu.registry.loading import examine
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.chain.supply.ground import Supply
    from tongtu.registry.boundary import Limits

#: what a list in a few words is called
LIST = "--control"


def announced(ground: Supply, said: Sequence[str], limits: Limits | None = None) -> Supply:
    """The ground with control lists from files and from words `BY:ITEM[,ITEM…]` (items by id or name).

    Raises DataRefused with every fault of the files, UsageFault for words that cannot be read or items nobody knows.
    """
    frames = [_read(Path(one), limits) if Path(one).is_file() else _words(ground, one, k) for k, one in enumerate(said)]
    empty = noun("controls").empty()
    rows = pl.concat([empty, *(frame.select(empty.columns) for frame in frames)], how="vertical_relaxed")
    return replace(ground, announced=rows)


def _read(path: Path, limits: Limits | None) -> pl.DataFrame:
    tables, findings = examine(path, limits=limits, references=False)
    wrong = [fault for fault in findings.faults if fault.severity == "error"]
    if wrong:
        raise DataRefused(wrong)
    if "controls" not in tables:
        told = {"name": path.name}
        raise DataRefused(
            Fault(Why("supply.no-controls", told), Why("supply.no-controls-repair", told), file=path.name)
        )
    return tables["controls"].values()


def _words(ground: Supply, said: str, at: int) -> pl.DataFrame:
    place, colon, items = said.partition(":")
    names = [one.strip() for one in items.replace("，", ",").split(",") if one.strip()]
    if not colon or not place.strip() or not names:
        raise UsageFault.because("supply.bad-control", "supply.bad-control-repair", value=said)
    rows = [{"control": f"{at + 1}.{k + 1}", "list": said, "jurisdiction": place.strip().upper(),
             "item": ground.one(name), "since": ground.network.as_of, "source": LIST, "grade": "ours"}
            for k, name in enumerate(names)]  # fmt: skip
    return pl.concat([noun("controls").empty(), pl.DataFrame(rows)], how="diagonal_relaxed")
