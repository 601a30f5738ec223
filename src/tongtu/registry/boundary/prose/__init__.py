"""Files with prose to runs of text, inside the guarded child: one module per format, each loaded when first needed.

plain    .txt .md          lines to paragraphs (`lines`)
html     .html .htm        trafilatura's main content (`markup`)
pdf      .pdf              pypdf's lines to paragraphs, running heads told apart
docx     .docx             python-docx on the zip that `archive` judged and packed anew
feed     .rss .atom .xml   feedparser; each entry a document
records  .json .jsonl      objects with title, content, url, date; each a document
"""

from __future__ import annotations

from tongtu.registry.boundary import guard
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose.shape import Prose, Run
from tongtu.registry.boundary.refusal import fault, raise_all, refused

__all__ = ["Prose", "Run", "parsed"]


def parsed(data: bytes, suffix: str, limits: Limits) -> list[Prose]:
    """The documents of one file that passed the guard. Raises FileRefused with all faults found."""
    found = _documents(data, suffix, limits)
    raise_all(
        fault("prose-line", number=number, chars=len(run.text), limit=limits.field_chars)
        for number, prose in enumerate(found, 1)
        for run in prose.runs
        if len(run.text) > limits.field_chars
    )
    if not any(prose.runs for prose in found):
        raise refused("prose-empty")
    return found


def _documents(data: bytes, suffix: str, limits: Limits) -> list[Prose]:
    if suffix in guard.PAGES:
        from tongtu.registry.boundary.prose import html

        return [html.prose_of(data)]
    if suffix == ".pdf":
        from tongtu.registry.boundary.prose import pdf

        return [pdf.prose_of(data, limits)]
    if suffix == ".docx":
        from tongtu.registry.boundary.prose import docx

        return [docx.prose_of(data, limits)]
    if suffix in guard.FEEDS:
        from tongtu.registry.boundary.prose import feed

        return feed.prose_of(data)
    if suffix in guard.DOCUMENTS:
        from tongtu.registry.boundary.prose import records

        return records.prose_of(data, suffix, limits)
    from tongtu.registry.boundary.prose import plain

    return [plain.prose_of(data, suffix, limits)]
