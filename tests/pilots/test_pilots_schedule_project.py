"""Projects under scarce resources: the optimum of small ones by brute force, published optima, files that cannot be."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongtu.pilots.scheduling import Project, first_answer, read_sm, solve
from tongtu.pilots.scheduling.genetic import evolve
from tongtu.pilots.scheduling.sgs import Packed, serial
from tongtu.terms.faults import Cancelled, DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import entries, missing, say

J60 = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "scheduling" / "j60"
SMALL = """\
jobs (incl. supersource/sink ):  4
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           4
   4        1          0
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
  1      1     0       0
  2      1     3       2
  3      1     4       2
  4      1     0       0
RESOURCEAVAILABILITIES:
  R 1
    3
"""


TWO = "   2        1          1           4"


@st.composite
def projects(draw: st.DrawFn) -> Project:
    n, resources = draw(st.integers(1, 5)), draw(st.integers(1, 2))
    capacity = [draw(st.integers(1, 4)) for _ in range(resources)]
    after = [sorted(draw(st.sets(st.integers(0, i - 1), max_size=2))) if i else [] for i in range(n)]
    needs = [[draw(st.integers(0, most)) for most in capacity] for _ in range(n)]
    return Project.of([draw(st.integers(0, 4)) for _ in range(n)], after, needs, capacity)


def shortest(project: Project) -> int:
    """The serial scheme reaches an optimum from some order (Sprecher, Kolisch, Drexl 1995)."""
    packed, found = Packed.of(project), []
    for order in itertools.permutations(range(len(project))):
        place = {task: i for i, task in enumerate(order)}
        if all(place[b] < place[i] for i, waits in enumerate(project.after) for b in waits):
            found.append(project.makespan(serial(project, packed, order)))
    return min(found)


@settings(max_examples=40, deadline=None)
@given(projects())
@example(Project.of([0, 2, 1], [[], [], []], [[0], [1], [3]], [3]))  # one plan only: nobody to pair with
def test_optimal_against_all_orders(project: Project) -> None:
    found = solve(project, work=1)
    assert project.violations(found.starts) == []
    assert found.makespan == shortest(project)
    assert (found.solution.status, found.solution.gap) == ("optimal", 0.0)
    assert found.first >= found.makespan >= project.least


def test_violations_are_seen() -> None:
    project = Project.of([2, 2], [[], [0]], [[1], [1]], [1])
    assert project.violations([0, 2]) == []
    assert ("after", 1, 0) in project.violations([0, 1])
    assert ("capacity", 0, 1) in project.violations([0, 1])


def drawn(n: int, seed: int) -> Project:
    draw = random.Random(seed)
    after = [
        sorted({draw.randrange(max(0, i - 12), i) for _ in range(draw.randint(1, 2))}) if i else [] for i in range(n)
    ]
    needs = [[draw.randint(0, 8) for _ in range(3)] for _ in range(n)]
    return Project.of([draw.randint(1, 9) for _ in range(n)], [sorted(one) for one in after], needs, [12, 12, 12])


def test_the_same_plan_again_and_from_every_seed_a_valid_one() -> None:
    project = drawn(30, 1)
    one, two = (solve(project, work=0.1) for _ in range(2))
    assert one.starts == two.starts
    assert one.solution == two.solution
    for seed in (1, 2):
        found = solve(project, work=0.05, seed=seed)
        assert project.violations(found.starts) == []
        assert found.solution.bound is not None
        assert found.solution.bound <= found.makespan <= found.first


def test_evolving_never_gets_worse() -> None:
    project = drawn(40, 2)
    spans = [project.makespan(starts) for starts in itertools.islice(evolve(project, first_answer(project)), 200)]
    assert spans == sorted(spans, reverse=True)


def test_reasons_say_what_binds() -> None:
    plan = solve(Project.of([2, 2, 1], [[], [], [0]], [[1], [1], [0]], [1], ["a", "b", "c"]))
    texts = {row["task"]: Why.from_json(row["why"]).code for row in plan.frame().iter_rows(named=True)}
    assert sorted(texts.values()) == sorted(
        f"pilots_scheduling.task-{kind}" for kind in ("at-once", "after", "resource")
    )


def test_cancelling_stops_the_search() -> None:
    calls = []

    def stop(done: int, total: int, what: Why | None = None) -> None:
        calls.append(done)
        if len(calls) > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        solve(drawn(60, 3), work=60, progress=stop)


def test_a_limit_by_the_clock_says_so() -> None:
    found = solve(drawn(60, 3), seconds=0.5, workers=2)
    assert found.solution.status in ("stopped_by_time", "optimal")


def test_nothing_to_do() -> None:
    found = solve(Project.of([], [], [], [1]))
    assert (found.makespan, found.solution.status) == (0, "optimal")


@pytest.mark.parametrize(
    ("project", "code"),
    [
        (([1, 1], [[1], [0]], [[0], [0]], [1]), "circle"),
        (([1], [[0]], [[0]], [1]), "circle"),
        (([1], [[]], [[3]], [2]), "beyond"),
        (([-1], [[]], [[0]], [2]), "negative"),
        (([1], [[4]], [[0]], [2]), "unknown"),
        (([1, 2], [[]], [[0], [0]], [2]), "length"),
        (([1], [[]], [[0, 1]], [2]), "length"),
    ],
)
def test_projects_that_cannot_be(project: Any, code: str) -> None:
    with pytest.raises(DataRefused) as refused:
        Project.of(*project)
    (fault,) = refused.value.faults
    assert fault.what.code == f"pilots_scheduling.project-{code}"
    assert fault.repair is not None
    assert "{" not in fault.say("zh") + fault.say("en")


def test_all_faults_at_once() -> None:
    with pytest.raises(DataRefused) as refused:
        Project.of([1, -1], [[7], []], [[3], [9]], [2])
    assert len(refused.value.faults) == 4


def test_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "small.sm"
    file.write_text(SMALL, encoding="utf-8")
    project = read_sm(file)
    assert (project.durations, project.after) == ((0, 3, 4, 0), ((), (0,), (0,), (1, 2)))
    assert solve(project).makespan == 7


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("RESOURCEAVAILABILITIES:", "RESOURCES:", ["sm-missing"]),
        (
            "   2        1          1           4",
            "   2        1          2           4",
            ["sm-successors", "sm-absent"],
        ),
        ("   2        1          1           4", "   2        3          1           4", ["sm-modes", "sm-absent"]),
        ("  3      1     4       2", "  3      1     4       2  2", ["sm-needs", "sm-absent"]),
        ("  3      1     4       2", "  2      1     4       2", ["sm-twice", "sm-absent"]),
        ("   3        1          1           4", "   3        1          1           9", ["sm-beyond"]),
        ("   4        1          0", "   4        1          1           1", ["project-circle"]),
        ("  3      1     4       2", "  3      1     4       5", ["project-beyond"]),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    file = tmp_path / "wrong.sm"
    file.write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(DataRefused) as refused:
        read_sm(file)
    assert [fault.what.code.partition(".")[2] for fault in refused.value.faults] == codes
    assert "wrong.sm" in refused.value.say("en")
    assert "{" not in refused.value.say("zh") + refused.value.say("en")


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="cannot read"):
        read_sm(tmp_path / "nowhere.sm")
    (tmp_path / "noise.sm").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataRefused, match="missing"):
        read_sm(tmp_path / "noise.sm")


@pytest.mark.skipif(not J60.is_dir(), reason="PSPLIB j60 is not beside the project")
@pytest.mark.parametrize(("name", "optimum"), [("j601_1", 77), ("j601_2", 68), ("j604_3", 58), ("j607_5", 71)])
def test_published_optima(name: str, optimum: int) -> None:
    project = read_sm(J60 / f"{name}.sm")
    found = solve(project, work=3)
    assert project.violations(found.starts) == []
    assert (found.makespan, found.solution.status) == (optimum, "optimal")


def test_every_word_stands_in_both_languages() -> None:
    assert [wrong for name in entries("pilots_scheduling") for wrong in missing(f"pilots_scheduling.{name}")] == []
    assert "{" not in say(Why("pilots_scheduling.searching"), "en")
