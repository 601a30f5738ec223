"""`tongtu autonomy`: one workbook in, a dossier out in both languages; whatever is wrong is said, with its repair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl
import pytest
import xlsxwriter

from tongtu import appraise, packs, registry
from tongtu.chain.dossier.document import plain
from tongtu.chain.network import network
from tongtu.chain.supply import Told, supply
from tongtu.cli import autonomy_
from tongtu.cli.main import run
from tongtu.registry import Registry, vocabularies
from tongtu.terms.words import LANGUAGES, Lang, missing

if TYPE_CHECKING:
    from conftest import Demo

DATE = date(2026, 11, 22)
DAY = ["--as-of", DATE.isoformat()]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "autonomy.md"
Table = list[list[Any]]
#: an advanced chip by two routes, as a person would write it: headers in Chinese, shares in per cent
ITEMS: Table = [
    ["物项编号", "名称", "英文名称", "类型", "HS 编码", "库存天数", "恢复天数", "替代所需天数", "下游产值占比"],
    ["soc", "先进算力芯片", "Advanced computing chip", "产品", "854231", 20, 200, None, 1],
    ["euv", "极紫外光刻机", "EUV scanner", "装备", "848620", 0, 1400, 2500, 0.9],
    ["duv", "浸没式光刻机", "Immersion scanner", "装备", "848620", 0, 900, 900, 0.9],
    ["pack", "先进封装", "Advanced packaging", "零部件", None, 20, 240, 300, 0.5],
    ["eda", "设计软件", "EDA software", "软件", None, None, 900, 800, 0.8],
]
COMPONENTS: Table = [
    ["物项", "组成物项", "技术路线", "必需"],
    ["soc", "euv", "单片", "是"], ["soc", "duv", "芯粒", "是"], ["soc", "pack", "芯粒", "是"],
    ["soc", "eda", None, "是"],
]  # fmt: skip
SUPPLIES: Table = [
    ["物项", "供应商", "法域", "份额", "交期（天）", "年份"],
    ["soc", "甲设计", "CN", 0.6, 90, 2025], ["soc", "Chipco", "US", 0.4, 90, 2025],
    ["euv", "ASML", "NL", 1, 540, 2025], ["duv", "ASML", "NL", 0.7, 360, 2025], ["duv", "乙光学", "CN", 0.3, 300, 2025],
    ["pack", "丙封装", "CN", 0.5, 60, 2025], ["pack", "OSAT", "TW", 0.45, 60, 2025],
    ["eda", "Synopsys", "US", 0.8, 10, 2025], ["eda", "丁软件", "CN", 0.2, 10, 2025],
]  # fmt: skip
CONTROLS: Table = [
    ["管制编号", "清单", "管制方", "针对", "物项", "HS 编码", "起", "止", "来源", "证据等级"],
    ["c1", "清单甲", "NL", "CN", "duv", None, date(2024, 1, 1), None, "示例", "自拟"],
    ["c2", "清单乙", "US", "CN", "eda", None, date(2027, 3, 1), None, "示例", "自拟"],
]
TRADE: Table = [
    ["产品", "出口方", "进口方", "年份", "贸易额"],
    *([p, a, b, y, v] for y in (2023, 2024, 2025) for p, a, b, v in
      (("848620", "NL", "CN", 80), ("848620", "JP", "CN", 20), ("848620", "NL", "US", 90), ("848620", "CN", "US", 1))),
]  # fmt: skip
SHEETS = {"items": ITEMS, "components": COMPONENTS, "supplies": SUPPLIES, "controls": CONTROLS, "trade": TRADE}


def book(path: Path, **changed: Table | None) -> str:
    """One workbook with a sheet for each table."""
    with xlsxwriter.Workbook(str(path)) as made:
        days = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in {**SHEETS, **changed}.items():
            if rows is None:
                continue
            sheet = made.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    sheet.write(i, j, value, days) if isinstance(value, date) else sheet.write(i, j, value)
    return str(path)


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> str:
    return book(tmp_path_factory.mktemp("autonomy") / "ITEMS.xlsx")


HEADS = (
    ("先看这里", "供应图", "供应集中度", "谁停供就断", "能撑多久", "假设停供", "供应方逐个退出", "技术路线",
     "瓶颈（卡脖子）", "管制清单", "产品进口依赖", "科研依靠什么", "通途自拟"),
    ("First of all", "Supply graph", "Concentration of supply", "Whose end ends it", "How long stocks last",
     "If they stop", "Suppliers leaving one by one", "Technology routes", "Bottlenecks", "Control lists",
     "Dependency on imports", "What research stands on", "Tongtu's own"),
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_workbook_makes_the_whole_dossier_in_every_form(
    items: str, lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forms = ("html", "xlsx") if lang == "zh" else ("html", "pdf")
    options = [part for form in forms for part in (f"--{form}", str(tmp_path / f"a.{form}"))]
    assert run(["autonomy", items, *DAY, "--without", "NL", "--control", "US:设计软件", *options], lang) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for head in HEADS[LANGUAGES.index(lang)]:
        assert head in printed, head
    html = unescape((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert all(head in html for side in HEADS for head in side), "both languages stand on the page"
    assert html.count("<svg") == 2
    assert "<script" not in html
    for place in (printed, html):
        assert "supply." not in place.replace("supply.</", "").replace("of supply.", "").replace("of its supply.", "")
        assert "appraise_" not in place
        assert "None" not in place
    if lang == "en":
        assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_figures_are_those_of_the_definition(items: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["autonomy", items, *DAY], "zh") == 0
    printed = capsys.readouterr().out
    assert "先进算力芯片 → 设计软件" in printed
    assert "自主程度              12%" in printed, "0.6 × the 0.2 of the software"
    assert "“芯粒”确定优于“单片”" in printed
    assert "2027年3月1日 才生效" in printed, "a control that is not in force yet says so"
    assert "2018-12-31" in printed, "a snapshot carries its day"


def test_an_item_is_found_by_name_and_another_home_sees_another_picture(
    items: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["autonomy", items, *DAY, "--item", "极紫外光刻机"], "zh") == 0
    assert "极紫外光刻机：供应链自主" in capsys.readouterr().out
    assert run(["autonomy", items, *DAY, "--item", "euv", "--home", "NL"], "en") == 0
    printed = capsys.readouterr().out
    assert "EUV scanner: supply-chain autonomy" in printed
    assert "100%" in printed


def test_a_list_in_a_file_and_a_stop_by_a_supplier(
    items: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = book(tmp_path / "controls.xlsx", items=None, components=None, supplies=None, trade=None)
    call = ["autonomy", items, *DAY, "--control", listed, "--without", "ASML", "--days", "30"]
    assert run(call, "zh") == 0
    printed = capsys.readouterr().out
    assert "假设的清单" in printed
    assert printed.count("清单乙") >= 3, "known as not in force, supposed as if it were"


def test_the_same_call_gives_the_same_page(items: str, tmp_path: Path) -> None:
    pages = []
    for one in ("a.html", "b.html"):
        assert run(["autonomy", items, *DAY, "--html", str(tmp_path / one)], "en") == 0
        pages.append((tmp_path / one).read_bytes())
    assert pages[0] == pages[1]


def with_row(table: Table, *rows: list[Any]) -> Table:
    return [*table, *rows]


BAD: dict[str, tuple[dict[str, Table | None], tuple[str, ...], tuple[str, ...]]] = {
    "cycle": ({"components": with_row(COMPONENTS, ["pack", "eda", None, "是"], ["eda", "soc", None, "是"])}, (),
              ("components", "soc → ", "第")),
    "itself": ({"components": with_row(COMPONENTS, ["eda", "eda", None, "是"])}, (), ("components", "第 6 行", "eda")),
    "above-one": ({"supplies": with_row(SUPPLIES, ["eda", "Cadence", "US", 0.5, 10, 2025])}, (),
                  ("supplies", "eda", "份额")),
    "bounds": ({"supplies": [[*SUPPLIES[0], "份额下限"], *([*row, None] for row in SUPPLIES[1:]),
                             ["gas", "x", "US", 0.2, 1, 2025, 0.6]],
                "items": with_row(ITEMS, ["gas", "气", *[None] * 7])}, (), ("supplies", "gas")),
    "unknown-item": ({"supplies": with_row(SUPPLIES, ["edaa", "x", "US", 0.5, 10, 2025])}, (),
                     ("supplies", "第 11 行", "edaa", "可能是 eda")),
    "no-such-item": ({}, ("--item", "光刻机"), ("光刻机", "duv")),
    "no-such-supplier": ({}, ("--without", "ASMl"), ("ASMl", "ASML")),
    "bad-control": ({}, ("--control", "US"), ("US", "法域:物项")),
    "unknown-control-item": ({}, ("--control", "US:光刻"), ("光刻",)),
    "empty": ({"components": None, "supplies": None, "controls": None, "trade": None}, (), ("supplies", "components")),
    "nothing": ({name: rows[:1] for name, rows in SHEETS.items()}, (), ("supplies", "components")),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_wrong_is_named_with_its_repair(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, options, told = BAD[name]
    for lang in LANGUAGES:
        code = run(["autonomy", book(tmp_path / "ITEMS.xlsx", **changed), *DAY, *options], lang)
        said = capsys.readouterr()
        assert code != 0
        assert "Traceback" not in said.err
        assert "{" not in said.err
        assert said.out == ""
        if lang == "zh":
            assert all(part in said.err for part in told), said.err
            assert "修改方法" in said.err


SAID = {
    "by": ("recovery", "supplier", "substitute-item"), "kind": ("instrument", "software", "data", "reagent"),
    "control": ("in-force", "not-yet", "ended", "not-against"), "reached": ("case", "need", "item"),
    "edge": ("part", "optional", "substitute"),
    "stand": ("solved", "case", "both", "need", "achievement", "nobody", "unseen"),
}  # fmt: skip


def test_every_word_of_a_closed_list_is_said() -> None:
    assert [fault for name, ends in SAID.items() for end in ends for fault in missing(f"supply.{name}-{end}")] == []


def test_the_help_says_what_every_option_does() -> None:
    for lang in LANGUAGES:
        made = autonomy_.command(lang)
        for option in made.params:
            if isinstance(option, click.Option):
                assert option.help, option.name
                assert not option.help.startswith(("cli.", "supply.")), option.name


def options(command: click.Command) -> Sequence[str]:
    return [name for one in command.params if isinstance(one, click.Option) for name in one.opts]


def test_the_page_of_the_docs_names_every_option_of_its_own() -> None:
    told = PAGE.read_text(encoding="utf-8")
    for name in ("--item", "--home", "--without", "--days", "--control", "--enough", "--rounding"):
        assert name in options(autonomy_.command("en"))
        assert f"`{name}" in told, name


def test_the_python_of_the_docs_runs(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    kept = Registry({name: demo.records[name] for name in ("items", "components", "supplies")})
    registry.write(kept, tmp_path / "demo", form="parquet", vocabularies=demo.pack.vocabularies)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "autonomy.md", "exec"), {})
    path, left = capsys.readouterr().out.splitlines()
    assert path.startswith("chiplet_package < ")
    assert 0.0 <= float(left) <= 1.0


def test_the_samples_own_tables_make_a_dossier(demo: Demo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [name for name in ("items", "components", "supplies", "substitutes", "controls", "trade", "needs", "cases",
                               "achievements", "organisations") if name in demo.records]  # fmt: skip
    registry.write(Registry({name: demo.records[name] for name in names}), tmp_path / "demo", form="parquet",
                   vocabularies=demo.pack.vocabularies)  # fmt: skip
    assert run(["autonomy", str(tmp_path / "demo"), *DAY, "--rows", "3"], "en") == 0
    assert "Weakest path" in capsys.readouterr().out


def test_maturity_of_a_routes_input_is_that_of_the_furthest_case_about_it(tmp_path: Path) -> None:
    pack = packs.load("cn")
    frames = registry.load(book(tmp_path / "a.xlsx"), vocabularies=pack.vocabularies)
    need = {"need": "N1", "organisation": "o", "title": "光刻机", "text": "光刻机", "item": "duv"}
    case = {"need": "N1", "pathway": "standard", "pathway_version": "2026.1", "state": "open", "opened": DATE}
    proof = {"subject_kind": "achievement", "kind": "test_report", "grade": "E4", "dated": DATE, "independent": True}
    proofs = [{**proof, "evidence": f"{k} {d}", "subject": f"A{k}", "dimension": d, "level": 3 + 2 * k}
              for k in (0, 1) for d in vocabularies()["maturity_dimension"]]  # fmt: skip
    made = {"title": "光刻机", "organisation": "o", "text": "样机"}
    told = frames.replace(
        needs=pl.DataFrame([need]), evidence=pl.DataFrame(proofs),
        achievements=pl.DataFrame([{**made, "achievement": f"A{k}"} for k in (0, 1)]),
        cases=pl.DataFrame([{**case, "case": f"K{k}", "achievement": f"A{k}"} for k in (0, 1)]),
    )  # fmt: skip
    ground = supply(network(told, pack, DATE), item="soc")
    levels = appraise.maturity(told["cases"], told, DATE).filter(pl.col("dimension") == "overall")["level"].to_list()
    assert levels[0] < levels[1]
    document = plain(Told(ground).document(), 0)
    rows = [row for row in _rows(document) if row[0]["text"] == "芯粒"]
    assert any(cell["text"].startswith(str(levels[1])) for row in rows for cell in row)
    assert any(cell["text"] == "浸没式光刻机" for row in rows for cell in row)
    assert any(cell["text"] == "有项目" for row in _rows(document) for cell in row), "the case stands by the bottleneck"


def _rows(value: Any) -> Iterator[Any]:
    """Every row of every table of a document."""
    if isinstance(value, dict):
        yield from value["rows"] if value.get("is") == "table" else ()
        for part in value.values():
            yield from _rows(part)
    elif isinstance(value, list):
        for part in value:
            yield from _rows(part)
