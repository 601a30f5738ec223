"""Files with prose through the boundary: what comes out of each format, and what each fault says."""

from __future__ import annotations

import io
import json
import random
import socket
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import docx
import psutil
import pytest
from boundary_books import codes, zipped
from pypdf import PdfReader, PdfWriter

from tongtu.registry import boundary
from tongtu.registry.boundary import Limits, Prose, Run, client, prose
from tongtu.terms.faults import FileRefused

HOSTILE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "hostile" / "blns.json"
TITLE = "关于印发《某某平台管理办法》的通知"
PAGE = f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="gb2312"><meta name="ArticleTitle" content="{TITLE}">
<meta name="PubDate" content="2026-01-16 09:30"><meta name="ContentSource" content="科技司">
<meta name="SiteDomain" content="www.miit.gov.cn"><title>通知_工信部</title></head><body>
<div class="nav"><ul><li><a href="/">首页</a></li></ul></div><div class="main"><h1>{TITLE}</h1>
<p>现将《某某平台管理办法》印发给你们，请认真贯彻执行。本办法自2026年3月1日起施行，有效期五年，各地应当抓紧实施。</p>
<p>各地应当加强组织领导，明确责任分工，完善配套政策，及时总结推广好的经验做法，重大事项按程序报告。</p>
<p>平台应当面向社会开放服务能力，公开收费标准和预约办法，接受主管部门的监督检查和年度绩效评价。</p>
<h2>第一章 总则</h2><p>第一条 为了规范平台建设，<b>根据</b>有关法律制定本办法，适用于各类平台的申报与认定。</p>
<table><tr><th>指标</th><th>门槛</th></tr><tr><td>营业收入</td><td>1500万元</td></tr></table>
<ul><li>应当具备稳定的经费投入和专职的人员队伍；</li></ul><script>alert("x")</script></div>
<div class="footer">京ICP备 版权所有</div></body></html>"""
FEED = (
    '<?xml version="1.0" encoding="{0}"?><rss version="2.0"><channel><title>科技日报</title>'
    "<item><title>甲 &amp; 乙</title>"
    "<link>http://a.cn/1</link><pubDate>Fri, 16 Jan 2026 08:00:00 +0800</pubDate>"
    "<description>&lt;p&gt;第一段的文字。&lt;/p&gt;&lt;p&gt;第二段。&lt;/p&gt;</description></item>"
    "<item><title>丙</title></item></channel></rss>"
)


def made(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def one(path: Path) -> Prose:
    (found,) = boundary.read_prose(path)
    return found


def refusal(path: Path, limits: Limits | None = None) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        boundary.read_prose(path, limits)
    assert all(f.file == path.name and f.repair for f in caught.value.faults)
    for lang in ("zh", "en"):
        assert "boundary." not in caught.value.say(lang)
    return codes(caught.value)


def texts(found: Prose) -> list[str]:
    return [run.text for run in found.runs]


def pdf(*pages: list[str]) -> bytes:
    """A PDF with these lines on its pages, in Helvetica."""
    body = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for lines in pages:
        shown = b" T* ".join(b"(%s) Tj" % line.encode("latin-1") for line in lines)
        stream = b"BT /F1 10 Tf 12 TL 50 750 Td %s ET" % shown if lines else b""
        body.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        kids.append(len(body) + 1)
        resources = b"/Resources<</Font<</F1 3 0 R>>>>"
        body.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]%s/Contents %d 0 R>>" % (resources, len(body)))
    body[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    out, at = b"%PDF-1.4\n", []
    for number, item in enumerate(body, 1):
        at.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in at)
    start = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(body) + 1, table)
    return out + start + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(body) + 1, len(out))


def word() -> bytes:
    document = docx.Document()
    document.add_heading("管理办法", 0)
    document.add_heading("第一章 总则", 1)
    document.add_paragraph("第一条 内容。")
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(1, 1).text = "指标", "门槛"
    document.add_paragraph("末段。")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_page_by_its_own_word(tmp_path: Path) -> None:
    found = one(made(tmp_path, "a.html", PAGE.encode("gb18030")))
    said = (found.title, found.published, found.outlet, found.address, found.language, found.encoding)
    assert said == (TITLE, "2026-01-16 09:30", "科技司", "https://www.miit.gov.cn/", "zh-CN", "gb18030")
    assert found.runs[0] == Run("title", TITLE, level=1)
    assert sum(run.text == TITLE for run in found.runs) == 1
    assert Run("heading", "第一章 总则", level=2) in found.runs
    cells = [(run.text, run.row, run.column) for run in found.runs if run.kind == "cell"]
    assert cells == [("指标", 0, 0), ("门槛", 0, 1), ("营业收入", 1, 0), ("1500万元", 1, 1)]
    whole = "".join(texts(found))
    assert "建设，根据有关" in whole
    assert not {"alert", "ICP", "首页"} & {word for word in ("alert", "ICP", "首页") if word in whole}


def test_tables_of_data_and_tables_of_layout(tmp_path: Path) -> None:
    cells = "<tr><td colspan=2>甲<br>乙</td><td>丙</td></tr><tr><td>1</td></tr>"
    found = one(made(tmp_path, "a.html", f"<p>前</p><table>{cells}</table><p>后</p>"))
    assert [(run.text, run.row, run.column) for run in found.runs] == [
        ("前", None, None), ("甲", 0, 0), ("乙", 0, 0), ("丙", 0, 2), ("1", 1, 0), ("后", None, None),
    ]  # fmt: skip
    laid_out = one(made(tmp_path, "b.html", f"<table><tr><td>{'<p>一段文字。</p>' * 6}</td></tr></table>"))
    assert {(run.kind, run.row) for run in laid_out.runs} == {("paragraph", None)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("suffix", [".html", ".txt", ".md"])
def test_encodings_of_one_text(tmp_path: Path, suffix: str, encoding: str) -> None:
    text = PAGE if suffix == ".html" else f"{TITLE}\n\n现将办法印发给你们，请认真贯彻执行。\r\n特此通知。\n"
    plain = one(made(tmp_path, f"a{suffix}", text))
    assert one(made(tmp_path, f"b{suffix}", text.encode(encoding))).runs == plain.runs


def test_page_believed_where_its_bytes_agree(tmp_path: Path) -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Caf\xe9 \x96 an agreement of both sides.</p></body>'
    assert "Café \N{EN DASH} an" in texts(one(made(tmp_path, "a.html", page.encode("latin-1"))))[0]
    assert refusal(made(tmp_path, "b.html", page.replace("iso-8859-1", "gbk").encode("latin-1"))) == ["encoding"]


def test_markdown(tmp_path: Path) -> None:
    front = "---\ntitle: 标题\ndate: 2026-01-16\n---\n"
    text = f"{front}# 标题\n\n正文**重点**见[链接](http://x)。\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = one(made(tmp_path, "a.md", text))
    assert (found.title, found.published) == ("标题", "2026-01-16")
    assert found.runs[:2] == (Run("heading", "标题", level=1), Run("paragraph", "正文重点见链接。"))
    assert [(run.text, run.row, run.column) for run in found.runs[2:]] == [
        ("a", 0, 0), ("b", 0, 1), ("1", 1, 0), ("2", 1, 1),
    ]  # fmt: skip


def test_lines_broken_at_a_margin_are_joined_and_no_others(tmp_path: Path) -> None:
    whole = "The committee shall review each application within thirty days and publish its decision with the reasons. "
    broken = "\n".join(textwrap.wrap(whole * 3, 72))
    lines = "Short line one\nA second line that stands alone\n2023-09\n第一条 甲。\n第二条 乙。"
    assert texts(one(made(tmp_path, "a.txt", f"{broken}\n\n{lines}"))) == [(whole * 3).strip(), *lines.split("\n")]


def test_word_document(tmp_path: Path) -> None:
    found = one(made(tmp_path, "a.docx", word()))
    assert found.runs == (
        Run("title", "管理办法", level=1), Run("heading", "第一章 总则", level=1), Run("paragraph", "第一条 内容。"),
        Run("cell", "指标", row=0, column=0), Run("cell", "门槛", row=1, column=1), Run("paragraph", "末段。"),
    )  # fmt: skip


def test_word_counts_what_is_inserted_and_not_what_is_deleted(tmp_path: Path) -> None:
    with ZipFile(io.BytesIO(word())) as book:
        inside = {name: book.read(name) for name in book.namelist()}
    added = "<w:ins w:id='1'><w:r><w:t>新增</w:t></w:r></w:ins>"
    changed = f"{added}<w:del w:id='2'><w:r><w:delText>删去</w:delText></w:r></w:del>"
    old = inside["word/document.xml"].decode()
    inside["word/document.xml"] = old.replace("<w:r><w:t>末段。", f"{changed}<w:r><w:t>末段。").encode()
    assert texts(one(made(tmp_path, "a.docx", zipped(inside))))[-1] == "新增末段。"


def test_pdf_paragraphs_pages_and_running_heads(tmp_path: Path) -> None:
    full = "The committee shall review each application and publish its decision with the"
    pages = [["Annual Report", "First Part", full, full, "1"], ["Annual Report", "reasons given.", "Second", "2"]]
    found = one(made(tmp_path, "a.pdf", pdf(*pages)))
    assert [(run.kind, run.text, run.page) for run in found.runs] == [
        ("paragraph", "First Part", 1), ("paragraph", f"{full} {full} reasons given.", 1),
        ("note", "Annual Report", 1), ("note", "1", 1), ("paragraph", "Second", 2), ("note", "Annual Report", 2),
        ("note", "2", 2),
    ]  # fmt: skip


def test_pdf_says_which_pages_hold_no_text(tmp_path: Path) -> None:
    assert one(made(tmp_path, "a.pdf", pdf(["Some text."], [], ["More."]))).unread == (2,)


def test_pdf_that_is_a_scan_or_locked_or_damaged(tmp_path: Path) -> None:
    assert refusal(made(tmp_path, "a.pdf", pdf([], []))) == ["pdf-scan"]
    assert refusal(made(tmp_path, "b.pdf", b"%PDF-1.7 junk")) == ["pdf-damaged"]
    for password, algorithm in (("secret", "AES-256"), ("", "RC4-128")):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(["Some text."]))))
        writer.encrypt(password, "owner", algorithm=algorithm)
        out = io.BytesIO()
        writer.write(out)
        path = made(tmp_path, "c.pdf", out.getvalue())
        if password:
            assert refusal(path) == ["pdf-encrypted"]
        else:  # locked against printing only
            assert texts(one(path)) == ["Some text."]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_feed(tmp_path: Path, encoding: str) -> None:
    first, second = boundary.read_prose(made(tmp_path, "a.rss", FEED.format(encoding).encode(encoding)))
    assert (first.title, first.outlet, first.address) == ("甲 & 乙", "科技日报", "http://a.cn/1")
    assert first.published == "Fri, 16 Jan 2026 08:00:00 +0800"
    assert texts(first) == ["甲 & 乙", "第一段的文字。", "第二段。"]
    assert texts(second) == ["丙"]


def test_records(tmp_path: Path) -> None:
    records = [
        {"标题": "甲", "正文": "第一段。\n第二段。", "来源": "新华社"},
        {"title": "b", "content_html": "<p>c</p><p>d</p>"},
    ]
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    for path in (made(tmp_path, "a.jsonl", lines), made(tmp_path, "a.json", json.dumps({"items": records}))):
        first, second = boundary.read_prose(path)
        assert (first.title, first.outlet, texts(first)) == ("甲", "新华社", ["甲", "第一段。", "第二段。"])
        assert texts(second) == ["b", "c", "d"]
    assert refusal(made(tmp_path, "b.json", json.dumps([*records, {"title": "x"}, 7]))) == ["json-prose"] * 2


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n", "prose-empty"),
        ("a.html", b"<html><body><!-- x --> </body></html>", "prose-empty"),
        ("a.html", b"<div>" * 50_000 + b"x", "html-depth"),
        ("a.txt", "前一半是文件的文字。\n".encode() + "后一半的文字。".encode("gb18030"), "encoding"),
        ("a.html", b"<p>\xff\xfe\xfd</p>", "encoding"),
        ("a.txt", "甲".encode() * 140_000, "prose-line"),
        ("a.txt", b"a\0b", "nul"),
        ("a.pdf", b"<html>", "content"),
        ("a.docx", b"PK\x03\x04junk", "docx-damaged"),
        ("a.docx", zipped({"xl/workbook.xml": "<a/>"}), "content"),
        ("a.docx", zipped({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "xml-doctype"),
        ("a.rss", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss><channel/></rss>', "feed-doctype"),
        ("a.xml", b'<?xml version="1.0"?><catalogue/>', "feed-damaged"),
        ("a.json", b"[" * 200, "json-depth"),
        ("a.json", b"[]", "json-prose"),
        ("a.exe", b"MZ", "suffix"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    assert refusal(made(tmp_path, name, data)) == [code]


def test_mixed_encodings_name_the_byte(tmp_path: Path) -> None:
    first = "前一半是文件的文字。\n".encode()
    with pytest.raises(FileRefused) as caught:
        boundary.read_prose(made(tmp_path, "a.txt", first + "后一半的文字。".encode("gb18030")))
    assert caught.value.faults[0].what.args["offset"] == len(first)


def test_fifty_megabytes_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        for _ in range(50):
            file.write(b"a" * 1_000_000)
    assert refusal(path) == ["size"]
    assert refusal(path, Limits.own_folder()) == ["prose-line"]


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden.txt", "d.csv"):
        made(tmp_path, name, "一段文字。")
    (tmp_path / "link.txt").symlink_to("b.txt")
    assert list(boundary.read_folder(tmp_path)) == ["a.md", "b.txt", "sub/c.txt"]
    made(tmp_path, "sub/e.txt", "")
    made(tmp_path, "f.pdf", pdf([]))
    with pytest.raises(FileRefused) as caught:
        boundary.read_folder(tmp_path)
    assert [(f.file, f.what.code) for f in caught.value.faults] == [
        ("f.pdf", "boundary.pdf-scan"), ("sub/e.txt", "boundary.empty"),
    ]  # fmt: skip
    (tmp_path / "none").mkdir()
    with pytest.raises(FileRefused):
        boundary.read_folder(tmp_path / "none")


def test_no_format_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page = PAGE.replace("<body>", '<body><link href="http://x.cn/a.css" rel="stylesheet"><img src="http://x.cn/b.png">')
    files = [(".html", page.encode()), (".html", b"http://x.cn/page"), (".rss", FEED.format("utf-8").encode())]
    for suffix, data in [*files, (".docx", word()), (".pdf", pdf(["Text."]))]:
        assert prose.parsed(data, suffix, Limits())


@pytest.mark.skipif(not HOSTILE.exists(), reason="shared/data/hostile is not here")
def test_hostile_strings_are_text(tmp_path: Path) -> None:
    strings = [s for s in json.loads(HOSTILE.read_text(encoding="utf-8")) if s.strip() and s.isprintable()]
    found = boundary.read_prose(made(tmp_path, "a.json", json.dumps([{"content": s} for s in strings])))
    assert [texts(document) for document in found] == [[s.strip()] for s in strings]


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    rng = random.Random(9)
    seeds = [(".html", PAGE.encode()), (".pdf", pdf(["Some text."] * 5)), (".docx", word()), (".rss", FEED.encode())]
    for number in range(60):
        suffix, data = seeds[number % len(seeds)]
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 3, 20))):
            at = rng.randrange(len(damaged))
            damaged[at : at + rng.choice((0, 1, 8))] = rng.randbytes(rng.choice((0, 1, 4)))
        path = made(tmp_path, f"a{suffix}", bytes(damaged))
        with suppress(FileRefused):
            assert any(found.runs for found in boundary.read_prose(path))


@pytest.mark.parametrize("answer", [{}, {"runs": [{"kind": "x", "text": "a"}]}, {"runs": 7}, None])
def test_answer_of_the_child_is_not_trusted(answer: object) -> None:
    whole = Prose((Run("paragraph", "a"),), "text").to_json()
    assert Prose.from_json(json.loads(json.dumps(whole))) == Prose((Run("paragraph", "a"),), "text")
    with pytest.raises((ValueError, TypeError, LookupError)):
        Prose.from_json({**whole, **answer} if answer else answer)  # type: ignore[dict-item,arg-type]
    with pytest.raises(ValueError, match="no prose"):
        Prose.from_json({**whole, "title": 7})


@pytest.mark.skipif(sys.platform != "linux", reason="watches /proc")
def test_parsers_of_prose_stay_out_of_the_server_for_tables(tmp_path: Path) -> None:
    boundary.read_prose(made(tmp_path, "a.html", PAGE))
    boundary.read_prose(made(tmp_path, "a.txt", "文字。"))
    tables, pages = (psutil.Process(client._running(kind).pid) for kind in ("tables", "prose"))
    maps = {process.pid: Path(f"/proc/{process.pid}/maps").read_text() for process in (tables, pages)}
    assert "lxml" not in maps[tables.pid]
    assert "lxml" in maps[pages.pid]
    assert not any(name in maps[pages.pid] for name in ("polars", "numpy", "scipy"))
    assert tables.memory_info().rss < 60 << 20
    assert pages.memory_info().rss < 110 << 20
