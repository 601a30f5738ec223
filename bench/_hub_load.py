"""`python -m bench._hub_load PORT SESSIONS SECONDS` (who is at work on stdin): people at their browsers, on loopback.

Every session thinks, asks, reads the answer to its end and thinks again; one request in ten changes something. Times
run from the first byte sent to the last byte read and are kept from the second third on. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

HOST = "127.0.0.1"
THINK = 3.0  # seconds on average between an answer and the next request
_FORGERY = "a" * 32  # the double-submitted value that keeps foreign pages from posting
#: what people ask, and how often in a hundred; the last three change something
SHARES = {
    "home": 10, "list": 20, "words": 12, "facet": 10, "detail": 20, "mine": 6, "matches": 6, "api_list": 6,
    "draft": 6, "save": 2, "interest": 2,
}  # fmt: skip


@dataclass
class Tally:
    """Answers of everybody: seconds by kind of request, and how many had which status."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SHARES})
    statuses: Counter[str] = field(default_factory=Counter)
    from_when: float = 0.0


async def main(port: int, count: int, seconds: float, people: list[dict[str, Any]]) -> dict[str, Any]:
    began = time.perf_counter()
    tally = Tally(from_when=began + seconds / 3)
    until = began + seconds
    await asyncio.gather(*(_work(port, person, n, until, tally) for n, person in enumerate(people[:count])))
    return _summed(tally, seconds * 2 / 3)


async def _work(port: int, person: dict[str, Any], n: int, until: float, tally: Tally) -> None:
    draw = random.Random(n)
    browser = Browser(port, person["cookie"])
    await asyncio.sleep(draw.uniform(0, THINK))
    while time.perf_counter() < until:
        kind = draw.choices(list(SHARES), list(SHARES.values()))[0]
        path, form = _request(kind, person, draw)
        sent = time.perf_counter()
        status = await browser.ask(path, form)
        if sent >= tally.from_when:
            tally.seconds[kind].append(time.perf_counter() - sent)
            tally.statuses[f"{kind} {status}"] += 1
        await asyncio.sleep(draw.expovariate(1 / THINK))
    browser.close()


def _request(kind: str, person: dict[str, Any], draw: random.Random) -> tuple[str, dict[str, str] | None]:
    """Path, and the form that is posted there or None."""
    noun = draw.choice(["needs", "achievements", "achievements", "platforms"])
    other = draw.choice(person["others"][noun])
    word = draw.choice(person["words"])
    match kind:
        case "list":
            return f"/listings/{noun}/", None
        case "words":
            return f"/listings/{noun}/?q={quote(word)}", None
        case "facet":
            return f"/listings/{noun}/?region={draw.choice(('110000', '310000', '440000'))}", None
        case "detail":
            return f"/listings/{noun}/{other}/", None
        case "mine":
            return "/listings/mine/", None
        case "matches":
            return f"/matches/of/{person['own']}/", None
        case "api_list":
            return "/api/v1/needs?limit=20", None
        case "draft":
            return "/listings/needs/new/", {"title": word[:60], "text": word * 8}
        case "save":
            return "/listings/saved/", {"noun": "needs", "q": word, "name": word[:40]}
        case "interest":
            answer = draw.choice(person["others"]["achievements"])
            return f"/matches/pair/{person['own']}/{answer}/interest/", {}
        case _:
            return "/", None


class Browser:
    """One connection that stays open, as a browser's does, and is opened anew where the server has closed it."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port = port
        self.cookie = f"sessionid={cookie}; csrftoken={_FORGERY}"
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, form: dict[str, str] | None = None) -> int:
        """The status of the answer, read to its end."""
        for last in (False, True):
            try:
                if self.writer is None:
                    self.reader, self.writer = await asyncio.open_connection(HOST, self.port)
                return await self._once(path, form)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if last:
                    return 0
        return 0

    async def _once(self, path: str, form: dict[str, str] | None) -> int:
        assert self.reader is not None
        assert self.writer is not None
        body = b"" if form is None else urlencode({"csrfmiddlewaretoken": _FORGERY, **form}).encode()
        lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", f"Host: {HOST}:{self.port}",
                 f"Cookie: {self.cookie}", "Accept-Language: zh-CN"]  # fmt: skip
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        await self._body(headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1])

    async def _body(self, headers: dict[str, str]) -> None:
        assert self.reader is not None
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readline(), 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readline()
        else:
            await self.reader.readexactly(int(headers.get("content-length", "0")))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def _summed(tally: Tally, seconds: float) -> dict[str, Any]:
    every = sorted(one for some in tally.seconds.values() for one in some)
    failed = sum(n for status, n in tally.statuses.items() if status.endswith((" 0", " 500", " 502", " 503")))
    return {
        "requests": len(every),
        "requests_per_second": len(every) / seconds,
        "median_ms": _at(every, 0.5),
        "p95_ms": _at(every, 0.95),
        "p99_ms": _at(every, 0.99),
        "server_errors": failed,
        "median_and_p95_ms": {
            kind: [round(_at(sorted(some), share), 1) for share in (0.5, 0.95)] for kind, some in tally.seconds.items()
        },
        "statuses": dict(sorted(tally.statuses.items())),
    }


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")


if __name__ == "__main__":
    port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(asyncio.run(main(port, count, seconds, json.load(sys.stdin)))))
