"""Every other noun, to be read as far as it is open."""

from __future__ import annotations

from tongtu.hub.api.operations.reads import read
from tongtu.hub.listings.kinds import kinds
from tongtu.registry.columns import nouns

for _noun in nouns().values():
    if _noun.name not in kinds():
        read(_noun)
