"""The nouns as tables: definitions, reading and writing, validation, the `Registry` that engines read."""

from tongtu.registry.columns import Column, Noun, noun, nouns
from tongtu.registry.frames import Registry

__all__ = ["Column", "Noun", "Registry", "noun", "nouns"]
