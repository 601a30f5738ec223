"""Reads templates from a pack's YAML, and refuses them with every fault at once.

A file with `shared: true` holds clauses that templates take by name (`use: disputes`), so that what every agreement
says alike is written once. `packs/cn/agreements/licence.yaml` shows every key.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from datetime import date

from tongtu.pathway.agreements.model import BETTER_FOR, UNITS, Clause, Position, Template, Term
from tongtu.pathway.taking import Taking
from tongtu.registry.vocabularies import Vocabularies, vocabularies
from tongtu.terms import marked
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label, Why

_HEAD = ("id", "version", "zh", "en", "kind", "since", "source", "grade", "parties", "notice", "preamble", "clauses")
_CLAUSE = ("clause", "zh", "en", "default", "positions")
_POSITION = ("position", "zh", "en", "better_for")
_TERM_FREE = ("low", "high", "source", "grade")

Shared = Mapping[str, Clause]


def load(texts: Mapping[str, str], pack: Vocabularies | None = None) -> dict[str, Template]:
    """Templates by id, from YAML texts by file name. Raises PackRefused with all faults of all files.

    Of one id only one version is kept in a pack: an agreement that was signed carries its own text.
    """
    known = {**vocabularies(), **(pack or {})}
    pages = [(Taking(file, known), texts[file]) for file in sorted(texts)]
    documents = [(taking, _document(taking, text)) for taking, text in pages]
    shared: dict[str, Clause] = {}
    for taking, document in documents:
        if document is not None and document.get("shared") is True:
            shared |= _shared(taking, document)
    found: dict[str, Template] = {}
    for taking, document in documents:
        if document is not None and document.get("shared") is not True:
            _add(taking, document, _template(taking, document, shared), found)
    if faults := [fault for taking, _ in documents for fault in taking.faults]:
        raise PackRefused(faults)
    return dict(sorted(found.items()))


def _add(taking: Taking, document: Marked, template: Template, found: dict[str, Template]) -> None:
    if template.id in found:
        _fault(taking, document, "id", "template-twice", template.id, template=template.id)
    found[template.id] = template


def _document(taking: Taking, text: str) -> Marked | None:
    document, faults = marked.load(text, taking.file)
    taking.faults += faults
    if isinstance(document, Marked):
        return document
    if not faults:
        what, repair = (Why(f"pathway_agreements.not-template{end}") for end in ("", "-repair"))
        taking.faults.append(Fault(what, repair, taking.file))
    return None


def _shared(taking: Taking, node: Marked) -> dict[str, Clause]:
    taking.keys(node, ("shared", "source", "grade", "clauses"), ("note",))
    taking.cited(node)
    return {clause.id: clause for clause in (_clause(taking, row) for row in taking.rows(node, "clauses"))}


def _template(taking: Taking, node: Marked, shared: Shared) -> Template:
    taking.keys(node, _HEAD, ("until", "excludes", "note"))
    since, until = taking.day(node, "since"), taking.day(node, "until")
    if since and until and until < since:
        taking.fault(node, "until", "until-before-since", since=since, until=until)
    parties = taking.inner(node, "parties")
    taking.keys(parties, ("a", "b"))
    source, grade = taking.cited(node)
    clauses = _clauses(taking, node, shared)
    return Template(
        id=taking.slug(node, "id"),
        version=taking.text(node, "version"),
        label=taking.label(node),
        kind=taking.code(node, "kind", "cooperation"),
        a=_both(taking, parties, "a"),
        b=_both(taking, parties, "b"),
        notice=_both(taking, node, "notice"),
        preamble=_both(taking, node, "preamble"),
        clauses=clauses,
        excludes=_excludes(taking, node, clauses),
        since=since or date.min,
        until=until,
        source=source,
        grade=grade,
    )


def _both(taking: Taking, node: Marked, key: str) -> Label:
    """A text in both languages, below a key."""
    row = taking.inner(node, key)
    taking.keys(row, ("zh", "en"))
    return taking.label(row)


def _clauses(taking: Taking, node: Marked, shared: Shared) -> tuple[Clause, ...]:
    found: dict[str, Clause] = {}
    for row in taking.rows(node, "clauses"):
        clause = _used(taking, row, shared) if "use" in row else _clause(taking, row)
        if clause is None:
            continue
        if clause.id in found:
            _fault(taking, row, "clause", "clause-twice", clause.id, clause=clause.id)
        found[clause.id] = clause
    return tuple(found.values())


def _used(taking: Taking, row: Marked, shared: Shared) -> Clause | None:
    """A shared clause, with another default where the template wants one."""
    taking.keys(row, ("use",), ("default",))
    id = taking.text(row, "use")
    if id not in shared:
        _fault(taking, row, "use", "unknown-shared", id, known=tuple(sorted(shared)))
        return None
    own = shared[id]
    default = taking.text(row, "default") or own.default
    if default not in [position.id for position in own.positions]:
        _no_default(taking, row, own, default)
    return Clause(own.id, own.label, own.positions, default)


def _clause(taking: Taking, row: Marked) -> Clause:
    taking.keys(row, _CLAUSE)
    positions: dict[str, Position] = {}
    for node in taking.rows(row, "positions"):
        position = _position(taking, node)
        if position.id in positions:
            _fault(taking, node, "position", "position-twice", position.id, position=position.id)
        positions[position.id] = position
    clause = Clause(
        taking.slug(row, "clause"), taking.label(row), tuple(positions.values()), taking.text(row, "default")
    )
    if clause.default and clause.default not in positions:
        _no_default(taking, row, clause, clause.default)
    return clause


def _no_default(taking: Taking, row: Marked, clause: Clause, default: str) -> None:
    known = tuple(position.id for position in clause.positions)
    _fault(taking, row, "default", "no-such-default", default, clause=clause.id, known=known)


def _position(taking: Taking, node: Marked) -> Position:
    taking.keys(node, _POSITION, ("terms",))
    text, terms = taking.label(node), tuple(_term(taking, row) for row in taking.rows(node, "terms"))
    known = {"a", "b", *(term.id for term in terms)}
    placed = {key: _placeholders(taking, node, key, said) for key, said in (("zh", text.zh), ("en", text.en))}
    for key, names in placed.items():
        for name in sorted(names - known):
            _fault(taking, node, key, "unknown-blank", name, blank=name, known=tuple(sorted(known)))
    for term in terms:
        for key, names in placed.items():
            if term.id and term.id not in names:
                _fault(taking, node, key, "unused-term", term.id, term=term.id)
    return Position(
        taking.slug(node, "position"), text, taking.one_of(node, "better_for", BETTER_FOR, "better_for"), terms
    )


def _placeholders(taking: Taking, node: Marked, key: str, text: str) -> set[str]:
    """The blanks of a text; `{royalty}` and nothing finer, so that no text can be written that cannot be drafted."""
    try:
        blanks = [part[1:] for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError:
        blanks = [("", "unreadable", None)]
    if any(spec or conversion for _, spec, conversion in blanks):
        _fault(taking, node, key, "bad-braces", text)
        return set()
    return {name for name, _, _ in blanks if name is not None}


def _term(taking: Taking, node: Marked) -> Term:
    taking.keys(node, ("term", "zh", "en", "unit"), _TERM_FREE)
    low, high = _number(taking, node, "low"), _number(taking, node, "high")
    if low is not None and high is not None and low > high:
        _fault(taking, node, "low", "low-above-high", str(low), low=low, high=high)
    return Term(
        id=taking.slug(node, "term"),
        label=taking.label(node),
        unit=taking.one_of(node, "unit", UNITS, "unit"),
        low=low,
        high=high,
        source=taking.text(node, "source"),
        grade=taking.code(node, "grade", "source_grade") or "ours",
    )


def _number(taking: Taking, node: Marked, key: str) -> float | None:
    value = node.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    _fault(taking, node, key, "not-number", str(value))
    return None


def _excludes(taking: Taking, node: Marked, clauses: tuple[Clause, ...]) -> tuple[tuple[str, str], ...]:
    """Pairs of positions that contradict each other; the defaults must not."""
    known = {f"{clause.id}:{position.id}" for clause in clauses for position in clause.positions}
    defaults = {f"{clause.id}:{clause.default}" for clause in clauses}
    found = []
    for entry in taking.items(node, "excludes"):
        pair = tuple(str(one) for one in entry) if isinstance(entry, list) else ()
        if len(pair) != 2:
            _fault(taking, node, "excludes", "not-a-pair", str(entry))
            continue
        for one in _strangers(pair, known):
            _fault(taking, node, "excludes", "unknown-pair", one)
        if set(pair) <= defaults:
            _fault(taking, node, "excludes", "defaults-clash", pair[0], one=pair[0], other=pair[1])
        found.append((pair[0], pair[1]))
    return tuple(found)


def _strangers(pair: tuple[str, ...], known: set[str]) -> Iterator[str]:
    return (one for one in pair if one not in known)


def _fault(taking: Taking, node: Marked, key: str, fault: str, written: object = "", /, **args: object) -> None:
    args = {"key": key, "value": str(written), **args}
    what, repair = (Why(f"pathway_agreements.{fault}{end}", args) for end in ("", "-repair"))
    taking.faults.append(Fault(what, repair, taking.file, row=node.at(key), column=key, value=str(written)))
