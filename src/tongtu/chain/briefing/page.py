"""Briefs as one HTML file in both languages: no script, no address outside it, made to be printed as well."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.brief.model import Brief
from tongtu.chain.briefing.markup import body, contents
from tongtu.chain.briefing.told import told
from tongtu.chain.briefing.wording import said
from tongtu.chain.dossier.page import framed
from tongtu.rules.exchange.markup import tag
from tongtu.terms.words import Lang

if TYPE_CHECKING:
    from tongtu.packs import Pack


#: of more briefs in one file than these it is not told which are related
_RELATED = 100


def write_page(briefs: Sequence[Brief], pack: Pack, path: Path, lang: Lang = "zh") -> Path:
    """Writes the page; `lang` is the language it opens in. Everything that comes from a document is escaped."""
    path.write_text(page(briefs, pack, lang), encoding="utf-8")
    return path


def page(briefs: Sequence[Brief], pack: Pack, lang: Lang = "zh") -> str:
    """The page of one brief, or of several with their contents in front."""
    shown = [told(brief, pack, briefs if len(briefs) <= _RELATED else ()) for brief in briefs]
    mains = [tag("main", body(one), class_="brief") for one in shown]
    if len(shown) != 1:
        mains.insert(0, tag("main", contents(shown), class_="brief"))
    title = shown[0].title.text if len(shown) == 1 else said("contents", n=len(shown))
    return framed(title, mains, lang, said("brand"), style())


def style() -> str:
    """What a brief adds to the look of a dossier."""
    return resources.files(__package__ or "").joinpath("files/brief.css").read_text(encoding="utf-8")
