"""A sample as its users meet it: it loads, it is the same every time, and nobody in it is real."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tongtu import packs, registry, samples
from tongtu.samples import lore
from tongtu.samples.world import Sample
from tongtu.terms import ids
from tongtu.terms.faults import TongtuError
from tongtu.terms.why import Label, Why

AS_OF = date(2026, 11, 21)
KNOWN_ZH = [
    "华为", "中兴", "中芯", "长江存储", "比亚迪", "宁德时代", "大疆", "阿里",
    "腾讯", "百度", "京东", "小米", "联想", "海尔", "美的", "格力",
    "清华", "北京大学", "浙江大学", "复旦", "上海交通", "西安交通", "哈尔滨工业", "中国科学院",
    "国家能源", "国家电网", "中石油", "中石化", "中国石油", "中国石化", "宝武", "鞍钢",
    "中车", "航天科技", "航天科工", "商飞", "药明", "恒瑞", "迈瑞", "联影",
    "华大", "寒武纪", "商汤", "科大讯飞", "隆基", "通威", "亿纬", "中微",
    "北方华创", "京东方", "紫光", "长鑫", "三一", "徐工", "潍柴", "万华",
    "恒力", "荣盛", "瀚霖",
]  # fmt: skip
KNOWN_EN = {
    "asml",
    "intel",
    "huawei",
    "siemens",
    "sinopec",
    "byd",
    "catl",
    "smic",
    "tsinghua",
    "fudan",
    "haier",
    "lenovo",
}
NEVER = ("assessments", "answers", "judgments", "rates", "documents", "substitutes", "bottlenecks", "controls", "trade")


def made(scale: str = "demo", seed: int = 1, **changed: object) -> Sample:
    pack = packs.load("cn")
    given = {
        "glossary": pack.glossary,
        "vocabularies": {**registry.vocabularies(), **pack.vocabularies},
        "as_of": AS_OF,
        **changed,
    }
    return samples.make(scale, seed, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def demo() -> Sample:
    return made()


def test_the_sample_loads_without_a_fault_and_is_the_same_after(demo: Sample, tmp_path: Path) -> None:
    pack = packs.load("cn")
    before = registry.Registry(demo.tables)
    registry.write(before, tmp_path, form="csv", lang="zh", vocabularies=pack.vocabularies)
    after = registry.load(tmp_path, vocabularies=pack.vocabularies)
    assert [f for f in after.warnings if f.severity == "error"] == []
    assert after.digest() == before.digest()


def test_same_seed_same_bytes_and_the_order_of_the_glossary_does_not_matter(demo: Sample) -> None:
    digest = registry.Registry(demo.tables).digest()
    shuffled = packs.load("cn").glossary.sample(fraction=1.0, shuffle=True, seed=3)
    again = made(glossary=shuffled)
    assert registry.Registry(again.tables).digest() == digest
    assert all(again.truth[name].equals(frame) for name, frame in demo.truth.items())
    assert registry.Registry(made(seed=2).tables).digest() != digest


def test_demo_is_small_enough_to_read_and_fills_what_the_chain_uses(demo: Sample) -> None:
    counts = registry.Registry(demo.tables).counts()
    assert (counts["organisations"], counts["needs"], counts["achievements"], counts["platforms"]) == (60, 80, 240, 16)
    assert sum(counts.values()) < 5_000
    policy = {n.name for n in registry.nouns().values() if n.group == "policy"}
    assert set(registry.nouns()) - policy - set(NEVER) == set(counts)


def test_region_has_about_a_hundred_thousand_rows() -> None:
    region = registry.Registry(made("region").tables)
    assert 90_000 <= region.rows <= 130_000
    names = region["organisations"]["name"]
    assert names.n_unique() == len(names)


def test_organisations_are_invented_and_say_so(demo: Sample) -> None:
    names = demo.tables["organisations"]
    for name, english, profile in names.select("name", "name_en", "profile").iter_rows():
        assert not [real for real in KNOWN_ZH if real in name]
        assert KNOWN_EN.isdisjoint(english.lower().split())
        assert english.endswith("(synthetic)")
        assert profile.startswith("合成样例 / synthetic sample")


def test_no_invented_root_is_a_known_name() -> None:
    """Every root that any scale can deal, in front of every trade of its name."""
    known = lore.read(packs.load("cn").glossary)
    first, second, third = (known.names[part].split() for part in ("first", "second", "third"))
    roots = pl.Series([a + b + c for a in first for b in second for c in third])
    assert len(roots) == roots.n_unique() > 10_000
    assert not roots.str.contains_any(KNOWN_ZH).any()


def test_identifiers_have_valid_check_digits_and_were_never_assigned(demo: Sample) -> None:
    for code in demo.tables["organisations"]["uscc"]:
        checked = ids.check_uscc(code)
        assert checked.value == code
        assert not checked.warnings
        assert code[8:10] == "XX"
    patents = demo.tables["achievements"]["patents"].explode(empty_as_null=True).drop_nulls()
    assert len(patents) > 100
    for number in patents:
        assert ids.check_patent(number).value == number
        assert int(number[5:12]) >= 9_000_000
    for orcid in demo.tables["people"]["orcid"].drop_nulls():
        assert ids.check_orcid(orcid).value == orcid
        assert orcid.startswith("0000-0000-")


def test_texts_are_no_clones_and_show_their_numbers(demo: Sample) -> None:
    needs = demo.tables["needs"]
    assert needs["text"].n_unique() == needs.height
    assert needs["text"].str.len_chars().min() > 60  # type: ignore[operator]
    assert needs["text"].str.contains("[≤≥] [0-9]").all()
    offers = demo.tables["achievements"]
    english = offers.filter(~pl.col("title").str.contains(r"\p{Han}"))
    assert 0 < english.height < 0.15 * offers.height


def test_progress_tells_each_table_once() -> None:
    seen: list[Why] = []
    done: list[int] = []

    def watch(at: int, total: int, what: Why | None = None) -> None:
        done.append(at)
        assert at <= total
        if what is not None:
            seen.append(what)

    made(progress=watch)
    assert done == sorted(done)
    assert len({w.args["table"].zh for w in seen}) == len(seen) > 30


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ("samples.scale", {"scale": "continent"}),
        ("samples.glossary-thin", {"glossary": pl.Series("concept", ["ltcc"])}),
        ("samples.no-regions", {"vocabularies": {"region": {"X": Label("火星")}}}),
    ],
)
def test_what_cannot_be_made_says_why(fault: str, changed: dict[str, object]) -> None:
    if fault == "samples.glossary-thin":
        changed = {"glossary": packs.load("cn").glossary.head(3)}
    with pytest.raises(TongtuError) as caught:
        made(**changed)  # type: ignore[arg-type]
    assert [f.what.code for f in caught.value.faults] == [fault]
    assert caught.value.say("zh") != caught.value.say("en")


def test_the_truth_is_written_beside_with_a_note(demo: Sample, tmp_path: Path) -> None:
    written = samples.write_truth(demo.truth, tmp_path / "truth")
    assert {p.stem for p in written} == {*demo.truth, "README"}
    note = (tmp_path / "truth" / "README.txt").read_text(encoding="utf-8")
    assert "合成样例" in note
    assert "synthetic" in note
    pairs = pl.read_csv(tmp_path / "truth" / "pairs.csv")
    assert pairs.height == demo.truth["pairs"].height
