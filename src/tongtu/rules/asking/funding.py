"""Open funding calls, and whether an organisation qualifies: by itself, or with a project or platform of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules.asking.subjects import about, owner
from tongtu.rules.gaps import gap
from tongtu.rules.intakes import Places
from tongtu.rules.judging import judge
from tongtu.rules.model import RuleBook
from tongtu.terms.why import Label, Why

_CALLS: dict[str, Any] = {
    **dict.fromkeys(("call", "title", "title_en", "issuer", "kind"), pl.String),
    "amount": pl.Int64, "currency": pl.String, "opens": pl.Date, "closes": pl.Date, "days_left": pl.Int64,
    **dict.fromkeys(("subject", "scheme", "version", "tier", "verdict"), pl.String),
    "unmet": pl.Int64, "unknown": pl.Int64, "manual": pl.Int64, "why": pl.String,
}  # fmt: skip
_ORDER = ("met", "manual", "unknown", "unmet", "not_applicable")


@dataclass(frozen=True)
class Calls:
    """Calls open on a day, and what each still lacks.

    calls  call, title, title_en, issuer, kind, amount (Int64 minor units), currency, opens, closes, days_left, subject
           (who is judged: the organisation, its project or platform; null for a blank draft), scheme, version, tier,
           verdict, unmet, unknown, manual, why: what one qualifies for first, then by deadline
    gaps   call, subject and the columns of `gap`
    """

    calls: pl.DataFrame
    gaps: pl.DataFrame


def calls(book: RuleBook, registry: Registry, organisation: str, as_of: date) -> Calls:
    """Funding calls open on a day, judged for one organisation.

    A call whose scheme judges projects is judged on every project this organisation leads for it, or where there is
    none on a blank draft of which only lead and call are known. A call without a scheme is left to a person, one whose
    scheme the book does not hold is unknown, one for other regions does not apply. A day left out is no limit.
    """
    begun = pl.col("opens").is_null() | (pl.col("opens") <= as_of)
    lasting = pl.col("closes").is_null() | (pl.col("closes") >= as_of)
    desk = _Desk(book, registry, organisation, as_of)
    rows: list[dict[str, Any]] = []
    gaps: list[pl.DataFrame] = []
    for call in registry["calls"].filter(begun & lasting).to_dicts():
        left = None if call["closes"] is None else (call["closes"] - as_of).days
        for row, missing in desk.judged(call):
            rows.append({**{c: call[c] for c in _CALLS if c in call}, "days_left": left, **row})
            place = {"call": call["call"], "subject": row.get("subject")}
            if missing is not None:
                gaps.append(missing.select(*(pl.lit(v, pl.String).alias(c) for c, v in place.items()), pl.all()))
    order = pl.col("verdict").replace_strict(list(_ORDER), list(range(len(_ORDER))), return_dtype=pl.Int8)
    table = pl.DataFrame(rows, schema=_CALLS).sort(order, "closes", "call", "subject", "tier", nulls_last=True)
    return Calls(table, pl.concat(gaps, how="diagonal") if gaps else pl.DataFrame())


Judged = tuple[dict[str, Any], pl.DataFrame | None]


@dataclass(slots=True)
class _Desk:
    """Reads calls for one organisation."""

    book: RuleBook
    registry: Registry
    organisation: str
    as_of: date
    here: Registry = field(init=False)

    def __post_init__(self) -> None:
        self.here = about(self.registry, ["organisations"], self.organisation)

    def judged(self, call: Mapping[str, Any]) -> Iterator[Judged]:
        elsewhere = self._elsewhere(call)
        if elsewhere is not None:
            yield self._plain(call, *elsewhere)
        elif not call["scheme"]:
            yield self._plain(call, "manual", Why("asking.call-manual", {"conditions": call["conditions"] or ""}))
        elif call["scheme"] not in self.book.schemes:
            yield self._plain(call, "unknown", Why("asking.call-no-rule", {"scheme": call["scheme"]}))
        elif self.book[call["scheme"]].subject == "organisations":
            yield from self._tiers(self.here, call["scheme"], self.organisation, self.organisation)
        else:
            yield from self._own(call)

    def _own(self, call: Mapping[str, Any]) -> Iterator[Judged]:
        """Judges what the organisation applies with."""
        kind = self.book[call["scheme"]].subject
        own = applicants(self.registry, kind, self.organisation, call)
        for name in own:
            yield from self._tiers(about(self.registry, [kind], name), call["scheme"], name, name)
        if not own and "call" in noun(kind).schema():
            blank, name = with_draft(self.registry, kind, self.organisation, call["call"])
            yield from self._tiers(about(blank, [kind], name), call["scheme"], name, None)
        elif not own:
            label = Label(noun(kind).zh, noun(kind).en)
            yield self._plain(call, "not_applicable", Why("asking.call-nothing-of-its-own", {"subject": label}))

    def _tiers(self, registry: Registry, scheme: str, name: str, shown: str | None) -> Iterator[Judged]:
        judgement = judge(self.book, scheme, registry, self.as_of).only([name])
        for row in judgement.verdicts.select("scheme", "version", "tier", "verdict", "why").to_dicts():
            missing = gap(judgement, name, row["tier"])
            counts = {v: missing.filter(pl.col("verdict") == v).height for v in ("unmet", "unknown", "manual")}
            yield {**row, **counts, "subject": shown}, missing

    def _plain(self, call: Mapping[str, Any], verdict: str, why: Why) -> Judged:
        """A call no rule of the book can judge."""
        return {"scheme": call["scheme"], "verdict": verdict, "why": why.to_json()}, None

    def _elsewhere(self, call: Mapping[str, Any]) -> tuple[str, Why] | None:
        """The verdict on a call for certain regions, where this organisation is not known to lie in one."""
        if not call["regions"]:
            return None
        own = self.here["organisations"].filter(pl.col("organisation") == self.organisation)["region"].drop_nulls()
        if own.is_empty():
            return "unknown", Why("asking.call-region-unknown", {"regions": call["regions"]})
        places = Places.of(self.registry)
        if any(region in places.chain(own[0]) for region in call["regions"]):
            return None
        return "not_applicable", Why("asking.call-elsewhere", {"regions": call["regions"], "region": own[0]})


def applicants(registry: Registry, kind: str, organisation: str, call: Mapping[str, Any]) -> list[str]:
    """What an organisation can apply with: its rows of a noun; of projects, those for this call or its scheme."""
    column = owner(kind, "organisations")
    frame = registry[kind].filter(pl.col(column) == organisation) if column else registry[kind].head(0)
    if "call" in frame.columns:
        same = pl.col("scheme") == (call["scheme"] or "") if "scheme" in frame.columns else pl.lit(False)
        frame = frame.filter((pl.col("call") == call["call"]) | (pl.col("call").is_null() & same))
    return frame[noun(kind).key[0]].to_list()


def with_draft(registry: Registry, kind: str, organisation: str, call: str) -> tuple[Registry, str]:
    """The registry with a blank draft in it, of which only who leads it and for which call are known; and its id."""
    key, column = noun(kind).key[0], owner(kind, "organisations")
    name = f"{organisation}+{call}"
    row = pl.DataFrame({key: [name], column or "": [organisation], "call": [call]})
    return registry.replace(**{kind: pl.concat([registry[kind], row], how="diagonal")}), name
