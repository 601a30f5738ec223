"""A draft rule file out of a new document, for a person to approve; it is never applied by itself.

The articles that hold conditions become groups, each line of them a check, a title or a question. What the text
leaves open (its first day, which of two lists stands in for the other, an amount of support) is asked, not guessed.
The file is read by `rules.load` before it is handed over; a check the loader refuses goes back to a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.brief.changes import rule_changes
from tongtu.brief.changes.rules import SCHEMA as CHANGES
from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.facts.plain import plain
from tongtu.brief.proposals.composing import Composed, composed, recognised
from tongtu.brief.proposals.conditions import evidence
from tongtu.brief.proposals.draft import Draft, Leaf
from tongtu.brief.proposals.heading import NEVER, Heading, heading
from tongtu.brief.proposals.meanings import Meanings
from tongtu.brief.proposals.outline import articles
from tongtu.brief.proposals.page import Page, page
from tongtu.brief.proposals.questions import Question, table
from tongtu.brief.proposals.spelling import rests_on_measures, spelled
from tongtu.registry import Vocabularies
from tongtu.rules import RuleBook, load
from tongtu.rules.model import Scheme, Version
from tongtu.terms.faults import RuleRefused
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, word

STATE = "draft"
#: nouns a scheme may be about, with those of its yearly figures, in the order they are tried
_SUBJECTS = (("organisations", "firm_years"), ("platforms", ""))
_TRIES = 4

LINES: dict[str, Any] = {
    "line": pl.Int64, "path": pl.String, "kind": pl.String, "asked": pl.String, "article": pl.String,
    "document": pl.String, "start": pl.Int64, "end": pl.Int64, "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Proposal:
    """A draft rule file with all that a person needs to judge it.

    file, text  the file's name and YAML, which `rules.load({file: text})` reads
    against     the version it was compared with; '' where the scheme is new
    lines       line, path, kind (check holds manual), asked, article, document, start, end, confidence, why: one row
                for each condition, in the file's order
    questions   question, kind, path, document, start, end, why: what a person must settle before it may be used
    changes     columns of `rule_changes`: what the draft would change; empty for a new scheme
    """

    document: str
    scheme: str
    version: str
    against: str
    file: str
    text: str
    lines: pl.DataFrame
    questions: pl.DataFrame
    changes: pl.DataFrame

    @property
    def state(self) -> str:
        """Always `draft`: nothing in this program takes it for law."""
        return STATE


def proposal(
    document: Document,
    facts: Facts,
    book: RuleBook | None = None,
    scheme: str | None = None,
    *,
    codes: Vocabularies | None = None,
    as_of: date | None = None,
    subject: str | None = None,
    jurisdiction: str = "CN",
    currency: str = "CNY",
) -> Proposal:
    """The draft that a document's conditions make, for the scheme it revises (of `book`) or for a new one.

    `scheme` is recognised by the titles that the articles award where it is not given; '' is a new one. `codes` are a
    pack's vocabularies. The draft is compared with the version in force on `as_of`, else on the eve of its own first
    day. `subject` is the noun judged by a new scheme (organisations, platforms; tried in turn).
    Raises KeyError for a scheme the book does not hold.
    """
    text = plain(document.text)
    found = articles(document, text)
    name = recognised(document, facts, found, book) if scheme is None else scheme
    known = book[name] if book is not None and name else None
    head, asked = heading(document, facts, text, found[0].node.start if found else len(text))
    first = head.since if head.since != NEVER else document.published
    old = _before(known, as_of or (first - timedelta(days=1) if first else None))
    ways = [(known.subject, known.yearly)] if known else [s for s in _SUBJECTS if subject in (None, s[0])]
    tried = [
        composed(document, facts, found, Meanings(*way, book, name), scheme=known, old=old, codes=codes,
                 currency=currency)
        for way in ways or [(subject or "", "")]
    ]  # fmt: skip
    best = max(tried, key=lambda one: one.computed)
    draft = _draft(document, known, best, head, jurisdiction, currency)
    file = f"{draft.scheme}.{draft.heading.version}.yaml"
    out, new = _accepted(draft, best.meanings, file, codes)
    asked += [*_general(known, best, draft, guessed=scheme is None), *best.questions]
    changes = rule_changes(known, old, new, codes=codes) if known and old else pl.DataFrame(schema=CHANGES)
    return Proposal(
        document.id, draft.scheme, draft.heading.version, old.version if old else "", file, out.text,
        _lines(document, out), table(document.id, asked), changes,
    )  # fmt: skip


def _before(scheme: Scheme | None, day: date | None) -> Version | None:
    """The version in force on a day, else the one that began last."""
    if scheme is None or not scheme.versions:
        return None
    known = scheme.in_force(day) if day is not None else None
    return known or max(scheme.versions, key=lambda version: max(span.start for span in version.spans))


def _draft(
    document: Document, scheme: Scheme | None, made: Composed, head: Heading, jurisdiction: str, currency: str
) -> Draft:
    title = document.title or head.document
    applies = scheme.applies if scheme and scheme.applies and not rests_on_measures(scheme.applies) else None
    place = next((v.jurisdiction for v in scheme.versions), jurisdiction) if scheme else jurisdiction
    return Draft(
        scheme=scheme.scheme if scheme else f"draft_{document.id[:8]}",
        name=scheme.label if scheme else Label(title, title),
        notice=Label(*(word("brief_proposals.notice", lang, document=head.document) for lang in LANGUAGES)),
        subject=made.meanings.subject,
        yearly=made.meanings.yearly,
        holder=scheme.holder if scheme else "",
        currency=scheme.currency if scheme else currency,
        jurisdiction=place,
        applies=spelled(applies) if applies else "",
        heading=head,
        gates=made.gates,
        tiers=made.tiers,
    )


def _general(scheme: Scheme | None, made: Composed, draft: Draft, *, guessed: bool) -> Iterator[Question]:
    """What concerns the whole draft, and every condition that a person decides."""
    if scheme is None:
        yield Question("scheme", Why("brief_proposals.new-scheme", {"subject": draft.subject}))
    elif guessed:
        yield Question("scheme", Why("brief_proposals.recognised", {"scheme": scheme.label}))
    if scheme is not None and scheme.applies is not None and not draft.applies:
        yield Question("scope", Why("brief_proposals.scope-left-out"))
    for group in made.groups:
        for leaf in group.leaves():
            if leaf.kind == "manual":
                yield Question("condition", leaf.why, leaf.path, leaf.start, leaf.end)


# the file


def _accepted(draft: Draft, meanings: Meanings, file: str, codes: Vocabularies | None) -> tuple[Page, Version]:
    """The page as the loader reads it; whatever it refuses is handed back to a person, at last all of it."""
    for left in reversed(range(_TRIES)):
        out = page(draft, meanings)
        try:
            return out, load({file: out.text}, codes)[draft.scheme].versions[0]
        except RuleRefused as refused:
            if not left:
                raise
            rows = [fault.row or 0 for fault in refused.faults] if left > 1 else [0]
            leaves = [leaf for row in rows for leaf in _leaves_at(out, row)]
            for leaf in leaves or _leaves_at(out, 0):
                _handed_back(leaf, refused.faults[0].what)
    raise AssertionError  # the last try returns or raises


def _leaves_at(out: Page, row: int) -> list[Leaf]:
    """The conditions a line of the file is about: its own leaf, those of its group, or all of them."""
    at = max((line for line in out.places if line <= row), default=0)
    found = out.places.get(at)
    if isinstance(found, Leaf):
        return [found] if found.kind != "manual" else []
    if found is not None:
        return [leaf for leaf in found.leaves() if leaf.kind != "manual"]
    return [leaf for leaf in out.places.values() if isinstance(leaf, Leaf) and leaf.kind != "manual"]


def _handed_back(leaf: Leaf, refused: Why) -> None:
    quote = str(leaf.why.args["quote"])
    leaf.asked, leaf.confidence = evidence(quote), None
    leaf.why = Why("brief_proposals.leaf-refused", {"quote": quote}, (refused,))


def _lines(document: Document, out: Page) -> pl.DataFrame:
    rows = [
        (at, leaf.path, leaf.kind, leaf.text, leaf.cite, document.id, leaf.start, leaf.end, leaf.confidence,
         leaf.why.to_json())
        for at, leaf in sorted(out.places.items()) if isinstance(leaf, Leaf)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LINES, orient="row")
