"""The shell speaks both languages, and a wrong call says what, why and how to repair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tongtu.chain import Plan
from tongtu.cli.main import COMMANDS, language, run
from tongtu.cli.reading import asked
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_page(name: str, lang: Lang, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"], lang) == 0
    page = capsys.readouterr().out
    assert {"zh": "用法：", "en": "Usage: "}[lang] in page
    assert "cli." not in page, "a code without words reached the page"
    if lang == "zh":
        assert "Show this message" not in page


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["plot"], "plot"),
        (["plan"], "FOLDER"),
        (["plan", "nowhere"], "nowhere"),
        (["plan", ".", "--as-of", "soon"], "soon"),
        (["plan", ".", "--top", "0"], "--top"),
        (["plan", ".", "--frobnicate"], "--frobnicate"),
        (["sample", "--scale", "galaxy"], "galaxy"),
        (["serve", "nowhere"], "nowhere"),
        (["diff", "a"], "a"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_call_is_said_not_thrown(
    args: list[str], said: str, lang: Lang, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(args, lang) == 2
    error = capsys.readouterr().err
    assert said in error
    assert {"zh": "修改方法", "en": "Repair"}[lang] in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("args", "environ", "expected"),
    [
        ([], {}, "zh"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "C.UTF-8"}, "zh"),
        ([], {"LANG": "en_GB.UTF-8", "TONGTU_LANG": "zh"}, "zh"),
        (["--lang", "en"], {"TONGTU_LANG": "zh"}, "en"),
        (["plan", "--lang=en", "x"], {}, "en"),
    ],
)
def test_language_is_asked_in_order(args: list[str], environ: dict[str, str], expected: str) -> None:
    assert language(args, environ) == expected


def test_settings_say_where_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tongtu.toml").write_text("top = 5\nport = 9000\n", encoding="utf-8")
    monkeypatch.setenv("TONGTU_PORT", "9001")
    assert run(["config"], "en") == 0
    lines = {line.split()[0]: line.split()[1:3] for line in capsys.readouterr().out.splitlines()}
    assert lines["top"][0] == "5"
    assert lines["top"][1].endswith("tongtu.toml")
    assert lines["port"] == ["9001", "TONGTU_PORT"]
    assert lines["pack"] == ["cn", "default"]


def test_every_fault_of_the_settings_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tongtu.toml").write_text('tip = 5\nport = "many"\nlog_level = "loud"\n', encoding="utf-8")
    assert run(["config"], "en") == 2
    error = capsys.readouterr().err
    assert "tip" in error
    assert "many" in error
    assert "loud" in error


def test_logs_tell_of_links_and_never_of_records(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TONGTU_LOG_LEVEL", "info")
    monkeypatch.setenv("TONGTU_LOG_FORMAT", "json")
    args = ["plan", str(demo.folder), "--as-of", "2026-11-21", "--out", str(tmp_path / "plan"), "--no-report"]
    assert run(args, "en") == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [line["link"] for line in lines] == demo.plan["links"]["link"].to_list()
    assert {key for line in lines for key in line} == {"time", "level", "event", "link", "status", "rows", "seconds"}


def test_an_interrupted_plan_leaves_nothing(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Plan, "_write", stop)
    assert run(["plan", str(demo.folder), "--as-of", "2026-11-21", "--out", str(tmp_path / "plan")], "en") == 130
    assert "Stopped as asked" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_faults_of_a_folder_are_all_said_and_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "needs.csv").write_text(
        "need,organisation,title,text,trl_min,budget\nN1,O1,,x,12,1\nN1,O1,t,x,3,many\n", encoding="utf-8"
    )
    assert run(["check", str(tmp_path), "--mark", str(tmp_path / "marked")], "en") == 1
    said = capsys.readouterr().out
    for place in ("row 2", "row 3", "12", "many"):
        assert place in said
    assert any((tmp_path / "marked").iterdir())
    assert run(["plan", str(tmp_path), "--out", str(tmp_path / "plan")], "en") == 1
    assert not (tmp_path / "plan").exists()


def test_a_sample_replaces_a_sample_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sample"
    assert run(["sample", "--out", str(out), "--form", "csv"], "en") == 0
    assert run(["sample", "--out", str(out), "--form", "parquet", "--seed", "2"], "en") == 0
    assert {path.suffix for path in out.iterdir() if path.is_file()} == {".parquet"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert run(["sample", "--out", str(tmp_path / "mine")], "en") == 2
    assert "something else" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "sample"]


def test_the_settings_for_reading_are_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"N{i},O1,t,{'x' * 100}\n" for i in range(12_000))
    (tmp_path / "needs.csv").write_text("need,organisation,title,text\n" + rows, encoding="utf-8")
    assert run(["check", str(tmp_path)], "en") == 0
    monkeypatch.setenv("TONGTU_OWN_FILE_MEGABYTES", "1")
    monkeypatch.setenv("TONGTU_CURRENCY", "USD")
    assert asked()["currency"] == "USD"
    assert run(["check", str(tmp_path)], "en") == 1
    assert "needs.csv" in capsys.readouterr().out
