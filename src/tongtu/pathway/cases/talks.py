"""Offers and counter-offers, told as a conversation with a clock.

The offers themselves are rows; who answered, and when, is said by events (`answered`) or by the next offer. An offer
that nobody answered by its last day has expired, whatever its row says, unless it was accepted or refused before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import polars as pl

from tongtu.pathway.cases.events import full, in_order, known
from tongtu.terms.why import Label, Why


class Clause(Protocol):
    """What a clause of a template must tell."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> Label: ...
    @property
    def default(self) -> str: ...


class Template(Protocol):
    """What a template of an agreement must tell."""

    @property
    def clauses(self) -> tuple[Any, ...]: ...


@dataclass(frozen=True, slots=True)
class Talks:
    """One case's negotiation as of a day.

    rounds        offer, by, to, made, answered (the offer's day of answer), days (the other side took, or has taken),
                  expires, state, amount, currency, royalty
    differences   clause, label_zh, label_en, a, b, positions of the two sides' latest offers where they differ
    sides         by, offers, days: calendar days each side has let the other wait
    """

    case: str
    template: str | None
    state: str
    last_by: str | None
    waits_for: str | None
    expires: date | None
    rounds: pl.DataFrame
    differences: pl.DataFrame
    sides: pl.DataFrame
    why: Why


_ROUNDS = {
    "offer": pl.String(), "by": pl.String(), "to": pl.String(), "made": pl.Date(), "answered": pl.Date(),
    "days": pl.Int64(), "expires": pl.Date(), "state": pl.String(), "amount": pl.Int64(), "currency": pl.String(),
    "royalty": pl.Float64(),
}  # fmt: skip
_DIFFERENCES = {"clause": pl.String(), "label_zh": pl.String(), "label_en": pl.String(), "a": pl.String(),
                "b": pl.String()}  # fmt: skip


def negotiation(
    offers: pl.DataFrame, events: pl.DataFrame, template: Template | None, *, as_of: date, case: str | None = None
) -> Talks:
    """How the talks of one case stand: who moved last, who is waited for, what still differs, until when.

    `offers` and `events` are rows of the nouns; with `case`, rows of other cases are left out. `template` (anything
    with clauses that have id, label and default) names clauses and fills the positions nobody has taken. The state is
    that of the last offer: open, accepted, refused, countered, expired, or "none" where nobody has offered.
    """
    rows = _offers(offers, case, as_of)
    answered = _answers(events, case, as_of)
    told = [_told(rows, k, answered, as_of) for k in range(len(rows))]
    last = told[-1] if told else None
    state = str(last["state"]) if last else "none"
    open_ = state == "open"
    latest = _latest(rows)
    names = [str(row["case"]) for row in rows]
    return Talks(
        case or (names[0] if names else ""),
        next((row["template"] for row in reversed(rows) if row["template"]), None),
        state,
        last["by"] if last else None,
        last["to"] if last and open_ else None,
        last["expires"] if last else None,
        pl.DataFrame(told, schema=_ROUNDS, orient="row"),
        pl.DataFrame(_differing(latest, template), schema=_DIFFERENCES, orient="row"),
        _sides(told),
        _why(last, len(told)),
    )


def _offers(offers: pl.DataFrame, case: str | None, as_of: date) -> list[dict[str, Any]]:
    rows = offers.filter(pl.col("made") <= as_of)
    if case is not None:
        rows = rows.filter(pl.col("case") == case)
    blank = {
        "answers": pl.String(),
        "expires": pl.Date(),
        "state": pl.String(),
        "template": pl.String(),
        "positions": pl.List(pl.String),
        "amount": pl.Int64(),
        "currency": pl.String(),
        "royalty": pl.Float64(),
    }
    rows = rows.with_columns(pl.lit(None, dtype).alias(n) for n, dtype in blank.items() if n not in rows.columns)
    return rows.sort("made", "offer").to_dicts()


def _answers(events: pl.DataFrame, case: str | None, as_of: date) -> dict[str, date]:
    """The day each offer was first answered, as events tell."""
    told = in_order(known(full(events), as_of, as_of)).filter(
        (pl.col("kind") == "answered") & pl.col("offer").is_not_null()
    )
    if case is not None:
        told = told.filter(pl.col("case") == case)
    days: dict[str, date] = {}
    for offer, on in told.select("offer", "on").iter_rows():
        days.setdefault(offer, on)
    return days


def _told(rows: list[dict[str, Any]], k: int, answered: Mapping[str, date], as_of: date) -> dict[str, Any]:
    """One offer: when it was answered, by what, and how it stands."""
    row = rows[k]
    replies = [other for other in rows[k + 1 :] if other["answers"] == row["offer"]]
    replies = replies or [
        other for other in rows[k + 1 : k + 2] if other["answers"] is None and other["by"] == row["to"]
    ]
    on = min([r["made"] for r in replies] + [d for o, d in answered.items() if o == row["offer"]], default=None)
    late = row["expires"] is not None and (on or as_of) > row["expires"]
    said = str(row["state"] or "open")
    state = "countered" if replies else said
    if late and (on is not None or said in ("open", "expired")):
        state, on = "expired", None
    until = on or (min(as_of, row["expires"]) if state == "expired" and row["expires"] else as_of)
    waits = on is not None or state in ("open", "expired")
    return {
        **{name: row[name] for name in ("offer", "by", "to", "made", "expires", "amount", "currency", "royalty")},
        "answered": on, "days": (until - row["made"]).days if waits else None, "state": state,
    }  # fmt: skip


def _latest(rows: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Each side's last stated positions, clause by clause; what a counter-offer leaves out stays as it was."""
    sides: dict[str, dict[str, str]] = {}
    for row in rows:
        stated = dict(p.split(":", 1) for p in row["positions"] or () if ":" in p)
        sides.setdefault(row["by"], {}).update(stated)
        sides.setdefault(row["to"], {})
    return sides


def _differing(sides: dict[str, dict[str, str]], template: Template | None) -> list[dict[str, Any]]:
    if len(sides) < 2:
        return []
    a, b = (sides[name] for name in sorted(sides)[:2])
    clauses = {clause.id: clause for clause in template.clauses} if template else {}
    order = [*clauses, *sorted((a.keys() | b.keys()) - clauses.keys())]
    rows = []
    for id in order:
        usual = clauses[id].default if id in clauses else None
        left, right = a.get(id, usual), b.get(id, usual)
        if left != right:
            label = clauses[id].label if id in clauses else Label(id)
            rows.append({"clause": id, "label_zh": label.zh, "label_en": label.en or label.zh, "a": left, "b": right})
    return rows


def _sides(told: list[dict[str, Any]]) -> pl.DataFrame:
    rows: dict[str, list[int]] = {}
    for row in told:
        rows.setdefault(row["by"], [0, 0])[0] += 1
        rows.setdefault(row["to"], [0, 0])[1] += row["days"] or 0
    listed = [(name, *counts) for name, counts in sorted(rows.items())]
    return pl.DataFrame(listed, schema={"by": pl.String, "offers": pl.Int64, "days": pl.Int64}, orient="row")


def _why(last: Mapping[str, Any] | None, rounds: int) -> Why:
    if last is None:
        return Why("pathway_cases.talks-none")
    args = {"by": last["by"], "to": last["to"], "made": last["made"], "expires": last["expires"], "n": rounds}
    return Why(f"pathway_cases.talks-{last['state']}", args)
