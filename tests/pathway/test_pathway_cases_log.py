"""What a log says: states, stays and dates of many cases; every fault of a bad one at once; clocks; talks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl
import pytest
from cases_given import BEGIN, CALL, WIDE, gate, pathway, stage

from tongtu.pathway import Stage
from tongtu.pathway.cases import (
    CaseRefused,
    Event,
    check,
    dues_for,
    events_of,
    frame_of,
    machine,
    negotiation,
    overdue,
    replay,
    start,
    step,
    waiting,
)
from tongtu.pathway.cases.replay import DUES, FAULTS, STATES, STAYS
from tongtu.pathway.model import Lane, Missed
from tongtu.registry import noun
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import Fault
from tongtu.terms.why import Label, Why
from tongtu.terms.words import say
from tongtu.terms.words.catalogue import find

ROW = pathway(
    "row",
    stage("x", gated=gate("X", approvals=("platform",))),
    stage("y", "x", gated=gate("Y", "approve", cure_within=15, hold_at_most=20)),
    stage("z", "y", gated=gate("Z", "hold")),
)
PATHWAYS = {p.key: p for p in (ROW, WIDE, CALL)}
LATE = date(2027, 1, 1)


def on(days: int) -> date:
    return BEGIN + timedelta(days)


def case(id: str = "K", of: str = "row", **more: Any) -> dict[str, Any]:
    return {"case": id, "pathway": of, "pathway_version": "1", "demander": "D", "holder": "H", **more}


def log(*events: tuple[Any, ...], case: str = "K") -> list[Event]:
    """Events of (day, kind, place, …): place is a stage, or a gate where it is in capitals."""
    told = []
    for n, (day, kind, *rest) in enumerate(events):
        more = dict(rest[-1]) if rest and isinstance(rest[-1], dict) else {}
        place = rest[0] if rest and isinstance(rest[0], str) else None
        where = {"gate": place} if place and place.isupper() else {"stage": place}
        told.append(Event(f"{case}{n:02}", case, kind, on(day), **{**where, **more}))
    return told


#: Signed, passed, sent back, cured, held, resumed, passed, and now in the last stage.
GOOD = log(
    (0, "opened"), (0, "entered", "x", {"due": on(30)}), (10, "submitted", "x"),
    (12, "signed", "X", {"role": "platform"}), (14, "decided", "X", {"decision": "go", "role": "demander"}),
    (15, "entered", "y", {"due": on(50)}), (30, "submitted", "y"),
    (35, "decided", "Y", {"decision": "recycle", "reason": "retest", "due": on(60)}), (50, "submitted", "y"),
    (55, "decided", "Y", {"decision": "hold", "reason": "budget", "due": on(90)}),
    (56, "extended", "y", {"due": on(95)}),
    (70, "resumed", "Y"), (75, "decided", "Y", {"decision": "go"}), (80, "entered", "z", {"due": on(120)}),
    (90, "submitted", "z"), (95, "met"),
)  # fmt: skip


def test_states_stays_and_dates_of_a_case() -> None:
    found = replay(frame_of(GOOD), pl.DataFrame([case()]), PATHWAYS, as_of=on(125))
    for frame, schema in ((found.states, STATES), (found.stays, STAYS), (found.dues, DUES), (found.faults, FAULTS)):
        assert dict(frame.schema) == schema
    state = found.states.row(0, named=True)
    assert {name: state[name] for name in ("stage", "gate", "state", "since", "due", "overdue", "round")} == {
        "stage": "z", "gate": "Z", "state": "open", "since": on(90), "due": on(120), "overdue": True, "round": 1,
    }  # fmt: skip
    assert (state["waits_for"], state["waits_on"]) == ("demander", "D")
    assert found.stays.drop("case", "branch", "pathway", "version", "phase").rows() == [
        ("x", 1, on(0), on(30), on(14), "passed", "go"),
        ("y", 1, on(15), on(50), on(35), "failed", "recycle"),
        ("y", 2, on(35), on(60), on(75), "passed", "go"),
        ("z", 1, on(80), on(120), None, "censored", None),
    ]
    assert found.dues.filter("holds").select("stage", "due").rows() == [("z", on(120))]
    assert found.dues.height == 6


@pytest.mark.parametrize(
    ("day", "state", "waits", "due"),
    [
        (5, "open", "holder", 30), (11, "open", "platform", 30), (13, "open", "demander", 30),
        (14, "open", "holder", None), (40, "recycled", "holder", 60), (57, "held", "demander", 95),
        (72, "open", "demander", 60),
    ],
)  # fmt: skip
def test_any_earlier_day_can_be_asked_about(day: int, state: str, waits: str, due: int | None) -> None:
    found = replay(frame_of(GOOD), pl.DataFrame([case()]), PATHWAYS, as_of=on(day)).states.row(0, named=True)
    assert (found["state"], found["waits_for"], found["due"]) == (state, waits, None if due is None else on(due))


def test_what_ends_with_a_case_and_is_open_again_with_it() -> None:
    told = log(
        (0, "opened", "a"), (1, "entered", "a"), (2, "entered", "b"), (5, "decided", "B", {"decision": "go"}),
        (8, "submitted", "a"), (9, "signed", "A", {"role": "platform"}), (9, "signed", "A", {"role": "assessor"}),
        (10, "decided", "A", {"decision": "kill", "reason": "no"}), (20, "reopened"), (30, "closed"),
    )  # fmt: skip
    other = log((0, "opened", "a"), (1, "entered", "a"), (2, "entered", "b"), (3, "signed", "A", {"role": "platform"}),
                (3, "signed", "A", {"role": "assessor"}), (4, "decided", "A", {"decision": "kill", "reason": "no"}),
                case="L")  # fmt: skip
    cases = pl.DataFrame([case(of="wide"), case("L", of="wide")])
    stays = replay(frame_of([*told, *other]), cases, PATHWAYS, as_of=LATE).stays
    columns = ("stage", "round", "entered", "left", "result", "decision")
    assert stays.filter(case="K").select(columns).rows() == [
        ("a", 1, on(1), on(10), "failed", "kill"), ("b", 1, on(2), on(5), "passed", "go"),
        ("a", 2, on(20), on(30), "withdrawn", None),
    ]  # fmt: skip
    assert stays.filter(case="L").select(columns).rows() == [
        ("a", 1, on(1), on(4), "failed", "kill"), ("b", 1, on(2), on(4), "withdrawn", None),
    ]  # fmt: skip


def test_what_was_recorded_later_was_not_known() -> None:
    late = [e._replace(recorded_at=on(40) if e.kind == "decided" else e.on) for e in GOOD[:5]]
    cases = pl.DataFrame([case()])
    assert replay(frame_of(late), cases, PATHWAYS, as_of=on(20)).states["stage"].to_list() == ["x"]
    assert replay(frame_of(late), cases, PATHWAYS, as_of=on(20), known_at=on(40)).states["next"].to_list() == [["y"]]


def test_a_broken_case_is_unknown_and_leaves_the_others_as_they_were() -> None:
    bad = log((0, "opened"), (1, "decided", "X", {"decision": "go"}), case="B")
    cases = pl.DataFrame([case(), case("B"), case("N"), case("P", "nowhere")])
    alone = replay(frame_of(GOOD), pl.DataFrame([case()]), PATHWAYS, as_of=LATE)
    found = replay(frame_of([*bad, *GOOD]), cases, PATHWAYS, as_of=LATE)
    assert found.states.filter(case="K").equals(alone.states)
    assert found.stays.equals(alone.stays)
    assert found.states.filter(case="B")["state"].to_list() == [None]
    assert found.faults.select("case", "event", "field").rows() == [
        ("B", "B01", "gate"), ("P", None, "pathway_version"),
    ]  # fmt: skip
    assert "B01" in say(Why.from_json(found.states.filter(case="B")["why"][0]), "en")
    assert found.states.filter(case="N")["state"].to_list() == [None]


def test_events_survive_a_table() -> None:
    told = [GOOD[0]._replace(documents=("E1", "E2"), asked=("paper",), note="x"), *GOOD[1:]]
    assert events_of(frame_of(told[::-1])) == told
    assert frame_of(told).schema == noun("events").schema()


# --- a tournament, told plainly ---


def test_a_tournament_from_call_to_delivery() -> None:
    told = log(
        (0, "opened"), (0, "entered", "c"), (5, "decided", "C", {"decision": "go"}),
        *((10, "entered", "t", {"branch": b, "by": f"lead {b}"}) for b in "abc"),
        (11, "assigned", "t", {"branch": "a", "to": "partner"}), (20, "shortlisted", "T", {"branch": "a"}),
        (20, "shortlisted", "T", {"branch": "b"}), (21, "eliminated", "T", {"branch": "c"}),
        (22, "completed", "t", {"branch": "a", "step": "shown"}), (23, "entered", "u", {"branch": "a"}),
        (23, "completed", "t", {"branch": "b", "step": "shown"}), (24, "entered", "u", {"branch": "b"}),
        (40, "awarded", "U", {"branch": "a"}), (41, "eliminated", "U", {"branch": "b"}), (45, "entered", "d"),
        (60, "decided", "D", {"decision": "go"}), (61, "closed"),
    )  # fmt: skip
    cases = pl.DataFrame([case(of="call")])
    mid = replay(frame_of(told), cases, PATHWAYS, as_of=on(30)).states.select("branch", "stage", "state", "waits_on")
    assert mid.rows() == [
        ("", None, "open", None), ("a", "u", "open", "lead a"), ("b", "u", "open", "lead b"),
        ("c", None, "killed", None),
    ]  # fmt: skip
    end = replay(frame_of(told), cases, PATHWAYS, as_of=LATE)
    assert end.states.filter(branch="").select("state", "ended").rows() == [("done", on(61))]
    assert end.stays.filter(stage="t").select("branch", "result").rows() == [
        ("a", "passed"), ("b", "passed"), ("c", "failed"),
    ]  # fmt: skip
    state, runs = start(machine(CALL)), machine(CALL)
    for event in told[:7]:
        state = step(runs, state, event)
    with pytest.raises(CaseRefused, match="at most 1 partners"):
        step(runs, state, Event("Z", "K", "assigned", on(12), "t", branch="a", to="another"))
    with pytest.raises(CaseRefused, match="at most 3 answers"):
        step(runs, state, Event("Z", "K", "entered", on(12), "t", branch="d"))
    with pytest.raises(CaseRefused, match="only shortlisted"):
        step(runs, state, Event("Z", "K", "awarded", on(12), gate="T", branch="a"))
    for event in log(
        (13, "shortlisted", "T", {"branch": "a"}), (13, "decided", "T", {"branch": "b", "decision": "go"})
    ):
        state = step(runs, state, event)
    with pytest.raises(CaseRefused, match="at most 2 go on"):
        step(runs, state, Event("Z", "K", "shortlisted", on(13), gate="T", branch="c"))
    alone = start(runs)
    for event in told[:4]:
        alone = step(runs, alone, event)
    with pytest.raises(CaseRefused, match="fewer than 2"):
        step(runs, alone, Event("Z", "K", "shortlisted", on(13), gate="T", branch="a"))


def test_a_fast_lane_goes_on_and_the_gate_decides_afterwards() -> None:
    runs, state = machine(WIDE), start(machine(WIDE))
    told = log((0, "opened", "a"), (0, "lane", {"lane": "fast", "role": "capital"}), (0, "entered", "a"),
               (0, "entered", "b"), (3, "entered", "j"))  # fmt: skip
    for event in told:
        state = step(runs, state, event)
    assert [runs.stages[t.stage].id for t in state.lines[0].tokens] == ["a", "b", "j"]
    with pytest.raises(CaseRefused, match="because of the lane"):
        step(runs, state, Event("Z", "K", "lane", on(4)))
    with pytest.raises(CaseRefused, match="carries the risk"):
        step(runs, start(runs, None)._replace(opened=on(0)), Event("Z", "K", "lane", on(4), lane="fast", role="holder"))
    back = step(runs, state, Event("Z", "K", "decided", on(5), "b", "B", None, "recycle", None, "not as claimed"))
    assert [runs.stages[t.stage].id for t in back.lines[0].tokens] == ["a", "b"]  # j relied on it


# --- clocks ---


def test_a_missed_date_is_proposed_as_the_pathway_says_and_never_applied() -> None:
    rows = [case("E"), case("S"), case("H"), case("W")]
    upto = {"E": GOOD[:3], "S": GOOD[:7], "H": GOOD[:15], "W": GOOD[:6]}
    events = [e._replace(case=id, event=f"{id}{e.event}") for id, told in upto.items() for e in told]
    found = replay(frame_of(events), pl.DataFrame(rows), PATHWAYS, as_of=on(200))
    proposed = overdue(found, PATHWAYS, as_of=on(200))
    assert [(p.event.case, p.event.kind, p.event.decision, p.event.role) for p in proposed] == [
        ("E", "escalated", None, "secretariat"), ("H", "decided", "hold", None), ("S", "approved", None, "capital"),
    ]  # fmt: skip
    for one in proposed:
        state = step(machine(ROW), found.of[one.event.case], one.event._replace(event="P"))
        assert state != found.of[one.event.case]
        assert Why.from_json(one.event.reason or "") == one.why
    assert overdue(found, PATHWAYS, as_of=on(30)) == ()  # the day itself is not late
    with pytest.raises(CaseRefused, match="handed in"):
        step(machine(ROW), found.of["W"], Event("P", "W", "approved", on(200), "y"))


def test_whoever_it_went_up_to_may_decide_too() -> None:
    state, runs = start(machine(ROW)), machine(ROW)
    for event in [*GOOD[:4], Event("U", "K", "escalated", on(40), gate="X")]:
        state = step(runs, state, event)
    with pytest.raises(CaseRefused, match="decided by"):
        step(runs, state, Event("V", "K", "decided", on(41), gate="X", decision="go", role="holder"))
    assert step(runs, state, Event("V", "K", "decided", on(41), gate="X", decision="go", role="secretariat"))


def test_dates_are_reckoned_once_in_working_days() -> None:
    weekdays = WorkCalendar(settled=frozenset({2026}))
    entered = Event("1", "K", "entered", BEGIN, "y")
    assert dues_for(ROW, entered, weekdays).due == weekdays.add_working_days(BEGIN, 30)
    lanes = (Lane("fast", Label("fast"), "capital", days_factor=0.5, decide_within=4),)
    quick = pathway("row", *ROW.stages, lanes=lanes)
    assert dues_for(quick, entered, weekdays, lane="fast").due == weekdays.add_working_days(BEGIN, 14)
    recycle = Event("2", "K", "decided", BEGIN, gate="Y", decision="recycle")
    assert dues_for(ROW, recycle, weekdays).due == weekdays.add_working_days(BEGIN, 25)
    assert dues_for(ROW, recycle._replace(decision="hold"), weekdays).due == weekdays.add_working_days(BEGIN, 20)
    stored = entered._replace(due=on(3))
    assert dues_for(ROW, stored, weekdays) is stored
    assert dues_for(ROW, Event("3", "K", "met", BEGIN, "y"), weekdays).due is None


def test_who_waits_for_whom() -> None:
    events = GOOD[:2] + [e._replace(case="L", event=f"L{e.event}") for e in GOOD[:2]] + [
        e._replace(case="M", event=f"M{e.event}") for e in GOOD[:15]
    ]  # fmt: skip
    cases = pl.DataFrame([case(), case("L"), case("M")])
    found = waiting(replay(frame_of(events), cases, PATHWAYS, as_of=on(100)).states, as_of=on(100))
    assert found.select("role", "organisation", "cases", "overdue", "oldest_due", "days").rows() == [
        ("holder", "H", 2, 2, on(30), 200), ("demander", "D", 1, 0, on(120), 10),
    ]  # fmt: skip


# --- the zoo ---


class Bad(NamedTuple):
    code: str
    field: str
    events: list[Event]


def changed(n: int, **more: Any) -> list[Event]:
    return [e._replace(**more) if k == n else e for k, e in enumerate(GOOD)]


ZOO = [
    Bad("from-future", "on", [*GOOD, Event("Z", "K", "met", on(400))]),
    Bad("recorded-before", "recorded_at", changed(3, recorded_at=on(1))),
    Bad("recorded-in-future", "recorded_at", changed(15, recorded_at=on(900))),
    Bad("due-before", "due", changed(1, due=on(-3))),
    Bad("duplicate", "event", [*GOOD, GOOD[15]]),
    Bad("stage-unknown", "stage", changed(2, stage="moon")),
    Bad("gate-unknown", "gate", changed(4, gate="G9")),
    Bad("gate-elsewhere", "gate", changed(4, gate="Y", stage="x")),
    Bad("not-owner", "role", changed(4, role="holder")),
    Bad("reason-missing", "reason", changed(7, reason=" ")),
    Bad("approval-missing", "gate", [e for e in GOOD if e.kind != "signed"]),
    Bad("approval-order", "role", changed(3, role="assessor")),
    Bad("not-in-stage", "stage", [e for e in GOOD if not (e.kind == "entered" and e.stage == "y")]),
    Bad("not-yet", "stage", [e for e in GOOD if e.gate != "X"]),
    Bad("not-cured", "kind", [e for e in GOOD if e.on != on(50)]),
    Bad("held", "kind", [e for e in GOOD if e.kind != "resumed"]),
    Bad("after-end", "kind", [*GOOD, Event("Z", "K", "closed", on(96)), Event("ZZ", "K", "submitted", on(97))]),
    Bad("not-opened", "kind", GOOD[1:]),
    Bad("opened-twice", "kind", [*GOOD, Event("Z", "K", "opened", on(99))]),
    Bad("decision-unknown", "decision", changed(4, decision=None)),
    Bad("kind-unknown", "kind", [*GOOD, Event("Z", "K", "dreamt", on(99))]),
    Bad("extended-not-later", "due", changed(10, due=on(80))),
    Bad("extended-without-due", "due", changed(10, due=None)),
    Bad("silence-not-here", "kind", [*GOOD, Event("Z", "K", "approved", on(130), "z")]),
    Bad("escalation-not-here", "kind", [*GOOD, Event("Z", "K", "escalated", on(130), "z")]),
    Bad("lane-unknown", "lane", [*GOOD, Event("Z", "K", "lane", on(130), lane="sky")]),
    Bad("version-unknown", "version", [*GOOD, Event("Z", "K", "migrated", on(130), version="9")]),
    Bad("not-migrated", "kind", [*GOOD, Event("Z", "K", "reverted", on(130))]),
    Bad("branch-unknown", "branch", changed(14, branch="b")),
    Bad("branch-not-here", "branch", changed(1, branch="b")),
    Bad("case-unknown", "case", [*GOOD, Event("Z", "Q", "opened", on(3))]),
    Bad("evidence-unknown", "documents", changed(2, documents=("E9",))),
    Bad("evidence-later", "documents", changed(4, documents=("E2",))),
    Bad("evidence-recorded-later", "documents", changed(4, documents=("E3",))),
    Bad("offer-unknown", "offer", [*GOOD, Event("Z", "K", "offered", on(99), offer="O9")]),
    Bad("offer-of-other", "offer", [*GOOD, Event("Z", "K", "offered", on(99), offer="O2")]),
    Bad("agreement-of-other", "agreement", [*GOOD, Event("Z", "K", "signed", on(99), agreement="A2")]),
]
EVIDENCE = pl.DataFrame({
    "evidence": ["E1", "E2", "E3"], "dated": [on(1), on(15), on(1)], "recorded_at": [on(1), on(15), on(99)],
})  # fmt: skip
OFFERS = pl.DataFrame({"offer": ["O1", "O2"], "case": ["K", "L"]})
AGREEMENTS = pl.DataFrame({"agreement": ["A1", "A2"], "case": ["K", "L"]})


def checked(events: list[Event], cases: list[dict[str, Any]]) -> tuple[Fault, ...]:
    return check(frame_of(events), pl.DataFrame(cases), PATHWAYS, EVIDENCE, as_of=on(200), offers=OFFERS,
                 agreements=AGREEMENTS, file="log.xlsx")  # fmt: skip


def test_a_good_log_has_no_fault() -> None:
    assert checked(changed(2, documents=("E1",)), [case()]) == ()


@pytest.mark.parametrize("bad", ZOO, ids=[bad.code for bad in ZOO])
def test_a_bad_log_is_named_by_its_fault(bad: Bad) -> None:
    faults = checked(bad.events, [case()])
    assert [(f.what.code, f.column) for f in faults] == [(f"pathway_cases.{bad.code}", bad.field)]
    fault = faults[0]
    assert (fault.file, fault.sheet) == ("log.xlsx", "events")
    assert str(fault.what.args["event"]) in fault.say("zh")
    assert "{" not in fault.say("zh") + fault.say("en")


def test_all_faults_of_a_log_at_once() -> None:
    events = changed(3, recorded_at=on(1))
    events = [e._replace(reason=None) if e.decision == "recycle" else e for e in events]
    events = [e._replace(role="holder") if e.decision == "go" and e.gate == "X" else e for e in events]
    events += [Event("Z", "K", "submitted", on(400), "x"), Event("Y", "Q", "opened", on(1))]
    found = [f.what.code.removeprefix("pathway_cases.") for f in checked(events, [case(), case("P", "nowhere")])]
    assert found == [
        "recorded-before", "not-owner", "reason-missing", "from-future", "not-in-stage", "pathway-unknown",
        "case-unknown",
    ]  # fmt: skip


def test_every_code_has_both_languages_and_a_repair() -> None:
    from importlib import resources
    from re import findall

    folder = resources.files("tongtu.pathway.cases")
    text = "".join(f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".py"))
    refusals = set(findall(r'(?:refused|fault)\(\s*f?"([a-z-]+)"', text))
    assert len(refusals) > 60
    assert [
        code for code in refusals if not (find(f"pathway_cases.{code}") and find(f"pathway_cases.{code}-repair"))
    ] == []
    assert [code for code in findall(r'"pathway_cases\.([a-z-]+)"', text) if not find(f"pathway_cases.{code}")] == []


# --- talks ---


class Clause(NamedTuple):
    id: str
    label: Label
    default: str


class Template(NamedTuple):
    clauses: tuple[Clause, ...]


LICENCE = Template(
    (Clause("exclusive", Label("独占", "Exclusivity"), "sole"), Clause("audit", Label("审计", "Audit"), "yes"))
)


def offer(id: str, by: str, made: int, *positions: str, **more: Any) -> dict[str, Any]:
    to = "D" if by == "H" else "H"
    return {"offer": id, "case": "K", "by": by, "to": to, "made": on(made), "expires": on(made + 30),
            "positions": list(positions), "state": "open", "answers": None, **more}  # fmt: skip


def talks(rows: list[dict[str, Any]], day: int, events: list[Event] | None = None) -> Any:
    return negotiation(pl.DataFrame(rows), frame_of(events or []), LICENCE, as_of=on(day), case="K")


def test_offers_and_counter_offers_with_a_clock() -> None:
    rows = [offer("O1", "H", 0, "exclusive:sole"), offer("O2", "D", 20, "exclusive:none", answers="O1")]
    first, second, late = talks(rows, 10), talks(rows, 45), talks(rows, 60)
    assert (first.state, first.last_by, first.waits_for, first.expires) == ("open", "H", "D", on(30))
    assert second.rounds.select("offer", "state", "answered", "days").rows() == [
        ("O1", "countered", on(20), 20), ("O2", "open", None, 25),
    ]  # fmt: skip
    assert second.differences.select("clause", "a", "b").rows() == [("exclusive", "none", "sole")]
    assert second.sides.rows() == [("D", 1, 20), ("H", 1, 25)]
    assert (late.state, late.waits_for) == ("expired", None)
    assert "{" not in say(late.why, "zh") + say(late.why, "en")
    agreed = [*rows, offer("O3", "H", 30, "exclusive:none", answers="O2", state="accepted")]
    done = talks(agreed, 40, [Event("1", "K", "answered", on(33), offer="O3")])
    assert (done.state, done.rounds["days"].to_list(), done.differences.height) == ("accepted", [20, 10, 3], 0)
    too_late = talks(agreed, 90, [Event("1", "K", "answered", on(80), offer="O3")])
    assert too_late.state == "expired"
    assert talks(rows[:1], -5).state == "none"


def test_a_stage_of_the_model_is_what_the_machine_counts() -> None:
    """Guards the order of the pathway: predecessors come first, so that one pass finds all that lies before."""
    runs = machine(WIDE)
    stages: tuple[Stage, ...] = WIDE.stages
    assert [runs.ids(mask) for mask in runs.above] == [(), ("s",), ("s",), ("s", "a"), ("s", "a", "b", "o")]
    assert runs.ids(runs.below[1]) == ("a", "o", "j")
    assert all(runs.stage_at[s.id] == n and runs.gate_at[s.gate.id] == n for n, s in enumerate(stages))
    assert Missed("hold").to == ""
