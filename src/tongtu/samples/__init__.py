"""A synthetic consortium whose truth is known, so that every engine can be scored.

Organisations are invented, texts are written from a bilingual glossary in two vocabularies (industry's and the
laboratory's), and what is true is planted: which pairs fit, the odds of each stage, where capacity is short,
which firms meet a title's figures. The truth lies in a folder of its own that no engine reads.

    make(scale, seed, ...)      the whole sample in memory
    stream(scale, seed, ...)    the same, table by table
    write_truth(truth, folder)  the truth as CSV, with a note that says what it is
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tongtu.samples.truth import note, write_truth
    from tongtu.samples.world import Part, Sample, make, stream

_HOMES = {
    "make": "world",
    "stream": "world",
    "Sample": "world",
    "Part": "world",
    "write_truth": "truth",
    "note": "truth",
}

__all__ = ["Part", "Sample", "make", "note", "stream", "write_truth"]


def __getattr__(name: str) -> Any:
    """Polars and NumPy load with the first sample, not with the command line."""
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"tongtu.samples.{_HOMES[name]}"), name)
