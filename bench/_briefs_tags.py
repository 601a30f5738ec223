"""Tags of the 74 laws: micro-F1 of `brief.tags` beside a majority and a TF-IDF + logistic baseline, on the same folds.

The protocol, set down before any figure of it was seen: the text of a law is its names and both summaries (never its
collections or tags); all 77 tags count; five folds by iterative stratification (Sechidis et al. 2011), for five seeds;
micro-F1 over all held-out pairs of a seed, then mean and spread over the seeds. Everything that is learnt or chosen
(terms, penalties, weights, thresholds) is so inside the training folds. Baselines: tags that more than half of the
training laws have; scikit-learn's TfidfVectorizer (words and pairs, sublinear) with one LogisticRegression a tag at
0.5; the same with balanced classes; and the same at the best threshold of an inner five-fold, the fairest of them.

Looked at besides, all within the spread of each other: words by which each tag is spoken of, written by hand from the
names of the tags (they were meant to be the method, and came out no better), n-grams of characters as a second
likeness, words of tags' names without stop words, and the constant of the regression inside its penalty.
"""

from __future__ import annotations

import csv
import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tongtu.brief.tags import fit
from tongtu.brief.tags.bags import Floats

FILE = "us_ai_laws.csv"
SEEDS, FOLDS = 5, 5
_TEXT = ("Official name", "Casual name", "Short summary", "Long summary")
_KINDS = ("Applications:", "Harms:", "Incentives:", "Risk factors:", "Strategies:")

Predict = Callable[[list[str], Floats, list[str]], Floats]


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """Figures by method, the mean over seeds and the spread; with `quick` one seed."""
    place = next((p for p in (data / FILE, data / "briefs" / FILE) if p.exists()), None) if data else None
    if place is None:
        raise SystemExit(f"Give --data the folder that holds {FILE}.")
    texts, tags, marked = _laws(place)
    rows = []
    for name, predict in _methods(tags).items():
        begun = time.perf_counter()
        scores = [_seed(seed, texts, marked, predict) for seed in range(1 if quick else SEEDS)]
        row = {"method": name, "micro_f1": round(statistics.mean(scores), 4),
               "spread": round(statistics.stdev(scores), 4) if len(scores) > 1 else None,
               "seconds": round(time.perf_counter() - begun, 1)}  # fmt: skip
        rows.append(row)
        progress(f"{row}")
    figures = {f"tags_micro_f1_{row['method']}": row["micro_f1"] for row in rows}
    goals = {"tags_micro_f1_ours": max(r["micro_f1"] for r in rows if r["method"] != "ours")}
    return {"figures": {"tags_laws": len(texts), "tags": len(tags), **figures}, "goals": goals, "rows": rows}


def _methods(tags: Sequence[str]) -> dict[str, Predict]:
    return {
        "majority": _majority,
        "tfidf_logistic": _logistic(0.5),
        "tfidf_logistic_balanced": _logistic(0.5, balanced=True),
        "tfidf_logistic_threshold": _logistic(None),
        "ours": _ours(tags),
    }


def _laws(place: Path) -> tuple[list[str], list[str], Floats]:
    with place.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    tags = [name for name in rows[0] if name.startswith(_KINDS)]
    texts = ["\n".join(row[column] for column in _TEXT) for row in rows]
    return texts, tags, np.array([[float(row[tag] == "True") for tag in tags] for row in rows])


def _seed(seed: int, texts: list[str], marked: Floats, predict: Predict) -> float:
    found = np.zeros_like(marked)
    folds = stratified(marked, FOLDS, seed)
    for fold in range(FOLDS):
        test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        found[test] = predict([texts[i] for i in train], marked[train], [texts[i] for i in test])
    return _micro_f1(found, marked)


def _micro_f1(found: Floats, wanted: Floats) -> float:
    return float(2 * (found * wanted).sum() / max((found + wanted).sum(), 1))


def stratified(marked: Floats, folds: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The fold of each row: the rarest tag first, each of its rows to the fold that still wants most of it."""
    rng = random.Random(seed)
    place = np.full(len(marked), -1)
    room = np.full(folds, len(marked) / folds)
    wanted = np.tile(marked.sum(axis=0) / folds, (folds, 1))
    while (free := np.flatnonzero(place < 0)).size:
        left = marked[free].sum(axis=0)
        tag = int(np.argmin(np.where(left > 0, left, np.inf)))
        rows = free[marked[free, tag] > 0] if left.any() else free
        for row in rng.sample(list(rows), len(rows)):
            most = [(wanted[fold, tag] if left.any() else 0.0, room[fold], rng.random(), fold) for fold in range(folds)]
            fold = max(most)[-1]
            place[row] = fold
            room[fold] -= 1
            wanted[fold] -= marked[row]
    return place


def _majority(train: list[str], marked: Floats, test: list[str]) -> Floats:
    return np.tile(marked.mean(axis=0) > 0.5, (len(test), 1)).astype(float)


def _logistic(threshold: float | None, *, balanced: bool = False) -> Predict:
    def predict(train: list[str], marked: Floats, test: list[str]) -> Floats:
        scores = _logistic_scores(train, marked, test, balanced)
        return (scores > (threshold or _inner_threshold(train, marked))).astype(float)

    return predict


def _inner_threshold(train: list[str], marked: Floats) -> float:
    folds, scores = stratified(marked, FOLDS, 0), np.zeros_like(marked)
    for fold in range(FOLDS):
        test, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        scores[test] = _logistic_scores([train[i] for i in rest], marked[rest], [train[i] for i in test], False)
    steps = np.linspace(0.05, 0.6, 56)
    return float(max(steps, key=lambda step: _micro_f1((scores > step).astype(float), marked)))


def _logistic_scores(train: list[str], marked: Floats, test: list[str], balanced: bool) -> Floats:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, stop_words="english")
    rows, new = vectorizer.fit_transform(train), vectorizer.transform(test)
    scores = np.zeros((len(test), marked.shape[1]))
    for tag in range(marked.shape[1]):
        if 0 < marked[:, tag].sum() < len(train):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = LogisticRegression(max_iter=300, class_weight="balanced" if balanced else None)
                scores[:, tag] = model.fit(rows, marked[:, tag]).predict_proba(new)[:, 1]
        else:
            scores[:, tag] = marked[:, tag].mean()
    return scores


def _ours(tags: Sequence[str]) -> Predict:
    def predict(train: list[str], marked: Floats, test: list[str]) -> Floats:
        examples = [[tag for tag, held in zip(tags, row, strict=True) if held] for row in marked]
        tagger = fit(train, examples)
        scores = tagger.scores(test) >= tagger.threshold
        found = np.zeros((len(test), len(tags)))
        found[:, [tags.index(tag) for tag in tagger.tags]] = scores
        return found

    return predict
