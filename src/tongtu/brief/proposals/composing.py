"""What a document asks for, put together for one kind of subject: gates, tiers, and the questions that are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongtu.brief.document import Document
from tongtu.brief.facts import Facts, clauses
from tongtu.brief.facts.plain import plain
from tongtu.brief.proposals.assembling import (
    Assembly,
    listed_cases,
    loose,
    numbered,
    passed_over,
    settled,
    tiers_named,
)
from tongtu.brief.proposals.conditions import Reading, manual
from tongtu.brief.proposals.draft import Group, Tier
from tongtu.brief.proposals.meanings import Meanings
from tongtu.brief.proposals.outline import Article, cases
from tongtu.brief.proposals.questions import Question
from tongtu.brief.proposals.thresholds import Row
from tongtu.registry import Vocabularies
from tongtu.rules.model import RuleBook, Scheme, Version
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, word

_TITLES = "title_kind"
_BOUNDS = frozenset(("ge", "gt", "le", "lt", "range"))


@dataclass(frozen=True, eq=False)
class Composed:
    """Gates hold for every tier."""

    meanings: Meanings
    gates: list[Group]
    tiers: list[Tier]
    questions: list[Question]

    @property
    def groups(self) -> list[Group]:
        """Every group at the top, each once."""
        every = [*self.gates, *(group for tier in self.tiers for group in tier.groups)]
        return list({id(group): group for group in every}.values())

    @property
    def computed(self) -> int:
        """How many conditions need no person to decide them."""
        return sum(leaf.kind != "manual" for group in self.groups for leaf in group.leaves())


def composed(
    document: Document, facts: Facts, found: Sequence[Article], meanings: Meanings, *, scheme: Scheme | None,
    old: Version | None, codes: Vocabularies | None, currency: str,
) -> Composed:  # fmt: skip
    """The conditions of a document's articles, as far as these meanings reach; `old` is the version before."""
    reading = _reading(document, facts, meanings, scheme, old, currency)
    known = {tier.tier: tier.label for tier in old.tiers} if old else _named(reading, found, codes)
    assembly = Assembly(reading, known, several=old is not None)
    for article in found:
        assembly.add(article)
    if not assembly.gates and not assembly.tiers:
        assembly.gates += loose(reading, clauses.walls(document, reading.text)) or [_nothing(reading)]
    first = next(iter(known), "draft") if old else "draft"
    title = document.title or document.id
    gates, tiers = settled(assembly, known, (first, known.get(first, Label(title, title))))
    if len(known) > 1 and not assembly.tiers:
        why = Why("brief_proposals.one-tier", {"tier": tiers[0].name})
        assembly.questions.append(Question("tier", why))
    made = Composed(meanings, gates, tiers, assembly.questions)
    numbered(made.groups)
    bounded = [row for row in reading.figures if row["kind"] == "limit" or row["operator"] in _BOUNDS]
    made.questions.extend(listed_cases(reading, cases(document, reading.text, found)))
    made.questions.extend(passed_over(reading, made.groups, bounded))
    return made


def recognised(document: Document, facts: Facts, found: Sequence[Article], book: RuleBook | None) -> str | None:
    """The one scheme whose titles the articles' first words, the headings above them or the document's title name."""
    at = document.text.find(document.title) if document.title else -1
    title = [(at, at + len(document.title))] if at >= 0 else []
    places = [*title, *(place for article in found for place in article.opening)]
    rows = [row for row in facts.tiers.iter_rows(named=True) if row["vocabulary"] == _TITLES]
    named = {row["tier"] for row in rows if any(start <= row["start"] < end for start, end in places)}
    schemes = book.schemes.values() if book is not None else ()
    awarded = {
        s.scheme for s in schemes for version in s.versions for tier in version.tiers if named.intersection(tier.titles)
    }
    return next(iter(awarded)) if len(awarded) == 1 else None


def _reading(
    document: Document, facts: Facts, meanings: Meanings, scheme: Scheme | None, old: Version | None, currency: str
) -> Reading:
    text = plain(document.text)
    titles = [row for row in facts.tiers.iter_rows(named=True) if row["vocabulary"] == _TITLES]
    tiers = {tier.tier: tier.label for tier in old.tiers} if old else {}
    holds = meanings.subject == "organisations" or (scheme is not None and scheme.holder != "")
    figures = list(facts.figures.iter_rows(named=True))
    money = scheme.currency if scheme is not None else currency
    return Reading(text, document.text, figures, titles, _tiers(text, titles, tiers), meanings, money, holds)


def _named(reading: Reading, found: Sequence[Article], codes: Vocabularies | None) -> dict[str, Label]:
    """The titles that a new scheme awards, by their names in the pack."""
    names = (codes or {}).get(_TITLES, {})
    return {tier: names.get(tier, Label(tier, tier)) for tier in tiers_named(reading, found)}


def _tiers(text: str, titles: Sequence[Row], known: Mapping[str, Label]) -> list[Row]:
    """Where the text names what the rule awards: titles, and the tiers of the version before by their names."""
    found = [row for row in titles if not known or row["tier"] in known]
    for tier, label in known.items():
        for name in filter(None, (plain(label.zh), plain(label.en))):
            at = text.find(name)
            while at >= 0:
                found.append({"tier": tier, "start": at, "end": at + len(name)})
                at = text.find(name, at + 1)
    return sorted(found, key=lambda row: (row["start"], row["tier"]))


def _nothing(reading: Reading) -> Group:
    """The one question of a text in which no condition was found."""
    leaf = manual(reading, 0, 0, "", "nothing")
    leaf.asked = Label(*(word("brief_proposals.read-yourself", lang) for lang in LANGUAGES))
    name = Label(*(word("brief_proposals.conditions", lang) for lang in LANGUAGES))
    return Group(name, "", 0, 0, parts=[leaf])
