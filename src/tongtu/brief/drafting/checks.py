"""What a wording must pass to stand in a brief, check by check; each yields its reasons, none where it passes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tongtu.brief.drafting import binding, marks, wording
from tongtu.brief.drafting.prompt import reads_in
from tongtu.brief.facts import Lexicon
from tongtu.brief.facts.plain import plain
from tongtu.terms.why import Why
from tongtu.terms.words import Lang
from tongtu.text import is_han

_LONGER, _MORE, _MOST = 1.3, {"zh": 8, "en": 24}, 600  # characters: by the sentence, and beyond that, and in all
_MARKUP = frozenset("<>{}[]`|\\*_#^=\n\r\t")
_PUNCTUATION = frozenset(" ,.;:!?()'\"%/&+-$€¥£°，。；：、！？（）“”‘’「」『』《》〈〉％—–…·～~〔〕")
_LINK = re.compile(
    r"://|www\.|@|(?<![\w.])(?:data|javascript|mailto|tel|file)\s*:|(?:[\w-]+\.)+[a-z]{2,}(?![\w.])", re.I
)
_QUOTES = re.compile(
    r"“([^“”]*)”|「([^「」]*)」|『([^『』]*)』|《([^《》]*)》|〈([^〈〉]*)〉|\"([^\"]*)\"|‘([^‘]*)’(?!\w)|(?<!\w)'([^']+)'(?!\w)"
)
_QUOTE_SIGNS = re.compile(r"[“”「」『』《》〈〉\"‘]|(?<!\w)'")
_KEPT = 0.8  # of the words that carry meaning; ours
_SHOWN = 24  # characters of a word or number in a reason


@dataclass(frozen=True)
class Case:
    """One wording beside the sentence it rephrases and the passages under it."""

    draft: str
    sentence: str
    passages: tuple[str, ...]
    lang: Lang
    lexicon: Lexicon

    @cached_property
    def known(self) -> str:
        """The sentence and what its passages say beyond it, far enough apart that no quantity spans two."""
        beyond = dict.fromkeys(passage for passage in self.passages if passage not in self.sentence)
        return "\n\n\n".join((self.sentence, *beyond))

    @cached_property
    def read_draft(self) -> Read:
        return Read(self.draft, self.lexicon)

    @cached_property
    def read_sentence(self) -> Read:
        return Read(self.sentence, self.lexicon)

    @cached_property
    def read_known(self) -> Read:
        return Read(self.known, self.lexicon) if self.known != self.sentence else self.read_sentence

    def often(self, kind: str) -> Counter[Hashable]:
        """How often the sentence or its passages, whichever more, hold each number or name."""
        ours = Counter(mark.key for mark in getattr(self.read_sentence, kind))
        both = Counter(mark.key for mark in getattr(self.read_known, kind))
        return ours | (both - ours)


class Read:
    """A text with its small number words as digits, its numbers and names, and folded what is left without numbers."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = marks.in_digits(text, lexicon)
        self.folded = plain(self.text)
        self.numbers = marks.numbers(self.text, lexicon)
        self.names = marks.named(self.text, lexicon)
        self.rest = marks.without(self.folded, self.numbers)


def form(case: Case) -> Iterator[Why]:
    """One line of plain text in the right language and of a decent length: no links, no markup, no odd characters."""
    draft = case.draft
    if not draft.strip():
        yield _why("empty")
    if len(draft) > min(_LONGER * len(case.sentence) + _MORE[case.lang], _MOST):
        yield _why("long")
        return  # what follows would take its time over it
    compatible = unicodedata.normalize("NFKC", draft)
    if _LINK.search(compatible):
        yield _why("link")
    if _MARKUP.intersection(compatible):
        yield _why("markup")
    if odd := {char for char in draft if not _is_usual(char)} - set(case.known):
        yield _why("characters", names=tuple(sorted(f"U+{ord(char):04X}" for char in odd))[:5])
    if draft.strip() and not reads_in(draft, case.lang):
        yield _why("language")


def _is_usual(char: str) -> bool:
    return char in _PUNCTUATION or is_han(char) or (char.isascii() and char.isalnum())


def quotes(case: Case) -> Iterator[Why]:
    """What stands in quotation or title marks must stand so in the sentence or its passages."""
    for match in _QUOTES.finditer(case.draft):
        words = next(group for group in match.groups() if group is not None)
        if not words.strip() or words not in case.known:
            yield _why("quote", words=_short(words))
    if _QUOTE_SIGNS.search(_QUOTES.sub(" ", case.draft)):
        yield _why("quote-open")


def numbers(case: Case) -> Iterator[Why]:
    """Numbers and dates by value and unit: those of the sentence all and in order, others only from its passages."""
    draft, sentence, held = case.read_draft.numbers, case.read_sentence.numbers, case.often("numbers")
    for mark in _beyond(draft, held):
        yield _why("number", words=_short(case.read_draft.text[mark.start : mark.end]))
    if not _holds_in_order([mark.key for mark in draft], [mark.key for mark in sentence]):
        yield _why("number-order")


def names(case: Case) -> Iterator[Why]:
    """Organisations and acts: only those of the sentence or its passages, in the order of the sentence."""
    draft, sentence, held = case.read_draft.names, case.read_sentence.names, case.often("names")
    for mark in _beyond(draft, held):
        written = case.read_draft.folded[mark.start : mark.end]
        if mark.key in held or written not in case.read_known.folded:
            yield _why("name", words=_short(written))
    proper = wording.proper(case.sentence)
    if not _same_order([mark.key for mark in sentence], [mark.key for mark in draft]) or not _same_order(
        proper, [word for word in wording.latin(case.draft) if word in proper]
    ):
        yield _why("name-order")


def words(case: Case) -> Iterator[Why]:
    """Nothing but words of the sentence, of its passages, and plain ones; a name may stand for another of the same."""
    draft, known = case.read_draft, case.read_known
    held = {mark.key for mark in known.names}
    rest = marks.without(draft.rest, [mark for mark in draft.names if mark.key in held])
    if new := wording.new_words(rest, known.folded):
        yield _why("word", names=tuple(_short(word) for word in new[:5]))


def sense(case: Case) -> Iterator[Why]:
    """The signs of sense of the sentence: none missing, none new, none more often; of `not` neither more nor fewer."""
    ours, theirs = wording.senses(case.read_draft.rest), wording.senses(case.read_sentence.rest)
    changed = [
        sense
        for sense in sorted(ours.keys() | theirs.keys())
        if ours[sense] > theirs[sense] or not ours[sense] or (sense == wording.NOT and ours[sense] < theirs[sense])
    ]
    if changed:
        yield _why("sense", names=tuple(Why(f"brief_drafting.sense-{sense}") for sense in changed))


def bound(case: Case) -> Iterator[Why]:
    """Every word goes with the number it goes with in the sentence or its passages."""
    draft, known = case.read_draft, case.read_known
    loose = binding.loose(binding.clauses(draft.rest, draft.numbers), list(binding.clauses(known.rest, known.numbers)))
    if loose:
        yield _why("bound")


def order(case: Case) -> Iterator[Why]:
    """Where things are compared, what is compared with what stays in its order."""
    ours, theirs = ([word for word, _ in wording.tokens(read.rest)] for read in (case.read_draft, case.read_sentence))
    if wording.compares(case.read_sentence.rest) and not _same_order(theirs, ours):
        yield _why("order")


def whole(case: Case) -> Iterator[Why]:
    """Most of what the sentence says is still there: leaving words out can turn a sentence too."""
    ours, theirs = (
        {word for word, _ in wording.tokens(marks.without(read.rest, read.names))}
        for read in (case.read_draft, case.read_sentence)
    )
    if len(ours & theirs) < _KEPT * len(theirs):
        yield _why("left-out")


CHECKS: tuple[Callable[[Case], Iterator[Why]], ...] = (form, quotes, numbers, names, words, sense, bound, order, whole)


def faults(case: Case) -> list[Why]:
    """Every reason against a wording; a form that is broken is told alone, for it cannot be read further."""
    broken = list(form(case))
    return broken or [why for check in CHECKS[1:] for why in check(case)]


def _holds_in_order(keys: Sequence[Hashable], wanted: Sequence[Hashable]) -> bool:
    """Whether all of `wanted` stand among `keys` in their order, a repeated one once at least."""
    rest = iter(keys)
    return all(any(key == want for key in rest) for want in wanted)


def _beyond(found: Sequence[marks.Mark], held: Counter[Hashable]) -> Iterator[marks.Mark]:
    """What is not held, or not so often."""
    seen: Counter[Hashable] = Counter()
    for mark in found:
        seen[mark.key] += 1
        if seen[mark.key] > held[mark.key]:
            yield mark


def _same_order(theirs: Sequence[Hashable], ours: Sequence[Hashable]) -> bool:
    """Whether what both have first comes up in the same order."""
    one, other = dict.fromkeys(theirs), dict.fromkeys(ours)
    return [key for key in one if key in other] == [key for key in other if key in one]


def _why(code: str, **args: object) -> Why:
    return Why(f"brief_drafting.{code}", args)


def _short(words: str) -> str:
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
