"""`tongtu brief`: files in, a brief out in every form and both languages, never a traceback, nothing half-written."""

from __future__ import annotations

import json
import re
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest

from tongtu import packs
from tongtu.chain import briefing
from tongtu.cli.brief_ import FORMS
from tongtu.cli.main import run
from tongtu.terms.words import LANGUAGES, Lang, say

DAY = ["--as-of", "2026-11-22"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "read-policy.md"
NOTICE = """关于开展中试平台培育工作的通知
示范厅科函〔2026〕7号
来源：示范省工业和信息化厅
发布时间：2026年3月5日

各有关单位：
为加快科技成果产业化，现就培育人工智能和人形机器人中试平台有关事项通知如下。
一、到2027年，全省建成中试平台30个以上，每个平台服务企业不少于20家。
二、请各单位于2026年6月30日前报送申报材料。
三、本通知自2026年4月1日起施行。
"""


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "notice.txt"
    path.write_text(NOTICE, encoding="utf-8")
    return path


@pytest.mark.parametrize(("lang", "said"), [("zh", "30秒速览"), ("en", "In 30 seconds")])
def test_a_notice_becomes_a_brief_in_every_form(
    notice: Path, tmp_path: Path, lang: Lang, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["brief", str(notice), *DAY, "--out", str(out)], lang) == 0
    printed = capsys.readouterr().out
    assert said in printed
    assert "briefing." not in printed
    assert sorted(path.name for path in out.iterdir()) == sorted(FORMS.values())
    assert all(str(out / name) in printed for name in FORMS.values())
    assert said in (out / "brief.html").read_text(encoding="utf-8")
    assert said in (out / "brief.txt").read_text(encoding="utf-8")
    ElementTree.fromstring((out / "brief.atom").read_text(encoding="utf-8"))
    (brief,) = briefing.restored((out / "brief.json").read_text(encoding="utf-8"))
    assert brief.unsourced() == ()
    assert "示范厅科函〔2026〕7号" in brief.facts["numbers"]["number"].to_list()
    days = brief.timeline["day"].cast(str).to_list()
    assert {"2026-03-05", "2026-04-01", "2026-06-30"} <= set(days)


def test_one_form_alone_and_the_same_bytes_twice(notice: Path, tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in files:
        assert run(["brief", str(notice), *DAY, "--json", str(path)], "zh") == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert json.loads(files[0].read_bytes())["format"] == "tongtu-briefs/1"


def _pdf_without_text() -> bytes:
    """A page that holds a picture alone, as a scanner makes it."""
    picture = b"<< /Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    drawing = b"q 200 0 0 200 0 0 cm /I Do Q"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page + b"/Resources << /XObject << /I 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
        picture + b"/Length 64 >>\nstream\n" + bytes(64) + b"\nendstream",
    ]
    whole, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(whole))
    return whole + head + table + tail


BAD = {
    "an empty page": ("page.html", b"<html><head><title>x</title></head><body></body></html>"),
    "an empty file": ("file.txt", b""),
    "a scan": ("scan.pdf", _pdf_without_text()),
    "two encodings": ("mixed.txt", "工业和信息化部".encode("gb18030") * 30 + "另一种编码".encode() * 30),
    "one endless line": ("line.txt", b"a" * (50 << 20)),
    "a picture": ("picture.png", b"\x89PNG\r\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_said_and_nothing_is_written(
    name: str, notice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, data = BAD[name]
    bad = tmp_path / file
    bad.write_bytes(data)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert run(["brief", str(notice), str(bad), *DAY, "--out", str(tmp_path / "out")], "en") == 1
    error = capsys.readouterr().err
    assert file in error
    assert "Repair" in error
    assert "Traceback" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("args", "said"),
    [([], "FILE"), (["nowhere.txt"], "nowhere.txt"), (["{notice}", "--since", "gone.pdf"], "gone.pdf"),
     (["{notice}", "--draft", "ftp://example.org", "--model", "m"], "http"), (["{notice}", "--draft", ""], "--draft"),
     (["{notice}", "--as-of", "0001-01-01"], "1949")],
)  # fmt: skip
def test_a_wrong_call_is_said(
    args: list[str], said: str, lang: Lang, notice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["brief", *(arg.format(notice=notice) for arg in args)], lang) == 2
    assert said in capsys.readouterr().err


def test_who_stops_it_finds_nothing_written(
    notice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(briefing, "stored", stop)
    assert run(["brief", str(notice), *DAY, "--json", str(tmp_path / "b.json")], "en") == 130
    assert "Stopped as asked" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notice.txt"]


class _Model(BaseHTTPRequestHandler):
    """Rewords the first computed sentence of the brief `drafts`, and the next with a number of its own."""

    drafts: ClassVar[dict[str, str]] = {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"choices": [{"message": {"content": json.dumps(self.drafts)}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_model_may_reword_and_what_it_invents_is_dropped(
    notice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (brief,) = briefing.compose(briefing.documents_of([notice]), packs.load("cn"), date(2026, 11, 22))
    first, second = [s for s in brief.sentences if s.label == "computed"][:2]
    monkeypatch.setattr(_Model, "drafts", {first.id: say(first.says, "zh"), second.id: "全省将建成中试平台999个。"})
    file = tmp_path / "b.json"
    with ThreadingHTTPServer(("127.0.0.1", 0), _Model) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        call = ["brief", str(notice), *DAY, "--draft", f"http://127.0.0.1:{server.server_port}/v1", "--model", "m"]
        assert run([*call, "--json", str(file)], "zh") == 0
        server.shutdown()
    said = capsys.readouterr()
    assert "1处改写未通过核对" in said.err
    assert "草拟" in said.out
    assert "999" not in said.out
    (drafted,) = briefing.restored(file.read_text(encoding="utf-8"))
    assert [s.label for s in drafted.sentences].count("drafted") <= 1


def _unnumbered(line: str) -> str:
    """A line without the numbers of its passages, which count through the whole brief."""
    return re.sub(r" *\d+(?:,\d+)*(〕|$)", r"\1", line.rstrip())


def test_the_docs_show_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, content in re.findall(r"`(\w+\.txt)`:\n\n```text\n(.*?)```", text, re.DOTALL):
        Path(name).write_text(content, encoding="utf-8")
    (call,) = re.findall(r"^tongtu (brief .+)$", text, re.MULTILINE)[:1]
    assert run(call.split(), "en") == 0
    lines = [_unnumbered(line) for line in capsys.readouterr().out.splitlines()]
    shown = re.findall(r"```text\n(.*?)```", text, re.DOTALL)[-1]
    assert len(shown.splitlines()) > 10
    for line in shown.splitlines():
        assert _unnumbered(line) in lines
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    found: dict[str, Any] = {}
    exec(compile(code.group(1), PAGE.name, "exec"), found)
    assert found["briefs"][0].sentences
