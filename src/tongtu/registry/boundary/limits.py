"""How much one file may cost: bytes, cells, memory and time."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What the guard and the guarded child allow. Sizes in bytes, times in seconds.

    The two factories are the settings people meet: `upload()` for files of strangers, `own_folder()` for
    the files of whoever runs the program. The plain constructor equals `upload()`.
    """

    bytes: int = 32 * MIB
    """Size of the file as it arrives."""
    zip_entries: int = 2_000
    zip_ratio: int = 100
    """Unpacked by packed size, of one part and of the whole, for parts above `RATIO_FLOOR`."""
    unpacked_bytes: int = 256 * MIB
    sheets: int = 200
    rows: int = 200_000
    columns: int = 1_000
    cells: int = 5_000_000
    """Cells of the rectangle that holds everything, all sheets together."""
    field_chars: int = 131_072
    """Characters of one CSV field (Excel itself stops at 32,767)."""
    json_depth: int = 64
    json_digits: int = 1_000
    """Digits in a row inside one JSON number. Whole numbers beyond 19 digits are refused in any case."""
    result_bytes: int = 256 * MIB
    """What the child may hand back, as JSON."""
    seconds: float = 30.0
    """Wall clock of the child."""
    cpu_seconds: int = 20
    cpu_floor: int = 2
    cpu_per_mib: float = 4.0
    """A small file gets a small share: the floor and so much per MiB, never more than `cpu_seconds`."""
    memory_bytes: int = 512 * MIB
    """Resident memory of the child, watched from outside."""
    address_bytes: int = 2 * GIB
    """Address space of the child, enforced by the kernel."""

    @classmethod
    def upload(cls) -> Limits:
        return cls()

    @classmethod
    def own_folder(cls) -> Limits:
        return cls(
            bytes=512 * MIB, zip_entries=20_000, zip_ratio=200, unpacked_bytes=2 * GIB, sheets=1_000,
            rows=1_048_576, columns=16_384, cells=60_000_000, json_depth=128, result_bytes=2 * GIB,
            seconds=300.0, cpu_seconds=280, cpu_floor=10, cpu_per_mib=20.0, memory_bytes=1_800 * MIB,
        )  # fmt: skip

    def within(self, **tighter: Any) -> Limits:
        """A copy with some limits changed, by their field names."""
        return replace(self, **tighter)

    def for_size(self, size: int) -> Limits:
        """The limits for a file of that many bytes: a parser that runs in circles is stopped soon."""
        share = math.ceil(self.cpu_floor + self.cpu_per_mib * size / MIB)
        return replace(self, cpu_seconds=min(self.cpu_seconds, share))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


RATIO_FLOOR = MIB
"""Small parts may be as repetitive as they like: a template of empty styled cells is no bomb."""
