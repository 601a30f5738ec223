"""One listing, or every listing of a side, asks another side: who answers, why, what is unmet, who was refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.clearing.pieces import document, label, listed, refusal, section, table, with_id
from tongtu.chain.clearing.reasoned import reasoned, score
from tongtu.chain.clearing.worded import IN_WORDS, in_words, understood
from tongtu.chain.dossier.document import Cell, Document, Paragraph, Section, Tone, cell, joined, same
from tongtu.chain.report.spoken import Pair, both, words
from tongtu.match import sides
from tongtu.match.engine import Matches
from tongtu.registry.cells import as_text
from tongtu.registry.written import Written
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say

Row = dict[str, Any]
_COUNTED: tuple[tuple[str, Tone], ...] = (("met", "good"), ("unmet", "bad"), ("unknown", "soft"))


@dataclass(frozen=True)
class Asked:
    """Questions and their answers. `one`: the id of the only question, where there is one; `read`: the indicators of
    a question asked in words."""

    clearing: Clearing
    ask: str
    answer: str
    one: str | None
    questions: pl.DataFrame
    found: Matches
    read: Written | None = None

    def document(self, most: int | None = None) -> Document:
        """One question in full; many as a table of their best answers, then every pair (left out with `most`)."""
        asking, answering = self.clearing.ask_of(self.ask), self.clearing.ask_of(self.answer)
        way = words("clearing.way", ask=label(asking), answer=label(answering))
        if self.one is not None:
            title = words("clearing.asked-title", name=label(self._asking(self.one)))
            head = [same(self.one), way] if self.one != IN_WORDS else [words("clearing.in-words"), way]
            return self._made(title, self._single(self.one), joined(head, " · ", " · "))
        return self._made(words("clearing.asked-all-title", way=label(way)), self._every(most))

    def _made(self, title: Pair, sections: list[Section], *stamp: Pair) -> Document:
        """The document; of sides other than needs and achievements it says that nobody judged such pairs yet."""
        made = document(self.clearing, title, sections, *stamp)
        if self._judged:
            return made
        return replace(made, foot=[words("clearing.other-sides"), *made.foot[1:]])

    def table(self, lang: Lang) -> pl.DataFrame:
        """Every pair with names and the reason in words: for spreadsheets."""
        side = 0 if lang == "zh" else 1
        pairs = self.found.pairs
        named: dict[str, list[str | None]] = {
            "question_title": [as_text(self._asking(q)[side]) for q in pairs["question"]],
            "answer_title": [as_text(self.clearing.name(self.answer, a)[side]) for a in pairs["answer"]],
            "why": [say(Why.from_json(why), lang) for why in pairs["why"]],
        }
        named_columns = [pl.Series(name, values, dtype=pl.String) for name, values in named.items()]
        plain = pl.col("question", "answer").map_elements(as_text, pl.String)
        whole = pairs.drop("why").with_columns(plain, *named_columns)
        first = ["question", "question_title", "rank", "answer", "answer_title", "score"]
        return whole.select(*first, pl.exclude(first))

    @property
    def _judged(self) -> bool:
        """Whether people judge such pairs, so that the score is a probability."""
        return (self.ask, self.answer) == ("need", "achievement")

    @property
    def _compared(self) -> bool:
        """Whether one of the two demands what the other claims."""
        return sides.kind_of(self.ask).demands or sides.kind_of(self.answer).demands

    def _asking(self, own: str) -> Pair:
        if own == IN_WORDS:
            title = self.questions["title"][0]
            return [title, title]
        return self.clearing.name(self.ask, own)

    # ------------------------------------------------------------------------------------------ one question

    def _single(self, own: str) -> list[Section]:
        closed = self.found.closed.filter(pl.col("question") == own)["why"].to_list()
        if closed:
            return [section("closed", [Paragraph(self._why_closed(closed[0]), "warn")])]
        rows = self.found.pairs.to_dicts()
        answers = [self._overview(row) for row in rows]
        heads = ("rank/n", "answer", "holder", "score/n", "met/n", "unmet/n", "not-known/n")
        found = understood(self.read)
        found.append(section("answers", table(heads, answers, "no-answers")))
        found += [
            reasoned(self.clearing, self.answer, row, judged=self._judged, compared=self._compared) for row in rows
        ]
        refused = [self._refused(row) for row in self.found.refusals.to_dicts()]
        return [*found, section("refused", table(("answer", "because/long"), refused, "nobody-refused"))]

    def _overview(self, row: Row) -> list[Cell]:
        counts = [cell(same(str(row[f"indicators_{name}"])), tone if row[f"indicators_{name}"] else "soft")
                  for name, tone in _COUNTED] if self._compared else [cell(same(""))] * 3  # fmt: skip
        name = with_id(self.clearing.name(self.answer, row["answer"]), row["answer"])
        owner = same("") if self.answer == "organisation" else self.clearing.owner(self.answer, row["answer"])
        return [cell(same(str(row["rank"]))), cell(name), cell(owner), score(row["score"]), *counts]

    def _refused(self, row: Row) -> list[Cell]:
        name = with_id(self.clearing.name(self.answer, row["answer"]), row["answer"])
        why = listed(refusal(self.clearing, part) for part in Why.from_json(row["why"]).parts)
        return [cell(name), cell(why, "bad")]

    def _why_closed(self, stored: str) -> Pair:
        """Why a listing does not ask, its state called by name."""
        why = Why.from_json(stored)
        named = {"state": label(self.clearing.label("listing_state", why.args["state"]))} if "state" in why.args else {}
        return both(Why(why.code, {**why.args, **named}))

    # ------------------------------------------------------------------------------------------ all of a side

    def _every(self, most: int | None) -> list[Section]:
        pairs = self.found.pairs
        answered = pairs.group_by("question").agg(n=pl.len())
        refused = self.found.refusals.group_by("question").agg(refused=pl.len())
        asked = self.questions.select(question="id").join(self.found.closed, on="question", how="anti")
        best = asked.join(pairs.filter(pl.col("rank") == 1), on="question", how="left", maintain_order="left")
        best = best.join(answered, on="question", how="left", maintain_order="left")
        best = best.join(refused, on="question", how="left", maintain_order="left")
        lines = [self._best(row) for row in best.iter_rows(named=True)]
        heads = ("question", "best-answer", "score/n", "met/n", "unmet/n", "answers/n", "refusals/n")
        found = [section("best", table(heads, lines, "nobody-asks", most))]
        if most is None:
            whole = [self._pair(row) for row in pairs.iter_rows(named=True)]
            every = ("question", "rank/n", "answer", "score/n", "because/long")
            found.append(section("pairs", table(every, whole, "no-answers")))
            refusals = [[cell(with_id(self._asking(row["question"]), row["question"])), *self._refused(row)]
                        for row in self.found.refusals.iter_rows(named=True)]  # fmt: skip
            found.append(section("refused", table(("question", "answer", "because/long"), refusals, "nobody-refused")))
        if self.found.closed.height:
            closed = [
                [cell(with_id(self._asking(own), own)), cell(self._why_closed(why))]
                for own, why in self.found.closed.select("question", "why").iter_rows()
            ]
            found.append(section("closed", table(("question", "because/long"), closed, "nobody-closed", most)))
        return found

    def _best(self, row: Row) -> list[Cell]:
        question = cell(with_id(self._asking(row["question"]), row["question"]))
        counts = [cell(same(str(row[name] or 0)), "" if row[name] else "soft") for name in ("n", "refused")]
        if row["answer"] is None:
            return [question, cell(words("clearing.none"), "bad"), cell(same("—")), cell(same("")), cell(same("")),
                    *counts]  # fmt: skip
        name = with_id(self.clearing.name(self.answer, row["answer"]), row["answer"])
        told = [cell(same(str(row[f"indicators_{name}"]) if self._compared else "")) for name in ("met", "unmet")]
        return [question, cell(name), score(row["score"]), *told, *counts]

    def _pair(self, row: Row) -> list[Cell]:
        question = with_id(self._asking(row["question"]), row["question"])
        answer = with_id(self.clearing.name(self.answer, row["answer"]), row["answer"])
        return [
            cell(question),
            cell(same(str(row["rank"]))),
            cell(answer),
            score(row["score"]),
            cell(both(row["why"])),
        ]


def ask(
    clearing: Clearing, asking: str, answering: str, *, one: str | None = None, text: str | None = None, top: int = 5
) -> Asked:
    """The `top` answers of kind `answering` for one listing (id or title), for a text, or for a whole side.

    Raises UsageFault for a kind, side or listing that is not there, an empty text, or both `one` and `text`.
    """
    sides.kind_of(asking)
    clearing.filled(answering)
    read = None
    if one is not None and text is not None:
        raise UsageFault.because("clearing.id-and-text", "clearing.id-and-text-repair")
    if text is not None:
        clearing, questions, read = in_words(clearing, text, asking, answering)
        own: str | None = IN_WORDS
    else:
        clearing.filled(asking)
        own = None if one is None else clearing.listing(asking, one)
        questions = clearing.listings(asking)
        questions = questions if own is None else questions.filter(pl.col("id") == own)
    found = clearing.meet(asking, answering, top, sides.numbered(questions))
    return Asked(clearing, asking, answering, own, questions, found, read)
