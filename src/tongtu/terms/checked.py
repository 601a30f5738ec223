"""`Checked`: what a parser says about one text a person typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

from tongtu.terms.why import Why

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """The value in its canonical form, or the fault that forbids it; a warning leaves the value standing.

    >>> Checked.wrong("ids.orcid-check", expected="7").fault
    Why(code='ids.orcid-check', args={'expected': '7'}, parts=())
    """

    value: T | None
    fault: Why | None = None
    repair: Why | None = None
    warnings: tuple[Why, ...] = ()

    @property
    def ok(self) -> bool:
        return self.fault is None

    @classmethod
    def wrong(cls, code: str, /, repair: str | None = None, **args: object) -> Checked[T]:
        """A refusal; the repair is spoken by `<code>-repair` unless another code is named."""
        return cls(None, Why(code, args), Why(repair or f"{code}-repair", args))


def plain(text: str) -> str:
    """Full-width letters, digits and signs as ASCII (NFKC), outer spaces and invisible characters removed."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


def solid(text: str) -> str:
    """`plain`, in capitals and without any inner space: the form in which identifiers are compared."""
    return "".join(plain(text).split()).upper()


_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
