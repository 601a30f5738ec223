"""A desk in a folder outlives its process, and comings and goings leave no trace."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from test_match_standing import NEEDS, OFFERS, STATED, TEXTS, desk, listing, market, stated

ASKED = ("N1", "N2", "N3")

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_match_standing import OFFERS, desk, listing, market, stated
one = desk(market(achievements=OFFERS[1:]), folder=Path({folder!r}))
one.add(listing(market(), "achievement", "A0"), stated("A0"))
one.remove("achievement", "A4")
one.answers(listing(market(), "need", "N1")).write_parquet({told!r})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_desk_that_was_killed_answers_as_before(tmp_path: Path) -> None:
    told = tmp_path / "told.parquet"
    code = KILLED.format(here=str(Path(__file__).parent), folder=str(tmp_path / "desk"), told=str(told))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -9, done.stderr
    with desk(market(achievements=OFFERS[:4]), folder=tmp_path / "desk") as again:
        assert not any(again.repaired.values())
        kept, fresh = (
            d.answers(listing(market(), "need", "N1")) for d in (again, desk(market(achievements=OFFERS[:4])))
        )
    assert kept.equals(fresh)
    before = pl.read_parquet(told)["answer"]  # of the latent space without A0
    assert set(kept["answer"]) <= set(before)
    assert "A4" not in before
    assert kept["answer"][0] == before[0]


def test_the_registry_is_the_truth_when_a_desk_is_opened_again(tmp_path: Path) -> None:
    desk(market(achievements=OFFERS[:4]), folder=tmp_path).close()
    changed = {**OFFERS[1], "text": "别的用途"}
    with desk(market(achievements=[changed, *OFFERS[2:]]), folder=tmp_path) as again:
        found = again.repaired["answers"]
        assert (found.added, found.changed, found.dropped) == (("A4",), ("A1",), ("A0",))
        assert not again.repaired["questions"]
        assert "A0" not in again.answers(listing(market(), "need", "N1"))["answer"]
    with desk(market(achievements=[changed, *OFFERS[2:]]), folder=tmp_path) as third:
        assert not any(third.repaired.values())


class Comings(RuleBasedStateMachine):
    """Listings of both sides come, change and go; what is left is the model."""

    def __init__(self) -> None:
        super().__init__()
        self.offers: dict[str, dict[str, Any]] = {row["achievement"]: row for row in OFFERS[:3]}
        self.needs: dict[str, dict[str, Any]] = {row["need"]: row for row in NEEDS}
        self.desk = desk(self.registry())

    def registry(self) -> Any:
        shown = {*self.offers, *self.needs}
        rows = [row for row in STATED if row["subject"] in shown]
        return market(achievements=list(self.offers.values()), needs=list(self.needs.values()), indicators=rows)

    @rule(k=st.integers(0, 6), text=st.sampled_from(TEXTS))
    def offer(self, k: int, text: str) -> None:
        row = {**OFFERS[k % 5], "achievement": f"A{k}", "text": text}
        self.offers[f"A{k}"] = row
        self.desk.add(listing(self.registry(), "achievement", f"A{k}"), stated(f"A{k}"))

    @rule(k=st.integers(1, 3), text=st.sampled_from(TEXTS))
    def need(self, k: int, text: str) -> None:
        self.needs[f"N{k}"] = {**NEEDS[k - 1], "text": text}
        self.desk.change(listing(self.registry(), "need", f"N{k}"), stated(f"N{k}"))

    @rule(k=st.integers(0, 6))
    def withdraw(self, k: int) -> None:
        assert self.desk.remove("achievement", f"A{k}") == (self.offers.pop(f"A{k}", None) is not None)

    @rule()
    def compact(self) -> None:
        self.desk.compact()
        fresh, reg = desk(self.registry()), market(needs=list(self.needs.values()))
        for key in ASKED:
            asked = listing(reg, "need", key), stated(key)
            assert self.desk.answers(*asked).equals(fresh.answers(*asked))

    @invariant()
    def nobody_who_went_is_found(self) -> None:
        found = self.desk.answers(listing(market(), "need", "N1"), stated("N1"))
        assert set(found["answer"]) <= set(self.offers)

    @invariant()
    def statistics_are_those_of_what_stands(self) -> None:
        forward = self.desk._answers.shelf.words["han"]
        assert len(forward) == len(self.offers)

    def teardown(self) -> None:
        self.compact()


Comings.TestCase.settings = settings(max_examples=4, stateful_step_count=6, deadline=None)
TestComings = Comings.TestCase
