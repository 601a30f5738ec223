"""Weights learnt from what members judged, and whether they are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import document, label, section, table
from tongtu.chain.dossier.document import Block, Cell, Document, Facts, Paragraph, Section, cell, joined, same
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.match import learning, pairwise
from tongtu.match.learning.linear import Linear
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

Row = dict[str, Any]


@dataclass(frozen=True)
class Learnt:
    """`judged`: pairs with what was said of them; `decided`: the model to use, and why that one."""

    clearing: Clearing
    judged: int
    questions: int
    learned: learning.Learned
    decided: learning.Deployed

    @property
    def deployed(self) -> bool:
        """Whether the new weights are to be used."""
        return self.decided.model.version != self.clearing.model.version

    def document(self) -> Document:
        sections = [self._verdict(), self._figures(), self._weights(), self._reliability()]
        return document(self.clearing, words("clearing.learn-title"), [s for s in sections if s is not None],
                        scored=False)  # fmt: skip

    def _verdict(self) -> Section:
        said = words("clearing.deployed" if self.deployed else "clearing.kept")
        facts: list[tuple[Pair, Cell]] = [
            (words("clearing.judged-pairs"), cell(shown(self.judged))),
            (words("clearing.judged-questions"), cell(shown(self.questions))),
            (words("clearing.in-use"), cell(same(self.decided.model.version))),
        ]
        blocks: list[Block] = [Paragraph(both(_spelt(self.decided.why))), Facts(facts)]
        if self.learned.report.figures:
            blocks.append(Paragraph(both(self.learned.report.why), "soft"))
        return section("verdict", blocks, cell(said, "good" if self.deployed else "warn"))

    def _figures(self) -> Section | None:
        """How good the orders are on held-back judgments: new, former, and each signal alone."""
        figures = self.decided.figures
        if not figures:
            return None
        order = ["ndcg", "ndcg_current", *sorted(
            (name for name in figures if name.startswith("ndcg_") and name != "ndcg_current"),
            key=lambda name: (-figures[name].value, name),
        )]  # fmt: skip
        rows = [[cell(_named(name), "" if name == "ndcg" else "soft"), *_figure(figures[name])] for name in order]
        rows += [[cell(words(f"clearing.figure-{name.replace('_', '-')}")), *_figure(figures[name])]
                 for name in ("ahead_current", "ahead_single") if name in figures]  # fmt: skip
        held = self.learned.report.figures
        rows += [[cell(words(f"clearing.figure-{name}")), *_figure(held[name])]
                 for name in ("ece", "brier") if name in held]  # fmt: skip
        return section("figures", table(("figure", "value/n", "interval/n"), rows, "no-figures"))

    def _weights(self) -> Section | None:
        old, new = self.clearing.model.form, self.learned.model.form
        if not isinstance(old, Linear) or not isinstance(new, Linear) or not self.learned.report.figures:
            return None
        names = sorted({*old.weights, *new.weights}, key=lambda name: (-abs(new.weights.get(name, 0.0)), name))
        rows = [[cell(words(f"clearing.signal-{name}")), *(
            cell(shown(round(form.weights[name], 3)) if name in form.weights else same("—")) for form in (new, old)
        )] for name in names]  # fmt: skip
        return section("weights-are", table(("signal", "new/n", "former/n"), rows, "no-figures"))

    def _reliability(self) -> Section | None:
        frame = self.learned.report.reliability
        if frame.is_empty():
            return None
        rows = [[cell(joined([percent(row["low"]), percent(row["high"])], " – ", " – ")), cell(same(str(row["pairs"]))),
                 cell(percent(row["predicted"])), cell(percent(row["observed"]))]
                for row in frame.iter_rows(named=True)]  # fmt: skip
        return section("reliability", table(("band", "pairs-n/n", "promised/n", "found/n"), rows, "no-figures"))


def learnt(clearing: Clearing, *, seed: int = 0) -> Learnt:
    """Weights from the registry's judgments, put before the guard that lets only better ones through.

    Raises UsageFault where there are no judgments, or none by the date on pairs that are in the tables.
    """
    clearing.require("restricted")
    clearing.filled("need", "achievement")
    registry, day = clearing.registry, clearing.as_of
    said = registry["judgments"].select(question="need", answer="achievement").drop_nulls().unique()
    if said.is_empty():
        raise UsageFault.because("clearing.no-judgments", "clearing.no-judgments-repair")
    clearing.tell("reading-judged")
    known = pairwise.signals(registry, said, glossary=clearing.pack.glossary, as_of=day, see=clearing.see,
                             vocabularies=clearing.vocabularies, progress=clearing.progress)  # fmt: skip
    judged = learning.feedback(registry, known, as_of=day)
    if judged.is_empty():
        raise UsageFault.because("clearing.no-judged-pairs", "clearing.no-judged-pairs-repair", day=day)
    clearing.tell("learning")
    learned = learning.learn(judged, on=day, seed=seed, prior=clearing.model)
    decided = learning.deploy(learned, clearing.model, judged)
    return Learnt(clearing, judged.height, judged["question"].n_unique(), learned, decided)


def _named(name: str) -> Pair:
    if name in ("ndcg", "ndcg_current"):
        return words(f"clearing.figure-{name.replace('_', '-')}")
    signal = name.removeprefix("ndcg_")
    return words("clearing.figure-alone", signal=label(words(f"clearing.signal-{signal}")))


def _figure(figure: learning.Figure) -> list[Cell]:
    ends = same("—") if figure.low is None else same(f"{figure.low:.3f} – {figure.high:.3f}")
    return [cell(same(f"{figure.value:.3f}")), cell(ends)]


def _spelt(why: Why) -> Why:
    """A reason in which a signal is called by its name."""
    signal = why.args.get("signal")
    named = {"signal": label(words(f"clearing.signal-{signal}"))} if signal else {}
    return Why(why.code, {**why.args, **named}, why.parts)
