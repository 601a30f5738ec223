"""A market worked in pieces answers as one worked in one go, whoever works them and however many there are."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tongtu import packs, registry, samples
from tongtu.match import Matches, engine, listings, meet
from tongtu.match.pieces import Pieces
from tongtu.solve.runner import Inline, Processes

AS_OF = date(2026, 11, 21)


class Backwards:
    """Works the last partition first."""

    def map(self, work: Callable[[Any], Any], partitions: Sequence[Any], progress: Any = None) -> list[Any]:
        return [work(partition) for partition in reversed(partitions)][::-1]


@pytest.fixture(scope="module")
def asked() -> Callable[..., Matches]:
    pack = packs.load("cn")
    words = {**registry.vocabularies(), **pack.vocabularies}
    sample = samples.make("demo", 5, glossary=pack.glossary, vocabularies=words, as_of=AS_OF)
    records = registry.Registry(sample.tables)

    def ask(**options: Any) -> Matches:
        given = {"answer": "achievement", "industries": pack.sheet("industries"), **options}
        return meet(records, ask="need", glossary=pack.glossary, as_of=AS_OF, vocabularies=words, **given)

    return ask


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """So many questions to a piece, and so many listings read at a time."""

    def cut(questions: int, read: int) -> None:
        monkeypatch.setattr(engine, "_SPREAD", questions)
        monkeypatch.setattr(listings, "_PART", read)

    return cut


def same(one: Matches, other: Matches) -> bool:
    return all(
        a.equals(b) for a, b in zip((one.pairs, one.refusals, one.closed),
                                    (other.pairs, other.refusals, other.closed), strict=True)
    )  # fmt: skip


@pytest.mark.parametrize(("questions", "read"), [(1000, 1000), (23, 100), (7, 33)])
def test_the_number_of_pieces_changes_nothing(
    asked: Any, small: Any, tmp_path: Path, questions: int, read: int
) -> None:
    whole = asked()
    small(questions, read)
    assert same(whole, asked(pieces=Pieces(Backwards(), tmp_path)))


def test_processes_answer_as_one_does(asked: Any, small: Any, tmp_path: Path) -> None:
    whole = asked(top=3)
    small(30, 1000)
    found = asked(top=3, pieces=Pieces(Processes(2), tmp_path))
    assert same(whole, found)
    assert found.pairs["why"].null_count() == 0


def test_profiles_are_worked_in_pieces_too(asked: Any, small: Any, tmp_path: Path) -> None:
    small(40, 100)
    whole = asked(answer="team", top=2)
    assert same(whole, asked(answer="team", top=2, pieces=Pieces(Inline(), tmp_path)))


def test_a_market_without_questions(tmp_path: Path) -> None:
    nobody = registry.Registry({"achievements": pl.DataFrame({"achievement": ["A1"], "title": ["激光"]})})
    glossary = packs.load("cn").glossary
    found = meet(
        nobody, ask="need", answer="achievement", glossary=glossary, as_of=AS_OF, pieces=Pieces(Inline(), tmp_path)
    )
    assert found.pairs.is_empty()
