"""How much it tells that two documents share what they share.

Two reports of one event share document numbers, instruments, actors, days, directions, figures, names and words. How
much each tells is the logarithm of how much likelier it is shared by reports of one event than by chance (Fellegi &
Sunter 1969, A Theory for Record Linkage, JASA 64), in natural units. Where we depart: both likelihoods are ours, not
estimated; chance is never less than how often the thing stands in the documents given (Winkler's frequency
adjustment, smoothed); several shared things of one kind count harmonically, because they come together; and what
stands below the lead counts less, because there a report tells the background.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tongtu.brief.gathering.known import Known, Things
from tongtu.text.duplicates import similarity

PRIOR = -5.0
"""Log-odds that two documents of one collection report one event before anything is known of them."""
NOTHING = -3.0  # of two that share no thing that tells
_MOST = 8.0  # what one pair may tell for or against, so that no single pair decides for a whole group
_SMOOTHED = 200  # documents that we suppose to be known beside those given


class Kind(NamedTuple):
    """How often reports of one event share a thing of a kind, how often others do; what it tells if they share none."""

    alike: float
    chance: float
    against: float = 0.0


KINDS: Mapping[str, Kind] = {
    "number": Kind(0.5, 0.002, -6.0),
    "instrument": Kind(0.5, 0.005),
    "figure": Kind(0.5, 0.01, -1.0),
    "round": Kind(0.5, 0.1),
    "day": Kind(0.5, 0.03, -1.5),
    "body": Kind(0.7, 0.03, -0.5),
    "ministry": Kind(0.8, 0.15, -1.0),
    "name": Kind(0.5, 0.02),
    "direction": Kind(0.7, 0.15, -1.0),
    "tier": Kind(0.6, 0.1),
    "term": Kind(0.4, 0.02),
}
_WORDS_TELL = [-1.0, -0.8, 0.0, 1.5, 3.0, 4.0, 5.0]  # at the shares of a language: English has fewer different runs
_WORDS_SHARED = {"zh": [0.0, 0.04, 0.1, 0.2, 0.35, 0.5, 0.7], "en": [0.05, 0.12, 0.3, 0.4, 0.55, 0.7, 0.85]}
_DAYS_APART = ([0, 3, 7, 14, 30, 90], [1.0, 1.0, 0.3, -1.0, -3.0, -6.0])
_OTHER_YEAR = -6.0  # both titles name years, and not the same
_OTHER_TEXT = -12.0  # both are instruments, and not one text
_ONE_TEXT = 0.6  # share of the words of their leads that two prints of one instrument have in common

Often = Mapping[tuple[str, str], float]


class Shared(NamedTuple):
    """One thing two documents share, and what it tells."""

    kind: str
    told: Any
    tells: float


def frequencies(given: Sequence[Known]) -> Often:
    """How often a thing stands in documents, those given and as many more as we suppose to be known."""
    counts = Counter((kind, key) for one in given for kind, items in one.items.items() for key in items)
    return {thing: count / (len(given) + _SMOOTHED) for thing, count in counts.items()}


def odds(one: Known, other: Known, often: Often) -> tuple[float, list[Shared]]:
    """Log-odds that two documents report one event, and what they share, the most telling first."""
    total, shared = PRIOR + _by_days(one, other), list[Shared]()
    for kind in KINDS:
        ours, theirs = one.items.get(kind), other.items.get(kind)
        if not ours or not theirs or (kind == "term" and one.language == other.language):
            continue  # words of one language are compared as words
        alike = _alike(kind, ours, theirs, often)
        if alike:
            total += sum(thing.tells / place for place, thing in enumerate(alike, 1))
            shared += alike
        elif kind in one.event and kind in other.event:
            total += KINDS[kind].against
    words = _by_words(one, other)
    total += words.tells + _by_edition(one, other, words)
    shared += [words] if words.tells > 0 else []
    return max(-_MOST, min(_MOST, total)), sorted(shared, key=lambda thing: -thing.tells)


def _alike(kind: str, ours: Things, theirs: Things, often: Often) -> list[Shared]:
    """What both have of a kind, the most telling first. Where both have many, some agree by chance."""
    likely, chance, _ = KINDS[kind]
    chance *= max(1.0, min(len(ours), len(theirs)) / 4)
    found = []
    for key in sorted(ours.keys() & theirs.keys()):
        tells = max(math.log(likely / max(chance, often.get((kind, key), 0.0))), 0.0)
        found.append(Shared(kind, ours[key].told, tells * min(ours[key].counts, theirs[key].counts)))
    return sorted(found, key=lambda thing: -thing.tells)


def _by_words(one: Known, other: Known) -> Shared:
    if one.language != other.language and "mixed" not in (one.language, other.language):
        return Shared("text", None, 0.0)
    share = similarity(one.words, other.words)[1]
    language = "zh" if "zh" in (one.language, other.language) else "en"
    return Shared("text", share, _between(share, _WORDS_SHARED[language], _WORDS_TELL))


def _by_days(one: Known, other: Known) -> float:
    if one.published is None or other.published is None:
        return 0.0
    return _between(abs((one.published - other.published).days), *_DAYS_APART)


def _by_edition(one: Known, other: Known, words: Shared) -> float:
    """Two years' reports, or two measures, are two events, however alike: unless they bear one number."""
    if one.items.get("number", {}).keys() & other.items.get("number", {}).keys():
        return 0.0
    if one.instrument and other.instrument and words.told is not None and words.told < _ONE_TEXT:
        return _OTHER_TEXT
    years = one.title_years and other.title_years and not one.title_years & other.title_years
    return _OTHER_YEAR if years else 0.0


def _between(at: float, places: Sequence[float], values: Sequence[float]) -> float:
    """Linear between places, constant outside."""
    right = bisect_right(places, at)
    if right in (0, len(places)):
        return values[right and -1]
    share = (at - places[right - 1]) / (places[right] - places[right - 1])
    return values[right - 1] + share * (values[right] - values[right - 1])
