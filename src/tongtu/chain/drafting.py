"""A language model behind an OpenAI-compatible address, asked to reword a brief. Off unless an address is given.

Only the standard library, and only what is asked for: one POST to `<address>/chat/completions`, no tools, no
redirects, no proxies, bounded in size and time. Whatever the far side does, the brief stands: a failure is a reason,
and an answer is an untrusted draft that `brief.drafting.accept` judges.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from tongtu.brief.drafting import Drafted, Prompt, accept, beside, nothing, prompt
from tongtu.brief.facts import Lexicon
from tongtu.brief.model import Brief
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import Lang

ADDRESS, MODEL, KEY = "TONGTU_DRAFT_URL", "TONGTU_DRAFT_MODEL", "TONGTU_DRAFT_KEY"
_ROUTE = "/chat/completions"
_OK = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask: `address` up to and without /chat/completions. The key is never shown.

    seconds  for the whole exchange        most  bytes of an answer
    """

    address: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 60.0
    most: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote, or why there is nothing."""

    text: str = ""
    why: Why | None = None


class _Failed(Exception):
    """The far side did not do what it should; the argument is the code of the reason."""


def endpoint(address: str, model: str, *, key: str = "", seconds: float = 60.0, most: int = 1 << 20) -> Endpoint:
    """An address that may be asked. Raises UsageFault with everything that is wrong with it.

    It is http or https with a host, without user, query or fragment; a key goes over https or to this machine only.
    """
    faults = [Fault(Why(f"brief_drafting.{code}"), Why(f"brief_drafting.{code}-repair"), column=where)
              for where, code in _wrong(address, model, key, seconds, most)]  # fmt: skip
    if faults:
        raise UsageFault(faults)
    return Endpoint(address.rstrip("/"), model, key, seconds, most)


def from_environment(environ: Mapping[str, str]) -> Endpoint | None:
    """The endpoint that TONGTU_DRAFT_URL, TONGTU_DRAFT_MODEL and TONGTU_DRAFT_KEY name; None without an address."""
    address = environ.get(ADDRESS, "").strip()
    return endpoint(address, environ.get(MODEL, ""), key=environ.get(KEY, "")) if address else None


def draft(brief: Brief, endpoint: Endpoint, *, lang: Lang, lexicon: Lexicon) -> tuple[Brief, Drafted]:
    """The brief with drafts beside its sentences, and what was refused. Nothing else of it changes.

    Where nothing can be asked or the model does not answer, it is the same brief.
    """
    asked = prompt(brief, lang)
    if not asked.offered:
        return brief, nothing(())
    reply = complete(endpoint, asked)
    if reply.why is not None:
        return brief, nothing((reply.why,))
    found = accept(reply.text, brief, lang=lang, lexicon=lexicon)
    return beside(brief, found), found


def complete(endpoint: Endpoint, asked: Prompt) -> Reply:
    """One question, one answer. Never raises for what the far side does."""
    body = json.dumps({"model": endpoint.model, "messages": asked.messages(), "temperature": 0, "stream": False})
    until = time.monotonic() + endpoint.seconds
    try:
        return Reply(_content(_exchanged(endpoint, body.encode(), until)))
    except _Failed as failure:
        code = str(failure)
    except (OSError, http.client.HTTPException):
        code = "unreachable"
    if time.monotonic() >= until:
        return Reply(why=Why("brief_drafting.slow", {"seconds": endpoint.seconds}))
    return Reply(why=Why(f"brief_drafting.{code}"))


def _exchanged(endpoint: Endpoint, body: bytes, until: float) -> bytes:
    """The answer's bytes. `http.client` follows no redirects and knows no proxies, so no other host is ever asked."""
    parts = urlsplit(endpoint.address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=endpoint.seconds)
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    with closing(connection):
        connection.connect()
        with _stopped(connection.sock, until - time.monotonic()):
            connection.request("POST", parts.path + _ROUTE, body, headers)
            response = connection.getresponse()
            if response.status != _OK:
                raise _Failed("status")
            answer = response.read(endpoint.most + 1)
    if len(answer) > endpoint.most:
        raise _Failed("large")
    return answer


@contextmanager
def _stopped(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Hangs up after so long: a time limit of a socket is one of each read, which a dripping far side never meets."""

    def hang_up() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, 0), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _content(answer: bytes) -> str:
    """The text of the first choice. An answer that calls a tool is none: none was offered."""
    try:
        value: Any = json.loads(answer)
        message = value["choices"][0]["message"]
        content = message["content"]
        calls = message.get("tool_calls") or message.get("function_call")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise _Failed("answer") from None
    if calls:
        raise _Failed("tools")
    if not isinstance(content, str):
        raise _Failed("answer")
    return content


def _wrong(address: str, model: str, key: str, seconds: float, most: int) -> list[tuple[str, str]]:
    """Column and code of each fault."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return [("address", "no-address")]
    plain = sound and not (parts.username or parts.password or parts.query or parts.fragment) and _printable(address)
    found = [] if plain else [("address", "no-address")]
    if not model.strip() or not _printable(model):
        found.append(("model", "no-model"))
    if not _printable(key):
        found.append(("key", "no-key"))
    elif plain and key and not _private(parts):
        found.append(("key", "open-key"))
    if not (0 < seconds <= 600 and most > 0):
        found.append(("seconds", "no-limit"))
    return found


def _printable(text: str) -> bool:
    """Characters that cannot break a header or a request line."""
    return all("!" <= char <= "~" for char in text)


def _private(parts: SplitResult) -> bool:
    """Whether nobody between can read along."""
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
