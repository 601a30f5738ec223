"""Web pages: trafilatura's main content, and what the page says of itself in its `meta` elements.

The page is parsed here and handed on as a tree: neither trafilatura nor htmldate is given a text they could
take for an address and fetch. Chinese government sites name title, date and source in elements of their own
(ArticleTitle, PubDate, ContentSource), which go before anything guessed.
"""

from __future__ import annotations

import copy
import re
from configparser import ConfigParser
from functools import cache
from itertools import islice
from typing import Any

from tongtu.registry.boundary import text
from tongtu.registry.boundary.prose import markup
from tongtu.registry.boundary.prose.shape import Prose, Run
from tongtu.registry.boundary.refusal import refused
from tongtu.terms.faults import FileRefused

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)
_DECLARED = {"iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "us-ascii": "cp1252",
             "big5": "big5hkscs", "big5-hkscs": "big5hkscs"}  # fmt: skip
"""Beyond what the bytes themselves show, only these are believed; as browsers do, Latin-1 is read as Windows-1252."""
_PUBLISHED = ("pubdate", "article:published_time", "datepublished", "publishdate", "dc.date.issued", "dcterms.issued",
              "dc.date", "date", "firstpublishedtime")  # fmt: skip
_TITLES = ("articletitle", "og:title", "dc.title", "twitter:title")
_OUTLETS = ("contentsource", "source", "mediaid", "article:publisher", "dc.publisher", "og:site_name", "sitename")
_ADDRESSES = ("og:url", "url", "dc.identifier")
_LINE = re.compile(r"(?:发布|发文|成文)?(?:时间|日期)\s*[:：]\s*([^\s|]{4,20}(?:\s\d\d:\d\d)?)")
_SOURCE = re.compile(r"(?:信息|文章|稿件)?来源\s*[:：]\s*([^\s|：:]{2,30})")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_HEAD = 60
_SHORT = 150
"""Characters: below this the main content may have been missed, and the page is read as it is."""


def prose_of(data: bytes) -> Prose:
    """The main content of a page. Raises FileRefused: encoding, nesting, and a page without content."""
    encoding, page = _decoded(data)
    root = markup.tree_of(page)
    if root is None:
        raise refused("prose-empty")
    said = _said(root)
    seen = markup.runs_of(copy.deepcopy(root))
    for name, pattern in (("published", _LINE), ("outlet", _SOURCE)):
        said[name] = said[name] or next((m[1] for run in seen[:_HEAD] if (m := pattern.search(run.text))), "")
    runs, guessed = _main(root)
    said = {name: value or guessed.get(name, "") for name, value in said.items()}
    enough = sum(len(run.text) for run in runs) >= _SHORT
    return Prose(_titled(runs if enough else seen, said["title"]), "html", encoding=encoding, **said)


def _decoded(data: bytes) -> tuple[str, str]:
    """The page's encoding and text: by its bytes, else by its own word where every byte agrees."""
    try:
        encoding = text.encoding_of(data)
    except FileRefused:
        found = _CHARSET.search(data[:4096])
        encoding = _DECLARED.get(found[1].decode("ascii").lower(), "") if found else ""
        if not encoding:
            raise
        try:
            return encoding, data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise refused("encoding", offset=error.start, line=line, byte=f"0x{data[error.start]:02X}") from None
    return encoding, data.decode(encoding)


def _said(root: Any) -> dict[str, Any]:
    """The page's own elements about itself."""
    meta: dict[str, str] = {}
    for element in islice(root.iter("meta"), 500):
        name = element.get("name") or element.get("property") or element.get("itemprop") or ""
        content = " ".join((element.get("content") or "").split())
        if content and len(content) <= 500:
            meta.setdefault(name.strip().lower(), content)
    links = (e.get("href") or "" for e in islice(root.iter("link"), 500) if (e.get("rel") or "").lower() == "canonical")
    domain = meta.get("sitedomain", "")
    site = f"https://{domain}/" if _DOMAIN.fullmatch(domain) else ""
    return {
        "title": _first(meta, _TITLES),
        "published": _first(meta, _PUBLISHED),
        "outlet": _first(meta, _OUTLETS),
        "address": next((link for link in links if link.startswith("http")), _first(meta, _ADDRESSES) or site),
        "language": (root.get("lang") or "")[:20],
    }


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def _main(root: Any) -> tuple[tuple[Run, ...], dict[str, str]]:
    """The runs of the main content and what trafilatura makes of the page's head."""
    import trafilatura

    date = {"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d", "max_date": "2100-12-31"}
    # A fixed latest date: left to itself, htmldate asks the clock.
    found = trafilatura.bare_extraction(
        root, fast=True, favor_recall=True, include_comments=False, include_tables=True, include_formatting=True,
        with_metadata=True, date_extraction_params=date, config=_settings(),
    )  # fmt: skip
    if found is None or isinstance(found, dict):
        return (), {}
    guessed = {"title": found.title, "published": found.date, "outlet": found.sitename, "address": found.url}
    return markup.runs_of(found.body), {name: value or "" for name, value in guessed.items()}


@cache
def _settings() -> ConfigParser:
    """trafilatura's own, but for its last resort on short pages: that is all of the text in one paragraph."""
    from trafilatura.settings import use_config

    settings = use_config()
    settings.set("DEFAULT", "MIN_EXTRACTED_SIZE", "0")
    return settings


def _titled(runs: tuple[Run, ...], title: str) -> tuple[Run, ...]:
    """The runs with the page's title as their first, once."""
    if not title:
        return runs
    at = next((n for n, run in enumerate(runs[:3]) if _same(run.text, title)), None)
    first = Run("title", title if at is None else runs[at].text, level=1)
    return (first, *(run for n, run in enumerate(runs) if n != at))


def _same(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
