"""Reads what a gate or a lane asks for: one of five forms each, told apart by their key.

{scale: trl, at_least: 4, status: supported}
{evidence: {dimension: function, kind: test_report, grade: E2, independent: true}}
{ask: {zh: …, en: …}}
{rule: {scheme: hnte, tier: high_tech, of: holder}}
{holds: "platform IS NOT NULL", zh: …, en: …}
"""

from __future__ import annotations

from tongtu.pathway import conditions
from tongtu.pathway.model import JUDGED, Ask, Criterion, Evidence, Holds, Level, Rule
from tongtu.pathway.taking import Taking
from tongtu.terms.faults import Fault
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label

_FORMS = ("scale", "evidence", "ask", "rule", "holds")
#: The noun whose rows each `of` is judged as.
_SUBJECTS = {"demander": "organisations", "holder": "organisations", "project": "projects"}


def criterion(taking: Taking, node: Marked) -> Criterion:
    forms = [form for form in _FORMS if form in node]
    if len(forms) != 1:
        taking.fault(node, forms[0] if forms else "criteria", "criterion-form", forms=_FORMS)
        return Ask(Label(""))
    read = {"scale": _level, "evidence": _evidence, "ask": _ask, "rule": _rule, "holds": _holds}[forms[0]]
    return read(taking, node)


def _level(taking: Taking, node: Marked) -> Criterion:
    taking.keys(node, ("scale", "at_least"), ("status",))
    scale = taking.code(node, "scale", "readiness_scale")
    status = taking.code(node, "status", "level_status") or "claimed"
    return Level(scale, taking.whole(node, "at_least", 1, 10 if scale == "mrl" else 9), status)


def _evidence(taking: Taking, node: Marked) -> Criterion:
    taking.keys(node, ("evidence",))
    asked = taking.inner(node, "evidence")
    taking.keys(asked, ("grade",), ("dimension", "kind", "independent"))
    if not (asked.get("dimension") or asked.get("kind")):
        taking.fault(node, "evidence", "evidence-of-nothing")
    return Evidence(
        taking.code(asked, "grade", "evidence_grade"),
        taking.code(asked, "dimension", "maturity_dimension"),
        taking.code(asked, "kind", "evidence_kind"),
        taking.flag(asked, "independent"),
    )


def _ask(taking: Taking, node: Marked) -> Criterion:
    taking.keys(node, ("ask",))
    asked = taking.inner(node, "ask")
    taking.keys(asked, ("zh", "en"))
    return Ask(taking.label(asked))


def _rule(taking: Taking, node: Marked) -> Criterion:
    """A scheme and tier of the rule book; unchecked where no book was brought along."""
    taking.keys(node, ("rule",))
    asked = taking.inner(node, "rule")
    taking.keys(asked, ("scheme", "tier", "of"))
    found = Rule(taking.text(asked, "scheme"), taking.text(asked, "tier"), taking.one_of(asked, "of", JUDGED, "judged"))
    if taking.book is not None and found.scheme and found.of:
        _in_book(taking, asked, found)
    return found


def _in_book(taking: Taking, asked: Marked, rule: Rule) -> None:
    book = taking.book
    assert book is not None
    if rule.scheme not in set(book):
        taking.unknown(asked, "scheme", rule.scheme, "scheme", sorted(book))
        return
    law = book[rule.scheme]
    tiers = sorted({tier.tier for version in law.versions for tier in version.tiers})
    if rule.tier not in tiers:
        taking.unknown(asked, "tier", rule.tier, "tier", tiers)
    if law.subject != _SUBJECTS[rule.of]:
        taking.fault(asked, "of", "rule-of-other", rule.of, scheme=rule.scheme, of=rule.of, subject=law.subject)


def _holds(taking: Taking, node: Marked) -> Criterion:
    taking.keys(node, ("holds", "zh", "en"))
    expression = taking.text(node, "holds")
    if expression:
        _, problems = conditions.parsed(expression)
        taking.faults += [
            Fault(what, repair, taking.file, row=node.at("holds"), column="holds", value=expression)
            for what, repair in problems
        ]
    return Holds(expression, taking.label(node))
