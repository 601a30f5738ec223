"""A record as one asker reads it, with its ETag, and the lists of them."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from pydantic import BaseModel

from tongtu.hub.api.problems import Problem, invalid, later
from tongtu.hub.listings import shelf
from tongtu.hub.listings.kinds import Kind, kinds
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.listings.showing import names_of
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.records.keys import CODED, kind_of, own_number, pointers
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.seen import note
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import Shown, shown
from tongtu.registry.columns import DISCLOSURE, Noun
from tongtu.registry.columns import noun as definition
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say

#: why nobody but its owner reads the number that a record has in its own house
OWN_NUMBER = Why("hub_api.own-number")


# --- one ----------------------------------------------------------------------------------------------------


def fetch(sight: Sight, noun: str, uid: uuid.UUID) -> Any:
    """The record where it exists for the asker. Raises Http404."""
    found = MODELS[noun].objects.visible_to(sight, "see").select_related("tenant").filter(pk=uid).first()
    if found is None or shown(sight, found) is None:
        raise Http404
    return found


def whole(sight: Sight, record: Any, lang: Lang) -> dict[str, Any]:
    """A record with the rows that belong to it, as far as each is open; that it was read is noted for its owner."""
    said = present(sight, record.noun, [record], lang)
    if not said:
        raise Http404
    kind = kinds().get(record.noun)
    if kind is not None and kind.children:
        said[0]["rows"] = {c.noun.name: rows(sight, kind, record, c.noun.name, lang) for c in kind.children}
    return said[0]


def rows(sight: Sight, kind: Kind, record: Any, noun: str, lang: Lang) -> list[dict[str, Any]]:
    """The rows of a noun that belong to a listing, in their order."""
    child = next(c for c in kind.children if c.noun.name == noun)
    order = "step" if noun == "ownership" else "created_at"
    found = MODELS[noun].objects.visible_to(sight).filter(tenant=record.tenant_id, **{child.parent: str(record.pk)})
    return present(sight, noun, found.order_by(order, "pk"), lang)


def present(sight: Sight, noun: str, records: Iterable[Any], lang: Lang) -> list[dict[str, Any]]:
    """Records as the asker reads them; a reference to something they may not know of is null."""
    read = [found for record in records if (found := shown(sight, record)) is not None]
    for found in read:
        if DISCLOSURE.index(found.clearance) > DISCLOSURE.index("teaser"):
            note(found.record, sight.asker, found.clearance, "api")
    names = _names(sight, definition(noun), [found.values for found in read], lang)
    return [_said(sight, found, names, lang) for found in read]


def _said(sight: Sight, found: Shown, names: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    record, of = found.record, definition(found.record.noun)
    own = record.tenant_id == sight.asker.organisation
    values, hidden = dict(found.values), dict(found.hidden)
    number = own_number(of)
    if number is not None and not own and values.pop(number.name, None) is not None:
        hidden[number.name] = OWN_NUMBER
    used: dict[str, str] = {}
    for column in of.columns:
        if values.get(column.name) and _points(column):
            held = values[column.name]
            known = [ref for ref in (held if column.many else [held]) if ref in names]
            values[column.name] = known if column.many else next(iter(known), None)
            used |= {ref: names[ref] for ref in known}
    return {
        "uid": record.pk, "noun": of.name, "state": record.lifecycle, "own": own, "clearance": found.clearance,
        "published_at": record.published_at, "expires_at": record.expires_at, "values": values,
        "hidden": {name: {"code": why.code, "why": say(why, lang)} for name, why in hidden.items()}, "names": used,
    }  # fmt: skip


def _points(column: Any) -> bool:
    return column.of not in CODED and any(pointers(column))


def _names(sight: Sight, of: Noun, values: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, str]:
    """Uid -> name of everything these rows refer to that exists for the asker."""
    columns = [c for c in of.columns if _points(c)]
    found = names_of(sight, [c for c in columns if c.kind != "subject"], values, lang)
    for column in (c for c in columns if c.kind == "subject"):
        for target, kind in pointers(column):
            about = [row for row in values if row.get(kind_of(column)) == kind]
            if about:
                found |= names_of(sight, [replace(column, kind="ref", of=target)], about, lang)
    return found


# --- its mark -----------------------------------------------------------------------------------------------


def mark(sight: Sight, record: Any, said: Mapping[str, Any]) -> str:
    """Changes with anything the asker reads, and for the record's own house with every change.

    For others it is a function of what they read alone: a change of what is hidden from them leaves it as it was.
    """
    own = record.revision if record.tenant_id == sight.asker.organisation else 0
    return hashlib.sha256(json.dumps([own, _bare(said)], default=str, sort_keys=True).encode()).hexdigest()[:32]


def _bare(said: Mapping[str, Any]) -> Any:
    """What is said without what depends on the language."""
    kept = {k: v for k, v in said.items() if k not in ("hidden", "names", "rows")}
    inner = {name: [_bare(row) for row in found] for name, found in (said.get("rows") or {}).items()}
    return [kept, sorted(said["hidden"]), inner]


def etag(mark: str, lang: Lang) -> str:
    return f'"{mark}-{lang}"'


def heeds(request: HttpRequest, mark: str) -> None:
    """Raises Problem where a change is asked for without If-Match, or for a record that is no longer as it was read."""
    given = request.headers.get("If-Match")
    if given is None:
        raise Problem("precondition")
    if given.strip() == "*":
        return
    wanted = {f'"{mark}-{lang}"' for lang in ("zh", "en")}
    if wanted.isdisjoint(part.strip() for part in given.split(",")):
        raise Problem("stale")


def answer(model: type[BaseModel], said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """What is said, by its model: what it does not say is absent."""
    text = model.model_validate(said).model_dump_json(exclude_unset=True)
    return HttpResponse(text, status=status, content_type="application/json")


# --- lists --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    records: list[Any]
    next: str | None


def listed(sight: Sight, noun: str, asked: Any, lang: Lang) -> Page:
    """One page of what the asker may know of, the latest publication first. Raises Problem."""
    said = asked.model_dump(exclude={"cursor", "limit"})
    question, states = _question(noun, said), said["state"]
    strange = [s for s in states if s not in vocabulary("states").rows]
    if strange:
        raise invalid("state", "fault-choice")
    binding = hashlib.sha256(json.dumps([noun, said], sort_keys=True).encode()).hexdigest()[:16]
    place = read_cursor(asked.cursor, binding)
    if question is not None and question.words:
        return _ranked(sight, noun, question, place, asked.limit, binding, said, lang)
    rows = MODELS[noun].objects.visible_to(sight)
    if question is not None and question.narrowed:
        rows = shelf.visible(sight, kinds()[noun], question)
    scoped = _scoped(sight, rows, said)
    open_ = set(states or OPEN) if said["scope"] != "own" else set(states)
    if open_ and open_ <= set(OPEN) and (place is None or place[0]):
        after = (datetime.fromisoformat(place[0]), uuid.UUID(place[1])) if place else None
        if after is None and said["scope"] == "all" and not (question and question.narrowed):
            found = shelf.first_page(
                sight, ("listed", noun), lambda: _dated(sight, noun), asked.limit + 1, sorted(open_)
            )
        else:
            found = shelf.newest(scoped.filter(published_at__isnull=False), asked.limit + 1, after, sorted(open_))
        if len(found) > asked.limit:  # a full page by walking an index; what is left, dated or not, is little
            return _page(found, asked.limit, binding)
    return _newest(scoped, place, asked.limit, binding)


def _dated(sight: Sight, noun: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = MODELS[noun].objects.visible_to(sight).filter(published_at__isnull=False)
    return rows


def _scoped(sight: Sight, rows: QuerySet[Any], said: Mapping[str, Any]) -> QuerySet[Any]:
    if said["scope"] == "own":
        rows = rows.own(sight.asker)  # type: ignore[attr-defined]
        return rows.filter(lifecycle__in=said["state"]) if said["state"] else rows
    return rows.filter(lifecycle__in=said["state"] or OPEN)


def _question(noun: str, said: Mapping[str, Any]) -> shelf.Question | None:
    """The facets and words of a listing's list. Raises Problem for a code that is none, rather than not hear it."""
    kind = kinds().get(noun)
    if kind is None:
        return None
    sent = {name: said[name] for name in kind.facets}
    question = shelf.question(kind, {**sent, "q": [said["q"]], "since": [str(said["since"])]})
    for name, given in sent.items():
        if set(given) - set(question.chosen.get(name, ())):
            raise invalid(name, "fault-choice")
    if said["since"] != question.since:
        raise invalid("since", "fault-choice")
    if question.narrowed and (said["scope"] != "all" or set(said["state"]) - set(OPEN)):
        raise invalid("state", "narrowed-open")
    return question


def _newest(rows: QuerySet[Any], place: list[Any] | None, limit: int, binding: str) -> Page:
    if place is not None:
        at, uid = (datetime.fromisoformat(place[0]) if place[0] else None), uuid.UUID(place[1])
        later = Q(published_at__lt=at) | Q(published_at=at, pk__lt=uid) | Q(published_at=None)
        rows = rows.filter(later if at else Q(published_at=None, pk__lt=uid))
    return _page(list(rows.order_by(F("published_at").desc(nulls_last=True), "-pk")[: limit + 1]), limit, binding)


def _page(found: list[Any], limit: int, binding: str) -> Page:
    """A page out of one row more than it holds."""
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    since = last.published_at.isoformat() if last.published_at else ""
    return Page(found[:limit], write_cursor([since, str(last.pk)], binding))


def _ranked(
    sight: Sight, noun: str, question: shelf.Question, place: list[Any] | None, limit: int, binding: str,
    said: Mapping[str, Any], lang: Lang,
) -> Page:  # fmt: skip
    found = shelf.find(sight, kinds()[noun], question, lang, str(place[0]) if place else "", limit)
    if found.unindexed:
        raise later("not-ready", 5)
    states = said["state"] or OPEN
    following = write_cursor([found.following], binding) if found.following else None
    return Page([r for r in found.records if r.lifecycle in states], following)


def write_cursor(place: list[str], binding: str) -> str:
    """A place in a list, signed; it holds for the list it was given for, and says only what that page said."""
    return signing.Signer(salt="tongtu.api.cursor").sign_object([binding, place], compress=False)


def read_cursor(cursor: str, binding: str) -> list[str] | None:
    """Raises Problem for a cursor that is not ours or of another list."""
    if not cursor:
        return None
    try:
        bound, place = signing.Signer(salt="tongtu.api.cursor").unsign_object(cursor)
    except (signing.BadSignature, ValueError, UnicodeError):
        raise invalid("cursor", "cursor") from None
    if bound != binding:
        raise invalid("cursor", "cursor-other")
    return list(place)
