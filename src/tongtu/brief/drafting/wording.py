"""The words a wording may use, and the sense it must keep.

A wording has a closed vocabulary: the words of its sentence and sources, a list of plain ones (`plain_words.txt`),
and the signs of sense (`senses.csv`). Whatever else it says would be new, be it a name, a promise or an order.
Signs of sense, such as not, raised, may, expected, approved, are those of the sentence, neither more nor fewer, so
within one sense a word may stand for another and none may turn it round. Both lists are ours.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tongtu.brief.facts.lexicon import longest_first
from tongtu.brief.facts.numerals import CHARACTERS
from tongtu.brief.facts.plain import plain
from tongtu.text.normalise import stemmer

NOT = "not"  # the sign that twice is not once
_NONE = "none"  # words that only look like a sign of sense
_WORD = re.compile(r"[^\W\d_\u3400-\u4dbf\u4e00-\u9fff]+(?:['’-][^\W\d_\u3400-\u9fff]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_BEGINNING = re.compile(r"(?:\A|[.:;!?。：；！？]\s*)\W*\w+")
_COMPARES = re.compile(
    r"(?<![占同环配])比(?![例重值如])|较之|优于|快于|高于|低于|多于|少于"
    r"|(?<![a-z])(?:than|versus|vs|ahead of|behind)(?![a-z])"
)
_NEW = 8  # characters of a new word that are shown


@dataclass(frozen=True)
class _Words:
    senses: dict[str, str]
    plain: frozenset[str]
    stems: frozenset[str]
    signs: re.Pattern[str]
    idle: re.Pattern[str]
    longest: int


@cache
def words() -> _Words:
    """Both lists, compiled. A word of the plain list hides the signs inside it (目前, 前)."""
    rows = csv.DictReader(_file("senses.csv").splitlines())
    senses = {plain(w): row["sense"] for row in rows for w in row["written"].split("|")}
    lines = (line for line in _file("plain_words.txt").splitlines() if not line.startswith("#"))
    listed = frozenset(plain(w) for line in lines for w in line.split())
    stem = stemmer()
    known = listed | {w for w, sense in senses.items() if sense != _NONE}
    return _Words(
        senses,
        known,
        frozenset(stem(w) for w in listed if w.isascii()),
        re.compile(_any(senses.keys() | {w for w in listed if len(w) > 1 and not w.isascii()})),
        re.compile(
            _any(w for w in listed | senses.keys() if not w.isascii() and set(w) & set(CHARACTERS) and len(w) > 1)
        ),
        max(map(len, known)),
    )


def _any(written: Iterable[str]) -> str:
    """Words longest first; a Latin one stands by itself, only n't ends another."""
    latin: list[str] = []
    other: list[str] = []
    for word in longest_first(written):
        (latin if word.isascii() and word != "n't" else other).append(re.escape(word).replace(r"\ ", r"\s+"))
    if latin:
        other.append(rf"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])")
    return "|".join(other)


def _file(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def senses(folded: str) -> Counter[str]:
    """The signs of sense of a folded text from which its quantities and names were taken."""
    listed = words()
    text = folded.replace("’", "'")
    found = (listed.senses.get(" ".join(match.group().split()), _NONE) for match in listed.signs.finditer(text))
    return Counter(sense for sense in found if sense != _NONE)


def new_words(folded: str, known: str) -> list[str]:
    """Words of a folded wording that neither its sources (`known`, folded) nor the lists have."""
    signs = words().signs.sub(lambda match: match.group() if _is_idle(match) else " ", folded.replace("’", "'"))
    return [*_new_latin(signs, known), *_new_han(folded, known)]


def _is_idle(match: re.Match[str]) -> bool:
    return words().senses.get(" ".join(match.group().split()), _NONE) == _NONE


def _new_latin(folded: str, known: str) -> Iterator[str]:
    listed, stem = words(), stemmer()
    held = {part for word in latin(known) for part in (word, stem(word))}
    for word in latin(folded):
        if not {word, stem(word)} & held and word not in listed.plain and stem(word) not in listed.stems:
            yield word


def latin(text: str) -> list[str]:
    """Words of a text, without their ending 's or n't, which the signs of sense speak for."""
    return [re.sub(r"(?:'s|n't|')$", "", word.replace("’", "'")) for word in _WORD.findall(text)]


def _new_han(folded: str, known: str) -> Iterator[str]:
    """Runs that cannot be laid out in pieces of the sources of two characters or more, and plain words."""
    for run in _HAN.findall(folded):
        far = _laid_out(run, known)
        if far < len(run) and not (len(run) == 1 and run in known):  # 分 of 分3年
            yield run[far : far + _NEW]


def _laid_out(run: str, known: str) -> int:
    """How far a run can be laid out from its beginning."""
    listed = words()
    reached = [True] + [False] * len(run)
    for start in range(len(run)):
        if not reached[start]:
            continue
        for end in range(start + 1, len(run) + 1):
            piece = run[start:end]
            if piece in listed.plain or (end - start > 1 and piece in known):
                reached[end] = True
            elif end - start > listed.longest:
                break
    return max(at for at, here in enumerate(reached) if here)


def tokens(folded: str) -> list[tuple[str, int]]:
    """Words that carry meaning, with their places: signs of sense by their sense, pairs of characters, stems."""
    listed, stem = words(), stemmer()
    text = folded.replace("’", "'")
    signs = [(listed.senses.get(" ".join(m.group().split()), _NONE), m) for m in listed.signs.finditer(text)]
    found = [(f"={sense}", match.start()) for sense, match in signs if sense != _NONE]
    for sense, match in signs:
        if sense != _NONE or match.group() in listed.plain:
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    for match in _HAN.finditer(text):
        found += [(text[at : at + 2], at) for at in range(match.start(), match.end() - 1)]
    for match in _WORD.finditer(text):
        if match.group() not in listed.plain:
            found.append((stem(match.group()), match.start()))
    return found


def proper(text: str) -> list[str]:
    """Latin words with a capital that no sentence's beginning gave them, in order."""
    inside = _BEGINNING.sub(lambda match: match.group().lower(), text)
    return [word for word in latin(inside) if word[:1].isupper()]


def compares(folded: str) -> bool:
    """Whether a text sets one thing against another."""
    return _COMPARES.search(folded) is not None
