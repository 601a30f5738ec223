"""A version of a scheme as DMN 1.3: every criterion a decision, every score a decision table.

The standard: OMG Decision Model and Notation 1.3 (formal/21-01-01), XML of chapter 13, FEEL of chapter 10.
DMN knows true, false and null where we know five verdicts: null stands for unknown and for what a person has not
decided yet, and a criterion that is not examined for the purpose is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tongtu.rules.exchange.decisions import graph_of
from tongtu.rules.exchange.drg import NUMBER, Decision, Graph, Input, Source, Table
from tongtu.rules.exchange.feel import text
from tongtu.rules.model import Purpose, Scheme, Version
from tongtu.terms.why import Label, Why
from tongtu.terms.words import Lang, word

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"
_VERDICTS = ("met", "unmet", "unknown", "not_applicable")


@dataclass(frozen=True, slots=True)
class Dmn:
    """The XML, and what it could not say: each note a reason that `say` puts into words."""

    xml: str
    notes: tuple[Why, ...]


def to_dmn(scheme: Scheme, version: Version, purpose: Purpose = "new", lang: Lang = "zh") -> Dmn:
    """DMN 1.3 for one version and purpose; labels and descriptions in `lang`, names and logic in FEEL.

    Amounts are in major units of the scheme's currency. Decisions `verdict_TIER` give met, unmet, unknown or
    not_applicable. Figures over child rows, titles, findings and marks of persons are inputs, named in `notes`;
    windows, lifecycle and grants are not exported. The same version gives the same bytes.
    """
    graph = graph_of(scheme, version, purpose)
    graph.note("exchange.note-left-out")
    return Dmn(_Writer(lang).document(scheme, version, purpose, graph), tuple(graph.notes))


@dataclass(frozen=True, slots=True)
class _Writer:
    lang: Lang

    def document(self, scheme: Scheme, version: Version, purpose: Purpose, graph: Graph) -> str:
        name = f"{scheme.scheme}_{version.version}_{purpose}"
        root = Element("definitions", {
            "xmlns": MODEL, "id": "definitions", "name": name, "label": self._said(scheme.label),
            "namespace": f"urn:tongtu:rules:{scheme.scheme}:{version.jurisdiction}:{version.version}:{purpose}",
            "expressionLanguage": FEEL, "typeLanguage": FEEL, "exporter": "Tongtu",
        })  # fmt: skip
        self._describe(root, self._about(scheme, version, purpose))
        self._types(root)
        for source in graph.sources.values():
            self._source(root, source)
        for given in graph.inputs.values():
            self._input(root, given)
        for decision in graph.decisions.values():
            self._decision(root, decision, graph)
        ElementTree.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"

    def _about(self, scheme: Scheme, version: Version, purpose: Purpose) -> str:
        args = {
            "document": f"{version.cite.document} {version.cite.article}".strip(),
            "grade": version.cite.grade,
            "purpose": Why(f"rules.purpose-{purpose}"),
            "currency": scheme.currency,
        }
        lines = [word("exchange.dmn-about", self.lang, **args)]
        if scheme.notice is not None and (notice := self._said(scheme.notice)):
            lines.append(notice)
        return "\n".join(lines)

    def _types(self, root: Element) -> None:
        points = SubElement(root, "itemDefinition", name="tPoints")
        for end in ("low", "high"):
            SubElement(SubElement(points, "itemComponent", name=end), "typeRef").text = NUMBER
        texts = SubElement(root, "itemDefinition", name="tTexts", isCollection="true")
        SubElement(texts, "typeRef").text = "string"
        verdict = SubElement(root, "itemDefinition", name="tVerdict")
        SubElement(verdict, "typeRef").text = "string"
        allowed = SubElement(verdict, "allowedValues")
        SubElement(allowed, "text").text = ",".join(text(value) for value in _VERDICTS)

    def _source(self, root: Element, source: Source) -> None:
        found = SubElement(root, "knowledgeSource", id=source.name, name=source.label or source.name)
        if source.address:
            found.set("locationURI", source.address)
        self._describe(found, word(f"exchange.grade-{source.grade.lower()}", self.lang))

    def _input(self, root: Element, given: Input) -> None:
        found = SubElement(root, "inputData", id=given.name, name=given.name, label=self._said(given.label))
        self._describe(found, word("exchange.described", self.lang, name=given.label, what=given.what))
        SubElement(found, "variable", name=given.name, typeRef=given.type)

    def _decision(self, root: Element, decision: Decision, graph: Graph) -> None:
        found = SubElement(root, "decision", id=decision.name, name=decision.name, label=self._said(decision.label))
        if decision.what is not None:
            self._describe(found, word("exchange.described", self.lang, name=decision.label, what=decision.what))
        if decision.asks is not None:
            SubElement(found, "question").text = self._said(decision.asks)
        SubElement(found, "variable", name=decision.name, typeRef=decision.type)
        for name in decision.needs:
            kind = "requiredInput" if name in graph.inputs else "requiredDecision"
            requirement = SubElement(found, "informationRequirement", id=f"{decision.name}.{name}")
            SubElement(requirement, kind, href=f"#{name}")
        if decision.source:
            authority = SubElement(found, "authorityRequirement", id=f"{decision.name}.{decision.source}")
            SubElement(authority, "requiredAuthority", href=f"#{decision.source}")
        if isinstance(decision.logic, Table):
            self._table(found, decision.name, decision.logic)
        else:
            logic = SubElement(found, "literalExpression", id=f"{decision.name}.logic", typeRef=decision.type)
            SubElement(logic, "text").text = decision.logic

    def _table(self, found: Element, name: str, table: Table) -> None:
        drawn = SubElement(found, "decisionTable", id=f"{name}.table", hitPolicy="UNIQUE")
        for column in table.inputs:
            expression = SubElement(SubElement(drawn, "input"), "inputExpression", typeRef=column.type)
            SubElement(expression, "text").text = column.expression
        several = len(table.outputs) > 1
        for output, type_ in table.outputs:
            SubElement(drawn, "output", {"name": output, "typeRef": type_} if several else {"typeRef": type_})
        for tests, outputs in table.rules:
            rule = SubElement(drawn, "rule")
            _entries(rule, "inputEntry", tests)
            _entries(rule, "outputEntry", outputs)

    def _describe(self, element: Element, said: str) -> None:
        """A description stands first in its element."""
        description = Element("description")
        description.text = said
        element.insert(0, description)

    def _said(self, label: Label) -> str:
        return label.say(self.lang)


def _entries(rule: Element, kind: str, texts: Iterable[str]) -> None:
    for entry in texts:
        SubElement(SubElement(rule, kind), "text").text = entry
