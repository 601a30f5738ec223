"""The docs say what the code does: figures, snippets, commands, links, reference pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tongtu.cli.main import COMMANDS
from tongtu.terms.version import VERSION

if TYPE_CHECKING:
    from conftest import Demo

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def figures() -> list[tuple[str, str, str]]:
    """Rows of the README's table of figures: (bench, figure, printed)."""
    return re.findall(r"^\| `scripts/bench ([\w-]+)` \| `(\w+)` \| ([\d.,]+) \|", README, re.MULTILINE)


def test_the_readme_has_figures() -> None:
    assert len(figures()) >= 6


@pytest.mark.parametrize(("bench", "figure", "printed"), figures())
def test_every_figure_is_the_measured_one(bench: str, figure: str, printed: str) -> None:
    measured = json.loads((ROOT / "bench" / "results" / f"{bench}.json").read_text())["figures"][figure]
    assert float(printed.replace(",", "")) == pytest.approx(measured, rel=1e-9)


def test_reference_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "make.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_named_exists(page: Path) -> None:
    named = set(re.findall(r"^tongtu ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= set(COMMANDS)


def test_every_path_named_in_the_tour_exists() -> None:
    text = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:[a-z]+/)+[a-z_]+\.(?:py|csv|toml|md))`", text):
        assert (ROOT / path).exists() or (ROOT / "src" / "tongtu" / path).exists(), path


def test_the_readme_shows_what_python_prints(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL).groups()  # type: ignore[union-attr]
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "workbooks").symlink_to(demo.folder)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == shown.strip()


def test_one_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_no_registry_address_and_no_workplace_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "npmjs" + r"\.(org|com)"])
    )
    names = [n for n in tracked.split("\0") if n]
    if not names:
        pytest.skip("not a git checkout")
    found = [
        n
        for n in names
        if (ROOT / n).is_file() and hosts.search((ROOT / n).read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []
