"""Text and Markdown: lines to paragraphs; of Markdown only what changes the kind of a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tongtu.registry.boundary import text
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose.lines import paragraphs
from tongtu.registry.boundary.prose.shape import Prose, Run, tidy
from tongtu.registry.boundary.refusal import refused

MARKDOWN = (".md", ".markdown")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_ROW = re.compile(r"\|(.*)\|")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"\n]*\")?\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_FIELD = re.compile(r"(\w+):\s*[\"']?(.*?)[\"']?\s*")
_FRONT = {"title": "title", "date": "published", "source": "outlet", "url": "address", "lang": "language"}


def prose_of(data: bytes, suffix: str, limits: Limits) -> Prose:
    """The text in its encoding. Raises FileRefused where that cannot be decided, and for a line without end."""
    encoding = text.encoding_of(data)
    lines = data.decode(encoding).splitlines()
    longest = max(map(len, lines), default=0)
    if longest > limits.field_chars:
        raise refused("prose-line", number=1, chars=longest, limit=limits.field_chars)
    if suffix not in MARKDOWN:
        runs = (Run("paragraph", paragraph) for paragraph in paragraphs(lines))
        return Prose(tidy(runs), "text", encoding=encoding)
    said, lines = _front_matter(lines)
    return Prose(tidy(_marked_down(lines)), "text", encoding=encoding, **said)


def _front_matter(lines: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Fields between two lines of `---` at the very top, and the rest."""
    if not lines or lines[0].strip() != "---" or "---" not in (rest := [line.strip() for line in lines[1:]]):
        return {}, lines
    end = rest.index("---")
    fields = (_FIELD.fullmatch(line) for line in rest[:end])
    return {_FRONT[f[1].lower()]: f[2] for f in fields if f and f[1].lower() in _FRONT}, lines[end + 2 :]


def _marked_down(lines: list[str]) -> Iterator[Run]:
    held: list[str] = []
    row = 0
    for line in [*lines, ""]:
        cells = _ROW.fullmatch(line.strip())
        heading = _HEADING.fullmatch(line.strip())
        if not cells and not heading:
            held.append(line)
            row = 0
            continue
        yield from (Run("paragraph", _bare(paragraph)) for paragraph in paragraphs(held))
        held = []
        if heading:
            yield Run("heading", _bare(heading[2]), level=len(heading[1]))
        elif cells and not _RULE.fullmatch(line):
            for column, cell in enumerate(cells[1].split("|")):
                yield Run("cell", _bare(cell), row=row, column=column)
            row += 1
    yield from (Run("paragraph", _bare(paragraph)) for paragraph in paragraphs(held))


def _bare(line: str) -> str:
    """Without marks of strong text and addresses of links: they are set type, not words."""
    return _STRONG.sub(r"\2", _LINK.sub(r"\1", line))
