"""A second opinion on what a log may say: the rules of a case in plain sets of names, slow and without any cleverness.

Written from what the kinds of events mean, not from the machine: no bitmasks, no tokens, what comes before is looked up
each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongtu.pathway.cases import Event
from tongtu.pathway.model import Pathway, Stage

Place = tuple[str, str]


@dataclass
class Open:
    """A stage being worked."""

    phase: str
    since: date
    due: date | None
    until: date | None = None
    signed: int = 0
    raised: bool = False
    before: str = "worked"


@dataclass
class Slow:
    pathway: Pathway
    opened: date | None = None
    last: date | None = None
    ended: str = ""
    lane: str | None = None
    at: dict[Place, Open] = field(default_factory=dict)
    passed: set[Place] = field(default_factory=set)
    came: list[Place] = field(default_factory=list)
    out: set[str] = field(default_factory=set)
    owed: set[tuple[str, str, str]] = field(default_factory=set)
    did: set[tuple[str, str, str]] = field(default_factory=set)

    # --- the shape of the pathway ---

    def stage(self, id: str | None) -> Stage | None:
        return next((s for s in self.pathway.stages if s.id == id), None)

    def named(self, event: Event) -> Stage | None:
        """The stage an event means; None where it contradicts itself or names nothing that is there."""
        stage = self.stage(event.stage)
        if event.stage:
            return stage if stage and (not event.gate or stage.gate.id == event.gate) else None
        return next((s for s in self.pathway.stages if s.gate.id == event.gate), None)

    def before(self, id: str) -> set[str]:
        stage = self.stage(id)
        assert stage
        return set(stage.after).union(*(self.before(b) for b in stage.after), set())

    def behind(self, id: str) -> set[str]:
        return {s.id for s in self.pathway.stages if id in self.before(s.id)} | {id}

    def contest(self, id: str) -> set[str]:
        stage = self.stage(id)
        assert stage
        earlier = [b for b in stage.after if (s := self.stage(b)) and s.parallel]
        return {id}.union(*(self.contest(b) for b in earlier))

    # --- where it stands ---

    @property
    def branches(self) -> set[str]:
        return {branch for branch, _ in self.came if branch}

    def no_obstacle(self, branch: str, id: str) -> bool:
        stage = self.stage(id)
        assert stage
        here = {(branch, id), ("", id)}
        if here & self.passed:
            return True
        waived = next((lane.waives for lane in self.pathway.lanes if lane.id == self.lane), ())
        if stage.gate.id in waived and here & set(self.at):
            return True
        if not branch and stage.parallel:
            inside = {b for b, s in self.came if b and b not in self.out and s in self.contest(id)}
            if inside and all((b, id) in self.passed for b in inside):
                return True
        return stage.optional and not here & set(self.at) and all(self.no_obstacle(branch, b) for b in stage.after)

    def waits_for_step(self, branch: str, id: str) -> bool:
        return any(b in (branch, "") and s in self.before(id) for b, s, _ in self.owed)

    def may_enter(self, branch: str, stage: Stage) -> bool:
        if bool(stage.parallel) != bool(branch) or branch in self.out:
            return False
        if any((b, s) in self.passed or (b, s) in self.at for b in (branch, "") for s in self.behind(stage.id)):
            return False
        if stage.parallel and (branch, stage.id) not in self.came:
            there = {b for b, s in self.came if s == stage.id}
            if len(there) >= stage.parallel.most:
                return False
        clear = all(self.no_obstacle(branch, b) for b in stage.after)
        return clear and not self.waits_for_step(branch, stage.id)

    def only(self, event: Event) -> Place | None:
        """The open stage an event means."""
        branch = event.branch or ""
        if event.stage or event.gate:
            stage = self.named(event)
            place = (branch, stage.id) if stage else ("", "")
            return place if place in self.at and self.at[place].since <= event.on else None
        here = [p for p in self.at if p[0] == branch and (event.kind != "resumed" or self.at[p].phase == "held")]
        return here[0] if len(here) == 1 and self.at[here[0]].since <= event.on else None

    # --- what may happen ---

    def may(self, event: Event) -> bool:
        if event.kind == "opened":
            known = event.stage is None or self.stage(event.stage) is not None
            fits = not event.gate or (event.stage is None) or self.named(event) is not None
            lane = event.lane is None or event.lane in [lane.id for lane in self.pathway.lanes]
            by_gate = event.stage is not None or not event.gate or self.named(event) is not None
            return self.opened is None and known and fits and by_gate and lane
        if self.opened is None or event.on < self.opened:
            return False
        after = ("note", "met", "paid", "ordered", "produced", "completed", "reopened")
        if self.ended and event.kind not in after and (self.ended, event.kind) != ("killed", "closed"):
            return False
        if self.last and event.on < self.last and event.kind not in after[:5]:
            return False
        rule: Any = getattr(self, f"may_{event.kind}", None)
        return bool(rule(event)) if rule else True

    def may_entered(self, event: Event) -> bool:
        stage = self.stage(event.stage)
        branch = event.branch or ""
        if stage is None:
            return False
        if (branch, stage.id) in self.at:
            return self.at[branch, stage.id].phase == "recycled"
        return self.may_enter(branch, stage)

    def may_submitted(self, event: Event) -> bool:
        place = self.only(event)
        return place is not None and self.at[place].phase != "held"

    may_asked = may_submitted

    def may_extended(self, event: Event) -> bool:
        place = self.only(event)
        if place is None or event.due is None:
            return False
        now = self.at[place]
        due = now.until if now.phase == "held" else now.due
        return due is None or event.due > due

    def may_resumed(self, event: Event) -> bool:
        place = self.only(event)
        return place is not None and self.at[place].phase == "held"

    def may_signed(self, event: Event) -> bool:
        if not event.gate or event.agreement:
            return True
        place = self.only(event)
        if place is None:
            return False
        now, stage = self.at[place], self.stage(place[1])
        assert stage
        turn = stage.gate.approvals[now.signed : now.signed + 1]
        return turn == (event.role,) and now.phase not in ("held", "recycled")

    def may_decided(self, event: Event) -> bool:
        place = self.only(event)
        if place is None:
            return False
        stage = self.stage(place[1])
        assert stage
        reasoned = event.decision == "go" or bool(event.reason)
        return event.decision in stage.gate.decisions and reasoned and self.may_rule(place, event, event.decision)

    def may_rule(self, place: Place, event: Event, decision: str | None) -> bool:
        now, stage = self.at[place], self.stage(place[1])
        assert stage
        gate = stage.gate
        owners = {None, gate.owner} | ({gate.missed.to} if now.raised else set())
        if event.role not in owners or now.signed < len(gate.approvals):
            return False
        if now.phase in ("held", "recycled") and decision != "kill":
            return False
        if decision == "recycle" and place[0]:
            back = self.stage(gate.recycle_to or stage.id)
            return bool(back and back.parallel)
        return decision != "go" or self.room(place, stage)

    def room(self, place: Place, stage: Stage) -> bool:
        if not place[0] or stage.parallel is None:
            return True
        came = {b for b, s in self.came if s == stage.id and b}
        on = {b for b, s in self.passed if s == stage.id and b and b not in self.out}
        return len(came) >= stage.parallel.least and len(on) < stage.parallel.keep

    def may_shortlisted(self, event: Event) -> bool:
        if not event.branch or event.branch in self.out or event.branch not in self.branches:
            return False
        if event.kind == "awarded" and self.has_won(event.branch):
            return True
        place = self.only(event)
        if place is None:
            return False
        if event.kind == "eliminated":
            return self.may_rule(place, event, "kill")
        goes_on = any(place[1] in s.after and s.parallel for s in self.pathway.stages)
        return goes_on == (event.kind == "shortlisted") and self.may_rule(place, event, "go")

    may_awarded = may_eliminated = may_shortlisted

    def has_won(self, branch: str) -> bool:
        parallel = {s.id for s in self.pathway.stages if s.parallel}
        return not any(b == branch for b, _ in self.at) and any(b == branch and s in parallel for b, s in self.passed)

    def may_approved(self, event: Event) -> bool:
        place = self.only(event)
        stage = self.stage(place[1]) if place else None
        if not place or not stage or stage.gate.missed.then != "approve" or self.at[place].phase != "submitted":
            return False
        return self.late(place, event) and self.room(place, stage)

    def may_escalated(self, event: Event) -> bool:
        place = self.only(event)
        stage = self.stage(place[1]) if place else None
        if not place or not stage or stage.gate.missed.then != "escalate" or self.at[place].raised:
            return False
        return self.late(place, event)

    def late(self, place: Place, event: Event) -> bool:
        now = self.at[place]
        due = now.until if now.phase == "held" else now.due
        return due is not None and event.on > due

    def may_completed(self, event: Event) -> bool:
        branch = event.branch or ""
        if branch in self.out or (branch and branch not in self.branches):
            return False
        if (event.stage or event.gate) and self.named(event) is None:
            return False
        return any(
            (branch, s.id) in self.passed and (branch, s.id, step.id) not in self.did
            for s in self.pathway.stages for step in s.statutory
            if step.id == event.step and (self.named(event) in (None, s))
        )  # fmt: skip

    def may_lane(self, event: Event) -> bool:
        lanes = {lane.id: lane for lane in self.pathway.lanes}
        if event.lane is not None and event.lane not in lanes:
            return False
        if event.lane is not None and event.role not in (None, lanes[event.lane].risk_owner):
            return False
        now = lanes[self.lane].waives if self.lane else ()
        then = lanes[event.lane].waives if event.lane else ()
        for branch, id in self.at:
            stage = self.stage(id)
            assert stage
            beyond = self.behind(id) - {id}
            used = any((b, s) in self.passed or (b, s) in self.at for b in (branch, "") for s in beyond)
            if stage.gate.id in now and stage.gate.id not in then and used:
                return False
        return True

    def may_closed(self, event: Event) -> bool:
        return not event.branch or (event.branch in self.branches and event.branch not in self.out) or bool(self.ended)

    def may_reopened(self, event: Event) -> bool:
        return bool(self.ended)

    # --- what it does ---

    def do(self, event: Event) -> None:
        rule: Any = getattr(self, f"do_{event.kind}", None)
        if rule and not (self.ended and event.kind == "closed"):
            self.last = event.on
            rule(event)

    def do_opened(self, event: Event) -> None:
        self.opened, self.lane = event.on, event.lane
        stage = self.named(event)
        if stage:
            self.passed |= {("", s) for s in self.before(stage.id)}

    def do_entered(self, event: Event) -> None:
        place = (event.branch or "", event.stage or "")
        if place in self.at:
            now = self.at[place]
            now.phase, now.since, now.due = "worked", event.on, event.due or now.due
            return
        self.at[place] = Open("worked", event.on, event.due)
        self.came.append(place)

    def do_submitted(self, event: Event) -> None:
        place = self.only(event)
        assert place
        now = self.at[place]
        now.since, now.due = event.on, event.due or now.due
        if event.kind == "submitted":
            now.phase = "submitted"
        elif now.phase != "recycled":
            now.phase = "asked"

    do_asked = do_submitted

    def do_extended(self, event: Event) -> None:
        place = self.only(event)
        assert place
        now = self.at[place]
        if now.phase == "held":
            now.until = event.due
        else:
            now.due, now.raised = event.due, False

    def do_resumed(self, event: Event) -> None:
        place = self.only(event)
        assert place
        now = self.at[place]
        now.phase, now.since, now.until, now.due = now.before, event.on, None, event.due or now.due

    def do_signed(self, event: Event) -> None:
        place = self.only(event) if event.gate and not event.agreement else None
        if place:
            self.at[place].signed += 1
            self.at[place].since = event.on

    def do_decided(self, event: Event) -> None:
        place = self.only(event)
        assert place
        rules = {"go": self.go, "hold": self.hold, "recycle": self.recycle, "kill": self.kill}
        rules[event.decision or ""](place, event)

    def go(self, place: Place, event: Event) -> None:
        del self.at[place]
        self.passed.add(place)
        stage = self.stage(place[1])
        assert stage
        for step in stage.statutory:
            in_force = (step.since or event.on) <= event.on <= (step.until or event.on)
            if step.waits and in_force and (*place, step.id) not in self.did:
                self.owed.add((*place, step.id))

    def hold(self, place: Place, event: Event) -> None:
        now = self.at[place]
        now.before, now.phase, now.since, now.until = now.phase, "held", event.on, event.due

    def kill(self, place: Place, event: Event) -> None:
        if place[0]:
            self.leave(place[0])
        else:
            self.ended = "killed"

    def leave(self, branch: str) -> None:
        self.out.add(branch)
        self.at = {p: now for p, now in self.at.items() if p[0] != branch}

    def recycle(self, place: Place, event: Event) -> None:
        stage = self.stage(place[1])
        assert stage
        to = stage.gate.recycle_to or stage.id
        back = self.stage(to)
        assert back
        lines = {place[0]} if place[0] else {"", *self.branches} - self.out
        undone = {(b, s) for b in lines for s in self.behind(to)}
        again = {(b, to) for b in lines if b and (b, to) in self.passed} if back.parallel and not place[0] else set()
        if place[0] or not back.parallel:
            again = {(place[0], to)}
        self.at = {p: now for p, now in self.at.items() if p not in undone}
        self.passed -= undone
        self.owed = {o for o in self.owed if o[:2] not in undone}
        self.did = {d for d in self.did if d[:2] not in undone}
        for p in again:
            self.at[p] = Open("recycled", event.on, event.due)
            self.came.append(p)

    def do_shortlisted(self, event: Event) -> None:
        place = self.only(event)
        if event.kind == "awarded" and self.has_won(event.branch or ""):
            return
        assert place
        (self.kill if event.kind == "eliminated" else self.go)(place, event)

    do_awarded = do_eliminated = do_shortlisted

    def do_approved(self, event: Event) -> None:
        place = self.only(event)
        assert place
        self.go(place, event)

    def do_escalated(self, event: Event) -> None:
        place = self.only(event)
        assert place
        self.at[place].raised = True

    def do_completed(self, event: Event) -> None:
        branch, named = event.branch or "", self.named(event)
        for s in self.pathway.stages:
            here = (branch, s.id, event.step or "")
            fits = named in (None, s) and any(step.id == event.step for step in s.statutory)
            if fits and here[:2] in self.passed and here not in self.did:
                self.did.add(here)
                self.owed.discard(here)
                return

    def do_lane(self, event: Event) -> None:
        self.lane = event.lane

    def do_closed(self, event: Event) -> None:
        if self.ended:
            return
        if event.branch:
            self.leave(event.branch)
        else:
            self.ended = "closed"

    def do_reopened(self, event: Event) -> None:
        self.ended = ""
        for place, now in self.at.items():
            phase = "submitted" if now.phase == "held" else now.phase
            self.at[place] = Open(phase, event.on, event.due)
            self.came.append(place)
