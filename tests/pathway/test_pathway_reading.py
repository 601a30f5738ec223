"""The pack's pathway loads; every file of the zoo is refused for the one thing its name says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tongtu import pathway
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.words import entries, missing, say

HERE = Path(__file__).parent
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8")
ZOO = sorted((HERE / "bad").glob("*.yaml"))


def codes(error: PackRefused) -> list[str]:
    return [fault.what.code for fault in error.faults]


def test_standard_pathway_of_the_pack(pathways: dict[str, pathway.Pathway]) -> None:
    (standard,) = pathways.values()
    assert [stage.id for stage in standard.stages] == [
        "disclosure", "concept", "pilot", "scale_up", "first_order", "repeat_order",
    ]  # fmt: skip
    assert standard.grade == "ours"
    assert standard.default
    (registration,) = standard.stage("concept").statutory
    assert (registration.days, registration.grade) == (15, "C")
    assert "2024年12月" in registration.source, "the period is a draft's, and says so"


@pytest.mark.parametrize("file", ZOO, ids=lambda file: file.stem)
def test_zoo_names_its_fault(file: Path) -> None:
    with pytest.raises(PackRefused) as caught:
        pathway.load({file.name: file.read_text(encoding="utf-8")})
    assert codes(caught.value) == [f"pathway.{file.stem}"]
    (fault,) = caught.value.faults
    for lang in ("zh", "en"):
        assert fault.repair is not None
        assert "{" not in fault.say(lang).replace("{1: 60, 5: 30}", "")
    assert file.stem in ("not-pathway", "no-default") or fault.row


def test_all_faults_of_all_files_at_once() -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in ZOO}
    with pytest.raises(PackRefused) as caught:
        pathway.load(texts)
    alone = {file.stem for file in ZOO} - {"no-default"}  # seen only once every file can be read
    assert {code.removeprefix("pathway.") for code in codes(caught.value)} == alone


def test_many_faults_in_one_file() -> None:
    text = GOOD.replace("owner: holder", "owner: nobody").replace("grade: ours", "grade: U")
    text = text.replace("{1: 20, 5: 10}", "{1: 0}").replace("version: ", "versoin: ")
    with pytest.raises(PackRefused) as caught:
        pathway.load({"p.yaml": text})
    assert sorted(codes(caught.value)) == [
        "pathway.no-key", "pathway.not-whole", "pathway.unknown-code", "pathway.unknown-code",
        "pathway.unknown-key",
    ]  # fmt: skip
    assert all(fault.row for fault in caught.value.faults)


def test_cycle_is_named_in_full() -> None:
    with pytest.raises(PackRefused) as caught:
        pathway.load({"p.yaml": (HERE / "bad/cycle.yaml").read_text(encoding="utf-8")})
    assert set(caught.value.faults[0].what.args["stages"]) == {"disclosure", "pilot"}


def test_two_versions_follow_each_other_but_never_overlap() -> None:
    later = GOOD.replace('"1"', '"2"').replace("2026-01-01", "2027-01-01")
    ended = GOOD.replace("since: 2026-01-01", "since: 2026-01-01\nuntil: 2026-12-31")
    assert list(pathway.load({"b.yaml": later, "a.yaml": ended})) == ["p@1", "p@2"]
    for other, code in ((later, "versions-overlap"), (GOOD, "version-twice")):
        with pytest.raises(PackRefused) as caught:
            pathway.load({"a.yaml": GOOD, "b.yaml": other})
        assert codes(caught.value) == [f"pathway.{code}"]
    with pytest.raises(PackRefused) as caught:
        pathway.load({"a.yaml": GOOD, "b.yaml": GOOD.replace("id: p", "id: q")})
    assert codes(caught.value) == ["pathway.two-defaults"]


def test_service_categories_are_checked_where_the_pack_brings_them() -> None:
    text = GOOD.replace("    days: {1: 10}", "    days: {1: 10}\n    lines: {categories: [nope], hours: 8}")
    assert pathway.load({"p.yaml": text})
    with pytest.raises(PackRefused) as caught:
        pathway.load({"p.yaml": text}, {"service_category": {}})
    assert codes(caught.value) == ["pathway.unknown-code"]


@given(st.integers(0, len(GOOD) - 1), st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=4))
def test_no_mutation_escapes_the_faults(at: int, put: str) -> None:
    assume(at not in range(GOOD.index("since"), GOOD.index("source")))
    faults: Sequence[Fault] = ()
    try:
        pathway.load({"p.yaml": GOOD[:at] + put + GOOD[at + 1 :]})
    except PackRefused as error:
        faults = error.faults
    assert all(say(fault.what, "zh") for fault in faults)


def test_every_word_stands_in_both_languages() -> None:
    assert [wrong for name in entries("pathway") for wrong in missing(f"pathway.{name}")] == []
