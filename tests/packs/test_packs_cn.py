"""What the pack for China says, held against what its sources say and against what they do not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tongtu import packs
from tongtu.packs import Pack
from tongtu.packs.layout import layout
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Label
from tongtu.terms.words import say


@pytest.fixture(scope="module")
def cn() -> Pack:
    return packs.load("cn", vocabularies=vocabularies())


def test_it_loads_without_a_warning(cn: Pack) -> None:
    assert cn.warnings == ()
    assert (cn.name, cn.currency) == ("cn", "CNY")
    assert "cn" in packs.available()


def test_thirteen_directions_of_thirty_seven(cn: Pack) -> None:
    directions = cn.table("directions")
    assert directions["direction"].to_list() == [
        "petrochem", "steel", "frontier_materials", "machine_tools", "instruments", "medical_equipment",
        "environmental_equipment", "biopharma", "ic", "ai", "humanoid", "quantum", "hydrogen",
    ]  # fmt: skip
    assert directions.filter(status="verified")["direction"].to_list() == ["petrochem"]
    assert set(directions["status"]) == {"verified", "reported"}
    assert say(cn.directions_loaded()) == "公布 37 个重点方向，已载入 13 个"


def test_what_is_our_judgment_says_so(cn: Pack) -> None:
    sheet = cn.sheet("directions")
    assert sheet.filter(pl.col("area_grade") != "ours")["direction"].to_list() == ["petrochem"]
    listed = sheet.filter(pl.col("maturity_grade") != "ours")
    codes = cn.crosswalks["focus_to_direction"]
    for direction, name in listed.select("direction", "maturity_list").iter_rows():
        entries = codes.filter(pl.col("direction") == direction)["focus"]
        on_list = cn.table("focus").filter(focus_list=name)["entry"]
        assert set(entries) & set(on_list), f"{direction} is on no list"
    assert set(cn.sheet("priorities")["grade"]) == {"ours"}


def test_focus_lists_are_dated_and_never_mixed(cn: Pack) -> None:
    focus = cn.table("focus")
    sizes = dict(focus.group_by("focus_list").len().iter_rows())
    assert sizes == {
        "supplement_2025": 10, "pillar_2026": 6, "fyp15_emerging": 8, "fyp15_future": 6, "six_areas": 6,
    }  # fmt: skip
    assert focus["since"].null_count() == 0
    assert set(cn.table("focus", date(2026, 1, 1))["focus_list"]) == {"supplement_2025", "pillar_2026"}
    mixed = cn.sheet("focus").filter(focus_list="six_areas")
    assert set(mixed["grade"]) == {"ours"}
    on = {(r["focus_list"], r["entry"]) for r in focus.to_dicts()}
    assert all((name, row["entry"]) in on for row in mixed.to_dicts() for name in row["member_of"])


def test_every_focus_entry_has_a_name_and_every_area_is_bilingual(cn: Pack) -> None:
    assert set(cn.table("focus")["entry"]) <= set(cn.vocabularies["focus"])
    for vocabulary, codes in cn.vocabularies.items():
        for code, label in codes.items():
            assert re.search(r"[㐀-鿿]|^6G$", label.zh), (vocabulary, code)
            assert re.search(r"[A-Za-z0-9]", label.en), (vocabulary, code)


def test_vocabularies_other_rooms_rely_on(cn: Pack) -> None:
    wanted = {
        "area": 6, "service_category": 5, "service_kind_2024": 8, "service_field": 8, "platform_tier": 4,
        "builder_kind": 6, "platform_dimension": 6, "region": 34, "direction": 13,
    }  # fmt: skip
    assert {name: len(cn.vocabularies[name]) for name in wanted} == wanted
    titles = {
        "technology_sme", "innovative_sme", "srdi_sme", "little_giant", "key_little_giant", "single_champion",
        "high_tech", "tech_demo",
    }  # fmt: skip
    assert titles <= set(cn.vocabularies["title_kind"])
    assert list(cn.vocabularies["platform_tier"]) == ["reserve", "key", "national", "provincial"]


def test_both_ends_of_the_service_crosswalk_are_covered(cn: Pack) -> None:
    walk = cn.crosswalks["service_2024_to_2025"]
    assert set(walk["service_kind_2024"]) == set(cn.vocabularies["service_kind_2024"])
    assert set(walk["service_category"]) == set(cn.vocabularies["service_category"])


def test_goals_say_whether_they_can_be_counted(cn: Pack) -> None:
    goals = {row["goal"]: row for row in cn.table("goals").to_dicts()}
    network = goals["pilot_network_2027"]
    assert (network["measure"], network["target"]) == ("qualitative", None)
    assert [goals[f"pilot_standards_{y}"]["target"] for y in (2027, 2030)] == [50, 100]
    share = goals["basic_share_2025"]
    reached = cn.number("basic_share_2025").value
    assert reached is not None
    assert share["baseline"] < reached < share["target"], "the goal was missed and the pack shows it"
    assert all(row["deadline"] and row["owner"] for row in goals.values())


def test_the_success_claim_carries_its_warning(cn: Pack) -> None:
    for name, value in (("success_with_pilot", 0.8), ("success_without_pilot", 0.3)):
        claim = cn.number(name)
        assert claim.value == value
        assert "因果" in claim.note.zh
        assert "causal" in claim.note.en


def test_derived_numbers_follow_from_what_they_are_derived_from(cn: Pack) -> None:
    value = {row["name"]: row["value"] for row in cn.reference.to_dicts()}
    for name, above, below in (
        ("services_per_platform", "soe_services", "soe_platforms"),
        ("services_per_key_platform", "key_services_total", "platforms_key"),
        ("share_key_of_reserve", "platforms_key", "platforms_reserve"),
        ("share_national_of_key", "platforms_national", "platforms_key"),
    ):
        assert value[name] == pytest.approx(value[above] / value[below], rel=2e-3)
        assert cn.number(name).grade == "ours"


def test_mechanisms_in_force(cn: Pack) -> None:
    today = cn.table("mechanisms", date(2026, 11, 22))
    assert {"rd_deduction_ic", "beijing_pilot_35", "zhejiang_insurance"} <= set(today["mechanism"])
    assert "key_little_giant_fund" not in set(today["mechanism"]), "its last batch is over"
    deduction = today.filter(mechanism="rd_deduction_ic").row(0, named=True)
    assert (deduction["directions"], deduction["valid_to"]) == (["ic", "machine_tools"], date(2027, 12, 31))
    assert "use_first" not in set(cn.table("mechanisms")["kind"]), "no operative terms were found"


def test_provinces_and_their_tiles(cn: Pack) -> None:
    regions, tiles = cn.table("regions"), cn.sheet("tiles")
    assert regions["region"].to_list() == sorted(regions["region"])
    assert regions["region"].str.contains(r"^\d{2}0000$").all()
    assert set(tiles["region"]) == set(regions["region"])
    assert cn.aliases["region"]["浙江"] == "330000"
    assert cn.vocabularies["region"]["330000"] == Label("浙江省", "Zhejiang")
    place = {row["region"]: (row["tile_x"], row["tile_y"]) for row in tiles.to_dicts()}
    assert place["230000"][1] < place["110000"][1] < place["460000"][1], "Heilongjiang, Beijing, Hainan"
    assert place["650000"][0] < place["420000"][0] < place["310000"][0], "Xinjiang, Hubei, Shanghai"


def test_scales_do_not_pass_off_unseen_wording(cn: Pack) -> None:
    assert {name: scale.high for name, scale in cn.scales.items()} == {
        "trl": 9, "mrl": 10, "irl": 9, "crl": 9, "iprl": 9, "tmrl": 9, "frl": 9,
        "brl": 7, "arl": 7,
    }  # fmt: skip
    assert set(cn.scales) == set(vocabularies()["readiness_scale"])
    assert [cn.scales["mrl"][n].grade for n in (8, 9, 10)] == ["C", "ours", "ours"]
    assert 10 in cn.scales["mrl"]
    assert 10 not in cn.scales["trl"]
    with pytest.raises(KeyError):
        cn.scales["trl"][0]


def test_every_fact_has_source_and_grade(cn: Pack) -> None:
    for name, plan in layout().items():
        sheet = cn.sheet(name)
        for field in plan:
            if field.kind in ("source", "grade") and field.required:
                assert sheet[field.name].null_count() == 0, (name, field.name)


def test_documents_are_there_for_those_who_cite_them(cn: Pack) -> None:
    numbers = set(cn.table("documents")["number"].drop_nulls())
    assert {"工信厅科函〔2025〕456号", "工信部企业〔2026〕2号", "工信部企业〔2022〕63号"} <= numbers


def annex(rows: int = 37) -> list[list[object]]:
    """A list shaped like the annex: known names first, then invented ones, areas as merged cells."""
    names = [
        "石化化工",
        "钢铁",
        "前沿材料",
        "工业母机",
        "医药",
        *(f"虚构方向{n}" for n in range(6, rows + 1)),
    ]
    areas = {
        1: "原材料工业",
        4: "装备制造业",
        5: "消费品工业",
        6: "信息技术",
        20: "新兴和未来产业",
        30: "共性技术",
    }
    title = [["附件2 重点方向", None, None], ["序号", "行业", "重点方向"]]
    return [*title, *([i, areas.get(i), name] for i, name in enumerate(names, 1))]


def test_all_directions_of_the_annex_can_be_loaded(cn: Pack, tmp_path: Path) -> None:
    taken = packs.import_directions(annex(), cn, source="附件2", since=date(2025, 11, 11))
    open_ = taken.filter(pl.col("until").is_null())
    assert open_.height == 37
    assert set(open_["status"]) == {"verified"}
    assert open_["direction"][4] == "biopharma", "known by its alias"
    assert open_["direction"][5] == "d06"
    assert (
        open_["area"].to_list() == ["raw"] * 3 + ["equip", "consumer"] + ["ict"] * 14 + ["future"] * 10 + ["common"] * 8
    )
    gone = taken.filter(pl.col("until").is_not_null())
    assert gone.height == 8
    assert set(gone["status"]) == {"unverified"}

    (tmp_path / "directions.csv").write_text(packs.as_csv(taken), encoding="utf-8")
    mine = packs.load("cn", overlay=tmp_path)
    assert mine.sheet("directions").equals(taken)
    assert say(mine.directions_loaded(date(2026, 11, 22)), "en") == "37 directions announced, 37 loaded"


@pytest.mark.parametrize("as_text", ["|", "\t"])
def test_the_annex_as_text(cn: Pack, as_text: str) -> None:
    rows = [as_text.join("" if cell is None else str(cell) for cell in row) for row in annex()[1:]]
    if as_text == "|":
        rows = [f"| {row} |" for row in [rows[0], "---|---|---", *rows[1:]]]
    since = date(2025, 11, 11)
    text = packs.import_directions("\n".join(rows), cn, source="x", since=since)
    assert text.equals(packs.import_directions(annex(), cn, source="x", since=since))


def test_the_annex_as_a_frame_with_points(cn: Pack) -> None:
    frame = pl.DataFrame(
        {
            "序号": [1, 2],
            "行业": ["信息技术", None],
            "重点方向": ["集成电路", "新芽"],
            "建设要点": ["线宽", "发芽"],
        }
    )
    taken = packs.import_directions(frame, cn, source="x", since=date(2026, 1, 1), grade="C")
    assert taken["points"].to_list()[:2] == ["线宽", "发芽"]
    assert taken["name_en"].to_list()[:2] == ["Integrated circuits", None]
    assert taken["status"].to_list()[:2] == ["reported", "reported"]


@pytest.mark.parametrize(
    ("change", "code", "row"),
    [
        ({4: [3, "玄学", "前沿材料"]}, "list-area", 5),
        ({4: [2, None, "前沿材料"]}, "list-twice", 5),
        ({4: [3, None, "钢铁"]}, "list-twice", 5),
        ({4: [3, None, "生物医药"]}, "list-twice", 7),
        ({4: [3, None, ""]}, "list-blank", 5),
        ({4: ["三", None, "前沿材料"]}, "list-number", 5),
        ({4: [999999999, None, "前沿材料"]}, "list-gap", None),
        ({1: ["一", "二", "三"]}, "list-no-header", None),
    ],
)
def test_a_damaged_annex_is_refused(cn: Pack, change: dict[int, list[object]], code: str, row: int | None) -> None:
    rows = annex()
    for at, cells in change.items():
        rows[at] = cells
    with pytest.raises(PackRefused) as caught:
        packs.import_directions(rows, cn, source="x", since=date(2025, 11, 11))
    found = [f for f in caught.value.faults if f.what.code == f"packs.{code}"]
    assert found, caught.value.say("en")
    assert found[0].row == row
    assert all("{" not in f.say(lang) for f in found for lang in ("zh", "en"))


def test_an_invented_code_never_takes_anothers_place(cn: Pack, tmp_path: Path) -> None:
    sheet = cn.sheet("directions").with_columns(pl.col("direction").replace("steel", "d02"))
    (tmp_path / "directions.csv").write_text(packs.as_csv(sheet), encoding="utf-8")
    (tmp_path / "crosswalks").mkdir()
    (tmp_path / "crosswalks" / "focus_to_direction.csv").write_text("focus,direction,relation,source,grade\n")
    (tmp_path / "glossary.csv").write_text("concept,zh,en\n")
    other = packs.load("cn", overlay=tmp_path)
    rows = annex()
    rows[3] = [2, None, "新名"]
    with pytest.raises(PackRefused) as caught:
        packs.import_directions(rows, other, source="x", since=date(2025, 11, 11))
    assert [f.what.code for f in caught.value.faults] == ["packs.list-code"]
