"""Kaplan-Meier against published figures, a count by hand, and worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.lifetimes import count, difference, log_rank, survival

# Weeks to relapse of acute leukaemia on 6-mercaptopurine and on placebo: Freireich et al. (1963), Gehan (1965).
DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
OVER = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_leukaemia_table_is_the_published_one() -> None:
    curves = survival(DRUG, OVER)
    at = curves.counted.all_left > 0
    assert curves.counted.times[at].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curves.counted.at_risk[at].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curves.share[at].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curves.error[at].round(3).tolist() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]


def test_leukaemia_medians_and_their_published_intervals() -> None:
    both = survival(DRUG + PLACEBO, OVER + [1] * 21, group=[0] * 21 + [1] * 21)
    found = both.median(scale="log")  # the scale of the published ones
    assert found.time.tolist() == [23, 8]
    assert found.low.tolist() == [16, 4]
    assert np.isnan(found.high[0])
    assert found.high[1] == 12
    log_log = both.median()
    assert log_log.low.tolist() == [13, 4]
    assert log_log.high[1] == 11


def test_leukaemia_log_rank_is_the_published_one() -> None:
    found = log_rank(DRUG + PLACEBO, OVER + [1] * 21, [0] * 21 + [1] * 21)
    assert found.statistic == pytest.approx(16.79, abs=0.005)
    assert found.observed.tolist() == [9, 21]
    assert found.expected.round(2).tolist() == [19.25, 10.75]
    assert found.freedom == 1
    assert found.p == pytest.approx(4.17e-5, rel=0.01)


def test_placebo_without_open_cases_is_the_plain_average() -> None:
    curves = survival(PLACEBO, [1] * 21)
    assert curves.mean(23).mean[0] == pytest.approx(np.mean(PLACEBO))
    assert curves.mean(23).error[0] == pytest.approx(np.std(PLACEBO) / np.sqrt(21))
    share = np.array([np.mean(np.array(PLACEBO) > t) for t in curves.counted.times])
    assert curves.share == pytest.approx(share)
    assert curves.error == pytest.approx(np.sqrt(share * (1 - share) / 21))


CASES = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.integers(0, 2), st.integers(0, 6)), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_every_group_equals_a_count_by_hand(rows: list[tuple[int, bool, int, int]]) -> None:
    times, left, group = ([row[i] for row in rows] for i in range(3))
    entry = [min(row[3], max(row[0] - 1, 0)) for row in rows]
    curves = survival(times, left, group=group, entry=entry, groups=3)
    for g in range(3):
        mine = [(t, d, e) for t, d, k, e in zip(times, left, group, entry, strict=True) if k == g]
        share, spread, here = 1.0, 0.0, curves.counted.span(g)
        assert curves.counted.times[here].tolist() == sorted({t for t, _, _ in mine})
        for i, t in enumerate(sorted({t for t, _, _ in mine}), start=here.start):
            n = sum(1 for end, _, e in mine if end >= t and (e < t or e == 0))
            d = sum(1 for end, over, _ in mine if end == t and over)
            share *= 1 - d / max(n, 1)
            spread += d / (n * (n - d)) if n > d else 0.0
            assert curves.counted.at_risk[i] == n
            assert curves.share[i] == pytest.approx(share)
            assert curves.greenwood[i] == pytest.approx(spread)


@settings(max_examples=30, deadline=None)
@given(CASES, st.randoms())
def test_order_of_rows_does_not_matter(rows: list[tuple[int, bool, int, int]], chance: object) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, two = (survival([r[0] for r in rs], [r[1] for r in rs], group=[r[2] for r in rs]) for rs in (rows, mixed))
    assert one.share.tolist() == two.share.tolist()
    assert one.interval()[0].tolist() == two.interval()[0].tolist()


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_ends_lie_around_the_share_and_within_nothing_and_all(rows: list[tuple[int, bool, int, int]]) -> None:
    for scale in ("log-log", "log", "plain"):
        curves = survival([r[0] for r in rows], [r[1] for r in rows], group=[r[2] for r in rows])
        low, high = curves.interval(0.8, scale)  # type: ignore[arg-type]
        assert (low <= curves.share + 1e-12).all()
        assert (high >= curves.share - 1e-12).all()
        assert (low >= 0).all()
        assert (high <= 1).all()


def test_late_entry_does_not_count_before_it_enters() -> None:
    # 3 watched from the start, 2 more from day 5 on: at day 4 three are at risk, at day 6 four
    found = count([4, 8, 8, 6, 9], [0, -1, -1, 0, 0], entry=[0, 0, 0, 5, 5])
    assert dict(zip(found.times.tolist(), found.at_risk.tolist(), strict=True)) == {4: 3, 6: 4, 8: 3, 9: 1}


def test_late_entry_recovers_the_truth_where_leaving_it_out_does_not() -> None:
    rng = np.random.default_rng(5)
    life, since = rng.exponential(100, 20_000), rng.uniform(0, 150, 20_000)
    seen = life > since
    late = survival(life[seen], np.ones(seen.sum()), entry=since[seen])
    assert late.at(100)[0][0] == pytest.approx(np.exp(-1), abs=0.02)
    assert survival(life[seen], np.ones(seen.sum())).at(100)[0][0] > 0.5


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    worlds, n = 600, 40
    life, end = rng.exponential(50, (worlds, n)), rng.uniform(20, 120, (worlds, n))
    group = np.repeat(np.arange(worlds), n)
    curves = survival(np.minimum(life, end).ravel(), (life <= end).ravel(), group=group)
    _, low, high = curves.at(30, 0.9)
    truth = np.exp(-30 / 50)
    told = ~np.isnan(low)
    assert told.mean() > 0.95
    assert 0.86 < ((low <= truth) & (truth <= high))[told].mean() < 0.945
    median = curves.median(0.9)
    truth = 50 * np.log(2)
    inside = (median.low <= truth) & ((median.high >= truth) | np.isnan(median.high))
    assert 0.86 < inside.mean() < 0.96
    means = curves.mean(60.0)
    truth = 50 * (1 - np.exp(-60 / 50))
    z = (means.mean - truth) / means.error
    assert 0.86 < (np.abs(z[means.told]) < 1.645).mean() < 0.94


def test_means_are_not_told_beyond_what_was_followed() -> None:
    curves = survival([10, 20, 30, 5, 8], [1, 0, 0, 1, 1], group=[0, 0, 0, 1, 1])
    assert curves.mean(40).told.tolist() == [False, True]
    assert np.isnan(curves.mean(40).mean[0])
    assert curves.mean(40).mean[1] == pytest.approx(6.5)  # all had left before
    assert curves.mean(30).told.tolist() == [True, True]


def test_difference_of_means_is_second_minus_first_and_covers_the_truth() -> None:
    rng = np.random.default_rng(3)
    worlds, n = 300, 150
    life = np.stack([rng.exponential(100, (worlds, n)), rng.exponential(70, (worlds, n))], axis=1).ravel()
    end = rng.uniform(150, 400, len(life))
    group = np.repeat(np.arange(2 * worlds), n)
    means = survival(np.minimum(life, end), life <= end, group=group).mean(140)
    found = difference(means, np.arange(0, 2 * worlds, 2), np.arange(1, 2 * worlds, 2), 0.9)
    truth = 70 * (1 - np.exp(-140 / 70)) - 100 * (1 - np.exp(-140 / 100))
    assert truth < 0
    assert found.value.mean() == pytest.approx(truth, abs=1)
    assert 0.86 < ((found.low <= truth) & (truth <= found.high)).mean() < 0.95


def test_groups_without_cases_and_no_cases_at_all_are_told_as_unknown() -> None:
    curves = survival([3, 4], [1, 0], group=[2, 2], groups=4)
    assert curves.counted.entered.tolist() == [0, 0, 2, 0]
    assert np.isnan(curves.median().time[[0, 1, 3]]).all()
    assert np.isnan(curves.at(2)[0][0])
    assert curves.at(2)[0][2] == 1.0
    empty = survival([], [], groups=2)
    assert np.isnan(empty.at(1)[0]).all()
    assert np.isnan(empty.mean(1).mean).all()
    assert np.isnan(empty.median().time).all()
    assert np.isnan(log_rank([], [], []).p)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"times": [1.0], "left": [1, 0]}, "lengths"),
        ({"times": [-1.0], "left": [1]}, "negative"),
        ({"times": [float("nan")], "left": [1]}, "finite"),
        ({"times": [1.0], "left": [1], "entry": [2.0]}, "before it"),
        ({"times": [1.0], "left": [1], "entry": [float("inf")]}, "entry"),
        ({"times": [1.0], "left": [1], "group": [-1]}, "group"),
    ],
)
def test_rows_that_cannot_be_are_refused(more: dict[str, list[float]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        survival(**more)  # type: ignore[arg-type]


def test_a_million_rows_take_well_under_a_second_each() -> None:
    from time import process_time

    rng = np.random.default_rng(1)
    times, left = rng.integers(0, 2000, 1_000_000), rng.random(1_000_000) < 0.6
    group = rng.integers(0, 50, 1_000_000)
    began = process_time()
    curves = survival(times, left, group=group)
    curves.mean(365.0), curves.median()
    assert process_time() - began < 3
