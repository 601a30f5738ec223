"""What to do: computed steps, then deadlines and requirements as the text states them; advice only in quotes."""

from __future__ import annotations

from collections.abc import Iterator

from tongtu.brief.document import Span
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Sentence
from tongtu.brief.writing.material import Material, computed, span_of
from tongtu.brief.writing.passages import Passage
from tongtu.brief.writing.ranking import picked
from tongtu.brief.writing.said import under_heading
from tongtu.terms.why import Why

_NAME = "what_to_do"
_STEPS, _DEADLINES, _REQUIREMENTS, _SAID = 6, 4, 3, 2


def what_to_do(material: Material) -> list[Sentence]:
    """Steps of named groups, then deadlines in their order, then what is required."""
    found = [*_steps(material), *windows(material, _NAME)[:_DEADLINES]]
    quoted = {span for sentence in found for span in sentence.spans}
    found += _requirements(material, quoted)
    return [*found, *under_heading(material, _NAME, "says_do", most=_SAID)]


def _steps(material: Material) -> Iterator[Sentence]:
    """What the rules engine found: who is to do what by when."""
    if material.actions.is_empty():
        return
    for row in material.actions.head(_STEPS).iter_rows(named=True):
        action = Why.from_json(row["action"])
        args = {"who": Why.from_json(row["who"]), "action": action}
        code = "step"
        if row["by"] is not None and row["by"] not in action.args.values():  # said once is enough
            code, args["by"] = "step-by", row["by"]
        yield computed(_NAME, Why(f"brief_writing.{code}", args), Why.from_json(row["why"]))


def windows(material: Material, name: str) -> list[Sentence]:
    """Sentences with a deadline to the day that has not passed, the next one first."""
    found: dict[Span, tuple[object, Sentence]] = {}
    for row in material.of("dates"):
        if row["kind"] != "deadline" or row["precision"] != "day" or row["day"] < material.as_of:
            continue
        passage = material.passage_at(span_of(row))
        if passage is not None and passage.span not in found:
            because = Why("brief_writing.by-deadline", {"day": row["day"]}, (Why.from_json(row["why"]),))
            sentence = material.quoted(name, "due", passage.span, because, day=row["day"])
            found[passage.span] = ((row["day"], row["document"], row["start"]), sentence)
    return [sentence for _, sentence in sorted(found.values(), key=lambda pair: pair[0])]  # type: ignore[arg-type,return-value]


def _requirements(material: Material, quoted: set[Span]) -> list[Sentence]:
    """The most telling sentences that state a requirement, in reading order; a speech requires nothing of a reader."""
    document = material.primary
    if material.lexicon.cue("speech").search(plain(document.title)):
        return []
    found: dict[Span, tuple[Passage, Why]] = {}
    for row in material.of("conditions", document):
        passage = material.passage_at(span_of(row)) if row["role"] == "requirement" else None
        if passage is not None and passage.span not in quoted:
            found.setdefault(passage.span, (passage, Why.from_json(row["why"])))
    chosen = {p.span for p in picked([p for p, _ in found.values()], material.worth, most=_REQUIREMENTS)}
    return [material.quoted(_NAME, "required", at, why) for at, (_, why) in found.items() if at in chosen]
