"""Who is asked about: one subject of a registry, as of a day, under a pack's rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.compose import with_pack
from tongtu.chain.law import rule_book
from tongtu.chain.report.spoken import Pair, labels, named
from tongtu.registry import Registry, noun
from tongtu.rules import Judgement, RuleBook, gap, judge
from tongtu.rules.asking.subjects import about, noun_of
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.rules.model import Purpose

#: names a listing of possible subjects shows at most
_LISTED = 12
#: years a dossier may be of
_YEARS = (1949, 2900)


@dataclass(frozen=True)
class Subject:
    """One subject with everything its questions need. `registry` is what was known; `schemes` are those asked for."""

    pack: Pack
    registry: Registry
    noun: str
    key: str
    as_of: date
    purpose: Purpose = "new"
    batch: str | None = None
    schemes: tuple[str, ...] = ()
    _gaps: dict[tuple[str, str], pl.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def book(self) -> RuleBook:
        return rule_book(self.pack)

    @cached_property
    def row(self) -> dict[str, Any]:
        frame = self.registry[self.noun]
        return frame.filter(pl.col(noun(self.noun).key[0]) == self.key).row(0, named=True)

    @property
    def name(self) -> Pair:
        column = "name" if "name" in self.row else "title"
        found = named(self.row, column)
        return found if found[0] else [self.key, self.key]

    @cached_property
    def labels(self) -> dict[str, dict[str, Pair]]:
        return labels(self.pack)

    def label(self, vocabulary: str, code: str | None) -> Pair:
        return ["", ""] if code is None else self.labels.get(vocabulary, {}).get(code, [code, code])

    @property
    def wanted(self) -> list[str]:
        """Schemes for this kind of subject: those asked for, or all."""
        return [name for name in (self.schemes or self.book) if self.book[name].subject == self.noun]

    @cached_property
    def judgements(self) -> dict[str, Judgement]:
        """Every scheme's judgement of this subject alone."""
        here = about(self.registry, [self.noun], self.key)
        made = (judge(self.book, name, here, self.as_of, self.purpose, self.batch) for name in self.wanted)
        return {one.scheme.scheme: one.only([self.key]) for one in made}

    def missing(self, scheme: str, tier: str) -> pl.DataFrame:
        """What is in the way of a tier, as `gap` tells it."""
        place = (scheme, tier)
        if place not in self._gaps:
            self._gaps[place] = gap(self.judgements[scheme], self.key, tier)
        return self._gaps[place]

    def require_organisation(self) -> None:
        """Raises UsageFault for a project, platform or anything else that cannot apply by itself."""
        if self.noun != "organisations":
            raise UsageFault.because("dossier.no-organisation", "dossier.no-organisation-repair", name=self.key)


def subject(
    registry: Registry,
    pack: Pack,
    key: str | None,
    as_of: date,
    *,
    purpose: Purpose = "new",
    batch: str | None = None,
    schemes: Iterable[str] = (),
    known_at: date | None = None,
) -> Subject:
    """The subject of a registry by its id or name, or the only firm there is.

    A registry holds other organisations beside the firm (its group, its partners): the firm is the one with
    figures by year. Raises UsageFault where nobody or several could be meant, or a scheme does not exist.
    """
    book, chosen = rule_book(pack), tuple(schemes)
    for name in chosen:
        if name not in book.schemes:
            raise UsageFault.because("asking.no-scheme", "asking.no-scheme-repair", name=name, names=sorted(book))
    plausible(as_of)
    seen = with_pack(registry, pack).known(as_of, known_at)
    kind, found = _chosen(book, seen, key)
    for name in chosen:
        if book[name].subject != kind:
            fitting = [other for other in book if book[other].subject == kind]
            raise UsageFault.because("dossier.other-kind", "dossier.other-kind-repair", name=name, names=fitting)
    return Subject(pack, seen, kind, found, as_of, purpose, batch, chosen)


def plausible(as_of: date) -> date:
    """The day itself. Raises UsageFault for one that no rule could reckon from or to."""
    if not _YEARS[0] <= as_of.year <= _YEARS[1]:
        raise UsageFault.because("dossier.bad-day", "dossier.bad-day-repair", day=as_of, low=_YEARS[0], high=_YEARS[1])
    return as_of


def _chosen(book: RuleBook, registry: Registry, key: str | None) -> tuple[str, str]:
    if key is None:
        firms = registry["firm_years"]["organisation"].unique().sort().to_list()
        firms = firms or registry["organisations"]["organisation"].to_list()
        if len(firms) == 1:
            return "organisations", firms[0]
        code = "dossier.which" if firms else "dossier.nobody"
        raise UsageFault.because(code, f"{code}-repair", n=len(firms), names=_listed(registry, firms))
    kind = noun_of(book, registry, key)
    if kind is not None:
        return kind, key
    orgs = registry["organisations"]
    same = orgs.filter((pl.col("name") == key) | (pl.col("name_en") == key))["organisation"].to_list()
    if len(same) == 1:
        return "organisations", same[0]
    known = same or orgs["organisation"].to_list()
    raise UsageFault.because("asking.no-subject", "asking.no-subject-repair", name=key, names=_listed(registry, known))


def _listed(registry: Registry, keys: list[str]) -> tuple[Label | str, ...]:
    rows = registry["organisations"].select("organisation", "name", "name_en").iter_rows()
    names = {key: Label(f"{key} {zh or en or ''}".strip(), f"{key} {en or zh or ''}".strip()) for key, zh, en in rows}
    more = ("…",) if len(keys) > _LISTED else ()
    return (*(names.get(key, key) for key in keys[:_LISTED]), *more)
