"""Any table fitted: truth recovered, never worse than the base rate, ranges that hold, and the zoo of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_tables import spoken

from tongtu.cli.risking.fitting import fit as command
from tongtu.cli.risking.fitting import told
from tongtu.risk import scores
from tongtu.risk.fitting import fit, predict
from tongtu.terms.faults import DataRefused, TongtuError

AWARDS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "risk"
Rng = np.random.Generator


def cells_of(rng: Rng, truth: Any, size: int, names: str = "k") -> pl.DataFrame:
    cell = np.repeat(np.arange(len(truth)), size)
    y = (rng.random(len(cell)) < np.asarray(truth)[cell]).astype(int)
    return pl.DataFrame({"cell": [f"{names}{k:02}" for k in cell], "y": y})


def test_rates_of_cells_are_recovered_and_their_ranges_hold() -> None:
    rng = np.random.default_rng(5)
    rate, share, worse = [], [], []
    for _ in range(25):
        spread = rng.choice([0.0, 0.2, 0.5, 0.9])
        truth = 1 / (1 + np.exp(-rng.normal(rng.normal(0, 0.7), spread, int(rng.integers(10, 50)))))
        train, new = cells_of(rng, truth, int(rng.integers(20, 120))), cells_of(rng, truth, 50)
        found = predict(fit(train, "y", cells=["cell"], new=new), new).drop("why").with_columns(y=new["y"])
        by = found.group_by("cell").mean().sort("cell")
        rate.append(scores.coverage(by["rate_lower"], by["rate_upper"], truth))
        share.append(scores.coverage(by["lower"], by["upper"], by["y"]))
        p, base = by["p"].to_numpy(), train["y"].to_numpy().mean()
        said, plain = (-(truth * np.log(q) + (1 - truth) * np.log(1 - q)).mean() for q in (p, base))
        worse.append(said - plain)
    assert 0.74 <= np.mean(rate) <= 0.88
    assert 0.74 <= np.mean(share) <= 0.86
    assert max(worse) < 0.001
    assert min(worse) < -0.01


def test_noise_is_not_believed() -> None:
    rng = np.random.default_rng(8)
    for _ in range(5):
        noise = {f"x{k}": rng.normal(size=800) for k in range(30)} | {"s": rng.choice(list("abcdefgh"), 800)}
        table = pl.DataFrame({**noise, "y": (rng.random(800) < 0.3).astype(int)})
        fitted = fit(table[:600], "y", new=table[600:])
        p = predict(fitted, table[600:])["p"].to_numpy()
        assert np.abs(p - fitted.rate).max() < 0.08


def test_what_tells_something_is_used() -> None:
    rng = np.random.default_rng(9)
    n = 4000
    x, s = rng.normal(size=n), rng.integers(0, 5, n)
    truth = 1 / (1 + np.exp(-(-1 + 0.6 * x + 0.4 * (s - 2))))
    y = (rng.random(n) < truth).astype(int)
    table = pl.DataFrame({"x": x, "sector": [f"s{k}" for k in s], "noise": rng.normal(size=n), "y": y})
    fitted = fit(table[:3000], "y", new=table[3000:])
    p = predict(fitted, table[3000:])["p"].to_numpy()
    base, best = (scores.log_loss(q, y[3000:]) for q in (np.full(1000, fitted.rate), truth[3000:]))
    assert scores.log_loss(p, y[3000:]) < base - 0.8 * (base - best)
    assert 0.85 < (scores.calibration(p, y[3000:]).slope or 0) < 1.15
    assert {block.name for block in fitted.blocks} == {"x", "sector"}
    spoken(pl.Series([why.to_json() for why in told(fitted, predict(fitted, table[3000:]))]))


def test_levels_are_carried_on_and_no_trend_is_drawn() -> None:
    """The rate falls by two points a year for ten years; what is said lies near the last ones, not below."""
    rng = np.random.default_rng(1)
    year = np.repeat(np.arange(2010, 2020), 1500)
    y = (rng.random(len(year)) < 0.6 - 0.02 * (year - 2010)).astype(int)
    new = pl.DataFrame({"year": [2020, 2021, 2025]})
    found = predict(fit(pl.DataFrame({"year": year, "y": y}), "y", new=new), new)
    assert found["p"].n_unique() == 1
    assert 0.40 < found["p"][0] < 0.46
    assert (found["upper"] - found["lower"]).is_sorted()  # further ahead, less sure


def test_what_helped_once_and_helps_no_more_is_dropped() -> None:
    rng = np.random.default_rng(6)
    year = np.repeat(np.arange(2010, 2020), 400)
    x = rng.normal(size=len(year))
    effect = np.where(year < 2017, 1.2, 0.0)
    y = (rng.random(len(year)) < 1 / (1 + np.exp(-effect * x))).astype(int)
    new = pl.DataFrame({"year": [2020] * 50, "x": np.linspace(-2, 2, 50)})
    p = predict(fit(pl.DataFrame({"year": year, "x": x, "y": y}), "y", new=new), new)["p"]
    assert float(p.max()) - float(p.min()) < 0.2  # type: ignore[arg-type]


def test_without_a_clock_another_draw_gets_cells_alone() -> None:
    rng = np.random.default_rng(7)
    train = cells_of(rng, [0.2, 0.4, 0.6], 300).with_columns(x=pl.lit(0.0))
    train = train.with_columns(x=pl.Series(rng.normal(size=900) + train["y"].to_numpy() * 0.7))
    new = cells_of(rng, [0.2, 0.4, 0.6], 100).with_columns(x=pl.Series(rng.normal(3, 1, 300)))
    fitted = fit(train, "y", cells=["cell"], new=new)
    assert [block.name for block in fitted.blocks] == ["cell"]
    assert any(why.code == "risk_fit.other-draw" for why in fitted.left_out)
    same = fit(train, "y", cells=["cell"], new=train[::3])
    assert "x" in {block.name for block in same.blocks}


def test_the_order_of_rows_is_nobodys() -> None:
    rng = np.random.default_rng(2)
    table = cells_of(rng, [0.2, 0.5, 0.7, 0.4], 60).with_columns(x=pl.Series(rng.normal(size=240)))
    new = table.drop("y").unique(maintain_order=True)
    once = predict(fit(table, "y", new=new), new)
    again = predict(fit(table.sample(fraction=1, shuffle=True, seed=3), "y", new=new), new.reverse()).reverse()
    assert once.equals(again)


WIDE = ",".join(f"c{k}" for k in range(200))
TABLES: dict[str, tuple[str, str]] = {
    "three rows": ("a,y\nx,1\nz,0\nx,1\n", "a\nx\nq\n"),
    "one row": ("a,y\nx,1\n", "a\nx\n"),
    "all true": ("a,y\n" + "x,1\n" * 40, "a\nx\nq\n"),
    "all false": ("a,y\n" + "x,0\nz,0\n" * 40, "a\nx\n"),
    "words": ("a,y\n" + "x,是\nz,否\n" * 40, "a\nx\n"),
    "yes no": ("a,y\n" + "x,Yes\nz,no\nq,\n" * 40, "a\nx\n"),
    "only a target": ("y\n1\n0\n1\n", "b\n1\n2\n"),
    "twice the same name": ("a,a,y\n" + "x,1,1\nz,2,0\n" * 40, "a,a\nx,1\n"),
    "no name": (",y\n" + "x,1\nz,0\n" * 40, ",b\nx,\n"),
    "missing cells": ("a,b,y\n" + "x,,1\n,3,0\nn/a,-,1\n" * 30, "a,b\n,\nx,5\n"),
    "ragged": ("a,b,y\n" + "x,2,1\nz,1,0\n" * 30, "a,b\nx\nz,1\n"),
    "days": ("d,y\n" + "2020-01-01,1\n2021-05-03,0\n2022-07-01,1\n" * 20, "d\n2023-01-01\n\nwhen\n"),
    "money and percent": ("m,y\n" + '"1,200",1\n"30,500",0\n12%,1\n' * 20, 'm\n"1,300"\nx\n'),
    "blank lines": ("a,y\n" + "x,1\n\n\nz,0\n" * 20, "a\nx\n\nz\n"),
    "wide": (WIDE + ",y\n" + (",".join("1" * 200) + ",1\n" + ",".join("2" * 200) + ",0\n") * 9, WIDE + "\n1,2\n"),
    "huge and tiny": ("a,y\n" + "1e308,1\n-1e308,0\n1e-300,1\ninf,0\nnan,1\n" * 10, "a\n1e999\n0\n"),
}  # fmt: skip


def call(folder: Path, train: str, new: str, *more: str) -> tuple[Any, Path]:
    (folder / "t.csv").write_text(train, encoding="utf-8")
    (folder / "n.csv").write_text(new, encoding="utf-8")
    line = [str(folder / "t.csv"), "--predict", str(folder / "n.csv"), "--target", "y", "--out", str(folder / "p.csv")]
    return CliRunner().invoke(command("en"), [*line, *more]), folder / "p.csv"


@pytest.mark.parametrize("name", TABLES)
def test_the_zoo_of_tables(name: str, tmp_path: Path) -> None:
    train, new = TABLES[name]
    done, out = call(tmp_path, train, new)
    assert done.exception is None, done.exception
    found = pl.read_csv(out)
    assert found.columns == ["p", "lower", "upper", "n_eff", "rate_lower", "rate_upper", "cell"]
    figures = found.select("p", "lower", "upper", "rate_lower", "rate_upper")
    assert figures.select(pl.all().is_between(0, 1).all()).row(0) == (True,) * 5
    assert (found["lower"] <= found["p"]).all()
    assert (found["p"] <= found["upper"]).all()
    assert found["n_eff"].is_finite().all()
    assert 0 < found["p"][0] < 1
    assert "“y”" in done.output
    assert "{" not in done.output


@pytest.mark.parametrize(
    ("train", "new", "more", "said"),
    [
        ("a,y\nx,1\n", "a\nx\n", ["--cells", "b,c", "--drop", "q"], ["“b”", "“c”", "“q”"]),
        ("a,b\nx,1\n", "a\nx\n", [], ["no column “y”"]),
        ("a,y\nx,maybe\nz,3\n", "a\nx\n", [], ["maybe"]),
        ("a,y\nx,\n", "a\nx\n", [], ["states no result"]),
        ("a,y\n", "a\nx\n", [], ["no rows"]),
        ("a,y\nx,1\n", "b\nx\n", ["--cells", "a"], ["lacks the column “a”"]),
        ("a,y\nx,1\nz,0\n", "a\nx\n", ["--time", "a"], ["cannot tell the time"]),
        ("a,y\nx,1\n", "a\nx\n", ["--cells", "y"], ["“y”"]),
        ("", "a\nx\n", [], ["empty"]),
        ('a,y\n"x,1\n', '"a\nx\n', [], ["t.csv", "n.csv"]),
    ],
)
def test_what_cannot_be_taken_is_told_with_every_fault(
    train: str, new: str, more: list[str], said: list[str], tmp_path: Path
) -> None:
    done, out = call(tmp_path, train, new, *more)
    assert isinstance(done.exception, TongtuError), done.exception
    text = done.exception.say("en")
    assert all(part in text for part in said), text
    assert all(fault.repair is not None for fault in done.exception.faults)
    assert not out.exists()


def test_leaks_are_named_on_the_screen_and_kept_only_when_asked(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    train = "a,rating,y\n" + "".join(f"{k % 7},{v + k % 3 / 10},{v}\n" for k, v in enumerate(y))
    new = "a,rating\n1,0.1\n1,1.1\n"
    done, out = call(tmp_path, train, new)
    assert "“rating” seems to know the result" in done.output
    assert pl.read_csv(out)["p"].n_unique() == 1
    done, out = call(tmp_path, train, new, "--keep", "rating")
    assert "seems to know" not in done.output
    low, high = pl.read_csv(out)["p"]
    assert low < 0.2
    assert high > 0.8


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "", None]), st.floats(allow_nan=True), st.booleans()), min_size=1,
                max_size=60))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_any_small_table_is_taken(rows: list[tuple[str | None, float, bool]]) -> None:
    table = pl.DataFrame(rows, {"s": pl.String, "x": pl.Float64, "y": pl.Boolean}, orient="row")
    found = predict(fit(table, "y", new=table), table)
    assert found.height == table.height
    assert found["p"].is_between(0, 1, closed="none").all()


def test_a_column_that_was_used_must_be_there() -> None:
    table = cells_of(np.random.default_rng(0), [0.2, 0.8], 50)
    fitted = fit(table, "y", cells=["cell"])
    with pytest.raises(DataRefused, match="cell"):
        predict(fitted, table.drop("cell"))
    assert predict(fitted, table[:0]).height == 0


@pytest.mark.skipif(not AWARDS.exists(), reason=f"no outcome data at {AWARDS}")
def test_real_awards() -> None:
    """Fitted on awards up to 1991, scored on 1992–93; what the bench prints, with room."""
    awards = pl.concat([pl.read_csv(f, infer_schema=False) for f in sorted(AWARDS.glob("*.csv"))]).drop("split")
    year = awards["year"].cast(int)
    train, new = awards.filter(year <= 1991), awards.filter(year > 1991)
    fitted = fit(train, "y", cells=("dept", "branch"), new=new)
    found = predict(fitted, new)
    y = new["y"].cast(int).to_numpy()
    base = scores.log_loss(np.full(len(y), fitted.rate), y)
    assert scores.log_loss(found["p"], y) < base - 0.005
    assert 0.8 < (scores.calibration(found["p"], y).slope or 0) < 1.25
    assert {leak.column for leak in fitted.leaks} == {"abslen", "lag", "sim", "y_strict", "y_any"}
