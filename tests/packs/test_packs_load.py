"""A pack is believed as a whole or refused with every fault; another country is another folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.packs import Pack, folder
from tongtu.packs.checks import check
from tongtu.packs.draft import read
from tongtu.packs.layout import layout
from tongtu.registry import Registry, noun, nouns
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Label
from tongtu.terms.words import entries, missing, say

HERE = Path(__file__).parent
TOY, ZOO = HERE / "toy", HERE / "zoo"
#: faults that need more than a changed file, each with a test below
ELSEWHERE = {"not-found", "too-large", "no-manifest", "no-sheet", "one-language"}


def refused(*args: object, **more: object) -> PackRefused:
    with pytest.raises(PackRefused) as caught:
        packs.load(*args, **more)  # type: ignore[arg-type]
    return caught.value


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TOY, tmp_path / "toy"))


def test_another_country_is_another_folder() -> None:
    pack = packs.load(TOY)
    assert (pack.name, pack.currency, pack.title) == ("toy", "XTS", Label("玩具国", "Toyland"))
    assert pack.table("directions")["direction"].to_list() == ["kites", "boats"]
    assert pack.vocabularies["direction"]["kites"] == Label("风筝", "Kites")
    assert pack.calendar.is_working(date(2026, 3, 8)), "a Sunday works where Friday and Saturday rest"
    assert not pack.calendar.is_working(date(2026, 3, 3))
    assert pack.calendar.is_working(date(2026, 3, 6)), "a made-up Friday"
    assert pack.scales["trl"][2].label.en == "Made"
    assert say(pack.directions_loaded(), "en") == "5 directions announced, 2 loaded"
    assert say(pack.directions_loaded(), "zh") == "公布 5 个重点方向，已载入 2 个"
    assert pack.number("float_share").note == Label("只数了晴天", "Fair weather alone was counted")
    assert pack.crosswalks["service_old_to_new"].row(0)[:3] == ("haul", "tow", "close")


def test_a_noun_the_pack_does_not_have_is_an_empty_table() -> None:
    frame = packs.load(TOY).table("mechanisms")
    assert frame.is_empty()
    assert frame.schema == pl.Schema(noun("mechanisms").schema())
    with pytest.raises(KeyError):
        packs.load(TOY).table("tiles")


def test_aliases_shared_by_two_entries_are_left_out() -> None:
    aliases = packs.load(TOY).aliases
    assert aliases["direction"] == {"纸鸢": "kites"}
    assert aliases["area"] == {"海洋业": "sea"}
    assert "拖" not in aliases["service_new"]


def test_region_codes_are_followed_to_their_successor() -> None:
    pack = packs.load(TOY)
    assert pack.region_at("T1", date(2025, 6, 1)) == "T1"
    assert pack.region_at("T1", date(2026, 6, 1)) == "T3"
    assert pack.region_at("T9", date(2026, 6, 1)) is None


def test_only_what_is_in_force() -> None:
    pack = packs.load(TOY)
    assert pack.table("directions", date(2025, 12, 31)).is_empty()
    assert pack.table("regions", date(2026, 1, 1))["region"].to_list() == ["T0", "T3"]
    assert pack.table("regions").height == 4


@pytest.mark.parametrize("case", sorted(ZOO.iterdir()), ids=lambda case: case.name)
def test_zoo(case: Path) -> None:
    """Every bad pack is refused for the fault it is named after, with place and repair in both languages."""
    error = refused(TOY, overlay=case)
    named = [f for f in error.faults if f.what.code.partition(".")[2] == case.name]
    assert named, error.say("en")
    changed = {f.relative_to(case).as_posix() for f in case.rglob("*.*") if f.is_file()}
    for fault in named:
        assert fault.file in changed
        assert fault.repair is not None
        for lang in ("zh", "en"):
            assert "{" not in fault.say(lang).replace("{zh: …, en: …}", "")


def test_every_fault_has_an_animal() -> None:
    codes = {name for name in entries("packs") if f"{name}-repair" in entries("packs")}
    listed = {name for name in codes if name.startswith("list-")}
    assert codes - listed - {case.name for case in ZOO.iterdir()} == ELSEWHERE


@pytest.mark.parametrize("room", ["packs", "calendar"])
def test_words_are_whole(room: str) -> None:
    assert [fault for name in entries(room) for fault in missing(f"{room}.{name}")] == []


def test_all_faults_at_once(toy: Path) -> None:
    for case in ("not-grade", "scale-gap", "tile-twice", "manifest-text"):
        for file in (ZOO / case).iterdir():
            shutil.copy(file, toy / file.name)
    (toy / "directions.csv").unlink()
    codes = {f.what.code for f in refused(toy).faults}
    wanted = {"not-grade", "scale-gap", "tile-twice", "manifest-text", "no-sheet"}
    assert {f"packs.{code}" for code in wanted} <= codes


def test_a_fault_names_file_row_and_column() -> None:
    fault = refused(TOY, overlay=ZOO / "not-grade").faults[0]
    assert (fault.file, fault.row, fault.column, fault.value) == ("goals.csv", 2, "grade", "U")
    assert fault.say("zh").startswith("goals.csv › 第 2 行 › grade：证据等级“U”不能进入政策包")


def test_missing_files(toy: Path, tmp_path: Path) -> None:
    (toy / "pack.yaml").unlink()
    (toy / "regions.csv").unlink()
    assert {"packs.no-manifest", "packs.no-sheet"} <= {f.what.code for f in refused(toy).faults}
    assert refused(tmp_path / "nowhere").faults[0].what.code == "packs.not-found"
    assert "cn" in refused("cm").say("en")


def test_too_large(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_FILE_BYTES", 50)
    assert {f.what.code for f in refused(toy).faults} == {"packs.too-large"}
    monkeypatch.undo()
    monkeypatch.setattr(folder, "_FILES", 2)
    assert refused(toy).faults[0].what.code == "packs.too-large"


def test_a_name_in_one_language_is_a_warning(toy: Path) -> None:
    file = toy / "directions.csv"
    file.write_text(file.read_text().replace("Kites", ""))
    pack = packs.load(toy)
    assert [(f.what.code, f.row, f.severity) for f in pack.warnings] == [("packs.one-language", 2, "warning")]
    assert pack.vocabularies["direction"]["kites"].say("en") == "风筝"


def test_codes_of_the_software_are_checked_when_given(toy: Path) -> None:
    file = toy / "goals.csv"
    file.write_text(file.read_text().replace("platforms_local", "platforms_lokal"))
    assert packs.load(toy).table("goals").height == 2
    fault = refused(toy, vocabularies=vocabularies()).faults[0]
    assert (fault.what.code, fault.value) == ("packs.not-in-vocabulary", "platforms_lokal")


def test_the_overlay_takes_the_place_of_single_files(tmp_path: Path) -> None:
    file = tmp_path / "priorities.csv"
    file.write_text("priority,direction,weight,source,grade\nmine,steel,3,our board,ours\n")
    plain, mine = packs.load("cn"), packs.load("cn", overlay=file)
    assert mine.table("priorities").select("priority", "direction", "weight").rows() == [("mine", "steel", 3.0)]
    assert mine.table("goals").equals(plain.table("goals"))
    assert mine.digest != plain.digest == packs.load("cn").digest
    assert packs.load("cn", overlay=tmp_path).digest == mine.digest


def test_digest_hangs_on_names_and_contents_alone() -> None:
    files = folder.gather(TOY)
    assert folder.digest(dict(reversed(files.items()))) == folder.digest(files)
    assert folder.digest({**files, "goals.csv": b""}) != folder.digest(files)
    moved = {("x" + name if name == "goals.csv" else name): content for name, content in files.items()}
    assert folder.digest(moved) != folder.digest(files)


def test_a_changed_file_is_read_again(toy: Path) -> None:
    before = packs.load(toy)
    assert packs.load(toy) is before
    file = toy / "reference.csv"
    file.write_text(file.read_text().replace("0.9,", "0.7,", 1))
    assert packs.load(toy).number("float_share").value == 0.7


def test_spreadsheet_habits_are_accepted(toy: Path) -> None:
    """A byte-order mark, CRLF, blank rows and cells with blanks around them."""
    file = toy / "goals.csv"
    text = file.read_text().replace("docks,", " docks ,", 1).replace("\n", "\r\n") + ",,,,,,,,,,,,\r\n\r\n"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert packs.load(toy).table("goals").equals(packs.load(TOY).table("goals"))


def test_texts_of_other_rooms(toy: Path) -> None:
    (toy / "rules" / "local").mkdir(parents=True)
    (toy / "rules" / "local" / "a.yaml").write_text("scheme: a\n")
    (toy / "rules" / ".draft.yaml").write_text("not for readers")
    pack = packs.load(toy)
    assert pack.texts("rules") == {"local/a.yaml": "scheme: a\n"}
    assert pack.texts("pathways") == {}


def test_the_layout_agrees_with_the_registry() -> None:
    """Two rooms on one level hold the same columns without knowing each other."""
    for name, plan in layout().items():
        columns = {f.name: f.dtype() for f in plan if f.noun}
        if columns:
            assert columns == noun(name).schema(), name
            codes = {f.name: f.of for f in plan if f.kind in ("code", "codes")}
            wanted = {c.name: c.of for c in noun(name).columns if c.kind in ("code", "codes")}
            wanted = {column: of for column, of in wanted.items() if of != "source_grade"}
            assert wanted.items() <= codes.items()
            assert tuple(f.name for f in plan if f.key) == noun(name).key
    assert {n for n in nouns() if n in layout()} == {
        "directions", "focus", "goals", "regions", "priorities", "documents", "mechanisms",
        "statistics", "bottlenecks", "controls",
    }  # fmt: skip


def test_the_registry_takes_every_table() -> None:
    pack = packs.load("cn")
    names = [name for name, plan in layout().items() if any(f.noun for f in plan)]
    registry = Registry({name: pack.table(name) for name in names})
    assert registry.counts() == {name: height for name in names if (height := pack.table(name).height)}


def _cells() -> Iterator[tuple[str, int, int]]:
    for file in sorted(TOY.glob("*.csv")):
        for y, row in enumerate(file.read_text().splitlines()):
            yield from ((file.name, y, x) for x in range(row.count(",") + 1))


WEEDS = ["", "U", "9", "-1", "NaN", "1e999", "T1", '"', ",", "；", "2026-02-30", "\x00", "𠮷"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(list(_cells())), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(WEEDS), min_size=4, max_size=4),
)
def test_no_cell_makes_anything_but_a_refusal(cells: list[tuple[str, int, int]], values: list[str]) -> None:
    files = folder.gather(TOY)
    for (name, y, x), value in zip(cells, values, strict=False):
        rows = [line.split(",") for line in files[name].decode().splitlines()]
        if y < len(rows) and x < len(rows[y]):
            rows[y][x] = value
        files[name] = "\n".join(",".join(row) for row in rows).encode()
    draft = read(files)
    faults = check(draft, vocabularies())
    assert all(f.say("zh") and f.say("en") and f.file for f in faults)
    if not [f for f in faults if f.severity == "error"]:
        pack = Pack(draft, "")
        for name in layout():
            pack.sheet(name)
        assert pack.calendar.working_days_between(date(2026, 1, 1), date(2026, 12, 31)) > 200
