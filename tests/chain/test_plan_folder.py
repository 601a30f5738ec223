"""A plan's folder: it comes back equal, a change in it is noticed, an interrupted save leaves nothing half-written."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tongtu.chain import Manifest, Plan, diff
from tongtu.registry import Registry
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why


def small(score: float = 0.5, amount: int = 100_00) -> Plan:
    why = Why("chain.member").to_json()
    frames = {
        "allocation": pl.DataFrame({"need": ["N1"], "achievement": ["A1"], "score": [score], "why": [why]}),
        "funding": pl.DataFrame(
            {"case": ["N1+A1"], "chosen": [True], "amount": [amount], "currency": ["CNY"], "p": [0.4]}
        ),
    }
    manifest = Manifest("cn", "1", "p" * 64, "r" * 64, date(2026, 11, 21), date(2026, 11, 21), 0, {"top": 10})
    return Plan(manifest, frames, Registry({"needs": pl.DataFrame({"need": ["N1"]})}), {"seconds": {}})


def test_saved_and_loaded_is_the_same_plan(tmp_path: Path) -> None:
    saved = small()
    loaded = Plan.load(saved.save(tmp_path / "plan"))
    assert loaded.digest() == saved.digest()
    assert loaded.registry.digest() == saved.registry.digest()
    assert list(loaded) == list(saved)


def test_a_changed_table_is_noticed(tmp_path: Path) -> None:
    folder = small().save(tmp_path / "plan")
    small(score=0.9)["allocation"].write_parquet(folder / "tables" / "allocation.parquet")
    with pytest.raises(UsageFault, match="digest"):
        Plan.load(folder)


@pytest.mark.parametrize("damage", ["manifest.json", "tables/allocation.parquet"])
def test_a_broken_folder_is_a_fault_not_a_crash(tmp_path: Path, damage: str) -> None:
    folder = small().save(tmp_path / "plan")
    (folder / damage).write_bytes(b"{")
    with pytest.raises(UsageFault):
        Plan.load(folder)


def test_a_later_format_is_refused_by_name(tmp_path: Path) -> None:
    folder = small().save(tmp_path / "plan")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(UsageFault, match="99"):
        Plan.load(folder)


def test_another_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageFault, match="something else"):
        small().save(tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_an_interrupted_save_leaves_the_old_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small(score=0.5).save(tmp_path / "plan")
    before = Plan.load(folder).digest()

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pl.DataFrame, "write_parquet", stop)
    with pytest.raises(KeyboardInterrupt):
        small(score=0.9).save(folder)
    monkeypatch.undo()
    assert Plan.load(folder).digest() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan"]


def test_a_plan_does_not_differ_from_itself() -> None:
    assert diff(small(), small()).empty


def test_diff_names_what_moved_and_what_it_costs() -> None:
    found = diff(small(amount=100_00), small(amount=150_00))
    assert found.money.select("change", "amount", "amount_after").rows() == [("moved", 100_00, 150_00)]
    assert found.pairs.is_empty()
    assert found.expected == (0.4, 0.4)
