"""`tongtu serve`: the hub. `tongtu serve PLAN`: a plan's report, from this machine, to this machine."""

from __future__ import annotations

import functools
import os
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from tongtu.cli.speak import Command, Number, Place, option
from tongtu.config import settings
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    found = settings()
    params: list[click.Parameter] = [
        click.Argument(["plan"], type=Place("folder"), required=False),
        option(lang, "host", default=found["host"].value, metavar="HOST"),
        option(lang, "port", default=found["port"].value, type=Number(int, 0, 65535), metavar="PORT"),
        option(lang, "home", default=found["home"].value or "hub", type=Place(), metavar="FOLDER"),
        option(lang, "workers", default=found["workers"].value, type=Number(int, 1, 64), metavar="N"),
        option(lang, "first", metavar="EMAIL"),
    ]

    def run(plan: Path | None, host: str, port: int, home: Path, workers: int, first: str | None) -> None:
        if plan is None:
            serve_hub(host, port, home, workers, lang, first)
        else:
            serve(plan, host, port, lang)

    return Command("serve", lang, run, params)


def serve_hub(host: str, port: int, home: Path, workers: int, lang: Lang, first: str | None = None) -> None:
    """Runs the hub until Ctrl-C or SIGTERM; `first` is the address of whoever gets the first invitation.

    Raises UsageFault with all faults of the settings.
    """
    began = time.monotonic()
    os.environ["TONGTU_HOME"] = str(home)  # read by the hub's settings, here and in every child
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")
    from tongtu.hub.care.ground import check

    found = settings()
    check(found, host)
    from tongtu.hub import running

    lock = running.open_home()
    listening = running.listen(host, port)
    import django

    django.setup()
    from tongtu.hub.care.upgrading import upgrade

    steps = upgrade()
    if steps:
        click.echo(word("cli.hub-migrated", lang, n=steps))
    shown = f"[{host}]" if ":" in host else host
    address = str(found["address"].value) or f"http://{shown}:{listening.getsockname()[1]}/"
    children = running.children(listening, workers, int(found["job_workers"].value))
    click.echo(word("cli.hub-serving", lang, address=address, home=str(home.resolve()),
                    seconds=round(time.monotonic() - began, 1)))  # fmt: skip
    _welcome(address, first, lang)
    running.Supervisor(children, closing=(lock,)).run()
    click.echo(word("cli.hub-stopped", lang))


def _welcome(address: str, first: str | None, lang: Lang) -> None:
    """Says how the first person comes in, while there is none."""
    from tongtu.hub.care.first import invite_first, nobody_yet

    if first:
        click.echo(word("cli.hub-first", lang, email=first, link=address.rstrip("/") + invite_first(first)))
    elif nobody_yet():
        click.echo(word("cli.hub-nobody", lang))


class _Report(SimpleHTTPRequestHandler):
    """Gives out the report and the workbook, and nothing else of the folder."""

    shown = ("/report.html", "/plan.xlsx")

    def do_GET(self) -> None:
        self._answer(super().do_GET)

    def do_HEAD(self) -> None:
        self._answer(super().do_HEAD)

    def _answer(self, give: object) -> None:
        path = self.path.split("?", 1)[0]
        if path == "/":
            self.path = "/report.html"
        elif path not in self.shown:
            self.send_error(404)
            return
        if callable(give):
            give()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: the person sees the page."""


def serve(plan: Path, host: str, port: int, lang: Lang) -> None:
    """Serves until Ctrl-C. Raises UsageFault where there is no report or the port is taken."""
    if not (plan / "report.html").is_file():
        raise UsageFault.because("cli.no-report", "cli.no-report-repair", folder=str(plan))
    handler = functools.partial(_Report, directory=str(plan))
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise UsageFault.because(
            "cli.port-taken", "cli.port-taken-repair", host=host, port=str(port), problem=str(error)
        ) from error
    with server:
        click.echo(word("cli.serving", lang, address=f"http://{host}:{server.server_port}/"))
        server.serve_forever()
