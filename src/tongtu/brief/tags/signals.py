"""What speaks for a tag: each signal says it of every example as if that one had not been seen, and of new texts.

A signal is a table text × tag. Leaving each example out is what makes the weights learnt from them honest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongtu.brief.tags.bags import Bag, Floats, bag
from tongtu.text import canonical, phrase, segments, surfaces, terms

_PENALTIES = (0.1, 0.3, 1.0, 3.0)
_CONSTANT = 100.0  # so large that how usual a tag is goes almost unpenalised
_NEIGHBOURS = 8
_COMMON = 0.1  # the weight of a word that every example has
_HALF = 0.5  # of an example, so that no tag is impossible


@dataclass(frozen=True, eq=False)
class Likeness:
    """Ridge regression and neighbours over the likeness of texts: products of their unit rows, and a constant."""

    bag: Bag
    rows: Any
    marked: Floats
    dual: Floats

    def of(self, texts: Sequence[str]) -> list[Floats]:
        """Regression and neighbours' shares of new texts."""
        likeness = _products(self.bag.rows(texts), self.rows)
        return [(likeness + _CONSTANT) @ self.dual, _neighbours(likeness, self.marked, self.marked.mean(axis=0))]

    def telling(self, tag: int, text: str) -> list[str]:
        """The words of a text that the examples tie to a tag, as written there, the strongest first."""
        row, names, written = self.bag.rows([text]), list(self.bag.columns), surfaces(text)
        weights = np.asarray(self.rows[:, row.indices].T @ self.dual[:, tag]) * row.data
        best = [int(row.indices[i]) for i in np.argsort(-weights, kind="stable") if weights[i] > 0]
        return [" ".join(written.get(part, part) for part in names[column].split()) for column in best]


def likeness(texts: Sequence[str], marked: Floats) -> tuple[Likeness, list[Floats]]:
    """Fitted to examples, and what it says of each of them unseen. `marked` is example × tag, 0 or 1."""
    found = bag(texts)
    rows = found.rows(texts)
    products = _products(rows, rows)
    dual, unseen = _regressed(products + _CONSTANT, marked)
    np.fill_diagonal(products, 0.0)
    others = (marked.sum(axis=0) - marked) / max(len(texts) - 1, 1)
    return Likeness(found, rows, marked, dual), [unseen, _neighbours(products, marked, others)]


def _regressed(products: Floats, marked: Floats) -> tuple[Floats, Floats]:
    """Weights of the examples, and each example's values had it been left out.

    Leaving one out costs nothing: its residual is the residual over one minus its leverage (Allen's PRESS). The penalty
    is the one with the least such residuals over all tags together.
    """
    tried = []
    for penalty in _PENALTIES:
        inverse = np.linalg.inv(products + penalty * np.eye(len(products)))
        hat = products @ inverse
        left_out = (marked - hat @ marked) / (1 - np.diag(hat))[:, None]
        tried.append((float((left_out**2).sum()), -penalty, inverse @ marked, marked - left_out))
    return min(tried, key=lambda one: one[:2])[2:]


def _products(one: Any, other: Any) -> Floats:
    return np.asarray((one @ other.T).todense(), dtype=np.float64)


def _neighbours(likeness: Floats, marked: Floats, share: Floats) -> Floats:
    """Shares of a tag among the most alike examples, counted by likeness, with `share` as one more example."""
    at = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEIGHBOURS]
    weights = np.take_along_axis(likeness, at, axis=1)
    weights = weights / np.maximum(weights.max(axis=1, keepdims=True), 1e-9)
    found = np.einsum("nk,nkt->nt", weights, marked[at])
    return np.asarray((found + share) / (weights.sum(axis=1, keepdims=True) + 1))


def log_odds(marked: Floats) -> tuple[Floats, Floats]:
    """How usual each tag is, of new texts and of each example unseen."""
    count, total = len(marked), marked.sum(axis=0)
    new = np.log((total + _HALF) / (count - total + _HALF))
    left = total - marked
    return new[None, :], np.log((left + _HALF) / (count - 1 - left + _HALF))


def together(marked: Floats, regression: Floats) -> Floats:
    """What the other tags' regressions say of a tag by how often the two stand together."""
    total = marked.sum(axis=0)
    joint = marked.T @ marked
    given = (joint + marked.mean(axis=0)[None, :]) / (total[:, None] + 1)  # row: given that tag; column: how often this
    lift = given - marked.mean(axis=0)[None, :]
    np.fill_diagonal(lift, 0.0)
    return np.asarray(np.clip(regression, 0, 1) @ lift)


@dataclass(frozen=True, eq=False)
class Concepts:
    """Words by which each tag is spoken of: those of its own name and those named for it.

    `phrases` holds for each tag the canonical spelling of its words and how they were written.
    """

    phrases: tuple[Mapping[str, str], ...]
    rarity: Mapping[str, float]
    mean: Floats
    spread: Floats

    def of(self, texts: Sequence[str]) -> list[Floats]:
        """How much of a tag's words a text holds, a rare word counting more, beside what is usual for that tag."""
        raw = _held(self.phrases, self.rarity, texts)
        return [(raw - self.mean) / self.spread, (raw > 0).astype(float)]

    def held(self, tag: int, text: str) -> list[str]:
        """The words of a tag that stand in a text, as they were written for it, the rarest first."""
        whole, mine = canonical(text), self.phrases[tag]
        return [mine[one] for one in sorted(mine, key=lambda one: (-self.rarity[one], one)) if one in whole]


def concepts(tags: Sequence[str], named: Mapping[str, Sequence[str]], texts: Sequence[str]) -> Concepts:
    """The words of all tags, weighed by how rare they are among the examples."""
    phrases = tuple(_phrases(tag, named.get(tag, ())) for tag in tags)
    wholes = [canonical(text) for text in texts]
    found = {one: sum(one in whole for whole in wholes) for mine in phrases for one in mine}
    rarity = {one: float(np.log((1 + len(texts)) / (1 + n))) + _COMMON for one, n in found.items()}
    raw = _held(phrases, rarity, texts)
    return Concepts(phrases, rarity, raw.mean(axis=0), np.maximum(raw.std(axis=0), _COMMON))


def _phrases(tag: str, named: Sequence[str]) -> dict[str, str]:
    """Of a tag's name the last part, without words that say nothing about a subject."""
    own = [word for word in segments(tag.rsplit(":", 1)[-1]) if any(terms(canonical(word)))]
    spelt = {phrase(canonical(word)): word for word in (*own, *named)}
    return {one: word for one, word in spelt.items() if one.strip()}


def _held(phrases: Sequence[Iterable[str]], rarity: Mapping[str, float], texts: Sequence[str]) -> Floats:
    wholes = [canonical(text) for text in texts]
    rows = [[sum(rarity[one] for one in mine if one in whole) for mine in phrases] for whole in wholes]
    return np.array(rows, dtype=np.float64)
