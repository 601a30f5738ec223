"""`tongtu fund`: a folder in, pages and workbooks out in both languages; whatever is wrong is said, with its repair."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from tongtu import registry
from tongtu.cli import fund_
from tongtu.cli.main import run
from tongtu.registry import Registry
from tongtu.terms.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from conftest import Demo

DAY = ["--as-of", "2026-11-21"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "risk-and-capital.md"
TABLES = (
    "organisations", "needs", "achievements", "indicators", "cases", "outcomes", "budgets", "funds", "cashflows",
    "items", "rates", "evidence",
)  # fmt: skip
QUICK = ["--scenarios", "300"]
ANSWERS = {
    "portfolio": (QUICK, ("未获支持的项目及原因", "相关性压力"), ("Not funded, and why", "Stress of correlation")),
    "case": (["--case", "K0003"], ("费用与工期", "什么影响最大"), ("Cost and date", "What matters most")),
    "tranches": ([], ("不同相关性下的各层",), ("Layers by correlation",)),
}


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tables that capital needs, in the form that is read fastest."""
    kept = Registry({name: demo.records[name] for name in TABLES if name in demo.records})
    out = tmp_path_factory.mktemp("capital")
    registry.write(kept, out, form="parquet", vocabularies=demo.pack.vocabularies)
    return str(out)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_is_answered_in_every_form(
    folder: str, name: str, lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more, *heads = ANSWERS[name]
    forms = ("html", "xlsx") if lang == "zh" else ("html", "pdf")
    to = {form: tmp_path / f"{name}.{form}" for form in forms}
    options = [part for form, path in to.items() for part in (f"--{form}", str(path))]
    assert run(["fund", name, folder, *DAY, *more, *options], lang) == 0
    printed = capsys.readouterr().out
    assert all(head in printed for head in heads[LANGUAGES.index(lang)])
    html = to["html"].read_text(encoding="utf-8")
    assert all(head in html for side in heads for head in side), "both languages stand on the page"
    assert "<svg" in html
    assert "<script" not in html
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in to.values())
    if lang == "en":
        assert to["pdf"].read_bytes().startswith(b"%PDF")


def test_the_same_call_gives_the_same_page(folder: str, tmp_path: Path) -> None:
    pages = []
    for one in ("a.html", "b.html"):
        call = ["fund", "portfolio", folder, *DAY, *QUICK, "--loss-cap", "5%", "--html", str(tmp_path / one)]
        assert run(call, "en") == 0
        pages.append((tmp_path / one).read_bytes())
    assert pages[0] == pages[1]


def test_a_loss_cap_in_money_or_as_a_share_is_kept(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fund", "portfolio", folder, *DAY, *QUICK, "--budget", "1亿元", "--periods", "2"]
    assert run([*call, "--loss-cap", "5%"], "zh") == 0
    share = capsys.readouterr().out
    assert run([*call, "--loss-cap", "1000万元"], "zh") == 0
    assert capsys.readouterr().out == share
    assert "1,000万元" in share


# ---------------------------------------------------------------------------------------------------- everything wrong

HEAD = "项目,阶段,前置阶段,通过概率,依据项目数,费用,币种,价格年份\n"
FILES = {
    "sure": HEAD + "K0003,concept,,1,3,100,CNY,2026\nK0003,pilot,,0,3,100,CNY,2026\n",
    "outside": HEAD + "K0003,concept,,150%,30,100,CNY,2026\n",
    "negative": HEAD + "K0003,concept,,0.5,30,-100,CNY,2026\n",
    "no-year": HEAD + "K0003,concept,,0.5,30,100,CNY,\n",
    "circle": HEAD + "K0003,concept,pilot,0.5,30,100,CNY,2026\nK0003,pilot,concept,0.5,30,100,CNY,2026\n",
    "twice": HEAD + "K0003,concept,,0.5,30,100,CNY,2026\nK0003,concept,,0.6,30,100,CNY,2026\n",
    "nobody": HEAD + "K9999,concept,,0.5,30,100,CNY,2026\n",
    "no-correlation": "方向,另一方向,相关系数\nic,ai,0.9\nic,steel,0.9\nai,steel,-0.9\n",
    "asymmetric": "方向,另一方向,相关系数\nic,ai,0.9\nai,ic,0.2\n",
    "too-great": "方向,另一方向,相关系数\nic,ai,1.7\n",
    "holes": "层,类型,承担次序,份额\nA,equity,1,0.3\nB,senior,2,0.3\n",
    "floors": "名称,下限或上限,类别,项目数\n全部,不少于,industrialisation,8\n",
    "two-sizes": "名称,下限或上限,类别,项目数,份额\n全部,不少于,industrialisation,8,10%\n",
    "no-header": "1,2,3\n",
}
CASE = ["case", "--case", "K0003"]
ZOO = {
    "odds of 0 and 1 from three cases": ([*CASE, "--stages", "sure"], 1, ("3",)),
    "odds beyond 1": ([*CASE, "--stages", "outside"], 1, ("150%",)),
    "a negative cost": ([*CASE, "--stages", "negative"], 1, ("-100",)),
    "money without a price year": ([*CASE, "--stages", "no-year"], 1, ("2026",)),
    "stages that wait for each other": ([*CASE, "--stages", "circle"], 1, ("K0003",)),
    "a stage twice": ([*CASE, "--stages", "twice"], 1, ("K0003",)),
    "a case of nobody's": ([*CASE, "--stages", "nobody"], 1, ("K9999", "K0001")),
    "a matrix that is no correlation": (["tranches", "--correlations", "no-correlation"], 1, ("0.9", "0.5")),
    "a matrix that is not symmetric": (["tranches", "--correlations", "asymmetric"], 1, ("0.9", "0.2")),
    "a correlation beyond 1": (["tranches", "--correlations", "too-great"], 1, ("1.7",)),
    "layers that leave a hole": (["tranches", "--structure", "holes"], 1, ()),
    "a table without a header": (["tranches", "--structure", "no-header"], 1, ("no-header",)),
    "a cap below the least": (["portfolio", *QUICK, "--limits", "floors", "--loss-cap", "1%"], 1, ()),
    "two sizes of one limit": (["portfolio", "--limits", "two-sizes"], 1, ("two-sizes",)),
    "a cap that is none": (["portfolio", "--loss-cap", "lots"], 2, ("lots",)),
    "more than all the money": (["portfolio", "--loss-cap", "130%"], 2, ("130%",)),
    "another currency": (["portfolio", "--loss-cap", "USD 5m"], 2, ("USD", "CNY")),
    "a budget that is none": (["portfolio", "--budget", "much"], 2, ("much",)),
    "an objective that is none": (["portfolio", "--objective", "beauty"], 2, ("beauty",)),
    "a level beyond 1": (["portfolio", "--level", "95"], 2, ("--level",)),
    "a case that is none": (["case", "--case", "K9999"], 2, ("K9999",)),
    "no case at all": (["case"], 2, ("--case",)),
}


@pytest.mark.parametrize("name", ZOO)
def test_what_is_wrong_is_said_and_nothing_is_written(
    folder: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args, code, told = ZOO[name]
    lang = LANGUAGES[len(name) % 2]
    known = {one: str(tmp_path / f"{one}.csv") for one in FILES}
    for one, content in FILES.items():
        Path(known[one]).write_text(content, encoding="utf-8")
    out = tmp_path / "out.html"
    command, *options = [known.get(part, part) for part in args]
    assert run(["fund", command, folder, *DAY, "--html", str(out), *options], lang) == code
    said = capsys.readouterr().err
    assert {"zh": "修改方法", "en": "Repair"}[lang] in said
    assert all(part in said for part in told), said
    assert "Traceback" not in said
    assert not re.search(r"\b(risk\w*|capital|network|cli|chain)\.[a-z]", said), said
    assert not out.exists()


def test_a_cap_below_the_least_names_an_amount_that_can_be_kept(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = tmp_path / "floors.csv"
    floors.write_text(FILES["floors"], encoding="utf-8")
    call = ["fund", "portfolio", folder, *DAY, *QUICK, "--limits", str(floors), "--loss-cap"]
    assert run([*call, "1万元"], "zh") == 1
    least = re.findall(r"提高到 ([\d.,]+万元)", capsys.readouterr().err)
    assert least
    assert run([*call, least[0].replace(",", "")], "zh") == 0
    assert "建议支持          8" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------------------ the docs


def test_the_page_names_options_that_exist() -> None:
    group = fund_.command("en")
    assert isinstance(group, click.Group)
    page = PAGE.read_text(encoding="utf-8")
    called = re.findall(r"tongtu fund (\w+)([^\n`|]*)", page)
    assert {name for name, _ in called} == set(ANSWERS)
    for name, rest in called:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name
