"""`Plan`: what the chain answers, as tables with a manifest, kept as a folder.

    PLAN/
      manifest.json     format, versions, digests, dates, seed, options: enough to run it again
      tables/*.parquet  one file per table of `tables.csv`
      registry/*.parquet  the records as the plan saw them, so that it can be read, compared and run again
      run.json          seconds per link and peak memory; tells of the machine, not of the plan

Two runs on the same registry, pack, dates, seed and options give the same digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongtu.chain.tables import conform, tables
from tongtu.registry import Registry
from tongtu.registry.frames import frame_digest
from tongtu.terms.faults import UsageFault
from tongtu.terms.folders import whole_folder
from tongtu.terms.version import VERSION

if TYPE_CHECKING:
    import polars as pl

#: 2 added the tables of the pilot network (tiers, tier_changes, layout), 3 those of capital (risk, values)
FORMAT = 4
READABLE = (3, 4)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a plan was made from. `options` holds plain JSON values."""

    pack: str
    pack_version: str
    pack_digest: str
    registry_digest: str
    as_of: date
    known_at: date
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)
    program: str = VERSION
    format: int = FORMAT

    def to_dict(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {**plain, "as_of": self.as_of.isoformat(), "known_at": self.known_at.isoformat(),
                "options": dict(self.options)}  # fmt: skip

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Manifest:
        days = {name: date.fromisoformat(plain[name]) for name in ("as_of", "known_at")}
        return cls(**{**{name: plain[name] for name in cls.__slots__}, **days})


class Plan:
    """Tables by name; a table no link filled is empty with its columns."""

    def __init__(
        self,
        manifest: Manifest,
        frames: Mapping[str, pl.DataFrame],
        registry: Registry,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        self.manifest = manifest
        self.registry = registry
        self._frames = {name: conform(name, frame) for name, frame in frames.items()}
        self.run = dict(run or {})

    def __getitem__(self, name: str) -> pl.DataFrame:
        found = self._frames.get(name)
        return found if found is not None else tables()[name].empty()

    def __iter__(self) -> Iterator[str]:
        return (name for name in tables() if name in self._frames)

    def digest(self) -> str:
        """SHA-256 over manifest and tables; what two runs must agree on."""
        return digest_of(self.manifest, self._frames)

    def save(self, folder: Path) -> Path:
        """Writes the folder in one step: an interrupted save leaves the old plan, or none.

        Raises UsageFault where the folder holds something else.
        """
        with whole_folder(folder, "manifest.json") as fresh:
            self._write(fresh)
        return Path(folder)

    def _write(self, folder: Path) -> None:
        (folder / "tables").mkdir()
        (folder / "registry").mkdir()
        for name in self.registry:
            self.registry[name].write_parquet(folder / "registry" / f"{name}.parquet")
        listing = {}
        for name in self:
            self._frames[name].write_parquet(folder / "tables" / f"{name}.parquet")
            listing[name] = {"rows": self._frames[name].height, "sha256": frame_digest(self._frames[name])}
        manifest = {**self.manifest.to_dict(), "tables": listing, "digest": self.digest()}
        _dump(folder / "manifest.json", manifest)
        _dump(folder / "run.json", self.run)

    @classmethod
    def load(cls, folder: Path) -> Plan:
        """Reads a saved plan. Raises UsageFault for a folder that is none, or of a format we cannot read."""
        import polars as pl

        folder = Path(folder)
        try:
            plain = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            if plain["format"] not in READABLE:
                raise UsageFault.because("chain.format", "chain.format-repair", format=plain["format"])
            manifest = Manifest.from_dict(plain)
            frames = {name: pl.read_parquet(folder / "tables" / f"{name}.parquet") for name in plain["tables"]}
            records = {path.stem: pl.read_parquet(path) for path in sorted((folder / "registry").glob("*.parquet"))}
            plan, found = cls(manifest, frames, Registry(records), _run(folder)), digest_of(manifest, frames)
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
            raise UsageFault.because("chain.no-plan", "chain.no-plan-repair", folder=str(folder)) from error
        if found != plain["digest"]:
            raise UsageFault.because("chain.altered", "chain.altered-repair", folder=str(folder))
        return plan


def digest_of(manifest: Manifest, frames: Mapping[str, pl.DataFrame]) -> str:
    """SHA-256 over manifest and tables as they lie in the files, those of an earlier format included."""
    total = hashlib.sha256(json.dumps(manifest.to_dict(), sort_keys=True).encode())
    for name in (name for name in tables() if name in frames):
        total.update(name.encode() + frame_digest(frames[name]).encode())
    return total.hexdigest()


def _run(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _dump(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
