"""A small registry with one achievement whose evidence reaches the pilot, and the pack's own pathway."""

from __future__ import annotations

from datetime import date
from importlib import resources

import polars as pl
import pytest

from tongtu import pathway
from tongtu.registry import Registry
from tongtu.terms.calendar import WorkCalendar

AS_OF = date(2026, 11, 21)  # a Saturday


def standard_text() -> str:
    """The standard pathway alone, without the buyer's side that runs beside it."""
    text = (resources.files("tongtu.packs") / "cn/pathways/standard.yaml").read_text(encoding="utf-8")
    return text.replace("buyer: buyer\n", "")


@pytest.fixture
def pathways() -> dict[str, pathway.Pathway]:
    return pathway.load({"standard.yaml": standard_text()})


@pytest.fixture
def calendar() -> WorkCalendar:
    """Mondays to Fridays; 2026 is settled, later years are not."""
    return WorkCalendar(settled=frozenset({2026}))


@pytest.fixture
def registry() -> Registry:
    evidence = [
        ("E1", "A1", "ip", "patent", "E1"),
        ("E2", "A1", "function", "test_report", "E2"),
        ("E3", "A1", "pilot", "batch_record", "E1"),
    ]
    columns = ["evidence", "subject", "dimension", "kind", "grade"]
    return Registry(
        {
            "needs": pl.DataFrame(
                {
                    "need": ["N1", "N2"],
                    "organisation": ["O2", "O2"],
                    "title": ["低损耗介质材料", "其他"],
                    "text": ["…", "…"],
                    "direction": ["d1", None],
                    "region": ["sd", None],
                    "cooperation": [["licence", "purchase"], None],
                }
            ),
            "achievements": pl.DataFrame(
                {
                    "achievement": ["A1", "A2"],
                    "organisation": ["O1", "O1"],
                    "title": ["陶瓷粉体", "算法"],
                    "text": ["…", "…"],
                    "trl": [6, None],
                    "direction": ["d1", "d2"],
                    "cooperation": [["licence"], ["equity"]],
                }
            ),
            "evidence": pl.DataFrame(evidence, schema=columns, orient="row").with_columns(
                subject_kind=pl.lit("achievement")
            ),
        }
    )


@pytest.fixture
def cases() -> pl.DataFrame:
    return pl.DataFrame({"case": ["C1", "C2"], "need": ["N1", "N2"], "achievement": ["A1", "A2"]})
