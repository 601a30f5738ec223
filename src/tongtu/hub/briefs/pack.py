"""The jurisdiction that this hub's briefs are written with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tongtu import packs
from tongtu.config import settings
from tongtu.packs import Pack
from tongtu.terms.why import Label


@cache
def pack() -> Pack:
    """The pack this hub is set to."""
    return packs.load(str(settings()["pack"].value))


def directions() -> Mapping[str, Label]:
    """The directions of industry by their codes."""
    return pack().vocabularies["direction"]
