"""Dependence: what is refused, and that it never changes a single case's odds."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_books import alike, drawn

from tongtu.risk.simulation import Factors, hit_counts, hits, nearest_correlation, scenarios, vasicek_quantile
from tongtu.risk.simulation.copula import Copula
from tongtu.risk.simulation.latent import doubts, thresholds
from tongtu.risk.simulation.passing import Passing
from tongtu.terms.faults import DataRefused, TongtuError, UsageFault
from tongtu.terms.words import LANGUAGES, missing


def square(**columns: list[float]) -> pl.DataFrame:
    return pl.DataFrame({"direction": list(columns), **{k: [float(x) for x in v] for k, v in columns.items()}})


def codes(error: TongtuError) -> set[str]:
    """Codes of all faults; each must be spoken, with its repair, in both languages."""
    for fault in error.faults:
        assert fault.repair is not None
        assert missing(fault.what.code) == missing(fault.repair.code) == []
        assert not any("{" in fault.say(lang) for lang in LANGUAGES)
    return {fault.what.code.partition(".")[2] for fault in error.faults}


# --- published figures ------------------------------------------------------------------------------------------------


def test_vasicek_quantiles():
    assert vasicek_quantile(0.01, 0.2, 0.999) == pytest.approx(0.145525, abs=1e-6)
    assert vasicek_quantile(0.05, 0.15, 0.99) == pytest.approx(0.209881, abs=1e-6)


@pytest.mark.parametrize(
    ("rho", "five", "two"),
    [
        (0.0, 0.8744, 0.0182),
        (0.05, 0.7261, 0.0988),
        (0.1, 0.6381, 0.1786),
        (0.2, 0.5246, 0.3110),
        (0.5, 0.3285, 0.5812),
    ],
)
def test_hits_of_the_megafund(rho, five, two):
    assert hits(150, 0.05, rho, 5) == pytest.approx(five, abs=1e-4)
    assert hit_counts(150, 0.05, rho)[:3].sum() == pytest.approx(two, abs=1e-4)
    worlds = 20_000
    found = scenarios(alike(150, 0.05), worlds, factors=Factors.plain(rho), doubt=False).outcome.sum(axis=0)
    for reached, expected in (((found >= 5).mean(), five), ((found <= 2).mean(), two)):
        assert abs(reached - expected) < 3 * np.sqrt(expected * (1 - expected) / worlds) + 1e-4


def test_quick_answers_refuse_what_is_no_chance():
    with pytest.raises(UsageFault) as error:
        vasicek_quantile(0.0, 1.0, 1.5)
    assert codes(error.value) == {"chance-outside", "rho-outside"}
    assert len(error.value.faults) == 3


# --- odds stay odds ---------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.6), st.floats(0, 0.3), st.booleans(), st.sampled_from([0.0, 4.0, 40.0]))
def test_every_stage_passes_its_share_of_those_that_enter(seed, market, sector, by_stage, belief):
    """By quadrature over the case's own common factor, apart from the code that set the thresholds."""
    book = drawn(8, seed, belief=belief)
    factors = Factors(market, sector, 0.05, by_stage=by_stage)
    doubt = doubts(book)
    limit, common = thresholds(book, factors, doubt), factors.common(book)
    z = np.linspace(-9, 9, 3001)
    weight = np.exp(-(z**2) / 2) * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    from scipy.stats import norm

    for case in range(len(book)):
        alive = weight.copy()
        for row in range(book.start[case], book.start[case + 1]):
            width = np.sqrt(1 - common[case] + doubt[row] ** 2)
            chance = norm.cdf((limit[row] + np.sqrt(common[case]) * z) / width)
            entered = alive.sum() if not by_stage else 1.0
            passed = (alive * chance).sum() if not by_stage else (weight * chance).sum()
            assert passed / entered == pytest.approx(book.p[row], abs=1e-6)
            alive = alive * chance


def test_doubt_has_the_variance_of_the_belief():
    """Two cases of one cell pass together with chance E[p²] of their Beta."""
    book = drawn(60, belief=12.0, width=1, sectors=1)
    worlds = scenarios(book, 1 << 14, factors=Factors.plain(0.0)).outcome
    p = book.p[0]
    share = worlds.mean(axis=0)
    n = worlds.shape[0]
    together = (share**2).mean() * n / (n - 1) - share.mean() / (n - 1)
    assert together == pytest.approx(p**2 + p * (1 - p) / 13, abs=4e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reach", [1e-13, 0.3, 3.0, 40.0])
def test_series_give_the_same_chances(dtype, reach):
    rng = np.random.default_rng(0)
    limit, x = rng.normal(0, 1.5, 50), rng.uniform(-reach, reach, 400)
    from scipy.stats import norm

    found = Passing(limit, x, 1.3, dtype).at(slice(0, 400), np.empty((50, 400), dtype))
    np.testing.assert_allclose(found, norm.cdf((limit[:, None] + x) * 1.3), atol=3e-6 if dtype == np.float32 else 1e-9)


def test_the_sectors_matrix_binds_sectors_together():
    matrix = square(D0=[1, 0.9, 0], D1=[0.9, 1, 0], D2=[0, 0, 1])
    book = drawn(30, width=1, sectors=3)
    copula = Copula(book, Factors(0.0, 0.5, 0.0, sectors=matrix), doubt=False)
    z = np.random.default_rng(0).standard_normal((40_000, copula.dimensions))
    by_sector = {group.sector: copula.shifts(group, z)[0] for group in copula.groups}
    found = np.corrcoef([by_sector[k] for k in range(3)])
    np.testing.assert_allclose(found, [[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]], atol=0.02)
    np.testing.assert_allclose([by_sector[k].var() for k in range(3)], 0.5, atol=0.01)


# --- what is no correlation -------------------------------------------------------------------------------------------

BAD = {
    "correlation-not-square": pl.DataFrame({"direction": ["D0"], "D0": [1.0], "D1": [0.0]}),
    "column-missing": pl.DataFrame({"D0": [1.0]}),
    "correlation-lopsided": square(D0=[1, 0.2], D1=[0.3, 1]),
    "correlation-outside": square(D0=[1, 1.2], D1=[1.2, 1]),
    "correlation-diagonal": square(D0=[2, 0.2], D1=[0.2, 1]),
    "correlation-blank": square(D0=[1, float("nan")], D1=[0.2, 1]),
    "unreadable": pl.DataFrame({"direction": ["D0"], "D0": ["much"]}),
    "correlation-indefinite": square(D0=[1, 0.9, -0.9], D1=[0.9, 1, 0.9], D2=[-0.9, 0.9, 1]),
    "correlation-absent": square(D0=[1.0]),
}


@pytest.mark.parametrize("code", BAD)
def test_a_matrix_that_is_no_correlation_is_refused(code):
    with pytest.raises(DataRefused) as error:
        Factors(sectors=BAD[code]).checked(drawn(12))
    assert code in codes(error.value)


def test_the_refusal_names_the_eigenvalue_and_the_repair_holds():
    with pytest.raises(DataRefused) as error:
        Factors(sectors=BAD["correlation-indefinite"]).checked(drawn(12))
    assert "-0.8" in error.value.say("en")
    mended = nearest_correlation(BAD["correlation-indefinite"])
    Factors(sectors=mended).checked(drawn(12))
    values = mended.drop("direction").to_numpy()
    np.testing.assert_allclose(np.diag(values), 1)
    np.testing.assert_allclose(np.abs(values[0, 1]), 0.5, atol=1e-4)  # by symmetry of the example


@pytest.mark.parametrize("shares", [(-0.1, 0.0, 0.0), (1.2, 0.0, 0.0), (float("nan"), 0.0, 0.0), (0.5, 0.4, 0.2)])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(UsageFault) as error:
        Factors(*shares).checked(drawn(3))
    assert codes(error.value) <= {"share-outside", "shares-too-many"}
