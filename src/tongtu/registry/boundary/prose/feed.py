"""RSS and Atom: each entry a document, the feed its outlet."""

from __future__ import annotations

import io
import re
from typing import Any

from tongtu.registry.boundary import text
from tongtu.registry.boundary.prose import markup
from tongtu.registry.boundary.prose.shape import Prose, Run
from tongtu.registry.boundary.refusal import refused

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def prose_of(data: bytes) -> list[Prose]:
    """The entries in their order. Raises FileRefused: a document type, no feed, no entries."""
    import feedparser

    encoding = text.encoding_of(data)
    said = _DECLARATION.sub("", data.decode(encoding))
    if found := _DOCTYPE.search(said):
        raise refused("feed-doctype", line=said.count("\n", 0, found.start()) + 1)
    # A stream, never a text: that could be taken for an address and fetched.
    feed = feedparser.parse(io.BytesIO(said.encode()), resolve_relative_uris=False, sanitize_html=False)
    if not feed.version:
        raise refused("feed-damaged", problem=str(feed.get("bozo_exception") or "no RSS or Atom"))
    if not feed.entries:
        raise refused("prose-empty")
    outlet, language = str(feed.feed.get("title", "")), str(feed.feed.get("language", ""))
    return [_entry(entry, outlet, language, encoding) for entry in feed.entries]


def _entry(entry: Any, outlet: str, language: str, encoding: str) -> Prose:
    title = " ".join(run.text for run in markup.runs_of_fragment(str(entry.get("title", ""))))
    bodies = [str(content.get("value", "")) for content in entry.get("content", [])] or [str(entry.get("summary", ""))]
    runs = tuple(run for body in bodies for run in markup.runs_of_fragment(body))
    source = entry.get("source")
    return Prose(
        ((Run("title", title, level=1),) if title else ()) + runs,
        "feed",
        title=title,
        published=str(entry.get("published") or entry.get("updated") or ""),
        outlet=str((source.get("title") if source else "") or outlet),
        address=str(entry.get("link", "")),
        language=language,
        encoding=encoding,
    )
