"""`tongtu bench NAME`: the measurements of a source checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

import tongtu
from tongtu.cli.speak import Command
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang


def command(lang: Lang) -> click.Command:
    def run(name: str, rest: tuple[str, ...]) -> int:
        root = Path(tongtu.__file__).resolve().parents[2]
        if not (root / "bench" / "__main__.py").is_file():
            raise UsageFault.because("cli.no-bench", "cli.no-bench-repair")
        return subprocess.run([sys.executable, "-m", "bench", name, *rest], cwd=root, check=False).returncode

    params: list[click.Parameter] = [
        click.Argument(["name"]),
        click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED),
    ]
    made = Command("bench", lang, run, params)
    made.ignore_unknown_options = True
    return made
