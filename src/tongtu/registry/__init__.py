"""The nouns as tables: definitions, reading and writing, validation, the `Registry` that engines read.

    columns, frames, vocabularies   what a noun is; the Registry; closed lists of codes
    boundary                        the one way in for files of others
    read, names, parquet            from a folder to blocks of cells: which sheet holds which noun
    mapping, mapped, propose        tables with headers of their own
    blocks, kinds, amounts, convert from cells as typed to the noun's types
    validate, findings              what only whole tables can tell; every fault counted
    loading                         all of it in order: `load`, `check`
    cells, workbooks, writing       and back to files: `write`;  templates, marks

Importing this package reads the definitions alone; each function is brought in when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tongtu.registry.columns import Column, Noun, noun, nouns
from tongtu.registry.frames import Registry
from tongtu.registry.vocabularies import Vocabularies, vocabularies

if TYPE_CHECKING:
    from tongtu.registry.loading import Loaded as Loaded
    from tongtu.registry.loading import check as check
    from tongtu.registry.loading import load as load
    from tongtu.registry.mapping import Mapping as Mapping
    from tongtu.registry.marks import mark as mark
    from tongtu.registry.propose import propose_mapping as propose_mapping
    from tongtu.registry.templates import template as template
    from tongtu.registry.writing import write as write

_PLACES = {
    "Loaded": "loading", "check": "loading", "load": "loading", "Mapping": "mapping", "mark": "marks",
    "propose_mapping": "propose", "template": "templates", "write": "writing",
}  # fmt: skip

__all__ = [
    "Column", "Loaded", "Mapping", "Noun", "Registry", "Vocabularies", "check", "load", "mark", "noun", "nouns",
    "propose_mapping", "template", "vocabularies", "write",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"tongtu.registry.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'tongtu.registry' has no attribute '{name}'")
