"""A pair as one of its sides reads it: both records, the score with its parts, and after the click a closer look."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from tongtu.hub.listings.showing import organisations, title_of
from tongtu.hub.matches.interest import Standing, grants_of, standing_of
from tongtu.hub.matches.market import current
from tongtu.hub.matches.models import Match
from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Grant
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.hub.records.visible import Shown, among, shown
from tongtu.hub.statements import Ids, fetch
from tongtu.registry.columns import noun
from tongtu.terms.why import Why
from tongtu.terms.words import Lang

#: nouns that can stand in a pair, in the order in which they are looked for
NOUNS = ("needs", "achievements", "scenarios", "platforms")

#: how an indicator of a reason stands -> the kind of its line; everything else is open
_MEANT = {"met": "for", "unmet": "against"}


@dataclass(frozen=True, slots=True)
class Part:
    """One contribution to a score: `kind` of for, against, open (unknown, not counted)."""

    kind: str
    why: Why
    points: float | None

    @property
    def size(self) -> float:
        """The length of its bar, 0 to 1."""
        return min(abs(self.points or 0.0), 1.0)

    @property
    def shown(self) -> str:
        """Percentage points with their sign."""
        return "" if self.points is None else f"{100 * self.points:+.1f}%"


@dataclass(frozen=True, slots=True)
class Row:
    """A match in the list of an own record: the other record as the asker reads it, the score, how the pair stands."""

    match: Match
    other: Shown
    title: str
    owner: str
    parts: list[Part]
    why: Why
    standing: Standing


def found(sight: Sight, uid: uuid.UUID) -> Shown | None:
    """The record of this uid as the asker reads it, or None where it does not exist for them."""
    for name in NOUNS:
        rows = sight.fetch(("found", name), partial(_of_uid, sight, name, uid), uid)
        if rows:
            return shown(sight, rows[0])
    return None


def _of_uid(sight: Sight, name: str, uid: uuid.UUID) -> QuerySet[Any]:
    return MODELS[name].objects.visible_to(sight).filter(pk=uid)


def rows(sight: Sight, own: Any, lang: Lang, kind: str) -> tuple[list[Row], list[Row]]:
    """Best answers of a kind for an own record, and those refused with their reason. Both from the current market."""
    market = current("teaser")
    if market is None:
        return [], []

    def every() -> QuerySet[Match]:
        return Match.objects.filter(market=market.pk, question=own.pk, answer_noun=kind).order_by("rank")

    asked = fetch(("answers", kind), (market.pk, own.pk), every)
    seen = {r.pk: _read(sight, r) for r in among(sight, MODELS[kind], [m.answer for m in asked])}
    names, grants = owners(seen.values(), lang), grants_of(own.pk, list(seen))
    made = [
        _row(own, match, seen[match.answer], names, grants.get(match.answer), lang)
        for match in asked
        if match.answer in seen
    ]
    return [r for r in made if r.match.eligible], [r for r in made if not r.match.eligible]


def _read(sight: Sight, other: Any) -> Shown:
    seen = shown(sight, other)
    assert seen is not None, "among and shown disagree"
    return seen


def _row(own: Any, match: Match, seen: Shown, names: Mapping[str, str], grant: Grant | None, lang: Lang) -> Row:
    why = reason(match)
    named = title_of(seen.values, lang), names.get(seen.values.get("organisation") or "", "")
    return Row(match, seen, *named, list(parts(why)), why, standing_of(grant, own.tenant_id))


def owners(seen: Iterable[Shown], lang: Lang) -> Mapping[str, str]:
    """The names of whose records these are, where that is open to the reader."""
    return organisations({named for one in seen if (named := one.values.get("organisation"))}, lang)


def owner(seen: Shown, lang: Lang) -> str:
    """Whose record it is, where that is open to the reader."""
    return owners([seen], lang).get(seen.values.get("organisation") or "", "")


def reason(match: Match) -> Why:
    """The stored reason of a match."""
    return Why.from_json(json.dumps(match.reasons["why"]))


def parts(why: Why) -> Iterator[Part]:
    """The contributions of a score in the order in which the engine gives them; together they are the score."""
    for part in why.parts:
        points = part.args.get("points")
        value = None if points is None else points.value
        inner = part.args.get("reason")
        said = Why(inner.code, inner.args, (*inner.parts, *part.parts)) if isinstance(inner, Why) else part
        kind = "open" if value is None else "for" if value >= 0 else "against"
        yield Part(kind, said, value)


@dataclass(frozen=True, slots=True)
class Best:
    """An own record with the best answer that it has in the current market, if it has one."""

    record: Any
    kind: str
    title: str
    match: Match | None = None
    answer: str = ""


def own_best(sight: Sight, asking: Iterable[str], lang: Lang, most: int) -> list[Best]:
    """The newest open records of the asker's organisation that ask, each with its best answer; `asking`: nouns."""
    listed = [_listed(sight, noun, lang, most) for noun in asking]
    records = {best.record.pk: best for kind in listed for best in kind}
    found = dict(records)
    for match, answer in _best_of(sight, list(records), lang):
        found[match.question] = replace(records[match.question], match=match, answer=answer)
    return list(found.values())


def _listed(sight: Sight, name: str, lang: Lang, most: int) -> list[Best]:
    rows = sight.fetch_own(("newest", name, most), lambda: _own_newest(sight, name, most))
    return [Best(r, noun(name).label(lang), title_of(r.row(), lang)) for r in rows]


def _own_newest(sight: Sight, name: str, most: int) -> QuerySet[Any]:
    rows = MODELS[name].objects.own_visible_to(sight).filter(lifecycle__in=("published", "expiring"))
    return rows.order_by("-published_at")[:most]


def _best_of(sight: Sight, questions: list[uuid.UUID], lang: Lang) -> Iterator[tuple[Match, str]]:
    """For each question the likeliest eligible answer that exists for the asker, with its title."""
    market = current("teaser")
    if market is None:
        return
    ids, best = Ids(questions), {}

    def every() -> QuerySet[Match]:
        rows = Match.objects.filter(market=market.pk, question__among=ids, eligible=True)
        return rows.order_by("question", "-score", "pk")

    for match in fetch(("best",), (market.pk, ids), every):
        best.setdefault(match.question, match)
    for name in NOUNS:
        of_kind = {m.answer: m for m in best.values() if m.answer_noun == name}
        for record in among(sight, MODELS[name], of_kind):
            seen = shown(sight, record)
            yield from ((m, title_of(seen.values, lang)) for m in best.values() if seen and m.answer == record.pk)


def indicators(why: Why) -> Iterator[Part]:
    """What a reason says of indicators: met is for, unmet against, not comparable open."""
    for part in parts(why):
        for inner in part.why.parts:
            if inner.code.startswith("match.indicator-"):
                yield Part(_MEANT.get(inner.code.removeprefix("match.indicator-"), "open"), inner, None)


def match_of(own: uuid.UUID, other: uuid.UUID) -> Match | None:
    """The pair in the current market, whoever asked whom; the own question first."""
    market = current("teaser")
    if market is None:
        return None
    either = Q(question=own, answer=other) | Q(question=other, answer=own)
    pairs = list(Match.objects.filter(either, market=market))
    return min(pairs, key=lambda m: m.question != own, default=None)


def closer(own: Any, other: Any, as_of: date, pack: str = "cn") -> Why | None:
    """Indicators and restricted fields of the two records compared, for a pair that is open on both sides.

    Only these two records and what belongs to them are read, so the result says nothing of anybody else. Its score
    stands on two texts and is not shown: the market's is the one that can be compared.
    """
    from tongtu import packs
    from tongtu.chain.clearing import clearing
    from tongtu.hub.records.adapt import snapshot
    from tongtu.match import sides

    kinds = {sides.kind_of(kind).noun: kind for kind in sides.KINDS}
    ask, answer = kinds[own.noun], kinds[other.noun]
    if sides.kind_of(answer).demands and not sides.kind_of(ask).demands:
        own, other, ask, answer = other, own, answer, ask
    registry = snapshot(clearance="restricted", tenants=[own.tenant_id, other.tenant_id])
    registry = _only(registry, {str(own.pk), str(other.pk)})
    ground = clearing(registry, packs.load(pack), as_of=as_of, see="restricted")
    pairs = ground.meet(ask, answer, 1)
    rows = [*pairs.pairs["why"], *pairs.refusals["why"]]
    return Why.from_json(rows[0]) if rows else None


def _only(registry: Any, uids: set[str]) -> Any:
    """The two records, and of everything else of their owners what engines need to compare them."""
    import polars as pl

    kept = {}
    for name in NOUNS:
        frame = registry[name]
        key = frame.columns[0]
        kept[name] = frame.filter(pl.col(key).is_in(list(uids)))
    return registry.replace(**kept, indicators=registry["indicators"].filter(pl.col("subject").is_in(list(uids))))


def sides_of(asker: Asker, question: uuid.UUID, answer: uuid.UUID) -> tuple[Shown, Shown] | None:
    """Both records of a pair, the asker's own first; None where either does not exist for them or neither is own."""
    sight = sight_for(asker)
    pair = [found(sight, question), found(sight, answer)]
    if pair[0] is None or pair[1] is None:
        return None
    own = [side for side in pair if side is not None and side.relation == "own"]
    if len(own) != 1:
        return None
    return own[0], pair[1] if own[0] is pair[0] else pair[0]
