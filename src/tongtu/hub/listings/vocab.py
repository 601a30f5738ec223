"""The closed lists of this hub: the software's own and those of the pack it is set to."""

from __future__ import annotations

from functools import cache

from tongtu import packs
from tongtu.config import settings
from tongtu.registry.codes import Codes
from tongtu.registry.columns import Column
from tongtu.terms.words import Lang


@cache
def codes() -> Codes:
    return Codes(packs.load(str(settings()["pack"].value)).vocabularies)


@cache
def currency() -> str:
    """What an amount is in where nobody says otherwise."""
    return str(settings()["currency"].value)


def choices(column: Column, lang: Lang) -> list[tuple[str, str]]:
    """Code and name of each entry of a column's list."""
    return [(code, label.say(lang)) for code, label in codes().labels(column.of).items()]


def label(column: Column, code: str, lang: Lang) -> str:
    """The name of a code; a code that the list no longer has is shown as it stands."""
    found = codes().labels(column.of).get(code)
    return found.say(lang) if found else code
