"""Ranking any collection of texts for any questions: frames in, frame out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.match.ranking import feedback
from tongtu.match.ranking.feedback import Judged, Learnt, Weights
from tongtu.match.ranking.fuse import absolute, fused, lent
from tongtu.match.ranking.measure import ndcg
from tongtu.match.ranking.profiles import of_profiles
from tongtu.match.ranking.shelf import Asked, Scores, Shelf
from tongtu.match.ranking.texts import Counted, Counts, count
from tongtu.terms.why import Why

SCHEMA = {"question": pl.String, "document": pl.String, "score": pl.Float64}
_CELLS = 4_000_000  # scores held at once for each signal
_DIGITS = 6
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Ranking:
    """`run`: question, document, score, best first within each question, questions by id.

    `learnt`: see `feedback`; None where no weights were learnt. `told`: what judgments taught, or why nothing.
    """

    run: pl.DataFrame
    learnt: Learnt | None
    told: Why


def rank(
    corpus: pl.DataFrame,
    questions: pl.DataFrame,
    *,
    judgments: pl.DataFrame | None = None,
    group: str | None = None,
    top: int = 100,
    seed: int = 0,
) -> Ranking:
    """The `top` documents for each question, or with `group` the profiles that a column of the corpus names.

    `corpus`: id, text and, with `group`, that column; `questions`: id, text; ids are unique. `judgments`: question,
    document, relevance (0 = not useful), with ids of these frames. A document with the id of a question is its own
    listing and never answers it. The order of rows changes nothing; a question's answer does not depend on the other
    questions asked.

    Scores are comparable within a question; those of profiles also between questions. Judgments that mostly join two
    languages teach a joint space, and that alone where profiles are ranked; others teach weights.
    """
    bench = _Bench(corpus.sort("id"), questions.sort("id"), judgments, seed)
    if group is not None:
        return Ranking(bench.profiles(group, top), None, Why("match_ranking.profiles-untaught"))
    learns = len(bench.judged) >= feedback.LEAST and not bench.across
    learnt = bench.learn() if learns else None
    weights = learnt.weights if learnt else Weights()
    parts = [bench.named(bench.final(rows, weights), rows, top) for rows in bench.chunks()]
    return Ranking(_all(parts), learnt, bench.told(learnt))


class _Bench:
    """Everything counted once: documents on their shelf, questions, and what was judged."""

    def __init__(
        self, corpus: pl.DataFrame, questions: pl.DataFrame, judgments: pl.DataFrame | None, seed: int
    ) -> None:
        self.corpus, self.seed = corpus, seed
        self.document_ids: list[str] = corpus["id"].to_list()
        self.question_ids: list[str] = questions["id"].to_list()
        self.documents = [count(one or "") for one in corpus["text"]]
        self.questions = [count(one or "") for one in questions["text"]]
        place = {one: n for n, one in enumerate(self.document_ids)}
        self.own = [place.get(one) for one in self.question_ids]
        self.judged = _judged(judgments, self.question_ids, place)
        self.shelf = self._shelf(self.judged)

    @property
    def across(self) -> bool:
        """Whether most judgments say which texts of the other language mean the same."""
        return 2 * len(self._lessons(self.judged)) > sum(map(len, self.judged.values()))

    def told(self, learnt: Learnt | None) -> Why:
        if learnt is not None:
            return learnt.why()
        return Why("match_ranking.across-taught" if self.across else "match_ranking.too-few", {"n": len(self.judged)})

    def chunks(self) -> Iterator[range]:
        """Rows of questions whose scores fit into memory together."""
        size = max(1, _CELLS // max(len(self.documents), 1))
        for first in range(0, len(self.questions), size):
            yield range(first, min(first + size, len(self.questions)))

    def final(self, rows: Sequence[int], weights: Weights) -> Scores:
        """The score of every document; -inf where a question meets its own listing."""
        fresh = self._fresh(self.shelf, self.shelf.ask([self.questions[n] for n in rows]), rows, weights.meaning)
        return fresh + weights.memory * self._memory(self.shelf, rows, self.judged) if weights.memory else fresh

    def named(self, scores: Scores, rows: Sequence[int], top: int | None) -> pl.DataFrame:
        """Rows of the run."""
        return _long(scores, rows, self.question_ids, self.document_ids, top)

    def profiles(self, group: str, top: int) -> pl.DataFrame:
        """The run of what a column of the corpus names."""
        owners = self.corpus.select(document="id", profile=group)
        parts = []
        for rows in self.chunks():
            scores = self._barred(absolute(self.shelf.ask([self.questions[n] for n in rows])), rows)
            parts.append(of_profiles(self.named(scores, rows, None), owners, top))
        return _all(parts)

    def learn(self) -> Learnt:
        """Settings and single signals measured on judged questions, each with judgments of the other folds alone."""
        at = feedback.folds([self.question_ids[n] for n in self.judged])
        fold = {n: at[self.question_ids[n]] for n in self.judged}
        measured: dict[Weights, dict[int, float]] = {setting: {} for setting in feedback.SETTINGS}
        singles: dict[str, dict[int, float]] = {}
        for part in sorted(set(fold.values())):
            rows = [n for n in fold if fold[n] == part]
            known = {n: found for n, found in self.judged.items() if fold[n] != part}
            shelf = self._shelf(known) if self._lessons(self.judged) else self.shelf
            asked, recalled = shelf.ask([self.questions[n] for n in rows]), self._memory(shelf, rows, known)
            for name, scores in asked.signals.items():
                singles.setdefault(name, {}).update(self._quality(self._barred(scores, rows), rows))
            for meaning in feedback.MEANINGS:
                fresh = self._fresh(shelf, asked, rows, meaning)
                for extra in feedback.MEMORIES:
                    found = self._quality(fresh + extra * recalled, rows)
                    measured[Weights(meaning, extra)].update(found)
        return feedback.choose(measured, singles, fold)

    def _shelf(self, judged: Judged) -> Shelf:
        return Shelf(self.documents, lessons=self._lessons(judged), seed=self.seed)

    def _lessons(self, judged: Judged) -> Mapping[int, Counts]:
        """Judged questions in another language than what they found: together they teach what words mean."""
        lessons: dict[int, Counts] = {}
        for n, needed in sorted(judged.items()):
            for document, gain in sorted(needed.items()):
                if gain > 0 and _main_han(self.questions[n]) != _main_han(self.documents[document]):
                    lessons.setdefault(document, self.questions[n].terms)
        return lessons

    def _fresh(self, shelf: Shelf, asked: Asked, rows: Sequence[int], meaning: float) -> Scores:
        """Scores without memory."""
        return lent(self._barred(fused(asked, meaning), rows), shelf.latent, asked)

    def _memory(self, shelf: Shelf, rows: Sequence[int], known: Judged) -> Scores:
        """What the judged questions say; a question does not remember itself."""
        others = sorted(known)
        alike = shelf.alike([self.questions[n] for n in rows], [self.questions[n] for n in others])
        alike[np.asarray(rows)[:, None] == np.asarray(others)[None, :]] = 0.0
        return feedback.memory(alike, [known[n] for n in others], [self.own[n] for n in others], len(shelf))

    def _barred(self, scores: Scores, rows: Sequence[int]) -> Scores:
        scores = scores.copy()
        for line, n in enumerate(rows):
            if (own := self.own[n]) is not None:
                scores[line, own] = -np.inf
        return scores

    def _quality(self, scores: Scores, rows: Sequence[int]) -> dict[int, float]:
        order = np.argsort(-scores, axis=1, kind="stable")[:, :_DEPTH]
        judged = [{str(d): gain for d, gain in self.judged[n].items()} for n in rows]
        return {n: ndcg([str(d) for d in best], told) for n, best, told in zip(rows, order, judged, strict=True)}


def _all(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])


def _judged(judgments: pl.DataFrame | None, questions: Sequence[str], place: Mapping[str, int]) -> Judged:
    """Only questions with something relevant teach."""
    if judgments is None:
        return {}
    asked = {one: n for n, one in enumerate(questions)}
    found: dict[int, dict[int, float]] = {}
    for question, document, relevance in (
        judgments.select("question", "document", "relevance").sort("question", "document").iter_rows()
    ):
        found.setdefault(asked[question], {})[place[document]] = float(relevance)
    return {n: needed for n, needed in sorted(found.items()) if any(gain > 0 for gain in needed.values())}


def _main_han(counted: Counted) -> bool:
    from tongtu.text import is_han

    return 2 * sum(n for term, n in counted.terms.items() if is_han(term)) > sum(counted.terms.values())


def _long(
    scores: Scores, rows: Sequence[int], questions: Sequence[str], documents: Sequence[str], top: int | None
) -> pl.DataFrame:
    """Rows of the run; ties by the document's id."""
    rounded = np.round(scores, _DIGITS)
    order = np.argsort(-rounded, axis=1, kind="stable")[:, :top]
    kept = np.take_along_axis(rounded, order, axis=1)
    asked = np.repeat(np.asarray(rows, np.int64), order.shape[1])
    found = pl.DataFrame({"question": asked, "document": order.ravel().astype(np.int64), "score": kept.ravel()})
    found = found.filter(pl.col("score").is_finite())
    asking, held = (pl.Series(ids, dtype=pl.String) for ids in (questions, documents))
    names = {"question": asking.gather(found["question"]), "document": held.gather(found["document"])}
    return pl.DataFrame({**names, "score": found["score"]})
