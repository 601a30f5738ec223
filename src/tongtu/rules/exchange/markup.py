"""HTML in which nothing stands unescaped: text becomes markup only here."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Inside = str | Iterable["Inside"] | None
_VOID = frozenset({"meta", "br", "hr"})


def tag(name: str, /, *inside: Inside, **attributes: str | int | None) -> Markup:
    """An element; `class_` stands for class, and an attribute that is None is left out."""
    said = "".join(
        f' {key.strip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items() if value is not None
    )  # fmt: skip
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(inside)}</{name}>")


def joined(inside: Inside) -> Markup:
    """Pieces one after another, each escaped unless it is markup."""
    match inside:
        case None:
            return Markup()
        case Markup():
            return inside
        case str():
            return Markup(html.escape(inside))
    return Markup("".join(joined(piece) for piece in inside))


def table(head: Sequence[Inside], rows: Iterable[Markup], class_: str | None = None) -> Markup:
    """A table with a header row; it scrolls by itself where the page is narrow."""
    titles = tag("tr", [tag("th", cell, scope="col") for cell in head])
    body = tag("table", tag("thead", titles), tag("tbody", list(rows)), class_=class_)
    return tag("div", body, class_="scroll")


def row(*cells: Inside, class_: str | None = None) -> Markup:
    """A row of a table; what is no cell yet becomes one."""
    return tag("tr", [cell if isinstance(cell, Markup) and cell[:3] in ("<td", "<th") else tag("td", cell)
                      for cell in cells], class_=class_)  # fmt: skip


def lines(texts: Iterable[str]) -> Markup:
    """Texts below one another."""
    return joined([tag("div", text) for text in texts])


def link(address: str) -> Markup:
    """A source: a link only where it is a web address, else plain text."""
    if address.startswith(("http://", "https://")):
        return tag("a", address, href=address, rel="noreferrer noopener")
    return joined(address)
