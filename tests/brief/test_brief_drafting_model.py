"""A language model behind an address: what is sent, what is taken, and that a far side can do no harm."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import polars as pl
import pytest

from tongtu import packs
from tongtu.brief.document import Document, Span, identity
from tongtu.brief.drafting import prompt
from tongtu.brief.facts import Lexicon, lexicon
from tongtu.brief.model import DRAFTED, QUOTED, Brief, Sentence
from tongtu.chain.drafting import Endpoint, complete, draft, endpoint, from_environment
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

RULE = "专精特新中小企业认定条件收紧：研发费用占比由3%调高为5%，自2026年1月1日起施行。"
REWORDED = "专精特新中小企业的认定条件收紧，研发费用占比由3%提高到5%，2026年1月1日起施行。"
PLAN = "工业和信息化部拟支持三家以上企业建设中试平台，单个项目补助不超过500万元。"


@cache
def lists() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


def brief_of(*texts: str) -> Brief:
    """A brief by hand: each text quoted whole."""
    documents = tuple(Document(identity(t, ""), t, (), "", "", "", None, "zh", False, "text") for t in texts)
    says = [Why("brief_facts.figure", {"what": text, "quote": text}) for text in texts]
    sentences = tuple(
        Sentence("takeaways", why, QUOTED, (Span(document.id, 0, len(document.text)),))
        for why, document in zip(says, documents, strict=True)
    )
    empty = pl.DataFrame({"why": []})
    return Brief("b", date(2026, 11, 20), sentences[0], documents, sentences, empty, empty, empty, empty, empty)


class Stub(HTTPServer):
    """A far side on this machine that answers as it is told and remembers what it was asked."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.asked.append((self.path, dict(self.headers), body))
                answer(self, body)

            def do_GET(self) -> None:
                stub.asked.append((self.path, dict(self.headers), {}))

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *args: object) -> None:
        """A client that hung up is what some tests are about."""


@contextmanager
def served(answer: Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]) -> Iterator[Stub]:
    stub = Stub(answer)
    thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        stub.shutdown()
        thread.join()
        stub.server_close()


def sends(body: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]:
    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def chosen(content: object, **more: object) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content, **more}}]}).encode()


def test_a_brief_is_reworded_through_an_address() -> None:
    brief = brief_of(RULE, PLAN)
    reply = json.dumps({"sentences": {brief.sentences[0].id: REWORDED, brief.sentences[1].id: "已获批准"}})
    with served(sends(chosen(reply))) as stub:
        found, drafted = draft(brief, endpoint(stub.address + "/", "m", key="k"), lang="zh", lexicon=lists())
    ((path, headers, body),) = stub.asked
    assert [s.label for s in found.sentences] == [QUOTED, DRAFTED, QUOTED]
    assert drafted.refused.height == 1
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer k"
    assert body.keys() == {"model", "messages", "temperature", "stream"}  # no tools, no functions
    assert body["messages"] == prompt(brief, "zh").messages()


def _drips(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.02)


FAR = {
    "status": sends(b"", 500),
    "answer": sends(b"[]"),
    "tools": sends(chosen("{}", tool_calls=[{"function": {"name": "approve_rule"}}])),
    "large": sends(b" " * 5000),
    "slow": _drips,
}
NO_FORM = (
    b"",
    b"null",
    b"{",
    b'{"choices": []}',
    b'{"choices": [{"message": null}]}',
    chosen(None),
    chosen([1]),
    b"[" * 4000,
)


@pytest.mark.parametrize("reason", FAR)
def test_whatever_the_far_side_does_the_brief_stands(reason: str) -> None:
    brief = brief_of(RULE)
    with served(FAR[reason]) as stub:
        asked = replace(endpoint(stub.address, "m"), seconds=0.2 if reason == "slow" else 5.0, most=4096)
        found, drafted = draft(brief, asked, lang="zh", lexicon=lists())
    assert found is brief
    assert drafted.refused["reason"].to_list() == [reason]


def test_answers_without_the_form_are_none() -> None:
    for body in NO_FORM:
        with served(sends(body)) as stub:
            reply = complete(endpoint(stub.address, "m"), prompt(brief_of(RULE), "zh"))
        assert (reply.text, reply.why) == ("", Why("brief_drafting.answer"))


def test_no_redirect_is_followed_and_nobody_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(sends(chosen("{}"))) as other:
        monkeypatch.setenv("http_proxy", other.address)
        with served(sends(b"", 302, Location=f"{other.address}/chat/completions")) as stub:
            reply = complete(endpoint(stub.address, "m"), prompt(brief_of(RULE), "zh"))
    assert reply.why == Why("brief_drafting.status")
    assert len(stub.asked) == 1
    assert not other.asked


def test_an_address_nobody_answers_is_a_reason() -> None:
    with served(sends(b"")) as stub:
        closed = stub.address
    reply = complete(endpoint(closed, "m"), prompt(brief_of(RULE), "zh"))
    assert reply.why == Why("brief_drafting.unreachable")


def test_it_is_off_until_an_address_is_given() -> None:
    assert from_environment({}) is None
    assert from_environment({"TONGTU_DRAFT_MODEL": "m", "TONGTU_DRAFT_KEY": "k"}) is None
    found = from_environment({"TONGTU_DRAFT_URL": "https://llm.example/v1", "TONGTU_DRAFT_MODEL": "m"})
    assert found == Endpoint("https://llm.example/v1", "m")
    assert "secret" not in repr(endpoint("https://llm.example", "m", key="secret"))


@pytest.mark.parametrize(
    "address",
    ["", "llm.example", "file:///etc/passwd", "ftp://a/b", "https://u:p@h/v1", "https://h/v1?x=1", "https://h/#x",
     "http://[::1", "http://h:99999/", "http://h\r\nX: y/", "http://h/ v1", "https://"],
)  # fmt: skip
def test_other_addresses_are_refused_with_a_repair(address: str) -> None:
    with pytest.raises(UsageFault) as caught:
        endpoint(address, "m")
    assert caught.value.faults[0].repair is not None


def test_a_key_never_goes_out_in_the_open() -> None:
    with pytest.raises(UsageFault) as caught:
        endpoint("http://10.0.0.8/v1", "", key="k", seconds=0)
    assert [fault.column for fault in caught.value.faults] == ["model", "key", "seconds"]
    assert endpoint("http://localhost:8000/v1", "m", key="k")
    assert endpoint("http://10.0.0.8/v1", "m")
