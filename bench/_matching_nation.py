"""`python -m bench._matching_nation FOLDER`: a whole market's needs against its achievements, in two processes.

Prints figures as JSON, and how far it is on the way. `draw` writes the synthetic sample that lies in the folder.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import polars as pl

from tongtu import packs, samples
from tongtu.match import meet
from tongtu.match.pieces import Pieces
from tongtu.registry import Registry, vocabularies
from tongtu.solve.runner import Processes

AS_OF, SEED = date(2026, 11, 21), 1
TOP, CORES = 50, 2
#: what a market is made of: the rest of the nation (firms' years, network, cases) is not read
_NOUNS = ("organisations", "needs", "achievements", "indicators", "ownership", "conflicts", "outcomes", "titles",
          "platforms", "usage", "cases", "events")  # fmt: skip
_LOOK = 1.0  # seconds between two looks at the memory


def draw(folder: Path, scale: str) -> None:
    """The sample of that scale, table by table, and the pairs that are planted in it; unless they are there."""
    if (folder / "truth").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    pack = packs.load("cn")
    words = {**vocabularies(), **pack.vocabularies}
    for part in samples.stream(scale, SEED, glossary=pack.glossary, vocabularies=words, as_of=AS_OF):
        if part.name in _NOUNS and not part.is_truth:
            part.frame.write_parquet(folder / f"{part.name}.parquet")
        elif part.name == "pairs":
            planted = part.frame.filter("open").select(question="need", answer="achievement")
            planted.write_parquet(folder / "planted")
    (folder / "planted").rename(folder / "truth")


def run(folder: Path) -> dict[str, Any]:
    """Everything from tables in memory to every need's best answers, and what it took."""
    registry = Registry({path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))})
    pack = packs.load("cn")
    clock, memory = Clocked(CORES), Memory()
    with tempfile.TemporaryDirectory() as place, memory:
        begun, spent = time.perf_counter(), _processor()
        found = meet(
            registry, ask="need", answer="achievement", glossary=pack.glossary, as_of=AS_OF, top=TOP, explain=False,
            vocabularies={**vocabularies(), **pack.vocabularies}, industries=pack.sheet("industries"),
            pieces=Pieces(clock, Path(place) / "market"), progress=_told,
        )  # fmt: skip
        seconds, processor = time.perf_counter() - begun, _processor() - spent
    planted = pl.read_parquet(folder / "truth").join(found.pairs, on=["question", "answer"], how="left")
    asked = found.pairs["question"].n_unique()
    return {
        "needs": registry["needs"].height - found.closed.height,
        "answered": asked,
        "listings": registry["achievements"].height,
        "pairs": found.pairs.height,
        "refusals": found.refusals.height,
        "minutes": seconds / 60,
        "build_minutes": (clock.last - begun) / 60,
        "processor_minutes": processor / 60,
        "peak_mb": memory.peak_mb,
        **{f"planted_in_{top}": planted.filter(pl.col("rank") <= top).height / planted.height for top in (10, TOP)},
    }


class Clocked:
    """Two processes, and when they were last given something to do."""

    def __init__(self, workers: int) -> None:
        self._processes = Processes(workers)
        self.last = 0.0

    def map(self, work: Callable[[Any], Any], partitions: Sequence[Any], progress: Any = None) -> list[Any]:
        self.last = time.perf_counter()
        return self._processes.map(work, partitions, progress)


class Memory:
    """The greatest memory of this process and those it started together; what they share is counted once."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._done = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._done.wait(_LOOK):
            self.peak_mb = max(self.peak_mb, sum(map(_share_mb, _family(os.getpid()))))

    def __enter__(self) -> Memory:
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._looking.join()


def _family(process: int) -> Iterator[int]:
    """A process and all that it started."""
    yield process
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in path.read_text().split():
            yield from _family(int(child))


def _share_mb(process: int) -> float:
    """Resident memory; of what several processes map, each is given its share."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it ended meanwhile
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _processor() -> float:
    """Seconds of processor time of this process and of those that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _told(done: int, total: int, what: object = None) -> None:
    print(f"{done} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "draw":
        draw(Path(rest[0]), rest[1])
    else:
        print(json.dumps(run(Path(what))))
