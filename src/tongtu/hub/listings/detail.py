"""One listing as one asker reads it: values, locks with their reasons, rows, files, actions, who has seen it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from tongtu.hub.care.models import Event
from tongtu.hub.listings import files
from tongtu.hub.listings.kinds import Child, Kind, kind
from tongtu.hub.listings.lifecycle import OPEN, actions_from, moves
from tongtu.hub.listings.models import Return
from tongtu.hub.listings.moves import permitted
from tongtu.hub.listings.revising import pending
from tongtu.hub.listings.showing import Value, names_of, organisations, title_of, value
from tongtu.hub.people.models import User
from tongtu.hub.policy import redact
from tongtu.hub.records.models import MODELS, Seen
from tongtu.hub.records.permit import may
from tongtu.hub.records.seen import note
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import Shown, shown
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say

_LINES = 100
_ASKED = ("withdraw", "delete")
_TOLD = {"create", "detach", "approve_revision", "drop_revision", "set_openings"}


@dataclass(frozen=True, slots=True)
class Action:
    """A step offered on the page, or the reason why it is not open to this person."""

    name: str
    allowed: bool
    reason: Why

    @property
    def label(self) -> Why:
        return Why(f"hub_listings.do-{self.name}")

    @property
    def asks(self) -> Why | None:
        """What is asked before it is done."""
        return Why(f"hub_listings.sure-{self.name}") if self.name in _ASKED else None

    @property
    def style(self) -> str:
        return "danger" if self.name in _ASKED else "primary"

    @property
    def address(self) -> str:
        return reverse("listings:home")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one noun that belong to the listing; `locked` are its columns that are hidden, by reason."""

    noun: str
    label: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    locked: tuple[tuple[Why, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything the page shows, and nothing more."""

    record: Any
    title: str
    own: bool
    clearance: str
    values: tuple[Value, ...]
    organisation: str
    locked: tuple[tuple[Why, tuple[str, ...]], ...]
    tables: tuple[Table, ...]
    files: tuple[files.Shelved, ...]
    actions: tuple[Action, ...]
    remarks: tuple[tuple[str, str], ...]
    history: tuple[tuple[Any, str, Why], ...]
    seen: tuple[tuple[Any, str, str, Why], ...] | None
    linked: str
    pending: Any = None  # a revision that is not settled, where it is the reader's to see
    hours: bool = False  # whether its lines have opening hours to look at, or to enter
    assigns: bool = False  # whether its reader assigns experts to it
    judges: bool = False  # whether its reader is an expert assigned to it

    @property
    def may_attach(self) -> bool:
        return any(a.name == "attach" and a.allowed for a in self.actions)

    @property
    def matched(self) -> bool:
        """Whether answers are sought for it: one's own, while others see it."""
        return self.own and self.record.lifecycle in OPEN and kind(self.record.noun).matched

    @property
    def refused(self) -> list[Action]:
        return [a for a in self.actions if not a.allowed]

    @property
    def classes(self) -> list[tuple[str, Why]]:
        """The classes that a file may be given."""
        return [(name, Why(f"hub_policy.class-{name}")) for name in files.CLASSES]

    @property
    def shows_seen(self) -> bool:
        return self.seen is not None


def fetch(sight: Sight, of: Kind, uid: uuid.UUID) -> Any:
    """The record, where it exists for the asker; None otherwise."""

    def asked() -> Any:
        return MODELS[of.name].objects.visible_to(sight, "see").select_related("tenant").filter(pk=uid)

    return next(iter(sight.fetch(("detail", of.name), asked, uid)), None)


def detail(sight: Sight, of: Kind, record: Any, lang: Lang) -> Detail | None:
    """The page of a record; writes down that it was seen where that goes beyond the teaser."""
    read = shown(sight, record)
    if read is None:
        return None
    own = record.tenant_id == sight.asker.organisation
    if not own and DISCLOSURE.index(read.clearance) > DISCLOSURE.index("teaser"):
        note(record, sight.asker, read.clearance)
    names = names_of(sight, [f.column for f in of.asked], [read.values], lang)
    told = (of.title, "currency")  # the heading says the one, every amount the other
    asked = [f for f in of.asked if f.name in read.values and f.name not in told]
    values = tuple(
        v for f in asked if not (v := value(f.column, read.values, lang, names)).absent or (own and f in of.short)
    )
    knows_owner = "organisation" in read.values
    return Detail(
        record=record, title=title_of(read.values, lang), own=own, clearance=read.clearance,
        values=values,
        organisation=record.tenant.title(lang) if knows_owner else "",
        locked=_locked(of, read, lang), tables=tuple(_tables(sight, of, record, lang, own)),
        files=tuple(files.listed(sight, record, read.clearance)), actions=tuple(_actions(sight, record, own)),
        remarks=_remarks(of, record, lang) if own else (), history=_history(sight, record),
        seen=_seen(sight, record, lang), linked=linked_data(of, record), pending=pending(sight, record),
        hours=any(c.noun.name == "lines" for c in of.children),
        assigns=may(sight, "assign_expert", record=record).allowed,
        judges=may(sight, "judge_case", record=record).allowed,
    )  # fmt: skip


def _locked(of: Kind, read: Shown, lang: Lang) -> tuple[tuple[Why, tuple[str, ...]], ...]:
    """The hidden columns by reason. They are hidden whether or not they hold anything."""
    found: dict[Why, list[str]] = {}
    for f in of.asked:
        if f.name in read.hidden:
            found.setdefault(read.hidden[f.name], []).append(f.column.label(lang))
    return tuple((why, tuple(labels)) for why, labels in found.items())


def _tables(sight: Sight, of: Kind, record: Any, lang: Lang, own: bool) -> list[Table]:
    found = []
    for child in of.children:
        read = [r for row in _rows(sight, child, record) if (r := shown(sight, row)) is not None]
        if read or own:
            found.append(_table(sight, child, read, lang))
    return found


def _rows(sight: Sight, child: Child, record: Any) -> list[Any]:
    """What belongs to the record and is open to the asker, in its order."""
    order = "step" if child.noun.name == "ownership" else "created_at"

    def asked() -> Any:
        of_record = {"tenant": record.tenant_id, child.parent: str(record.pk)}
        return MODELS[child.noun.name].objects.visible_to(sight).filter(**of_record).order_by(order, "pk")

    return sight.fetch(("rows", child.noun.name), asked, record.tenant_id, record.pk)


def _table(sight: Sight, child: Child, rows: list[Shown], lang: Lang) -> Table:
    columns = [f.column for f in child.ask if not rows or any(f.name in r.values for r in rows)]
    names = names_of(sight, columns, [r.values for r in rows], lang)
    lines = tuple(tuple(value(c, r.values, lang, names) for c in columns) for r in rows)
    locked: dict[Why, list[str]] = {}
    for f in child.ask:
        for why in {r.hidden[f.name] for r in rows if f.name in r.hidden}:
            locked.setdefault(why, []).append(f.column.label(lang))
    reasons = tuple((why, tuple(labels)) for why, labels in locked.items())
    return Table(child.noun.name, child.noun.label(lang), tuple(c.label(lang) for c in columns), lines, reasons)


def _actions(sight: Sight, record: Any, own: bool) -> list[Action]:
    """What may be done from here: for the owner's people with the reasons of what may not, for others what may."""
    found = []
    for name in actions_from(record.lifecycle):
        decision = permitted(sight, name, record)
        if decision.allowed or own:
            found.append(Action(name, decision.allowed, decision.reason))
    return found


def _remarks(of: Kind, record: Any, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What the last reviewer wrote, by the label of the field; only while the draft is being corrected."""
    last = Return.objects.filter(record=record.pk).first() if record.lifecycle == "returned" else None
    if last is None:
        return ()
    labels = {f.name: f.column.label(lang) for f in of.asked} | {c.noun.name: c.noun.label(lang) for c in of.children}
    return tuple((labels.get(name, ""), text) for name, text in last.remarks.items() if text)


def _history(sight: Sight, record: Any) -> tuple[tuple[Any, str, Why], ...]:
    """What was done with the record, newest first: the event, who did it, and what it was."""
    if not may(sight, "see_history", record=record):
        return ()
    told = {action for action, _ in moves()} | _TOLD
    events = Event.objects.filter(thing=str(record.pk), tenant=record.tenant_id, allowed=True, action__in=told)
    events = events.select_related("user").order_by("-id")[:_LINES]
    return tuple(
        (e, str(e.user) if e.user else "", Why(f"hub_listings.did-{e.action.replace('_', '-')}")) for e in events
    )


def _seen(sight: Sight, record: Any, lang: Lang) -> tuple[tuple[Any, str, str, Why], ...] | None:
    """Who has seen it: the line, the organisation, the person and the way; None for those who may not know."""
    if not may(sight, "see_viewers", record=record):
        return None
    rows = list(Seen.objects.filter(record=record.pk).order_by("-day", "-pk")[:_LINES])
    houses = organisations({str(row.organisation_id) for row in rows}, lang)
    people = {u.pk: str(u) for u in User.objects.filter(pk__in={row.viewer_id for row in rows})}
    return tuple(
        (r, houses.get(str(r.organisation_id), ""), people.get(r.viewer_id, ""), Why(f"hub_listings.way-{r.way}"))
        for r in rows
    )


def linked_data(of: Kind, record: Any) -> str:
    """schema.org's description as JSON-LD, from nothing but public fields; "" where the record is not public.

    The text may stand inside a script element: what could end it is escaped.
    """
    if record.lifecycle not in OPEN or record.disclosure != "public":
        return ""
    public: Mapping[str, Any] = redact(record.row(), of.name, "public", record.raised)
    said: dict[str, Any] = {"@context": "https://schema.org", "@type": of.schema, "identifier": str(record.pk)}
    texts = {"name": public.get(of.title), "alternateName": public.get(f"{of.title}_en"),
             "description": public.get(of.text), "keywords": public.get("keywords")}  # fmt: skip
    said |= {key: text for key, text in texts.items() if text}
    dates = {"datePublished": public.get("posted"), "validThrough": public.get("deadline"),
             "startDate": public.get("open_from"), "endDate": public.get("open_to")}  # fmt: skip
    said |= {key: day.isoformat() for key, day in dates.items() if day}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def etag(page: Detail, lang: Lang) -> str:
    """A mark of what the page shows; the revision is no part of it, since it counts changes of hidden fields too."""
    record = page.record
    locked = [(say(why, lang), labels) for why, labels in page.locked]
    tables = [(t.noun, t.heads, t.rows, [(say(why, lang), labels) for why, labels in t.locked]) for t in page.tables]
    kept = [(f.attachment.pk, f.attachment.name) for f in page.files]
    stands = (record.pk, record.lifecycle, record.published_at, lang)
    seen = repr((stands, page.title, page.organisation, page.values, locked, tables, kept, page.linked))
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
