"""The files of a round as text: counts, sums and releases as tables people can open, shares as sealed JSON.

Tables repeat member, round and taxonomy digest in every row, so that a row never loses where it belongs. A share
carries a checksum over everything in it, and none over the counts: a digest of small counts could be guessed.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import orjson
import polars as pl

from tongtu.risk.share.counting import Counts
from tongtu.risk.share.noise import Plan
from tongtu.risk.share.refusal import fault, refused
from tongtu.risk.share.release import Release, published
from tongtu.risk.share.shares import MOST_MEMBERS, SHARED, Share, Total
from tongtu.risk.share.taxonomy import CELL, FIGURES, RESULTS, Taxonomy
from tongtu.terms.faults import DataRefused, Fault

#: No file of a round is larger.
MOST_BYTES = 64 << 20

_COUNTS = ("member", "round", "taxonomy", "whole", *CELL, *FIGURES)
_TOTAL = ("members", "round", "taxonomy", "shared", "whole", *CELL, *FIGURES)
_POOLED = ("round", "taxonomy", "members", "whole", "epsilon", "scale", "ledger", *CELL, *RESULTS)
_SHARE = "tongtu-share-1"


def counts_text(counts: Counts) -> str:
    return _written(counts.frame, member=counts.member, round=counts.round, taxonomy=counts.taxonomy.digest,
                    whole=_flag(counts.whole))  # fmt: skip


def total_text(total: Total) -> str:
    return _written(total.frame, members=";".join(total.members), round=total.round, taxonomy=total.taxonomy,
                    shared=_flag(total.shared), whole=_flag(total.whole))  # fmt: skip


def read_counts(text: str, taxonomy: Taxonomy, name: str = "") -> Counts:
    """Raises DataRefused with every fault: columns, cells that are not the taxonomy's, figures that cannot be."""
    rows, head = _read(text, _COUNTS, taxonomy, name, head=("member", "round", "taxonomy", "whole"))
    frame = _figures(rows, taxonomy, name, FIGURES, empty=True)
    return Counts(head["member"], head["round"], taxonomy, frame, head["whole"] == "1")


def read_total(text: str, taxonomy: Taxonomy, name: str = "") -> Total:
    """Raises DataRefused with every fault, as `read_counts`."""
    rows, head = _read(text, _TOTAL, taxonomy, name, head=("members", "round", "taxonomy", "shared", "whole"))
    frame = _figures(rows, taxonomy, name, FIGURES)
    members = tuple(head["members"].split(";"))
    return Total(head["round"], head["taxonomy"], members, frame, head["shared"] == "1", head["whole"] == "1")


def share_bytes(share: Share) -> bytes:
    body = {
        "format": _SHARE, "round": share.round, "taxonomy": share.taxonomy, "holder": share.holder, "of": share.of,
        "members": share.members, "splits": share.splits, "whole": share.whole, "partial": share.partial,
        "values": base64.b64encode(share.values.astype("<u8").tobytes()).decode(),
    }  # fmt: skip
    return orjson.dumps(body | {"checksum": _checksum(body)}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def read_share(data: bytes, name: str = "") -> Share:
    """Raises DataRefused where it is no share, or not as it was written."""
    try:
        body = orjson.loads(data)
        told = body.pop("checksum")
        if body["format"] != _SHARE or told != _checksum(body):
            raise ValueError("checksum")
        values = np.frombuffer(base64.b64decode(body["values"], validate=True), "<u8").astype(np.uint64)
        members, splits = tuple(map(str, body["members"])), tuple(map(str, body["splits"]))
        sound = len(members) == len(splits) and bool(members) and (bool(body["partial"]) or len(members) == 1)
        if not sound or not 1 <= int(body["holder"]) <= int(body["of"]) <= MOST_MEMBERS or len(values) % len(SHARED):
            raise ValueError("fields")
        return Share(str(body["round"]), str(body["taxonomy"]), int(body["holder"]), int(body["of"]), members, splits,
                     bool(body["whole"]), values, bool(body["partial"]), name)  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        raise refused("risk_share.share-damaged", name) from None


def kind_of(data: bytes) -> str:
    """`share` for JSON, `counts` or `total` for a table, by its columns; nothing where it is none of them."""
    start = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:4096]
    if start.startswith(b"{"):
        return "share"
    header = start.split(b"\n", 1)[0].decode("utf-8", "replace").strip().split(",")
    return "counts" if header[0] == "member" else "total" if header[0] == "members" else ""


def _checksum(body: Mapping[str, Any]) -> str:
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _written(frame: pl.DataFrame, **head: str) -> str:
    return frame.select(*(pl.lit(value).alias(name) for name, value in head.items()), pl.all()).write_csv()


def _read(
    text: str, columns: Sequence[str], taxonomy: Taxonomy, name: str, head: Sequence[str]
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The rows, and what stands in each of them alike. Raises DataRefused."""
    rows = [
        {key: (value or "").strip() for key, value in row.items() if key is not None and isinstance(value, str | None)}
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    ]
    absent = [column for column in columns if not rows or column not in rows[0]]
    if absent:
        raise DataRefused(fault("risk_share.table-columns", name, columns=absent))
    uneven = [column for column in head if len({row.get(column, "") for row in rows}) != 1]
    if uneven:
        raise DataRefused(fault("risk_share.table-uneven", name, column=column) for column in uneven)
    told = {column: rows[0][column] for column in head}
    if told["taxonomy"] != taxonomy.digest:
        raise DataRefused(fault("risk_share.taxonomy-other", name, digest=told["taxonomy"], expected=taxonomy.digest))
    cells = [tuple(row.get(column, "") for column in CELL) for row in rows]
    if cells != taxonomy.cells.rows():
        raise DataRefused(fault("risk_share.table-cells", name, n=taxonomy.cells.height))
    return rows, told


def _figures(
    rows: list[dict[str, str]], taxonomy: Taxonomy, name: str, figures: Sequence[str], *, empty: bool = False
) -> pl.DataFrame:
    """The figures as Int64; every figure that cannot be is a fault."""
    faults: list[Fault] = []
    found = [
        [_figure(row.get(f, ""), name, k, f, faults, empty=empty) for f in figures] for k, row in enumerate(rows, 2)
    ]
    frame = pl.DataFrame(found, dict.fromkeys(figures, pl.Int64()), orient="row")
    if not faults:
        known = pl.sum_horizontal(RESULTS, ignore_nulls=False) != pl.col("entered")
        uneven = frame.with_row_index("row", 2).filter(known | (pl.col("timed") > pl.col("passed") + pl.col("failed")))
        faults = [fault("risk_share.table-sum", name, row) for row in uneven["row"].to_list()]
    if faults:
        raise DataRefused(faults)
    return pl.concat([taxonomy.cells, frame], how="horizontal")


def _figure(
    text: str, name: str, row: int, column: str, faults: list[Fault], *, empty: bool = False, signed: bool = False
) -> int | None:
    if not text and empty:
        return None
    digits = text.removeprefix("-") if signed else text
    if digits.isascii() and digits.isdecimal() and len(digits) <= 15:
        return int(text)
    faults.append(fault("risk_share.table-figure", name, row, column, value=text))
    return None


def pooled_text(release: Release) -> str:
    return published(release).write_csv()


def read_pooled(text: str, taxonomy: Taxonomy, name: str = "") -> Release:
    """Raises DataRefused with every fault, as `read_counts`; noisy figures may lie below zero."""
    rows, head = _read(text, _POOLED, taxonomy, name, head=_POOLED[:7])
    faults: list[Fault] = []
    found = [
        [_figure(row.get(f, ""), name, k, f, faults, signed=True) for f in RESULTS] for k, row in enumerate(rows, 2)
    ]
    numbers = {key: _positive(head[key]) for key in ("members", "epsilon", "scale")}
    faults += [fault("risk_share.table-figure", name, 2, key, value=head[key]) for key, n in numbers.items() if not n]
    if faults:
        raise DataRefused(faults)
    frame = pl.DataFrame(found, dict.fromkeys(RESULTS, pl.Int64()), orient="row")
    plan = Plan(numbers["epsilon"], numbers["scale"])
    return Release(head["round"], head["taxonomy"], int(numbers["members"]),
                   pl.concat([taxonomy.cells, frame], how="horizontal"), plan, head["whole"] == "true", "",
                   head["ledger"])  # fmt: skip


def _positive(text: str) -> float:
    """The number, or 0 where there is none above it."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if 0 < number < 1e12 else 0.0
