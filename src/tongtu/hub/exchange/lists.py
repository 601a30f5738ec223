"""The closed lists of an import: those of the pack, with the directions and regions that the hub's records add."""

from __future__ import annotations

from functools import cache

from tongtu import packs
from tongtu.config import settings
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label

#: vocabulary -> the noun whose records add to it
_ADDED = {"direction": "directions", "region": "regions"}


@cache
def given() -> Vocabularies:
    """The lists of the pack that this hub is set to."""
    return packs.load(str(settings()["pack"].value)).vocabularies


def lists(sight: Sight) -> Vocabularies:
    """The same with what the asker's own organisation, and others visible to it, have added."""
    return {**given(), **{name: {**_rows(sight, noun), **given().get(name, {})} for name, noun in _ADDED.items()}}


def _rows(sight: Sight, noun: str) -> dict[str, Label]:
    key = noun.removesuffix("s")
    rows = MODELS[noun].objects.visible_to(sight).exclude(**{key: None}).order_by(key)
    return {code: Label(zh or code, en or "") for code, zh, en in rows.values_list(key, "name", "name_en")}
