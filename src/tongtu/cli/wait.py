"""What a terminal shows while people wait: one progress line on standard error, cleared when the work ends."""

from __future__ import annotations

import sys
import time
import unicodedata
from types import TracebackType

from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say

_WIDTH = 24


class Bar:
    """A `Progress` that draws at most ten times a second, and only where a person watches."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.live = sys.stderr.isatty()
        self.drawn = 0.0
        self.what = ""

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, done: int, total: int, what: Why | None = None) -> None:
        named = say(what, self.lang) if what is not None else self.what
        now = time.monotonic()
        if not self.live or (now - self.drawn < 0.1 and named == self.what):
            return
        self.drawn, self.what = now, named
        share = min(1.0, done / total) if total else 0.0
        full = round(share * _WIDTH)
        sys.stderr.write(f"\r\x1b[K[{'█' * full}{'·' * (_WIDTH - full)}] {share:4.0%} {named}")
        sys.stderr.flush()


def pad(text: str, width: int) -> str:
    """Filled to a width on screen, where a Chinese character takes two columns."""
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(0, width - taken)
