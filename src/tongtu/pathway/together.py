"""What can only be wrong between files: one version twice, windows that overlap, maps that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from tongtu.pathway.model import Pathway
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

Found = Sequence[tuple[str, Pathway]]


def together(found: Found) -> list[Fault]:
    """Faults between pathways, each read from the file beside it."""
    faults = [*_windows(found), *_maps(found), *_buyers(found)]
    if not any(pathway.default for _, pathway in found):
        faults.append(_fault("no-default", ""))
    return faults


def _windows(found: Found) -> Iterator[Fault]:
    for i, (file, later) in enumerate(found):
        for other, earlier in found[:i]:
            args = {"pathway": later.key, "other": earlier.key, "file": other}
            if later.key == earlier.key:
                yield _fault("version-twice", file, **args)
            elif _overlap(later, earlier) and later.id == earlier.id:
                yield _fault("versions-overlap", file, **args)
            elif _overlap(later, earlier) and later.default and earlier.default:
                yield _fault("two-defaults", file, **args)


def _maps(found: Found) -> Iterator[Fault]:
    """Every stage of a version that is migrated from must have a place in the new one."""
    versions = {pathway.key: pathway for _, pathway in found}
    for file, to in found:
        own = {stage.id for stage in to.stages}
        for version, table in to.migrates.items():
            source = versions.get(f"{to.id}@{version}")
            if source is None or source.key == to.key:
                yield _fault("migrates-from-nothing", file, pathway=to.key, version=version)
                continue
            old = {stage.id for stage in source.stages}
            for stage in sorted((set(table) - old) | (set(table.values()) - own)):
                yield _fault("migrates-unknown", file, pathway=to.key, version=version, stage=stage)
            for stage in sorted(id for id in old - set(table) if id not in own):
                yield _fault("migrates-nowhere", file, pathway=to.key, version=version, stage=stage)


def _buyers(found: Found) -> Iterator[Fault]:
    sides = {pathway.id: pathway.side for _, pathway in found}
    for file, pathway in found:
        if pathway.buyer and sides.get(pathway.buyer) != "buyer":
            yield _fault("no-buyer", file, pathway=pathway.key, buyer=pathway.buyer)


def _overlap(a: Pathway, b: Pathway) -> bool:
    return a.since <= (b.until or date.max) and b.since <= (a.until or date.max)


def _fault(code: str, file: str, /, **args: object) -> Fault:
    return Fault(Why(f"pathway.{code}", args), Why(f"pathway.{code}-repair", args), file)
