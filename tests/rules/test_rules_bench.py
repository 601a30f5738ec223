"""What `scripts/bench rules` measures is what it says: the thirty criteria, judged by us as plainly written."""

from __future__ import annotations

import operator
import re
import sys
from datetime import date
from importlib.metadata import requires
from pathlib import Path

import numpy as np
import pytest

from tongtu import rules

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def drawn():
    sys.path.insert(0, str(ROOT))
    try:
        from bench import _rules_firms
    finally:
        sys.path.remove(str(ROOT))
    return _rules_firms


def test_the_rule_file_and_the_plain_numbers_ask_the_same(drawn):
    figures, criteria = drawn.firms(2_000), drawn.thresholds()
    book = rules.load({"bench.yaml": drawn.rule_text()})
    codes = rules.judge(book, "bench", drawn.registry_of(figures), date(2026, 7, 1)).codes
    for i, asked in enumerate(criteria):
        compare = {">=": operator.ge, "<=": operator.le}[asked["op"]]
        figure = figures[asked["top"]] / (1 if asked["bottom"] is None else figures[asked["bottom"]])
        expected = np.where(np.isnan(figure), 1, np.where(compare(figure, asked["number"]), 3, 0))
        column = f"{drawn.TIERS[asked['tier']]}:c{i % len(drawn.THRESHOLDS)}"
        assert (codes[column].to_numpy() == expected).all(), column
        assert 0 < (expected == 3).mean() < 1


def test_some_firms_reach_each_tier_and_some_are_unknown(drawn):
    book = rules.load({"bench.yaml": drawn.rule_text()})
    codes = rules.judge(book, "bench", drawn.registry_of(drawn.firms(5_000)), date(2026, 7, 1)).codes
    for tier in drawn.TIERS:
        assert set(codes[f"{tier}:"].unique()) == {0, 1, 3}


def test_no_peer_is_needed_to_run_tongtu():
    peers = re.findall(r"^([a-z0-9-]+)==", (ROOT / "bench" / "peers.txt").read_text(encoding="utf-8"), re.MULTILINE)
    alone = set(peers) - {
        "highspy",
        "numpy",
        "pandas",
        "scikit-learn",
        "tantivy",
    }  # ours too, there without Tongtu around them
    assert alone >= {"cel-python", "duckdb", "openfisca-core", "zen-engine"}
    for_tests = ("extra == 'dev'", 'extra == "dev"')
    needed = " ".join(one for one in requires("tongtu") or [] if not one.endswith(for_tests))
    assert not [peer for peer in alone if peer in needed]
