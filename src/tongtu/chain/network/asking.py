"""What a process needs, out of words: `温度≥900 ℃`, `batch 200 kg`, `洁净室`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tongtu.chain.network.ground import Network
from tongtu.registry.findings import Problem
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: id of a request asked with options
ASKED = "ASK"
REQUEST: Mapping[str, Any] = {
    "request": pl.String, "step": pl.Int64, "direction": pl.String, "categories": pl.List(pl.String),
    "process": pl.String, "batch": pl.Float64, "batch_unit": pl.String, "region": pl.String, "hours": pl.Float64,
    "earliest": pl.Date,
}  # fmt: skip
REQUIREMENT: Mapping[str, Any] = {
    "request": pl.String, "requirement": pl.String, "quantity": pl.String, "quantity_en": pl.String,
    "operator": pl.String, "low": pl.Float64, "high": pl.Float64, "unit": pl.String, "conditions": pl.String,
    "must": pl.Boolean,
}  # fmt: skip
Row = dict[str, Any]


def asked(
    network: Network, *, direction: str | None = None, categories: Sequence[str] = (), process: str | None = None,
    batch: str | None = None, quantities: Sequence[str] = (), hours: float | None = None, region: str | None = None,
    earliest: date | None = None, must: bool = False,
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """One request out of options, and its requirements. Raises UsageFault with everything that is not understood."""
    faults: list[Fault] = []

    def coded(vocabulary: str, said: str) -> str | None:
        checked = network.checked(vocabulary, said)
        if checked.fault is not None:
            faults.append(Fault(checked.fault, checked.repair, value=said))
        return checked.value

    known = {
        name: coded(name, said) for name, said in (("direction", direction), ("region", region)) if said is not None
    }
    kinds = [coded("service_category", said) for said in categories]
    amount, unit = _batch(batch, faults)
    rows, more = _requirements(network, ((ASKED, said, must) for said in quantities))
    faults += [
        Fault(one.what, one.repair, value=said) for one, said in zip(more, quantities, strict=True) if one is not None
    ]
    if faults:
        raise UsageFault(faults)
    request = {"request": ASKED, "process": process, "batch": amount, "batch_unit": unit, "hours": hours,
               "earliest": earliest, "categories": kinds or None, **known}  # fmt: skip
    schema = {name: kind for name, kind in REQUEST.items() if name != "step"}
    return pl.DataFrame([request], schema=schema), pl.DataFrame(rows, schema=dict(REQUIREMENT))


def of_needs(network: Network, need: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Needs that are open, or one, as requests: their direction, region and words; their indicators as requirements."""
    registry = network.registry
    needs = registry["needs"]
    if need is not None:
        needs = needs.filter(pl.col("need") == network.one("needs", need, "title"))
    else:
        from tongtu.match import sides

        listed = sides.listings(registry, "need", sides.CLASSES[-1])["id"]
        needs = needs.filter(pl.col("need").is_in(listed.implode()), pl.col("direction").is_not_null())
    words = pl.concat_str([pl.col("title"), pl.col("title_en").fill_null("")], separator=" ")
    requests = needs.select("direction", "region", request="need", process=words)
    stated = registry["indicators"].filter(
        pl.col("subject_kind") == "need", pl.col("subject").is_in(needs["need"].implode())
    )
    columns = [pl.col(name) for name in REQUIREMENT if name not in ("request", "requirement", "must")]
    rows = stated.select(*columns, request="subject", requirement="indicator", must=pl.col("must").fill_null(False))
    return requests, rows.select([*REQUIREMENT])


def requirements_of(network: Network, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series, list[Problem]]:
    """Requirements written in a table; which rows cannot be understood, and why."""
    said = [(row["request"], row["requirement"], bool(row["must"])) for row in rows.iter_rows(named=True)]
    found, problems = _requirements(network, said)
    wrong = pl.Series([one is not None for one in problems], dtype=pl.Boolean)
    return pl.DataFrame(found, schema=dict(REQUIREMENT)), wrong, [one for one in problems if one is not None]


def _requirements(
    network: Network, said: Iterable[tuple[str, str | None, bool]]
) -> tuple[list[Row], list[Problem | None]]:  # fmt: skip
    from tongtu.registry import written

    rows: list[Row] = []
    problems: list[Problem | None] = []
    for place, (request, text, must) in enumerate(said, start=1):
        problems.append(None)
        if text is None or not text.strip():
            continue
        told = {"request": request, "must": must}
        if not any(character.isdigit() for character in text):
            rows.append({**told, "requirement": f"{request}-{place:02}", "quantity": text.strip(), "operator": "has"})
            continue
        read = written.read(text, network.known_words, kind="need", subject=request)
        if read.left or read.indicators.is_empty():
            parts = read.left or (Why("network.no-relation"),)
            problems[-1] = Problem(
                Why("network.not-understood", {"text": text}, parts), Why("network.not-understood-repair")
            )
            continue
        for more, row in enumerate(read.indicators.iter_rows(named=True)):
            own = f"{request}-{place:02}" + (f".{more}" if more else "")
            kept = {name: row[name] for name in REQUIREMENT if name in row}
            rows.append({**kept, **told, "requirement": own})
    return rows, problems


def _batch(said: str | None, faults: list[Fault]) -> tuple[float | None, str | None]:
    """`200 kg` as a figure and its unit."""
    if said is None:
        return None, None
    number, _, unit = said.strip().partition(" ")
    digits = "".join(c for c in number if c.isdigit() or c in ".eE+-")
    unit = (number[len(digits) :] + " " + unit).strip()
    try:
        return float(digits), unit or None
    except ValueError:
        faults.append(Fault(Why("network.no-batch", {"text": said}), Why("network.no-batch-repair"), value=said))
        return None, None
