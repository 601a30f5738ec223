"""Lines to blocks: which line is the title, which a heading, an article or item with its number, which a note.

What the file itself marks (headings of HTML and Word, cells) is kept. In plain text a line shows its kind by
its number (第三条, 一、, （二）, 3., ①, •), by its length and by what follows it; a doubt leaves a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tongtu.brief.dates import dates_in
from tongtu.brief.document import HEADING, ITEM, NOTE, PARAGRAPH, TITLE
from tongtu.brief.reading import sources
from tongtu.brief.reading.characters import han, weight, words

_N = "〇零○一二三四五六七八九十百千两\\d"
_LABELS: tuple[tuple[re.Pattern[str], str, int], ...] = tuple(
    (re.compile(pattern), kind, level)
    for pattern, kind, level in (
        (rf"(第[{_N}]+(?:编|部分|篇))(?=\s|[:：]|$|[^\d的])", HEADING, 1),
        (rf"(第[{_N}]+章)(?=\s|$|[^\d的])", HEADING, 2),
        (rf"(第[{_N}]+节)(?=\s|$|[^\d的])", HEADING, 3),
        (rf"(第[{_N}]+条(?:之[{_N}]+)?)(?=[\s:：【（(]|$|[^第和至到、的规及与所第款项])", ITEM, 0),
        (r"((?:附件|附表|附录)\s*\d{0,2})(?:\s*[:：]|\s*$|\s)", HEADING, 1),
        (r"([一二三四五六七八九十]{1,3}[、．.])", "either", 1),
        (r"([（(][一二三四五六七八九十]{1,3}[)）])", "either", 2),
        (r"(\d{1,2}(?:\.\d{1,2}){1,3}[.．、]?)(?=\s)", ITEM, 0),
        (r"(\d{1,3}[.．、])(?!\d)", ITEM, 0),
        (r"([（(]\d{1,3}[)）]|\d{1,3}[)）])", ITEM, 0),
        (r"([①-⑳])", ITEM, 0),
        (r"((?:[-*]\s*)?[•·●○■◆▪‣◦]|[-*](?=\s))", ITEM, 0),
        (r"(——|—(?=[^\s—]))", ITEM, 0),
    )
)
_STOPS = tuple("。.!！?？;；,，:：、…")
_LETTERHEAD = re.compile(r".*[〔\[]\d{4}[〕\]].*|.*文件|第\s*\d+\s*号|.*令")
"""What stands above the title of an official document."""
_HEAD = 10
"""A title stands among so many lines at the top."""
_SHORT_HAN, _SHORT_WORDS = 40, 18
_WORTH = 8
_LONGEST_DATE = 30
_ORNAMENT = re.compile(r"[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]")
"""Pictures that pages set before the headings of their sections."""
_HEADING_HAN, _HEADING_WORDS = 22, 8


@dataclass(frozen=True, slots=True)
class Line:
    """A block before its place is known."""

    text: str
    kind: str
    level: int = 0
    label: str = ""
    page: int | None = None
    row: int | None = None
    column: int | None = None


def shaped(lines: Sequence[Line], hint: str) -> list[Line]:
    """The lines with their kinds; `hint` is the title that the file gives itself."""
    found = [_labelled(line) for line in lines]
    found = [_as_heading(line, found, at) for at, line in enumerate(found)]
    return _titled(found, hint)


def is_numbered(text: str) -> bool:
    """Whether a line begins with the number of an article, item or heading."""
    return any(pattern.match(text) for pattern, _, _ in _LABELS)


def is_headline(line: Line) -> bool:
    """Whether a line could be the headline of a report: short, a phrase, without number."""
    return (
        line.kind in (TITLE, HEADING, PARAGRAPH) and not line.label and _is_phrase(line.text) and weight(line.text) >= 4
    )


def _is_phrase(text: str) -> bool:
    return (
        not text.endswith(_STOPS)
        and "。" not in text
        and han(text) <= _SHORT_HAN
        and words(text) <= _SHORT_WORDS
        and len(text) <= 160
    )


def _labelled(line: Line) -> Line:
    """With its number, and a note where it is none of the report's words."""
    if line.kind not in (PARAGRAPH, ITEM, HEADING) or line.row is not None:
        return line
    if line.kind == PARAGRAPH and (sources.is_furniture(line.text) or sources.source_in(line.text)):
        return replace(line, kind=NOTE)
    for pattern, kind, level in _LABELS:
        if match := pattern.match(line.text):
            return _numbered(line, match[1], kind, level)
    return line


def _numbered(line: Line, label: str, kind: str, level: int) -> Line:
    if line.kind == HEADING:
        return replace(line, label=label)
    whole = line.text[len(label) :]
    if kind == HEADING and len(line.text) > 60:  # 第三章规定的… in the middle of a sentence
        return line
    if kind == "either":
        kind = HEADING if whole.strip() and _is_phrase(line.text) and "，" not in whole else ITEM
    return replace(line, kind=kind, label=label, level=level if kind == HEADING else 0)


def _as_heading(line: Line, lines: Sequence[Line], at: int) -> Line:
    """A short phrase of its own before a longer text is that text's heading."""
    if line.kind != PARAGRAPH or not _looks_like_heading(line.text):
        return line
    following = next((other for other in lines[at + 1 : at + 3] if other.kind != NOTE), None)
    text = following.text if following is not None and following.kind in (PARAGRAPH, ITEM) else ""
    longer = weight(text) >= max(_WORTH, weight(line.text) + 1) or _opens_timeline(line.text, text)
    return replace(line, kind=HEADING, level=2) if longer or _ORNAMENT.match(line.text) else line


def _opens_timeline(line: str, text: str) -> bool:
    """Whether a date and nothing else follows; an authority over a day is a signature, not a heading."""
    found = dates_in(text) if len(text) <= _LONGEST_DATE else ()
    return len(found) == 1 and found[0].written == text and not (han(line) and found[0].precision == "day")


def _looks_like_heading(text: str) -> bool:
    """Few words without a stop; English ones mostly in capitals (What To Do Next), or behind a symbol."""
    if not _is_phrase(text) or weight(text) < 1 or text[:1].isdigit():
        return False
    if _ORNAMENT.match(text):
        return han(text) <= _HEADING_HAN and words(text) <= _HEADING_WORDS
    if han(text):
        return han(text) <= _HEADING_HAN and not re.search(r"[，、；：\d]", text)
    long = [word for word in re.findall(r"[A-Za-z][\w'’-]*", text) if len(word) > 3] or [text]
    capital = sum(word[0].isupper() for word in long)
    return words(text) <= _HEADING_WORDS and capital * 3 >= len(long) * 2


def _titled(lines: list[Line], hint: str) -> list[Line]:
    """One title near the top; the same words again, right behind it, are a note."""
    at = _title_at(lines, hint)
    if at is None:
        return lines
    key = _key(lines[at].text)
    again = {n for n in range(at + 1, min(at + 4, len(lines))) if _key(lines[n].text) == key}
    return [
        replace(line, kind=TITLE, level=1, label="") if n == at
        else replace(line, kind=NOTE, level=0) if n in again
        else replace(line, kind=HEADING, level=line.level or 1) if line.kind == TITLE
        else line
        for n, line in enumerate(lines)
    ]  # fmt: skip


def _title_at(lines: Sequence[Line], hint: str) -> int | None:
    head = range(min(_HEAD, len(lines)))
    marked = next((n for n in head if lines[n].kind == TITLE), None)
    hinted = next((n for n in head if hint and _key(lines[n].text) == _key(hint)), None)
    if marked is not None or hinted is not None:
        return marked if marked is not None else hinted
    phrases = [n for n in head if is_headline(lines[n]) and not _LETTERHEAD.fullmatch(lines[n].text)]
    first = next(iter(phrases), None)
    # The authority may stand on a line of its own, above 关于……的通知.
    return first + 1 if first is not None and first + 1 in phrases and lines[first + 1].text[:2] == "关于" else first


def _key(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold()
