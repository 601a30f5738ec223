"""One stage of a pathway as a piece of a flow chart, from left to right: the work, who signs, who decides, the decision
with its ways out, what the law asks afterwards. The middle line lies at 0, the left edge at 0."""

from __future__ import annotations

from typing import Any

from tongtu.pathway.exchange.shapes import EVENT, GATEWAY, SMALL, TASK, Chart, Point, Shape, named
from tongtu.pathway.model import Stage

GAP = 50.0
#: how far a block reaches above and below its middle line, and where in it things lie that leave the line
ABOVE, BELOW, LATE, WAIT = 190.0, 170.0, 118.0, 115.0
_PAD, _SPREAD = 40.0, 100.0


class Block:
    """`first` and `last`: the shapes that the blocks before and after it are joined to.

    `follow`: how many stages wait for this one; `returned_to`: whether a gate sends cases back here.
    """

    def __init__(self, stage: Stage, follow: int, returned_to: bool) -> None:
        self.stage, self.chart, self.x, self.inside = stage, Chart(), 0.0, ""
        self.first: Shape | None = None
        self.last: Shape | None = None
        if len(stage.after) > 1:
            self._gateway("join", "parallelGateway")
        if stage.optional:
            take = self._gateway("take")
        self._branches(returned_to) if stage.parallel else self._work(returned_to)
        for step in (one for one in stage.statutory if one.waits):
            made = self._on_line("step", "manualTask", TASK, stage.id, step.id, step=step, role=step.responsible)
            self._join(made)
        beside = [step for step in stage.statutory if not step.waits]
        if beside:
            self._beside(self._gateway("beside", "parallelGateway"), beside)
        if stage.optional:
            self._bypass(take, self._gateway("taken"))
        if follow > 1:
            self._gateway("fork", "parallelGateway")
        self.width = max(shape.x + shape.size[0] for shape in self.chart.shapes.values())
        self.below = max(shape.y + shape.size[1] for shape in self.chart.shapes.values())

    # ------------------------------------------------------------------------------------------ on the middle line

    def _work(self, returned_to: bool) -> None:
        stage, gate = self.stage, self.stage.gate
        if returned_to:
            self._gateway("again")
        self._join(self._on_line("stage", "task", TASK, stage.id))
        for who in gate.approvals:
            self._join(self._on_line("sign", "userTask", TASK, gate.id, who, role=who))
        back = self._gateway("back") if "hold" in gate.decisions else None
        decide = self._join(self._on_line("gate", "userTask", TASK, gate.id, role=gate.owner))
        out = self._gateway("decision")
        wait = self._hold(out, back) if back else None
        if "kill" in gate.decisions:
            self._kill(out)
        self._late(decide, wait)

    def _branches(self, returned_to: bool) -> None:
        """Answers to a call worked side by side: a frame around the work, run once for each branch."""
        own, left = named("branches", self.stage.id), self.x
        outside, self.last, first = self.last, None, self.first
        self.inside, self.x = own, left + _PAD
        self._join(self._on_line("begin", "startEvent", EVENT, self.stage.id))
        self._work(returned_to)
        self._join(self._on_line("finish", "endEvent", EVENT, self.stage.id))
        size = (self.x - GAP + _PAD - left, ABOVE + BELOW - 40)
        self.inside, self.last, self.first = "", outside, first
        frame = self._shape("branches", "subProcess", left, -ABOVE + 20, size, self.stage.id)
        self.x = left + size[0] + GAP
        self._join(frame)

    def _gateway(self, use: str, kind: str = "exclusiveGateway") -> Shape:
        return self._join(self._on_line(use, kind, GATEWAY, self.stage.id))

    def _on_line(self, use: str, kind: str, size: Point, *ids: str, **more: Any) -> Shape:
        made = self._shape(use, kind, self.x, -size[1] / 2, size, *ids, **more)
        self.x += size[0] + GAP
        return made

    def _shape(self, use: str, kind: str, x: float, y: float, size: Point, *ids: str, **more: Any) -> Shape:
        own = Shape(named(use, *ids), use, kind, x, y, size, self.stage, inside=self.inside, **more)
        return self.chart.add(own)

    def _join(self, shape: Shape) -> Shape:
        """Joins the shape to the one before it on the line."""
        if self.last is not None:
            taken = "go" if self.last.use == "decision" else ""
            self.chart.arrow(self.last, shape, right_of(self.last), left_of(shape), taken=taken)
        self.first, self.last = self.first or shape, shape
        return shape

    # ------------------------------------------------------------------------------------------ beside the line

    def _hold(self, out: Shape, back: Shape) -> Shape:
        """A case on hold waits below, and comes back before the same decision."""
        gate = self.stage.gate
        wait = self._shape("resume", "userTask", back.middle[0] - SMALL[0] / 2, WAIT - SMALL[1] / 2, SMALL, gate.id,
                           role=gate.owner)  # fmt: skip
        down, right = out.side("bottom"), wait.side("right")
        self.chart.arrow(out, wait, down, (down[0], right[1]), right, taken="hold")
        self.chart.arrow(wait, back, wait.side("top"), back.side("bottom"))
        return wait

    def _kill(self, out: Shape) -> None:
        """The case ends; one answer of a tournament ends alone."""
        x, y = out.middle
        end = self._shape("killed", "endEvent", x + 14, WAIT - 18, EVENT, self.stage.gate.id, ends=not self.inside)
        self.chart.arrow(out, end, (x + 16, y + 9), (end.middle[0], y + 9), end.side("top"), taken="kill")

    def _late(self, decide: Shape, wait: Shape | None) -> None:
        """A timer on the task of deciding, and what a missed deadline does."""
        gate = self.stage.gate
        if gate.missed.then == "hold":
            if wait is not None:
                clock = self._timer(decide, decide.x + 30, decide.y + decide.size[1])
                x, y = wait.side("right")
                self.chart.arrow(clock, wait, clock.side("bottom"), (clock.middle[0], y + 18), (x, y + 18))
            return
        x = decide.x + decide.size[0] - 30
        clock = self._timer(decide, x, decide.y)
        if gate.missed.then == "escalate":
            end = self._shape("escalated", "endEvent", x - 18, -LATE - 18, EVENT, gate.id, role=gate.missed.to)
            self.chart.arrow(clock, end, clock.side("top"), end.side("bottom"))
            return
        passed = self._gateway("passed")
        top = passed.side("top")
        self.chart.arrow(clock, passed, clock.side("top"), (x, -LATE), (top[0], -LATE), top)

    def _timer(self, decide: Shape, x: float, y: float) -> Shape:
        gate = self.stage.gate
        return self._shape("late", "boundaryEvent", x - 18, y - 18, EVENT, gate.id, on=decide.id,
                           after=gate.decide_within, stops=gate.missed.then != "escalate")  # fmt: skip

    def _bypass(self, start: Shape, to: Shape) -> None:
        """Round an optional stage, above everything that belongs to it."""
        (x0, y0), (x1, y1) = start.side("top"), to.side("top")
        self.chart.arrow(start, to, (x0, y0), (x0, -ABOVE + 10), (x1, -ABOVE + 10), (x1, y1), taken="skip")

    def _beside(self, fork: Shape, steps: list[Any]) -> None:
        """Steps that the case does not wait for, below the line."""
        x, y = fork.side("bottom")
        for k, step in enumerate(steps):
            top = WAIT - 40 + k * _SPREAD
            task = self._shape("step", "manualTask", x + GAP, top, TASK, self.stage.id, step.id, step=step,
                               role=step.responsible)  # fmt: skip
            end = self._shape("done", "endEvent", task.x + TASK[0] + GAP, top + 22, EVENT, self.stage.id, step.id)
            left = left_of(task)
            self.chart.arrow(fork, task, (x, y), (x, left[1]), left)
            self.chart.arrow(task, end, right_of(task), left_of(end))


def left_of(shape: Shape) -> Point:
    return shape.x, line_of(shape)


def right_of(shape: Shape) -> Point:
    return shape.x + shape.size[0], line_of(shape)


def line_of(shape: Shape) -> float:
    """The height at which arrows enter and leave a shape: its middle, or the line of the block inside a frame."""
    return shape.y + ABOVE - 20 if shape.kind == "subProcess" else shape.middle[1]
