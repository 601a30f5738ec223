"""XML that any reader takes: characters XML 1.0 forbids are replaced, everything else is escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

Element = ElementTree.Element
#: not a character of XML 1.0 (§2.2), escaped or not; a lone surrogate is none either
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STANDS_IN = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """The text with a replacement character where XML has no way to write one; its length stays."""
    return _FORBIDDEN.sub(_STANDS_IN, text)


def child(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """A new last child; attributes without a value are left out."""
    made = ElementTree.SubElement(parent, name, {key: clean(value) for key, value in attributes.items() if value})
    if text is not None:
        made.text = clean(text)
    return made


def written(root: Element) -> str:
    """The document as text, indented."""
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
