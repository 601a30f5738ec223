"""What many tests stand on: the demo consortium, read back from its workbooks, and its plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings

from tongtu import chain, packs, registry, samples

# How long one example takes says more of the machine than of the code; speed is measured in bench/.
settings.register_profile("tongtu", deadline=None)
settings.load_profile("tongtu")

AS_OF = date(2026, 11, 21)


@dataclass(frozen=True)
class Demo:
    """The demo sample as a person has it: a folder of workbooks, the registry read from it, its plan, the truth."""

    folder: Path
    records: registry.Registry
    pack: packs.Pack
    plan: chain.Plan
    truth: dict[str, pl.DataFrame]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    from tongtu.cli.sample_ import write

    folder = tmp_path_factory.mktemp("demo")
    write(folder, "demo", 1, "xlsx", AS_OF, "zh")
    pack = packs.load("cn")
    records = registry.load(folder, vocabularies=pack.vocabularies)
    sample = samples.make(
        "demo",
        1,
        glossary=pack.glossary,
        vocabularies={**registry.vocabularies(), **pack.vocabularies},
        as_of=AS_OF,
    )
    return Demo(folder, records, pack, chain.plan(records, pack, as_of=AS_OF), sample.truth)
