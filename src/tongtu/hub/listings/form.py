"""The form of a kind: a widget for each column it asks, made from the column's definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tongtu.hub.listings.kinds import Child, Field, Kind
from tongtu.hub.listings.reading import STRICTEST, Given, Row
from tongtu.hub.listings.showing import names_of, title_of, typed
from tongtu.hub.listings.vocab import choices
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.faults import Fault
from tongtu.terms.words import Lang, say, word

#: kind of column -> widget; the others are a line of text
_WIDGETS = {
    "long": "long", "code": "select", "codes": "many", "bool": "yesno", "date": "date", "money": "money",
    "int": "number", "year": "number", "ref": "select",
}  # fmt: skip
_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a list to choose from."""

    code: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Widget:
    """A field on the page. `wide` texts count their characters; `classes` are those it may be raised to."""

    name: str
    label: str
    kind: str
    value: str
    options: tuple[Option, ...]
    most: int
    required: bool
    note: str
    faults: tuple[str, ...]
    classes: tuple[Option, ...] = ()

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    @property
    def short(self) -> bool:
        return self.kind in ("date", "number", "money", "yesno")

    @property
    def hinted(self) -> bool:
        """Whether anything is said below the field; the narrow ones of a row keep their length to themselves."""
        return bool(self.note or (self.most and self.classes))

    @property
    def described(self) -> SafeString:
        """The attributes that tie a field to its hint and its faults."""
        ids = [f"{self.id}-hint"] * self.hinted + [f"{self.id}-fault"] * bool(self.faults)
        wrong = mark_safe(' aria-invalid="true"') if self.faults else ""
        return format_html(' aria-describedby="{}"{}', " ".join(ids), wrong) if ids else SafeString("")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of what belongs to the listing."""

    prefix: str
    uid: str
    number: int
    widgets: tuple[Widget, ...]
    gone: bool

    @property
    def filled(self) -> bool:
        return any(w.value for w in self.widgets)


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of one noun that belong to the listing, with a blank one at the end."""

    noun: str
    label: str
    hint: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole form."""

    short: tuple[Widget, ...]
    more: tuple[Widget, ...]
    rows: tuple[Rows, ...]
    faults: int
    open_more: bool
    raised: bool

    @property
    def classed(self) -> tuple[Widget, ...]:
        """The fields whose class may be raised, in their order."""
        return tuple(w for w in self.short + self.more if len(w.classes) > 1)


def page(sight: Sight, kind: Kind, given: Given, lang: Lang, spare: str = "") -> Page:
    """The form with what was typed and every fault at its field; `spare` names a noun that gets one row more."""
    at = _by_place(given.faults, lang)
    make = _Maker(sight, lang, at)
    short = tuple(make.widget(kind.name, f, given.typed, raised=given.raised) for f in kind.short)
    more = tuple(make.widget(kind.name, f, given.typed, raised=given.raised) for f in kind.more)
    rows = tuple(
        make.rows(child, given.rows.get(child.noun.name, []), child.noun.name == spare) for child in kind.children
    )
    return Page(short, more, rows, len(given.faults), any(w.value or w.faults for w in more), bool(given.raised))


def of_record(sight: Sight, kind: Kind, values: Mapping[str, Any], raised: Mapping[str, str],
              children: Mapping[str, Sequence[Any]], lang: Lang) -> Given:  # fmt: skip
    """A kept record as if its form had just been sent; `children` are rows with `uid` and `row()`."""
    rows: dict[str, list[Row]] = {}
    for child in kind.children:
        kept = [(str(c.pk), c.row()) for c in children.get(child.noun.name, ())]
        names = names_of(sight, [f.column for f in child.ask], [values for _, values in kept], lang)
        rows[child.noun.name] = [Row(uid, _typed(child.ask, held, names)) for uid, held in kept]
    return Given(_typed(kind.asked, values, {}), dict(raised), rows)


def _typed(asked: Sequence[Field], values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    return {f.name: names.get(str(values.get(f.name)), "") or typed(f, values) for f in asked}


@dataclass(frozen=True, slots=True)
class _Maker:
    sight: Sight
    lang: Lang
    faults: Mapping[tuple[str, int | None, str], tuple[str, ...]]

    def widget(self, noun: str, asked: Field, held: Mapping[str, str], prefix: str = "", row: int = 0,
               raised: Mapping[str, str] | None = None) -> Widget:  # fmt: skip
        column, value = asked.column, held.get(asked.name, "")
        kind = "line" if column.of == "organisations" else _WIDGETS.get(column.kind, "line")
        return Widget(
            prefix + asked.name, self._label(asked), kind, value, self._options(asked, kind, value), asked.most,
            column.required, column.note_zh if self.lang == "zh" else column.note_en,
            self.faults.get((noun, row, asked.name), ()), () if raised is None else self._classes(asked, raised),
        )  # fmt: skip

    def rows(self, child: Child, rows: Sequence[Row], spare: bool) -> Rows:
        noun = child.noun.name
        shown = [*rows, *[Row("", {})] * (1 + spare)]
        lines, kept = [], 0
        none = all(row.gone or row.blank for row in shown)  # then what is lacking is said at the first blank row
        for n, row in enumerate(shown):
            prefix, counts = f"{noun}-{n}-", not row.gone and not row.blank
            place = kept if counts or (none and not n) else -1
            widgets = tuple(self.widget(noun, f, row.typed, prefix, place) for f in child.ask)
            lines.append(Line(prefix, row.uid, n + 1, widgets, row.gone))
            kept += counts
        hint = word(f"hub_listings.hint-{noun}", self.lang)
        return Rows(noun, child.noun.label(self.lang), hint, tuple(lines))

    def _label(self, asked: Field) -> str:
        label = asked.column.label(self.lang)
        if asked.column.kind != "money":
            return label
        unit = word("hub_listings.unit-wan" if asked.scale > 1 else "hub_listings.unit-one", self.lang)
        return word("hub_listings.with-unit", self.lang, label=label, unit=unit)

    def _options(self, asked: Field, kind: str, value: str) -> tuple[Option, ...]:
        if kind == "yesno":
            entries = [(c, word(f"terms.{c}", self.lang)) for c in ("yes", "no")]
        elif asked.column.kind in ("code", "codes"):
            entries = choices(asked.column, self.lang)
        elif kind == "select":
            entries = offered(self.sight, asked, self.lang)
        else:
            return ()
        chosen = set(value.split(";")) if kind == "many" else {value}
        return tuple(Option(code, label, code in chosen) for code, label in entries)

    def _classes(self, asked: Field, raised: Mapping[str, str]) -> tuple[Option, ...]:
        now = raised.get(asked.name, asked.column.disclosure)
        allowed = STRICTEST[DISCLOSURE.index(asked.column.disclosure) :]
        return tuple(Option(c, word(f"hub_policy.class-{c}", self.lang), c == now) for c in allowed)


def offered(sight: Sight, asked: Field, lang: Lang) -> list[tuple[str, str]]:
    """The organisation's own records that a reference may name."""
    rows = MODELS[asked.column.of].objects.own(sight.asker).order_by("-changed_at")[:_OFFERED]
    return [(str(row.pk), title_of(row.row(), lang) or str(row.pk)[:8]) for row in rows]


def _by_place(faults: Sequence[Fault], lang: Lang) -> dict[tuple[str, int | None, str], tuple[str, ...]]:
    found: dict[tuple[str, int | None, str], tuple[str, ...]] = {}
    for f in faults:
        said = say(f.what, lang)
        if f.repair is not None:
            said = f"{said.rstrip('。. ')}{'。' if lang == 'zh' else '. '}{say(f.repair, lang)}"
        place = (f.file, f.row or 0, f.column)
        found[place] = (*found.get(place, ()), said)
    return found
