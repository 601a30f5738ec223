"""Laying something large down in a folder, so that several processes have it at once.

What is not an array is pickled, and each process reads it for itself; arrays lie beside it as they are and are mapped
into memory, so that however many processes read them they are held once. Only for folders that we wrote ourselves.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

#: thing → what makes it again and from what, or NotImplemented where it is pickled as usual
Reduce = Callable[[Any], Any]

_THING, _ARRAYS, _ENDS = "thing.pickle", "arrays.bin", "ends.npy"
_ALIGNED = 64


def lay(thing: Any, folder: Path, reduce: Reduce | None = None) -> None:
    """Lays `thing` down. `reduce` says how to pickle what cannot be (see `Pickler.reducer_override`)."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: list[pickle.PickleBuffer] = []
    with (folder / _THING).open("wb") as file:
        _Pickler(file, arrays, reduce).dump(thing)
    ends = [0]
    with (folder / _ARRAYS).open("wb") as file:
        for array in arrays:
            raw = array.raw()
            file.write(raw)
            file.write(bytes(-len(raw) % _ALIGNED))
            ends += [ends[-1] + len(raw), file.tell()]
    np.save(folder / _ENDS, np.array(ends))


def take(folder: Path) -> Any:
    """What was laid down, its arrays mapped and not to be written."""
    ends = np.load(folder / _ENDS)
    whole = np.memmap(folder / _ARRAYS, np.uint8, "r") if ends[-1] else np.zeros(0, np.uint8)
    arrays = [whole[start:end].data for start, end in list(pairwise(ends.tolist()))[::2]]
    with (folder / _THING).open("rb") as file:
        return pickle.load(file, buffers=arrays)


class _Pickler(pickle.Pickler):
    def __init__(self, file: Any, arrays: list[pickle.PickleBuffer], reduce: Reduce | None) -> None:
        super().__init__(file, protocol=5, buffer_callback=arrays.append)
        self._reduce = reduce

    def reducer_override(self, thing: Any) -> Any:
        return NotImplemented if self._reduce is None else self._reduce(thing)
