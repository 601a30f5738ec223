"""What is laid down comes back as it was, its arrays shared and not to be written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tongtu.solve import laid


def test_everything_comes_back(tmp_path: Path) -> None:
    thing = {"many": np.arange(1000), "few": np.zeros(0), "one": np.float32([[1, 2], [3, 4]]), "text": "天堑", "n": 7}
    laid.lay(thing, tmp_path)
    found = laid.take(tmp_path)
    assert found.keys() == thing.keys()
    assert (found["text"], found["n"]) == ("天堑", 7)
    for name in ("many", "few", "one"):
        assert found[name].dtype == thing[name].dtype
        assert np.array_equal(found[name], thing[name])


def test_arrays_are_not_to_be_written(tmp_path: Path) -> None:
    laid.lay(np.arange(10), tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        laid.take(tmp_path)[0] = 1


def test_a_thing_without_arrays(tmp_path: Path) -> None:
    laid.lay(["a", 1], tmp_path)
    assert laid.take(tmp_path) == ["a", 1]


def test_what_cannot_be_pickled_is_made_again(tmp_path: Path) -> None:
    def reduce(thing: Any) -> Any:
        return (abs, (-5,)) if callable(thing) and getattr(thing, "__name__", "") == "<lambda>" else NotImplemented

    laid.lay({"closed": lambda: 0, "open": "abc"}, tmp_path, reduce)
    assert laid.take(tmp_path) == {"closed": 5, "open": "abc"}
