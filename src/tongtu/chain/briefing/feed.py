"""Briefs as an Atom feed (RFC 4287): one entry per brief, its summary as text, its sources as related links."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tongtu.brief.model import Brief
from tongtu.chain.briefing.shape import Told
from tongtu.chain.briefing.told import told
from tongtu.chain.briefing.wording import said
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from tongtu.packs import Pack

_SPACE = "http://www.w3.org/2005/Atom"
_CODES = {"zh": "zh-CN", "en": "en"}
#: what XML 1.0 cannot hold
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(
    briefs: Sequence[Brief], pack: Pack, lang: Lang = "zh", *, title: str | None = None, own: str = "",
    address: Callable[[Brief], str] | None = None,
) -> str:  # fmt: skip
    """The feed, its entries in the order of the briefs. `own` and `address`: where it and a brief's page are found.

    A feed says when it changed: the day of its newest brief, so equal briefs give equal bytes.
    """
    side = LANGUAGES.index(lang)
    feed = Element("feed", {"xmlns": _SPACE, "xml:lang": _CODES[lang]})
    _add(feed, "title", title or said("brand")[side])
    _add(feed, "id", own or "urn:tongtu:briefs")
    _add(feed, "updated", _moment(max((brief.as_of for brief in briefs), default=date(1970, 1, 1))))
    author = SubElement(feed, "author")
    _add(author, "name", "Tongtu 通途")
    if own:
        SubElement(feed, "link", {"rel": "self", "href": own})
    for brief in briefs:
        _entry(feed, told(brief, pack), side, address(brief) if address else "")
    indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode") + "\n"


def _entry(feed: Element, shown: Told, side: int, address: str) -> None:
    entry = SubElement(feed, "entry")
    _add(entry, "title", shown.title.text[side])
    _add(entry, "id", f"urn:tongtu:brief:{shown.id}")
    _add(entry, "updated", _moment(shown.as_of))
    days = [source.day for source in shown.sources if source.day is not None and source.role != "earlier"]
    if days:
        _add(entry, "published", _moment(min(days)))
    if address:
        SubElement(entry, "link", {"rel": "alternate", "href": address, "type": "text/html"})
    related = dict.fromkeys(one.address for one in shown.sources if one.address.startswith(("http://", "https://")))
    for place in related:
        SubElement(entry, "link", {"rel": "related", "href": _FORBIDDEN.sub("", place)})
    lines = [line.text[side] for line in shown.field("summary").lines] or [said("nothing-found")[side]]
    _add(entry, "summary", "\n".join(lines))
    _add(entry, "content", "\n\n".join(_field(shown, name, side) for name in _CONTENT if shown.field(name).lines))


_CONTENT = ("summary", "what_changed", "why_it_matters", "what_to_do", "who_should_care", "takeaways", "implications")


def _field(shown: Told, name: str, side: int) -> str:
    field = shown.field(name)
    labels = [f"{line.text[side]} 〔{said(f'label-{line.label}')[side]}〕" for line in field.lines]
    return "\n".join([field.title[side], *(f"· {label}" for label in labels)])


def _add(parent: Element, name: str, text: str) -> None:
    element = SubElement(parent, name)
    element.text = _FORBIDDEN.sub("", text)
    if name in ("summary", "content", "title"):
        element.set("type", "text")


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
