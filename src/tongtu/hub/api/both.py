"""Sentences of the catalogue in both languages at once: the OpenAPI document is the same for everybody."""

from __future__ import annotations

from typing import Any

from tongtu.terms.words import LANGUAGES, word

SEPARATOR = " · "


def both(code: str, **args: Any) -> str:
    """`中文 · English` of an entry of this room."""
    return SEPARATOR.join(word(f"hub_api.{code}", lang, **args) for lang in LANGUAGES)
