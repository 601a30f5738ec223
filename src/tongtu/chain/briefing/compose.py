"""Documents and a pack to briefs: the one place where the engines of briefs meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from tongtu.brief import audience as audiences
from tongtu.brief.changes import rule_changes, target_changes, text_changes
from tongtu.brief.claims import claims, follow
from tongtu.brief.document import Document
from tongtu.brief.facts import Facts, Lexicon, extract, lexicon
from tongtu.brief.gathering import events, series
from tongtu.brief.model import Brief
from tongtu.brief.writing import write
from tongtu.chain.compose import with_pack
from tongtu.chain.law import rule_book
from tongtu.solve import Progress, check
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.registry import Registry


@lru_cache(maxsize=4)
def words_of(pack: Pack) -> Lexicon:
    """The words a pack's documents are read by. Raises PackRefused."""
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def compose(
    documents: Sequence[Document],
    pack: Pack,
    as_of: date,
    *,
    registry: Registry | None = None,
    earlier: Sequence[Document] = (),
    progress: Progress | None = None,
) -> tuple[Brief, ...]:
    """One brief per event, newest first; reports of one event share a brief.

    A document that has an earlier version, among `documents` or in `earlier` (which get no brief of their own), is
    compared with it; where all documents are of one event, with the latest of `earlier` in any case. With a
    registry, who is affected is computed before and after. Pure: the same documents in any order give the same
    briefs. Raises UsageFault without documents; `progress` may raise Cancelled.
    """
    if not documents:
        raise UsageFault.because("briefing.no-documents", "briefing.no-documents-repair")
    tell = check(progress)
    whole = {document.id: document for document in sorted((*earlier, *documents), key=lambda one: one.id)}
    facts: dict[str, Facts] = {}
    for done, document in enumerate(whole.values()):
        tell(done, 2 * len(whole), Why("briefing.extracting"))
        facts[document.id] = extract(document, words_of(pack))
    asked = {document.id for document in documents}
    before = _before(list(whole.values()), facts)
    groups = _gathered([one for one in whole.values() if one.id in asked], facts, before)
    if len(groups) == 1 and earlier:  # whoever names a version to compare with need not prove that it is one
        first = groups[0].sort("order")["document"][0]
        before.setdefault(first, max(earlier, key=lambda one: (one.published or date.min, one.id)).id)
    work = _Work(pack, as_of, registry, whole, facts, before)
    made = []
    for done, group in enumerate(groups):
        tell(len(groups) + done, 2 * len(groups), Why("briefing.writing"))
        made.append(work.brief(group))
    return tuple(sorted(made, key=lambda brief: (-_newest(brief), brief.id)))


def _newest(brief: Brief) -> int:
    day = brief.documents[0].published
    return day.toordinal() if day else 0


def _before(documents: Sequence[Document], facts: Mapping[str, Facts]) -> dict[str, str]:
    """Document → the version before it."""
    rows = series(documents, facts).sort("series", "order").select("series", "document").rows()
    return {one: other for (kind, other), (same, one) in pairwise(rows) if kind == same}


def _gathered(
    documents: Sequence[Document], facts: Mapping[str, Facts], before: Mapping[str, str]
) -> list[pl.DataFrame]:  # fmt: skip
    """The reports of each event. Two versions of one instrument are two events, however alike their words are."""
    known = {document.id: document for document in documents}
    found: list[pl.DataFrame] = []
    for group in events(documents, facts).partition_by("event", maintain_order=True):
        ids = group["document"].to_list()
        older = {before[one] for one in ids if before.get(one) in ids}
        if not older:
            found.append(group)
            continue
        newest = [known[one] for one in ids if one not in older]
        found += [events([known[one]], facts) for one in sorted(older)]
        found += events(newest, facts).partition_by("event", maintain_order=True)
    return found


@dataclass(frozen=True)
class _Work:
    """What every brief of one call is made from."""

    pack: Pack
    as_of: date
    registry: Registry | None
    documents: Mapping[str, Document]
    facts: Mapping[str, Facts]
    earlier: Mapping[str, str]

    def brief(self, group: pl.DataFrame) -> Brief:
        ids = group.sort("order")["document"].to_list()
        reports = [self.documents[one] for one in ids]
        lead, earlier = reports[0], self.earlier.get(ids[0])
        before = self.documents[earlier] if earlier is not None and earlier not in ids else None
        coded = self.coded(lead)
        affected = self.affected(lead, coded)
        return write(
            reports, {one: self.facts[one] for one in ids}, lexicon=words_of(self.pack), as_of=self.as_of,
            gathered=group, before=before, changes=self.changes(before, lead, coded),
            claims=self.claims(reports), id=group["event"][0], touched=affected["touched"],
            audience=affected.get("audience"), actions=affected.get("actions"),
        )  # fmt: skip

    @cached_property
    def seen(self) -> Registry:
        assert self.registry is not None
        return with_pack(self.registry, self.pack).known(self.as_of)

    @cached_property
    def signs(self) -> tuple[audiences.Sign, ...]:
        return audiences.signs(rule_book(self.pack), self.pack.table("documents"))

    def coded(self, lead: Document) -> pl.DataFrame:
        """Versions of coded schemes that the first report promulgates or cites, each beside the version before it.

        One that only uses a scheme's name tells of no new version.
        """
        book, documents = rule_book(self.pack), self.pack.table("documents")
        found = audiences.coded(lead, self.facts[lead.id], book, documents, known_by=self.signs)
        return audiences.comparisons(found).filter(pl.col("old").is_not_null(), pl.col("role") != "names")

    def changes(self, before: Document | None, lead: Document, coded: pl.DataFrame) -> dict[str, pl.DataFrame]:
        found: dict[str, pl.DataFrame] = {}
        if before is not None:
            found["text"] = text_changes(before, lead)
            found["targets"] = target_changes(before, self.facts[before.id], lead, self.facts[lead.id])
        if rules := list(self.rules(coded)):
            found["rules"] = pl.concat(rules)
        return found

    def rules(self, coded: pl.DataFrame) -> Iterator[pl.DataFrame]:
        book = rule_book(self.pack)
        for scheme, old, new in coded.select("scheme", "old", "new").iter_rows():
            versions = {version.version: version for version in book[scheme].versions}
            yield rule_changes(book[scheme], versions[old], versions[new], codes=self.pack.vocabularies)

    def affected(self, lead: Document, coded: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Groups of the registry by what happens to them, and what they can do; nothing without a registry.

        Ids of single subjects are left out: a brief tells of groups.
        """
        touched = audiences.touched(lead, self.facts[lead.id], self.pack, self.as_of)
        if self.registry is None:
            return {"touched": touched}
        book, seen = rule_book(self.pack), self.seen
        found = [audiences.audience(book, scheme, old, new, seen, self.as_of, codes=self.pack.vocabularies)
                 for scheme, old, new in coded.select("scheme", "old", "new").iter_rows()]  # fmt: skip
        groups = [*(one.groups for one in found), audiences.working(touched, seen, self.as_of)]
        actions = [*(one.actions for one in found), audiences.chances(touched, seen, self.as_of)]
        return {"touched": touched, "audience": pl.concat(groups).drop("ids"), "actions": pl.concat(actions)}

    def claims(self, reports: Sequence[Document]) -> pl.DataFrame:
        """Forecasts of all reports that are no copies, followed as far as the statistics known on that day go."""
        found = [claims(one, self.facts[one.id], words_of(self.pack)) for one in reports]
        source = self.seen if self.registry is not None else None
        published = self.pack.table("statistics", self.as_of)
        observed = source["statistics"] if source is not None else published
        scopes = published["scope"].unique().to_list()  # of the pack's own: the whole country
        return follow(pl.concat(found), observed, self.as_of, scope=scopes[0] if len(scopes) == 1 else None)
