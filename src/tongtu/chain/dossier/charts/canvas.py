"""Shapes and texts of a picture, in both languages at once or in one.

On a page colours are classes that the style sheet knows in light and dark, and every text that differs stands there in
both languages, of which the page shows one. In one language (for print) colours are fixed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from tongtu.chain.report.spoken import Pair
from tongtu.rules.exchange.markup import Inside, Markup, tag

_CODES = ("zh-CN", "en")
#: the same colours as the light style sheet's
FIXED = {
    "c0": "#1f5c99", "c1": "#c26a12", "c2": "#2b7a4b", "c3": "#7a4b9a", "c4": "#a8322a", "c5": "#5d6875",
    "good": "#2b7a4b", "warn": "#a65e00", "bad": "#a8322a", "soft": "#5d6875", "ink": "#1d2733", "grid": "#dfe3e8",
    "paper": "#ffffff",
}  # fmt: skip
#: size of texts, units of the picture
SIZE = 12.0
#: rounding that is no reason to shorten a text
_SLACK = 0.01
#: how broad characters are that take no whole square, in sizes of the text
_NARROW, _BROAD = 0.56, dict.fromkeys("%mwMWOQGD@&", 0.92)


def breadth(said: str, size: float = SIZE) -> float:
    """About how broad a text is."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else _BROAD.get(c, _NARROW) for c in said)


def clipped(said: str, room: float, size: float = SIZE) -> str:
    """The text, or as much of it as there is room for."""
    if breadth(said, size) <= room + _SLACK:
        return said
    kept = said
    while kept and breadth(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def f(value: float) -> str:
    """A coordinate."""
    return f"{value:.1f}".rstrip("0").rstrip(".") or "0"


class Canvas:
    """Collects shapes; `side` 0 or 1 fixes the language and the colours, None leaves both to the page."""

    def __init__(self, width: float, side: int | None) -> None:
        self.width, self.side = width, side
        self.parts: list[Markup] = []
        self._taken: list[tuple[float, float, float, float]] = []

    # -------------------------------------------------------------------------------------------- shapes

    def colour(self, name: str, use: str) -> dict[str, str | None]:
        """Attributes that fill or stroke in a colour."""
        if self.side is not None:
            return {use: FIXED[name]}
        return {use: "currentColor", "class_": name}

    def line(self, x1: float, y1: float, x2: float, y2: float, name: str, width: float = 1.0, dash: str = "") -> None:
        self.parts.append(tag("line", x1=f(x1), y1=f(y1), x2=f(x2), y2=f(y2), stroke_width=f(width),
                              stroke_dasharray=dash or None, **self.colour(name, "stroke")))  # fmt: skip

    def rect(
        self, x: float, y: float, width: float, height: float, name: str, *, opacity: float = 1.0, round_: float = 2.0,
        note: Pair | None = None,
    ) -> None:  # fmt: skip
        told = None if note is None else tag("title", self.one(note))
        self.parts.append(tag("rect", told, x=f(x), y=f(y), width=f(max(width, 0.0)), height=f(height), rx=f(round_),
                              fill_opacity=f"{opacity:.3g}" if opacity < 1 else None,
                              **self.colour(name, "fill")))  # fmt: skip

    def path(
        self, points: Iterable[tuple[float, float]], name: str, *, width: float = 2.0, dash: str = "",
        area: bool = False,
    ) -> None:  # fmt: skip
        d = "M" + "L".join(f"{f(x)} {f(y)}" for x, y in points)
        if area:
            self.parts.append(tag("path", d=d + "Z", fill_opacity="0.16", **self.colour(name, "fill")))
        else:
            self.parts.append(tag("path", d=d, fill="none", stroke_width=f(width), stroke_dasharray=dash or None,
                                  stroke_linejoin="round", **self.colour(name, "stroke")))  # fmt: skip

    def dot(self, x: float, y: float, radius: float, name: str, note: Pair | None = None, opacity: float = 1.0) -> None:
        told = None if note is None else tag("title", self.one(note))
        self.parts.append(tag("circle", told, cx=f(x), cy=f(y), r=f(radius),
                              fill_opacity=f"{opacity:.3g}" if opacity < 1 else None,
                              **self.colour(name, "fill")))  # fmt: skip

    # -------------------------------------------------------------------------------------------- texts

    def text(
        self, x: float, y: float, said: Pair, *, anchor: str = "start", name: str = "ink", halo: bool = False,
        size: float = SIZE, bold: bool = False, note: Pair | None = None,
    ) -> None:  # fmt: skip
        """A text at its baseline; on a page once for each language that says it otherwise."""
        told = None if note is None else tag("title", self.one(note))
        for one, code in self._sides(said):
            ink = self.colour(name, "fill")
            if halo and self.side is not None:
                ink |= {"stroke": FIXED["paper"], "stroke-width": "3", "paint-order": "stroke"}
            elif halo:
                ink["class_"] = f"{name} halo"
            self.parts.append(
                tag("text", one, told, x=f(x), y=f(y), text_anchor=None if anchor == "start" else anchor, lang=code,
                    font_size=f(size) if size != SIZE else None, font_weight="600" if bold else None, **ink)
            )  # fmt: skip

    def _sides(self, said: Pair) -> list[tuple[str, str | None]]:
        if self.side is not None:
            return [(said[self.side], None)] if said[self.side] else []
        if said[0] == said[1]:
            return [(said[0], None)]
        return [(one, code) for one, code in zip(said, _CODES, strict=True) if one]

    def one(self, said: Pair) -> str:
        """A text that cannot stand in two elements: both languages, or the fixed one."""
        return said[self.side] if self.side is not None else " / ".join(dict.fromkeys(filter(None, said)))

    def free(self, x: float, y: float, said: Pair, anchor: str, step: float, size: float = SIZE) -> float:
        """The nearest height from `y` on, in steps, at which the text covers no other placed by this function."""
        broad = max(breadth(one, size) for one in said)
        left = x - {"start": 0.0, "middle": broad / 2, "end": broad}[anchor]
        while any(left < b and a < left + broad and y - size < d and c < y + 3 for a, c, b, d in self._taken):
            y += step
        self._taken.append((left, y - size, left + broad, y + 3))
        return y

    # -------------------------------------------------------------------------------------------- whole

    def legend(self, entries: Iterable[tuple[Pair, str, str]], x: float, y: float) -> float:
        """Swatches with names, line after line; `box`, `line`, `dashed` or `dot` for each. Returns the next height."""
        left = x
        for said, name, kind in entries:
            broad = 22 + max(breadth(one) for one in said) + 16
            if left + broad > self.width and left > x:
                left, y = x, y + 18
            if kind == "box":
                self.rect(left, y - 9, 14, 10, name)
            elif kind == "dot":
                self.dot(left + 7, y - 4, 4, name)
            else:
                self.line(left, y - 4, left + 15, y - 4, name, 2.4, "4 3" if kind == "dashed" else "")
            self.text(left + 20, y, said)
            left += broad
        return y + 18

    def svg(self, height: float, title: Pair, told: Pair) -> Markup:
        """The picture, with its name and what it shows for those who cannot see it."""
        inside: list[Inside] = [tag("title", self.one(title)), tag("desc", self.one(told)) if any(told) else None]
        return tag("svg", *inside, self.parts, xmlns="http://www.w3.org/2000/svg",
                   viewBox=f"0 0 {f(self.width)} {f(height)}", role="img", font_size=f(SIZE))  # fmt: skip
