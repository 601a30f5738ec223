"""Lanes, branches, versions, rules and conditions of a pathway's file: what is wrong is named, with its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import pathway, rules
from tongtu.pathway.model import DECISIONS, Holds, Rule
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.words import say

GOOD = (Path(__file__).parent / "good.yaml").read_text(encoding="utf-8")
HOLD = "missed: {then: hold}\n"
BOOK = rules.load(
    {
        "firm.yaml": """
scheme: firm
name: {zh: 企业, en: Firm}
subject: organisations
jurisdiction: CN
versions:
  - version: "1"
    in_force: [{from: 2020-01-01, purposes: [new]}]
    cite: {document: d, article: a, source: s, grade: ours}
    tiers:
      - tier: sme
        name: {zh: 中小企业, en: SME}
        all: [{id: kind, name: {zh: 类型, en: Kind}, check: "kind = 'sme'"}]
"""
    }
)


def refused(text: str, **more: object) -> Sequence[Fault]:
    with pytest.raises(PackRefused) as caught:
        pathway.load({"p.yaml": text}, **more)  # type: ignore[arg-type]
    for fault in caught.value.faults:
        for lang in ("zh", "en"):
            assert fault.repair is not None
            assert "{" not in say(fault.what, lang).replace(fault.value, "")
            assert say(fault.repair, lang)
    return caught.value.faults


def with_criterion(criterion: str) -> str:
    return GOOD.replace("criteria: [{scale: trl, at_least: 2}]", f"criteria: [{criterion}]")


def test_what_is_left_out_has_its_default() -> None:
    found = pathway.load({"p.yaml": GOOD})["p@1"]
    first = found.stages[0]
    assert (first.phase, first.label.zh, first.optional, first.parallel) == ("disclosure", "披露与评估", False, None)
    assert first.gate.decisions == DECISIONS
    assert (first.gate.recycle_to, first.gate.approvals, first.gate.cure_within) == ("", (), None)
    assert (found.side, found.lanes, found.migrates, found.buyer) == ("seller", (), {}, "")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (HOLD, HOLD + "      approvals: [nobody]\n", "role"),
        (HOLD, HOLD + "      decisions: [go, kill, hold, maybe]\n", "decision"),
        (HOLD, HOLD + "      recycle_to: nowhere\n", "own-stage"),
        ("grade: ours\n", "grade: ours\nside: middle\n", "side"),
        ("grade: ours\n", "grade: ours\ntrack: useful\n", "track"),
        ("grade: ours\n", "grade: ours\noutcomes: [listed]\n", "event_kind"),
        ("    days: {1: 10}", "    phase: later\n    days: {1: 10}", "stage"),
        (
            "stages:",
            "lanes: [{lane: a, zh: 甲, en: A, risk_owner: capital, waives: [G9], source: s, grade: ours}]\nstages:",
            "gate",
        ),
    ],
)
def test_unknown_codes_are_named_with_what_is_known(old: str, new: str, kind: str) -> None:
    (fault,) = refused(GOOD.replace(old, new, 1))
    assert fault.what.code == "pathway.unknown-code"
    assert fault.what.args["kind"].code == f"pathway.kind-{kind}"
    assert fault.row


@pytest.mark.parametrize("key", ["cure_within", "hold_at_most"])
def test_a_deadline_of_no_days_is_none(key: str) -> None:
    (fault,) = refused(GOOD.replace(HOLD, HOLD + f"      {key}: 0\n", 1))
    assert (fault.what.code, fault.column) == ("pathway.not-whole", key)


def test_silence_that_approves_needs_who_carries_the_risk() -> None:
    (fault,) = refused(GOOD.replace(HOLD, "missed: {then: approve}\n", 1))
    assert fault.what.code == "pathway.missed-to-nobody"


def test_agreements_are_those_of_the_pack() -> None:
    text = GOOD.replace("stages:", "agreements: [licence]\nstages:")
    assert pathway.load({"p.yaml": text})["p@1"].agreements == ("licence",)
    assert pathway.load({"p.yaml": text}, templates={"licence"})
    (fault,) = refused(text, templates={"assignment"})
    assert fault.what.args["kind"].code == "pathway.kind-template"


def test_a_rule_is_one_of_the_book_and_judges_what_is_asked() -> None:
    text = with_criterion("{rule: {scheme: firm, tier: sme, of: demander}}")
    found = pathway.load({"p.yaml": text}, book=BOOK)["p@1"]
    assert found.stages[0].gate.criteria == (Rule("firm", "sme", "demander"),)
    for old, new, code in (
        ("scheme: firm", "scheme: farm", "unknown-code"),
        ("tier: sme", "tier: giant", "unknown-code"),
        ("of: demander", "of: project", "rule-of-other"),
        ("of: demander", "of: anybody", "unknown-code"),
    ):
        (fault,) = refused(text.replace(old, new), book=BOOK)
        assert fault.what.code == f"pathway.{code}"


def test_a_condition_is_read_by_the_rules_room() -> None:
    text = with_criterion("{holds: \"lead.kind = 'sme'\", zh: 中小企业牵头, en: Led by an SME}")
    (criterion,) = pathway.load({"p.yaml": text})["p@1"].stages[0].gate.criteria
    assert isinstance(criterion, Holds)
    line = GOOD[: GOOD.index("criteria:")].count("\n") + 1
    for wrong in ("led = 1", "lead.kind == 'sme'", "lead.kind", "opened >= 3 m CNY", "drop table"):
        text = with_criterion(f'{{holds: "{wrong}", zh: 条件, en: Condition}}')
        assert all(fault.what.code.startswith("rules.") and fault.row == line for fault in refused(text)), wrong


def two(migrates: str) -> dict[str, str]:
    earlier = GOOD.replace("since: 2026-01-01", "since: 2026-01-01\nuntil: 2026-12-31")
    later = GOOD.replace('"1"', '"2"').replace("2026-01-01", "2027-01-01")
    later = later.replace("stage: pilot", "stage: trial\n    phase: pilot").replace("stages:", f"{migrates}\nstages:")
    return {"a.yaml": earlier, "b.yaml": later}


def test_a_version_says_where_each_old_stage_goes() -> None:
    later = pathway.load(two('migrates: {"1": {pilot: trial}}'))["p@2"]
    assert later.migrated("1", "pilot") == "trial"
    assert later.migrated("1", "disclosure") == "disclosure"
    assert later.migrated("1", "trial") == "trial"
    assert later.migrated("0", "pilot") is None


@pytest.mark.parametrize(
    ("migrates", "code"),
    [
        ('{"1": {}}', "migrates-nowhere"),
        ('{"1": {pilot: trials}}', "migrates-unknown"),
        ('{"1": {pilot: trial, order: trial}}', "migrates-unknown"),
        ('{"0": {pilot: trial}}', "migrates-from-nothing"),
        ('{"2": {pilot: trial}}', "migrates-from-nothing"),
    ],
)
def test_maps_that_lead_nowhere(migrates: str, code: str) -> None:
    with pytest.raises(PackRefused) as caught:
        pathway.load(two(f"migrates: {migrates}"))
    (fault,) = caught.value.faults
    assert fault.what.code == f"pathway.{code}"
    assert fault.file == "b.yaml"


def test_the_buyers_side_must_be_a_buyers() -> None:
    seller = GOOD.replace("stages:", "buyer: b\nstages:")
    buyer = GOOD.replace("id: p", "id: b").replace("default: true", "side: buyer")
    assert pathway.load({"s": seller, "b": buyer})["p@1"].buyer == "b"
    for texts in ({"s": seller}, {"s": seller, "b": buyer.replace("side: buyer", "side: call")}):
        with pytest.raises(PackRefused) as caught:
            pathway.load(texts)
        assert [fault.what.code for fault in caught.value.faults] == ["pathway.no-buyer"]


def test_faults_of_all_kinds_are_told_at_once() -> None:
    text = GOOD.replace(HOLD, HOLD + "      recycle_to: pilot\n      approvals: [nobody]\n", 1).replace("{5: 10}", "")
    text = text.replace("owner: demander", "owner: demander\n      decisions: [hold]")
    codes = sorted(fault.what.code for fault in refused(text))
    assert codes == ["pathway.never-ends", "pathway.recycle-later", "pathway.unknown-code"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_stages_stand_in_working_order(data: st.DataObject) -> None:
    """A random graph with one start and one end: each stage comes after all it waits for, as written otherwise."""
    n = data.draw(st.integers(2, 7))
    after = {i: {data.draw(st.integers(0, i - 1))} for i in range(1, n)}
    after[n] = {i for i in range(n) if not any(i in before for before in after.values())}

    def waits_for(i: int) -> str:
        return ", ".join(f"s{before}" for before in sorted(after.get(i, ())))

    written = [0, *data.draw(st.permutations(range(1, n + 1)))]
    rows = [
        f"  - {{stage: s{i}, phase: pilot, days: {{1: 5}}, after: [{waits_for(i)}],"
        f" gate: {{id: G{i}, zh: 关, en: Gate, owner: holder, decide_within: 2, missed: {{then: hold}},"
        " criteria: [{scale: trl, at_least: 2}]}}"
        for i in written
    ]
    found = pathway.load({"p.yaml": GOOD[: GOOD.index("  - stage")] + "\n".join(rows)})["p@1"]
    place = {stage.id: at for at, stage in enumerate(found.stages)}
    assert len(place) == n + 1
    assert all(place[before] < place[stage.id] for stage in found.stages for before in stage.after)
    assert found.stages[-1].id == f"s{n}"


RICH = (Path(__file__).resolve().parents[2] / "docs/pathways.md").read_text(encoding="utf-8").split("```yaml\n")[1]
RICH = RICH.split("```")[0]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, len(RICH.splitlines()) - 1),
    st.sampled_from(["", "~", "0", "-1", "1.5", "true", "[]", "{}", "[甲]", "甲"]),
)
def test_no_value_of_any_key_escapes_the_faults(line: int, put: str) -> None:
    """The example of the page with one value replaced: it loads, or every fault speaks both languages."""
    lines = RICH.splitlines()
    key, colon, _ = lines[line].partition(":")
    lines[line] = f"{key}{colon} {put}"
    faults: Sequence[Fault] = ()
    try:
        pathway.load({"p.yaml": "\n".join(lines)}, book=BOOK, templates=set())
    except PackRefused as error:
        faults = error.faults
    assert all(fault.say(lang) for fault in faults for lang in ("zh", "en"))
