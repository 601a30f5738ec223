"""The import boundary under fire: mutated CSV, JSON and workbooks through `read`, from several threads.

Every input must end in sheets or in a refusal out of the fault hierarchy; nothing else may escape, no
file may take longer than five seconds, and no child may stay above its memory. A child that dies is the
guard at work, not a crash, but is counted. The same run times a sheet of 100,000 × 20 cells against
calamine alone.
"""

from __future__ import annotations

import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tongtu.registry import boundary
from tongtu.registry.boundary import client
from tongtu.terms.faults import FileRefused

FULL, QUICK = 300_000, 3_000
HANG_SECONDS = 5.0
GOALS = {
    "inputs": FULL,
    "exceptions_outside_hierarchy": 0,
    "hangs_over_5_s": 0,
    "server_deaths": 0,
    "child_peak_mib": 512,
    "tiny_files_per_second": 500.0,
    "sheet_ratio": 0.9,
}
WORKERS = 4
_SHOW_EVERY = 5_000
_TOKENS = (
    b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "通".encode("gb18030"),
    b'"', b"'", b",", b"\r", b"\n", b"[", b"{", b"]]>", b"<!--", b"<!DOCTYPE x [", b"&a;", b"../",
    b"-1", b"NaN", b"1e999", b"9" * 400, b"A1:XFD1048576", b'r="XFD1048576"', b'count="4294967295"',
    b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff",
)  # fmt: skip


def seeds(data: Path | None) -> list[tuple[str, bytes]]:
    """Sound files to damage: suffix and bytes."""
    table = "编号,名称,预算（万元）,日期\n" + "".join(
        f"N-{n:03},低温共烧陶瓷 {n},{n}.5,2026-11-{n + 1:02}\n" for n in range(12)
    )
    records = [{"id": f"n{n}", "name": "氮化镓", "low": n / 3, "tags": ["a", None], "open": True} for n in range(8)]
    found = [(".csv", table.encode(code)) for code in ("utf-8", "utf-8-sig", "gb18030", "utf-16")]
    found.append((".tsv", table.replace(",", "\t").encode()))
    found.append((".json", json.dumps(records, ensure_ascii=False).encode()))
    found.append((".jsonl", "\n".join(json.dumps(r) for r in records).encode()))
    found += [(".xlsx", _workbook(shared)) for shared in (True, False)]
    found.append((".ods", _ods()))
    found.append((".xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + _workbook(False)))
    if data is not None and (data / "hostile").is_dir():
        hostile = sorted((data / "hostile").rglob("*.json"))
        found += [(".json", path.read_bytes()) for path in hostile]
        found += [(".csv", (data / "hostile" / "blns.json").read_bytes())]
    return found


def _workbook(shared: bool) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": not shared}) as book:
        sheet = book.add_worksheet("数据")
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range("A1:D1", "需求")
        for n in range(1, 9):
            sheet.write_row(n, 0, [f"N-{n}", "名称", n / 3, n % 2 == 0])
            sheet.write_number(n, 4, 46000 + n, date)
            sheet.write_formula(n, 5, "=1/0", None, "#DIV/0!")
        book.add_worksheet("第二").write("C3", "x")
    return out.getvalue()


def _ods() -> bytes:
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{n}="{spaces}:{n}:1.0"' for n in ("office", "table", "text"))
    row = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>名称</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="2.5"/></table:table-row>'
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="s">{row * 4}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{spaces}:manifest:1.0"/>'
    entries = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": manifest}
    return _zip({**{name: text.encode() for name, text in entries.items()}, "content.xml": content.encode()})


def _zip(parts: dict[str, bytes]) -> bytes:
    """Entries carry no time of day, so that the same parts make the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mutated(rng: random.Random, found: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """One damaged file. Half of the zips are damaged inside their parts, where a checksum hides nothing."""
    suffix, data = rng.choice(found[:11]) if rng.random() < 0.8 else rng.choice(found)
    if data.startswith(b"PK") and rng.random() < 0.6:
        data = _damaged_inside(rng, data)
    else:
        for _ in range(rng.choice((1, 1, 2, 4, 16))):
            data = _damaged(rng, data, rng.choice(found)[1])
    if rng.random() < 0.02:
        suffix = rng.choice((".csv", ".json", ".xlsx", ".xls", ".xlsb", ".ods", ".txt", ".jsonl", ".xlsm"))
    return suffix, data


def _damaged_inside(rng: random.Random, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {info.filename: book.read(info) for info in book.infolist()}
    for _ in range(rng.choice((1, 1, 2, 5))):
        name = rng.choice(list(parts))
        if rng.random() < 0.05:
            del parts[name]
        else:
            parts[name] = _damaged(rng, parts[name], rng.choice(list(parts.values())))
        if not parts:
            break
    return _zip(parts)


def _damaged(rng: random.Random, data: bytes, other: bytes) -> bytes:
    at, end = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    end = min(end, at + rng.choice((1, 4, 64, 4096)))
    match rng.randrange(7):
        case 0:
            return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[end:]
        case 2:
            return data[:at] + rng.choice(_TOKENS) + data[at:]
        case 3:
            return data[:at] + data[at:end] * rng.choice((2, 3, 50)) + data[end:]
        case 4:
            return data[:at]
        case 5:
            cut = rng.randrange(len(other) + 1)
            return data[:at] + other[cut : cut + 256] + data[end:]
        case _:
            digits = bytes(rng.choice(b"0123456789") if 48 <= c < 58 else c for c in data[at:end])
            return data[:at] + digits + data[end:]


class Tally:
    """What happened to the inputs; filled by several threads."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.escaped: list[str] = []
        self.slowest = 0.0
        self.slow: list[tuple[int, float]] = []
        self.cpu = 0.0
        self.peak = 0
        self.killed: Counter[str] = Counter()
        self.lock = threading.Lock()

    def child_ended(self, verdict: dict[str, Any]) -> None:
        with self.lock:
            self.peak = max(self.peak, verdict["peak"])
            self.cpu = max(self.cpu, verdict["cpu"])
            if verdict["signal"]:
                self.killed[verdict["why"] or f"signal {verdict['signal']}"] += 1

    def feed(self, number: int, path: Path, limits: boundary.Limits) -> None:
        start = time.perf_counter()
        try:
            boundary.read(path, limits)
            outcome = "read"
        except FileRefused as refusal:
            outcome = "refused"
            with self.lock:
                self.faults.update({f.what.code for f in refusal.faults})
        except BaseException as error:
            outcome = "escaped"
            self.escaped.append(f"{path.suffix}: {error!r}")
        took = time.perf_counter() - start
        with self.lock:
            self.outcomes[outcome] += 1
            if took > HANG_SECONDS:
                self.outcomes["hang"] += 1
                self.slow.append((number, round(took, 2)))
            self.slowest = max(self.slowest, took)


def storm(many: int, data: Path | None, seed: int, progress: Callable[[str], object]) -> Tally:
    """That many mutated inputs, each decided by the seed and its number alone; Ctrl-C ends it with what it has."""
    found, tally, limits = seeds(data), Tally(), boundary.Limits.upload()
    numbers: Iterator[int] = iter(range(many))
    start = time.perf_counter()

    def work(folder: Path) -> None:
        while True:
            with tally.lock:
                number = next(numbers, None)
            if number is None:
                return
            suffix, content = mutated(random.Random(f"{seed}/{number}"), found)
            path = folder / f"input{suffix}"
            path.write_bytes(content)
            tally.feed(number, path, limits)
            if number and number % _SHOW_EVERY == 0:
                rate = number / (time.perf_counter() - start)
                progress(f"{number:,} inputs, {rate:.0f}/s, {dict(tally.outcomes)}, peak {tally.peak >> 20} MiB")

    client.listeners.append(tally.child_ended)
    try:
        with tempfile.TemporaryDirectory() as folder:
            places = [Path(folder) / str(n) for n in range(WORKERS)]
            for place in places:
                place.mkdir()
            threads = [threading.Thread(target=work, args=(place,)) for place in places]
            for thread in threads:
                thread.start()
            try:
                for thread in threads:
                    thread.join()
            except KeyboardInterrupt:
                with tally.lock:
                    numbers = iter(())
                for thread in threads:
                    thread.join()
    finally:
        client.listeners.remove(tally.child_ended)
    return tally


def tiny_rate(many: int) -> float:
    """Sound little files per second, two threads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.csv"
        path.write_text("a,b\n1,2\n")
        boundary.read(path)
        threads = [threading.Thread(target=lambda: [boundary.read(path) for _ in range(many // 2)]) for _ in range(2)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return many / (time.perf_counter() - start)


_PEER = """
import sys, time, python_calamine
start = time.perf_counter()
rows = python_calamine.load_workbook(sys.argv[1]).get_sheet_by_index(0).to_python()
print(len(rows) / (time.perf_counter() - start))
"""


def sheet_rates(rows: int, rounds: int) -> tuple[float, float, int]:
    """Rows per second of `read`, of calamine alone in a fresh process, and the child's peak; best of rounds."""
    import xlsxwriter

    rng = random.Random(1)
    peaks: list[int] = []
    client.listeners.append(hook := lambda verdict: peaks.append(verdict["peak"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for n in range(rows):
                sheet.write_row(
                    n, 0, [v for k in range(5) for v in (f"N-{n:07}", rng.random() * 1e6, n + k, "低温共烧陶瓷")]
                )
        ours, peer = 0.0, 0.0
        for _ in range(rounds):
            said = subprocess.run([sys.executable, "-c", _PEER, path], capture_output=True, text=True, check=True)
            peer = max(peer, float(said.stdout))
            start = time.perf_counter()
            boundary.read(path, boundary.Limits.own_folder())
            ours = max(ours, rows / (time.perf_counter() - start))
    client.listeners.remove(hook)
    return ours, peer, max(peaks)


def run(data: Path | None, quick: bool, progress: Callable[[str], object] = print) -> dict[str, Any]:
    """Figures of the boundary; `data` is the shared data folder, for more seeds."""
    many = QUICK if quick else FULL
    tiny = tiny_rate(400 if quick else 2_000)
    ours, peer, sheet_peak = sheet_rates(20_000 if quick else 100_000, 2 if quick else 3)
    first = client._running().pid
    start = time.perf_counter()
    tally = storm(many, data, 2, progress)
    seconds = time.perf_counter() - start
    done = tally.outcomes["read"] + tally.outcomes["refused"] + tally.outcomes["escaped"]
    server = client._running().pid
    figures = {
        "inputs": done,
        "inputs_per_second": round(done / seconds, 1),
        "read": tally.outcomes["read"],
        "refused": tally.outcomes["refused"],
        "exceptions_outside_hierarchy": len(tally.escaped),
        "hangs_over_5_s": tally.outcomes["hang"],
        "slowest_s": round(tally.slowest, 2),
        "slowest_child_cpu_s": round(tally.cpu, 2),
        "server_deaths": int(server != first),
        "children_killed": sum(tally.killed.values()),
        "child_peak_mib": tally.peak >> 20,
        "server_peak_mib": _peak_of(server),
        "own_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "tiny_files_per_second": round(tiny, 1),
        "sheet_rows_per_second": round(ours),
        "sheet_rows_per_second_calamine": round(peer),
        "sheet_ratio": round(ours / peer, 3),
        "sheet_child_peak_mib": sheet_peak >> 20,
    }
    rows = [{"fault": code, "files": n} for code, n in tally.faults.most_common()]
    rows += [{"killed": why, "files": n} for why, n in tally.killed.most_common()]
    rows += [{"escaped": what} for what in tally.escaped[:20]]
    rows += [{"input": number, "seconds": seconds} for number, seconds in tally.slow]
    return {"figures": figures, "goals": GOALS, "rows": rows}


def _peak_of(pid: int) -> int | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) >> 10
