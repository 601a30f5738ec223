"""Where a text comes from: lines that name an outlet, an address or a day, and what is known of outlets.

Outlets and the furniture of pages are data (`outlets.csv`, `furniture.csv`), all of it graded ours.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

OFFICIAL = ("government", "official_media")
_NAME = r"([^\s|：:，,。；;（）()]{2,24}(?: [A-Z][\w.']*){0,5}|[A-Z][\w.']*(?: [\w.']+){0,5})"
_SOURCE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"[\W_]*(?:信息|文章|稿件|消息|本文|原文)?(?:来源|来自|转自|转载自|出处)\s*[:：]\s*{_NAME}.*",
        rf".*(?:read (?:the )?original (?:on|at)|original source\s*:|originally published (?:by|on|in))\s*{_NAME}.*",
        rf"[\W_]*(?:source|via)\s*:\s*{_NAME}.*",
        rf".*?(?:发布|发文)?(?:时间|日期)\s*[:：].*?(?:来源|发布机构)\s*[:：]\s*{_NAME}.*",
    )
)
_DATELINE = re.compile(
    r"[\W_]*(?P<outlet>[\w·]{2,8}?(?:社|报|网|台|讯))\s*[\u4e00-\u9fff]{2,6}\d{1,2}月\d{1,2}日[电讯]"
)
_LONGEST_MASTHEAD, _LONGEST_FURNITURE = 120, 400
_PUBLISHED = re.compile(
    r"(?:发布|发文|成文|印发|刊发|公布|更新)(?:时间|日期)\s*[:：]|^\W*(?:时间|日期)\s*[:：].*来源"
    r"|\b(?:published|posted|updated)\s*(?:on|:)|^\W*date\s*:|^\s*by\s",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:原文(?:链接|地址)?|链接|网址|url|link|original)\s*[:：]\s*(https?://[^\s<>\"'，。）)]{4,500})", re.I
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A row of the data."""

    name: str
    domains: tuple[str, ...]
    standing: str  # government | official_media | media


def source_in(line: str) -> str:
    """The outlet that a line of its own names: 来源：新华社, Read original on 虎嗅; empty where it names none."""
    if len(line) <= _LONGEST_MASTHEAD:
        for pattern in _SOURCE:
            if match := pattern.fullmatch(line):
                return match[1].strip(" .·|↗→")
    return ""


def dateline_in(line: str) -> str:
    """The outlet of a dateline: 新华社北京4月3日电; empty where there is none."""
    match = _DATELINE.match(line)
    return match["outlet"] if match else ""


def tells_when(line: str) -> bool:
    """Whether a short line tells when it was published or by whom it was written."""
    return len(line) <= _LONGEST_MASTHEAD and _PUBLISHED.search(line) is not None


def address_in(line: str) -> str:
    """The address of the original that a line names."""
    match = _ADDRESS.search(line)
    return match[1] if match else ""


def is_furniture(line: str) -> bool:
    """Whether a line belongs to the page and not to the report: sharing, rights, navigation, editors."""
    return len(line) <= _LONGEST_FURNITURE and any(pattern.fullmatch(line) for pattern in _furniture())


def known(name: str) -> Outlet | None:
    """The outlet of a name as written anywhere, by its own or another of its names."""
    return _names().get(_key(name))


def at_address(address: str) -> Outlet | None:
    """The outlet whose domain holds an address; of several the longest domain."""
    host = (urlsplit(address).hostname or "").lower() if "://" in address else ""
    fitting = [(len(d), o) for o in _outlets() for d in o.domains if host and f".{host}".endswith(f".{d.lstrip('.')}")]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def is_official(outlet: str, address: str) -> bool:
    """Whether a government or one of its media speaks, by its address, else by its name."""
    found = at_address(address) or known(outlet)
    return found is not None and found.standing in OFFICIAL


def _key(name: str) -> str:
    return "".join(name.split()).casefold()


@cache
def _names() -> dict[str, Outlet]:
    rows = zip(_rows("outlets.csv"), _outlets(), strict=True)
    return {_key(name): outlet for row, outlet in rows for name in (row["name"], *row["also"].split(";")) if name}


@cache
def _outlets() -> tuple[Outlet, ...]:
    return tuple(
        Outlet(r["name"], tuple(filter(None, r["domain"].split(";"))), r["standing"]) for r in _rows("outlets.csv")
    )


@cache
def _furniture() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row["pattern"], re.IGNORECASE) for row in _rows("furniture.csv"))


@cache
def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
