"""`tongtu match` on a folder of a person's own: answers in both languages, files whole, never a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_market import DAY, small_market

from tongtu import packs, registry
from tongtu.cli.main import run
from tongtu.cli.match_ import _COMMANDS
from tongtu.terms.words import LANGUAGES, Lang, rooms

if TYPE_CHECKING:
    from conftest import Demo

PAGE = Path(__file__).resolve().parents[2] / "docs" / "clear-a-market.md"
CODE = re.compile(rf"\b(?:{'|'.join(rooms())})\.[a-z][a-z-]+\b")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "market"
    registry.write(small_market(), folder, form="csv", lang="zh", vocabularies=packs.load("cn").vocabularies)
    return folder


@pytest.fixture(scope="module")
def read_once(market: Path) -> Iterator[pytest.MonkeyPatch]:
    """The folder goes through the door once; later calls of this module take what came of it."""
    from tongtu.cli.matching import ground

    once, known = ground.read, {}

    def read(folder: Path, *rest: Any) -> registry.Registry:
        if folder not in known:
            known[folder] = once(folder, *rest)
        return known[folder]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground, "read", read)
        yield patch


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_every_command_has_a_help_page(name: str, lang: Lang, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["match", name, "--help"], lang) == 0
    shown = capsys.readouterr().out
    assert {"zh": "用法：", "en": "Usage: "}[lang] in shown
    assert not CODE.search(shown)


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize(
    "args",
    [
        ["ask", "--id", "N0002", "--top", "2"],
        ["ask", "--text", "精密陶瓷基板 low-loss substrate", "--answer", "organisation", "--top", "2"],
        ["ask", "--rows", "3", "--top", "1"],
        ["demand", "--rows", "2"],
        ["suppliers", "--rows", "1", "--asker", "ORG0001"],
        ["health", "--rows", "3"],
        ["ask", "--text", "陶瓷基板，介电损耗≤0.002@10 GHz，良率 98%", "--top", "1"],
        ["clear", "--rows", "2", "--past", "24"],
        ["chains", "--rows", "2", "--kinds", "need,achievement,platform", "--places", "platform=3"],
        ["duplicates"],
    ],
    ids=" ".join,
)
def test_every_question_is_answered_in_both_languages(
    market: Path, args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {}
    for lang in LANGUAGES:
        assert run(["match", args[0], str(market), *args[1:], *DAY], lang) == 0
        printed[lang] = capsys.readouterr().out
        assert len(printed[lang].splitlines()) > 8
        assert not CODE.search(printed[lang])
    assert printed["zh"] != printed["en"]
    assert max(map(len, printed["en"].splitlines())) <= 100


@pytest.mark.usefixtures("read_once")
def test_the_files_hold_every_row_the_terminal_leaves_out(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = {form: tmp_path / "out" / f"all.{form}" for form in ("html", "xlsx", "csv")}
    options = [part for form, path in to.items() for part in (f"--{form}", str(path))]
    assert run(["match", "ask", str(market), "--top", "2", "--rows", "1", *DAY, *options], "en") == 0
    printed = capsys.readouterr().out
    assert "more rows" in printed
    assert all(str(path) in printed for path in to.values())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["all.csv", "all.html", "all.xlsx"]
    lines = to["csv"].read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("question,question_title,rank,answer")
    assert len(lines) > 30
    assert lines[-1].split(",")[0] in to["html"].read_text(encoding="utf-8")


@pytest.mark.usefixtures("read_once")
def test_each_owner_gets_a_letter_of_its_own(market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "letters"
    assert run(["match", "demand", str(market), "--rows", "1", "--out", str(out), *DAY], "zh") == 0
    capsys.readouterr()
    index = dict(line.split("\t") for line in (out / "letters.txt").read_text(encoding="utf-8").splitlines())
    assert index
    assert sorted([*index, "letters.txt"]) == sorted(path.name for path in out.iterdir())
    busy = tmp_path / "busy"
    busy.mkdir()
    (busy / "mine.txt").write_text("keep me")
    assert run(["match", "demand", str(market), "--rows", "1", "--out", str(busy), *DAY], "en") == 2
    assert "Repair" in capsys.readouterr().err
    assert [path.name for path in busy.iterdir()] == ["mine.txt"]


@pytest.mark.usefixtures("read_once")
def test_weights_are_written_only_where_they_pass_and_then_used(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], read_once: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "weights.json"
    assert run(["match", "learn", str(market), "--out", str(out), *DAY], "en") == 0
    printed = capsys.readouterr().out
    assert out.exists() == ("new weights are used" in printed)
    assert out.exists() == ("No weights were written" not in printed)
    if not out.exists():
        from tongtu.match.learning import prior

        out.write_text(prior().to_json(), encoding="utf-8")
    version = json.loads(out.read_text(encoding="utf-8"))["version"]
    args = ["match", "ask", str(market), "--id", "N0002", "--top", "1", "--weights", str(out), *DAY]
    assert run(args, "en") == 0
    assert version in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("args", "told", "code"),
    [
        (["ask", "MARKET", "--id", "N9999"], "N9999", 2),
        (["ask", "MARKET", "--ask", "wish"], "wish", 2),
        (["ask", "MARKET", "--answer", "call"], "calls", 2),
        (["ask", "MARKET", "--text", " "], "--text", 2),
        (["ask", "MARKET", "--id", "N0002", "--text", "x"], "--text", 2),
        (["ask", "MARKET", "--see", "secret"], "secret", 2),
        (["ask", "MARKET", "--top", "0"], "--top", 2),
        (["ask", "MARKET", "--id", "N0002", "--as-of", "9999-01-01"], "2900", 2),
        (["ask", "MARKET", "--weights", "broken.json"], "broken.json", 1),
        (["ask", "MARKET", "--weights", "list.json"], "list.json", 1),
        (["ask", "MARKET", "--weights", "none.json"], "none.json", 2),
        (["ask", "nowhere"], "nowhere", 2),
        (["suppliers", "MARKET", "--asker", "Nobody"], "Nobody", 2),
        (["clear", "MARKET", "--floor", "1.5"], "--floor", 2),
        (["clear", "MARKET", "--floor", "0"], "floor", 2),
        (["clear", "MARKET", "--cap", "0.5"], "seed", 2),
        (["clear", "MARKET", "--see", "public"], "public", 2),
        (["clear", "MARKET", "--loads", "none.csv"], "none.csv", 2),
        (["clear", "MARKET", "--loads", "list.json"], "list.json", 1),
        (["clear", "MARKET", "--rankings", "broken.json"], "broken.json", 1),
        (["chains", "MARKET", "--kinds", "need"], "--kinds", 2),
        (["chains", "MARKET", "--places", "platform=x"], "platform=x", 2),
        (["chains", "MARKET", "--kinds", "need,wish"], "wish", 2),
        (["chains", "MARKET", "--apart", "broken.json"], "broken.json", 1),
        (["duplicates", "MARKET", "--kind", "wish"], "wish", 2),
        (["learn", "MARKET"], "--out", 2),
        (["learn", "MARKET", "--out", "w.json", "--as-of", "2026-10-01"], "2026", 2),
        (["gamble", "MARKET"], "gamble", 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_answered_is_said(
    market: Path, tmp_path: Path, args: list[str], told: str, code: int, lang: Lang,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    assert run(["match", *(arg.replace("MARKET", str(market)) for arg in args)], lang) == code
    error = capsys.readouterr().err
    assert told in error
    assert {"zh": "修改方法", "en": "Repair"}[lang] in error
    assert "Traceback" not in error
    assert not CODE.search(error)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.json", "list.json"]


def test_the_page_in_the_docs_shows_what_is_printed(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = re.search(r"```sh\n(.*?)```\s+```text\n(.*?)```", text, re.DOTALL)
    assert block is not None
    calls = [line.split() for line in re.findall(r"^tongtu (.+)$", block.group(1), re.MULTILINE)]
    (tmp_path / "demo").symlink_to(demo.folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    printed = ""
    for args in calls:
        if args[0] == "sample":
            continue  # the demo folder is that very sample
        assert run(args, "en") == 0, args
        printed += capsys.readouterr().out
    lines = {_worded(line) for line in printed.splitlines()}
    for line in block.group(2).splitlines():
        assert _worded(line) in lines


def test_the_tables_and_texts_in_the_docs_are_understood(demo: Demo, tmp_path: Path) -> None:
    from small_market import AS_OF

    from tongtu.chain import clearing
    from tongtu.chain.clearing import given
    from tongtu.chain.clearing.worded import in_words

    text = PAGE.read_text(encoding="utf-8")
    market = clearing.clearing(registry.load(demo.folder, vocabularies=packs.load("cn").vocabularies), packs.load("cn"),
                               AS_OF)  # fmt: skip
    for name in ("loads", "rankings", "apart"):
        block = re.search(rf"^`--{name}`.*?```text\n(.*?)```", text, re.DOTALL | re.MULTILINE)
        assert block is not None
        path = tmp_path / f"{name}.csv"
        path.write_text(block[1], encoding="utf-8")
        kinds: tuple[Any, ...] = (("need", "achievement"),) if name == "loads" else ()
        assert getattr(given, name)(market, path, *kinds).height == len(block[1].splitlines()) - 1
    shown = re.search(r"^A text may write its indicators:(.*?)\. What", text, re.DOTALL | re.MULTILINE)
    assert shown is not None
    written = re.findall(r"`([^`]+)`", shown[1].replace("\n", " "))
    assert len(written) >= 5
    for one in written:
        _, _, read = in_words(market, one, "need", "achievement")
        assert (len(read.said), read.left) == (1, ()), one


def _worded(line: str) -> str:
    """A line without its scores and points, which move with every training of the shipped weights."""
    return " ".join(re.sub(r"[-+]?\d+\.\d+(?=%|\s\s)", "#", line).split())


@pytest.mark.usefixtures("read_once")
def test_the_docs_python_runs(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    monkeypatch.chdir(market.parent)
    found: dict[str, Any] = {}
    exec(compile(code.group(1), PAGE.name, "exec"), found)
    assert found["document"].sections
