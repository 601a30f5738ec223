"""A dossier as one HTML file in both languages: no script, no address outside it, made to be printed as well."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path

from tongtu.chain.dossier.charts import drawn
from tongtu.chain.dossier.charts.data import grid
from tongtu.chain.dossier.document import Block, Cell, Chart, Document, Facts, Map, Paragraph, Section, Table, Tile
from tongtu.chain.report.spoken import Pair
from tongtu.rules.exchange.markup import Inside, Markup, joined, row, table, tag
from tongtu.terms.words import LANGUAGES, Lang, word

_CODES = {"zh": "zh-CN", "en": "en"}


def write_page(document: Document, path: Path, lang: Lang = "zh") -> Path:
    """Writes the page; `lang` is the language it opens in. Everything that comes from data is escaped."""
    path.write_text(page(document, lang), encoding="utf-8")
    return path


def page(document: Document, lang: Lang = "zh") -> str:
    return framed(document.title, _document(document), lang, document.brand)


def framed(title: Pair, main: Inside, lang: Lang, brand: Pair | None = None, more: str = "") -> str:
    """A whole page around its `main` elements: head, language switch, and the style with `more` of it."""
    style = _file("tongtu.chain.report", "files/report.css") + _file(__package__ or "", "files/dossier.css") + more
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title[LANGUAGES.index(lang)]),
        tag("style", Markup(style)),
    )
    body = tag("body", _switch(lang, brand), main)
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang=_CODES[lang]) + "\n"


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _switch(lang: Lang, of: Pair | None) -> Markup:
    """Two radio buttons; the style shows the language that is checked."""
    buttons = [
        Markup(f'<input type="radio" name="lang" id="lang-{one}"{" checked" if one == lang else ""}>')
        + tag("label", word("dossier.this-language", one), for_=f"lang-{one}", lang=_CODES[one])
        for one in LANGUAGES
    ]
    brand = tag("div", tag("b", "通途"), tag("span", both(of or _words("dossier.brand"))), class_="brand")
    return tag("header", brand, tag("div", [Markup(b) for b in buttons], class_="switch", role="group"))


def _words(code: str) -> Pair:
    return [word(code, lang) for lang in LANGUAGES]


def both(said: Pair) -> Markup:
    """A text in both languages, of which the style shows one; a text that is the same is there once."""
    if said[0] == said[1]:
        return joined(said[0])
    return joined([tag("span", side, lang=_CODES[lang]) for side, lang in zip(said, LANGUAGES, strict=True)])


def _document(document: Document) -> Markup:
    return tag(
        "main",
        tag("h1", both(document.title)),
        [tag("p", both(line), class_="stamp") for line in document.stamp],
        [_section(section, "h2") for section in document.sections],
        tag("footer", [tag("p", both(line)) for line in document.foot]),
    )


def _section(section: Section, heading: str) -> Markup:
    badge = None
    if section.badge is not None:
        badge = tag("span", both(section.badge.text), class_=f"badge {section.badge.tone}".strip())
    return tag("section", tag(heading, both(section.title), " ", badge), [_block(b) for b in section.blocks])


def _block(block: Block) -> Markup:
    match block:
        case Paragraph(said, tone):
            return tag("p", both(said), class_=tone or None)
        case Facts(rows):
            pairs = [joined([tag("dt", both(name)), tag("dd", _cell(found))]) for name, found in rows]
            return tag("dl", pairs)
        case Table(columns, rows):
            heads: list[Inside] = [both(c.head) for c in columns]
            kinds = [c.kind for c in columns]
            body = [
                row(*(tag("td", _cell(found), class_=kind or None) for found, kind in zip(line, kinds, strict=True)))
                for line in rows
            ]
            return table(heads, body)
        case Map():
            return _map(block)
        case Chart():
            return _chart(block)
        case Section():
            return _section(block, "h3")


def _chart(block: Chart) -> Markup:
    """The picture, what it shows, and its figures as a table that opens below it. It scrolls where there is no room."""
    found = grid(block.picture)
    figures = [["n" if scale is not None else "" for scale in found.scales]] * len(found.rows)
    body = [row(*(tag("td", both(said), class_=kind or None) for said, kind in zip(line, kinds, strict=True)))
            for line, kinds in zip(found.texts(), figures, strict=True)]  # fmt: skip
    data = tag("details", tag("summary", both(_words("dossier.chart-table"))),
               table([both(head) for head in found.heads], body))  # fmt: skip
    name = " / ".join(dict.fromkeys(block.title))
    picture = tag("div", drawn(block.picture, block.title, block.told), class_="plot", tabindex=0, role="group",
                  aria_label=name)  # fmt: skip
    caption = tag("figcaption", tag("b", both(block.title)), tag("span", both(block.told)) if any(block.told) else None)
    return tag("figure", caption, picture, data, class_="picture")


#: a square's side and the gap around it, in units of the picture
_SIDE, _GAP = 60, 4


def _map(block: Map) -> Markup:
    """Squares with their names; what is told of one is its title and stands in the table beside."""
    width, height = ((max((getattr(t, axis) for t in block.tiles), default=0) + 1) * _SIDE for axis in "xy")
    picture = tag("svg", [_tile(tile) for tile in block.tiles], viewBox=f"0 0 {width} {height}", role="img",
                  aria_label=" / ".join(_words("dossier.map")))  # fmt: skip
    legend = [tag("li", tag("i", class_=tone or "none"), both(said)) for tone, said in block.legend]
    return tag("figure", picture, tag("ul", legend), class_="map")


def _tile(tile: Tile) -> Markup:
    x, y, side = tile.x * _SIDE + _GAP / 2, tile.y * _SIDE + _GAP / 2, _SIDE - _GAP
    said = [tag("text", one, x=f"{x + side / 2:g}", y=f"{y + side / 2 + 5:g}", lang=_CODES[lang])
            for one, lang in zip(tile.name, LANGUAGES, strict=True)]  # fmt: skip
    square = tag("rect", x=f"{x:g}", y=f"{y:g}", width=side, height=side, rx=5)
    told = tag("title", " / ".join(dict.fromkeys(tile.note)))
    return tag("g", told, square, said, class_=tile.tone or "none")


def _cell(found: Cell) -> Inside:
    return tag("span", both(found.text), class_=found.tone) if found.tone else both(found.text)
