"""`tongtu demo`: a synthetic consortium, its plan and report, and a hub in which everybody of it is at work."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import click

from tongtu.cli.plan_ import make
from tongtu.cli.reading import pack_of
from tongtu.cli.sample_ import write
from tongtu.cli.serve_ import serve_hub
from tongtu.cli.speak import Command, Day, Number, Place, flag, option
from tongtu.config import settings
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    found = settings()
    params: list[click.Parameter] = [
        option(lang, "out", default="demo", type=Place(), metavar="FOLDER"),
        option(lang, "seed", default=1, type=Number(int, 0, 2**31 - 1), metavar="N"),
        option(lang, "as-of", default="2026-11-21", type=Day(), metavar="DATE"),
        option(lang, "port", default=found["port"].value, type=Number(int, 0, 65535), metavar="PORT"),
        flag(lang, "serve"),
    ]

    def run(out: Path, seed: int, as_of: date, port: int, serve: bool) -> None:
        go(out, seed, as_of, port, serve, lang)

    return Command("demo", lang, run, params)


def go(out: Path, seed: int, as_of: date, port: int, serving: bool, lang: Lang) -> None:
    rows = write(out / "workbooks", "demo", seed, "xlsx", as_of, lang)
    click.echo(word("cli.sample-done", lang, rows=sum(rows.values()), tables=len(rows), folder=str(out / "workbooks")))
    make(out / "workbooks", pack_of(None), out / "plan", as_of, lang)
    fill(out / "workbooks", out / "hub", as_of, lang)
    if serving:
        serve_hub(str(settings()["host"].value), port, out / "hub", int(settings()["workers"].value), lang)


def fill(workbooks: Path, home: Path, as_of: date, lang: Lang) -> None:
    """Sets up the demo's hub, once: a hub that holds the sample already is left as people left it."""
    # Whoever fills a hub with invented people opens its doors; both are read by the hub's settings.
    os.environ.update(TONGTU_HOME=str(home), TONGTU_DEMO_LOGINS="1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")
    home.mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    from tongtu.hub import touring
    from tongtu.hub.care.upgrading import upgrade

    upgrade()
    if touring.filled():
        click.echo(word("hub_touring.filled", lang, home=str(home)))
        return
    records = touring.fill(workbooks, as_of, lambda code: click.echo(word(code, lang)))
    click.echo(word("hub_touring.done", lang, records=records, home=str(home)))
