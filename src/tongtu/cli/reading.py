"""What several commands do first: read the person's folder with the settings' pack and limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.config import settings
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.registry import Registry


def pack_of(name: str | None) -> Pack:
    from tongtu import packs

    return packs.load(name or str(settings()["pack"].value))


def asked() -> dict[str, Any]:
    """How a person's own files are read, by the settings: currency where none is written, largest file."""
    from tongtu.registry.boundary import Limits

    found = settings()
    size = int(found["own_file_megabytes"].value) << 20
    return {"currency": str(found["currency"].value), "limits": Limits.own_folder().within(bytes=size)}


def read(folder: Path, pack: Pack, lang: Lang) -> Registry:
    """The registry; warnings are counted on standard error. Raises DataRefused with every fault."""
    from tongtu import registry
    from tongtu.cli.wait import Bar

    with Bar(lang) as bar:
        found = registry.load(folder, vocabularies=pack.vocabularies, progress=bar, **asked())
    if found.warnings:
        click.echo(word("cli.warnings", lang, n=len(found.warnings)), err=True)
    return found
