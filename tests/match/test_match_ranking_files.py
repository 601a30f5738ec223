"""BEIR-layout files in, run.tsv out; every fault told with its file and line."""

import json
from pathlib import Path

import pytest

from tongtu.cli.match_ import command
from tongtu.match.ranking import PROFILE, read_judgments, read_texts
from tongtu.terms.faults import DataRefused
from tongtu.terms.words import LANGUAGES, Lang

GOOD = (
    '{"_id": "a", "title": "陶瓷", "text": "低损耗基板", "expert": "x"}\n\n{"_id": 7, "text": "valve", "expert": "y"}\n'
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_texts_are_read_with_their_titles(tmp_path: Path) -> None:
    found = read_texts(written(tmp_path, "corpus.jsonl", "\ufeff" + GOOD), group="expert")
    assert found.to_dict(as_series=False) == {
        "id": ["a", "7"],
        "text": ["陶瓷\n低损耗基板", "valve"],
        PROFILE: ["x", "y"],
    }


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (GOOD + "{", "bad-line", 4),
        (GOOD + "[1]", "bad-line", 4),
        (GOOD + "NaN", "bad-line", 4),
        (GOOD + "[" * 100_000, "bad-line", 4),
        (GOOD + '{"_id": "z", "text": "\\ud800"}', "bad-line", 4),
        (GOOD + '{"text": "x"}', "no-id", 4),
        (GOOD + '{"_id": "  ", "text": "x"}', "no-id", 4),
        (GOOD + '{"_id": "a\\tb", "text": "x"}', "no-id", 4),
        (GOOD + '{"_id": true, "text": "x"}', "no-id", 4),
        (GOOD + '{"_id": "a", "text": "x"}', "same-id", 4),
        (GOOD + '{"_id": "b"}', "no-text", 4),
        (GOOD + '{"_id": "b", "text": 3}', "no-text", 4),
        (GOOD + '{"_id": "b", "text": "x", "title": []}', "no-text", 4),
        (GOOD.encode() + b'{"_id": "\xff"}', "not-utf8", None),
        ("", "empty", None),
        ("\n\n", "empty", None),
    ],
)
def test_every_wrong_line_is_told(tmp_path: Path, content: str | bytes, code: str, line: int | None) -> None:
    path = written(tmp_path, "corpus.jsonl", content)
    with pytest.raises(DataRefused) as refused:
        read_texts(path)
    (fault,) = refused.value.faults
    assert fault.what.code == f"match_ranking.{code}"
    assert fault.file == str(path)
    assert line is None or fault.row == line
    assert all(fault.say(lang) and "match_ranking" not in fault.say(lang) for lang in LANGUAGES)


def test_faults_are_told_together_and_not_without_end(tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as refused:
        read_texts(written(tmp_path, "corpus.jsonl", "{\n" * 500))
    assert len(refused.value.faults) == 101
    assert refused.value.faults[-1].what.args == {"n": 400}


def test_a_group_that_no_line_has_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataRefused) as refused:
        read_texts(written(tmp_path, "corpus.jsonl", GOOD), group="author")
    assert refused.value.faults[0].what.code == "match_ranking.no-group"


@pytest.mark.parametrize("head", ["query-id\tcorpus-id\tscore\n", ""])
def test_judgments_are_read_with_or_without_a_header(tmp_path: Path, head: str) -> None:
    found = read_judgments(written(tmp_path, "train.tsv", head + "q\ta\t2\r\nq\tb\t0\n"), ["q"], ["a", "b"])
    assert found.rows() == [("q", "a", 2.0), ("q", "b", 0.0)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("q a 1", "bad-judgment"),
        ("q\ta", "bad-judgment"),
        ("q\ta\tyes", "bad-judgment"),
        ("q\ta\t-1", "bad-judgment"),
        ("q\ta\tnan", "bad-judgment"),
        ("q\ta\tinf", "bad-judgment"),
        ("x\ta\t1", "unknown-question"),
        ("q\tx\t1", "unknown-document"),
        ("q\tb\t0", "same-judgment"),
    ],
)
def test_every_wrong_judgment_is_told(tmp_path: Path, line: str, code: str) -> None:
    with pytest.raises(DataRefused) as refused:
        read_judgments(written(tmp_path, "train.tsv", f"q\tb\t1\n{line}\n"), ["q"], ["a", "b"])
    (fault,) = refused.value.faults
    assert (fault.what.code, fault.row) == (f"match_ranking.{code}", 2)
    assert all("match_ranking" not in fault.say(lang) for lang in LANGUAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_writes_a_run(tmp_path: Path, lang: Lang, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = written(tmp_path, "corpus.jsonl", GOOD)
    queries = written(tmp_path, "queries.jsonl", json.dumps({"_id": "q", "text": "基板"}))
    qrels = written(tmp_path, "train.tsv", "q\ta\t1\n")
    out = tmp_path / "run.tsv"
    args = ["rank", "--corpus", corpus, "--queries", queries, "--qrels", qrels, "--out", out, "--group", "expert"]
    command(lang).main(args=list(map(str, args)), prog_name="match", standalone_mode=False)
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "question\tdocument\tscore"
    assert lines[1].startswith("q\tx\t")
    assert len(lines) == 3
    assert {"zh": "同一尺度", "en": "one scale"}[lang] in capsys.readouterr().out
