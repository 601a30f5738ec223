"""The models that come with the program, until a tenant's own judgments teach better ones."""

from __future__ import annotations

from functools import cache
from importlib import resources

from tongtu.match.learning.model import Model


def default() -> Model:
    """Trained by `scripts/weights` on samples whose truth is planted; its `source` says what that is worth."""
    return _shipped("default")


def prior() -> Model:
    """Weights stated by hand (ours): the proportions that training moves away from only where judgments say so."""
    return _shipped("prior")


@cache
def _shipped(name: str) -> Model:
    file = resources.files("tongtu.match") / "weights" / f"{name}.json"
    return Model.from_json(file.read_bytes(), file.name)
