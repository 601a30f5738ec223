"""No improvement costs a tier: a better figure, all else equal, never lowers a verdict.

Which way a figure is better stands with the plain judge (`oracle.schemes`), the figures a scheme uses both ways in
`oracle.improving`, each with its reason.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import population
from oracle.agreement import asked
from oracle.draws import EITHER
from oracle.improving import BOTH_WAYS, UNORDERED, figures, improved
from oracle.schemes import CASES
from rulebook import book

from tongtu import rules

RANK = {"not_applicable": -1, "unmet": 0, "unknown": 1, "manual": 1, "met": 2}


def ids(case):
    return case.name


@pytest.mark.parametrize("case", CASES, ids=ids)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_no_improvement_costs_a_tier(case, seed):
    pairs = {}
    for subject in population.subjects(case.kind, asked(case), 12, seed, case.day):
        for i, (place, name, figure) in enumerate(figures(case.kind)):
            better = improved(subject, place, name, figure, case.day, f"{subject.key}-{i:02d}")
            if better is not None:
                pairs[better.key] = (subject, better, name)
    everybody = {s.key: s for pair in pairs.values() for s in pair[:2]}
    if not everybody:
        return
    tables = population.registry(case.kind, list(everybody.values()))
    marks = population.marks(list(everybody.values()))
    for purpose in case.purposes:
        judged = rules.judge(book(), case.scheme, tables, case.day, purpose, version=case.version, marks=marks)
        verdicts = judged.verdicts.select(judged.key, "tier", "verdict").rows()
        rank = {(key, tier): RANK[verdict] for key, tier, verdict in verdicts}
        for key, (subject, _, name) in pairs.items():
            fallen = [tier for k, tier in rank if k == key and rank[key, tier] < rank[subject.key, tier]]
            assert not fallen, (name, fallen, subject.row, subject.records, subject.titles)


def test_every_figure_without_a_direction_has_its_reason():
    found = {
        (case.scheme, name)
        for case in CASES for place in ("own", "yearly", "lead")
        for name, figure in getattr(case.kind, place).items()
        if figure.better == EITHER and name not in UNORDERED
    }  # fmt: skip
    assert found == set(BOTH_WAYS)


@pytest.mark.parametrize(("scheme", "name"), sorted(BOTH_WAYS))
def test_the_exceptions_are_true_ones(scheme, name):
    """More of it raises somebody's criterion and lowers somebody else's."""
    rose = fell = False
    for case in (c for c in CASES if c.scheme == scheme):
        place = "yearly" if name in case.kind.yearly else "own"
        figure = getattr(case.kind, place)[name]._replace(better=1, of="revenue")
        subjects = population.subjects(case.kind, asked(case), 600, 1, case.day)
        more = [improved(s, place, name, figure, case.day, s.key + "b") for s in subjects]
        both = [(s, m) for s, m in zip(subjects, more, strict=True) if m is not None]
        everybody = [s for pair in both for s in pair]
        judged = rules.judge(
            book(), scheme, population.registry(case.kind, everybody), case.day, case.purposes[0], version=case.version
        )
        frame = judged.criteria_of(why=False).select(judged.key, "tier", "criterion", "verdict")
        points = judged.scores.select(judged.key, "part", "item", "low")
        rank = {row[:-1]: RANK[row[-1]] for row in frame.rows()} | {row[:-1]: row[-1] for row in points.rows()}
        changes = [rank[s.key + "b", *where[1:]] - at for (s, *where), at in _of(rank, both)]
        rose, fell = rose or max(changes) > 0, fell or min(changes) < 0
    assert rose
    assert fell


def _of(rank, both):
    keys = {s.key: s for s, _ in both}
    return [((keys[where[0]], *where), at) for where, at in rank.items() if where[0] in keys]
