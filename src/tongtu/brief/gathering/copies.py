"""Texts that repeat each other, as a whole or in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from tongtu.text.duplicates import PASSAGES, Words, pairs, pairs_of, shingles, similarity

DUPLICATES = {"one": pl.String, "other": pl.String, "similarity": pl.Float64, "contained": pl.Float64}
_SAYS = 40  # shingles of a text or passage that says something: fewer are repeated by chance


def near_duplicates(
    texts: Mapping[str, str], *, at_least: float = PASSAGES.jaccard, contained_at_least: float = PASSAGES.contained
) -> pl.DataFrame:
    """Pairs of texts that repeat each other, the most alike first, ties by keys.

    Columns: one, other (keys, `one` < `other`), similarity (Jaccard of character 3-grams, 5 characters where the
    letters are Latin), contained (share of the smaller text that the larger one holds). A pair is listed where
    `similarity` is at least `at_least` or `contained` at least `contained_at_least`; a text of fewer than 40 runs only
    by the former. Candidates are whole texts and single passages that meet in a band of MinHash (`text.duplicates`),
    so an excerpt of a long text is found as well; both figures are exact.
    """
    sets = {key: shingles(texts[key], PASSAGES) for key in sorted(texts)}
    rows = []
    for one, other in sorted(_candidates(texts, sets)):
        exact, contained = similarity(sets[one], sets[other])
        says = min(len(sets[one]), len(sets[other])) >= _SAYS
        if exact >= at_least or (says and contained >= contained_at_least):
            rows.append((one, other, exact, contained))
    rows.sort(key=lambda row: (-row[2], -row[3], row[0], row[1]))
    return pl.DataFrame(rows, schema=DUPLICATES, orient="row")


def _candidates(texts: Mapping[str, str], sets: Mapping[str, Words]) -> set[tuple[str, str]]:
    """Keys of texts that meet as wholes or in a passage."""
    any_candidate = replace(PASSAGES, jaccard=0.0, hopeless=0.0)
    met = {(pair.one, pair.other) for pair in pairs_of(sets.items(), any_candidate)}
    owners, passages = _passages(texts)
    for pair in pairs(((f"{number:09}", passage) for number, passage in enumerate(passages)), PASSAGES):
        one, other = sorted((owners[int(pair.one)], owners[int(pair.other)]))
        if one != other:
            met.add((one, other))
    return met


def _passages(texts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Lines that say something and whose they are; none where every text is a single line."""
    lines = [(key, line) for key in sorted(texts) for line in texts[key].split("\n") if len(line) >= _SAYS]
    if len({key for key, _ in lines}) == len(lines):
        return [], []
    return [key for key, _ in lines], [line for _, line in lines]
