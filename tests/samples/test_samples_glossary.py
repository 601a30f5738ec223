"""The glossary that samples are written from and that matching meets on."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from tongtu import packs
from tongtu.samples import lore

KINDS = {"material", "process", "device", "system", "property", "method", "component", "application"}


@pytest.fixture(scope="module")
def glossary() -> pl.DataFrame:
    return packs.load("cn").glossary


def test_enough_terms_in_both_languages(glossary: pl.DataFrame) -> None:
    assert glossary.height >= 400
    assert glossary.select(pl.any_horizontal(pl.col("zh", "en").fill_null("") == "")).to_series().sum() == 0
    assert set(glossary["kind"]) <= KINDS
    other = (pl.col("zh_alt").list.len() > 0) | (pl.col("en_alt").list.len() > 0)
    assert glossary.filter(other).height >= glossary.height / 2


def test_a_name_belongs_to_one_concept(glossary: pl.DataFrame) -> None:
    owners: dict[str, set[str]] = {}
    for row in glossary.iter_rows(named=True):
        for name in (row["zh"], row["en"], *(row["zh_alt"] or ()), *(row["en_alt"] or ())):
            owners.setdefault(name.casefold(), set()).add(row["concept"])
    assert {name: o for name, o in owners.items() if len(o) > 1} == {}


def test_every_evidenced_direction_and_focus_area_is_covered(glossary: pl.DataFrame) -> None:
    pack = packs.load("cn")
    directions = Counter(glossary["directions"].explode(empty_as_null=True).drop_nulls().to_list())
    assert set(directions) == set(pack.vocabularies["direction"])
    assert min(directions.values()) >= 15
    focus = set(glossary["focus"].explode(empty_as_null=True).drop_nulls())
    assert focus <= set(pack.vocabularies["focus"])
    assert {"ic", "new_materials", "aerospace", "biomanufacturing", "embodied_ai", "sixg", "quantum", "bci"} <= focus


def test_every_subject_has_quantities_phrases_and_neighbours(glossary: pl.DataFrame) -> None:
    known = lore.read(glossary)
    subject = (known.concepts["role"] == "subject").to_numpy()
    assert known.concepts.height == glossary.height
    assert known.quantities.own[subject].min() >= 2
    assert (known.quantities.total[subject] > known.quantities.own[subject]).all()
    assert (known.quantities.low < known.quantities.high).all()
    for phrases in (known.problems, known.approaches):
        assert all((phrases[lang] != "").all() for lang in ("zh", "en"))
