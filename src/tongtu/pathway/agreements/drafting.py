"""The text of an agreement, clause by clause, in both languages."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.pathway.agreements.model import Position, Template, Term
from tongtu.pathway.agreements.positions import resolved
from tongtu.terms.why import Label, Ratio
from tongtu.terms.words import Lang, show, word

#: What stands for a term that is still open.
BLANK = "____"


@dataclass(frozen=True, slots=True)
class Block:
    """One clause as it would be written; `open` are the ids of its terms that nobody has filled in."""

    clause: str
    label: Label
    position: str
    text: Label
    open: tuple[str, ...] = ()


def draft(
    template: Template,
    positions: Iterable[str] = (),
    terms: Mapping[str, Any] | None = None,
    *,
    a: Label | None = None,
    b: Label | None = None,
) -> tuple[Block, ...]:
    """The clauses in their order, each at the position taken or at its default, with terms written out.

    `a` and `b` are the parties' names, their roles in the template where none is given. The template's notice and
    preamble are its own and stand before these blocks. Raises KeyError for a clause or position it does not have;
    ask `permitted` first.
    """
    filled = dict(terms or {})
    parties = {"a": a or template.a, "b": b or template.b}
    return tuple(
        Block(id, template.clause(id).label, position.id, _written(position, filled, parties), _open(position, filled))
        for id, position in resolved(template, positions).items()
    )


def _open(position: Position, terms: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(term.id for term in position.terms if terms.get(term.id) is None)


def _written(position: Position, terms: Mapping[str, Any], parties: Mapping[str, Label]) -> Label:
    return Label(_in(position, terms, parties, "zh"), _in(position, terms, parties, "en"))


def _in(position: Position, terms: Mapping[str, Any], parties: Mapping[str, Label], lang: Lang) -> str:
    words = {side: name.say(lang) for side, name in parties.items()}
    words |= {term.id: _value(term, terms.get(term.id), lang) for term in position.terms}
    text = string.Formatter().vformat(position.text.say(lang), (), words)
    return text[:1].upper() + text[1:]


def _value(term: Term, value: Any, lang: Lang) -> str:
    if term.unit == "ratio" and isinstance(value, int | float) and not isinstance(value, bool):
        return show(Ratio(float(value)), lang)
    shown = BLANK if value is None else show(value, lang)
    if term.unit in ("days", "months", "years"):
        return word(f"pathway_agreements.in-{term.unit}", lang, n=shown)
    return shown
