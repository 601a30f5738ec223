"""What `scripts/bench matching-scale` indexes and asks: listings of Zipf words, drawn from a fixed seed.

Every engine reads the same files. Nothing but the standard library and numpy is imported: the peers'
environment reads this too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20_240_601
WORDS, EXPONENT, LENGTH = 200_000, 1.07, 100
TERMS, COMMONEST = 8, 50  # of a question, none of them among the commonest words
QUESTIONS = 1_000
OWNERS = 50_000
_BLOCK = 50_000


def draw(folder: Path, listings: int) -> None:
    """Writes the listings, their facts and the questions, unless they are there."""
    if (folder / "questions.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    cumulated = np.cumsum(1 / np.arange(1, WORDS + 1) ** EXPONENT)
    cumulated /= cumulated[-1]
    words = np.empty((listings, LENGTH), np.int32)
    for first in range(0, listings, _BLOCK):
        block = words[first : first + _BLOCK]
        block[:] = np.searchsorted(cumulated, rng.random(block.shape))
    np.save(folder / "words.npy", words)
    facts = {"open": rng.random(listings) < 0.9, "trl": rng.integers(0, 10, listings),
             "owner": rng.integers(0, OWNERS, listings)}  # fmt: skip
    np.savez(folder / "facts.npz", **facts)
    asked = []
    while len(asked) < QUESTIONS:
        drawn = dict.fromkeys(np.searchsorted(cumulated, rng.random(100)).tolist())
        terms = [word for word in drawn if word >= COMMONEST][:TERMS]
        asked.append(
            {"terms": terms, "trl_min": int(rng.integers(2, 7)), "barred": rng.integers(0, OWNERS, 3).tolist()}
        )
    (folder / "questions.json").write_text(json.dumps(asked), encoding="utf-8")


def questions(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "questions.json").read_text(encoding="utf-8")))


def listings(folder: Path) -> Iterator[list[str]]:
    """The words of each listing, as text."""
    names = np.array([str(word) for word in range(WORDS)], dtype=object)
    words = np.load(folder / "words.npy", mmap_mode="r")
    for first in range(0, len(words), _BLOCK):
        yield from names[words[first : first + _BLOCK]].tolist()


def levels(trl_min: int) -> list[int]:
    """The levels a question takes: unknown (0), and from the least on."""
    return [0, *range(trl_min, 10)]
