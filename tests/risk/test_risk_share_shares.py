"""Secret sharing: the sum is exact, shares tell nothing, and what is missing, doubled or foreign is named."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, kstest
from share_tables import SMALL, counted

from tongtu.risk.share import Counts, Share, add, add_counts, files, partial, split
from tongtu.risk.share.taxonomy import FIGURES, RESULTS
from tongtu.terms.faults import DataRefused


def of(member: str, figures: list[int]) -> Counts:
    """Counts that say what a test wants, in every cell."""
    frame = SMALL.cells.with_columns(
        pl.Series(name, figures * (SMALL.cells.height // len(figures)), pl.Int64) for name in RESULTS
    )
    frame = frame.with_columns(
        entered=pl.sum_horizontal(RESULTS), timed=pl.lit(0, pl.Int64), days=pl.lit(0, pl.Int64)
    ).select(pl.exclude(FIGURES), *FIGURES)
    return Counts(member, "2026", SMALL, frame, True, frame)


def summed(parts: list[list[Share]]) -> list[Share]:
    return [partial([shares[j] for shares in parts]) for j in range(len(parts))]


@given(st.lists(st.lists(st.integers(0, 10**9), min_size=3, max_size=3), min_size=3, max_size=6))
@settings(max_examples=30, deadline=None)
def test_the_partial_sums_add_up_to_the_exact_total(figures: list[list[int]]) -> None:
    all_ = [of(f"M{k}", row) for k, row in enumerate(figures)]
    total = add(summed([split(one, len(all_)) for one in all_]), SMALL)
    expected = sum(one.frame.select(FIGURES).to_numpy() for one in all_)
    assert (total.frame.select(FIGURES).to_numpy() == expected).all()
    assert total.members == tuple(sorted(one.member for one in all_))


def test_the_operator_gets_the_same_total_from_floored_counts() -> None:
    all_ = [counted(m, seed, 100) for seed, m in enumerate("CAB")]
    shared = add(summed([split(one, 3) for one in all_]), SMALL)
    trusted = add_counts(all_)
    assert shared.frame.equals(trusted.frame)
    assert (shared.shared, trusted.shared) == (True, False)
    assert trusted.frame["entered"].sum() == sum(one.frame["entered"].sum() for one in all_)


# ---------------------------------------------------------------------------------------------- shares tell nothing


def test_all_shares_but_one_are_the_same_whatever_the_counts() -> None:
    """With equal random bits the shares handed out differ in the last alone: the others never saw the counts."""
    low, high = (split(of("A", figures), 4, random=random.Random(7).randbytes) for figures in ([0, 0, 0], [5, 9, 1]))
    assert all((a.values == b.values).all() for a, b in zip(low[:3], high[:3], strict=True))
    assert (low[3].values != high[3].values).any()


@pytest.mark.parametrize("left_out", [0, 1, 2])
def test_shares_short_of_one_are_uniform(left_out: int) -> None:
    """Bits, bytes and sums of any two of three shares: no departure from uniform in 200 splits of small counts.

    The bounds are exceeded once in 10⁵ runs.
    """
    seen: list[np.ndarray] = []  # type: ignore[type-arg]
    for _ in range(200):
        shares = split(of("A", [3, 0, 7]), 3)
        kept = [share.values for k, share in enumerate(shares) if k != left_out]
        seen += [*kept, kept[0] + kept[1]]
    words = np.concatenate(seen)
    counts = np.bincount(words.view(np.uint8), minlength=256)
    expected = counts.sum() / 256
    assert ((counts - expected) ** 2 / expected).sum() < chi2.isf(1e-5, 255)
    assert kstest(words / 2.0**64, "uniform").pvalue > 1e-5


def test_splitting_twice_gives_other_shares() -> None:
    one, other = (split(of("A", [3, 0, 7]), 3) for _ in range(2))
    assert all((a.values != b.values).all() for a, b in zip(one, other, strict=True))
    assert one[0].splits != other[0].splits


# ------------------------------------------------------------------------------------------------- everything wrong


def codes(error: pytest.ExceptionInfo[DataRefused]) -> set[str]:
    for fault in error.value.faults:
        for lang in ("zh", "en"):
            text = fault.say(lang)
            assert "{" not in text
            assert "risk_share" not in text
    return {fault.what.code for fault in error.value.faults}


def test_what_is_missing_doubled_or_foreign_is_named() -> None:
    parts = [split(of(m, [1, 2, 3]), 3) for m in "ABC"]
    mine = [shares[0] for shares in parts]
    with pytest.raises(DataRefused) as error:
        partial(mine[:2])
    assert codes(error) == {"risk_share.member-missing"}
    with pytest.raises(DataRefused) as error:
        partial([*mine, mine[0]])
    assert codes(error) == {"risk_share.doubled-member"}
    with pytest.raises(DataRefused) as error:
        partial([mine[0], mine[1], parts[2][1]])
    assert codes(error) == {"risk_share.other-holder"}
    with pytest.raises(DataRefused) as error:
        partial([mine[0], replace(mine[1], round="2025"), replace(mine[2], taxonomy="0")])
    assert codes(error) == {"risk_share.foreign"}
    assert len(error.value.faults) == 2


def test_partial_sums_that_do_not_belong_together_are_named() -> None:
    parts = [split(of(m, [1, 2, 3]), 3) for m in "ABC"]
    sums = summed(parts)
    again = summed([parts[0], parts[1], split(of("C", [1, 2, 3]), 3)])
    wrong = {
        "risk_share.holder-missing": sums[:2],
        "risk_share.doubled-holder": [*sums, sums[1]],
        "risk_share.other-shares": [sums[0], sums[1], again[2]],
        "risk_share.foreign": [sums[0], sums[1], replace(sums[2], round="2027")],
        "risk_share.sum-absurd": [sums[0], sums[1], replace(sums[2], values=sums[2].values + np.uint64(1 << 60))],
        "risk_share.taxonomy-other": [replace(one, taxonomy="0") for one in sums],
    }
    for code, given_ in wrong.items():
        with pytest.raises(DataRefused) as error:
            add(given_, SMALL)
        assert code in codes(error)


def test_two_members_are_too_few_and_whole_counts_go_to_nobody() -> None:
    for among in (0, 2, 10_001):
        with pytest.raises(DataRefused) as error:
            split(of("A", [1, 2, 3]), among)
        assert codes(error) == {"risk_share.among"}
    floored = [counted(m, seed) for seed, m in enumerate("AB")]
    with pytest.raises(DataRefused) as error:
        add_counts([*floored, floored[0], of("W", [1, 2, 3]), counted("C", 2, round="2025")])
    assert codes(error) == {"risk_share.doubled-member", "risk_share.whole-to-operator", "risk_share.foreign"}
    with pytest.raises(DataRefused) as error:
        add_counts(floored)
    assert codes(error) == {"risk_share.few-members"}


# ------------------------------------------------------------------------------------------------------------- files


def test_files_come_back_as_they_went() -> None:
    counts = counted("甲,“A”", 3, 100)
    back = files.read_counts("\ufeff" + files.counts_text(counts), SMALL)
    assert back.frame.equals(counts.frame)
    assert (back.member, back.round, back.whole) == (counts.member, "2026", False)
    share = split(counts, 5)[2]
    again = files.read_share(files.share_bytes(share))
    assert (again.values == share.values).all()
    assert replace(again, values=share.values) == share
    total = add_counts([counts, counted("B", 1), counted("C", 2)])
    read = files.read_total(files.total_text(total), SMALL)
    assert read.frame.equals(total.frame)
    assert read.members == total.members
    assert [files.kind_of(data) for data in (
        files.counts_text(counts).encode(), files.total_text(total).encode(), files.share_bytes(share), b"a,b\n", b"",
    )] == ["counts", "total", "share", "", ""]  # fmt: skip


@given(st.integers(0, 10**6), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_a_share_with_any_bit_changed_is_refused(at: int, bit: int) -> None:
    data = bytearray(files.share_bytes(split(of("A", [1, 2, 3]), 3)[0]))
    before = bytes(data)
    data[at % len(data)] ^= 1 << bit
    with suppress(DataRefused):  # if it is taken, nothing but white space has changed
        assert files.share_bytes(files.read_share(bytes(data))) == before


@given(st.binary(max_size=200) | st.from_regex(rb"\{.*\}", fullmatch=True))
@settings(max_examples=60, deadline=None)
def test_what_is_no_share_is_refused(data: bytes) -> None:
    with pytest.raises(DataRefused):
        files.read_share(data)


def test_tables_that_were_changed_are_refused() -> None:
    text = files.counts_text(counted("A", 3, 100))
    lines = text.splitlines(keepends=True)
    full = next(k for k, line in enumerate(lines) if k and ",,,,,,," not in line)
    cut = lines[full].rstrip("\n").split(",")
    wrong = {
        "risk_share.table-cells": "".join([lines[0], *lines[2:]]),
        "risk_share.table-columns": text.replace("passed", "gone", 1),
        "risk_share.table-uneven": text.replace("A,2026", "B,2026", 1),
        "risk_share.taxonomy-other": text.replace(SMALL.digest, "0" * 32),
        "risk_share.table-figure": text.replace(lines[full], ",".join([*cut[:8], "-3", *cut[9:]]) + "\n"),
        "risk_share.table-sum": text.replace(lines[full], ",".join([*cut[:8], "999", *cut[9:]]) + "\n"),
    }
    for code, changed in wrong.items():
        with pytest.raises(DataRefused) as error:
            files.read_counts(changed, SMALL, "c.csv")
        assert codes(error) == {code}
    for empty in ("", "\n", "member\n", "\x00"):
        with pytest.raises(DataRefused) as error:
            files.read_counts(empty, SMALL)
        assert codes(error) == {"risk_share.table-columns"}
