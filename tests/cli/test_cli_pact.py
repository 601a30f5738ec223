"""`tongtu risk count … compare`: a round from the members' workbooks to the pooled odds, never a traceback."""

from __future__ import annotations

import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from tongtu import registry
from tongtu.cli import risk_
from tongtu.cli.main import run
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo

DAY = ["--as-of", "2026-11-21"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "share-outcomes.md"
needs_opendp = pytest.mark.skipif(find_spec("opendp") is None, reason="OpenDP is not installed (extra `pact`)")


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    kept = Registry({name: demo.records[name] for name in ("outcomes", "organisations", "achievements", "cases")})
    out = tmp_path_factory.mktemp("outcomes")
    registry.write(kept, out, form="parquet", vocabularies=demo.pack.vocabularies)
    return str(out)


@pytest.fixture(scope="module")
def members(demo: Demo) -> list[str]:
    """Those who report most."""
    told = demo.records["outcomes"]["member"].drop_nulls().value_counts(sort=True).sort(["count", "member"])
    return told["member"].to_list()[-3:]


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


@needs_opendp
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_round_from_workbooks_to_pooled_odds(
    folder: str, members: list[str], lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for k, member in enumerate(members):
        counts = str(tmp_path / f"{k}.csv")
        assert run(["risk", "count", folder, "--member", member, *DAY, "--whole", "--out", counts], lang) == 0
        assert run(["risk", "split", counts, "--among", "3", "--out", str(tmp_path / f"sent-{k}")], lang) == 0
    assert {"zh": "离开本方的数", "en": "What leaves the house"}[lang] in told(capsys)
    for j in (1, 2, 3):
        received = sorted(str(path) for path in tmp_path.glob(f"sent-*/share-{j}-of-3-*.json"))
        assert run(["risk", "sum", *received, "--out", str(tmp_path / f"p{j}.json")], lang) == 0
    parts = [str(tmp_path / f"p{j}.json") for j in (1, 2, 3)]
    total, pooled = str(tmp_path / "sum.csv"), tmp_path / "pooled.csv"
    told(capsys)
    assert run(["risk", "sum", *parts, "--out", total], lang) == 0
    printed = told(capsys)
    assert all(member in printed for member in members)
    call = ["risk", "release", total, "--ledger", str(tmp_path / "ledger"), *DAY]
    assert run([*call, "--out", str(pooled)], lang) == 0
    assert run([*call, "--out", str(tmp_path / "again.csv")], lang) == 0
    assert (tmp_path / "again.csv").read_bytes() == pooled.read_bytes()
    said = told(capsys).split()  # lines break where the name of the folder lets them
    assert "没有重新加噪" in "".join(said) if lang == "zh" else "no new noise" in " ".join(said)
    assert run([*call, "--epsilon", "0.5", "--out", str(tmp_path / "other.csv")], lang) == 1
    compared = tmp_path / "compared.csv"
    call = ["risk", "compare", folder, "--member", members[0], "--pooled", str(pooled), *DAY, "--whole"]
    assert run([*call, "--out", str(compared)], lang) == 0
    assert {"zh": "本方有项目的单元", "en": "Cells in which you have projects"}[lang] in told(capsys)
    assert compared.read_text(encoding="utf-8-sig").startswith("stage,place,band,piloted,entered,own_passed")
    assert not (tmp_path / "other.csv").exists()


def test_what_stays_at_home_is_said_with_its_reason(
    folder: str, members: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen, counts = tmp_path / "cells.toml", tmp_path / "own.csv"
    call = ["risk", "count", folder, "--member", members[0], *DAY, "--out", str(counts)]
    assert run([*call, "--save-taxonomy", str(frozen)], "zh") == 0
    printed = told(capsys)
    assert "不足 5 个项目" in printed
    assert "加 --whole 全部计入" in printed.replace("\n  ", "")
    text = counts.read_text(encoding="utf-8")
    assert "不足" not in text
    assert "risk_share" not in text
    assert run([*call, "--taxonomy", str(frozen)], "en") == 0
    assert counts.read_text(encoding="utf-8") == text


def test_an_operator_adds_tables_but_not_whole_ones(
    folder: str, members: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = []
    for member in members:
        tables.append(str(tmp_path / f"{member}.csv"))
        assert run(["risk", "count", folder, "--member", member, *DAY, "--out", tables[-1]], "zh") == 0
    assert run(["risk", "sum", *tables, "--out", str(tmp_path / "sum.csv")], "zh") == 0
    assert run(["risk", "count", folder, "--member", members[0], *DAY, "--whole", "--out", tables[0]], "zh") == 0
    capsys.readouterr()
    assert run(["risk", "sum", *tables, "--out", str(tmp_path / "other.csv")], "zh") == 1
    assert "不得以明数交给任何人" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------------- everything wrong

ZOO = {
    "a member without results": (["count", "FOLDER", "--member", "NOBODY", "--out", "OUT"], 1),
    "no member": (["count", "FOLDER", "--out", "OUT"], 2),
    "a round that is none": (["count", "FOLDER", "--member", "M", "--round", "spring", "--out", "OUT"], 1),
    "a taxonomy that is none": (["count", "FOLDER", "--member", "M", "--taxonomy", "junk.csv", "--out", "OUT"], 1),
    "a taxonomy that is no text": (["count", "FOLDER", "--member", "M", "--taxonomy", "binary", "--out", "OUT"], 2),
    "two members": (["split", "own.csv", "--among", "2", "--out", "OUT"], 2),
    "counts that are none": (["split", "junk.csv", "--among", "3", "--out", "OUT"], 1),
    "counts that are no text": (["split", "binary", "--among", "3", "--out", "OUT"], 2),
    "nothing to add": (["sum", "--out", "OUT"], 2),
    "junk to add": (["sum", "junk.csv", "--out", "OUT"], 2),
    "shares that are none": (["sum", "junk.json", "--out", "OUT"], 1),
    "counts and shares": (["sum", "own.csv", "junk.json", "--out", "OUT"], 2),
    "one table alone": (["sum", "own.csv", "--out", "OUT"], 1),
    "a share alone": (["sum", "share.json", "--out", "OUT"], 1),
    "a total that is none": (["release", "own.csv", "--ledger", "led", "--out", "OUT"], 1),
    "too much noise": (["release", "own.csv", "--ledger", "led", "--epsilon", "0", "--out", "OUT"], 2),
    "no ledger": (["release", "own.csv", "--out", "OUT"], 2),
    "a ledger that is none": (["release", "sum.csv", "--ledger", "junk.csv", "--out", "OUT"], 1),
    "a pool that is none": (["compare", "FOLDER", "--member", "M", "--pooled", "own.csv", "--out", "OUT"], 1),
    "a command that is none": (["share"], 2),
}


@pytest.fixture(scope="module")
def known(folder: str, members: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Names of the zoo and what they stand for."""
    place = tmp_path_factory.mktemp("zoo")
    (place / "junk.csv").write_text("1,2\n3\n", encoding="utf-8")
    (place / "junk.json").write_text('{"format": "tongtu-share-1"}', encoding="utf-8")
    (place / "binary").write_bytes(bytes(range(256)))
    tables = [str(place / f"{k}.csv") for k in range(3)]
    for member, table in zip(members, tables, strict=True):
        assert run(["risk", "count", folder, "--member", member, *DAY, "--out", table], "en") == 0
    assert run(["risk", "sum", *tables, "--out", str(place / "sum.csv")], "en") == 0
    assert run(["risk", "split", tables[0], "--among", "3", "--out", str(place / "sent")], "en") == 0
    share = str(next((place / "sent").glob("share-1-*.json")))
    named = {name: str(place / name) for name in ("junk.csv", "junk.json", "binary", "sum.csv", "led")}
    return named | {"FOLDER": folder, "M": members[0], "own.csv": tables[0], "share.json": share}


@pytest.mark.parametrize("name", ZOO)
def test_what_is_wrong_is_said_and_nothing_is_written(
    known: dict[str, str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args, code = ZOO[name]
    lang = LANGUAGES[len(name) % 2]
    out = tmp_path / "out"
    capsys.readouterr()
    assert run(["risk", *({**known, "OUT": str(out)}.get(part, part) for part in args)], lang) == code
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said
    assert not re.search(r"\b(risk_share|cli|risk)\.[a-z]", said), said
    assert "{" not in said
    assert not out.exists()


# ------------------------------------------------------------------------------------------------------------ the docs


@needs_opendp
def test_the_commands_of_the_page_run_in_their_order(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("demo").symlink_to(folder)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("tongtu risk")]
    assert len(lines) >= 13
    for line in lines:
        words = shlex.split(line)[1:]
        args = [part for word in words for part in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
        assert run(args, "en") == 0, (line, capsys.readouterr().err)
    assert {"pooled.csv", "compared.csv", "cells.toml"} <= {path.name for path in tmp_path.iterdir()}


def test_the_page_names_options_that_exist() -> None:
    group = risk_.command("en")
    assert isinstance(group, click.Group)
    called = re.findall(r"tongtu risk (\w+)([^\n`|]*)", PAGE.read_text(encoding="utf-8"))
    assert {name for name, _ in called} == {"count", "split", "sum", "release", "compare"}
    for name, rest in called:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name


def test_the_page_s_figures_are_those_of_its_bound() -> None:
    from tongtu.risk.share import worst_auc

    text = PAGE.read_text(encoding="utf-8")
    assert f"{worst_auc(1.0):.3f}: the bound" in text
    assert f"as at 1/6\n({worst_auc(1 / 6):.2f} at worst)" in text
    assert worst_auc(0.2) <= 0.55


def test_the_page_s_costs_are_the_measured_ones() -> None:
    measured = json.loads((PAGE.parents[1] / "bench" / "results" / "pact.json").read_text(encoding="utf-8"))["figures"]
    rows = re.findall(r"\(scale (\d+)\) \| ([\d.]+) \| ([\d.]+) \|", PAGE.read_text(encoding="utf-8"))
    names = {"1": "eps_1", "6": "eps_1_six_rows", "10": "eps_0.1"}
    assert len(rows) == len(names)
    for scale, ours, clipped in rows:
        assert (float(ours), float(clipped)) == (
            measured[f"apart_{names[scale]}"], measured[f"apart_clipped_{names[scale]}"],
        )  # fmt: skip
