"""What an offer may say of a template's clauses, and what two offers still differ on.

Positions come as `clause:position`, terms as a mapping such as `{"royalty": 0.05}`; a term that is None is still open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.pathway.agreements.model import Clause, Position, Template, Term
from tongtu.terms.faults import Fault
from tongtu.terms.why import Label, Why

Terms = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A clause on which two offers take different positions, with the terms in which they differ.

    `a` and `b` are positions; `terms` are ids of terms of the same position whose figures differ.
    """

    clause: str
    label: Label
    a: Position
    b: Position
    terms: tuple[str, ...] = ()


def permitted(template: Template, positions: Iterable[str], terms: Terms | None = None) -> tuple[Fault, ...]:
    """Everything that is wrong with an offer's positions and terms; empty where it may be made."""
    positions = tuple(positions)
    faults = list(_unreadable(template, positions))
    if not faults:
        chosen = resolved(template, positions)
        faults += _contradicting(template, chosen)
        faults += _out_of_bounds(template, chosen, terms or {})
    return tuple(faults)


def resolved(template: Template, positions: Iterable[str]) -> dict[str, Position]:
    """Clause → position in the template's order, the default where nothing is said.

    Raises KeyError for a clause or position that the template does not have; `permitted` says so in words.
    """
    said = dict(_split(text) for text in positions)
    for id in said:
        template.clause(id)
    return {clause.id: clause.position(said.get(clause.id, clause.default)) for clause in template.clauses}


def differences(
    template: Template,
    a: Iterable[str],
    b: Iterable[str],
    terms_a: Terms | None = None,
    terms_b: Terms | None = None,
) -> tuple[Difference, ...]:
    """The clauses on which two offers differ, in the template's order.

    Where both take the same position, its terms are compared; one that a side left open is no difference.
    Raises KeyError as `resolved` does.
    """
    ours, theirs = resolved(template, a), resolved(template, b)
    found = []
    for clause in template.clauses:
        one, other = ours[clause.id], theirs[clause.id]
        if one.id != other.id:
            found.append(Difference(clause.id, clause.label, one, other))
        elif apart := tuple(_apart(one, terms_a or {}, terms_b or {})):
            found.append(Difference(clause.id, clause.label, one, other, apart))
    return tuple(found)


def _apart(position: Position, a: Terms, b: Terms) -> Iterator[str]:
    for term in position.terms:
        one, other = a.get(term.id), b.get(term.id)
        if one is not None and other is not None and one != other:
            yield term.id


def _split(text: str) -> tuple[str, str]:
    clause, _, position = text.partition(":")
    return clause.strip(), position.strip()


def _unreadable(template: Template, positions: tuple[str, ...]) -> Iterator[Fault]:
    known = {clause.id: clause for clause in template.clauses}
    taken: dict[str, str] = {}
    for text in positions:
        id, position = _split(text)
        if id not in known:
            yield _fault("unknown-clause", text, template=template.label, known=tuple(known))
        elif position not in [own.id for own in known[id].positions]:
            yield _fault("unknown-position", text, clause=known[id].label, known=_ids(known[id]))
        elif taken.setdefault(id, position) != position:
            yield _fault("two-positions", text, clause=known[id].label, first=taken[id])


def _ids(clause: Clause) -> tuple[str, ...]:
    return tuple(position.id for position in clause.positions)


def _contradicting(template: Template, chosen: Mapping[str, Position]) -> Iterator[Fault]:
    stands = {f"{clause}:{position.id}" for clause, position in chosen.items()}
    for one, other in template.excludes:
        if one in stands and other in stands:
            yield _fault("excluded", one, one=_named(template, one), other=_named(template, other), code=other)


def _named(template: Template, text: str) -> Label:
    return template.clause(_split(text)[0]).label


def _out_of_bounds(template: Template, chosen: Mapping[str, Position], terms: Terms) -> Iterator[Fault]:
    asked = {term.id: term for position in chosen.values() for term in position.terms}
    for id, value in sorted(terms.items()):
        if value is None:
            continue
        if id not in asked:
            if not _anywhere(template, id):
                yield _fault("unknown-term", id, template=template.label, known=tuple(asked))
        elif (wrong := _beyond(asked[id], value)) is not None:
            yield wrong


def _anywhere(template: Template, id: str) -> bool:
    """Whether some position has the term: a figure that the chosen ones do not need does no harm."""
    return any(term.id == id for clause in template.clauses for own in clause.positions for term in own.terms)


def _beyond(term: Term, value: Any) -> Fault | None:
    if term.low is None and term.high is None:
        return None
    args = {"term": term.label, "low": term.low, "high": term.high, "value": str(value)}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _fault("not-a-figure", str(value), **args)
    within = (term.low is None or value >= term.low) and (term.high is None or value <= term.high)
    return None if within else _fault("out-of-bounds", str(value), **args)


def _fault(code: str, value: str, /, **args: Any) -> Fault:
    what, repair = (Why(f"pathway_agreements.{name}", {"value": value, **args}) for name in (code, f"{code}-repair"))
    return Fault(what, repair, column="positions", value=value)
