"""An application as far as the registry can fill it in: what the call's rule reads, and who must supply the rest.

Rows come in the order of a form: the organisation, what it applies with, yearly figures, other records, titles, and
last what a person has to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Column, Registry, noun
from tongtu.rules import units
from tongtu.rules.asking.funding import applicants, with_draft
from tongtu.rules.asking.subjects import about
from tongtu.rules.asking.values import near
from tongtu.rules.compiling import column, currency_column
from tongtu.rules.expressions import Input
from tongtu.rules.facts import items_below, needs_of
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.model import Manual, Ordinal, RuleBook, Version
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Ratio, Why

_FRAME: dict[str, Any] = {
    "part": pl.String, "field": pl.String, "noun": pl.String, "column": pl.String, "year": pl.Int64,
    "value": pl.String, "supplier": pl.String, "why": pl.String,
}  # fmt: skip
#: What every application names, whatever its rule reads.
_ALWAYS = {
    "organisations": ("name", "name_en", "uscc", "kind", "region", "industry", "founded", "legal_person"),
    "projects": ("title", "title_en", "summary", "direction", "budget", "state_funds", "own_funds", "start", "end"),
    "platforms": ("name", "name_en", "kind", "region", "founded", "legal_person"),
}
_PARTS = ("organisation", "applied_with", "yearly", "records", "titles", "evidence")


def outline(
    book: RuleBook, registry: Registry, organisation: str, call: str, as_of: date, *, subject: str | None = None
) -> pl.DataFrame:
    """The fields of an application to a call, filled in where the registry can.

    Columns: part, field, noun, column, year, value, supplier, why. `value` is null where nothing is recorded, and
    `supplier` then says who must give it: `applicant`, `partners`, `issuer` (of a title) or `reviewer`. `subject` is
    the project or platform it applies with; by default the first one there is for the call, else a blank draft.
    Raises UsageFault for a call or subject nobody knows.
    """
    found = registry["calls"].filter(pl.col("call") == call).to_dicts()
    if not found:
        raise UsageFault(_unknown("call", call, registry["calls"]["call"].to_list()))
    scheme = book.schemes.get(found[0]["scheme"] or "")
    kind = scheme.subject if scheme is not None else "projects"
    registry, name = _applying(registry, kind, organisation, found[0], subject)
    rows = [*_always(registry, "organisations", organisation, "organisation")]
    if kind != "organisations":
        rows += _always(registry, kind, name, "applied_with")
    if scheme is not None:
        judgement = judge(book, scheme.scheme, about(registry, [kind], name), as_of).only([name])
        rows += _read(judgement) if judgement.version is not None else ()
    elif found[0]["conditions"]:
        rows.append(_row("evidence", call, Label(found[0]["conditions"]), supplier="applicant"))
    once: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        once.setdefault((row["part"], row["field"]), row)
    return pl.DataFrame(sorted(once.values(), key=lambda row: _PARTS.index(row["part"])), schema=_FRAME)


def _applying(
    registry: Registry, kind: str, organisation: str, call: Mapping[str, Any], subject: str | None
) -> tuple[Registry, str]:
    """What is applied with, and a registry in which it stands."""
    if kind == "organisations":
        return registry, organisation
    own = applicants(registry, kind, organisation, call)
    if subject is not None and subject not in own:
        raise UsageFault(_unknown("subject", subject, own))
    if own or "call" not in noun(kind).schema():
        return registry, subject or (own[0] if own else "")
    return with_draft(registry, kind, organisation, call["call"])


def _unknown(what: str, name: str, known: list[str]) -> Fault:
    args = {"name": name, "names": near(name, known)}
    return Fault(Why(f"asking.no-{what}", args), Why(f"asking.no-{what}-repair", args), column=what, value=name)


def _always(registry: Registry, kind: str, key: str, part: str) -> Iterator[dict[str, Any]]:
    rows = registry[kind].filter(pl.col(noun(kind).key[0]) == key).to_dicts()
    record = rows[0] if rows else {}
    for name in _ALWAYS.get(kind, ()):
        known = noun(kind).column(name)
        label = Label(known.zh, known.en)
        value = _typed(known, record.get(name), record.get("currency"))
        yield _row(part, f"{kind}.{name}", label, kind, name, value=value, supplier="applicant")


def _read(judgement: Judgement) -> Iterator[dict[str, Any]]:
    """Every field the rule reads, with what the facts say of it."""
    version = judgement.version
    assert version is not None
    facts = judgement.facts.row(0, named=True) if judgement.facts.height else {}
    needs = needs_of(judgement.scheme, version)
    for used in needs.inputs.values():
        yield _input(judgement, used, facts)
    for title in needs.holds.values():
        kinds = Label("、".join(title.kinds), ", ".join(title.kinds))
        value = title.kinds[0] if facts.get(title.column) else None
        yield _row("titles", title.column, kinds, "titles", value=value, supplier="issuer")
    yield from _shown(version)


def _input(judgement: Judgement, used: Input, facts: Mapping[str, Any]) -> dict[str, Any]:
    value, found = facts.get(column(used)), used.field
    if found.measure is not None and found.measure.rows is not None:
        child = found.measure.rows.noun
        supplier = "partners" if child == "participants" else "applicant"
        return _row("records", f"{child}:{found.name}", found.label, child, value=value, supplier=supplier)
    assert found.column is not None
    typed = _typed(found.column, value, facts.get(currency_column(used)) if found.unit == units.MONEY else None)
    name = found.name.rpartition(".")[2]
    if used.back:
        year = judgement.as_of.year - used.back
        field = f"{found.noun}.{year}.{name}"
        return _row("yearly", field, found.label, found.noun, name, year=year, value=typed, supplier="applicant")
    part = "organisation" if found.noun == "organisations" else "applied_with"
    supplier = "issuer" if found.noun == "calls" else "applicant"
    return _row(part, f"{found.noun}.{name}", found.label, found.noun, name, value=typed, supplier=supplier)


def _shown(version: Version) -> Iterator[dict[str, Any]]:
    """What a person asks to see, and decides."""
    for _, criterion, _ in version.criteria():
        if isinstance(criterion.body, Manual):
            yield _row("evidence", criterion.path, criterion.body.evidence, supplier="applicant")
    for score in version.scores:
        for item in items_below(item for part in score.parts for item in part.items):
            if isinstance(item.scale, Ordinal):
                yield _row("evidence", item.path, item.scale.evidence, supplier="reviewer")


def _typed(known: Column, value: Any, currency: str | None) -> Any:
    """A value as people read it; an amount without a currency is not known."""
    if value is None or (known.kind == "money" and not currency):
        return None
    if known.kind == "money":
        return Money(int(value), str(currency))
    return Ratio(value) if known.kind == "ratio" else value


def _row(
    part: str,
    field: str,
    label: Label,
    noun_name: str | None = None,
    column_name: str | None = None,
    *,
    supplier: str,
    year: int | None = None,
    value: Any = None,
) -> dict[str, Any]:
    name = label if year is None else Why("asking.field-year", {"name": label, "year": str(year)})
    if value is None:
        why = Why("asking.outline-empty", {"name": name, "who": Why(f"asking.supplier-{supplier}")})
    else:
        why = Why("asking.outline-filled", {"name": name, "value": value})
    return {
        "part": part, "field": field, "noun": noun_name, "column": column_name, "year": year, "value": _text(value),
        "supplier": supplier if value is None else None, "why": why.to_json(),
    }  # fmt: skip


def _text(value: Any) -> str | None:
    """The same in any language: amounts in major units with their currency, lists by semicolons."""
    match value:
        case None:
            return None
        case Money():
            return f"{value.major:f} {value.currency}"
        case Ratio():
            return f"{value.value:g}"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ";".join(value)
    return str(value)
