"""A model's reply turned into sentences of a brief, as far as it may be believed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tongtu.brief.drafting import checks
from tongtu.brief.drafting.prompt import offered, passages
from tongtu.brief.drafting.reply import read_reply
from tongtu.brief.facts import Lexicon
from tongtu.brief.model import DRAFTED, Brief, Sentence
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, Lang, as_lang, say

if TYPE_CHECKING:
    import polars as pl

_PASSAGE = 5_000  # characters; a longer passage vouches for nothing, and cutting one could cut a number


@dataclass(frozen=True, eq=False)
class Drafted:
    """What was kept of a reply, and what was not.

    sentences  label drafted; `says` holds the wording, `derivation` the sentence it rephrases, spans are that one's
    refused    sentence (an id, or what the reply gave for one), reason (bare code of the first), why (JSON, of all)
    """

    sentences: tuple[Sentence, ...]
    refused: pl.DataFrame


def accept(reply: str, brief: Brief, *, lang: Lang, lexicon: Lexicon) -> Drafted:
    """The wordings of a reply that pass every check of `checks`; all else is dropped with its reasons.

    A wording can only take the place of one offered sentence. It changes no table, no source, no other sentence.
    """
    asked = {sentence.id: sentence for sentence in offered(brief, lang)}
    answer = read_reply(reply)
    dropped = list(answer.dropped)
    kept: dict[str, Sentence] = {}
    for name, wording in answer.wordings.items():
        if name not in asked:
            dropped.append((name[:12] if name.isalnum() else "", Why("brief_drafting.not-offered")))
            continue
        said, found = _judged(wording, asked[name], brief, lang, lexicon)
        if found:
            dropped.append((name, found[0] if len(found) == 1 else Why("brief_drafting.several", {}, tuple(found))))
        elif said is not None:
            kept[name] = said
    return Drafted(tuple(kept[name] for name in asked if name in kept), _refused(dropped))


def nothing(reasons: Iterable[Why]) -> Drafted:
    """No draft, and why."""
    return Drafted((), _refused([("", why) for why in reasons]))


def _refused(dropped: list[tuple[str, Why]]) -> pl.DataFrame:
    """The frame of what was dropped."""
    import polars as pl

    rows = [(name, _first(why).code.partition(".")[2], why.to_json()) for name, why in dropped]
    return pl.DataFrame(rows, schema={"sentence": pl.String, "reason": pl.String, "why": pl.String}, orient="row")


def beside(brief: Brief, drafted: Drafted) -> Brief:
    """The brief with every draft right after the sentence it rephrases; all tables are the same objects."""
    drafts = {rephrases(sentence): sentence for sentence in drafted.sentences}
    pairs = ((sentence, drafts.get(sentence.id)) for sentence in brief.sentences)
    return replace(brief, sentences=tuple(s for pair in pairs for s in pair if s is not None))


def rephrases(sentence: Sentence) -> str | None:
    """The id of the sentence that a draft rephrases; None where it is no draft."""
    if sentence.label != DRAFTED or sentence.derivation is None:
        return None
    return str(sentence.derivation.args["sentence"])


def drafted_in(sentence: Sentence) -> Lang | None:
    """The language of a draft, for a face in the other one to leave it out; None where the sentence is no draft."""
    if sentence.label != DRAFTED or sentence.derivation is None:
        return None
    return as_lang(sentence.derivation.args["lang"].code.rpartition("-")[2])


def _judged(
    wording: str, sentence: Sentence, brief: Brief, lang: Lang, lexicon: Lexicon
) -> tuple[Sentence | None, list[Why]]:
    original, draft = say(sentence.says, lang), unicodedata.normalize("NFC", wording).strip()
    if draft == original:
        return None, [Why("brief_drafting.same")]
    under = tuple(passage for passage in passages(brief, sentence) if len(passage) <= _PASSAGE)
    case = checks.Case(draft, original, under, lang, lexicon)
    found = checks.faults(case)
    return (None, found) if found else (_drafted(draft, sentence, lang), [])


def _drafted(draft: str, sentence: Sentence, lang: Lang) -> Sentence:
    """In the language of the draft it says the draft, in the other what the sentence says there."""
    said = {one: draft if one == lang else say(sentence.says, one) for one in LANGUAGES}
    says = Why("brief_drafting.drafted", {"wording": Label(**said)})
    args = {"sentence": sentence.id, "original": sentence.says, "lang": Why(f"brief_drafting.lang-{lang}")}
    return replace(sentence, says=says, label=DRAFTED, derivation=Why("brief_drafting.rephrases", args))


def _first(why: Why) -> Why:
    return why.parts[0] if why.parts else why
